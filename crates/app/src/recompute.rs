//! Recomputing what a change of a product, a bundle, a mapping or a policy touches: a job of many short steps.
//!
//! Each step reconciles one batch of orders and writes down how far it came in the same transaction, so a job that is
//! interrupted goes on where it was, and two workers never count the same batch. Between two steps whatever else is due
//! has its turn: a paid order does not wait for a recomputation. Readers are never locked.

use domain::audit::Cause;
use domain::{OrderId, ProductId, StoreId, StoreItemId};
use storage::jobs::{self, ClaimedJob, Progress};
use storage::{Access, catalogue, orders};

use crate::App;
use crate::reconcile::{ReconcileError, lock_concerned};

/// How many orders a step takes.
const BATCH: i64 = 200;
/// How many store items are counted and walked through at once.
const ITEMS: i64 = 1_000;

/// What came of one step of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The job is done.
    Done,
    /// There is more to do, and it is queued.
    Advanced,
}

/// Where a recomputation of a product goes on: at an item, behind an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    item: StoreItemId,
    after: Option<OrderId>,
}

impl Place {
    fn read(cursor: &str) -> Option<Self> {
        let (item, after) = cursor.split_once('/')?;
        let after = match after {
            "" => None,
            id => Some(id.parse().ok()?),
        };
        let item = item.parse().ok()?;
        Some(Self { item, after })
    }

    fn write(self) -> String {
        let after = self.after.map(|id| id.to_string()).unwrap_or_default();
        format!("{}/{after}", self.item)
    }
}

impl App {
    /// Reconciles the next batch of the orders with a line that stands, or once stood, for the product or a bundle around
    /// it.
    pub(crate) async fn recompute_product(
        &self,
        job: &ClaimedJob,
        by: &Cause,
        product: ProductId,
    ) -> Result<Step, ReconcileError> {
        let mut reader = self.parts.db.reader().await?;
        let mut progress = job.progress.clone();
        if progress.total.is_none() {
            progress.total = Some(count_of_product(&mut reader, product).await?);
        }
        let place = progress.cursor.as_deref().and_then(Place::read);
        let place = match place {
            Some(place) => Some(place),
            None => next_item(&mut reader, product, None).await?,
        };
        let Some(place) = place else {
            return Ok(Step::Done);
        };
        let batch = orders::list_of_item(&mut reader, place.item, place.after, BATCH).await?;
        let next = match batch.last() {
            Some(last) => Some(Place {
                after: Some(*last),
                ..place
            }),
            None => next_item(&mut reader, product, Some(place.item)).await?,
        };
        drop(reader);
        let Some(next) = next else {
            return Ok(Step::Done);
        };
        progress.cursor = Some(next.write());
        self.recompute_batch(job, by, &batch, progress).await
    }

    /// Reconciles the next batch of the orders of a store.
    pub(crate) async fn recompute_store(
        &self,
        job: &ClaimedJob,
        by: &Cause,
        store: StoreId,
    ) -> Result<Step, ReconcileError> {
        let mut reader = self.parts.db.reader().await?;
        let mut progress = job.progress.clone();
        if progress.total.is_none() {
            progress.total = Some(orders::count_of_store(&mut reader, store).await?);
        }
        let after = progress.cursor.as_deref().and_then(|id| id.parse().ok());
        let batch = orders::list_of_store(&mut reader, store, after, BATCH).await?;
        drop(reader);
        let Some(last) = batch.last() else {
            return Ok(Step::Done);
        };
        progress.cursor = Some(last.to_string());
        self.recompute_batch(job, by, &batch, progress).await
    }

    /// Reconciles a batch and writes down the progress, both or neither. A worker that has lost the job changes nothing.
    async fn recompute_batch(
        &self,
        job: &ClaimedJob,
        by: &Cause,
        batch: &[OrderId],
        mut progress: Progress,
    ) -> Result<Step, ReconcileError> {
        let now = self.now();
        progress.done += i64::try_from(batch.len()).unwrap_or(0);
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        orders::lock_many(&mut tx, batch).await?;
        lock_concerned(&mut tx, batch).await?;
        let events = self.reconcile_in(&mut tx, batch, by, now).await?;
        if jobs::advance(&mut tx, job.id, job.attempt, &progress, now).await? {
            self.record(&mut tx, now, by, events).await?;
            tx.commit().await?;
        }
        Ok(Step::Advanced)
    }
}

/// Finds the item after `after` that stands for the product.
async fn next_item(
    access: &mut impl Access,
    product: ProductId,
    after: Option<StoreItemId>,
) -> Result<Option<Place>, ReconcileError> {
    let items = orders::list_items_of_product(access, product, after, 1).await?;
    Ok(items.first().map(|item| Place {
        item: *item,
        after: None,
    }))
}

async fn count_of_product(
    access: &mut impl Access,
    product: ProductId,
) -> Result<i64, ReconcileError> {
    let (mut count, mut after) = (0, None);
    loop {
        let items = orders::list_items_of_product(access, product, after, ITEMS).await?;
        let Some(last) = items.last() else {
            return Ok(count);
        };
        after = Some(*last);
        for item in items {
            count += orders::count_of_item(access, item).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn a_place_reads_back_from_its_job() {
        let now = Timestamp::from_seconds(1);
        let item = StoreItemId::from_parts(now, 1);
        for after in [None, Some(OrderId::from_parts(now, 2))] {
            let place = Place { item, after };
            assert_eq!(Place::read(&place.write()), Some(place));
        }
        assert_eq!(Place::read("itm_/"), None);
        assert_eq!(Place::read(""), None);
    }
}
