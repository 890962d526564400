//! Jobs: work that follows from a fact, inserted in the fact's own transaction.

use domain::{JobId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::work::{Outcome, claim, settle, settle_row};

statements! {
    INSERT = "
        INSERT INTO jobs (id, kind, subject, state, attempts, run_at, created_at)
        VALUES ($1, $2, $3, 'queued', 0, $4, $4)
        ON CONFLICT DO NOTHING";
    @Sqlite CLAIM_SQLITE = claim!("jobs", "id, kind, subject, attempts", "");
    @Postgres CLAIM_POSTGRES = claim!("jobs", "id, kind, subject, attempts", "FOR UPDATE SKIP LOCKED");
    SETTLE = settle!("jobs");
}

/// A job that a worker has claimed.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Which attempt this is, from 1.
    pub attempt: i64,
}

/// Inserts a job to run from `now` on, unless the same one already waits.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: JobId,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(kind)
            .bind(subject)
            .bind(Time(now))
    )?;
    tx.wake_workers();
    Ok(())
}

/// Claims the next due job until `lease_until`.
///
/// # Errors
/// The database failed.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<ClaimedJob>> {
    type Row = (Text<JobId>, String, String, i64);
    let statement = if tx.is_postgres() {
        CLAIM_POSTGRES
    } else {
        CLAIM_SQLITE
    };
    let row: Option<Row> = on!(tx, |c| {
        sqlx::query_as(statement)
            .bind(Time(now))
            .bind(Time(lease_until))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id, kind, subject, attempt)| ClaimedJob {
        id: id.0,
        kind,
        subject,
        attempt,
    }))
}

/// Settles an attempt; false when somebody else has claimed the job since.
///
/// # Errors
/// The database failed.
pub async fn settle(
    tx: &mut Tx,
    id: JobId,
    attempt: i64,
    outcome: Outcome<'_>,
    now: Timestamp,
) -> Result<bool> {
    settle_row(tx, SETTLE, id.to_string(), attempt, outcome, now).await
}
