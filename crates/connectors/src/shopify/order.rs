//! Orders as webhooks tell them.

use std::collections::BTreeSet;

use domain::order::{
    OrderFact, OrderLine, OrderState, OrderStatus, RefundState, Saying, StoreItem, Versioned,
};
use domain::{ExternalId, Timestamp};

use super::Envelope;
use super::refund::{self, Refund};
use super::state;
use crate::fields;
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};

/// Reads an order's present state, with all its refunds.
pub(super) fn present(body: &Field<'_>, envelope: &Envelope) -> Result<Reading, ParseError> {
    let order = body.required("id")?.id()?;
    let changed_at = body.required("updated_at")?.time()?;
    let (currency, total_minor) = total(body)?;
    let refunds = refunds(body, &currency)?;
    let state = OrderState {
        is_test: flag(body, "test")? || envelope.is_test,
        complete_refunds: refunds.as_ref().map(|refunds| ids(refunds)),
        ..order_state(
            body,
            currency,
            total_minor,
            refunds.as_deref().unwrap_or_default(),
        )?
    };
    let order_saying = Saying::Order(Versioned::new(changed_at, state));
    let refund_sayings = refunds.into_iter().flatten().map(|refund| {
        let at = refund.created_at.max(changed_at);
        Saying::Refund(refund.id, Versioned::new(at, refund.state))
    });
    let facts = std::iter::once(order_saying)
        .chain(refund_sayings)
        .map(|saying| OrderFact {
            order: order.clone(),
            saying,
        })
        .collect();
    Ok(Reading::of_facts(facts).and_look_up(Subject::Order(order)))
}

/// Reads the end of an order. Only its id is told, and an API that no longer has the order has nothing to add.
pub(super) fn deleted(body: &Field<'_>, envelope: &Envelope) -> Result<Reading, ParseError> {
    // The topic is not signed: no recording of an order may pass for its end.
    if body.optional("line_items")?.is_some() || body.optional("order_id")?.is_some() {
        return Err(body.wrong("tells more than a deleted order's id"));
    }
    let state = OrderState {
        status: OrderStatus::Deleted,
        is_test: envelope.is_test,
        paid_at: None,
        email: None,
        external_customer: None,
        // ISO 4217 calls "no currency" XXX.
        currency: "XXX".to_owned(),
        captured_minor: 0,
        lines: Vec::new(),
        complete_refunds: None,
        number: None,
    };
    Ok(Reading::of_facts(vec![OrderFact {
        order: body.required("id")?.id()?,
        saying: Saying::Order(Versioned::new(envelope.triggered_at, state)),
    }]))
}

/// Reads which order was edited: the lines that changed are named without what they are.
pub(super) fn edited(body: &Field<'_>, _: &Envelope) -> Result<Reading, ParseError> {
    let order = body.required("order_edit")?.required("order_id")?.id()?;
    Ok(Reading::of_hint(Subject::Order(order)))
}

fn order_state(
    body: &Field<'_>,
    currency: String,
    total_minor: i64,
    refunds: &[Refund],
) -> Result<OrderState, ParseError> {
    let financial = body.optional("financial_status")?;
    let financial = financial.map(|field| field.text()).transpose()?;
    let is_cancelled = body.optional("cancelled_at")?.is_some();
    Ok(OrderState {
        status: state::order_status(financial, is_cancelled),
        is_test: false,
        paid_at: paid_at(body, financial)?,
        email: email(body)?,
        external_customer: match body.optional("customer")? {
            None => None,
            Some(customer) => fields::optional_id(&customer, "id")?,
        },
        captured_minor: captured(body, financial, &currency, total_minor)?,
        currency,
        lines: lines(body, refunds)?,
        complete_refunds: None,
        number: fields::order_number(body, "name")?,
    })
}

