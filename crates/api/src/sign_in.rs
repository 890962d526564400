//! Signing in by a one-time link, and out.

use app::App;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::json::{JsonBody, Nothing};
use crate::problem::Problem;
use crate::state::ApiState;

/// The token of a one-time link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    token: String,
}

/// Uses a one-time link up and opens a session. Only a POST does: what previews or prefetches a link does not use it up.
#[utoipa::path(post, path = "/api/sign-in/confirm", operation_id = "confirm_sign_in", tag = "customer",
    request_body = Confirmation,
    responses(
        (status = 204, description = "Signed in: the session is in the cookie"),
        (status = 400, description = "The link is unknown, used or too old")))]
pub(crate) async fn confirm(
    State(state): State<ApiState>,
    State(app): State<App>,
    JsonBody(confirmation): JsonBody<Confirmation>,
) -> Result<Response, Problem> {
    let session = app.confirm_sign_in(&confirmation.token).await?;
    Ok(no_content(state.cookie.set(&session)))
}

/// Ends the session, when there is one.
#[utoipa::path(post, path = "/api/sign-out", operation_id = "sign_out", tag = "customer",
    request_body = Nothing,
    responses((status = 204, description = "Signed out: the cookie is cleared")))]
pub(crate) async fn sign_out(
    State(state): State<ApiState>,
    State(app): State<App>,
    headers: HeaderMap,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    if let Some(token) = state.cookie.find(&headers) {
        let done = app.sign_out(token).await;
        done.map_err(|error| Problem::unavailable(&error))?;
    }
    Ok(no_content(state.cookie.clear()))
}

fn no_content(cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
