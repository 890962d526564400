//! JSON in and out.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::ApiState;

/// The longest JSON body that is read.
const LONGEST: usize = 64 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest path of a field that a problem repeats.
const LONGEST_PATH: usize = 100;

/// The body of a request, as JSON. What arrives must be declared as JSON, at most 64 KiB, and of this shape exactly.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// The body `{}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl<T: DeserializeOwned> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::not_json());
        }
        let body = read_body(request, LONGEST).await?;
        parse(&body).map(Self)
    }
}

/// Reads a whole body of at most `longest` bytes.
pub(crate) async fn read_body(request: Request, longest: usize) -> Result<Bytes, Problem> {
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| u64::try_from(longest).is_ok_and(|most| length > most)) {
        return Err(Problem::body_too_large());
    }
    let whole = Limited::new(request.into_body(), longest).collect();
    match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::body_too_large()),
        Ok(Err(_)) => Err(Problem::unreadable_body()),
        Err(_) => Err(Problem::body_too_slow()),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = declared.and_then(|value| value.split(';').next());
    media_type.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would take an array for an object, its items for the fields.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(explain(body, ".", ""));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(body, &path, &error.into_inner().to_string())
    })?;
    reader.end().map_err(|_| Problem::malformed_json())?;
    Ok(value)
}

/// Names the place of what is wrong; `message`, which is serde's own, would repeat the value.
fn explain(body: &[u8], path: &str, message: &str) -> Problem {
    if serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return Problem::malformed_json();
    }
    let around = Some(path).filter(|path| *path != ".");
    // Only these two name the field in serde's words and not in the path: it is one of our own names.
    let (inside, wrong) = if let Some(name) = quoted(message, "missing field") {
        (Some(name), "is missing")
    } else if let Some(name) = quoted(message, "duplicate field") {
        (Some(name), "is there twice")
    } else if message.starts_with("unknown field") {
        (None, "is not known here")
    } else {
        (None, "is not of the expected form")
    };
    let field: Vec<&str> = around.into_iter().chain(inside).collect();
    if field.is_empty() {
        return Problem::invalid_body(format!("the body {wrong}"));
    }
    let field: String = field.join(".").chars().take(LONGEST_PATH).collect();
    Problem::invalid_body(format!("`{field}` {wrong}")).about(field)
}

/// Returns the name in backquotes after these words.
fn quoted<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let rest = message
        .strip_prefix(words)?
        .trim_start()
        .strip_prefix('`')?;
    rest.split_once('`').map(|(name, _)| name)
}

/// Answers with a value as JSON.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    send(status, serde_json::to_vec(body))
}

/// Answers 200 with a value as JSON.
pub(crate) fn ok(body: &impl Serialize) -> Response {
    answer(StatusCode::OK, body)
}

/// Sends what was written as JSON.
pub(crate) fn send(status: StatusCode, written: serde_json::Result<Vec<u8>>) -> Response {
    match written {
        Ok(bytes) => {
            let json = HeaderValue::from_static("application/json");
            (status, [(CONTENT_TYPE, json)], Body::from(bytes)).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
