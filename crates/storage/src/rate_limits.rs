//! How much of each allowance is used up, under keys that tell nothing of whom they count.

use domain::Timestamp;
use domain::rate_limit::Try;

use crate::column::Time;
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// A keyed hash of what is limited and of whom it counts.
pub type LimitKey = [u8; 32];

/// At most 500 at once, so that nobody waits for a long clean-up.
macro_rules! delete_free {
    ($among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM rate_limits
        WHERE key ",
            $among,
            "(
          SELECT key
          FROM rate_limits
          WHERE free_at < $1
          ORDER BY free_at
          LIMIT 500
          ",
            $lock,
            $end
        )
    };
}

statements! {
    // `domain::rate_limit::Try::decide`, done where it is kept: the row is locked, so tries come one after the other.
    TAKE = "
        INSERT INTO rate_limits (key, free_at)
        VALUES ($1, $3)
        ON CONFLICT (key) DO UPDATE
        SET free_at = CASE
          WHEN rate_limits.free_at > $5 OR rate_limits.free_at <= $2 THEN $3
          ELSE rate_limits.free_at + ($3 - $2)
        END
        WHERE rate_limits.free_at <= $4 OR rate_limits.free_at > $5";
    FIND = "
        SELECT free_at
        FROM rate_limits
        WHERE key = $1";
    @Sqlite DELETE_FREE_SQLITE = delete_free!("IN ", "", ")");
    // Whoever else is cleaning up has these already.
    @Postgres DELETE_FREE_POSTGRES = delete_free!("= ANY(ARRAY", "FOR UPDATE SKIP LOCKED", "))");
}

/// Tries once; false when it is refused, and then nothing is kept of it. Of several transactions at once each waits for the
/// one before.
///
/// # Errors
/// The database failed.
pub async fn take(tx: &mut Tx, key: &LimitKey, tried: Try) -> Result<bool> {
    let taken = execute!(
        tx,
        sqlx::query(TAKE)
            .bind(key.as_slice())
            .bind(Time(tried.now))
            .bind(Time(tried.first))
            .bind(Time(tried.latest))
            .bind(Time(tried.absurd))
    )?;
    Ok(taken > 0)
}

/// Finds when all of an allowance is free again; `None` when all of it is.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, key: &LimitKey) -> Result<Option<Timestamp>> {
    let row: Option<(Time,)> = on!(access, |c| sqlx::query_as(FIND)
        .bind(key.as_slice())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(free_at,)| free_at.0))
}

/// Forgets allowances that have been free since before a moment, 500 at most; returns how many. What is forgotten says the
/// same as what is free.
///
/// # Errors
/// The database failed.
pub async fn delete_free(tx: &mut Tx, free_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_FREE_POSTGRES
    } else {
        DELETE_FREE_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(free_before)))?;
    Ok(deleted)
}
