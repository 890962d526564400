//! The body of an answer that has none.

use std::convert::Infallible;

use axum::body::Body;
use futures_util::stream;

/// Returns the body of an answer that has none by its method or status (HEAD, 204, 304). Unlike
/// the empty one it does not tell its length: the router would say `Content-Length: 0`, which a
/// cache may take for the object's.
pub(crate) fn no_body() -> Body {
    Body::from_stream(stream::empty::<Result<Vec<u8>, Infallible>>())
}
