//! Why a customer may open a content or not, for whoever runs the shop: the decision in one sentence, the rule that ended
//! each grant, and what would mend it.
//!
//! The decision itself is [`decide`]'s; nothing here decides again. Facts and `now` come in, words go out.

mod lines;
mod mend;
mod pending;
mod rule;
mod sentence;
#[cfg(test)]
mod tests;

use crate::access::{Decision, Grant, GrantStanding, Refusal, Standing, decide};
use crate::id::{BlockId, ContentId, DeliveryId, ExternalId, JobId, ProductId, StoreName};
use crate::mending::{Mending, NamedOrder};
use crate::order::StoreItem;
use crate::payment::EndReason;
use crate::time::Timestamp;

pub use self::lines::closed_lines;
pub use self::pending::{open_lines, pending_lines};
pub use self::rule::{Rule, ending_rule};

/// A line of an order as people name it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedLine {
    /// The order.
    pub order: NamedOrder,
    /// The store's id of the line.
    pub line: ExternalId,
    /// What the store calls it; `None` when the line is no longer in the order.
    pub title: Option<String>,
}

/// Where a grant comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// A line of an order.
    Line(NamedLine),
    /// An administrator.
    ByHand {
        /// Who.
        by: String,
        /// Why.
        note: Option<String>,
    },
}

/// A grant with its source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourcedGrant {
    /// The grant as the decision sees it.
    pub grant: Grant,
    /// Where it comes from.
    pub source: Source,
}

/// A block, lifted or not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlacedBlock {
    /// Its id.
    pub id: BlockId,
    /// Who placed it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// When it was lifted, and by whom.
    pub lifted: Option<(Timestamp, String)>,
}

/// A line that does not open the content, though the customer bought it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClosedLine {
    /// The line.
    pub line: NamedLine,
    /// Why.
    pub why: Closed,
}

/// Why a line does not open the content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Closed {
    /// Its item stands for no product: not yet, or not since the product was deleted.
    Unmapped(StoreItem),
    /// Its item is known to grant nothing.
    Ignored,
    /// Its product does not contain the content.
    NotIn(ProductId),
    /// It does not pay.
    NotPaying {
        /// Why.
        reason: EndReason,
        /// Whether that is because test orders do not count.
        is_test: bool,
        /// Whether its product contains the content.
        is_in: bool,
    },
    /// The store does not say when the order was paid.
    NoPaymentTime,
    /// The order names an address that this customer has not proven.
    OtherOwner,
    /// The order names such an address, and a customer of the store whom she has proven to be: it opens for her sessions
    /// that came from the store.
    OpensFromStore,
    /// It deserves to open it, and the job that makes it so has not come to it.
    Recomputing {
        /// The job, when it failed for good.
        failed: Option<JobId>,
    },
}

impl Closed {
    /// Returns the reason's stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unmapped(_) => "unmapped_item",
            Self::Ignored => "ignored_item",
            Self::NotIn(_) => "not_in_product",
            Self::NotPaying { is_test: true, .. } => "test_order",
            Self::NotPaying { reason, .. } => reason.name(),
            Self::NoPaymentTime => "no_payment_time",
            Self::OtherOwner => "other_owner",
            Self::OpensFromStore => "opens_from_store",
            Self::Recomputing { .. } => "recomputing",
        }
    }
}

/// A delivery that failed for good and names the customer or one of her orders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FailedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The store that sent it.
    pub store: StoreName,
    /// When it came.
    pub received_at: Timestamp,
    /// What went wrong.
    pub error: String,
}

/// Everything that is known about one customer and one content.
#[derive(Clone, Debug)]
pub struct Known {
    /// The content.
    pub content: ContentId,
    /// When it was or will be published; `None` for a draft.
    pub published_at: Option<Timestamp>,
    /// All grants, ended ones too.
    pub grants: Vec<SourcedGrant>,
    /// All blocks, lifted ones too.
    pub blocks: Vec<PlacedBlock>,
    /// The lines that do not open it.
    pub lines: Vec<ClosedLine>,
    /// The deliveries that failed.
    pub failed: Vec<FailedDelivery>,
}

impl Known {
    /// Returns what the decision consults.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let standing = self.blocks.iter().filter(|block| block.lifted.is_none());
        Standing {
            published_at: self.published_at,
            blocks: standing.map(|block| block.id).collect(),
            grants: self.grants.iter().map(|sourced| sourced.grant).collect(),
        }
    }
}

/// Why, in one word that never changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// It is open.
    Open,
    /// It is a draft, or its time has not come.
    NotPublished,
    /// A block stands.
    Blocked,
    /// There never was a grant.
    NeverGranted,
    /// A grant begins later.
    NotBegun,
    /// The last grant's time is over.
    Expired,
    /// The last grant was revoked.
    Revoked(EndReason),
}

impl Reason {
    /// Returns the reason's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotPublished => "not_published",
            Self::Blocked => "blocked",
            Self::NeverGranted => "never_granted",
            Self::NotBegun => "not_begun",
            Self::Expired => "expired",
            Self::Revoked(reason) => reason.name(),
        }
    }
}

/// The decision, explained.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// What [`decide`] answered.
    pub decision: Decision,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, in one sentence.
    pub sentence: String,
    /// What would mend it, what is to be done first first; empty when it is open.
    pub mending: Vec<Mending>,
}

/// Explains the decision about what is known at `now`.
#[must_use]
pub fn explain(known: &Known, now: Timestamp) -> Explanation {
    let decision = decide(&known.standing(), now);
    let reason = match &decision {
        Decision::Allowed { .. } => Reason::Open,
        Decision::Refused(Refusal::NotPublished) => Reason::NotPublished,
        Decision::Refused(Refusal::Blocked { .. }) => Reason::Blocked,
        Decision::Refused(Refusal::NeverGranted) => Reason::NeverGranted,
        Decision::Refused(Refusal::NoLiveGrant { .. }) => match telling_grant(known, now) {
            Some((_, GrantStanding::Future { .. })) => Reason::NotBegun,
            Some((_, GrantStanding::Expired { .. })) => Reason::Expired,
            Some((_, GrantStanding::Revoked { reason, .. })) => Reason::Revoked(reason),
            Some((_, GrantStanding::Live { .. })) | None => Reason::NeverGranted,
        },
    };
    let mending = match &decision {
        Decision::Allowed { .. } => Vec::new(),
        Decision::Refused(_) => mend::mending(known, now),
    };
    Explanation {
        sentence: sentence::sentence(known, &decision, now),
        decision,
        reason,
        mending,
    }
}

/// Finds the grant that says most about why none is live: the one that begins soonest, else the one that ended last.
fn telling_grant(known: &Known, now: Timestamp) -> Option<(&SourcedGrant, GrantStanding)> {
    let grants = known.grants.iter();
    grants
        .map(|sourced| (sourced, sourced.grant.standing(now)))
        .max_by_key(|(_, standing)| match standing {
            GrantStanding::Live { .. } => (2, i64::MAX),
            GrantStanding::Future { at } => (1, at.as_microseconds().saturating_neg()),
            GrantStanding::Expired { at } | GrantStanding::Revoked { at, .. } => {
                (0, at.as_microseconds())
            }
        })
}
