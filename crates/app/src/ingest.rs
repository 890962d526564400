//! From facts to the database: what a store said about one order is learnt, then the order is reconciled.

use std::collections::BTreeMap;

use domain::audit::{Cause, Event};
use domain::order::{OrderFact, OrderHistory, OrderLine, OrderState, Saying, Versioned};
use domain::{CustomerId, ExternalId, OrderId, StoreId, Timestamp, viewer};
use storage::orders::{self, KeptOrder};
use storage::{Tx, catalogue, customers};

use crate::App;
use crate::reconcile::{ReconcileError, lock_concerned};
use crate::stores::ConnectedStore;

/// Whether what is learnt is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Learning {
    /// It is.
    ForGood,
    /// It is not: the question is what would change.
    Dry,
}

/// What came of learning about one order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LearntOrder {
    /// The store's id of it.
    pub(crate) order: ExternalId,
    /// Whether anything about it was not known before.
    pub(crate) is_news: bool,
    /// Whether it is of somebody who was erased; nothing is learnt of it then.
    pub(crate) is_forgotten: bool,
    /// What changed in who has access.
    pub(crate) events: Vec<Event>,
}

impl App {
    /// Learns facts of a store and reconciles the orders that they are about, each in a transaction of its own. Facts
    /// may come twice and in any order.
    ///
    /// # Errors
    /// The database failed; what was committed stays, and the rest may be applied again.
    pub async fn apply_facts(
        &self,
        by: &Cause,
        store: &ConnectedStore,
        facts: Vec<OrderFact>,
    ) -> Result<(), ReconcileError> {
        let learnt = self.learn_facts(by, store, facts, Learning::ForGood).await;
        learnt.map(drop)
    }

    /// Does what [`App::apply_facts`] does, and tells what came of it, order by order.
    pub(crate) async fn learn_facts(
        &self,
        by: &Cause,
        store: &ConnectedStore,
        facts: Vec<OrderFact>,
        learning: Learning,
    ) -> Result<Vec<LearntOrder>, ReconcileError> {
        let mut by_order: BTreeMap<ExternalId, Vec<Saying>> = BTreeMap::new();
        for fact in facts {
            by_order.entry(fact.order).or_default().push(fact.saying);
        }
        let mut learnt = Vec::with_capacity(by_order.len());
        for (order, sayings) in by_order {
            learnt.push(
                self.learn_about(by, store, order, sayings, learning)
                    .await?,
            );
        }
        Ok(learnt)
    }

    async fn learn_about(
        &self,
        by: &Cause,
        store: &ConnectedStore,
        external: ExternalId,
        sayings: Vec<Saying>,
        learning: Learning,
    ) -> Result<LearntOrder, ReconcileError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        orders::lock(&mut tx, store.id, &external).await?;
        let (kept, known) = orders::find(&mut tx, store.id, &external).await?;
        let is_forgotten = self.is_forgotten(&mut tx, store.id, &external, kept.as_ref(), &sayings);
        if is_forgotten.await? {
            return Ok(LearntOrder {
                order: external,
                is_news: false,
                is_forgotten: true,
                events: Vec::new(),
            });
        }
        let mut history = known.clone();
        for saying in sayings {
            orders::save_fact(&mut tx, store.id, &external, &saying).await?;
            history.learn(saying);
        }
        let mut learnt = LearntOrder {
            order: external,
            is_news: !says_the_same(&history, &known),
            is_forgotten: false,
            events: Vec::new(),
        };
        let known_version = known.order.as_ref().map(|order| order.version);
        let kept = match &history.order {
            Some(order) if Some(order.version) != known_version => {
                learnt.events = self.record_sold(&mut tx, store.id, order, now).await?;
                self.save_order(&mut tx, store.id, &learnt.order, kept, &history, now)
                    .await?
            }
            Some(_) | None => kept,
        };
        if let Some(order) = kept {
            lock_concerned(&mut tx, &[order.id]).await?;
            let reconciled = self.reconcile_in(&mut tx, &[order.id], by, now).await?;
            learnt.events.extend(reconciled);
        }
        match learning {
            Learning::ForGood => {
                self.record(&mut tx, now, by, learnt.events.clone()).await?;
                tx.commit().await?;
            }
            // The transaction is dropped, and leaves no trace.
            Learning::Dry => {}
        }
        Ok(learnt)
    }

    /// Records what the order sold, and returns what that changed.
    async fn record_sold(
        &self,
        tx: &mut Tx,
        store: StoreId,
        order: &Versioned<OrderState>,
        now: Timestamp,
    ) -> Result<Vec<Event>, ReconcileError> {
        // In one order for everybody, so that two orders that sell the same new things do not wait for each other.
        let mut lines: Vec<&OrderLine> = order.state.lines.iter().collect();
        lines.sort_by(|a, b| a.item.cmp(&b.item));
        let mut events = Vec::new();
        for line in lines {
            let recorded = self.record_item(tx, store, &line.item, &line.title, now);
            events.extend(recorded.await?.events);
        }
        Ok(events)
    }

    /// Saves the order's new state with its owner. What it sold is recorded already.
    async fn save_order(
        &self,
        tx: &mut Tx,
        store: StoreId,
        external: &ExternalId,
        kept: Option<KeptOrder>,
        history: &OrderHistory,
        now: Timestamp,
    ) -> Result<Option<KeptOrder>, ReconcileError> {
        let Some(order) = &history.order else {
            return Ok(kept);
        };
        let owner = self
            .owner_of(tx, store, &order.state, kept.as_ref(), now)
            .await?;
        let id = kept.map_or_else(|| self.new_id(now, OrderId::from_parts), |kept| kept.id);
        let saved = KeptOrder { id, owner };
        orders::save(tx, &saved, store, external, order, now).await?;
        Ok(Some(saved))
    }

    /// Finds or makes the customer whose order it is (RULES §6.2).
    async fn owner_of(
        &self,
        tx: &mut Tx,
        store: StoreId,
        order: &OrderState,
        kept: Option<&KeptOrder>,
        now: Timestamp,
    ) -> Result<CustomerId, ReconcileError> {
        let new = self.new_id(now, CustomerId::from_parts);
        let corrected = match kept {
            Some(kept) => orders::find_correction(tx, kept.id).await?,
            None => None,
        };
        if let Some(email) = order.owners_email(corrected.as_ref()) {
            return Ok(customers::insert_by_email(tx, new, email, now).await?);
        }
        let known = order.external_customer.as_ref();
        if let Some(customer) = known.filter(|id| !viewer::is_nobody(id)) {
            return Ok(customers::insert_by_identity(tx, new, store, customer, now).await?);
        }
        // A state that names nobody, such as a deletion, leaves the order with whom it was.
        if let Some(kept) = kept {
            return Ok(kept.owner);
        }
        customers::insert(tx, new, None, now).await?;
        Ok(new)
    }
}

/// Tells whether two histories say the same of an order: a state that was fetched again is newer, but no news.
fn says_the_same(one: &OrderHistory, other: &OrderHistory) -> bool {
    fn states<T>(
        known: &BTreeMap<ExternalId, Versioned<T>>,
    ) -> impl Iterator<Item = (&ExternalId, &T)> {
        known.iter().map(|(id, known)| (id, &known.state))
    }
    let order = |history: &OrderHistory| history.order.as_ref().map(|order| order.state.clone());
    order(one) == order(other)
        && states(&one.refunds).eq(states(&other.refunds))
        && states(&one.disputes).eq(states(&other.disputes))
        && one.succeeded_refunds().eq(other.succeeded_refunds())
}
