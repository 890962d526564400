//! Refunds as webhooks tell them: alone in `refunds/create`, without the customer, and complete inside each order.

use std::collections::BTreeMap;

use domain::order::{OrderFact, RefundState, Saying, Versioned};
use domain::{ExternalId, Timestamp};

use super::Envelope;
use super::state::{self, Movement};
use crate::fields;
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};

/// A refund and when it was made.
pub(super) struct Refund {
    pub(super) id: ExternalId,
    pub(super) created_at: Timestamp,
    pub(super) state: RefundState,
}

/// Reads the body of `refunds/create`.
pub(super) fn created(body: &Field<'_>, _: &Envelope) -> Result<Reading, ParseError> {
    let order = body.required("order_id")?.id()?;
    let refund = refund(body, None)?;
    let refund_state = Versioned::new(refund.created_at, refund.state);
    let fact = OrderFact {
        order: order.clone(),
        saying: Saying::Refund(refund.id, refund_state),
    };
    Ok(Reading::of_facts(vec![fact]).and_look_up(Subject::Order(order)))
}

/// Reads one refund. Amounts are those of its transactions, which are in the currency that the customer paid in;
/// `currency` is that of the order, when it is known.
pub(super) fn refund(field: &Field<'_>, currency: Option<&str>) -> Result<Refund, ParseError> {
    let mut lines = BTreeMap::new();
    for item in field.required("refund_line_items")?.items()? {
        let line = item.required("line_item_id")?.id()?;
        state::add_pieces(&mut lines, line, item.required("quantity")?.quantity()?);
    }
    let currency = match currency {
        Some(code) => code.to_owned(),
        None => own_currency(field)?,
    };
    let mut movements = Vec::new();
    for transaction in field.required("transactions")?.items()? {
        movements.push(movement(&transaction, &currency)?);
    }
    Ok(Refund {
        id: field.required("id")?.id()?,
        created_at: field.required("created_at")?.time()?,
        state: state::refund(lines, &movements, is_of_shipping(field)?),
    })
}

fn movement(transaction: &Field<'_>, currency: &str) -> Result<Movement, ParseError> {
    let own = transaction.optional("currency")?;
    let own = own.map(|code| fields::currency(&code)).transpose()?;
    let currency = own.as_deref().unwrap_or(currency);
    Ok(Movement {
        kind: transaction.required("kind")?.text()?.to_ascii_lowercase(),
        status: transaction.required("status")?.text()?.to_ascii_lowercase(),
        amount_minor: transaction.required("amount")?.decimal_amount(currency)?,
    })
}

/// Reads the currency from the sums that every refund carries, for transactions that name none.
fn own_currency(refund: &Field<'_>) -> Result<String, ParseError> {
    // ISO 4217 calls "no currency" XXX.
    let unknown = || Ok("XXX".to_owned());
    let Some(duties) = refund.optional("total_duties_set")? else {
        return unknown();
    };
    let Some(money) = duties.optional("presentment_money")? else {
        return unknown();
    };
    money
        .optional("currency_code")?
        .map_or_else(unknown, |code| fields::currency(&code))
}

/// Tells whether shipping is given back and nothing else is, as far as the refund accounts for its money.
fn is_of_shipping(refund: &Field<'_>) -> Result<bool, ParseError> {
    let mut is_shipping = match refund.optional("refund_shipping_lines")? {
        None => false,
        Some(lines) => lines.items()?.next().is_some(),
    };
    if let Some(adjustments) = refund.optional("order_adjustments")? {
        for adjustment in adjustments.items()? {
            if adjustment.required("kind")?.text()? != "shipping_refund" {
                return Ok(false);
            }
            is_shipping = true;
        }
    }
    Ok(is_shipping)
}
