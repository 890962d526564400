//! Refuses what another site made a browser send (cross-site request forgery).

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{COOKIE, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::ApiState;

/// Lets through what changes nothing, and what comes from our own pages or from no page at all. Stores' webhooks are
/// signed and carry no cookie, so they pass.
///
/// What is shared with the stores' own pages is let through too, but never with a cookie: whoever asks from elsewhere has a
/// token, or is nobody.
pub(crate) async fn guard(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let is_ours = request.uri().path().starts_with("/api/");
    if is_ours && !is_same_site(request.headers(), &state.origin) {
        let path = request.extensions().get::<MatchedPath>();
        let is_shared = path.is_some_and(|path| state.for_embeds.contains_key(path.as_str()));
        if !is_safe && !is_shared {
            return Problem::cross_site().into_response();
        }
        request.headers_mut().remove(COOKIE);
    }
    next.run(request).await
}

/// Reads what browsers say and pages cannot forge. Programs say neither.
fn is_same_site(headers: &HeaderMap, ours: &str) -> bool {
    let sites = headers.get_all("sec-fetch-site");
    let origins = headers.get_all(ORIGIN);
    sites
        .iter()
        .all(|site| site == "same-origin" || site == "none")
        && origins.iter().all(|origin| origin == ours)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn is_let_through(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        is_same_site(&headers.collect(), "https://courses.example.com")
    }

    #[test]
    fn our_pages_and_programs_are_let_through() {
        assert!(is_let_through(&[]));
        assert!(is_let_through(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://courses.example.com"),
        ]));
        assert!(is_let_through(&[("origin", "https://courses.example.com")]));
    }

    #[test]
    fn other_sites_and_other_hosts_of_ours_are_not() {
        for origin in [
            "https://evil.example",
            "https://example.com",
            "http://courses.example.com",
            "https://courses.example.com:8443",
            "null",
        ] {
            assert!(!is_let_through(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "else"] {
            assert!(!is_let_through(&[("sec-fetch-site", site)]), "{site}");
        }
    }
}
