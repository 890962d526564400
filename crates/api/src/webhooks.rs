//! Webhooks of the stores: into the inbox, then 204. Everything else is the worker's.

use app::App;
use app::webhooks::{TakenIn, WebhookError};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use domain::StoreName;

use crate::id::Id;
use crate::json;
use crate::metrics::Verdict;
use crate::problem::Problem;
use crate::state::ApiState;

/// The longest webhook that is read.
const LONGEST: usize = 1024 * 1024;

/// Takes a webhook in. 204 means that the delivery is durable; one that came before is taken in like the first.
#[utoipa::path(post, path = "/webhooks/{store}", operation_id = "receive_webhook", tag = "store",
    params(("store" = String, Path, description = "The name of the connected store")),
    request_body(content = String, content_type = "application/json",
        description = "As the store writes it, at most 1 MiB, signed as the store signs"),
    responses(
        (status = 200, description = "The address was tried, and answers"),
        (status = 204, description = "Kept"),
        (status = 401, description = "Not signed as this store signs"),
        (status = 404, description = "There is no such store"),
        (status = 413, description = "Longer than 1 MiB"),
        (status = 503, description = "It could not be kept: send it again later")))]
pub(crate) async fn receive(
    State(state): State<ApiState>,
    State(app): State<App>,
    Id(store): Id<StoreName>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let headers = request.headers().clone();
    let body = json::read_body(request, LONGEST).await?;
    let accepted = app.accept_webhook(&store, &headers, &body).await;
    state.metrics.count_webhook(match &accepted {
        Ok(TakenIn::Delivery) => Verdict::Kept,
        Ok(TakenIn::Ping) => Verdict::Ping,
        Err(WebhookError::Refused(_)) => Verdict::NotAuthentic,
        Err(WebhookError::UnknownStore) => Verdict::UnknownStore,
        Err(WebhookError::NotKept(_) | WebhookError::Store(_)) => Verdict::NotKept,
    });
    Ok(match accepted? {
        TakenIn::Delivery => StatusCode::NO_CONTENT,
        // WooCommerce takes no other answer for one.
        TakenIn::Ping => StatusCode::OK,
    })
}
