//! The name of an object.

use std::fmt;
use std::str::FromStr;

/// Names an object: 1 to 512 bytes of `a-z 0-9 _ . -` in segments separated by single slashes.
///
/// No segment is empty, starts with a dot or is longer than 200 bytes. So a key is at the same
/// time a relative path without any way upwards, a URL path that needs no percent-encoding, and a
/// policy resource without wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// Says that a text is not an object key; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an object key is 1 to 512 bytes of a-z, 0-9, '_', '.', '-' and '/', \
     without empty, hidden or overlong segments"
)]
pub struct InvalidKey;

const MAX_KEY_BYTES: usize = 512;
/// Leaves room for the mark of an object folder within the 255 bytes of a file name.
const MAX_SEGMENT_BYTES: usize = 200;

impl ObjectKey {
    /// Parses a key.
    ///
    /// # Errors
    /// [`InvalidKey`] when the text breaks a rule of [`ObjectKey`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidKey> {
        let text = text.into();
        if text.len() <= MAX_KEY_BYTES && text.split('/').all(is_segment) {
            Ok(Self(text))
        } else {
            Err(InvalidKey)
        }
    }

    /// Returns the key as text, without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the folders above the object, outermost first, and the object's own name.
    pub(crate) fn folders_and_name(&self) -> (impl Iterator<Item = &str>, &str) {
        let (folders, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        (folders.split('/').filter(|folder| !folder.is_empty()), name)
    }
}

/// Claims that `segment` may stand between two slashes. An empty key is one empty segment.
fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= MAX_SEGMENT_BYTES
        && !segment.starts_with('.')
        && segment
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'))
}

impl FromStr for ObjectKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::new(text)
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, InvalidKey> {
        Self::new(text)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_splits_into_its_folders_and_its_name() {
        let key = ObjectKey::new("v/crs_1/a.mp4").unwrap();
        let (folders, name) = key.folders_and_name();
        assert_eq!(
            (folders.collect::<Vec<_>>(), name),
            (vec!["v", "crs_1"], "a.mp4")
        );

        let key = ObjectKey::new("a.mp4").unwrap();
        let (folders, name) = key.folders_and_name();
        assert_eq!((folders.count(), name), (0, "a.mp4"));
    }
}
