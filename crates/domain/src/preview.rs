//! What a refund would take away: the order with a refund that has not happened, derived like any other.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Decision, Grant, Standing, decide};
use crate::catalogue::Catalogue;
use crate::grant::{Order, derive, end_reason};
use crate::id::{BlockId, ContentId, ExternalId, GrantId};
use crate::order::{OrderHistory, OrderLine, OrderStatus, RefundState, RefundStatus, Versioned};
use crate::payment::{EndReason, line_pays, refunded_quantity};
use crate::reconcile::KeptGrant;
use crate::time::Timestamp;

/// What would be refunded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refund {
    /// All that is left of the order.
    Whole,
    /// These quantities of these lines.
    Lines(BTreeMap<ExternalId, u32>),
}

/// What the customer has of one content, whatever its source.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// When the content was published; `None` for a draft.
    pub published_at: Option<Timestamp>,
    /// The blocks that stand.
    pub blocks: Vec<BlockId>,
    /// All her grants.
    pub grants: Vec<Grant>,
}

/// What would become of the customer's access.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// What would close.
    pub loses: BTreeSet<ContentId>,
    /// What the order opens now and would stay open.
    pub keeps: Vec<Keeping>,
    /// Why nothing would change, when nothing would.
    pub unaffected: Option<Unaffected>,
}

/// A content that would stay open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Keeping {
    /// The content.
    pub content: ContentId,
    /// By which grants.
    pub by: Vec<GrantId>,
    /// Until when then; `None` is for ever.
    pub until: Option<Timestamp>,
    /// Until when now.
    pub until_now: Option<Timestamp>,
}

/// Why a refund changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unaffected {
    /// All of it was given back before.
    AlreadyRefunded,
    /// The lines do not pay anyhow.
    NotPaying(EndReason),
    /// Some of the quantity would be left.
    QuantityLeft,
    /// The lines grant nothing.
    GrantsNothing,
    /// What they grant is closed anyhow: a draft, blocked, or over.
    ClosedAnyhow,
    /// Other orders or grants by hand keep all of it open.
    KeptByOthers,
}

impl Unaffected {
    /// Returns the reason's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AlreadyRefunded => "already_refunded",
            Self::NotPaying(_) => "not_paying",
            Self::QuantityLeft => "quantity_left",
            Self::GrantsNothing => "grants_nothing",
            Self::ClosedAnyhow => "closed_anyhow",
            Self::KeptByOthers => "kept_by_others",
        }
    }

    /// Says it in one sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AlreadyRefunded => "All of it was refunded before.",
            Self::NotPaying(_) => "It does not pay for anything at present.",
            Self::QuantityLeft => "Some of the quantity would be left, and one is enough.",
            Self::GrantsNothing => "It grants nothing.",
            Self::ClosedAnyhow => "What it grants is closed at present, refund or not.",
            Self::KeptByOthers => {
                "Other lines, other orders or grants by hand keep all of it open."
            }
        }
    }
}

/// Returns how many of a line could still be given back.
#[must_use]
pub fn refundable(history: &OrderHistory, line: &OrderLine) -> u32 {
    line.quantity
        .saturating_sub(refunded_quantity(history, line))
}

/// Adds a succeeded refund to a copy of what is known of an order. A refund of lines of which nothing is left adds none.
#[must_use]
pub fn refunded(history: &OrderHistory, refund: &Refund, now: Timestamp) -> OrderHistory {
    let mut copy = history.clone();
    let Some(order) = &history.order else {
        return copy;
    };
    let mut lines = BTreeMap::new();
    for line in &order.state.lines {
        let quantity = match refund {
            Refund::Whole => refundable(history, line),
            Refund::Lines(chosen) => chosen.get(&line.external_id).copied().unwrap_or(0),
        };
        if quantity > 0 {
            // Refunds that name the line and the order's own count are two tellings of one thing, of which the greater
            // counts: this refund has to come on top of the greater.
            let named = named_quantity(history, line);
            let beside = refunded_quantity(history, line).saturating_sub(named);
            lines.insert(line.external_id.clone(), quantity.saturating_add(beside));
        }
    }
    if lines.is_empty() && *refund != Refund::Whole {
        // A refund that names no line would be one of an amount, and might end lines that nobody chose.
        return copy;
    }
    let amount_minor = match refund {
        Refund::Whole => order
            .state
            .captured_minor
            .saturating_sub(refunded_amount(history)),
        Refund::Lines(_) => 0,
    };
    let state = RefundState {
        status: RefundStatus::Succeeded,
        amount_minor: amount_minor.max(0),
        is_shipping: false,
        lines,
    };
    // Newer than any complete list of refunds, so that it is in none of them and counts.
    let at = now.max(order.version.at);
    if let Some(id) = unused_id(history) {
        copy.refunds.insert(id, Versioned::new(at, state));
    }
    if *refund == Refund::Whole && order.state.status == OrderStatus::Paid {
        let mut state = order.state.clone();
        state.status = OrderStatus::Refunded;
        copy.order = Some(Versioned::new(at, state));
    }
    copy
}

