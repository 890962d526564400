//! Where things lie below the root.
//!
//! ```text
//! data/<folder>/…/<name>@/body       the object's bytes
//! data/<folder>/…/<name>@/record     what is known about them, JSON
//! drafts/                            uploads and deletions under way
//! lock                               held by every process that has the folder open
//! ```
//!
//! A key has no `@`, so the object `a` and the folder of `a/b` never want the same name, and
//! no key names a record. An object is one directory, so one rename publishes or withdraws it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::ObjectKey;
use crate::record::Record;

pub(crate) const BODY: &str = "body";
pub(crate) const RECORD: &str = "record";

/// Returns the directory of an object below `data`.
pub(crate) fn object_directory(data: &Path, key: &ObjectKey) -> PathBuf {
    let (folders, name) = key.folders_and_name();
    let mut path = data.to_path_buf();
    path.extend(folders);
    path.push(format!("{name}@"));
    path
}

/// Opens an object for reading; `None` when there is none.
///
/// `data` is canonical. A symbolic link anywhere below it is refused, so nothing outside the
/// root is ever read, whoever put the link there.
pub(crate) fn open_object(data: &Path, key: &ObjectKey) -> io::Result<Option<(File, Record)>> {
    let directory = object_directory(data, key);
    let Some(bytes) = open_below(&directory.join(BODY))? else {
        return Ok(None);
    };
    let Some(record) = open_below(&directory.join(RECORD))? else {
        return Ok(None);
    };
    let record = serde_json::from_reader(io::BufReader::new(record))?;
    Ok(Some((bytes, record)))
}

/// Opens a file whose path is its own canonical form, that is, without symbolic links.
fn open_below(path: &Path) -> io::Result<Option<File>> {
    let opened = refuse_links(path).and_then(|()| File::open(path));
    match opened {
        Ok(file) => Ok(Some(file)),
        // Below a file there is nothing.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Refuses a path that leads through a symbolic link.
///
/// # Errors
/// `PermissionDenied` for a link, `NotFound` when the path does not exist.
pub(crate) fn refuse_links(path: &Path) -> io::Result<()> {
    if fs::canonicalize(path)? == path {
        Ok(())
    } else {
        Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "a symbolic link inside the object store",
        ))
    }
}

/// Makes the folders that lead to an object, so that they survive a power cut.
pub(crate) fn create_folders(data: &Path, key: &ObjectKey) -> io::Result<PathBuf> {
    let mut path = data.to_path_buf();
    for folder in key.folders_and_name().0 {
        let above = path.clone();
        path.push(folder);
        match private_directory().create(&path) {
            Ok(()) => sync_directory(&above)?,
            // Looked at before going on, so that nothing is made on the far side of a link.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_links(&path)?,
            Err(error) => return Err(error),
        }
    }
    Ok(path)
}

/// Makes names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Returns a maker of directories that only their owner may enter.
pub(crate) fn private_directory() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Creates a file that only its owner may read and that was not there before.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
