//! Jobs: work that follows from a fact, inserted in the fact's own transaction.

use domain::{DeliveryId, JobId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::work::{Outcome, claim, settle, settle_row};

statements! {
    // A job that waits already is touched: so no worker takes it before this transaction's fact is there to be seen.
    INSERT = "
        INSERT INTO jobs (id, kind, subject, lane, delivery_id, state, attempts, run_at, created_at)
        VALUES ($1, $2, $3, $4, $5, 'queued', 0, $6, $6)
        ON CONFLICT (kind, subject) WHERE state = 'queued' AND attempts = 0 DO UPDATE
        SET run_at = jobs.run_at
        RETURNING id";
    @Sqlite CLAIM_SQLITE = claim!(
        "jobs",
        "id, kind, subject, delivery_id, attempts, failures_after, cursor, done, total",
        "AND lane = $3",
        ""
    );
    @Postgres CLAIM_POSTGRES = claim!(
        "jobs",
        "id, kind, subject, delivery_id, attempts, failures_after, cursor, done, total",
        "AND lane = $3",
        "FOR UPDATE SKIP LOCKED"
    );
    BEGIN_AT = "
        UPDATE jobs
        SET cursor = $2
        WHERE id = $1 AND state = 'queued' AND attempts = 0";
    ADVANCE = "
        UPDATE jobs
        SET state = 'queued', run_at = $3, error = NULL, failures_after = attempts, cursor = $4, done = $5, total = $6
        WHERE id = $1 AND attempts = $2 AND state = 'working'";
    POSTPONE = "
        UPDATE jobs
        SET state = 'queued', run_at = $3, failures_after = failures_after + 1
        WHERE id = $1 AND attempts = $2 AND state = 'working'";
    SETTLE = settle!("jobs");
    FIND_UNDER_WAY = "
        SELECT 1
        FROM jobs
        WHERE kind = $1 AND subject = $2 AND state IN ('queued', 'working')
        LIMIT 1";
}

/// Where a job is worked off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// By the database alone.
    Here,
    /// With answers of stores, which may be long in coming.
    Outside,
    /// With the mail server, so that neither a store that hangs holds up a mail nor the other way round.
    Mail,
}

impl Lane {
    const fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Outside => "outside",
            Self::Mail => "mail",
        }
    }
}

/// A job to be done.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// Its id, unless the same job waits already.
    pub id: JobId,
    /// What is to be done.
    pub kind: &'a str,
    /// To what.
    pub subject: &'a str,
    /// Where.
    pub lane: Lane,
    /// The delivery that caused it.
    pub delivery: Option<DeliveryId>,
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
    /// The delivery that caused it.
    pub delivery: Option<DeliveryId>,
    /// Which attempt this is, from 1: whoever settles the job names it.
    pub attempt: i64,
    /// How many attempts in a row did not come further, this one included.
    pub tries: i64,
    /// How far the attempts before came.
    pub progress: Progress,
}

/// How far a long job has come.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Where it goes on; `None` at its beginning.
    pub cursor: Option<String>,
    /// How many things are done.
    pub done: i64,
    /// How many there are, as counted at the beginning.
    pub total: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    id: Text<JobId>,
    kind: String,
    subject: String,
    delivery_id: Option<Text<DeliveryId>>,
    attempts: i64,
    failures_after: i64,
    cursor: Option<String>,
    done: i64,
    total: Option<i64>,
}

/// Inserts a job to run from `now` on, and returns its id: that of the same job when it already waits.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, job: NewJob<'_>, now: Timestamp) -> Result<JobId> {
    let row: (Text<JobId>,) = on!(tx, |c| {
        sqlx::query_as(INSERT)
            .bind(Text(job.id))
            .bind(job.kind)
            .bind(job.subject)
            .bind(job.lane.name())
            .bind(job.delivery.map(Text))
            .bind(Time(now))
            .fetch_one(c)
            .await
    })?;
    tx.wake_workers();
    Ok(row.0.0)
}

/// Tells whether a job of that kind and subject waits or is being worked on.
///
/// # Errors
/// The database failed.
pub async fn is_under_way(access: &mut impl Access, kind: &str, subject: &str) -> Result<bool> {
    let found: Option<(i32,)> = on!(access, |c| {
        sqlx::query_as(FIND_UNDER_WAY)
            .bind(kind)
            .bind(subject)
            .fetch_optional(c)
            .await
    })?;
    Ok(found.is_some())
}

/// Says where a job begins that nobody has taken yet.
///
/// # Errors
/// The database failed.
pub async fn begin_at(tx: &mut Tx, id: JobId, cursor: &str) -> Result<()> {
    execute!(tx, sqlx::query(BEGIN_AT).bind(Text(id)).bind(cursor))?;
    Ok(())
}

/// Claims the next due job of a lane until `lease_until`.
///
/// # Errors
/// The database failed.
pub async fn claim(
    tx: &mut Tx,
    lane: Lane,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<ClaimedJob>> {
    let statement = if tx.is_postgres() {
        CLAIM_POSTGRES
    } else {
        CLAIM_SQLITE
    };
    let row: Option<ClaimedRow> = on!(tx, |c| {
        sqlx::query_as(statement)
            .bind(Time(now))
            .bind(Time(lease_until))
            .bind(lane.name())
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|row| ClaimedJob {
        id: row.id.0,
        kind: row.kind,
        subject: row.subject,
        delivery: row.delivery_id.map(|id| id.0),
        attempt: row.attempts,
        tries: row.attempts - row.failures_after,
        progress: Progress {
            cursor: row.cursor,
            done: row.done,
            total: row.total,
        },
    }))
}

/// Writes down how far an attempt came and puts the job back into the queue, behind whatever else is due; false when
/// somebody else has claimed the job since.
///
/// # Errors
/// The database failed.
pub async fn advance(
    tx: &mut Tx,
    id: JobId,
    attempt: i64,
    progress: &Progress,
    now: Timestamp,
) -> Result<bool> {
    let advanced = execute!(
        tx,
        sqlx::query(ADVANCE)
            .bind(Text(id))
            .bind(attempt)
            .bind(Time(now))
            .bind(progress.cursor.as_deref())
            .bind(progress.done)
            .bind(progress.total)
    )?;
    Ok(advanced == 1)
}

/// Puts a job back into the queue until later, as if it had not been tried; false when somebody else has claimed the job
/// since.
///
/// # Errors
/// The database failed.
pub async fn postpone(tx: &mut Tx, id: JobId, attempt: i64, until: Timestamp) -> Result<bool> {
    let postponed = execute!(
        tx,
        sqlx::query(POSTPONE)
            .bind(Text(id))
            .bind(attempt)
            .bind(Time(until))
    )?;
    Ok(postponed == 1)
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
