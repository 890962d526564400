//! What the webhooks and the API's answers have in common, once their different spellings are read.

use std::collections::BTreeMap;

use domain::ExternalId;
use domain::order::{OrderStatus, RefundState, RefundStatus};

use crate::fields;
use crate::json::{Field, ParseError};

/// Reads where an order stands from its financial status, the REST name in lower case.
pub(super) fn order_status(financial: Option<&str>, is_cancelled: bool) -> OrderStatus {
    if is_cancelled {
        return OrderStatus::Cancelled;
    }
    match financial {
        // Part of the money went back; the order was paid, and its refunds tell the rest.
        Some("paid" | "partially_refunded") => OrderStatus::Paid,
        Some("refunded") => OrderStatus::Refunded,
        Some("voided") => OrderStatus::Cancelled,
        Some("pending") => OrderStatus::Pending,
        Some("authorized") => OrderStatus::Authorised,
        Some("partially_paid") => OrderStatus::PartiallyPaid,
        // The authorisation ran out before anybody took the money.
        Some("expired") => OrderStatus::Failed,
        // A word that Shopify does not document yet must never grant.
        _ => OrderStatus::OnHold,
    }
}

/// Tells whether an order of that financial status was once paid in full.
pub(super) fn was_paid(financial: Option<&str>) -> bool {
    matches!(financial, Some("paid" | "partially_refunded" | "refunded"))
}

/// One movement of money of a refund.
pub(super) struct Movement {
    /// `refund`, `void` and so on, in lower case.
    pub(super) kind: String,
    /// `success`, `pending` and so on, in lower case.
    pub(super) status: String,
    /// In minor units of the currency that the customer paid in.
    pub(super) amount_minor: i64,
}

/// Puts together a refund.
pub(super) fn refund(
    lines: BTreeMap<ExternalId, u32>,
    movements: &[Movement],
    is_shipping: bool,
) -> RefundState {
    let is_refund = |movement: &&Movement| matches!(movement.kind.as_str(), "refund" | "void");
    let with = |status: &'static str| {
        let matching = movements.iter().filter(is_refund);
        matching.filter(move |movement| movement.status == status)
    };
    let given_back = with("success")
        .filter(|movement| movement.kind == "refund")
        .fold(0_i64, |sum, movement| {
            sum.saturating_add(movement.amount_minor.max(0))
        });
    let moved = movements.iter().filter(is_refund).count();
    let status = if with("success").next().is_some() {
        // What is still pending beside it comes as a later state of the same refund.
        RefundStatus::Succeeded
    } else if moved == 0 && !lines.is_empty() {
        // Lines were taken out of the order without any money.
        RefundStatus::Succeeded
    } else if moved == with("failure").count() + with("error").count() && moved > 0 {
        RefundStatus::Failed
    } else {
        RefundStatus::Pending
    };
    RefundState {
        status,
        amount_minor: given_back,
        is_shipping: is_shipping && lines.is_empty(),
        lines,
    }
}

/// Counts the pieces of a line that refunds name whose money has not gone back (yet). The order's own count has taken
/// them off already, but a refund that is pending or failed ends no access (RULES §8.19).
pub(super) fn pieces_not_given_back<'a>(
    line: &ExternalId,
    refunds: impl IntoIterator<Item = &'a RefundState>,
) -> u32 {
    refunds
        .into_iter()
        .filter(|refund| match refund.status {
            RefundStatus::Pending | RefundStatus::Failed => true,
            RefundStatus::Succeeded => false,
        })
        .filter_map(|refund| refund.lines.get(line))
        .fold(0, |sum, pieces| sum.saturating_add(*pieces))
}

/// Adds the pieces of a line to a refund. A line without a piece would make a refund of an amount look like one of
/// lines.
pub(super) fn add_pieces(lines: &mut BTreeMap<ExternalId, u32>, line: ExternalId, pieces: u32) {
    if pieces > 0 {
        let total = lines.entry(line).or_default();
        *total = total.saturating_add(pieces);
    }
}

/// Reads the name of a line as people see it.
pub(super) fn title(field: Option<Field<'_>>) -> Result<String, ParseError> {
    let text = field.map_or(Ok(""), |field| field.text())?;
    Ok(fields::title(text))
}

/// Reads a SKU; unlike an id, "0" is one like any other, and one that cannot be a name is passed over: the variant's id says
/// what was bought.
pub(super) fn sku(object: &Field<'_>) -> Result<Option<ExternalId>, ParseError> {
    let field = object.optional("sku")?;
    let field = field.filter(|field| !matches!(field.text(), Ok("")));
    Ok(field.and_then(|field| field.id().ok()))
}
