//! What an administrator does with her one-time link.

use app::App;
use app::admins::setup::{SetupChoice, SetupStart};
use app::admins::totp::QrPath;
use app::limits::Attempt;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin_cookie;
use crate::client::Client;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;

/// The token of a one-time link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupRequest {
    token: String,
}

/// What the page of a link shows. The secret is the same until the link is used.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetupBody {
    name: String,
    email: String,
    /// The secret of her authenticator app in base32, to be typed where there is no camera.
    secret: String,
    /// The same as an address for apps (`otpauth://`).
    address: String,
    /// The same as a QR code; null when it is too long for one.
    #[schema(required = true)]
    qr: Option<QrBody>,
}

/// A QR code to be drawn: dark squares of side 1.
#[derive(Serialize, ToSchema)]
pub(crate) struct QrBody {
    /// How many squares a side has, without the quiet zone of 4 around it.
    size: usize,
    /// The `d` of an SVG path.
    path: String,
}

impl From<QrPath> for QrBody {
    fn from(drawn: QrPath) -> Self {
        Self {
            size: drawn.size,
            path: drawn.path,
        }
    }
}

impl From<SetupStart> for SetupBody {
    fn from(start: SetupStart) -> Self {
        Self {
            name: start.name,
            email: start.email,
            secret: start.secret,
            address: start.address,
            qr: start.qr.map(QrBody::from),
        }
    }
}

/// What she has chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupConfirmation {
    /// The token of her link.
    token: String,
    /// At least 12 characters, and not easy to guess.
    password: String,
    /// The six digits that her authenticator app shows.
    code: String,
}

/// Recovery codes: each stands once for a code of the app. They are not shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    pub(crate) recovery_codes: Vec<String>,
}

/// Shows what a one-time link sets up. It uses nothing up.
#[utoipa::path(post, path = "/api/admin/setup", operation_id = "begin_admin_setup", tag = "account",
    request_body = SetupRequest,
    responses(
        (status = 200, body = SetupBody),
        (status = 400, description = "The link is unknown, used or too old"),
        (status = 422, description = "The request is not of this form"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn begin(
    State(app): State<App>,
    client: Client,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<SetupRequest>,
) -> Result<Response, Problem> {
    app.admit(client.0, Attempt::SetUpAdmin).await?;
    let start = app.begin_admin_setup(&request.token).await?;
    Ok(json::ok(&SetupBody::from(start)))
}

/// Sets her password and her authenticator app, uses the link up, ends her other sessions and signs her in.
#[utoipa::path(post, path = "/api/admin/setup/confirm", operation_id = "finish_admin_setup", tag = "account",
    request_body = SetupConfirmation,
    responses(
        (status = 200, body = RecoveryCodes, description = "Signed in: the session is in the cookie"),
        (status = 400, description = "The link is unknown, used or too old"),
        (status = 422, description = "The password is short or easy to guess, or the code is wrong"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn finish(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    parts: Parts,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<SetupConfirmation>,
) -> Result<Response, Problem> {
    app.admit(client.0, Attempt::SetUpAdmin).await?;
    let browser = admin_cookie::browser(&state, &parts);
    let choice = SetupChoice {
        password: request.password,
        code: request.code,
    };
    let done = app
        .finish_admin_setup(&browser, &request.token, choice)
        .await?;
    let codes = RecoveryCodes {
        recovery_codes: done.recovery_codes,
    };
    let cookie = admin_cookie::set(&state, &done.session);
    Ok((cookie, json::answer(StatusCode::OK, &codes)).into_response())
}
