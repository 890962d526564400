//! Signing in by a one-time link, and out.

use app::App;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
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
    headers: HeaderMap,
    JsonBody(confirmation): JsonBody<Confirmation>,
) -> Result<Response, Problem> {
    let browser = state.cookies.browser(&headers);
    let session = app.confirm_sign_in(&confirmation.token, browser).await?;
    Ok((StatusCode::NO_CONTENT, state.cookies.open(&session)).into_response())
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
    if let Some(token) = state.cookies.session(&headers) {
        let done = app.sign_out(token).await;
        done.map_err(|error| Problem::unavailable(&error))?;
    }
    Ok((StatusCode::NO_CONTENT, state.cookies.close()).into_response())
}