fn named_quantity(history: &OrderHistory, line: &OrderLine) -> u32 {
    let named = history
        .succeeded_refunds()
        .filter_map(|refund| refund.lines.get(&line.external_id));
    named.fold(0, |sum, quantity| sum.saturating_add(*quantity))
}

fn refunded_amount(history: &OrderHistory) -> i64 {
    let amounts = history
        .succeeded_refunds()
        .map(|refund| refund.amount_minor);
    amounts.fold(0, i64::saturating_add)
}

fn unused_id(history: &OrderHistory) -> Option<ExternalId> {
    let names = (0..=history.refunds.len()).map(|number| format!("preview {number}"));
    names
        .filter_map(|name| name.parse::<ExternalId>().ok())
        .find(|id| !history.refunds.contains_key(id))
}

/// Compares what the customer may open now with what she may open after the refund. `kept` are the order's grants, and
/// `held` all that she has of each content that one of them is for.
#[must_use]
pub fn preview(
    order: &Order<'_>,
    catalogue: &Catalogue,
    refund: &Refund,
    kept: &[KeptGrant],
    held: &BTreeMap<ContentId, Held>,
    now: Timestamp,
) -> Preview {
    let history = refunded(order.history, refund, now);
    let then = Order {
        history: &history,
        ..*order
    };
    // What is over already is no loss, also when no reconciliation has come to it yet.
    let over = ending(order, catalogue, kept);
    let ending = ending(&then, catalogue, kept);
    let mut preview = Preview::default();
    let mut changed = false;
    for (content, held) in held {
        let before = held.decide(&over, now);
        let after = held.decide(&ending, now);
        changed |= before != after;
        let Decision::Allowed {
            until: until_now, ..
        } = before
        else {
            continue;
        };
        match after {
            Decision::Refused(_) => drop(preview.loses.insert(*content)),
            Decision::Allowed { by, until } => preview.keeps.push(Keeping {
                content: *content,
                by,
                until,
                until_now,
            }),
        }
    }
    if preview.loses.is_empty() {
        let is_open = !preview.keeps.is_empty();
        preview.unaffected = Some(unaffected(
            order, &then, refund, catalogue, changed, is_open,
        ));
    }
    preview
}

/// Finds the live grants that an order does not deserve, with why.
fn ending(
    order: &Order<'_>,
    catalogue: &Catalogue,
    kept: &[KeptGrant],
) -> BTreeMap<GrantId, EndReason> {
    let deserved = derive(order, catalogue);
    let ending = kept
        .iter()
        .filter(|grant| grant.ended.is_none() && !deserved.contains_key(&grant.key));
    ending
        .map(|grant| (grant.id, end_reason(order, &grant.key, catalogue)))
        .collect()
}

impl Held {
    fn decide(&self, ending: &BTreeMap<GrantId, EndReason>, now: Timestamp) -> Decision {
        let grants = self.grants.iter().map(|grant| Grant {
            revoked: grant
                .revoked
                .or_else(|| ending.get(&grant.id).map(|reason| (now, *reason))),
            ..*grant
        });
        let standing = Standing {
            published_at: self.published_at,
            blocks: self.blocks.clone(),
            grants: grants.collect(),
        };
        decide(&standing, now)
    }
}

fn unaffected(
    order: &Order<'_>,
    then: &Order<'_>,
    refund: &Refund,
    catalogue: &Catalogue,
    changed: bool,
    is_open: bool,
) -> Unaffected {
    if changed && is_open {
        return Unaffected::KeptByOthers;
    }
    let chosen = chosen_lines(order.history, refund);
    let pays = |of: &Order<'_>, line: &ExternalId| line_pays(of.history, line, of.policy).map(drop);
    let reasons: Option<Vec<EndReason>> =
        chosen.iter().map(|line| pays(order, line).err()).collect();
    if let Some(reasons) = reasons {
        let other = reasons
            .into_iter()
            .find(|reason| *reason != EndReason::Refunded);
        return other.map_or(Unaffected::AlreadyRefunded, Unaffected::NotPaying);
    }
    if chosen.iter().any(|line| pays(then, line).is_ok()) {
        return Unaffected::QuantityLeft;
    }
    let grants_something = chosen.iter().any(|line| {
        let mapped = order.mapping.get(line);
        mapped.is_some_and(|mapped| !catalogue.contents_of(mapped.product).is_empty())
    });
    if grants_something {
        Unaffected::ClosedAnyhow
    } else {
        Unaffected::GrantsNothing
    }
}

fn chosen_lines(history: &OrderHistory, refund: &Refund) -> Vec<ExternalId> {
    let known = history.order.iter().flat_map(|order| &order.state.lines);
    match refund {
        Refund::Whole => known.map(|line| line.external_id.clone()).collect(),
        Refund::Lines(chosen) => chosen.keys().cloned().collect(),
    }
}
