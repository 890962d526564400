//! Invoices: one is an order, whether a subscription's, one that a person wrote, or one that a checkout made of its payment.
//!
//! Webhooks come in the shape of the API version that their endpoint has, so both the shape of 2020 and that of 2025 ("Basil",
//! which moved a line's price and its subscription to `pricing` and `parent`) are read.

use std::collections::BTreeSet;

use domain::order::{OrderLine, OrderState, OrderStatus};
use domain::{ExternalId, Timestamp};

use super::object::{email, is_test, item, reference, text, time, title};
use crate::fields::{currency, order_number};
use crate::json::{Field, ParseError};

/// An invoice as it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Invoice {
    pub(super) id: ExternalId,
    pub(super) state: OrderState,
    /// The last change that it tells of.
    pub(super) changed_at: Option<Timestamp>,
    /// Whether it has more lines than it shows: it shows ten at most.
    pub(super) has_more_lines: bool,
}

/// Reads an invoice. Its refunds are not part of it.
pub(super) fn invoice(object: &Field<'_>) -> Result<Invoice, ParseError> {
    let paid = object.optional("amount_paid")?;
    let captured_minor = paid.map_or(Ok(0), |field| field.amount())?;
    let status = status(object, captured_minor)?;
    let (paid_at, changed_at) = times(object)?;
    let created_at = time(object, "created")?;
    let (lines, has_more_lines) = lines(object)?;
    Ok(Invoice {
        id: object.required("id")?.id()?,
        state: OrderState {
            status,
            is_test: is_test(object)?,
            paid_at: match status {
                OrderStatus::Paid => paid_at.or(changed_at).or(created_at),
                _ => paid_at,
            },
            email: email(object, "customer_email")?,
            external_customer: reference(object, "customer")?,
            currency: currency(&object.required("currency")?)?,
            captured_minor,
            lines,
            complete_refunds: None,
            number: order_number(object, "number")?,
        },
        changed_at,
        has_more_lines,
    })
}

fn status(object: &Field<'_>, captured_minor: i64) -> Result<OrderStatus, ParseError> {
    Ok(match text(object, "status")?.as_deref() {
        Some("draft") => OrderStatus::Draft,
        Some("open") if captured_minor > 0 => OrderStatus::PartiallyPaid,
        Some("open") => OrderStatus::Pending,
        Some("paid") => OrderStatus::Paid,
        // Given up, and may still be paid.
        Some("uncollectible") => OrderStatus::Failed,
        Some("void") => OrderStatus::Cancelled,
        Some("deleted") => OrderStatus::Deleted,
        // What we do not know grants nothing.
        _ => OrderStatus::OnHold,
    })
}

/// Returns when it was paid, and when anything last happened to it.
fn times(object: &Field<'_>) -> Result<(Option<Timestamp>, Option<Timestamp>), ParseError> {
    let Some(times) = object.optional("status_transitions")? else {
        return Ok((None, None));
    };
    let paid_at = time(&times, "paid_at")?;
    let others = ["finalized_at", "marked_uncollectible_at", "voided_at"];
    let mut changed_at = paid_at;
    for name in others {
        changed_at = changed_at.max(time(&times, name)?);
    }
    Ok((paid_at, changed_at))
}

fn lines(object: &Field<'_>) -> Result<(Vec<OrderLine>, bool), ParseError> {
    let list = object.required("lines")?;
    let has_more = list.optional("has_more")?;
    let has_more = has_more.map_or(Ok(false), |field| field.boolean())?;
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for field in list.required("data")?.items()? {
        let Some(line) = line(&field)? else {
            continue;
        };
        if !ids.insert(line.external_id.clone()) {
            return Err(field.wrong_at("id", "is the id of another line too"));
        }
        lines.push(line);
    }
    Ok((lines, has_more))
}

/// Reads a line; `None` when it is a credit, such as the unused time of a plan that was left: it buys nothing.
pub(super) fn line(object: &Field<'_>) -> Result<Option<OrderLine>, ParseError> {
    if object.required("amount")?.signed_amount()? < 0 {
        return Ok(None);
    }
    let quantity = object.optional("quantity")?;
    Ok(Some(OrderLine {
        external_id: object.required("id")?.id()?,
        item: item(object)?,
        title: title(object)?,
        quantity: quantity.map_or(Ok(1), |field| field.quantity())?,
        returned_quantity: 0,
        period_end: period_end(object)?,
    }))
}

/// Returns the end of the period that a subscription's line pays for. Every line has a period; that of one bought once, also
/// beside a subscription, is a moment and means nothing.
fn period_end(object: &Field<'_>) -> Result<Option<Timestamp>, ParseError> {
    if !is_periodic(object)? {
        return Ok(None);
    }
    let end = object.required("period")?.required("end")?.unix_time()?;
    Ok(Some(end))
}

/// Tells whether a line is a subscription's: of a whole period or, after a change of plan, of what is left of it.
fn is_periodic(object: &Field<'_>) -> Result<bool, ParseError> {
    let flag = |object: &Field<'_>| {
        let proration = object.optional("proration")?;
        proration.map_or(Ok(false), |field| field.boolean())
    };
    if let Some(parent) = object.optional("parent")? {
        if parent.optional("subscription_item_details")?.is_some() {
            return Ok(true);
        }
        let item = parent.optional("invoice_item_details")?;
        return item.map_or(Ok(false), |item| flag(&item));
    }
    Ok(text(object, "type")?.as_deref() == Some("subscription") || flag(object)?)
}
