//! The origins of the pages of each shop that may hold our elements.

use std::collections::BTreeSet;

use domain::StoreId;
use domain::origin::Origin;

use crate::column::Text;
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT origin
        FROM store_origins
        WHERE store_id = $1
        ORDER BY origin
        LIMIT 100";
    LIST_ALL = "
        SELECT DISTINCT origin
        FROM store_origins
        ORDER BY origin
        LIMIT 10000";
    FIND = "
        SELECT 1
        FROM store_origins
        WHERE origin = $1
        LIMIT 1";
    INSERT = "
        INSERT INTO store_origins (store_id, origin)
        VALUES ($1, $2)";
    DELETE = "
        DELETE FROM store_origins
        WHERE store_id = $1";
}

/// Lists a store's origins in their order, a hundred at most.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access, store: StoreId) -> Result<BTreeSet<Origin>> {
    let rows: Vec<(Text<Origin>,)> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(store))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(origin,)| origin.0).collect())
}

/// Lists the origins of all stores, 10,000 at most.
///
/// # Errors
/// The database failed.
pub async fn list_all(access: &mut impl Access) -> Result<BTreeSet<Origin>> {
    let rows: Vec<(Text<Origin>,)> = on!(access, |c| sqlx::query_as(LIST_ALL).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(origin,)| origin.0).collect())
}

/// Tells whether an origin is one of any store's.
///
/// # Errors
/// The database failed.
pub async fn is_known(access: &mut impl Access, origin: &Origin) -> Result<bool> {
    let row: Option<(i32,)> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(origin.as_str())
            .fetch_optional(c)
            .await
    })?;
    Ok(row.is_some())
}

/// Puts a store's origins in the place of those that it had.
///
/// # Errors
/// There is no such store, or the database failed.
pub async fn replace(tx: &mut Tx, store: StoreId, origins: &BTreeSet<Origin>) -> Result<()> {
    execute!(tx, sqlx::query(DELETE).bind(Text(store)))?;
    for origin in origins {
        execute!(
            tx,
            sqlx::query(INSERT).bind(Text(store)).bind(origin.as_str())
        )?;
    }
    Ok(())
}
