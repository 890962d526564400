//! Links to objects: signed, and shared by all who ask within one bucket of time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cloudfront::{ResourceUrl, SignError, SigningKey};

/// How many links are kept at most; beyond that the kept ones are dropped and made anew when asked for.
const KEPT_LINKS: usize = 50_000;

/// Signs links to objects.
pub struct Links {
    base: String,
    key: SigningKey,
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    expires: i64,
    url: Arc<str>,
}

/// Why a link could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address of the media is none.
    #[error("the media address must be like https://videos.example.com: {0}")]
    Address(cloudfront::UrlError),
    /// The signature failed.
    #[error("a link could not be signed")]
    Signing(#[from] SignError),
}

impl Links {
    /// Makes links below `base` (scheme and host, like `https://videos.example.com`), signed with `key`.
    ///
    /// # Errors
    /// `base` is no such address.
    pub fn new(base: &str, key: SigningKey) -> Result<Self, LinkError> {
        let base = base.trim_end_matches('/').to_owned();
        ResourceUrl::parse(&format!("{base}/probe")).map_err(LinkError::Address)?;
        Ok(Self {
            base,
            key,
            kept: Mutex::default(),
        })
    }

    /// Returns the key that signs.
    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns the address below which the objects are.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns the link to an object that expires then (Unix seconds), signing it unless it is kept.
    ///
    /// # Errors
    /// The object's key does not fit into an address, or the signature failed.
    pub fn shared(&self, object: &str, expires: i64) -> Result<Arc<str>, LinkError> {
        if let Some(url) = self.kept(object, expires) {
            return Ok(url);
        }
        let url: Arc<str> = self.sign(object, expires)?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_LINKS {
            kept.clear();
        }
        kept.insert(
            object.to_owned(),
            Kept {
                expires,
                url: Arc::clone(&url),
            },
        );
        Ok(url)
    }

    /// Signs a link of its own, for a single use.
    ///
    /// # Errors
    /// The object's key does not fit into an address, or the signature failed.
    pub fn sign(&self, object: &str, expires: i64) -> Result<String, LinkError> {
        let url =
            ResourceUrl::parse(&format!("{}/{object}", self.base)).map_err(LinkError::Address)?;
        Ok(self
            .key
            .sign_canned(&url, u64::try_from(expires).unwrap_or(0))?)
    }

    fn kept(&self, object: &str, expires: i64) -> Option<Arc<str>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let link = kept.get(object)?;
        (link.expires == expires).then(|| Arc::clone(&link.url))
    }
}
