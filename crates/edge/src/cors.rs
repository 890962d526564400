//! Which pages may read an answer, by the Fetch standard.

use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::body::no_body;
use crate::method;
use crate::origin::Origin;

const READABLE: &str = "Accept-Ranges, Content-Length, Content-Range, ETag";
const SENDABLE: &str =
    "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since";
/// Two hours: the longest that Chromium keeps a preflight.
const PREFLIGHT_SECONDS: &str = "7200";

/// The origins of the shops' pages. They change while the edge runs: whoever knows them sets them by this handle.
#[derive(Clone, Debug, Default)]
pub struct ShopOrigins(Arc<RwLock<Vec<String>>>);

impl ShopOrigins {
    /// Puts these origins, as browsers write them, in the place of those that were set before.
    pub fn replace(&self, origins: Vec<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = origins;
    }

    fn has(&self, asking: &HeaderValue) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().any(|origin| asking == origin.as_str())
    }
}

/// The pages that may read our answers.
pub(crate) struct Cors {
    allowed: Vec<Origin>,
    pub(crate) shops: ShopOrigins,
}

impl Cors {
    pub(crate) fn new(allowed: Vec<Origin>) -> Self {
        let shops = ShopOrigins::default();
        Self { allowed, shops }
    }

    /// Marks an answer of any status as readable by the asking page, if it is an allowed one. A
    /// player can tell an expired link from a broken network only when it can read the refusal.
    pub(crate) fn mark(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        answer.insert(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = self.find(request) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(READABLE),
            );
        }
    }

    /// Answers `OPTIONS`. It needs no signature: it says nothing about any object.
    pub(crate) fn preflight(&self, request: &HeaderMap) -> Response<Body> {
        let mut answer = Response::new(no_body());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        let headers = answer.headers_mut();
        headers.insert(ALLOW, HeaderValue::from_static(method::ANSWERED));
        if self.find(request).is_some() && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static(method::READING),
            );
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(SENDABLE),
            );
            headers.insert(
                ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static(PREFLIGHT_SECONDS),
            );
        }
        answer
    }

    /// Returns the asking origin when it is allowed, byte for byte.
    fn find<'a>(&self, request: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let asking = request.get(ORIGIN)?;
        let is_ours = self
            .allowed
            .iter()
            .any(|allowed| asking == allowed.as_str());
        (is_ours || self.shops.has(asking)).then_some(asking)
    }
}
