//! Working off the inbox and the jobs.
//!
//! Deliveries and what needs the database alone are worked off in one lane; what asks a store waits for it in another, so
//! that a store which hangs holds nothing up; and mails go out in a third. Two webhooks of one order never disturb each other: whoever learns about an
//! order locks it.

mod job;

use std::time::Duration;

use connectors::api::{ApiError, CredentialsError};
use connectors::{ParseError, PrivacyWish, Reading, VerifiedWebhook};
use domain::audit::{Actor, Cause};
use domain::{DeliveryId, JobId, Timestamp};
use storage::inbox::{self, ClaimedDelivery};
use storage::jobs::{self, ClaimedJob, Lane, NewJob};
use storage::privacy::erasing;
use storage::work::Outcome;
use storage::{StorageError, Tx, replay};

pub(crate) use self::job::Job;
use crate::App;
use crate::ingest::Learning;
use crate::mail::MailError;
use crate::recompute::{Changed, Step};
use crate::reconcile::ReconcileError;
use crate::stores::StoreError;

/// How long a claimed piece of work belongs to its worker.
const LEASE_SECONDS: i64 = 120;
/// After this many tries somebody has to look.
pub(crate) const MOST_ATTEMPTS: i64 = 12;
/// The wait after the first failed try; it doubles each time, which spreads twelve tries over a day.
const FIRST_WAIT_SECONDS: i64 = 42;
/// How long an idle worker sleeps when nothing wakes it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many questions to stores one process asks at the same time.
const QUESTIONS: usize = 4;
/// How many letters one process sends at the same time.
const LETTERS: usize = 2;

