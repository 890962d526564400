//! What deliveries and jobs have in common: rows that are work. A worker claims one with a lease; a lease that ran out is
//! claimed again; only the holder of the latest attempt may settle it.

use domain::Timestamp;

use crate::column::Time;
use crate::connection::{Tx, execute};
use crate::error::Result;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome<'a> {
    /// The work is done.
    Done,
    /// It failed and is tried again.
    Retry {
        /// What went wrong.
        error: &'a str,
        /// When to try again.
        run_at: Timestamp,
    },
    /// It failed for good; somebody has to look.
    Dead {
        /// What went wrong.
        error: &'a str,
    },
}

/// Builds the statement that claims the next due row: `$1` now, `$2` the end of the lease; `$filter` may narrow the choice.
macro_rules! claim {
    ($table:literal, $columns:literal, $filter:literal, $lock:literal) => {
        concat!(
            "UPDATE ",
            $table,
            "
             SET state = 'working', attempts = attempts + 1, run_at = $2
             WHERE id = (
               SELECT id FROM ",
            $table,
            "
               WHERE state IN ('queued', 'working') AND run_at <= $1 ",
            $filter,
            "
               ORDER BY run_at, id
               LIMIT 1 ",
            $lock,
            "
             )
             RETURNING ",
            $columns
        )
    };
}

/// Builds the statement that settles an attempt.
macro_rules! settle {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            "
             SET state = $3, run_at = COALESCE($4, run_at), error = $5, finished_at = $6
             WHERE id = $1 AND attempts = $2 AND state = 'working'"
        )
    };
}

pub(crate) use {claim, settle};

/// Settles an attempt; false when somebody else has claimed the row since.
pub(crate) async fn settle_row(
    tx: &mut Tx,
    statement: &'static str,
    id: String,
    attempt: i64,
    outcome: Outcome<'_>,
    now: Timestamp,
) -> Result<bool> {
    let (state, run_at, error, finished_at) = match outcome {
        Outcome::Done => ("done", None, None, Some(now)),
        Outcome::Retry { error, run_at } => ("queued", Some(run_at), Some(error), None),
        Outcome::Dead { error } => ("dead", None, Some(error), Some(now)),
    };
    Ok(execute!(
        tx,
        sqlx::query(statement)
            .bind(id)
            .bind(attempt)
            .bind(state)
            .bind(run_at.map(Time))
            .bind(error)
            .bind(finished_at.map(Time))
    )? == 1)
}
