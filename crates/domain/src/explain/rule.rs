//! Which rule of RULES.md ended a grant.

use super::Source;
use crate::access::GrantStanding;
use crate::payment::EndReason;

/// A rule, by its section and in plain words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rule {
    /// The section of RULES.md.
    pub section: &'static str,
    /// What it says here.
    pub words: &'static str,
}

/// Returns the rule by which a grant of this source does not hold; `None` when it is live.
#[must_use]
pub const fn ending_rule(standing: GrantStanding, source: &Source) -> Option<Rule> {
    let (section, words) = match standing {
        GrantStanding::Live { .. } => return None,
        GrantStanding::Future { .. } => ("5", "A grant counts from the moment it begins."),
        GrantStanding::Expired { .. } => match source {
            Source::Line(_) => (
                "3.3, 3.4",
                "The days of access or the period that the line paid for are over.",
            ),
            Source::ByHand { .. } => ("4.1", "The administrator gave the grant this end."),
        },
        GrantStanding::Revoked { reason, .. } => revoked(reason),
    };
    Some(Rule { section, words })
}

const fn revoked(reason: EndReason) -> (&'static str, &'static str) {
    match reason {
        EndReason::Refunded => (
            "2.4, 2.5",
            "A line pays only while at least one of it is not refunded, and the order is not refunded in full.",
        ),
        EndReason::Cancelled => ("2.3", "A cancelled order pays for nothing."),
        EndReason::Disputed => (
            "2.6",
            "A lost dispute ends access; an open one suspends it, unless the store keeps it.",
        ),
        EndReason::OrderDeleted => ("2.3", "A deleted order pays for nothing."),
        EndReason::LineRemoved => ("2.3", "A line pays only while it is in the order."),
        EndReason::Unpaid => (
            "2.1, 2.2",
            "A line pays only while the order is paid, and test orders do not count unless the store accepts them.",
        ),
        EndReason::Unmapped => (
            "3.1",
            "A line grants what is in the product that its item stands for.",
        ),
        EndReason::ContentRemoved => (
            "3.1",
            "A line grants what is in its product today; what is taken out of it ends.",
        ),
        EndReason::OwnerChanged => (
            "6.2",
            "An order belongs to whom it names; the one before loses its grants.",
        ),
        EndReason::Blocked => ("4.2", "A block ends the grants of orders while it stands."),
        EndReason::ByAdministrator => ("4.2", "An administrator ends a grant by hand for good."),
    }
}
