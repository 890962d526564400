//! What stores ask about their customers' data.

use app::App;
use app::privacy::{LONGEST_PAGE, PrivacyRequest, WhichRequests};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{CustomerId, DeliveryId, PrivacyRequestId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Admin, PeopleWrite};
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::wire::{Text, Time};

/// How many requests a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;

/// Which requests are meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestQuery {
    /// Only those that are not answered; absent: no.
    #[serde(default)]
    open: bool,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<PrivacyRequestId>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// What a store has asked.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivacyRequest)]
pub(crate) struct RequestBody {
    #[schema(value_type = String, example = "prv_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<PrivacyRequestId>,
    #[schema(value_type = String)]
    store_id: Text<StoreId>,
    store: String,
    /// `export`: a customer wants to have what is kept about her. `erase`: what the store told of her is erased.
    /// `erase_store`: that of all its customers is.
    kind: &'static str,
    /// Of whom; null: of all, or of somebody who is not known here.
    #[schema(value_type = Option<String>, required = true)]
    customer_id: Option<Text<CustomerId>>,
    #[schema(value_type = String)]
    delivery_id: Text<DeliveryId>,
    requested_at: Time,
    /// Until when it has to be answered.
    due_at: Time,
    /// When it was answered; null: it is open.
    #[schema(required = true)]
    done_at: Option<Time>,
}

impl From<PrivacyRequest> for RequestBody {
    fn from(request: PrivacyRequest) -> Self {
        Self {
            id: Text(request.id),
            store_id: Text(request.store),
            store: request.store_name.to_string(),
            kind: request.kind.name(),
            customer_id: request.customer.map(Text),
            delivery_id: Text(request.delivery),
            requested_at: Time(request.requested_at),
            due_at: Time(request.due_at),
            done_at: request.done_at.map(Time),
        }
    }
}

/// Requests, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PrivacyRequestList {
    items: Vec<RequestBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<PrivacyRequestId>>,
}

/// Lists what stores ask about their customers' data, the newest first.
#[utoipa::path(get, path = "/api/admin/privacy-requests", operation_id = "list_privacy_requests", tag = "people",
    security(("token" = ["people:write"])),
    params(RequestQuery),
    responses(
        (status = 200, body = PrivacyRequestList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<PeopleWrite>,
    QueryParameters(query): QueryParameters<RequestQuery>,
) -> Result<Response, Problem> {
    let which = if query.open {
        WhichRequests::Open
    } else {
        WhichRequests::All
    };
    let limit = PageLength::of(query.limit, USUAL_PAGE);
    let page = app.list_privacy_requests(which, query.cursor, limit).await;
    let page = page.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&PrivacyRequestList {
        items: page.items.into_iter().map(RequestBody::from).collect(),
        next: page.next.map(Text),
    }))
}

/// Writes down that a customer has got what she asked for.
#[utoipa::path(post, path = "/api/admin/privacy-requests/{request_id}/done", operation_id = "answer_privacy_request",
    tag = "people", security(("token" = ["people:write"])),
    params(("request_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "It is answered"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such request"),
        (status = 409, description = "It was answered before, or the worker answers it"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn answer(
    State(app): State<App>,
    admin: Admin<PeopleWrite>,
    Id(id): Id<PrivacyRequestId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    app.answer_privacy_request(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
