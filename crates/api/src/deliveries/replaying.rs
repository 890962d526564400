//! Playing deliveries again: what is known already changes nothing when it is said once more.

use app::App;
use app::deliveries::DeliveryFilter;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{DeliveryId, ExternalId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DeliveryState;
use crate::admin::{AccessWrite, Admin};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::{Note, StoreText, Time};

/// Which deliveries to play again: those that fit all that is given and do not wait already. One narrowing at least must be
/// there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// Of this store: its name, or its id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    store: Option<StoreText>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = DeliveryState, required = false)]
    state: Option<DeliveryState>,
    /// Of this kind of event, as the store calls it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    topic: Option<Note<200>>,
    /// That spoke of this order: the store's id of it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    order: Option<ExternalId>,
    /// Received at this time or later.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Time, required = false)]
    since: Option<Time>,
    /// Received before this time, which is after `since`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Time, required = false)]
    until: Option<Time>,
    /// Only count them.
    #[serde(default)]
    dry_run: bool,
}

impl ReplayRequest {
    async fn filter(self, app: &App) -> Result<DeliveryFilter, Problem> {
        if self
            .since
            .zip(self.until)
            .is_some_and(|(since, until)| since.0 >= until.0)
        {
            let wrong = "`until` is not after `since`".to_owned();
            return Err(Problem::invalid_body(wrong).about("until"));
        }
        let filter = DeliveryFilter {
            store: StoreText::find(self.store, app).await?,
            state: self.state.map(|state| state.name().to_owned()),
            topic: self.topic.map(|topic| topic.0),
            order: self.order,
            since: self.since.map(|time| time.0),
            until: self.until.map(|time| time.0),
        };
        if filter == DeliveryFilter::default() {
            let wrong = "one of `store`, `state`, `topic`, `order`, `since` and `until` is needed";
            return Err(Problem::invalid_body(wrong.to_owned()));
        }
        Ok(filter)
    }
}

/// How many deliveries.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replayed {
    count: u64,
}

/// Works off deliveries again by a filter, or counts those it would.
#[utoipa::path(post, path = "/api/admin/deliveries/replay", operation_id = "replay_deliveries", tag = "deliveries",
    security(("token" = ["access:write"])),
    request_body = ReplayRequest,
    responses(
        (status = 200, body = Replayed),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "The request is not of this form, nothing narrows it, or there is no such store")))]
pub(crate) async fn replay_many(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<ReplayRequest>,
) -> Result<Response, Problem> {
    let is_dry = request.dry_run;
    let filter = request.filter(&app).await?;
    let count = if is_dry {
        app.count_replayable(&filter).await
    } else {
        app.replay_deliveries(&admin.cause, &filter).await
    };
    let count = count.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&Replayed { count }))
}

/// Works off a delivery again, whether it failed or not.
#[utoipa::path(post, path = "/api/admin/deliveries/{delivery_id}/replay", operation_id = "replay_delivery",
    tag = "deliveries", security(("token" = ["access:write"])),
    params(("delivery_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "It is queued"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such delivery"),
        (status = 409, description = "It waits already, or is being worked on"),
        (status = 410, description = "Its content is no longer kept"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn replay(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    Id(id): Id<DeliveryId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    app.replay_delivery(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Writes down that a delivery that failed for good needs nothing: it is no order, or was seen to otherwise.
#[utoipa::path(post, path = "/api/admin/deliveries/{delivery_id}/dismiss", operation_id = "dismiss_delivery",
    tag = "deliveries", security(("token" = ["access:write"])),
    params(("delivery_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "It counts no more"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such delivery"),
        (status = 409, description = "It has not failed for good"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn dismiss(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    Id(id): Id<DeliveryId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    app.dismiss_delivery(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
