//! In which browser who has signed in, as keyed hashes of both: nobody can read from them who or where.

use domain::Timestamp;

use crate::column::Time;
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// A keyed hash of a browser's token and of who signed in there.
pub type BrowserMark = [u8; 32];

/// At most 500 at once, so that nobody waits for a long clean-up.
macro_rules! delete_old {
    ($among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM known_browsers
        WHERE mark ",
            $among,
            "(
          SELECT mark
          FROM known_browsers
          WHERE known_at < $1
          ORDER BY known_at
          LIMIT 500
          ",
            $lock,
            $end
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO known_browsers (mark, known_at)
        VALUES ($1, $2)
        ON CONFLICT (mark) DO UPDATE
        SET known_at = $2";
    FIND = "
        SELECT known_at
        FROM known_browsers
        WHERE mark = $1";
    @Sqlite DELETE_OLD_SQLITE = delete_old!("IN ", "", ")");
    // Whoever else is cleaning up has these already.
    @Postgres DELETE_OLD_POSTGRES = delete_old!("= ANY(ARRAY", "FOR UPDATE SKIP LOCKED", "))");
}

/// Writes down that somebody has signed in there.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, mark: &BrowserMark, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT).bind(mark.as_slice()).bind(Time(now))
    )?;
    Ok(())
}

/// Tells whether she has signed in there before.
///
/// # Errors
/// The database failed.
pub async fn is_known(access: &mut impl Access, mark: &BrowserMark) -> Result<bool> {
    let row: Option<(Time,)> = on!(access, |c| sqlx::query_as(FIND)
        .bind(mark.as_slice())
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

/// Forgets where nobody has signed in since a moment, 500 at most; returns how many.
///
/// # Errors
/// The database failed.
pub async fn delete_old(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_OLD_POSTGRES
    } else {
        DELETE_OLD_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(before)))?;
    Ok(deleted)
}
