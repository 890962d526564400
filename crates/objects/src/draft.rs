//! An object while it is being written: invisible until published, gone when dropped.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use tempfile::TempDir;

use crate::layout::{self, BODY, RECORD};
use crate::record::Record;
use crate::{Metadata, ObjectKey, PutError, Stored};

/// A directory under `drafts` that becomes the object's directory by one rename.
pub(crate) struct Draft {
    directory: TempDir,
    body: File,
    hash: digest::Context,
    size: u64,
}

impl Draft {
    /// Starts an empty object.
    pub(crate) fn create(drafts: &Path) -> io::Result<Self> {
        let directory = draft_directory(drafts)?;
        let body = layout::create_file(&directory.path().join(BODY))?;
        Ok(Self {
            directory,
            body,
            hash: digest::Context::new(&digest::SHA256),
            size: 0,
        })
    }

    /// Adds bytes at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.body.write_all(bytes)?;
        self.hash.update(bytes);
        self.size += u64::try_from(bytes.len()).map_err(io::Error::other)?;
        Ok(())
    }

    /// Returns how many bytes there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns where the bytes are.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join(BODY)
    }

    /// Makes the object durable, then visible under `key`.
    ///
    /// The rename fails when the key is taken, because an object's directory is never empty: of
    /// two writers of one key exactly one wins, and nothing is ever replaced.
    pub(crate) fn publish(
        self,
        data: &Path,
        key: &ObjectKey,
        metadata: Metadata,
    ) -> Result<Stored, PutError> {
        let digest = self.hash.finish();
        let sha256 = <[u8; 32]>::try_from(digest.as_ref()).map_err(io::Error::other)?;
        self.body.sync_all()?;

        let mut record = layout::create_file(&self.directory.path().join(RECORD))?;
        let text = serde_json::to_vec(&Record {
            size: self.size,
            sha256: hex::encode(sha256),
            content_type: metadata.content_type,
            download_name: metadata.download_name,
        })
        .map_err(io::Error::from)?;
        record.write_all(&text)?;
        record.sync_all()?;
        layout::sync_directory(self.directory.path())?;

        let folder = layout::create_folders(data, key)?;
        match fs::rename(self.directory.path(), layout::object_directory(data, key)) {
            Ok(()) => {}
            Err(error) if is_taken(&error) => return Err(PutError::AlreadyExists),
            Err(error) => return Err(error.into()),
        }
        // The directory has moved away under its final name: there is nothing left to remove.
        let _moved = self.directory.keep();
        layout::sync_directory(&folder)?;
        Ok(Stored {
            size: self.size,
            sha256,
        })
    }
}

/// Claims that a rename failed because something has the name already.
fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
    )
}

/// Takes an object away; `false` when there was none. It disappears at once and whole.
pub(crate) fn withdraw(data: &Path, drafts: &Path, key: &ObjectKey) -> io::Result<bool> {
    let object = layout::object_directory(data, key);
    let bin = draft_directory(drafts)?;
    let renamed =
        layout::refuse_links(&object).and_then(|()| fs::rename(&object, bin.path().join(BODY)));
    match renamed {
        Ok(()) => {
            if let Some(folder) = object.parent() {
                layout::sync_directory(folder)?;
            }
            bin.close()?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn draft_directory(drafts: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(drafts)
}
