//! When a line pays for its product (RULES §2).

use serde::{Deserialize, Serialize};

use crate::id::ExternalId;
use crate::order::{DisputeStatus, OrderHistory, OrderLine, OrderState, OrderStatus};

/// Why a grant ended: the one reason that is shown and kept.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The line or the order was refunded.
    Refunded,
    /// The order was cancelled.
    Cancelled,
    /// A dispute is lost, or open while the store suspends on disputes.
    Disputed,
    /// The store deleted the order.
    OrderDeleted,
    /// The line is no longer in the order.
    LineRemoved,
    /// The order is not, or no longer, paid, or it is a test order.
    Unpaid,
    /// The store item is no longer mapped to a product.
    Unmapped,
    /// The content is no longer part of the product.
    ContentRemoved,
    /// The order now belongs to somebody else.
    OwnerChanged,
    /// An administrator's block stands.
    Blocked,
    /// An administrator ended this manual grant.
    ByAdministrator,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Refunded,
        Self::Cancelled,
        Self::Disputed,
        Self::OrderDeleted,
        Self::LineRemoved,
        Self::Unpaid,
        Self::Unmapped,
        Self::ContentRemoved,
        Self::OwnerChanged,
        Self::Blocked,
        Self::ByAdministrator,
    ];

    /// Returns the reason's stable name, as the database and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Disputed => "disputed",
            Self::OrderDeleted => "order_deleted",
            Self::LineRemoved => "line_removed",
            Self::Unpaid => "unpaid",
            Self::Unmapped => "unmapped",
            Self::ContentRemoved => "content_removed",
            Self::OwnerChanged => "owner_changed",
            Self::Blocked => "blocked",
            Self::ByAdministrator => "by_administrator",
        }
    }

    /// Finds the reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// What a store does with access while the bank holds the money.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDispute {
    /// Access rests until the dispute is decided.
    #[default]
    Suspend,
    /// Access stays until the dispute is lost.
    Keep,
}

/// What a store does with access after a refund that names no lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnAmountRefund {
    /// Access stays until the whole order is refunded.
    #[default]
    Keep,
    /// Every line of the order ends.
    Revoke,
}

/// A store's settings that decide about access.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorePolicy {
    /// Whether test orders count.
    pub accept_test_orders: bool,
    /// What an open dispute does.
    pub on_dispute: OnDispute,
    /// What a refund without lines does.
    pub on_amount_refund: OnAmountRefund,
    /// Days of access after the end of a paid period.
    pub grace_days: u32,
    /// Whether an address counts as proven because the store says that its customer has verified it.
    pub trusts_emails: bool,
}

impl Default for StorePolicy {
    fn default() -> Self {
        Self {
            accept_test_orders: false,
            on_dispute: OnDispute::default(),
            on_amount_refund: OnAmountRefund::default(),
            grace_days: 3,
            trusts_emails: false,
        }
    }
}

/// Decides whether a line of the order pays at present, and why not. A line that the order does not have is
/// [`EndReason::LineRemoved`]; an order that is not known is [`EndReason::Unpaid`].
///
/// # Errors
/// The reason why the line does not pay.
pub fn line_pays<'a>(
    history: &'a OrderHistory,
    line: &ExternalId,
    policy: StorePolicy,
) -> Result<&'a OrderLine, EndReason> {
    let order = &history.order.as_ref().ok_or(EndReason::Unpaid)?.state;
    order_pays(history, order, policy)?;
    let line = order
        .lines
        .iter()
        .find(|candidate| candidate.external_id == *line)
        .ok_or(EndReason::LineRemoved)?;
    if line.quantity <= refunded_quantity(history, line) {
        return Err(EndReason::Refunded);
    }
    Ok(line)
}

fn order_pays(
    history: &OrderHistory,
    order: &OrderState,
    policy: StorePolicy,
) -> Result<(), EndReason> {
    match order.status {
        OrderStatus::Deleted => return Err(EndReason::OrderDeleted),
        OrderStatus::Cancelled => return Err(EndReason::Cancelled),
        OrderStatus::Refunded => return Err(EndReason::Refunded),
        OrderStatus::Paid => {}
        OrderStatus::Draft
        | OrderStatus::Pending
        | OrderStatus::Authorised
        | OrderStatus::OnHold
        | OrderStatus::PartiallyPaid
        | OrderStatus::Failed => return Err(EndReason::Unpaid),
    }
    if order.is_test && !policy.accept_test_orders {
        return Err(EndReason::Unpaid);
    }
    if is_refunded_in_full(history, order) || is_revoked_by_amount(history, policy) {
        return Err(EndReason::Refunded);
    }
    if history
        .disputes
        .values()
        .any(|dispute| dispute_ends(dispute.state.status, policy))
    {
        return Err(EndReason::Disputed);
    }
    Ok(())
}

fn is_refunded_in_full(history: &OrderHistory, order: &OrderState) -> bool {
    let refunded = history
        .succeeded_refunds()
        .fold(0_i64, |sum, refund| sum.saturating_add(refund.amount_minor));
    // An order that captured nothing cannot be refunded in full by amount.
    order.captured_minor > 0 && refunded >= order.captured_minor
}

fn is_revoked_by_amount(history: &OrderHistory, policy: StorePolicy) -> bool {
    policy.on_amount_refund == OnAmountRefund::Revoke
        && history
            .succeeded_refunds()
            .any(|refund| refund.lines.is_empty() && !refund.is_shipping)
}

fn dispute_ends(status: DisputeStatus, policy: StorePolicy) -> bool {
    match status {
        DisputeStatus::Lost => true,
        DisputeStatus::Open => policy.on_dispute == OnDispute::Suspend,
        DisputeStatus::Inquiry | DisputeStatus::Won => false,
    }
}

/// Returns how many of a line were given back: what refunds name or what the order itself says, the greater counts.
pub(crate) fn refunded_quantity(history: &OrderHistory, line: &OrderLine) -> u32 {
    let named = history
        .succeeded_refunds()
        .filter_map(|refund| refund.lines.get(&line.external_id))
        .fold(0_u32, |sum, quantity| sum.saturating_add(*quantity));
    named.max(line.returned_quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_found_by_its_name_and_no_two_share_one() {
        for reason in EndReason::ALL {
            assert_eq!(EndReason::from_name(reason.name()), Some(reason));
        }
        // As the rule sheet writes them (RULES §3.5, §4.2).
        let names = EndReason::ALL.map(EndReason::name).join(" ");
        assert_eq!(
            names,
            "refunded cancelled disputed order_deleted line_removed unpaid unmapped content_removed owner_changed \
             blocked by_administrator"
        );
        assert_eq!(EndReason::from_name("forgotten"), None);
    }
}
