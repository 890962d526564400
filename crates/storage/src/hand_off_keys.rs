//! The keys of the stores' hand-off tokens, encrypted.

use domain::{StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    FIND = "
        SELECT hand_off
        FROM stores
        WHERE id = $1";
    UPDATE = "
        UPDATE stores
        SET hand_off = $2, updated_at = $3
        WHERE id = $1";
}

/// Finds the encrypted keys of a store; `None` when it has none, or there is no such store.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, store: StoreId) -> Result<Option<Vec<u8>>> {
    let row: Option<(Option<Vec<u8>>,)> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(Text(store))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.and_then(|(keys,)| keys))
}

/// Writes the encrypted keys of a store; false when there is no such store.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx, store: StoreId, keys: &[u8], now: Timestamp) -> Result<bool> {
    let updated = execute!(
        tx,
        sqlx::query(UPDATE)
            .bind(Text(store))
            .bind(keys)
            .bind(Time(now))
    )?;
    Ok(updated > 0)
}
