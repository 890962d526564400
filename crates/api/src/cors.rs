//! Lets scripts in the stores' own pages read what is shared with them, by the Fetch standard. Cookies have no part in it.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::embed::origin_of;
use crate::problem::Problem;
use crate::state::ApiState;

const SENDABLE: &str = "Authorization, Content-Type";
const READABLE: &str = "Retry-After, X-Request-Id";
/// Ten minutes: a page whose origin is taken away does not go on asking for longer.
const PREFLIGHT_SECONDS: &str = "600";

/// Answers preflights, and marks every answer to a store's page, also a refusal, as one that the page may read.
pub(crate) async fn share(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let methods = path.and_then(|path| state.for_embeds.get(path.as_str()));
    let Some(methods) = methods else {
        return next.run(request).await;
    };
    let asks_first = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let page = match find_page(&state, request.headers()).await {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let mut response = match (&page, asks_first) {
        (Some(_), true) => preflight(methods),
        (None, true) => Problem::cross_site().into_response(),
        (_, false) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(page) = page {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(READABLE),
        );
    }
    response
}

/// Returns the asking page's origin when it is one of a store's.
async fn find_page(state: &ApiState, headers: &HeaderMap) -> Result<Option<HeaderValue>, Problem> {
    let Some(origin) = origin_of(headers) else {
        return Ok(None);
    };
    let is_known = state.app.is_store_origin(&origin).await;
    let is_known = is_known.map_err(|error| Problem::unavailable(&error))?;
    Ok(HeaderValue::from_str(origin.as_str())
        .ok()
        .filter(|_| is_known))
}

fn preflight(methods: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if let Ok(methods) = HeaderValue::from_str(methods) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    let sendable = HeaderValue::from_static(SENDABLE);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, sendable);
    let seconds = HeaderValue::from_static(PREFLIGHT_SECONDS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, seconds);
    response
}
