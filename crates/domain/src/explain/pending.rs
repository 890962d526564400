//! Which lines of an order open a content by the grants that are kept, and which are about to: their grants are deserved
//! and not written down yet.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::NamedLine;
use crate::access::{Grant, GrantStanding};
use crate::catalogue::Catalogue;
use crate::grant::{GrantKey, Order, Term};
use crate::id::{ContentId, CustomerId, GrantId};
use crate::mending::NamedOrder;
use crate::reconcile::{Change, KeptGrant, plan};
use crate::time::Timestamp;

/// Lists the lines whose grants of the content are live, whoever has them.
#[must_use]
pub fn open_lines(
    name: &NamedOrder,
    order: &Order<'_>,
    kept: &[KeptGrant],
    content: ContentId,
    now: Timestamp,
) -> Vec<NamedLine> {
    let live = kept.iter().filter(|grant| {
        let is_live = matches!(standing(grant.term, now), GrantStanding::Live { .. });
        grant.key.content == content && grant.ended.is_none() && is_live
    });
    live.map(|grant| named(name, order, grant.key.clone()))
        .collect()
}

/// Lists the lines whose grants of the content would hold if the order were reconciled now, and do not yet. `kept` are
/// the order's grants, and `blocks` the blocks that stand against its owner.
#[must_use]
pub fn pending_lines(
    name: &NamedOrder,
    order: &Order<'_>,
    catalogue: &Catalogue,
    kept: &[KeptGrant],
    blocks: &BTreeSet<(CustomerId, ContentId)>,
    content: ContentId,
    now: Timestamp,
) -> Vec<NamedLine> {
    let changes = plan(order, catalogue, kept, blocks).into_iter();
    let opening = changes.filter_map(|change| {
        let (key, term) = opened(change, kept)?;
        (key.content == content && holds(term, now)).then_some(key)
    });
    let is_held = |key: &GrantKey| {
        kept.iter()
            .any(|grant| grant.key == *key && grant.ended.is_none() && holds(grant.term, now))
    };
    let lines = opening
        .filter(|key| !is_held(key))
        .map(|key| named(name, order, key));
    lines.collect()
}

/// Tells which grant a change opens, and from when until when.
fn opened(change: Change, kept: &[KeptGrant]) -> Option<(GrantKey, Term)> {
    match change {
        Change::Insert {
            key,
            term,
            ended: None,
        } => Some((key, term)),
        Change::Restore { grant, term } | Change::Adjust { grant, term } => {
            let known = kept.iter().find(|known| known.id == grant)?;
            Some((known.key.clone(), term))
        }
        Change::Insert { ended: Some(_), .. } | Change::Revoke { .. } => None,
    }
}

/// Tells whether a grant of this term, not revoked, is live or will be.
fn holds(term: Term, now: Timestamp) -> bool {
    match standing(term, now) {
        GrantStanding::Live { .. } | GrantStanding::Future { .. } => true,
        GrantStanding::Expired { .. } | GrantStanding::Revoked { .. } => false,
    }
}

/// Tells how a grant of this term stands, when it is not revoked.
fn standing(term: Term, now: Timestamp) -> GrantStanding {
    let grant = Grant {
        id: GrantId::from_parts(now, 0),
        granted_at: term.granted_at,
        expires_at: term.expires_at,
        extended_until: term.extended_until,
        revoked: None,
    };
    grant.standing(now)
}

fn named(name: &NamedOrder, order: &Order<'_>, key: GrantKey) -> NamedLine {
    let mut lines = order
        .history
        .order
        .iter()
        .flat_map(|known| &known.state.lines);
    let line = lines.find(|line| line.external_id == key.line);
    NamedLine {
        order: name.clone(),
        title: line.map(|line| line.title.clone()),
        line: key.line,
    }
}
