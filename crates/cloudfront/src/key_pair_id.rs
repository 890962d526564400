//! The name under which CloudFront knows a public key.

use std::fmt;
use std::str::FromStr;

/// The id that CloudFront gave a public key (`K2JCJMDEHXQW5F`): 1 to 64 of `A`–`Z` and `0`–`9`.
///
/// Not the id of the key group, which CloudFront refuses as an unknown key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPairId(String);

impl KeyPairId {
    /// Reads an id.
    ///
    /// # Errors
    /// Refuses any other character and any other length.
    pub fn parse(text: &str) -> Result<Self, KeyPairIdError> {
        if Self::is_written_right(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyPairIdError)
        }
    }

    pub(crate) fn is_written_right(text: &str) -> bool {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }

    /// Returns the id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// So that a map of keys can be asked with the text of a request. The derived order and hash are
// those of the text.
impl std::borrow::Borrow<str> for KeyPairId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyPairId {
    type Err = KeyPairIdError;

    fn from_str(text: &str) -> Result<Self, KeyPairIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for KeyPairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a key pair id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key pair id has 1 to 64 capital letters and digits")]
pub struct KeyPairIdError;
