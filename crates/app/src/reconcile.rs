//! Making `customer_access` what the orders deserve. The same code serves webhooks, changed mappings and changed products.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::Catalogue;
use domain::grant::{MappedProduct, Order};
use domain::mapping::choose;
use domain::order::{OrderHistory, OrderLine};
use domain::reconcile::{Change, KeptGrant, plan};
use domain::{ContentId, CustomerId, ExternalId, GrantId, OrderId, ProductId, StoreId, Timestamp};
use storage::orders::KeptOrder;
use storage::{StorageError, Tx, access, blocks, customers, orders, products, store_items};

use crate::App;
use crate::stores::{ConnectedStore, StoreError};

/// How many orders a recomputation takes at once.
const BATCH: i64 = 200;

/// Why an order could not be reconciled.
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
        store: StoreId,
        external: &ExternalId,
    ) -> Result<(), ReconcileError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let store = self.load_store(&mut tx, store).await?;
        orders::lock(&mut tx, store.id, external).await?;
        let (kept, history) = orders::find(&mut tx, store.id, external).await?;
        if let Some(order) = kept {
            self.reconcile_in(&mut tx, &store, &order, &history, now)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Reconciles every order with a line that stands, or once stood, for the product or a bundle around it.
    ///
    /// # Errors
    /// See [`ReconcileError`]; the orders before stay reconciled.
    pub async fn reconcile_product(&self, product: ProductId) -> Result<(), ReconcileError> {
        let mut after: Option<OrderId> = None;
        loop {
            let mut reader = self.parts.db.reader().await?;
            let batch = orders::list_by_product(&mut reader, product, after, BATCH).await?;
            drop(reader);
            let Some((last, _, _)) = batch.last() else {
                return Ok(());
            };
            after = Some(*last);
            for (_, store, external) in &batch {
                self.reconcile_order(*store, external).await?;
            }
        }
    }

    /// Reconciles an order that the caller has locked and loaded.
    pub(crate) async fn reconcile_in(
        &self,
        tx: &mut Tx,
        store: &ConnectedStore,
        order: &KeptOrder,
        history: &OrderHistory,
        now: Timestamp,
    ) -> Result<(), ReconcileError> {
        let grants = access::list_of_order(tx, order.id).await?;
        let blocks = lock_and_list_blocks(tx, order.owner, &grants).await?;
        let (mapping, catalogue) = load_products(tx, store.id, history).await?;
        let facts = Order {
            id: order.id,
            owner: order.owner,
            history,
            policy: store.policy,
            mapping: &mapping,
            extensions: &domain::grant::Extensions::new(),
        };
        for change in plan(&facts, &catalogue, &grants, &blocks) {
            self.apply_change(tx, store.id, change, now).await?;
        }
        Ok(())
    }

    async fn apply_change(
        &self,
        tx: &mut Tx,
        store: StoreId,
        change: Change,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        match change {
            Change::Insert { key, term, ended } => {
                let id = self.new_id(now, GrantId::from_parts);
                access::insert_of_order(tx, id, store, &key, term, ended, now).await
            }
            Change::Revoke { grant, reason } => access::revoke(tx, grant, reason, None, now).await,
            Change::Restore { grant, term } => access::restore(tx, grant, term, now).await,
            Change::Adjust { grant, term } => access::adjust(tx, grant, term).await,
        }
    }
}

/// Locks the customers concerned, in one order for everybody, and lists the blocks against them.
async fn lock_and_list_blocks(
    tx: &mut Tx,
    owner: CustomerId,
    grants: &[KeptGrant],
) -> Result<BTreeSet<(CustomerId, ContentId)>, StorageError> {
    let mut concerned: BTreeSet<CustomerId> =
        grants.iter().map(|grant| grant.key.customer).collect();
    concerned.insert(owner);
    let mut blocks = BTreeSet::new();
    for customer in concerned {
        customers::lock(tx, customer).await?;
        let blocked = blocks::list(tx, customer).await?;
        blocks.extend(blocked.into_iter().map(|content| (customer, content)));
    }
    Ok(blocks)
}

/// Loads the product of each line, and all that is in those products.
async fn load_products(
    tx: &mut Tx,
    store: StoreId,
    history: &OrderHistory,
) -> Result<(BTreeMap<ExternalId, MappedProduct>, Catalogue), StorageError> {
    let (mut mapping, mut catalogue) = (BTreeMap::new(), Catalogue::default());
    let lines: &[OrderLine] = history
        .order
        .as_ref()
        .map_or(&[], |order| &order.state.lines);
    for line in lines {
        let mapped = store_items::list_mapped(tx, store, &line.item).await?;
        if let Some(chosen) = choose(&mapped, &line.item) {
            let product = MappedProduct {
                product: chosen.product,
                mapped_at: chosen.mapped_at,
            };
            mapping.insert(line.external_id.clone(), product);
            products::load_into(tx, &mut catalogue, chosen.product).await?;
        }
    }
    Ok((mapping, catalogue))
}
