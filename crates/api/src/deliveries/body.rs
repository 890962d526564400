//! Deliveries as JSON.

use app::deliveries::{CausedJob, DeliveryFailure, DeliveryRow, KeptDelivery};
use domain::{DeliveryId, ExternalId, StoreId, StoreName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::{Text, Time};

/// A delivery as lists show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryHead {
    #[schema(value_type = String, example = "dlv_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<DeliveryId>,
    #[schema(value_type = String)]
    store_id: Text<StoreId>,
    /// The store's name.
    #[schema(value_type = String)]
    store: Text<StoreName>,
    /// The kind of event, as the store calls it; null: it does not say.
    #[schema(required = true)]
    topic: Option<String>,
    /// The store's id of the event; null: it does not say.
    #[schema(required = true)]
    event_id: Option<String>,
    received_at: Time,
    /// `queued`, `working`, `done`, `dead`, `dismissed` or `superseded`.
    state: String,
    /// How often it was tried; one that was played again begins at 1.
    attempts: i64,
    /// When it is tried next; null: it does not wait.
    #[schema(required = true)]
    next_attempt_at: Option<Time>,
    /// What went wrong last.
    #[schema(required = true)]
    error: Option<String>,
    /// When it was done or given up.
    #[schema(required = true)]
    finished_at: Option<Time>,
}

impl From<DeliveryRow> for DeliveryHead {
    fn from(row: DeliveryRow) -> Self {
        let waits = row.state == "queued";
        Self {
            id: Text(row.id),
            store_id: Text(row.store),
            store: Text(row.store_name),
            topic: row.topic,
            event_id: row.event_id,
            received_at: Time(row.received_at),
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: waits.then_some(Time(row.run_at)),
            error: row.error,
            finished_at: row.finished_at.map(Time),
        }
    }
}

/// A delivery with what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryBody {
    #[serde(flatten)]
    head: DeliveryHead,
    /// The headers that were kept; signatures never are.
    headers: Vec<Header>,
    /// The length of the body.
    body_bytes: usize,
    /// Why headers and body are no longer kept: `expired` or `erased`; null: they are.
    #[schema(required = true)]
    body_gone: Option<String>,
    /// Whether the body is text, in UTF-8.
    body_is_text: bool,
    /// The tries that failed, the first first.
    failures: Vec<Failure>,
    /// The orders that it spoke of, by the store's ids.
    #[schema(value_type = Vec<String>)]
    orders: Vec<Text<ExternalId>>,
    /// What it made us ask the store.
    jobs: Vec<DeliveryJob>,
}

/// A header.
#[derive(Serialize, ToSchema)]
pub(crate) struct Header {
    name: String,
    value: String,
}

/// A try that failed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failure {
    /// Which try it was, from 1.
    attempt: i64,
    failed_at: Time,
    error: String,
}

/// A job that a delivery caused.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryJob {
    id: String,
    /// What is to be done.
    #[schema(example = "look_up")]
    kind: String,
    /// To what.
    subject: String,
    state: String,
    /// What went wrong last.
    #[schema(required = true)]
    error: Option<String>,
}

impl From<KeptDelivery> for DeliveryBody {
    fn from(kept: KeptDelivery) -> Self {
        // We wrote them ourselves.
        let headers: Vec<(String, String)> =
            serde_json::from_str(&kept.headers).unwrap_or_default();
        let headers = headers.into_iter();
        Self {
            body_bytes: kept.body.len(),
            body_is_text: std::str::from_utf8(&kept.body).is_ok(),
            body_gone: kept.body_gone,
            head: kept.row.into(),
            headers: headers
                .map(|(name, value)| Header { name, value })
                .collect(),
            failures: kept.failures.into_iter().map(Failure::from).collect(),
            orders: kept.orders.into_iter().map(Text).collect(),
            jobs: kept.jobs.into_iter().map(DeliveryJob::from).collect(),
        }
    }
}

impl From<DeliveryFailure> for Failure {
    fn from(failure: DeliveryFailure) -> Self {
        Self {
            attempt: failure.attempt,
            failed_at: Time(failure.failed_at),
            error: failure.error,
        }
    }
}

impl From<CausedJob> for DeliveryJob {
    fn from(job: CausedJob) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            subject: job.subject,
            state: job.state,
            error: job.error,
        }
    }
}
