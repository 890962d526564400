//! Asking a store about what a webhook or a listing only hinted at (RULES §1.3).

pub(crate) mod outages;

use std::time::Duration;

use connectors::api::ApiError;
use connectors::{StoreApi, Subject};
use domain::StoreId;
use domain::audit::{Actor, Cause};
use domain::order::OrderFact;
use storage::jobs::{self, ClaimedJob};
use storage::privacy::erasing;

use crate::App;
use crate::ingest::Learning;
use crate::recompute::Step;
use crate::worker::WorkError;

/// The longest that all requests about one subject may take together; well within a worker's lease.
const LONGEST: Duration = Duration::from_mins(1);

impl App {
    /// Asks a store about one subject, and learns what it says. While the store rests the job is put off, and that is no
    /// failure of the job.
    pub(crate) async fn look_up(
        &self,
        job: &ClaimedJob,
        store: StoreId,
        subject: &Subject,
    ) -> Result<Step, WorkError> {
        if let Some(until) = self.outages.rests_until(store, self.now()) {
            return self.put_off(job, until).await;
        }
        let mut reader = self.parts.db.reader().await?;
        let store = self.load_store(&mut reader, store).await?;
        drop(reader);
        let api = self.store_api(&store)?;
        let facts = self.fetch(store.id, api.as_ref(), subject).await;
        if let Err(ApiError::Busy { .. }) = &facts
            && let Some(until) = self.outages.rests_until(store.id, self.now())
        {
            return self.put_off(job, until).await;
        }
        let by = Cause {
            delivery: job.delivery,
            ..Cause::by(Actor::Store(store.id))
        };
        let learnt = self.learn_facts(&by, &store, facts?, Learning::ForGood);
        let is_forgotten = learnt.await?.iter().any(|order| order.is_forgotten);
        if let Some(delivery) = job.delivery.filter(|_| is_forgotten) {
            // What only hinted at somebody who was erased names her perhaps.
            let mut tx = self.parts.db.begin().await?;
            erasing::redact(&mut tx, &[delivery]).await?;
            tx.commit().await?;
        }
        Ok(Step::Done)
    }

    /// Asks a store about one subject; empty when it does not know it.
    pub(crate) async fn fetch(
        &self,
        store: StoreId,
        api: &dyn StoreApi,
        subject: &Subject,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let answer = tokio::time::timeout(LONGEST, api.fetch(subject, self.now())).await;
        let answer = answer.unwrap_or(Err(ApiError::Timeout));
        self.outages.note(store, answer.as_ref().err(), self.now());
        answer
    }

    pub(crate) async fn put_off(
        &self,
        job: &ClaimedJob,
        until: domain::Timestamp,
    ) -> Result<Step, WorkError> {
        let mut tx = self.parts.db.begin().await?;
        jobs::postpone(&mut tx, job.id, job.attempt, until).await?;
        tx.commit().await?;
        Ok(Step::Advanced)
    }
}
