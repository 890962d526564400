//! An administrator's own: signing in and out, what she is told about herself, and her sessions.

use app::App;
use app::admins::sessions::{Evidence, SignInAttempt};
use app::admins::setup::PasswordChange;
use app::limits::Attempt;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use domain::scope::Scope;
use domain::{AdminId, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::SignedInAdmin;
use crate::admin_cookie;
use crate::admin_setup::{self, RecoveryCodes};
use crate::client::Client;
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::team::SetupLinkBody;
use crate::wire::{Text, Time};

/// The routes of an administrator's own.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(admin_setup::begin))
        .routes(routes!(admin_setup::finish))
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(prove))
        .routes(routes!(show))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(change_password))
        .routes(routes!(create_own_link))
}

/// What she signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdminSignIn {
    email: String,
    password: String,
    /// The six digits that her authenticator app shows, or one of her recovery codes.
    code: String,
}

/// What she proves once more: her password or the code of her app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofRequest {
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false)]
    password: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false)]
    code: Option<String>,
}

/// A password in the place of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChangeRequest {
    /// The one that she has.
    password: String,
    /// At least 12 characters, and not easy to guess.
    new_password: String,
}

/// An administrator, as she is told about herself.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminMe {
    #[schema(value_type = String)]
    id: Text<AdminId>,
    email: String,
    name: String,
    /// `viewer`, `support`, `manager` or `owner`.
    role: &'static str,
    /// What she may do.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Text<Scope>>,
    /// This session.
    #[schema(value_type = String)]
    session_id: Text<SessionId>,
    /// Whether she has proven lately enough who she is to do what is dangerous.
    is_proven: bool,
    recovery_codes_left: i64,
}

/// One of her sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminSessionBody {
    #[schema(value_type = String)]
    id: Text<SessionId>,
    /// The browser, such as "Firefox on Linux".
    label: String,
    created_at: Time,
    /// When she was last there, to the hour.
    seen_at: Time,
    expires_at: Time,
    /// Whether it is the one that asks.
    is_this: bool,
}

/// Her open sessions, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminSessionList {
    items: Vec<AdminSessionBody>,
}

