//! Another chance: deliveries are replayed or dismissed, jobs that failed for good done again.

use domain::audit::{Cause, Event};
use domain::{DeliveryId, JobId};
use storage::{StorageError, deliveries, replay};

use crate::App;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such delivery or job.
    #[error("there is nothing of that id")]
    NotFound,
    /// It has not failed for good.
    #[error("it has not failed for good")]
    NotDead,
    /// It waits already, or is being worked on.
    #[error("it waits already, or is being worked on")]
    Waiting,
    /// Its body is no longer kept.
    #[error("its body is no longer kept; what it said is known, and the store can be read anew")]
    BodyGone,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Queues a delivery again, whether it failed or not: what is known already changes nothing.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub async fn replay_delivery(&self, by: &Cause, id: DeliveryId) -> Result<(), ReplayError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if deliveries::replay(&mut tx, &[id], now).await? == 0 {
            return Err(match replay::find_body_gone(&mut tx, id).await? {
                Some(true) => ReplayError::BodyGone,
                Some(false) => ReplayError::Waiting,
                None => ReplayError::NotFound,
            });
        }
        let replayed = Event::of("delivery.replayed", id);
        self.record(&mut tx, now, by, vec![replayed]).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that a failed delivery needs nothing: it is no order, or was seen to otherwise.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub async fn dismiss_delivery(&self, by: &Cause, id: DeliveryId) -> Result<(), ReplayError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if !replay::dismiss_delivery(&mut tx, id).await? {
            let is_known = replay::find_body_gone(&mut tx, id).await?.is_some();
            return Err(not_dead(is_known));
        }
        let dismissed = Event::of("delivery.dismissed", id);
        self.record(&mut tx, now, by, vec![dismissed]).await?;
        Ok(tx.commit().await?)
    }

    /// Queues a failed job again; it goes on where it stood.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub async fn retry_job(&self, by: &Cause, id: JobId) -> Result<(), ReplayError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if !replay::retry_job(&mut tx, id, now).await? {
            return Err(not_dead(replay::is_job_known(&mut tx, id).await?));
        }
        let retried = Event::of("job.retried", id);
        self.record(&mut tx, now, by, vec![retried]).await?;
        Ok(tx.commit().await?)
    }
}

/// Says why nothing was replayed.
fn not_dead(is_known: bool) -> ReplayError {
    if is_known {
        ReplayError::NotDead
    } else {
        ReplayError::NotFound
    }
}
