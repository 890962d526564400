//! Refunds as the API lists them: the only place that tells which lines were given back.

use std::collections::BTreeMap;

use domain::ExternalId;
use domain::order::{OrderFact, RefundState, RefundStatus, Saying, Versioned};

use super::order::{Seen, id, meta, money, time};
use crate::json::{Field, ParseError};

/// Reads a refund of an order. WooCommerce knows only refunds that are done.
pub(super) fn state(
    refund: &Field<'_>,
    order: &ExternalId,
    currency: &str,
    seen: Seen,
) -> Result<OrderFact, ParseError> {
    let version = seen.version(time(refund, "date_created_gmt")?);
    let amount_minor = money(&refund.required("amount")?, currency)?.saturating_abs();
    let lines = lines(refund)?;
    let state = RefundState {
        status: RefundStatus::Succeeded,
        amount_minor,
        is_shipping: lines.is_empty() && is_shipping(refund, amount_minor, currency)?,
        lines,
    };
    Ok(OrderFact {
        order: order.clone(),
        saying: Saying::Refund(id(refund)?, Versioned::new(version, state)),
    })
}

/// Reads how many of which line came back. A line of a refund has an id of its own, and names the order's line beside it.
/// One that gives money back but no piece (WooCommerce's form lets the quantity stay empty) is a refund of an amount.
fn lines(refund: &Field<'_>) -> Result<BTreeMap<ExternalId, u32>, ParseError> {
    let mut lines: BTreeMap<_, u32> = BTreeMap::new();
    let Some(items) = refund.optional("line_items")? else {
        return Ok(lines);
    };
    for item in items.items()? {
        let pieces = started_pieces(&item.required("quantity")?)?;
        let line = meta(&item, "_refunded_item_id").and_then(|id| id.parse().ok());
        if let Some(line) = line.filter(|_| pieces > 0) {
            let total = lines.entry(line).or_default();
            *total = total.saturating_add(pieces);
        }
    }
    Ok(lines)
}

/// Reads how many came back, which WooCommerce writes as a negative number. Of parts of a piece, a started one counts whole.
fn started_pieces(field: &Field<'_>) -> Result<u32, ParseError> {
    let decimal = field.decimal()?;
    let digits = decimal.strip_prefix('-').unwrap_or(&decimal);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u32 = whole
        .parse()
        .map_err(|_| field.wrong("must be a number of pieces"))?;
    let has_part = part.bytes().any(|digit| digit != b'0');
    Ok(whole.saturating_add(u32::from(has_part)))
}

/// Tells whether all of the money was for shipping.
fn is_shipping(refund: &Field<'_>, amount_minor: i64, currency: &str) -> Result<bool, ParseError> {
    let Some(shipping) = refund.optional("shipping_lines")? else {
        return Ok(false);
    };
    let mut sum = 0_i64;
    for line in shipping.items()? {
        for name in ["total", "total_tax"] {
            if let Some(part) = line.optional(name)? {
                sum = sum.saturating_add(money(&part, currency)?.saturating_abs());
            }
        }
    }
    Ok(sum > 0 && sum == amount_minor)
}
