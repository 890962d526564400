//! What came to the inbox: lists, one delivery with its body, and playing deliveries again.

mod body;
mod replaying;

use app::App;
use app::deliveries::DeliveryFilter;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::{DeliveryId, ExternalId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::body::{DeliveryBody, DeliveryHead};
use crate::admin::{Admin, StoresRead};
use crate::id::Id;
use crate::json;
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::state::ApiState;
use crate::wire::{Note, StoreText, Text, Time};

/// How many deliveries a page holds when the asker does not say, and at most.
const USUAL_PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 200;

/// Every route about deliveries.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(download))
        .routes(routes!(replaying::replay))
        .routes(routes!(replaying::replay_many))
        .routes(routes!(replaying::dismiss))
}

/// Where a delivery stands.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// It waits to be worked off, perhaps once more.
    Queued,
    /// It is being worked off.
    Working,
    /// It was worked off.
    Done,
    /// It failed for good.
    Dead,
    /// It failed for good, and somebody said that it needs nothing.
    Dismissed,
    /// It failed for good, and the same bytes were worked off later.
    Superseded,
}

impl DeliveryState {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Working => "working",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Dismissed => "dismissed",
            Self::Superseded => "superseded",
        }
    }
}

/// Which deliveries are meant: those that fit all that is given.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Of this store: its name, or its id (`sto_…`).
    #[param(value_type = Option<String>)]
    store: Option<StoreText>,
    /// In this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Of this kind of event, as the store calls it.
    #[param(value_type = Option<String>)]
    topic: Option<Note<200>>,
    /// That spoke of this order: the store's id of it.
    #[param(value_type = Option<String>)]
    order: Option<ExternalId>,
    /// Received at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Received before this time, which is after `since`.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<DeliveryId>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// Deliveries, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    items: Vec<DeliveryHead>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<DeliveryId>>,
}

/// Lists what the stores have sent, the newest first.
#[utoipa::path(get, path = "/api/admin/deliveries", operation_id = "list_deliveries", tag = "deliveries",
    security(("token" = ["stores:read"])),
    params(DeliveryQuery),
    responses(
        (status = 200, body = DeliveryList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form, or there is no such store")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    QueryParameters(query): QueryParameters<DeliveryQuery>,
) -> Result<Response, Problem> {
    if query
        .since
        .zip(query.until)
        .is_some_and(|(since, until)| since.0 >= until.0)
    {
        let wrong = "`until` is not after `since`".to_owned();
        return Err(Problem::invalid_query(wrong).about("until"));
    }
    let filter = DeliveryFilter {
        store: StoreText::find(query.store, &app).await?,
        state: query.state.map(|state| state.name().to_owned()),
        topic: query.topic.map(|topic| topic.0),
        order: query.order,
        since: query.since.map(|time| time.0),
        until: query.until.map(|time| time.0),
    };
    let limit = PageLength::of(query.limit, USUAL_PAGE);
    let rows = i64::from(limit) + 1;
    let found = app.list_deliveries(&filter, query.cursor, rows).await;
    let mut found = found.map_err(|error| Problem::unavailable(&error))?;
    let is_more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let next = found.last().filter(|_| is_more).map(|row| Text(row.id));
    Ok(json::ok(&DeliveryList {
        items: found.into_iter().map(DeliveryHead::from).collect(),
        next,
    }))
}

/// Shows a delivery: what became of it, the tries that failed, the orders it spoke of, and what it made us ask the store.
#[utoipa::path(get, path = "/api/admin/deliveries/{delivery_id}", operation_id = "show_delivery", tag = "deliveries",
    security(("token" = ["stores:read"])),
    params(("delivery_id" = String, Path)),
    responses(
        (status = 200, body = DeliveryBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such delivery"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    Id(id): Id<DeliveryId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let found = app.find_delivery(id).await;
    let found = found.map_err(|error| Problem::unavailable(&error))?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(json::ok(&DeliveryBody::from(found)))
}

/// Gives a delivery's body, byte for byte as the store sent it.
#[utoipa::path(get, path = "/api/admin/deliveries/{delivery_id}/body", operation_id = "download_delivery",
    tag = "deliveries", security(("token" = ["stores:read"])),
    params(("delivery_id" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "application/octet-stream", description = "As it came"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such delivery"),
        (status = 410, description = "Its content is no longer kept"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn download(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    Id(id): Id<DeliveryId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let found = app.find_delivery(id).await;
    let found = found.map_err(|error| Problem::unavailable(&error))?;
    let found = found.ok_or_else(Problem::not_found)?;
    if found.body_gone.is_some() {
        return Err(Problem::body_gone());
    }
    // A browser must not take a store's bytes for a page of ours.
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.bin\""),
        ),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, found.body).into_response())
}
