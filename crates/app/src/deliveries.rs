//! What came to the inbox, for people: lists, one delivery as it came, and playing deliveries again.

use domain::DeliveryId;
use domain::audit::{Cause, Event};
use serde_json::json;
use storage::StorageError;
use storage::deliveries;
pub use storage::deliveries::{
    CausedJob, DeliveryFailure, DeliveryFilter, DeliveryRow, KeptDelivery,
};

use crate::App;

/// How many deliveries are looked at at once.
const BATCH: i64 = 1_000;

impl App {
    /// Lists deliveries, the newest first, beginning after `before`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_deliveries(
        &self,
        filter: &DeliveryFilter,
        before: Option<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        deliveries::list(&mut reader, filter, before, limit).await
    }

    /// Finds a delivery with its body, byte for byte, and what came of it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_delivery(
        &self,
        id: DeliveryId,
    ) -> Result<Option<KeptDelivery>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        deliveries::find(&mut reader, id).await
    }

    /// Counts the deliveries that [`App::replay_deliveries`] would queue.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_replayable(&self, filter: &DeliveryFilter) -> Result<u64, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let (mut count, mut after) = (0, None);
        loop {
            let found = deliveries::list_finished(&mut reader, filter, after, BATCH).await?;
            let Some(last) = found.last() else {
                return Ok(count);
            };
            after = Some(*last);
            count += u64::try_from(found.len()).unwrap_or(0);
        }
    }

    /// Queues again all deliveries that are done, given up or dismissed and that the filter lets through, and returns how
    /// many. What is known already changes nothing when it is said again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replay_deliveries(
        &self,
        by: &Cause,
        filter: &DeliveryFilter,
    ) -> Result<u64, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let (mut queued, mut after) = (0, None);
        loop {
            let found = deliveries::list_finished(&mut tx, filter, after, BATCH).await?;
            let Some(last) = found.last() else {
                break;
            };
            after = Some(*last);
            queued += deliveries::replay(&mut tx, &found, now).await?;
        }
        if queued > 0 {
            let store = filter.store.map(|id| id.to_string());
            let order = filter.order.as_ref().map(ToString::to_string);
            let replayed = Event {
                after: Some(json!({
                    "count": queued,
                    "store": store,
                    "state": filter.state,
                    "topic": filter.topic,
                    "order": order,
                    "since": filter.since.map(|at| at.to_string()),
                    "until": filter.until.map(|at| at.to_string()),
                })),
                ..Event::of("deliveries.replayed", store.as_deref().unwrap_or("all"))
            };
            self.record(&mut tx, now, by, vec![replayed]).await?;
        }
        tx.commit().await?;
        Ok(queued)
    }
}
