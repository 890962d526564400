//! The built web pages, from inside the binary: compressed once by the web build, cached by name.

use std::borrow::Cow;

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;

/// Names under which a file changes only by getting another name.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const A_WHILE: &str = "public, max-age=300, stale-while-revalidate=86400";
/// The page in place of pages that are not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Stoa</title></head>\
    <body><h1>The pages are not built</h1><p>Run <code>make web</code>, then build and start Stoa again.</p></body></html>\n";

/// What the web build made. A debug build reads it from the disk at each request, a release holds it.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// Where files are found by their path: the web build's, or a test's.
type Find = fn(&str) -> Option<Found>;

/// A file that was found.
struct Found {
    bytes: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

fn built(path: &str) -> Option<Found> {
    Built::get(path).map(|file| Found {
        bytes: file.data,
        sha256: file.metadata.sha256_hash(),
    })
}

/// Answers a page's address: the pages are one document that reads its address itself.
pub(crate) async fn show(headers: HeaderMap) -> Response {
    document(built, &headers, StatusCode::OK)
}

/// Answers every address that has no route: a built file, or 404 in the words of whoever asks.
pub(crate) async fn find(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(built, &method, uri.path(), &headers)
}

fn answer(find: Find, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::not_found().into_response();
    }
    let path = path.trim_start_matches('/');
    if is_served(path)
        && let Some(file) = find(path)
    {
        return send_file(find, path, file, headers);
    }
    if !path.starts_with("api/") && wants_html(headers) {
        return document(find, headers, StatusCode::NOT_FOUND);
    }
    Problem::not_found().into_response()
}

/// Tells whether a path may name a file: plain names only, and neither the document nor the compressed twins.
fn is_served(path: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let is_twin = matches!(path.rsplit('.').next(), Some("br" | "gz"));
    let is_hidden = path
        .split('/')
        .any(|name| name.is_empty() || name.starts_with('.'));
    path.bytes().all(is_plain) && !is_twin && !is_hidden && path != "index.html"
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|text| text.contains("text/html"))
}

fn document(find: Find, headers: &HeaderMap, status: StatusCode) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let Some(plain) = find("index.html") else {
        return (status, [(CONTENT_TYPE, html)], NOT_BUILT).into_response();
    };
    let (file, encoding) = choose_twin(find, "index.html", plain, headers);
    let mut response = (status, file.bytes).into_response();
    add_encoding(response.headers_mut(), encoding);
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

fn send_file(find: Find, path: &str, plain: Found, headers: &HeaderMap) -> Response {
    let life = if path.starts_with(HASHED) {
        FOR_EVER
    } else {
        A_WHILE
    };
    let (file, encoding) = choose_twin(find, path, plain, headers);
    let tag = entity_tag(&file.sha256);
    let is_known = is_known(headers, &tag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.bytes.into_response()
    };
    let sent = response.headers_mut();
    sent.remove(CONTENT_TYPE);
    if !is_known {
        sent.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        add_encoding(sent, encoding);
    }
    sent.insert(VARY, HeaderValue::from_static("accept-encoding"));
    sent.insert(CACHE_CONTROL, HeaderValue::from_static(life));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        sent.insert(ETAG, tag);
    }
    response
}

/// Chooses the smallest form that the client takes.
fn choose_twin(
    find: Find,
    path: &str,
    plain: Found,
    headers: &HeaderMap,
) -> (Found, Option<&'static str>) {
    let twins = [("br", "br"), ("gzip", "gz")];
    let taken = twins.into_iter().filter(|(name, _)| accepts(headers, name));
    let mut found =
        taken.filter_map(|(name, ending)| Some((find(&format!("{path}.{ending}"))?, name)));
    match found.next() {
        Some((twin, name)) => (twin, Some(name)),
        None => (plain, None),
    }
}

fn add_encoding(headers: &mut HeaderMap, encoding: Option<&'static str>) {
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(name) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
}

/// Tells whether the client takes an encoding; `q=0` says that it does not.
fn accepts(headers: &HeaderMap, name: &str) -> bool {
    list(headers, ACCEPT_ENCODING).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts
            .next()
            .is_some_and(|token| token.eq_ignore_ascii_case(name));
        let is_refused = parts.any(|part| {
            let weight = part
                .strip_prefix("q=")
                .and_then(|text| text.parse::<f32>().ok());
            weight.is_some_and(|weight| weight <= 0.0)
        });
        is_named && !is_refused
    })
}

