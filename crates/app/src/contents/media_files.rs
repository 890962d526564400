//! How the objects of videos and downloads are named, described and measured, whichever way they come in.

use std::path::Path;

use objects::{InvalidKey, Metadata, ObjectKey};

use crate::App;

impl App {
    /// Makes a key with a part that nobody can guess; an object is never overwritten.
    pub(crate) fn new_key(&self, family: &str, name: &str) -> Result<ObjectKey, InvalidKey> {
        let mut secret = [0; 16];
        self.parts.random.fill(&mut secret);
        ObjectKey::new(format!(
            "{family}/{:032x}/{name}",
            u128::from_be_bytes(secret)
        ))
    }
}

/// Describes a video, which is played and not saved.
pub(crate) fn video_metadata() -> Metadata {
    Metadata {
        content_type: "video/mp4".to_owned(),
        download_name: None,
    }
}

/// Returns the media type that a file's name stands for.
pub(crate) fn media_type(path: &Path) -> String {
    mime_guess::from_path(path)
        .first_or_octet_stream()
        .essence_str()
        .to_owned()
}

/// Returns a probed duration, which is finite and not negative, in milliseconds; beyond any film it saturates.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "`as` from f64 saturates, which is meant"
)]
pub(crate) fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}
