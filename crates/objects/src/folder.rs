//! The store on a local disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::spawn_blocking;

use crate::draft::{self, Draft};
use crate::layout;
use crate::{Body, CHUNK_BYTES, Info, Metadata, ObjectKey};

/// Keeps objects in a private folder. Clones share it and cost one reference count.
///
/// Several processes may have one folder open. All methods run their file work off the async
/// threads and need a Tokio runtime.
#[derive(Clone, Debug)]
pub struct Folder {
    places: Arc<Places>,
}

#[derive(Debug)]
struct Places {
    /// Canonical, so that a path below it equals its own canonical form unless a link is in it.
    data: PathBuf,
    drafts: PathBuf,
    /// Holds the shared lock that tells other processes to leave our drafts alone.
    _lock: File,
}

/// Describes an object that has just become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// Says why an object was not stored. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The key is taken; the object under it is untouched.
    #[error("an object with this key exists already")]
    AlreadyExists,
    /// The body is longer than was allowed.
    #[error("the object's content is too large")]
    TooLarge,
    /// The body could not be read to its end.
    #[error("the object's content could not be read")]
    Source(#[source] io::Error),
    /// The store could not be written.
    #[error("the object store could not be written")]
    Store(#[from] io::Error),
}

impl Folder {
    /// Opens the store at `root`, making it with mode 0700 when it is not there.
    ///
    /// When no other process has it open, uploads that a crash interrupted are removed.
    ///
    /// # Errors
    /// When the folder can be neither made nor written.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        let mut builder = layout::private_directory();
        builder.recursive(true).create(root.as_ref())?;
        let root = fs::canonicalize(root)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(root.join("lock"))?;
        let (data, drafts) = (root.join("data"), root.join("drafts"));
        if lock.try_lock().is_ok() {
            remove_leftovers(&drafts)?;
            lock.unlock()?;
        }
        lock.lock_shared()?;
        for place in [&data, &drafts] {
            builder.create(place)?;
            layout::refuse_links(place)?;
        }
        layout::sync_directory(&root)?;
        Ok(Self {
            places: Arc::new(Places {
                data,
                drafts,
                _lock: lock,
            }),
        })
    }

    /// Stores a new object: written aside, made durable, then shown whole under its key.
    ///
    /// # Errors
    /// [`PutError`]; an existing object is never replaced.
    pub async fn put(
        &self,
        key: &ObjectKey,
        metadata: Metadata,
        body: impl AsyncRead + Unpin,
    ) -> Result<Stored, PutError> {
        self.write(key, metadata, body, |_| ()).await
    }

    /// Stores a local file as a new object and tells `progress` after each chunk how many bytes
    /// have been written so far.
    ///
    /// # Errors
    /// As [`Folder::put`].
    pub async fn put_file(
        &self,
        key: &ObjectKey,
        metadata: Metadata,
        path: &Path,
        progress: impl FnMut(u64),
    ) -> Result<Stored, PutError> {
        let file = tokio::fs::File::open(path)
            .await
            .map_err(PutError::Source)?;
        self.write(key, metadata, file, progress).await
    }

    /// Returns what is known about an object; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read, its record is damaged, or a link leads out of it.
    pub async fn head(&self, key: &ObjectKey) -> io::Result<Option<Info>> {
        let (places, key) = (Arc::clone(&self.places), key.clone());
        blocking(move || {
            layout::open_object(&places.data, &key)?
                .map(|(bytes, record)| record.describe(&bytes))
                .transpose()
        })
        .await
    }

    /// Opens bytes `range.start..range.end` of an object; `None` when there is none.
    ///
    /// # Errors
    /// `InvalidInput` when the range does not lie within the object, else as [`Folder::head`].
    pub async fn read(&self, key: &ObjectKey, range: Range<u64>) -> io::Result<Option<Body>> {
        let (places, key) = (Arc::clone(&self.places), key.clone());
        blocking(move || {
            let Some((bytes, record)) = layout::open_object(&places.data, &key)? else {
                return Ok(None);
            };
            if range.start > range.end || range.end > record.size {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the range does not lie within the object",
                ));
            }
            Ok(Some(Body::new(bytes, range)))
        })
        .await
    }

    /// Removes an object; `false` when there was none. A [`Body`] being read goes on to its end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn delete(&self, key: &ObjectKey) -> io::Result<bool> {
        let (places, key) = (Arc::clone(&self.places), key.clone());
        blocking(move || draft::withdraw(&places.data, &places.drafts, &key)).await
    }

    /// Takes in a body of at most `longest` bytes and tells `progress` after each chunk how many have arrived. It is no
    /// object yet: look into it, then publish it; dropped it is gone.
    ///
    /// # Errors
    /// [`PutError`]; nothing is left behind.
    pub async fn receive(
        &self,
        mut body: impl AsyncRead + Unpin,
        longest: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Received, PutError> {
        let places = Arc::clone(&self.places);
        let mut draft = blocking(move || Draft::create(&places.drafts)).await?;
        loop {
            let chunk = read_chunk(&mut body).await.map_err(PutError::Source)?;
            if chunk.is_empty() {
                break;
            }
            let length = u64::try_from(chunk.len()).map_err(io::Error::other)?;
            if length > longest.saturating_sub(draft.size()) {
                return Err(PutError::TooLarge);
            }
            draft = blocking(move || draft.append(&chunk).map(|()| draft)).await?;
            progress(draft.size());
        }
        let folder = self.clone();
        Ok(Received { draft, folder })
    }

    async fn write(
        &self,
        key: &ObjectKey,
        metadata: Metadata,
        body: impl AsyncRead + Unpin,
        progress: impl FnMut(u64),
    ) -> Result<Stored, PutError> {
        // Only spares a useless upload; the rename at the end decides.
        if self.head(key).await?.is_some() {
            return Err(PutError::AlreadyExists);
        }
        let received = self.receive(body, u64::MAX, progress).await?;
        received.publish(key, metadata).await
    }
}

/// Bytes that have arrived whole and are no object yet; gone when dropped.
pub struct Received {
    draft: Draft,
    folder: Folder,
}

impl Received {
    /// Returns how many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.draft.size()
    }

    /// Returns where the bytes are, to be looked into and left as they are.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.draft.path()
    }

    /// Makes the bytes a durable object, and shows it whole under its key.
    ///
    /// # Errors
    /// [`PutError`]; an existing object is never replaced.
    pub async fn publish(self, key: &ObjectKey, metadata: Metadata) -> Result<Stored, PutError> {
        let (draft, places, key) = (self.draft, self.folder.places, key.clone());
        spawn_blocking(move || draft.publish(&places.data, &key, metadata))
            .await
            .map_err(io::Error::other)?
    }
}

/// Removes what interrupted uploads left. Nobody else may have the store open.
fn remove_leftovers(drafts: &Path) -> io::Result<()> {
    match fs::remove_dir_all(drafts) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads up to [`CHUNK_BYTES`]; empty only at the end.
async fn read_chunk(body: &mut (impl AsyncRead + Unpin)) -> io::Result<BytesMut> {
    let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
    while chunk.len() < CHUNK_BYTES && body.read_buf(&mut chunk).await? > 0 {}
    Ok(chunk)
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
