//! Hand-off tokens that were used, so that none works twice. They are kept until they would be refused for their age.

use domain::{StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Tx, execute};
use crate::error::Result;
use crate::statement::statements;

/// Deletes at most 100 at once, so that no sign-in waits for a long clean-up.
macro_rules! delete_old {
    ($lock:literal) => {
        concat!(
            "
        DELETE FROM used_hand_offs
        WHERE (store_id, token_id) IN (
          SELECT store_id, token_id
          FROM used_hand_offs
          WHERE expires_at < $1
          ORDER BY expires_at
          LIMIT 100
          ",
            $lock,
            ")"
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO used_hand_offs (store_id, token_id, expires_at)
        VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    @Sqlite DELETE_OLD_SQLITE = delete_old!("");
    // Whoever else is cleaning up has these already.
    @Postgres DELETE_OLD_POSTGRES = delete_old!("FOR UPDATE SKIP LOCKED");
}

/// Uses a token up; false when it was used before. Of several transactions at once only one is told true: the others wait
/// until it has committed.
///
/// # Errors
/// There is no such store, or the database failed.
pub async fn use_up(
    tx: &mut Tx,
    store: StoreId,
    token_id: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    let inserted = execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(store))
            .bind(token_id)
            .bind(Time(expires_at))
    )?;
    Ok(inserted > 0)
}

/// Forgets tokens that expired before a moment, the oldest 100 at most; returns how many. The moment must be so long ago
/// that nobody's clock takes them any more.
///
/// # Errors
/// The database failed.
pub async fn delete_old(tx: &mut Tx, expired_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_OLD_POSTGRES
    } else {
        DELETE_OLD_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(expired_before)))?;
    Ok(deleted)
}
