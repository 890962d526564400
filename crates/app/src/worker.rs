//! Working off the inbox and the jobs.

use std::time::Duration;

use connectors::{ParseError, VerifiedWebhook};
use domain::audit::{Actor, Cause};
use domain::{ExternalId, JobId, ProductId, StoreId, StoreItemId, Timestamp};
use storage::inbox::{self, ClaimedDelivery};
use storage::jobs::{self, ClaimedJob};
use storage::work::Outcome;
use storage::{StorageError, Tx, replay};

use crate::App;
use crate::recompute::{Changed, Step};
use crate::reconcile::ReconcileError;

/// How long a claimed piece of work belongs to its worker.
const LEASE_SECONDS: i64 = 120;
/// After this many tries somebody has to look.
const MOST_ATTEMPTS: i64 = 12;
/// The wait after the first failed try; it doubles each time, which spreads twelve tries over most of a day.
const FIRST_WAIT_SECONDS: i64 = 20;
/// How long an idle worker sleeps when nothing wakes it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why a piece of work failed.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error("{0}")]
    Unknown(&'static str),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

impl From<StorageError> for WorkError {
    fn from(error: StorageError) -> Self {
        Self::Reconcile(error.into())
    }
}

impl WorkError {
    /// Tells whether trying again could help.
    fn is_final(&self) -> bool {
        match self {
            Self::Parse(_) | Self::Unknown(_) => true,
            Self::Reconcile(_) => false,
        }
    }

    /// Says what went wrong with its causes, for an administrator. Parse errors name places, never values.
    fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// The kinds of jobs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::enum_variant_names,
    reason = "a job is named by what is to be done, to what"
)]
pub(crate) enum Job {
    /// Reconcile every order of a product.
    ReconcileProduct(ProductId),
    /// Reconcile every order with a line that a store item may speak for.
    ReconcileItem(StoreItemId),
    /// Reconcile every order of a store.
    ReconcileStore(StoreId),
    /// Reconcile one order.
    ReconcileOrder(StoreId, ExternalId),
}

impl Job {
    fn parts(&self) -> (&'static str, String) {
        match self {
            Self::ReconcileProduct(product) => ("reconcile_product", product.to_string()),
            Self::ReconcileItem(item) => ("reconcile_item", item.to_string()),
            Self::ReconcileStore(store) => ("reconcile_store", store.to_string()),
            Self::ReconcileOrder(store, order) => ("reconcile_order", format!("{store}/{order}")),
        }
    }

    fn read(kind: &str, subject: &str) -> Option<Self> {
        match kind {
            "reconcile_product" => subject.parse().ok().map(Self::ReconcileProduct),
            "reconcile_item" => subject.parse().ok().map(Self::ReconcileItem),
            "reconcile_store" => subject.parse().ok().map(Self::ReconcileStore),
            "reconcile_order" => {
                let (store, order) = subject.split_once('/')?;
                Some(Self::ReconcileOrder(
                    store.parse().ok()?,
                    order.parse().ok()?,
                ))
            }
            _ => None,
        }
    }
}

