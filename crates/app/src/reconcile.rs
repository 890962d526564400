//! Making `customer_access` what the orders deserve. The same code serves webhooks, an administrator's doings, and
//! recomputations of many orders at once.
//!
//! Whoever reconciles locks in this order, so that nobody waits in a circle: the catalogue, orders, customers, and, by
//! recording, the end of the audit log.

mod applying;
mod gathering;
mod telling;

use domain::audit::{Cause, Event};
use domain::{ExternalId, OrderId, StoreId, Timestamp};
use storage::{StorageError, Tx, catalogue, customers, grants, orders};

pub(crate) use self::applying::{administrator, grant_state};
pub(crate) use self::gathering::{GatheredOrder, gather, products_of_lines};
use crate::App;
use crate::stores::StoreError;

/// Why orders could not be reconciled.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The store's settings cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Reconciles one order; one that is not known is passed over.
    ///
    /// # Errors
    /// See [`ReconcileError`].
    pub async fn reconcile_order(
        &self,
        by: &Cause,
        store: StoreId,
        external: &ExternalId,
    ) -> Result<(), ReconcileError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        orders::lock(&mut tx, store, external).await?;
        let (kept, _) = orders::find(&mut tx, store, external).await?;
        if let Some(order) = kept {
            lock_concerned(&mut tx, &[order.id]).await?;
            let events = self.reconcile_in(&mut tx, &[order.id], by, now).await?;
            self.record(&mut tx, now, by, events).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Reconciles orders whose customers the caller has locked by [`lock_concerned`], and returns what changed, for the
    /// caller to record.
    pub(crate) async fn reconcile_in(
        &self,
        tx: &mut Tx,
        orders: &[OrderId],
        by: &Cause,
        now: Timestamp,
    ) -> Result<Vec<Event>, ReconcileError> {
        let gathered = gathering::gather(tx, orders).await?;
        let plan = gathered.plan();
        Ok(self.apply(tx, &gathered, plan, by, now).await?)
    }
}

/// Locks all customers whom the orders concern, in one order for everybody.
pub(crate) async fn lock_concerned(tx: &mut Tx, orders: &[OrderId]) -> Result<(), StorageError> {
    let concerned = grants::list_customers_of_orders(tx, orders).await?;
    customers::lock(tx, &concerned).await
}
