//! The difference between the grants that an order deserves and the grants that are kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::grant::{GrantKey, Order, Term, derive, end_reason};
use crate::id::{ContentId, CustomerId, GrantId};
use crate::payment::EndReason;

/// A grant of an order as the database keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptGrant {
    /// Its id.
    pub id: GrantId,
    /// What makes it one grant.
    pub key: GrantKey,
    /// From when until when it holds.
    pub term: Term,
    /// Why it ended, when it did.
    pub ended: Option<EndReason>,
}

/// One thing to change in `customer_access`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A new grant; `ended` is set when a block stands against it.
    Insert {
        /// What makes it one grant.
        key: GrantKey,
        /// From when until when it holds.
        term: Term,
        /// Why it is revoked from the beginning.
        ended: Option<EndReason>,
    },
    /// A live grant ends, or an ended one has another reason now.
    Revoke {
        /// The grant.
        grant: GrantId,
        /// Why.
        reason: EndReason,
    },
    /// An ended grant is live again.
    Restore {
        /// The grant.
        grant: GrantId,
        /// From when until when it holds now.
        term: Term,
    },
    /// A grant holds for another time than before.
    Adjust {
        /// The grant.
        grant: GrantId,
        /// From when until when it holds now.
        term: Term,
    },
}

/// Plans what has to change so that the kept grants of an order are the deserved ones. `blocks` are the active blocks of
/// the customers concerned. An empty plan means that all is well; applying a plan and planning again gives an empty one.
#[must_use]
pub fn plan(
    order: &Order<'_>,
    catalogue: &Catalogue,
    kept: &[KeptGrant],
    blocks: &BTreeSet<(CustomerId, ContentId)>,
) -> Vec<Change> {
    let mut deserved = derive(order, catalogue);
    let mut changes = Vec::new();
    for grant in kept {
        match deserved.remove(&grant.key) {
            Some(term) => changes.extend(keep(grant, term, block_on(&grant.key, blocks))),
            None => changes.extend(end(grant, end_reason(order, &grant.key, catalogue))),
        }
    }
    changes.extend(insertions(deserved, blocks));
    changes
}

fn keep(grant: &KeptGrant, term: Term, blocked: Option<EndReason>) -> Option<Change> {
    match (grant.ended, blocked) {
        (_, Some(reason)) => end(grant, reason),
        (Some(_), None) => Some(Change::Restore {
            grant: grant.id,
            term,
        }),
        (None, None) if grant.term != term => Some(Change::Adjust {
            grant: grant.id,
            term,
        }),
        (None, None) => None,
    }
}

fn end(grant: &KeptGrant, reason: EndReason) -> Option<Change> {
    (grant.ended != Some(reason)).then_some(Change::Revoke {
        grant: grant.id,
        reason,
    })
}

fn insertions(
    deserved: BTreeMap<GrantKey, Term>,
    blocks: &BTreeSet<(CustomerId, ContentId)>,
) -> impl Iterator<Item = Change> {
    deserved.into_iter().map(move |(key, term)| {
        let ended = block_on(&key, blocks);
        Change::Insert { key, term, ended }
    })
}

fn block_on(key: &GrantKey, blocks: &BTreeSet<(CustomerId, ContentId)>) -> Option<EndReason> {
    blocks
        .contains(&(key.customer, key.content))
        .then_some(EndReason::Blocked)
}

/// Applies a plan in memory, as the database does it, for the tests of this crate.
#[cfg(test)]
pub(crate) fn apply(kept: &mut Vec<KeptGrant>, changes: Vec<Change>) {
    fn find(kept: &mut [KeptGrant], id: GrantId) -> &mut KeptGrant {
        kept.iter_mut().find(|grant| grant.id == id).unwrap()
    }
    for change in changes {
        match change {
            Change::Insert { key, term, ended } => {
                let number = u128::try_from(kept.len()).unwrap();
                let id = GrantId::from_parts(crate::time::Timestamp::default(), number);
                kept.push(KeptGrant {
                    id,
                    key,
                    term,
                    ended,
                });
            }
            Change::Revoke { grant, reason } => find(kept, grant).ended = Some(reason),
            Change::Restore { grant, term } => {
                let grant = find(kept, grant);
                grant.ended = None;
                grant.term = term;
            }
            Change::Adjust { grant, term } => find(kept, grant).term = term,
        }
    }
}