/// Signs an administrator in. The session that the browser had ends.
#[utoipa::path(post, path = "/api/admin/session", operation_id = "sign_in_admin", tag = "account",
    request_body = AdminSignIn,
    responses(
        (status = 204, description = "Signed in: the session is in the cookie"),
        (status = 401, description = "Address, password or code is wrong"),
        (status = 422, description = "The request is not of this form"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn sign_in(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    parts: Parts,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<AdminSignIn>,
) -> Result<Response, Problem> {
    let attempt = SignInAttempt {
        email: request.email.parse().ok(),
        password: request.password,
        code: request.code,
    };
    let tried = Attempt::SignInAdmin {
        email: attempt.email.as_ref(),
        device: admin_cookie::device(&state, &parts.headers),
    };
    app.admit(client.0, tried).await?;
    let browser = admin_cookie::browser(&state, &parts);
    let session = app.sign_in_admin(&browser, attempt).await;
    let session = session.map_err(Problem::sign_in_refused)?;
    Ok((StatusCode::NO_CONTENT, admin_cookie::set(&state, &session)).into_response())
}

/// Ends the session, when there is one.
#[utoipa::path(delete, path = "/api/admin/session", operation_id = "sign_out_admin", tag = "account",
    responses(
        (status = 204, description = "Signed out: the cookie is cleared"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn sign_out(
    State(state): State<ApiState>,
    State(app): State<App>,
    _: QueryParameters<NoQuery>,
    admin: Result<SignedInAdmin, Problem>,
) -> Result<Response, Problem> {
    if let Ok(SignedInAdmin { holder, cause }) = admin {
        let ended = app.end_admin_session(&cause, holder.admin, holder.session);
        let ended = ended.await;
        ended.map_err(|error| Problem::unavailable(&error))?;
    }
    Ok((StatusCode::NO_CONTENT, admin_cookie::clear(&state)).into_response())
}

/// Proves once more who she is: for ten minutes she may do what is dangerous.
#[utoipa::path(post, path = "/api/admin/session/prove", operation_id = "prove_admin", tag = "account",
    security(("admin_session" = [])),
    request_body = ProofRequest,
    responses(
        (status = 204, description = "Proven"),
        (status = 401, description = "Nobody is signed in"),
        (status = 422, description = "Password or code is wrong, or not one of them is there"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn prove(
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<ProofRequest>,
) -> Result<StatusCode, Problem> {
    let evidence = match (request.password, request.code) {
        (Some(password), None) => Evidence::Password(password),
        (None, Some(code)) => Evidence::Code(code),
        (None, None) | (Some(_), Some(_)) => {
            let wrong = "either `password` or `code` is needed".to_owned();
            return Err(Problem::invalid_body(wrong));
        }
    };
    let session = admin.holder.session;
    app.admit(None, Attempt::ProveAdmin { session }).await?;
    let proven = app.prove_admin(&admin.cause, &admin.holder, evidence).await;
    proven.map_err(Problem::proof_refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells who is signed in, and what she may do.
#[utoipa::path(get, path = "/api/admin/me", operation_id = "admin_me", tag = "account",
    security(("admin_session" = [])),
    responses(
        (status = 200, body = AdminMe),
        (status = 401, description = "Nobody is signed in"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let holder = admin.holder;
    let found = app.show_admin(holder.admin).await;
    let account = found.map_err(|error| Problem::unavailable(&error))?;
    let account = account.ok_or_else(Problem::not_authorized)?;
    Ok(json::ok(&AdminMe {
        id: Text(holder.admin),
        email: account.member.email.as_str().to_owned(),
        name: account.member.name,
        role: holder.role.name(),
        scopes: holder.scopes().iter().map(Text).collect(),
        session_id: Text(holder.session),
        is_proven: holder.is_proven,
        recovery_codes_left: account.recovery_codes_left,
    }))
}

/// Lists her open sessions, the newest first, at most 100.
#[utoipa::path(get, path = "/api/admin/me/sessions", operation_id = "list_admin_sessions", tag = "account",
    security(("admin_session" = [])),
    responses(
        (status = 200, body = AdminSessionList),
        (status = 401, description = "Nobody is signed in"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list_sessions(
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let listed = app.list_admin_sessions(admin.holder.admin).await;
    let listed = listed.map_err(|error| Problem::unavailable(&error))?;
    let items = listed.into_iter().map(|session| AdminSessionBody {
        id: Text(session.id),
        label: session.label,
        created_at: Time(session.created_at),
        seen_at: Time(session.seen_at),
        expires_at: Time(session.expires_at),
        is_this: session.id == admin.holder.session,
    });
    Ok(json::ok(&AdminSessionList {
        items: items.collect(),
    }))
}

/// Ends one of her sessions.
#[utoipa::path(delete, path = "/api/admin/me/sessions/{session_id}", operation_id = "end_admin_session", tag = "account",
    security(("admin_session" = [])),
    params(("session_id" = String, Path)),
    responses(
        (status = 204, description = "It has ended"),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "She has no such session"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn end_session(
    State(app): State<App>,
    admin: SignedInAdmin,
    Id(id): Id<SessionId>,
    _: QueryParameters<NoQuery>,
) -> Result<StatusCode, Problem> {
    let ended = app.end_admin_session(&admin.cause, admin.holder.admin, id);
    let is_ended = ended.await.map_err(|error| Problem::unavailable(&error))?;
    is_ended
        .then_some(StatusCode::NO_CONTENT)
        .ok_or_else(Problem::not_found)
}

/// Makes new recovery codes; those of before work no more.
#[utoipa::path(post, path = "/api/admin/me/recovery-codes", operation_id = "renew_recovery_codes", tag = "account",
    security(("admin_session" = [])),
    request_body = Nothing,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 401, description = "Nobody is signed in"),
        (status = 403, description = "She must prove once more who she is"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn renew_recovery_codes(
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    admin.must_be_proven()?;
    let codes = app.renew_recovery_codes(&admin.cause, admin.holder.admin);
    let recovery_codes = codes.await.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&RecoveryCodes { recovery_codes }))
}

/// Changes her password. Her other sessions end.
#[utoipa::path(put, path = "/api/admin/me/password", operation_id = "change_admin_password", tag = "account",
    security(("admin_session" = [])),
    request_body = PasswordChangeRequest,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "Nobody is signed in"),
        (status = 422, description = "The password is wrong, or the new one is short or easy to guess"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn change_password(
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<PasswordChangeRequest>,
) -> Result<StatusCode, Problem> {
    let session = admin.holder.session;
    app.admit(None, Attempt::ProveAdmin { session }).await?;
    let change = PasswordChange {
        password: request.password,
        new_password: request.new_password,
    };
    app.change_admin_password(&admin.cause, &admin.holder, change)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which she sets up anew how she signs in, such as with another phone. It goes to her by mail as well; until
/// it is used, all stays as it is.
#[utoipa::path(post, path = "/api/admin/me/link", operation_id = "create_own_admin_link", tag = "account",
    security(("admin_session" = [])),
    request_body = Nothing,
    responses(
        (status = 201, body = SetupLinkBody),
        (status = 401, description = "Nobody is signed in"),
        (status = 403, description = "She must prove once more who she is"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn create_own_link(
    State(state): State<ApiState>,
    State(app): State<App>,
    admin: SignedInAdmin,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    admin.must_be_proven()?;
    let link = app.create_admin_link(&admin.cause, admin.holder.admin);
    let body = SetupLinkBody::of(&link.await?, &state);
    Ok(json::answer(StatusCode::CREATED, &body))
}