/// Tells whether the client has the file with this tag already (RFC 9110 §13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    list(headers, IF_NONE_MATCH).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim)
}

/// Makes the tag of a file's bytes; each compressed twin has its own.
fn entity_tag(sha256: &[u8; 32]) -> String {
    format!("\"{}\"", hex::encode(sha256))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small build: a document, a hashed script with both twins, an icon without.
    fn fake(path: &str) -> Option<Found> {
        let text = match path {
            "index.html" => "<!doctype html>",
            "assets/main-B0x.js" => "plain",
            "assets/main-B0x.js.br" => "brotli",
            "assets/main-B0x.js.gz" => "gzip",
            "favicon.svg" => "<svg/>",
            ".env" | "up/../.env" | "favicon.svg/" => "never",
            _ => return None,
        };
        let mut sha256 = [0; 32];
        let length = text.len();
        sha256[..length].copy_from_slice(text.as_bytes());
        Some(Found {
            bytes: Cow::Borrowed(text.as_bytes()),
            sha256,
        })
    }

    fn get(path: &str, pairs: &[(HeaderName, &'static str)]) -> Response {
        let pairs = pairs.iter().cloned();
        let headers = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
        answer(fake, &Method::GET, path, &headers.collect())
    }

    fn header(response: &Response, name: HeaderName) -> &str {
        let value = response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn the_smallest_form_that_the_client_takes_is_sent() {
        for (accepted, sent) in [
            ("gzip, deflate, br, zstd", "br"),
            ("BR;q=0.1, gzip", "br"),
            ("br;q=0, gzip", "gzip"),
            ("br; q=0.0, gzip;q=0", ""),
            ("brotli", ""),
            ("*", ""),
        ] {
            let response = get("/assets/main-B0x.js", &[(ACCEPT_ENCODING, accepted)]);
            assert_eq!(header(&response, CONTENT_ENCODING), sent, "{accepted}");
            assert_eq!(header(&response, VARY), "accept-encoding");
            let media_type = header(&response, CONTENT_TYPE);
            assert_eq!(media_type, "text/javascript; charset=utf-8");
        }
        let icon = get("/favicon.svg", &[(ACCEPT_ENCODING, "br")]);
        assert_eq!(header(&icon, CONTENT_ENCODING), "");
        assert_eq!(header(&icon, CONTENT_TYPE), "image/svg+xml");
    }

    #[test]
    fn what_is_named_by_its_content_is_kept_for_ever_and_the_rest_a_while() {
        let script = get("/assets/main-B0x.js", &[]);
        assert_eq!(header(&script, CACHE_CONTROL), FOR_EVER);
        let icon = get("/favicon.svg", &[]);
        assert_eq!(header(&icon, CACHE_CONTROL), A_WHILE);
    }

    #[test]
    fn a_client_that_has_the_file_is_told_so() {
        let path = "/assets/main-B0x.js";
        let plain = header(&get(path, &[]), ETAG).to_owned();
        let packed = header(&get(path, &[(ACCEPT_ENCODING, "br")]), ETAG).to_owned();
        assert_ne!(plain, packed);
        let known: &'static str = format!("\"other\", W/{plain}").leak();
        let response = get(path, &[(IF_NONE_MATCH, known)]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&response, ETAG), plain);
        assert_eq!(header(&response, CONTENT_TYPE), "");
        let response = get(path, &[(IF_NONE_MATCH, known), (ACCEPT_ENCODING, "br")]);
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[test]
    fn neither_twins_nor_hidden_files_nor_the_document_are_served_by_name() {
        for path in [
            "/assets/main-B0x.js.br",
            "/assets/main-B0x.js.gz",
            "/index.html",
            "/.env",
            "/up/../.env",
            "/favicon.svg/",
            "/favicon%2Esvg",
            "/assets",
        ] {
            assert_eq!(get(path, &[]).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_build_that_is_missing_says_how_to_make_it() {
        let response = document(|_| None, &HeaderMap::new(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_TYPE), "text/html; charset=utf-8");
        assert!(NOT_BUILT.contains("make web"));
    }
}
