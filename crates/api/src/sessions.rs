//! Where a customer is signed in, and how she ends that.

use app::App;
use app::sessions::EndError;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::customer::SignedInCustomer;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::{Text, Time};

/// Where the customer is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    items: Vec<SessionBody>,
    /// The cursor of the next page. Null: there is none; the newest hundred are listed.
    #[schema(required = true)]
    next: Option<String>,
}

/// A browser in which the customer is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    #[schema(value_type = String, example = "ses_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<SessionId>,
    /// What the browser is called.
    #[schema(example = "Firefox on Linux")]
    label: String,
    created_at: Time,
    /// When it was last in use, to the hour.
    seen_at: Time,
    /// Whether it is the one that asks.
    is_this_one: bool,
}

/// Lists where the customer is signed in, the newest first.
#[utoipa::path(get, path = "/api/me/sessions", operation_id = "list_sessions", tag = "customer",
    security(("session" = [])),
    responses((status = 200, body = SessionList), (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn list(
    State(app): State<App>,
    customer: SignedInCustomer,
) -> Result<Response, Problem> {
    let listed = app.list_sessions(customer.viewer.customer()).await;
    let listed = listed.map_err(|error| Problem::unavailable(&error))?;
    let items = listed.into_iter().map(|session| SessionBody {
        id: Text(session.id),
        label: session.label,
        created_at: Time(session.created_at),
        seen_at: Time(session.seen_at),
        is_this_one: session.id == customer.session,
    });
    Ok(json::ok(&SessionList {
        items: items.collect(),
        next: None,
    }))
}

/// Ends one of the customer's sessions, at once and everywhere.
#[utoipa::path(delete, path = "/api/me/sessions/{session_id}", operation_id = "end_session", tag = "customer",
    security(("session" = [])),
    params(("session_id" = String, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "The customer has no such session")))]
pub(crate) async fn end(
    State(state): State<ApiState>,
    State(app): State<App>,
    customer: SignedInCustomer,
    Id(session): Id<SessionId>,
) -> Result<Response, Problem> {
    let ended = app.end_session(customer.viewer.customer(), session).await;
    ended.map_err(|error| match error {
        EndError::NotFound => Problem::not_found(),
        EndError::Storage(error) => Problem::unavailable(&error),
    })?;
    let cookies = if session == customer.session {
        state.cookies.close()
    } else {
        HeaderMap::new()
    };
    Ok((StatusCode::NO_CONTENT, cookies).into_response())
}

/// Ends all of the customer's sessions but the one that asks.
#[utoipa::path(post, path = "/api/me/sessions/end-others", operation_id = "end_other_sessions", tag = "customer",
    security(("session" = [])), request_body = Nothing,
    responses(
        (status = 204, description = "They have ended"),
        (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn end_others(
    State(app): State<App>,
    customer: SignedInCustomer,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    let kept = customer.session;
    let done = app
        .end_other_sessions(customer.viewer.customer(), kept)
        .await;
    done.map_err(|error| Problem::unavailable(&error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
