//! Answers without an object, in CloudFront's form.

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::method;

/// Why a request gets no object. The body is made of constants: it repeats nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The URL is not signed at all.
    MissingKey,
    /// The URL is signed, but not validly for this object, address and time.
    AccessDenied,
    /// The signature is good; the object is not there.
    NoSuchKey,
    /// Neither `GET`, `HEAD` nor `OPTIONS`.
    MethodNotAllowed,
    /// `If-Match` or `If-Unmodified-Since` does not hold.
    PreconditionFailed,
    /// No byte of the wanted range is in the object.
    InvalidRange {
        /// The object's length in bytes.
        size: u64,
    },
    /// The store could not be read.
    InternalError,
}

impl Refusal {
    pub(crate) fn into_response(self) -> Response<Body> {
        let (status, code, message) = self.parts();
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        let length = HeaderValue::from(text.len());
        let mut answer = Response::new(Body::from(text));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        headers.insert(CONTENT_LENGTH, length);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.add_headers(headers);
        answer
    }

    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::MissingKey => (
                StatusCode::FORBIDDEN,
                "MissingKey",
                "Missing Key-Pair-Id query parameter or cookie value",
            ),
            Self::AccessDenied => (StatusCode::FORBIDDEN, "AccessDenied", "Access denied"),
            Self::NoSuchKey => (
                StatusCode::NOT_FOUND,
                "NoSuchKey",
                "The specified key does not exist",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource",
            ),
            Self::PreconditionFailed => (
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed",
                "At least one of the preconditions you specified did not hold",
            ),
            Self::InvalidRange { .. } => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "The requested range is not satisfiable",
            ),
            Self::InternalError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "Please try again",
            ),
        }
    }

    fn add_headers(self, headers: &mut HeaderMap) {
        match self {
            Self::MethodNotAllowed => {
                headers.insert(ALLOW, HeaderValue::from_static(method::ANSWERED));
            }
            Self::InvalidRange { size } => {
                if let Ok(range) = HeaderValue::try_from(format!("bytes */{size}")) {
                    headers.insert(CONTENT_RANGE, range);
                }
            }
            Self::MissingKey
            | Self::AccessDenied
            | Self::NoSuchKey
            | Self::PreconditionFailed
            | Self::InternalError => {}
        }
    }
}
