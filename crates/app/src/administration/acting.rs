//! Doing acts in a transaction that the caller began and commits: one alone, or a whole list in a few statements.

use std::collections::BTreeSet;

use domain::audit::{Cause, Event};
use domain::{BlockId, ContentId, ExtensionId, GrantId, OrderId, Timestamp};
use storage::{Tx, contents, orders};

use super::AdministrationError;
use super::act::{Act, Deed, Holding, Holdings, Locked, Pair, load};
use super::writing::{Products, Writing};
use crate::App;
use crate::reconcile::{ReconcileError, products_of_lines};
use crate::worker::Job;

/// How many orders are reconciled at once.
const BATCH: usize = 500;

/// What came of an act.
#[derive(Debug)]
pub(crate) struct Done {
    /// What was made.
    pub(crate) made: Made,
    /// When the content was published.
    pub(crate) published_at: Option<Timestamp>,
    /// What the customer held before.
    pub(crate) before: Holding,
    /// What she holds now.
    pub(crate) after: Holding,
}

/// What an act made.
#[derive(Debug)]
pub(crate) enum Made {
    /// A grant.
    Grant(GrantId),
    /// A block.
    Block(BlockId),
    /// Extensions of these grants.
    Extensions(Vec<(ExtensionId, GrantId)>),
    /// Nothing: it took a block away.
    Nothing,
}

impl Done {
    /// Lists the grants that were live, or would have been at their time, and have ended.
    pub(crate) fn ended(&self) -> impl Iterator<Item = GrantId> {
        turned(&self.before, &self.after)
    }

    /// Lists the grants that had ended and are live again.
    pub(crate) fn restored(&self) -> impl Iterator<Item = GrantId> {
        turned(&self.after, &self.before)
    }
}

/// Lists the grants that are not revoked in the one and revoked in the other.
fn turned<'a>(live: &'a Holding, ended: &'a Holding) -> impl Iterator<Item = GrantId> + 'a {
    let live = live
        .grants
        .iter()
        .filter(|held| held.grant.revoked.is_none());
    let ids = live.map(|held| held.grant.id);
    ids.filter(|id| {
        ended
            .grant(*id)
            .is_some_and(|held| held.grant.revoked.is_some())
    })
}

impl App {
    /// Does acts, no two about the same customer and content, and reconciles the orders that they touch. Returns what
    /// came of each, and what changed, for the caller to record. An act that is refused has written nothing.
    pub(crate) async fn act_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        locked: &Locked,
        acts: &[Act],
    ) -> Result<(Vec<Result<Done, AdministrationError>>, Vec<Event>), ReconcileError> {
        let pairs: Vec<Pair> = acts.iter().map(Act::pair).collect();
        let about: BTreeSet<ContentId> = acts.iter().map(|act| act.content).collect();
        let about: Vec<ContentId> = about.into_iter().collect();
        let known = contents::list(tx, &about).await?;
        let mut before = load(tx, &pairs).await?;
        let products = products(tx, acts, &before).await?;
        let mut writing = Writing::new(self, by, now, products);
        let mut made = Vec::with_capacity(acts.len());
        for act in acts {
            let holding = before.get(&act.pair());
            made.push(match (known.get(&act.content), holding) {
                (Some(_), Some(holding)) => writing.write_down(act, holding),
                (None, _) | (_, None) => Err(AdministrationError::NoSuchContent),
            });
        }
        let (mut events, touched) = writing.save(tx).await?;
        events.extend(self.reconcile_touched(tx, now, by, locked, touched).await?);
        let mut after = load(tx, &pairs).await?;
        let done = acts.iter().zip(made).map(|(act, made)| {
            Ok(Done {
                made: made?,
                published_at: known.get(&act.content).copied().flatten(),
                before: before.remove(&act.pair()).unwrap_or_default(),
                after: after.remove(&act.pair()).unwrap_or_default(),
            })
        });
        Ok((done.collect(), events))
    }

    /// Reconciles what was locked, and leaves orders that came meanwhile to jobs.
    async fn reconcile_touched(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        locked: &Locked,
        touched: BTreeSet<OrderId>,
    ) -> Result<Vec<Event>, ReconcileError> {
        let is_locked = |order: &OrderId| locked.orders.contains(order);
        let (touched, late): (Vec<_>, Vec<_>) = touched.into_iter().partition(is_locked);
        for order in orders::load(tx, &late).await? {
            let job = Job::ReconcileOrder(order.store, order.external);
            self.enqueue(tx, &job, now).await?;
        }
        let mut events = Vec::new();
        for batch in touched.chunks(BATCH) {
            events.extend(self.reconcile_in(tx, batch, by, now).await?);
        }
        Ok(events)
    }
}

/// Finds the products that the lines behind grants to be extended pay for.
async fn products(
    tx: &mut Tx,
    acts: &[Act],
    holdings: &Holdings,
) -> Result<Products, ReconcileError> {
    let extended = acts
        .iter()
        .filter(|act| matches!(act.deed, Deed::Extend { .. }))
        .filter_map(|act| holdings.get(&act.pair()));
    let orders: BTreeSet<OrderId> = extended.flat_map(Holding::orders).collect();
    let orders: Vec<OrderId> = orders.into_iter().collect();
    let mut products = Products::new();
    for batch in orders.chunks(BATCH) {
        products.extend(products_of_lines(tx, batch).await?);
    }
    Ok(products)
}
