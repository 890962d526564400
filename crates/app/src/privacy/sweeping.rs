//! After an erasure: looking through the inbox for what names the customer without having become an order of hers, and
//! taking what was deleted out of the database's file.

use std::collections::{BTreeMap, BTreeSet};

use domain::erasure::addresses_in;
use domain::{CustomerId, DeliveryId, OrderId, Timestamp};
use storage::StorageError;
use storage::jobs::{self, ClaimedJob};
use storage::privacy::{erasing, marks};

use crate::App;
use crate::recompute::Step;
use crate::worker::{Job, WorkError};

/// How many bodies are looked into at once.
const BODIES: i64 = 100;
/// When to come back for deliveries that are not worked off yet.
const PATIENCE_SECONDS: i64 = 600;
/// When to try again to empty the log of a database that was being read.
const BUSY_SECONDS: i64 = 60;

impl App {
    /// Takes the content of the next deliveries that name somebody who was erased.
    pub(crate) async fn forget_deliveries(
        &self,
        job: &ClaimedJob,
        customer: CustomerId,
    ) -> Result<Step, WorkError> {
        let mut reader = self.parts.db.reader().await?;
        let Some(erased_at) = marks::find_of_customer(&mut reader, customer).await? else {
            return Ok(Step::Done);
        };
        let end = DeliveryId::from_parts(erased_at.plus_seconds(1), 0);
        // What is not worked off yet is still needed: up to there, and no further.
        let unfinished = erasing::find_unfinished(&mut reader).await?;
        let until = unfinished.map_or(end, |unfinished| unfinished.min(end));
        let after = job.progress.cursor.as_deref();
        let after = after.and_then(|cursor| cursor.parse().ok());
        let bodies = erasing::list_bodies(&mut reader, after, until, BODIES).await?;
        drop(reader);
        if let Some((last, _)) = bodies.last() {
            let last = *last;
            return Ok(self.forget_in(job, &bodies, last).await?);
        }
        if until < end {
            return Ok(self.come_back(job, PATIENCE_SECONDS).await?);
        }
        self.forget_orders(customer).await?;
        Ok(Step::Done)
    }

    /// Takes what was deleted out of the database's file.
    pub(crate) async fn scrub(&self, job: &ClaimedJob) -> Result<Step, WorkError> {
        if self.parts.db.scrub().await? {
            return Ok(Step::Done);
        }
        Ok(self.come_back(job, BUSY_SECONDS).await?)
    }

    async fn forget_in(
        &self,
        job: &ClaimedJob,
        bodies: &[(DeliveryId, Vec<u8>)],
        last: DeliveryId,
    ) -> Result<Step, StorageError> {
        let now = self.now();
        let mut named: BTreeMap<String, BTreeSet<DeliveryId>> = BTreeMap::new();
        for (delivery, body) in bodies {
            for email in addresses_in(body) {
                let mark = self.mark_of_address(&email);
                named.entry(mark).or_default().insert(*delivery);
            }
        }
        let all: Vec<String> = named.keys().cloned().collect();
        let mut tx = self.parts.db.begin().await?;
        let known = marks::list(&mut tx, &all).await?;
        let of_erased = known.iter().filter_map(|(mark, erased_at)| {
            let deliveries = named.get(mark)?.iter();
            Some(deliveries.filter(move |id| came_before(**id, *erased_at)))
        });
        let forgotten: BTreeSet<DeliveryId> = of_erased.flatten().copied().collect();
        let forgotten: Vec<DeliveryId> = forgotten.into_iter().collect();
        erasing::redact(&mut tx, &forgotten).await?;
        let mut progress = job.progress.clone();
        progress.cursor = Some(last.to_string());
        progress.done += i64::try_from(bodies.len()).unwrap_or(0);
        if jobs::advance(&mut tx, job.id, job.attempt, &progress, now).await? {
            tx.commit().await?;
        }
        Ok(Step::Advanced)
    }

    /// Erases once more what her orders caused, for what was under way when she was erased.
    async fn forget_orders(&self, customer: CustomerId) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        let orders = erasing::list_orders(&mut tx, &[customer]).await?;
        let orders: Vec<OrderId> = orders.into_iter().map(|(order, _)| order).collect();
        for orders in orders.chunks(super::BATCH) {
            erasing::erase_orders(&mut tx, orders).await?;
        }
        // One for all who are erased about the same time.
        self.enqueue(&mut tx, &Job::Scrub, self.now()).await?;
        tx.commit().await
    }

    async fn come_back(&self, job: &ClaimedJob, seconds: i64) -> Result<Step, StorageError> {
        let until = self.now().plus_seconds(seconds);
        let mut tx = self.parts.db.begin().await?;
        jobs::postpone(&mut tx, job.id, job.attempt, until).await?;
        tx.commit().await?;
        Ok(Step::Advanced)
    }
}

/// Tells whether a delivery came before somebody was erased: what came later may be of a new customer of her address.
fn came_before(delivery: DeliveryId, erased_at: Timestamp) -> bool {
    delivery < DeliveryId::from_parts(erased_at.plus_seconds(1), 0)
}