impl App {
    /// Works for ever: deliveries first, then jobs, then sleeps until something is committed. Failures are kept with the
    /// work; when the database itself fails, the worker waits and goes on.
    pub async fn work(&self) {
        loop {
            match self.work_once().await {
                Ok(true) => {}
                Ok(false) => self.parts.db.wait_for_work(PATIENCE).await,
                Err(error) => {
                    tracing::error!(%error, source = ?std::error::Error::source(&error), "the worker cannot reach the database");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        }
    }

    /// Works off everything that is due.
    ///
    /// # Errors
    /// The database failed.
    pub async fn work_until_idle(&self) -> Result<(), StorageError> {
        while self.work_once().await? {}
        Ok(())
    }

    /// Works off one delivery or job; false when none is due.
    async fn work_once(&self) -> Result<bool, StorageError> {
        let now = self.now();
        let lease = now.plus_seconds(LEASE_SECONDS);
        let mut tx = self.parts.db.begin().await?;
        if let Some(delivery) = inbox::claim(&mut tx, now, lease).await? {
            tx.commit().await?;
            self.work_off_delivery(&delivery).await?;
            return Ok(true);
        }
        let job = jobs::claim(&mut tx, now, lease).await?;
        tx.commit().await?;
        match job {
            Some(job) => self.work_off_job(&job).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn work_off_delivery(&self, delivery: &ClaimedDelivery) -> Result<(), StorageError> {
        let result = self.apply_delivery(delivery).await;
        if let Err(error) = &result {
            tracing::warn!(delivery = %delivery.id, attempt = delivery.attempt, %error, "a delivery failed");
        }
        let now = self.now();
        let error = result.as_ref().err().map(WorkError::in_full);
        let outcome = outcome(
            result.as_ref().err(),
            error.as_deref(),
            delivery.attempt,
            now,
        );
        let mut tx = self.parts.db.begin().await?;
        inbox::settle(&mut tx, delivery.id, delivery.attempt, outcome, now).await?;
        if outcome == Outcome::Done {
            replay::supersede_deliveries(&mut tx, delivery.id).await?;
        }
        tx.commit().await
    }

    async fn apply_delivery(&self, delivery: &ClaimedDelivery) -> Result<(), WorkError> {
        let mut reader = self.parts.db.reader().await?;
        let store = self
            .load_store(&mut reader, delivery.store)
            .await
            .map_err(ReconcileError::from)?;
        drop(reader);
        let webhook = VerifiedWebhook::from_inbox(
            delivery.body.clone(),
            None,
            delivery.event_id.clone(),
            delivery.received_at,
            Vec::new(),
        );
        let facts = store.connector().parse(&webhook)?.facts;
        let by = Cause {
            delivery: Some(delivery.id),
            ..Cause::by(Actor::Store(store.id))
        };
        Ok(self.apply_facts(&by, &store, facts).await?)
    }

    /// Works off a job, or one step of it; a job that is not done is queued again behind whatever else is due.
    async fn work_off_job(&self, job: &ClaimedJob) -> Result<(), StorageError> {
        let result = self.do_job(job).await;
        if let Err(error) = &result {
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempt, %error, "a job failed");
        }
        if matches!(result, Ok(Step::Advanced)) {
            return Ok(());
        }
        let now = self.now();
        let error = result.as_ref().err().map(WorkError::in_full);
        let outcome = outcome(result.as_ref().err(), error.as_deref(), job.tries, now);
        let mut tx = self.parts.db.begin().await?;
        jobs::settle(&mut tx, job.id, job.attempt, outcome, now).await?;
        if outcome == Outcome::Done {
            replay::supersede_jobs(&mut tx, job.id).await?;
        }
        tx.commit().await
    }

    async fn do_job(&self, job: &ClaimedJob) -> Result<Step, WorkError> {
        let by = Cause::by(Actor::Job(job.id));
        match Job::read(&job.kind, &job.subject).ok_or(WorkError::Unknown("unknown kind of job"))? {
            Job::ReconcileProduct(id) => {
                Ok(self.recompute_items(job, &by, Changed::Product(id)).await?)
            }
            Job::ReconcileItem(id) => Ok(self.recompute_items(job, &by, Changed::Item(id)).await?),
            Job::ReconcileStore(store) => Ok(self.recompute_store(job, &by, store).await?),
            Job::ReconcileOrder(store, order) => {
                self.reconcile_order(&by, store, &order).await?;
                Ok(Step::Done)
            }
        }
    }

    /// Inserts a job in the transaction of the fact that caused it.
    pub(crate) async fn enqueue(
        &self,
        tx: &mut Tx,
        job: &Job,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.begin_job(tx, job, now).await.map(drop)
    }

    /// Does what [`App::enqueue`] does, and returns the job's id for whoever wants to follow it.
    pub(crate) async fn begin_job(
        &self,
        tx: &mut Tx,
        job: &Job,
        now: Timestamp,
    ) -> Result<JobId, StorageError> {
        let (kind, subject) = job.parts();
        let id = self.new_id(now, JobId::from_parts);
        jobs::insert(tx, id, kind, &subject, now).await
    }
}

fn outcome<'a>(
    failure: Option<&WorkError>,
    error: Option<&'a str>,
    attempt: i64,
    now: Timestamp,
) -> Outcome<'a> {
    let (Some(failure), Some(error)) = (failure, error) else {
        return Outcome::Done;
    };
    if failure.is_final() || attempt >= MOST_ATTEMPTS {
        return Outcome::Dead { error };
    }
    Outcome::Retry {
        error,
        run_at: now.plus_seconds(wait_seconds(attempt)),
    }
}

/// Returns the wait after the given try, from 1.
fn wait_seconds(attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.clamp(1, MOST_ATTEMPTS) - 1).unwrap_or(0);
    FIRST_WAIT_SECONDS.saturating_mul(2_i64.saturating_pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_tries_take_most_of_a_day() {
        let total: i64 = (1..MOST_ATTEMPTS).map(wait_seconds).sum();
        assert!((36_000..90_000).contains(&total), "{total}");
    }

    #[test]
    fn a_job_reads_back_from_its_row() {
        let now = Timestamp::from_seconds(1);
        let order: ExternalId = "shop/1001".parse().unwrap();
        for job in [
            Job::ReconcileProduct(ProductId::from_parts(now, 1)),
            Job::ReconcileItem(StoreItemId::from_parts(now, 1)),
            Job::ReconcileStore(StoreId::from_parts(now, 1)),
            Job::ReconcileOrder(StoreId::from_parts(now, 1), order),
        ] {
            let (kind, subject) = job.parts();
            assert_eq!(Job::read(kind, &subject), Some(job));
        }
        assert_eq!(Job::read("sweep", ""), None);
    }
}