/// Returns the currency that the customer paid in and the order's total in it, before any refund. The transactions of
/// refunds are in that currency too, whereas the shop's own may have been exchanged at another rate meanwhile.
fn total(body: &Field<'_>) -> Result<(String, i64), ParseError> {
    if let Some(set) = body.optional("total_price_set")? {
        let money = set.required("presentment_money")?;
        let currency = fields::currency(&money.required("currency_code")?)?;
        let amount = money.required("amount")?.decimal_amount(&currency)?;
        return Ok((currency, amount));
    }
    let currency = fields::currency(&body.required("currency")?)?;
    let amount = body.required("total_price")?.decimal_amount(&currency)?;
    Ok((currency, amount))
}

/// Returns the money captured before any refund, as far as an order without its transactions tells.
fn captured(
    body: &Field<'_>,
    financial: Option<&str>,
    currency: &str,
    total_minor: i64,
) -> Result<i64, ParseError> {
    if state::was_paid(financial) {
        return Ok(total_minor);
    }
    let is_in_shop_currency = match body.optional("currency")? {
        None => false,
        Some(code) => fields::currency(&code)? == currency,
    };
    match (financial, body.optional("total_outstanding")?) {
        (Some("partially_paid"), Some(outstanding)) if is_in_shop_currency => {
            let outstanding = outstanding.decimal_amount(currency)?;
            Ok(total_minor.saturating_sub(outstanding).max(0))
        }
        _ => Ok(0),
    }
}

fn paid_at(body: &Field<'_>, financial: Option<&str>) -> Result<Option<Timestamp>, ParseError> {
    if !state::was_paid(financial) {
        return Ok(None);
    }
    let time = body.optional("processed_at")?;
    time.map(|time| time.time()).transpose()
}

fn email(body: &Field<'_>) -> Result<Option<domain::EmailAddress>, ParseError> {
    match fields::email(body.optional("email")?)? {
        Some(email) => Ok(Some(email)),
        None => fields::email(body.optional("contact_email")?),
    }
}

/// Reads the refunds, which an order lists completely.
fn refunds(body: &Field<'_>, currency: &str) -> Result<Option<Vec<Refund>>, ParseError> {
    let Some(field) = body.optional("refunds")? else {
        return Ok(None);
    };
    let mut refunds: Vec<Refund> = Vec::new();
    for item in field.items()? {
        let refund = refund::refund(&item, Some(currency))?;
        if refunds.iter().any(|known| known.id == refund.id) {
            return Err(item.wrong_at("id", "is the id of another refund too"));
        }
        refunds.push(refund);
    }
    Ok(Some(refunds))
}

fn ids(refunds: &[Refund]) -> BTreeSet<ExternalId> {
    refunds.iter().map(|refund| refund.id.clone()).collect()
}

fn lines(body: &Field<'_>, refunds: &[Refund]) -> Result<Vec<OrderLine>, ParseError> {
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for item in body.required("line_items")?.items()? {
        let line = line(&item, refunds.iter().map(|refund| &refund.state))?;
        if !ids.insert(line.external_id.clone()) {
            return Err(item.wrong_at("id", "is the id of another line too"));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn line<'a>(
    field: &Field<'_>,
    refunds: impl IntoIterator<Item = &'a RefundState>,
) -> Result<OrderLine, ParseError> {
    let id = field.required("id")?.id()?;
    let quantity = field.required("quantity")?.quantity()?;
    let current = field.optional("current_quantity")?;
    let current = current.map_or(Ok(quantity), |field| field.quantity())?;
    let name = match field.optional("name")? {
        Some(name) => Some(name),
        None => field.optional("title")?,
    };
    Ok(OrderLine {
        item: StoreItem {
            product: fields::optional_id(field, "product_id")?,
            variant: fields::optional_id(field, "variant_id")?,
            sku: state::sku(field)?,
        },
        title: state::title(name)?,
        quantity,
        returned_quantity: quantity
            .saturating_sub(current)
            .saturating_sub(state::pieces_not_given_back(&id, refunds)),
        period_end: None,
        external_id: id,
    })
}

fn flag(object: &Field<'_>, name: &'static str) -> Result<bool, ParseError> {
    object
        .optional(name)?
        .map_or(Ok(false), |field| field.boolean())
}
