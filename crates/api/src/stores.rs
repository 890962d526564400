//! The connected stores and their settings about access. Their secrets are never shown.

use app::App;
use app::stores::{ConnectedStore, LONGEST_GRACE_DAYS, StoreChange};
use axum::extract::State;
use axum::response::Response;
use domain::payment::{OnAmountRefund, OnDispute};
use domain::{JobId, StoreId, StoreName};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::admin::Admin;
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::Text;

/// What an open dispute does to access.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputePolicy {
    /// It rests until the dispute is decided.
    Suspend,
    /// It stays until the dispute is lost.
    Keep,
}

/// What a refund without lines does to access.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AmountRefundPolicy {
    /// It stays until the whole order is refunded.
    Keep,
    /// Every line of the order ends.
    Revoke,
}

/// A connected store.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreBody {
    #[schema(value_type = String, example = "sto_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<StoreId>,
    /// Its name in addresses: its webhooks come to `/webhooks/{name}`.
    #[schema(value_type = String)]
    name: Text<StoreName>,
    /// Its platform.
    kind: &'static str,
    accept_test_orders: bool,
    on_dispute: DisputePolicy,
    on_amount_refund: AmountRefundPolicy,
    /// Days of access after the end of a paid period.
    grace_days: u32,
    /// Whether an address counts as proven because the store says that its customer has verified it.
    trusts_emails: bool,
    /// How many secrets its webhooks may be signed with: two while one is rotated.
    webhook_secrets: usize,
}

impl From<ConnectedStore> for StoreBody {
    fn from(store: ConnectedStore) -> Self {
        let policy = store.policy;
        Self {
            id: Text(store.id),
            name: Text(store.name),
            kind: store.kind.name(),
            accept_test_orders: policy.accept_test_orders,
            on_dispute: match policy.on_dispute {
                OnDispute::Suspend => DisputePolicy::Suspend,
                OnDispute::Keep => DisputePolicy::Keep,
            },
            on_amount_refund: match policy.on_amount_refund {
                OnAmountRefund::Keep => AmountRefundPolicy::Keep,
                OnAmountRefund::Revoke => AmountRefundPolicy::Revoke,
            },
            grace_days: policy.grace_days,
            trusts_emails: policy.trusts_emails,
            webhook_secrets: store.secrets.len(),
        }
    }
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
}

/// A changed store.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedStore {
    store: StoreBody,
    /// The job that brings it to those whom it touches; null: it touches nobody.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
}

/// Lists the connected stores with their settings.
#[utoipa::path(get, path = "/api/admin/stores", operation_id = "list_stores", tag = "stores",
    security(("token" = [])),
    responses(
        (status = 200, body = StoreList),
        (status = 401, description = "There is no valid API token"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let stores = app.list_stores().await?;
    Ok(json::ok(&StoreList {
        items: stores.into_iter().map(StoreBody::from).collect(),
        next: None,
    }))
}

/// Changes a store's settings about access.
#[utoipa::path(patch, path = "/api/admin/stores/{store_id}", operation_id = "change_store", tag = "stores",
    security(("token" = [])),
    params(("store_id" = String, Path)),
    request_body = StorePatch,
    responses(
        (status = 200, body = ChangedStore),
        (status = 401, description = "There is no valid API token"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin,
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
    };
    let changed = app.change_store(&admin.cause, id, change).await?;
    Ok(json::ok(&ChangedStore {
        store: app.show_store(id).await?.into(),
        job_id: changed.job.map(Text),
    }))
}
