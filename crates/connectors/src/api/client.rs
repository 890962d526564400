//! The one way out to the stores' APIs: bounded in time and size, never redirected, and nothing that comes back is trusted.

use std::time::Duration;

use domain::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode, Url, redirect};
use serde_json::Value;

use super::error::{ApiError, CredentialsError};
use crate::json::Json;

/// How long and how large an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer has come whole.
    pub total: Duration,
    /// The bytes of its body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
            body: 16 * 1024 * 1024,
        }
    }
}

/// Sends requests to stores. Cheap to clone; connections are kept and shared.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    limits: Limits,
}

impl HttpClient {
    /// Builds the client.
    ///
    /// # Errors
    /// The system's certificates cannot be loaded.
    pub fn new(limits: Limits) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("Stoa/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, limits })
    }

    /// Begins a GET.
    pub(crate) fn get(&self, url: Url) -> Call {
        self.call(Method::GET, url)
    }

    /// Begins a POST of JSON.
    pub(crate) fn post(&self, url: Url, body: &Value) -> Call {
        let call = self.call(Method::POST, url);
        call.with(|request| request.json(body))
    }

    /// Begins a PUT of JSON.
    pub(crate) fn put(&self, url: Url, body: &Value) -> Call {
        let call = self.call(Method::PUT, url);
        call.with(|request| request.json(body))
    }

    /// Begins a POST of form fields.
    pub(crate) fn post_form(&self, url: Url, fields: &[(&str, &str)]) -> Call {
        let mut form = url.clone();
        form.query_pairs_mut().clear().extend_pairs(fields);
        let body = form.query().unwrap_or_default().to_owned();
        let call = self.call(Method::POST, url);
        call.header("content-type", "application/x-www-form-urlencoded")
            .with(|request| request.body(body))
    }

    fn call(&self, method: Method, url: Url) -> Call {
        Call {
            request: self.client.request(method, url),
            limits: self.limits,
        }
    }
}

/// A request that is being put together.
pub(crate) struct Call {
    request: RequestBuilder,
    limits: Limits,
}

impl Call {
    /// Signs in by user and password.
    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        self.with(|request| request.basic_auth(user, Some(password)))
    }

    /// Signs in by a bearer token.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with(|request| request.bearer_auth(token))
    }

    /// Adds a header.
    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        self.with(|request| request.header(name, value))
    }

    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self {
            request: change(self.request),
            ..self
        }
    }

    /// Sends it, and returns a successful answer in JSON.
    pub(crate) async fn send(self) -> Result<Answer, ApiError> {
        let response = self.request.send().await.map_err(|e| failure(&e))?;
        refuse(response.status(), response.headers())?;
        let headers = response.headers().clone();
        let body = read_whole(response, self.limits.body).await?;
        Ok(Answer {
            json: Json::parse(&body)?,
            headers,
        })
    }
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its body.
    pub(crate) json: Json,
    headers: HeaderMap,
}

impl Answer {
    /// Returns a header, when it is there once and visible ASCII.
    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        let mut values = self.headers.get_all(HeaderName::from_static(name)).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// Returns the time by the store's clock.
    pub(crate) fn store_time(&self) -> Option<Timestamp> {
        let date = httpdate::parse_http_date(self.header("date")?).ok()?;
        let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
        Some(Timestamp::from_seconds(seconds))
    }
}

/// Where a store's API stands.
#[derive(Clone, Debug)]
pub(crate) struct ApiAddress(Url);

impl ApiAddress {
    /// Reads an address that a person typed: https, or http on a loopback address, without user, query and fragment.
    pub(crate) fn parse(text: &str) -> Result<Self, CredentialsError> {
        let url = Url::parse(text.trim()).map_err(|_| CredentialsError::Address)?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_safe = match url.scheme() {
            "https" => url.host_str().is_some(),
            "http" => is_loopback(&url),
            _ => false,
        };
        if is_plain && is_safe {
            return Ok(Self(url));
        }
        Err(CredentialsError::Address)
    }

    /// Returns the address of a path below it; each segment is encoded.
    pub(crate) fn at<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // http and https addresses always have path segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

async fn read_whole(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failure(&e))? {
        if body.len() + chunk.len() > most {
            return Err(ApiError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refuse(status: StatusCode, headers: &HeaderMap) -> Result<(), ApiError> {
    let retry_after = || {
        let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    };
    Err(match status.as_u16() {
        200..=299 => return Ok(()),
        300..=399 => ApiError::Redirected,
        401 | 403 => ApiError::Denied(status.as_u16()),
        404 | 410 => ApiError::NotFound,
        429 => ApiError::Busy {
            retry_after: retry_after(),
        },
        503 if headers.contains_key(RETRY_AFTER) => ApiError::Busy {
            retry_after: retry_after(),
        },
        other => ApiError::Status(other),
    })
}

/// Says what failed, without the address, which may hold a token.
fn failure(error: &reqwest::Error) -> ApiError {
    if error.is_timeout() {
        ApiError::Timeout
    } else {
        ApiError::Unreachable
    }
}
