//! Taking bytes in. They lie where nobody sees them until they are looked into; then they become an object under a key
//! that nobody can guess, and only then the catalogue names it.

use std::future::Future;
use std::io;

use media::Probe;
use objects::{Metadata, ObjectKey, PutError, Received, Stored};
use tokio::io::AsyncRead;

use crate::App;
use crate::contents::{ContentsError, FileName, active_document};

/// The longest upload that is taken in, in bytes: 50 GiB.
pub const LONGEST_UPLOAD: u64 = 50 << 30;

/// An object that the catalogue does not name yet.
pub(super) struct NewObject {
    pub(super) key: ObjectKey,
    pub(super) stored: Stored,
}

impl App {
    /// Takes in a video and looks into it.
    pub(super) async fn receive_video(
        &self,
        body: impl AsyncRead + Unpin,
    ) -> Result<(Received, Probe), ContentsError> {
        let received = self.receive(body).await?;
        let probe = media::probe(&received.path()).await;
        let probe = probe.map_err(|error| match error {
            media::ProbeError::Io(error) => ContentsError::NotStored(error.into()),
            refused => ContentsError::NotPlayable(refused),
        })?;
        Ok((received, probe))
    }

    /// Takes in a file to download and looks into it.
    pub(super) async fn receive_file(
        &self,
        name: &FileName,
        body: impl AsyncRead + Unpin,
    ) -> Result<Received, ContentsError> {
        if active_document::is_named_so(name.as_str()) {
            return Err(ContentsError::ActiveDocument);
        }
        let received = self.receive(body).await?;
        if received.size() == 0 {
            return Err(ContentsError::Empty);
        }
        let path = received.path();
        let looking = tokio::task::spawn_blocking(move || active_document::is_in(&path));
        let looked = looking.await.map_err(io::Error::other).flatten();
        let is_active = looked.map_err(|error| ContentsError::NotStored(error.into()))?;
        if is_active {
            return Err(ContentsError::ActiveDocument);
        }
        Ok(received)
    }

    async fn receive(&self, body: impl AsyncRead + Unpin) -> Result<Received, PutError> {
        let objects = &self.parts.objects;
        objects.receive(body, LONGEST_UPLOAD, |_| {}).await
    }

    /// Makes an object of what was received.
    pub(super) async fn publish_object(
        &self,
        received: Received,
        family: &str,
        name: &str,
        metadata: Metadata,
    ) -> Result<NewObject, PutError> {
        let key = self.new_key(family, name).map_err(io::Error::other)?;
        let stored = received.publish(&key, metadata).await?;
        Ok(NewObject { key, stored })
    }

    /// Removes an object that the catalogue refused to name. When the database failed nobody knows what it wrote, so the
    /// object stays.
    pub(super) async fn remove_refused<T>(
        &self,
        key: &ObjectKey,
        written: &Result<T, ContentsError>,
    ) {
        let is_refused = match written {
            Ok(_) | Err(ContentsError::Storage(_)) => false,
            Err(_) => true,
        };
        if !is_refused {
            return;
        }
        if let Err(error) = self.parts.objects.delete(key).await {
            tracing::warn!(%error, "an object that nothing names could not be removed");
        }
    }
}

impl NewObject {
    /// Returns its size as the database keeps it.
    pub(super) fn size_bytes(&self) -> i64 {
        i64::try_from(self.stored.size).unwrap_or(i64::MAX)
    }
}

/// Goes on to the end though the caller may go away: between the object and its name in the catalogue nothing breaks off.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ContentsError>> + Send + 'static,
) -> Result<T, ContentsError> {
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(ContentsError::NotStored(error.into())),
    }
}
