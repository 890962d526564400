//! What the edge is built from.

use std::fmt;
use std::sync::Arc;

use cloudfront::Verifier;
use objects::Folder;

use crate::cors::{Cors, ShopOrigins};
use crate::origin::Origin;

/// Tells the time in whole seconds since the Unix epoch; asked once a request.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Where the edge is reached and who may read its answers from a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Scheme, host and port that signed URLs start with, as in `http://127.0.0.1:8081`: lower
    /// case, without path, trailing slash or the scheme's usual port.
    pub public_base: String,
    /// The origins whose pages may read answers, in the same form; never `*`.
    pub allowed_origins: Vec<String>,
}

/// Says which setting cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// [`Settings::public_base`] is not an origin.
    #[error("the public address `{0}` is not of the form scheme://host[:port]")]
    PublicBase(String),
    /// One of [`Settings::allowed_origins`] is not an origin.
    #[error("the allowed origin `{0}` is not of the form scheme://host[:port]")]
    AllowedOrigin(String),
}

/// A local CDN, ready for [`crate::router`].
pub struct Edge {
    pub(crate) objects: Folder,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) clock: Clock,
    pub(crate) public_base: Origin,
    pub(crate) cors: Cors,
}

impl Edge {
    /// Builds an edge over a store and the public keys in `verifier`.
    ///
    /// # Errors
    /// [`InvalidSettings`] for the first setting that cannot be used.
    pub fn new(
        objects: Folder,
        verifier: Arc<Verifier>,
        clock: Clock,
        settings: &Settings,
    ) -> Result<Self, InvalidSettings> {
        let public_base = Origin::parse(&settings.public_base)
            .ok_or_else(|| InvalidSettings::PublicBase(settings.public_base.clone()))?;
        let allowed = |text: &String| {
            Origin::parse(text).ok_or_else(|| InvalidSettings::AllowedOrigin(text.clone()))
        };
        let origins = settings
            .allowed_origins
            .iter()
            .map(allowed)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            objects,
            verifier,
            clock,
            public_base,
            cors: Cors::new(origins),
        })
    }

    /// Returns the handle by which the origins of the shops' pages are set; none of them are known at first.
    #[must_use]
    pub fn shop_origins(&self) -> ShopOrigins {
        self.cors.shops.clone()
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Edge")
            .field("public_base", &self.public_base)
            .finish_non_exhaustive()
    }
}
