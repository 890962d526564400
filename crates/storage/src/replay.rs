//! Deliveries and jobs that are through: giving them another chance.

use domain::{DeliveryId, JobId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    DISMISS = "
        UPDATE deliveries
        SET state = 'dismissed'
        WHERE id = $1 AND state = 'dead'";
    SUPERSEDE_DELIVERIES = "
        UPDATE deliveries
        SET state = 'superseded'
        WHERE state = 'dead'
          AND (store_id, fingerprint) IN (SELECT store_id, fingerprint FROM deliveries WHERE id = $1)";
    RETRY = "
        UPDATE jobs
        SET state = 'queued', run_at = $2, error = NULL, finished_at = NULL, failures_after = attempts
        WHERE id = $1 AND state = 'dead'";
    // Not those that came later: the job may have gone on from where it stood when their change was made.
    SUPERSEDE_JOBS = "
        UPDATE jobs
        SET state = 'superseded'
        WHERE state = 'dead'
          AND (kind, subject) IN (SELECT kind, subject FROM jobs WHERE id = $1)
          AND created_at <= (SELECT created_at FROM jobs WHERE id = $1)";
    FIND_DELIVERY = "
        SELECT body_gone IS NOT NULL
        FROM deliveries
        WHERE id = $1";
    FIND_JOB = "
        SELECT 1
        FROM jobs
        WHERE id = $1";
}

/// Writes down that a dead delivery needs nothing; false when it is not dead.
///
/// # Errors
/// The database failed.
pub async fn dismiss_delivery(tx: &mut Tx, id: DeliveryId) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(DISMISS).bind(Text(id)))? == 1)
}

/// Writes down that dead deliveries of the same store and bytes need nothing more, because this one was worked off.
///
/// # Errors
/// The database failed.
pub async fn supersede_deliveries(tx: &mut Tx, done: DeliveryId) -> Result<()> {
    execute!(tx, sqlx::query(SUPERSEDE_DELIVERIES).bind(Text(done)))?;
    Ok(())
}

/// Queues a dead job again where it stood; false when it is not dead.
///
/// # Errors
/// The database failed.
pub async fn retry_job(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let is_queued = execute!(tx, sqlx::query(RETRY).bind(Text(id)).bind(Time(now)))? == 1;
    tx.wake_workers();
    Ok(is_queued)
}

/// Writes down that dead jobs of the same kind and subject need nothing more, because this one, which is not older, is
/// done.
///
/// # Errors
/// The database failed.
pub async fn supersede_jobs(tx: &mut Tx, done: JobId) -> Result<()> {
    execute!(tx, sqlx::query(SUPERSEDE_JOBS).bind(Text(done)))?;
    Ok(())
}

/// Tells whether the body of a delivery is gone; `None` when there is no such delivery, in whatever state.
///
/// # Errors
/// The database failed.
pub async fn find_body_gone(access: &mut impl Access, id: DeliveryId) -> Result<Option<bool>> {
    let found: Option<(bool,)> = on!(access, |c| sqlx::query_as(FIND_DELIVERY)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(found.map(|(is_gone,)| is_gone))
}

/// Tells whether there is such a job, in whatever state.
///
/// # Errors
/// The database failed.
pub async fn is_job_known(access: &mut impl Access, id: JobId) -> Result<bool> {
    let found: Option<(i32,)> = on!(access, |c| sqlx::query_as(FIND_JOB)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}