/// Why a piece of work failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(
        "this event only names something, and Stoa has no key to the shop's API to ask what it is: add one with `stoa store api`"
    )]
    OnlyAHint,
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the shop's API cannot be read: {0}")]
    Credentials(#[from] CredentialsError),
    #[error("{0}")]
    Unknown(&'static str),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

/// What came of a delivery.
struct Applied {
    /// What it says.
    reading: Reading,
    /// Whether an order in it is of somebody who was erased: its content must not be kept then.
    is_forgotten: bool,
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Reconcile(error.into())
    }
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
            Self::Parse(_) | Self::OnlyAHint | Self::Unknown(_) => true,
            // Credentials may be mended before the last try, and so may a plugin that garbles answers.
            Self::Api(_) | Self::Credentials(_) | Self::Mail(_) | Self::Reconcile(_) => false,
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

impl App {
    /// Works for ever in all lanes, and begins the rounds that are due. Failures are kept with the work; when the database
    /// itself fails, the worker waits and goes on.
    pub async fn work(&self) {
        let questions = (0..QUESTIONS).map(|_| self.work_in(Lane::Outside));
        let letters = (0..LETTERS).map(|_| self.work_in(Lane::Mail));
        tokio::join!(
            self.work_in(Lane::Here),
            futures_util::future::join_all(questions),
            futures_util::future::join_all(letters),
            self.keep_rounds(),
        );
    }

    /// Works for ever in one lane: works off what is due, then sleeps until something is committed.
    async fn work_in(&self, lane: Lane) {
        loop {
            match self.work_once(lane).await {
                Ok(true) => self.parts.db.wake_another(lane),
                Ok(false) => self.parts.db.wait_for_work(lane, PATIENCE).await,
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
        while self.work_once(Lane::Here).await?
            || self.work_once(Lane::Outside).await?
            || self.work_once(Lane::Mail).await?
        {}
        Ok(())
    }

    /// Works off one delivery or job of a lane; false when none is due.
    async fn work_once(&self, lane: Lane) -> Result<bool, StorageError> {
        let now = self.now();
        let lease = now.plus_seconds(LEASE_SECONDS);
        let mut tx = self.parts.db.begin().await?;
        if lane == Lane::Here
            && let Some(delivery) = inbox::claim(&mut tx, now, lease).await?
        {
            tx.commit().await?;
            self.work_off_delivery(&delivery).await?;
            return Ok(true);
        }
        let job = jobs::claim(&mut tx, lane, now, lease).await?;
        tx.commit().await?;
        match job {
            Some(job) => self.work_off_job(&job).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn work_off_delivery(&self, delivery: &ClaimedDelivery) -> Result<(), StorageError> {
        let result = self.apply_delivery(delivery).await;
        let applied = result.as_ref().ok();
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
        let is_mine = inbox::settle(&mut tx, delivery.id, delivery.attempt, outcome, now).await?;
        if let Some(applied) = applied.filter(|_| is_mine) {
            self.follow_up(&mut tx, delivery, &applied.reading, now)
                .await?;
            replay::supersede_deliveries(&mut tx, delivery.id).await?;
            let wishes = &applied.reading.wishes;
            // A wish to be forgotten is not a thing to remember her by.
            let is_erasure = |wish: &PrivacyWish| !matches!(wish, PrivacyWish::Export(_));
            if applied.is_forgotten || wishes.iter().any(is_erasure) {
                erasing::redact(&mut tx, &[delivery.id]).await?;
            }
            self.record_wishes(&mut tx, delivery, wishes, now).await?;
        }
        tx.commit().await
    }

    /// Writes down what a delivery spoke of, and what there is to ask the store now.
    async fn follow_up(
        &self,
        tx: &mut Tx,
        delivery: &ClaimedDelivery,
        reading: &Reading,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        for order in reading.orders() {
            inbox::insert_order(tx, delivery.id, delivery.store, order).await?;
        }
        for subject in &reading.look_up {
            let job = Job::LookUp(delivery.store, subject.clone());
            self.begin_job_of(tx, &job, Some(delivery.id), now).await?;
        }
        Ok(())
    }

    /// Learns what a delivery says, and returns its reading: with nothing left to ask when there is no way to.
    async fn apply_delivery(&self, delivery: &ClaimedDelivery) -> Result<Applied, WorkError> {
        let mut reader = self.parts.db.reader().await?;
        let store = self
            .load_store(&mut reader, delivery.store)
            .await
            .map_err(ReconcileError::from)?;
        drop(reader);
        let webhook = VerifiedWebhook::from_inbox(
            delivery.body.clone(),
            delivery.topic.clone(),
            delivery.event_id.clone(),
            delivery.received_at,
            // We wrote them ourselves.
            serde_json::from_str(&delivery.headers).unwrap_or_default(),
        );
        let mut reading = store.connector().parse(&webhook)?;
        if store.api.is_none() && !reading.look_up.is_empty() {
            if reading.facts.is_empty() {
                return Err(WorkError::OnlyAHint);
            }
            reading.look_up.clear();
        }
        let by = Cause {
            delivery: Some(delivery.id),
            ..Cause::by(Actor::Store(store.id))
        };
        let facts = reading.facts.clone();
        let learnt = self.learn_facts(&by, &store, facts, Learning::ForGood);
        let is_forgotten = learnt.await?.iter().any(|order| order.is_forgotten);
        Ok(Applied {
            reading,
            is_forgotten,
        })
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
            Job::LookUp(store, subject) => self.look_up(job, store, &subject).await,
            Job::SyncStore(store, depth) => self.sync_step(job, &by, store, depth).await,
            Job::CheckWebhooks(store) => {
                self.check_webhooks(&by, store).await?;
                Ok(Step::Done)
            }
            Job::SendMail(id) => self.send_mail(job, id).await,
            Job::ForgetDeliveries(customer) => self.forget_deliveries(job, customer).await,
            Job::Scrub => self.scrub(job).await,
            Job::AnswerPrivacy(request) => self.answer_privacy(job, request).await,
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
        self.begin_job_of(tx, job, None, now).await
    }

    /// Tells whether the same job waits or is being worked on.
    pub(crate) async fn is_under_way(&self, tx: &mut Tx, job: &Job) -> Result<bool, StorageError> {
        let (kind, subject) = job.parts();
        jobs::is_under_way(tx, kind, &subject).await
    }

    async fn begin_job_of(
        &self,
        tx: &mut Tx,
        job: &Job,
        delivery: Option<DeliveryId>,
        now: Timestamp,
    ) -> Result<JobId, StorageError> {
        let (kind, subject) = job.parts();
        let job = NewJob {
            id: self.new_id(now, JobId::from_parts),
            kind,
            subject: &subject,
            lane: job.lane(),
            delivery,
        };
        jobs::insert(tx, job, now).await
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
    fn twelve_tries_take_a_day() {
        let total: i64 = (1..MOST_ATTEMPTS).map(wait_seconds).sum();
        assert!((80_000..90_000).contains(&total), "{total}");
    }
}
