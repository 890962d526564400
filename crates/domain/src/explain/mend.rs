//! What would open a content that is closed.

use super::{Closed, ClosedLine, Known, Source, SourcedGrant};
use crate::access::GrantStanding;
use crate::mending::Mending;
use crate::payment::EndReason;
use crate::time::Timestamp;

/// Lists what would mend it: what stands in the way of every grant first, then what is nearly open, then what would bring
/// a grant, and last of all a grant by hand. What opens by itself in a moment needs nothing more.
pub(super) fn mending(known: &Known, now: Timestamp) -> Vec<Mending> {
    let blocks = known.blocks.iter().filter(|block| block.lifted.is_none());
    let mut found: Vec<Mending> = blocks.map(|block| Mending::LiftBlock(block.id)).collect();
    match known.published_at {
        None => found.push(Mending::Publish(known.content)),
        Some(at) if at > now => found.push(Mending::Wait(at)),
        Some(_) => {}
    }
    if known.grants.iter().any(|grant| waits_behind(grant, now)) {
        return found;
    }
    let (nearly_open, others): (Vec<_>, Vec<_>) = known
        .lines
        .iter()
        .partition(|closed| is_nearly_open(closed));
    for line in &nearly_open {
        add(&mut found, of_line(known, line));
    }
    if nearly_open.iter().any(|closed| is_under_way(closed)) {
        return found;
    }
    for grant in &known.grants {
        add(&mut found, of_grant(grant, now));
    }
    for line in others {
        add(&mut found, of_line(known, line));
    }
    for delivery in &known.failed {
        add(&mut found, Some(Mending::Replay(delivery.id)));
    }
    found.push(Mending::GrantByHand(known.content));
    found
}

fn add(found: &mut Vec<Mending>, mending: Option<Mending>) {
    found.extend(mending.filter(|mending| !found.contains(mending)));
}

/// Tells whether the grant opens the content once no block stands and it is published.
fn waits_behind(sourced: &SourcedGrant, now: Timestamp) -> bool {
    let mut grant = sourced.grant;
    // The line still pays: that is why the block is the reason.
    if let (Source::Line(_), Some((_, EndReason::Blocked))) = (&sourced.source, grant.revoked) {
        grant.revoked = None;
    }
    matches!(grant.standing(now), GrantStanding::Live { .. })
}

/// Tells whether the line opens it on another way, or once a job has come to it.
fn is_nearly_open(closed: &ClosedLine) -> bool {
    match closed.why {
        Closed::Recomputing { .. } | Closed::OpensFromStore => true,
        Closed::Unmapped(_)
        | Closed::Ignored
        | Closed::NotIn(_)
        | Closed::NotPaying { .. }
        | Closed::NoPaymentTime
        | Closed::OtherOwner => false,
    }
}

/// Tells whether the line opens it in a moment, and nobody has to do anything.
fn is_under_way(closed: &ClosedLine) -> bool {
    matches!(closed.why, Closed::Recomputing { failed: None })
}

fn of_grant(sourced: &SourcedGrant, now: Timestamp) -> Option<Mending> {
    match (sourced.grant.standing(now), &sourced.source) {
        (GrantStanding::Future { at }, _) => Some(Mending::Wait(at)),
        (GrantStanding::Expired { .. }, _) => Some(Mending::Extend(sourced.grant.id)),
        (
            GrantStanding::Revoked {
                reason: EndReason::OwnerChanged,
                ..
            },
            Source::Line(line),
        ) => Some(Mending::ProveAddress(line.order.clone())),
        // What else ended is told by its line, as it is today, or was ended for good.
        (GrantStanding::Live { .. } | GrantStanding::Revoked { .. }, _) => None,
    }
}

fn of_line(known: &Known, closed: &ClosedLine) -> Option<Mending> {
    let order = &closed.line.order;
    match &closed.why {
        Closed::Unmapped(item) => Some(Mending::MapItem {
            store: order.store.clone(),
            item: item.clone(),
        }),
        Closed::NotIn(product) => had_it(known, closed).then_some(Mending::PutIntoProduct {
            product: *product,
            content: known.content,
        }),
        Closed::NoPaymentTime => Some(Mending::SayWhenPaid(order.clone())),
        Closed::OtherOwner => Some(Mending::ProveAddress(order.clone())),
        Closed::OpensFromStore => Some(Mending::ComeFromStore(order.clone())),
        Closed::Recomputing { failed: Some(job) } => Some(Mending::RetryJob(*job)),
        Closed::Recomputing { failed: None } => Some(Mending::AwaitRecomputing(order.clone())),
        Closed::NotPaying {
            is_test: true,
            is_in: true,
            ..
        } => Some(Mending::AcceptTestOrders(order.store.clone())),
        Closed::NotPaying {
            reason: EndReason::Unpaid,
            is_in: true,
            ..
        } => Some(Mending::AwaitPayment(order.clone())),
        Closed::NotPaying {
            reason: EndReason::Disputed,
            is_in: true,
            ..
        } => Some(Mending::SettleDispute(order.clone())),
        // The money went back, or it was for something else: nothing is broken.
        Closed::NotPaying { .. } | Closed::Ignored => None,
    }
}

/// Tells whether the line opened the content until it was taken out of the product.
fn had_it(known: &Known, closed: &ClosedLine) -> bool {
    known.grants.iter().any(|sourced| {
        let reason = sourced.grant.revoked.map(|(_, reason)| reason);
        let is_same = match &sourced.source {
            Source::Line(line) => {
                line.order.id == closed.line.order.id && line.line == closed.line.line
            }
            Source::ByHand { .. } => false,
        };
        is_same && reason == Some(EndReason::ContentRemoved)
    })
}
