//! Writing what a plan changes, many grants in one statement, and telling it as events.

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{Actor, Cause, Event};
use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::reconcile::{Change, KeptGrant};
use domain::{CustomerId, GrantId, OrderId, StoreId, Timestamp};
use serde_json::{Value, json};
use storage::gaps::{self, GapKey, OrderGap};
use storage::grants::{self, OrderGrant, Revocation};
use storage::{StorageError, Tx};

use super::gathering::{Gathered, GatheredOrder, OrderPlan};
use super::telling::Telling;
use crate::App;

/// The rows to write, and the events that tell of them.
#[derive(Default)]
struct Writing {
    inserted: Vec<OrderGrant>,
    revoked: Vec<Revocation>,
    termed: Vec<(GrantId, Term)>,
    events: Vec<Event>,
    telling: Telling,
}

impl App {
    /// Applies the plans of the gathered orders.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        gathered: &Gathered,
        plans: Vec<OrderPlan>,
        by: &Cause,
        now: Timestamp,
    ) -> Result<Vec<Event>, StorageError> {
        let mut writing = Writing::default();
        let mut found = Vec::new();
        for (order, plan) in gathered.orders.iter().zip(plans) {
            for change in plan.changes {
                self.write_down(&mut writing, order, change, by, now);
            }
            found.extend(plan.gaps);
        }
        grants::insert_of_orders(tx, &writing.inserted, now).await?;
        grants::revoke(tx, &writing.revoked, now).await?;
        grants::set_term(tx, &writing.termed, now).await?;
        save_gaps(tx, gathered, &found, now).await?;
        self.queue_telling(tx, writing.telling, now).await?;
        Ok(writing.events)
    }

    fn write_down(
        &self,
        writing: &mut Writing,
        order: &GatheredOrder,
        change: Change,
        by: &Cause,
        now: Timestamp,
    ) {
        match change {
            Change::Insert { key, term, ended } => {
                let id = self.new_id(now, GrantId::from_parts);
                let after = Some(grant_state(term, ended));
                writing.tell("grant.created", id, &key, None, after);
                if ended.is_none() {
                    writing.telling.granted(order, id, &key, now);
                }
                let store: StoreId = order.order.store;
                writing.inserted.push(OrderGrant {
                    id,
                    store,
                    key,
                    term,
                    ended,
                });
            }
            Change::Revoke { grant, reason } => {
                if let Some(kept) = order.kept(grant) {
                    writing.telling.ended(kept, reason, now);
                    let after = Some(grant_state(kept.term, Some(reason)));
                    writing.tell("grant.revoked", grant, &kept.key, Some(before(kept)), after);
                }
                let by = administrator(by).filter(|_| reason == EndReason::Blocked);
                writing.revoked.push(Revocation {
                    id: grant,
                    reason,
                    by,
                });
            }
            Change::Restore { grant, term } => {
                writing.tell_term("grant.restored", order, grant, term);
                writing.termed.push((grant, term));
            }
            Change::Adjust { grant, term } => {
                writing.tell_term("grant.adjusted", order, grant, term);
                writing.termed.push((grant, term));
            }
        }
    }
}

impl Writing {
    fn tell_term(
        &mut self,
        action: &'static str,
        order: &GatheredOrder,
        grant: GrantId,
        term: Term,
    ) {
        if let Some(kept) = order.kept(grant) {
            let after = Some(grant_state(term, None));
            self.tell(action, grant, &kept.key, Some(before(kept)), after);
        }
    }

    fn tell(
        &mut self,
        action: &'static str,
        grant: GrantId,
        key: &GrantKey,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        self.events.push(Event {
            customer: Some(key.customer),
            content: Some(key.content),
            order: Some(key.order),
            before,
            after,
            ..Event::of(action, grant)
        });
    }
}

impl GatheredOrder {
    fn kept(&self, id: GrantId) -> Option<&KeptGrant> {
        self.grants.iter().find(|grant| grant.id == id)
    }
}

fn before(kept: &KeptGrant) -> Value {
    grant_state(kept.term, kept.ended)
}

/// Writes the state of a grant as the audit log tells it.
pub(crate) fn grant_state(term: Term, ended: Option<EndReason>) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "granted_at": term.granted_at.to_string(),
        "expires_at": time(term.expires_at),
        "extended_until": time(term.extended_until),
        "revoke_reason": ended.map(EndReason::name),
    })
}

/// Names the administrator when it is one.
pub(crate) fn administrator(by: &Cause) -> Option<String> {
    match by.actor {
        Actor::Token(_) | Actor::Admin(_) | Actor::CommandLine => Some(by.actor.to_string()),
        Actor::Store(_) | Actor::Job(_) | Actor::Customer(_) | Actor::Nobody => None,
    }
}

/// Makes the kept gaps of the gathered orders the found ones.
async fn save_gaps(
    tx: &mut Tx,
    gathered: &Gathered,
    found: &[OrderGap],
    now: Timestamp,
) -> Result<(), StorageError> {
    let owners: BTreeMap<OrderId, CustomerId> = gathered
        .orders
        .iter()
        .map(|gathered| (gathered.order.id, gathered.order.owner))
        .collect();
    let known = &gathered.known_gaps;
    let keys: BTreeSet<GapKey<'_>> = found.iter().map(OrderGap::key).collect();
    let closed: Vec<&OrderGap> = known
        .iter()
        .filter(|gap| !keys.contains(&gap.key()))
        .collect();
    let new: Vec<(&OrderGap, CustomerId)> = found
        .iter()
        .filter(|gap| !known.contains(gap))
        .filter_map(|gap| Some((gap, *owners.get(&gap.order)?)))
        .collect();
    gaps::delete(tx, &closed).await?;
    gaps::save(tx, &new, now).await
}
