//! For those who run it: is it alive, is it ready, what has it done.

use std::time::Duration;

use app::App;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::admin::{Admin, StoresRead};
use crate::problem::Problem;
use crate::state::ApiState;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says that the process is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "operation",
    responses((status = 200, body = String, content_type = "text/plain", description = "Alive")))]
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Says whether requests can be served: the database answers.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation",
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "Ready"),
        (status = 503, description = "The database does not answer")))]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    match tokio::time::timeout(PATIENCE, app.db().ping()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => Err(Problem::unavailable(&error)),
        Err(elapsed) => Err(Problem::unavailable(&elapsed)),
    }
}

/// Gives this process's counts in Prometheus' text format, and what the database says of everybody's work. When it takes
/// too long to say, that is missing.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operation",
    security(("token" = ["stores:read"])),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "The counts"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing")))]
pub(crate) async fn metrics(State(state): State<ApiState>, _: Admin<StoresRead>) -> Response {
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    let text = state.metrics.write() + &state.metrics.write_overview(&state.app, PATIENCE).await;
    ([(CONTENT_TYPE, media_type)], text).into_response()
}
