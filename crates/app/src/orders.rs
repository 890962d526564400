//! Orders as whoever runs the shop looks at them: finding one, what each line pays for, and what a refund would take away.

mod correcting;
mod refund;

use domain::order::{DisputeState, OrderLine, RefundState};
use domain::payment::{EndReason, line_pays};
use domain::preview::refundable;
use domain::reconcile::KeptGrant;
use domain::{CustomerId, ExternalId, OrderId, ProductId};
use storage::{StorageError, customers, orders};

pub use storage::orders::OrderHead;

pub use self::refund::{KeptContent, LostContent, RefundError, RefundPreview};
use crate::App;
use crate::reconcile::{GatheredOrder, ReconcileError, gather};
use crate::stores::WhichStore;

/// How many orders a page holds at most.
pub const LONGEST_PAGE: u32 = 200;

/// Which orders are meant.
#[derive(Clone, Debug)]
pub enum WhichOrders {
    /// A customer's.
    OfCustomer(CustomerId),
    /// A store's.
    OfStore(WhichStore),
    /// The one that a store calls by that id.
    Named(WhichStore, ExternalId),
}

/// A page of orders, the newest first.
#[derive(Clone, Debug, Default)]
pub struct OrderPage {
    /// Its orders.
    pub items: Vec<OrderHead>,
    /// Before which order the next page begins; `None` when there is none.
    pub next: Option<OrderId>,
}

/// An order with what is in it.
#[derive(Clone, Debug)]
pub struct ShownOrder {
    /// The order.
    pub head: OrderHead,
    /// Its lines.
    pub lines: Vec<ShownLine>,
    /// Its refunds.
    pub refunds: Vec<(ExternalId, RefundState)>,
    /// Its disputes.
    pub disputes: Vec<(ExternalId, DisputeState)>,
    /// What it grants or granted.
    pub grants: Vec<KeptGrant>,
}

/// A line with what it pays for.
#[derive(Clone, Debug)]
pub struct ShownLine {
    /// The line.
    pub line: OrderLine,
    /// How many were given back.
    pub refunded: u32,
    /// The product that its item stands for.
    pub product: Option<ProductId>,
    /// Whether the item is known to grant nothing.
    pub is_ignored: bool,
    /// Why the line does not pay, when it does not.
    pub unpaid: Option<EndReason>,
}

/// Why an order is not shown.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("there is no order of that id")]
    NoSuchOrder,
    /// There is no such store.
    #[error("there is no store of that name")]
    NoSuchStore,
    /// There is no such customer.
    #[error("there is no customer like that")]
    NoSuchCustomer,
    /// It could not be read.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

impl From<StorageError> for OrderError {
    fn from(error: StorageError) -> Self {
        Self::Reconcile(error.into())
    }
}

impl App {
    /// Lists at most `limit` orders (200 at most), the newest first, those before `before`. A customer who was merged is
    /// whom she was merged into.
    ///
    /// # Errors
    /// See [`OrderError`].
    pub async fn list_orders(
        &self,
        which: &WhichOrders,
        before: Option<OrderId>,
        limit: u32,
    ) -> Result<OrderPage, OrderError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let rows = i64::from(limit) + 1;
        let mut reader = self.parts.db.reader().await?;
        let store = match which {
            WhichOrders::OfCustomer(_) => None,
            WhichOrders::OfStore(which) | WhichOrders::Named(which, _) => {
                let store = which.find(&mut reader).await?;
                Some(store.ok_or(OrderError::NoSuchStore)?)
            }
        };
        let mut items = match (which, store) {
            (WhichOrders::OfCustomer(customer), _) => {
                let found = customers::find(&mut reader, *customer).await?;
                let person = found.ok_or(OrderError::NoSuchCustomer)?.id;
                orders::list_heads_of_customer(&mut reader, person, before, rows).await?
            }
            (WhichOrders::OfStore(_), Some(store)) => {
                orders::list_heads_of_store(&mut reader, store, before, rows).await?
            }
            (WhichOrders::Named(_, external), Some(store)) => {
                let found = orders::find_head(&mut reader, store, external).await?;
                found.into_iter().collect()
            }
            (WhichOrders::OfStore(_) | WhichOrders::Named(..), None) => Vec::new(),
        };
        let is_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if is_more {
            items.pop();
        }
        let next = items.last().filter(|_| is_more).map(|order| order.id);
        Ok(OrderPage { items, next })
    }

    /// Shows an order.
    ///
    /// # Errors
    /// See [`OrderError`].
    pub async fn show_order(&self, id: OrderId) -> Result<ShownOrder, OrderError> {
        let mut reader = self.parts.db.reader().await?;
        let gathered = gather(&mut reader, &[id]).await?;
        let order = gathered.orders.into_iter().next();
        let order = order.ok_or(OrderError::NoSuchOrder)?;
        let (store, external) = (order.order.store, order.order.external.clone());
        let head = orders::find_head(&mut reader, store, &external).await?;
        let head = head.ok_or(OrderError::NoSuchOrder)?;
        Ok(shown(head, order))
    }
}

fn shown(head: OrderHead, gathered: GatheredOrder) -> ShownOrder {
    let facts = gathered.facts();
    let (history, policy) = (facts.history, facts.policy);
    let known = history.order.iter().flat_map(|order| &order.state.lines);
    let lines = known.map(|line| ShownLine {
        line: line.clone(),
        refunded: line.quantity.saturating_sub(refundable(history, line)),
        product: facts
            .mapping
            .get(&line.external_id)
            .map(|mapped| mapped.product),
        is_ignored: gathered.ignored.contains(&line.external_id),
        unpaid: line_pays(history, &line.external_id, policy).err(),
    });
    let refunds = history.refunds.iter();
    let disputes = history.disputes.iter();
    ShownOrder {
        head,
        lines: lines.collect(),
        refunds: refunds
            .map(|(id, refund)| (id.clone(), refund.state.clone()))
            .collect(),
        disputes: disputes
            .map(|(id, dispute)| (id.clone(), dispute.state.clone()))
            .collect(),
        grants: gathered.grants,
    }
}
