//! The connected stores and their settings about access. Their secrets are never shown.

mod bodies;
mod connecting;
mod tending;

use app::App;
use app::stores::{LONGEST_GRACE_DAYS, StoreChange};
use axum::extract::State;
use axum::response::Response;
use domain::payment::{OnAmountRefund, OnDispute};
use domain::{JobId, StoreId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::bodies::{AmountRefundPolicy, DisputePolicy, Origins, StoreBody};
use crate::admin::{Admin, StoresRead, StoresWrite};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::wire::Text;

/// Every route about stores.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(connecting::add))
        .routes(routes!(show))
        .routes(routes!(change))
        .routes(routes!(connecting::set_api))
        .routes(routes!(connecting::forget_api))
        .routes(routes!(tending::test))
        .routes(routes!(tending::repair_webhooks))
        .routes(routes!(tending::sync))
}

/// The connected stores by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreList {
    items: Vec<StoreBody>,
    /// Always null: they are all here.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<StoreId>>,
}

/// Days of grace: 0 to 365.
#[derive(Clone, Copy)]
struct GraceDays(u32);

impl<'de> Deserialize<'de> for GraceDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = u32::deserialize(deserializer)?;
        if days <= LONGEST_GRACE_DAYS {
            Ok(Self(days))
        } else {
            Err(D::Error::custom("not days of grace"))
        }
    }
}

/// What to change; what is absent stays. It counts for every order, also for those that are known already.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StorePatch {
    /// Whether test orders count.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    accept_test_orders: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = DisputePolicy, required = false)]
    on_dispute: Option<DisputePolicy>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = AmountRefundPolicy, required = false)]
    on_amount_refund: Option<AmountRefundPolicy>,
    /// Days of access after the end of a paid period.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, maximum = 365)]
    grace_days: Option<GraceDays>,
    /// Whether an address counts as proven because the store says that its customer has verified it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    trusts_emails: Option<bool>,
    /// The origins of the shop's pages that may hold our elements, in place of those that it had.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 20, example = json!(["https://shop.example.com"]))]
    origins: Option<Origins>,
}

/// A changed store.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedStore {
    store: StoreBody,
    /// The job that brings it to those whom it touches; null: it touches nobody.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
}

/// Lists the connected stores with their settings, and how far each is read.
#[utoipa::path(get, path = "/api/admin/stores", operation_id = "list_stores", tag = "stores",
    security(("token" = ["stores:read"])),
    responses(
        (status = 200, body = StoreList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let stores = app.list_stores().await?;
    let syncs = app.list_syncs().await;
    let mut syncs = syncs.map_err(|error| Problem::unavailable(&error))?;
    let mut items = Vec::new();
    for store in stores {
        let sync = syncs.remove(&store.id);
        let origins = app.list_store_origins(store.id).await;
        let origins = origins.map_err(|error| Problem::unavailable(&error))?;
        items.push(StoreBody::new(&app, store, sync, origins));
    }
    Ok(json::ok(&StoreList { items, next: None }))
}

/// Shows a store with its settings, and how far it is read.
#[utoipa::path(get, path = "/api/admin/stores/{store_id}", operation_id = "show_store", tag = "stores",
    security(("token" = ["stores:read"])),
    params(("store_id" = String, Path)),
    responses(
        (status = 200, body = StoreBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    Id(id): Id<StoreId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    Ok(json::ok(&StoreBody::load(&app, id).await?))
}

/// Changes a store's settings about access, and which of its pages may hold our elements.
#[utoipa::path(patch, path = "/api/admin/stores/{store_id}", operation_id = "change_store", tag = "stores",
    security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    request_body = StorePatch,
    responses(
        (status = 200, body = ChangedStore),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<StoresWrite>,
    Id(id): Id<StoreId>,
    _: QueryParameters<NoQuery>,
    JsonBody(patch): JsonBody<StorePatch>,
) -> Result<Response, Problem> {
    let change = StoreChange {
        accept_test_orders: patch.accept_test_orders,
        on_dispute: patch.on_dispute.map(|policy| match policy {
            DisputePolicy::Suspend => OnDispute::Suspend,
            DisputePolicy::Keep => OnDispute::Keep,
        }),
        on_amount_refund: patch.on_amount_refund.map(|policy| match policy {
            AmountRefundPolicy::Keep => OnAmountRefund::Keep,
            AmountRefundPolicy::Revoke => OnAmountRefund::Revoke,
        }),
        grace_days: patch.grace_days.map(|days| days.0),
        trusts_emails: patch.trusts_emails,
        origins: patch.origins.map(|origins| origins.0),
    };
    let changed = app.change_store(&admin.cause, id, change).await?;
    Ok(json::ok(&ChangedStore {
        store: StoreBody::load(&app, id).await?,
        job_id: changed.job.map(Text),
    }))
}
