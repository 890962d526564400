//! Keeping reconciliations and changes of the catalogue apart.
//!
//! A reconciliation reads products, bundles, mappings and policies; a change of one of them enqueues the recomputation
//! of the orders it touches. Without a lock, an order that is being learnt while the change commits could be derived
//! from the old catalogue and be missed by the recomputation. So reconciliations share this lock, and a change holds it
//! alone: whatever began before is committed when the recomputation looks.
//!
//! SQLite has one writer, which does the same.

use crate::connection::{Tx, execute};
use crate::error::Result;
use crate::statement::statements;

statements! {
    @Postgres LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(7305792014421)";
    @Postgres LOCK_FOR_CHANGE = "SELECT pg_advisory_xact_lock(7305792014421)";
}

/// Keeps the catalogue as it is until the transaction ends. Take it before any order or customer is locked.
///
/// # Errors
/// The database failed.
pub async fn lock_shared(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK_SHARED))?;
    }
    Ok(())
}

/// Waits until nobody reads the catalogue to reconcile, and keeps it until the transaction ends. Take it before
/// anything else is read or locked.
///
/// # Errors
/// The database failed.
pub async fn lock_for_change(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK_FOR_CHANGE))?;
    }
    Ok(())
}
