//! Stores as JSON. Their secrets are never shown.

use std::collections::BTreeSet;

use app::App;
use app::embed::MOST_ORIGINS;
use app::stores::{ConnectedStore, StoreSync};
use domain::origin::{NotAnOrigin, Origin};
use domain::payment::{OnAmountRefund, OnDispute};
use domain::{StoreId, StoreName};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::wire::{Text, Time};

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

/// Origins of pages, each once: at most 20.
pub(super) struct Origins(pub(super) BTreeSet<Origin>);

impl<'de> Deserialize<'de> for Origins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        if texts.len() > MOST_ORIGINS {
            return Err(D::Error::custom("too many"));
        }
        let origins = texts.iter().map(|text| text.parse());
        let origins: Result<BTreeSet<Origin>, NotAnOrigin> = origins.collect();
        origins.map(Self).map_err(D::Error::custom)
    }
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
    /// The origins of the shop's pages that may hold our elements.
    #[schema(value_type = Vec<String>)]
    origins: Vec<Text<Origin>>,
    /// How many secrets its webhooks may be signed with: two while one is rotated.
    webhook_secrets: usize,
    /// Where its webhooks go.
    webhook_address: String,
    /// Whether its API is read.
    has_api: bool,
    /// How far it is read; null: its API is not read.
    #[schema(required = true)]
    sync: Option<SyncBody>,
}

/// How far a store is read by its API, and how it stands with its webhooks.
#[derive(Serialize, ToSchema)]
#[schema(as = StoreSync)]
pub(crate) struct SyncBody {
    /// Changes before this time are known; null: it was not read yet.
    #[schema(required = true)]
    watermark: Option<Time>,
    /// When a reading last came to its end.
    #[schema(required = true)]
    synced_at: Option<Time>,
    /// Why the latest did not.
    #[schema(required = true)]
    error: Option<String>,
    next_sync_at: Time,
    /// How its webhooks were found: `active`, or what hindered us; null: nobody has looked yet.
    #[schema(required = true)]
    webhooks: Option<String>,
    #[schema(required = true)]
    webhooks_checked_at: Option<Time>,
    /// When we last made them anew or switched them on.
    #[schema(required = true)]
    webhooks_restored_at: Option<Time>,
}

impl From<StoreSync> for SyncBody {
    fn from(sync: StoreSync) -> Self {
        Self {
            watermark: sync.watermark.map(Time),
            synced_at: sync.synced_at.map(Time),
            error: sync.sync_error,
            next_sync_at: Time(sync.next_sync_at),
            webhooks: sync.webhooks,
            webhooks_checked_at: sync.webhooks_checked_at.map(Time),
            webhooks_restored_at: sync.webhooks_restored_at.map(Time),
        }
    }
}

impl StoreBody {
    /// Describes a store and how far it is read.
    pub(super) fn new(
        app: &App,
        store: ConnectedStore,
        sync: Option<StoreSync>,
        origins: BTreeSet<Origin>,
    ) -> Self {
        let policy = store.policy;
        Self {
            id: Text(store.id),
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
            origins: origins.into_iter().map(Text).collect(),
            webhook_secrets: store.secrets.len(),
            webhook_address: app.webhook_address(&store),
            has_api: store.api.is_some(),
            sync: sync.map(SyncBody::from),
            name: Text(store.name),
        }
    }

    /// Loads a store and describes it.
    pub(super) async fn load(app: &App, id: StoreId) -> Result<Self, Problem> {
        let store = app.show_store(id).await?;
        let sync = app.find_sync(id).await;
        let sync = sync.map_err(|error| Problem::unavailable(&error))?;
        let origins = app.list_store_origins(id).await;
        let origins = origins.map_err(|error| Problem::unavailable(&error))?;
        Ok(Self::new(app, store, sync, origins))
    }
}
