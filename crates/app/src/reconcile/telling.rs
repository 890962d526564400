//! What a reconciliation tells customers: what they can open now, and what they can open no more.

use std::collections::BTreeMap;

use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::reconcile::KeptGrant;
use domain::{CustomerId, GrantId, OrderId, Timestamp};
use storage::{StorageError, Tx};

use super::gathering::GatheredOrder;
use crate::App;
use crate::mail::Mail;

/// How long after its payment an order's access is told: a shop that connects with years of orders writes to nobody.
const FRESH_SECONDS: i64 = 14 * 86_400;

/// The grants to tell of: by order and customer, and those that ended by their reason as well.
#[derive(Default)]
pub(super) struct Telling {
    granted: BTreeMap<(OrderId, CustomerId), Vec<GrantId>>,
    ended: BTreeMap<(OrderId, CustomerId, EndReason), Vec<GrantId>>,
}

impl Telling {
    /// Notes a new grant, unless its order was paid long ago.
    pub(super) fn granted(
        &mut self,
        order: &GatheredOrder,
        grant: GrantId,
        key: &GrantKey,
        now: Timestamp,
    ) {
        let state = order.order.history.order.as_ref();
        let paid_at = state.and_then(|order| order.state.paid_at);
        if paid_at.is_some_and(|paid_at| now < paid_at.plus_seconds(FRESH_SECONDS)) {
            let grants = self.granted.entry((key.order, key.customer));
            grants.or_default().push(grant);
        }
    }

    /// Notes a grant that ends, when it was live and the customer is told of such ends.
    pub(super) fn ended(&mut self, kept: &KeptGrant, reason: EndReason, now: Timestamp) {
        if kept.ended.is_none() && is_live(kept.term, now) && is_told(reason) {
            let key = (kept.key.order, kept.key.customer, reason);
            self.ended.entry(key).or_default().push(kept.id);
        }
    }
}

impl App {
    /// Queues what is to be told, in the transaction of the changes.
    pub(super) async fn queue_telling(
        &self,
        tx: &mut Tx,
        telling: Telling,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let granted = telling.granted.into_iter();
        let granted = granted.map(|((order, customer), grants)| Mail::AccessGranted {
            customer,
            order: Some(order),
            grants,
        });
        let ended = telling.ended.into_iter();
        let ended = ended.map(|((order, customer, reason), grants)| Mail::AccessEnded {
            customer,
            order: Some(order),
            grants,
            reason,
        });
        for mail in granted.chain(ended) {
            self.queue_mail(tx, now, mail).await?;
        }
        Ok(())
    }
}

fn is_live(term: Term, now: Timestamp) -> bool {
    term.granted_at <= now && term.expiry().is_none_or(|end| end > now)
}

/// Tells whether a customer is told of an end for this reason. What the shop changed about its goods, it tells itself; who
/// lost an order to another address was perhaps never a customer; and what is done by hand is told where it is done.
const fn is_told(reason: EndReason) -> bool {
    match reason {
        EndReason::Refunded
        | EndReason::Cancelled
        | EndReason::Disputed
        | EndReason::OrderDeleted
        | EndReason::LineRemoved
        | EndReason::Unpaid => true,
        EndReason::Unmapped
        | EndReason::ContentRemoved
        | EndReason::OwnerChanged
        | EndReason::Blocked
        | EndReason::ByAdministrator => false,
    }
}
