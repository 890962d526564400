//! From a request to an answer.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use cloudfront::Refusal as Unverified;
use futures_util::TryStreamExt;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, LAST_MODIFIED, RANGE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use objects::{Info, ObjectKey};

use crate::body::no_body;
use crate::condition::{self, Outcome};
use crate::disposition;
use crate::range::{self, Selection};
use crate::refusal::Refusal;
use crate::settings::Edge;

/// Objects never change, but the right to see them ends: a browser may show its copy again for
/// five minutes, as long as one signed URL is handed out for, and nobody else may keep one.
const CACHING: &str = "private, max-age=300";

/// The end of the year 9999, the last that an HTTP date can name.
const LAST_SECOND: u64 = 253_402_300_799;

/// Returns the edge as a router that answers every path.
///
/// Serve it with connect info when policies may name viewer addresses; without it such a policy
/// is refused.
pub fn router(edge: Edge) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(edge))
}

async fn answer(State(edge): State<Arc<Edge>>, request: Request) -> Response<Body> {
    let (request, _) = request.into_parts();
    let mut answer = match request.method {
        Method::GET | Method::HEAD => serve(&edge, &request)
            .await
            .unwrap_or_else(Refusal::into_response),
        Method::OPTIONS => edge.cors.preflight(&request.headers),
        _ => Refusal::MethodNotAllowed.into_response(),
    };
    edge.cors.mark(&request.headers, answer.headers_mut());
    let is_https = edge.public_base.as_str().starts_with("https://");
    protect(answer.headers_mut(), is_https);
    if request.method == Method::HEAD {
        *answer.body_mut() = no_body();
    }
    answer
}

/// Verifies first: without a valid signature nothing is looked up, so a refusal is the same
/// whether the object exists or not.
async fn serve(edge: &Edge, request: &Parts) -> Result<Response<Body>, Refusal> {
    verify(edge, request)?;
    // Keys need no percent-encoding, so each object has one path; every other spelling of it
    // (`%2e`, `%2f`, `//`) names nothing and is never decoded.
    let key = request.uri.path().strip_prefix('/').unwrap_or_default();
    let key = ObjectKey::new(key).map_err(|_| Refusal::NoSuchKey)?;
    let found = edge.objects.head(&key).await.map_err(unreadable)?;
    let info = found.ok_or(Refusal::NoSuchKey)?;

    match condition::weigh(&request.headers, &info) {
        Outcome::Proceed => {}
        Outcome::Failed => return Err(Refusal::PreconditionFailed),
        Outcome::NotModified => {
            let mut answer = Response::new(no_body());
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            add_validators(answer.headers_mut(), &info);
            return Ok(answer);
        }
    }
    let (status, bytes) = match selection(&request.headers, &info) {
        Selection::Whole => (StatusCode::OK, 0..info.size),
        Selection::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Selection::Unsatisfiable => return Err(Refusal::InvalidRange { size: info.size }),
    };

    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    add_validators(headers, &info);
    add_description(headers, &info);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.end - bytes.start));
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, info.size);
        add(headers, CONTENT_RANGE, HeaderValue::try_from(place).ok());
    }
    if request.method == Method::GET {
        let body = edge.objects.read(&key, bytes).await.map_err(unreadable)?;
        let body = body.ok_or(Refusal::NoSuchKey)?;
        *answer.body_mut() = Body::from_stream(body.inspect_err(|error| {
            tracing::error!(%error, "an object broke off while it was read");
        }));
    }
    Ok(answer)
}

/// Checks the URL as the viewer asked for it against its signature.
fn verify(edge: &Edge, request: &Parts) -> Result<(), Refusal> {
    let target = request.uri.path_and_query().ok_or(Refusal::AccessDenied)?;
    if !is_addressed_to(edge.public_base.authority(), request) {
        tracing::debug!("refused a request for another host");
        return Err(Refusal::AccessDenied);
    }
    let url = format!("{}{target}", edge.public_base.as_str());
    edge.verifier
        .verify_url(&url, (edge.clock)(), viewer(request))
        .map_err(|refusal| {
            tracing::debug!(reason = %refusal, "refused a request by its signature");
            match refusal {
                Unverified::MissingKey => Refusal::MissingKey,
                Unverified::UnknownKey
                | Unverified::Malformed(_)
                | Unverified::Expired
                | Unverified::NotYet
                | Unverified::WrongResource
                | Unverified::WrongAddress
                | Unverified::BadSignature
                | Unverified::Sha1Refused => Refusal::AccessDenied,
            }
        })
}

/// Claims that the request names exactly our host, once, wherever it names one.
fn is_addressed_to(authority: &str, request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    let is_only_ours = hosts.next().is_some_and(|host| host == authority) && hosts.next().is_none();
    is_only_ours
        && request
            .uri
            .authority()
            .is_none_or(|named| named.as_str() == authority)
}

/// Returns the address that the connection came from.
fn viewer(request: &Parts) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(address.ip().to_canonical())
}

/// Returns what the request wants of the object; several `Range` lines are several ranges.
fn selection(request: &HeaderMap, info: &Info) -> Selection {
    let mut lines = request.get_all(RANGE).iter();
    match (lines.next().map(HeaderValue::to_str), lines.next()) {
        (Some(Ok(line)), None) if condition::permits_part(request, info) => {
            range::select(line, info.size)
        }
        _ => Selection::Whole,
    }
}

/// Adds what a 200, a 206 and a 304 must say alike.
fn add_validators(headers: &mut HeaderMap, info: &Info) {
    let modified = UNIX_EPOCH + Duration::from_secs(info.modified.min(LAST_SECOND));
    add(
        headers,
        LAST_MODIFIED,
        httpdate::fmt_http_date(modified).try_into().ok(),
    );
    add(headers, ETAG, HeaderValue::from_str(&info.etag).ok());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHING));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}

/// Adds what the bytes are and how to treat them.
fn add_description(headers: &mut HeaderMap, info: &Info) {
    let unknown = HeaderValue::from_static("application/octet-stream");
    let content_type = HeaderValue::from_str(&info.content_type).unwrap_or(unknown);
    headers.insert(CONTENT_TYPE, content_type);
    let saved_as = info
        .download_name
        .as_deref()
        .and_then(disposition::attachment);
    add(headers, CONTENT_DISPOSITION, saved_as);
}

/// What an object may do that is opened by itself: be shown or played, and run nothing. No page may frame it.
const DOCUMENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Adds what every answer carries, whatever its status.
fn protect(headers: &mut HeaderMap, is_https: bool) {
    const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, DOCUMENT_POLICY);
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.insert(name, value);
    }
}

/// Logs a failure of the store; neither the error nor the line names the object.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unreadable(error: std::io::Error) -> Refusal {
    tracing::error!(%error, "the object store could not be read");
    Refusal::InternalError
}
