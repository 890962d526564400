//! What is kept about an object beside its bytes.

use std::fs::File;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What the uploader says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The media type to serve it with, as in `video/mp4`.
    pub content_type: String,
    /// The file name to offer when it is to be saved rather than shown.
    pub download_name: Option<String>,
}

/// What the store says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Length in bytes.
    pub size: u64,
    /// The media type given at upload.
    pub content_type: String,
    /// The file name to offer when it is to be saved rather than shown.
    pub download_name: Option<String>,
    /// A strong entity tag with its quotes; equal tags mean equal bytes.
    pub etag: String,
    /// When the bytes were written, in seconds since the Unix epoch.
    pub modified: u64,
}

/// The sidecar file of an object, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) content_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) download_name: Option<String>,
}

impl Record {
    /// Joins the record with what the file system knows of the object's bytes.
    ///
    /// # Errors
    /// `InvalidData` when the bytes are not as many as recorded.
    pub(crate) fn describe(self, bytes: &File) -> io::Result<Info> {
        let found = bytes.metadata()?;
        if found.len() != self.size {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an object's length differs from its record",
            ));
        }
        Ok(Info {
            size: self.size,
            content_type: self.content_type,
            download_name: self.download_name,
            etag: format!("\"{}\"", self.sha256),
            modified: unix_seconds(found.modified()?),
        })
    }
}

/// Returns whole seconds since 1970; a time before that counts as 0.
fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}
