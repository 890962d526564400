//! An order as WooCommerce writes it, in webhooks and in its API alike.

use std::collections::BTreeSet;

use domain::order::{OrderFact, OrderLine, OrderState, OrderStatus, Saying, StoreItem, Versioned};
use domain::viewer::is_nobody;
use domain::{ExternalId, Timestamp};

use super::entities::decode_special;
use crate::fields;
use crate::json::{Field, ParseError};
use crate::money::{cut_to_currency, minor_units};

/// The fields that are read, and asked for where the API lets us choose: nothing else about people is fetched.
pub(super) const FIELDS: &str = "id,number,status,currency,total,customer_id,billing,date_modified_gmt,date_paid_gmt,\
                                 date_completed_gmt,line_items,refunds,meta_data";

/// What ISO 4217 calls "no currency".
const NO_CURRENCY: &str = "XXX";

/// How far a store's clock may be ahead of ours.
const TOLERANCE_SECONDS: i64 = 300;

/// How a state came to us, and when.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    /// In a webhook that first arrived then.
    InWebhook(Timestamp),
    /// In an answer to a request that started then.
    Fetched(Timestamp),
}

impl Seen {
    /// Returns the version of what changed at `changed_at` by the store's clock (RULES §1.1). A change that lies ahead of
    /// us is a wrong clock: as a version it would hide every later change until that day, so it counts as made just now.
    pub(super) fn version(self, changed_at: Option<Timestamp>) -> Timestamp {
        let changed = |seen_at: Timestamp| {
            changed_at.map_or(seen_at, |at| {
                at.min(seen_at.plus_seconds(TOLERANCE_SECONDS))
            })
        };
        match self {
            Self::InWebhook(received_at) => changed(received_at),
            Self::Fetched(started_at) => changed(started_at).max(started_at),
        }
    }
}

/// Reads an order's state.
pub(super) fn state(order: &Field<'_>, seen: Seen) -> Result<OrderFact, ParseError> {
    let version = seen.version(time(order, "date_modified_gmt")?);
    let (status, paid_at) = standing(order)?;
    let currency = currency(order)?;
    let state = OrderState {
        status,
        is_test: is_test(order),
        paid_at,
        email: email(order)?,
        external_customer: id_at(order, "customer_id")?.filter(|id| !is_nobody(id)),
        captured_minor: captured(order, status, paid_at, &currency)?,
        currency,
        lines: lines(&order.required("line_items")?)?,
        complete_refunds: refund_ids(order)?,
        number: fields::order_number(order, "number")?,
    };
    fact(order, version, state)
}

/// Says that an order is no longer there, of which only the id is left.
pub(super) fn gone(order: &Field<'_>, at: Timestamp) -> Result<OrderFact, ParseError> {
    let state = OrderState {
        status: OrderStatus::Deleted,
        is_test: false,
        paid_at: None,
        email: None,
        external_customer: None,
        currency: NO_CURRENCY.to_owned(),
        captured_minor: 0,
        lines: Vec::new(),
        complete_refunds: None,
        number: None,
    };
    fact(order, at, state)
}

fn fact(order: &Field<'_>, version: Timestamp, state: OrderState) -> Result<OrderFact, ParseError> {
    Ok(OrderFact {
        order: id(order)?,
        saying: Saying::Order(Versioned::new(version, state)),
    })
}

/// Reads where the order stands, and when it was paid. `processing` alone does not mean paid: it is what cash on delivery
/// begins with, and only `date_paid` tells them apart. Cash that came with the delivery is known by the completion.
/// `date_paid` alone does not mean paid either: failed and cancelled orders keep it.
fn standing(order: &Field<'_>) -> Result<(OrderStatus, Option<Timestamp>), ParseError> {
    let paid_at = time(order, "date_paid_gmt")?;
    let status = match order.required("status")?.text()? {
        "processing" => match paid_at {
            Some(_) => OrderStatus::Paid,
            None => OrderStatus::OnHold,
        },
        "completed" => match paid_at.or(time(order, "date_completed_gmt")?) {
            Some(at) => return Ok((OrderStatus::Paid, Some(at))),
            // Imported by hand, without any time: nothing proves a payment.
            None => OrderStatus::OnHold,
        },
        "pending" => OrderStatus::Pending,
        "failed" => OrderStatus::Failed,
        "cancelled" | "trash" => OrderStatus::Cancelled,
        "refunded" => OrderStatus::Refunded,
        "checkout-draft" | "auto-draft" | "draft" | "new" => OrderStatus::Draft,
        // `on-hold`, and the statuses of plugins: "shipped" and "chargeback" look alike to us, so none of them grants.
        _ => OrderStatus::OnHold,
    };
    Ok((status, paid_at))
}

/// Returns the money taken before any refund: WooCommerce's total does not shrink when some is given back.
fn captured(
    order: &Field<'_>,
    status: OrderStatus,
    paid_at: Option<Timestamp>,
    currency: &str,
) -> Result<i64, ParseError> {
    let was_taken = match status {
        OrderStatus::Paid => true,
        OrderStatus::Refunded | OrderStatus::Cancelled => paid_at.is_some(),
        OrderStatus::Draft
        | OrderStatus::Pending
        | OrderStatus::Authorised
        | OrderStatus::OnHold
        | OrderStatus::PartiallyPaid
        | OrderStatus::Failed
        | OrderStatus::Deleted => false,
    };
    if was_taken {
        // A discount of a plugin's can make a total negative.
        return Ok(money(&order.required("total")?, currency)?.max(0));
    }
    Ok(0)
}

/// Reads an amount. A shop may be set to show more places than its currency has; nobody can pay those, so they are cut off.
pub(super) fn money(field: &Field<'_>, currency: &str) -> Result<i64, ParseError> {
    let decimal = field.decimal()?;
    minor_units(cut_to_currency(&decimal, currency), currency)
        .ok_or_else(|| field.wrong("must be a decimal amount of money"))
}

/// Reads the currency. Plugins add points and tokens, which nobody should be refused for.
pub(super) fn currency(order: &Field<'_>) -> Result<String, ParseError> {
    let code = order.required("currency")?.text()?;
    let is_code = code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic());
    Ok(if is_code {
        code.to_ascii_uppercase()
    } else {
        NO_CURRENCY.to_owned()
    })
}

/// Reads the address that was typed at the till. One that is none is passed over: the order then belongs to the customer's
/// account, or to nobody yet.
fn email(order: &Field<'_>) -> Result<Option<domain::EmailAddress>, ParseError> {
    let Some(billing) = order.optional("billing")? else {
        return Ok(None);
    };
    fields::email(billing.optional("email")?)
}

/// Tells whether WooPayments took the order in its test mode. WooCommerce itself and the other gateways do not tell.
fn is_test(order: &Field<'_>) -> bool {
    meta(order, "_wcpay_mode").as_deref() == Some("test")
}

/// Returns a value that a plugin keeps beside an order or a line, when it is a text or a number. What else plugins keep
/// there, in whatever form, must not make the order unreadable.
pub(super) fn meta(of: &Field<'_>, key: &str) -> Option<String> {
    let entries = of.optional("meta_data").ok()??;
    for entry in entries.items().ok()? {
        let name = entry.optional("key").ok()??;
        if name.text() == Ok(key) {
            return entry.optional("value").ok()??.decimal().ok();
        }
    }
    None
}

fn lines(field: &Field<'_>) -> Result<Vec<OrderLine>, ParseError> {
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for item in field.items()? {
        let line = line(&item)?;
        if !ids.insert(line.external_id.clone()) {
            return Err(item.wrong_at("id", "is the id of another line too"));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn line(item: &Field<'_>) -> Result<OrderLine, ParseError> {
    let name = item.optional("name")?;
    Ok(OrderLine {
        external_id: id(item)?,
        item: StoreItem {
            product: id_at(item, "product_id")?,
            variant: id_at(item, "variation_id")?,
            sku: sku(item)?,
        },
        title: name.map_or(Ok(String::new()), |name| title(&name))?,
        quantity: whole_pieces(&item.required("quantity")?)?,
        returned_quantity: 0,
        period_end: None,
    })
}

/// Reads how many were bought. Plugins sell parts of a piece; only whole ones count (RULES §2.4 asks for one that is left),
/// and less than none is none.
fn whole_pieces(field: &Field<'_>) -> Result<u32, ParseError> {
    let decimal = field.decimal()?;
    if decimal.starts_with('-') {
        return Ok(0);
    }
    let whole = decimal.split('.').next().unwrap_or_default();
    whole
        .parse()
        .map_err(|_| field.wrong("must be a number of pieces"))
}

/// Reads a name for people: WordPress keeps some characters as entities.
pub(super) fn title(field: &Field<'_>) -> Result<String, ParseError> {
    Ok(fields::title(&decode_special(field.text()?)))
}

/// Lists the order's refunds. Only their ids count here: a summary, `{"id":36,"total":"-129.00"}`, does not tell whether it
/// gives back lines, and taken for a refund of an amount it would end other lines in shops that are set to revoke on those.
/// What is refunded in full has the status `refunded` anyway.
fn refund_ids(order: &Field<'_>) -> Result<Option<BTreeSet<ExternalId>>, ParseError> {
    let Some(refunds) = order.optional("refunds")? else {
        return Ok(None);
    };
    let ids = refunds.items()?.map(|refund| id(&refund));
    Ok(Some(ids.collect::<Result<_, _>>()?))
}

/// Reads an object's own id, which is a number above 0.
pub(super) fn id(of: &Field<'_>) -> Result<ExternalId, ParseError> {
    id_at(of, "id")?.ok_or_else(|| of.wrong_at("id", "is missing"))
}

/// Reads an id; 0 and an empty text stand for none.
pub(super) fn id_at(of: &Field<'_>, name: &'static str) -> Result<Option<ExternalId>, ParseError> {
    let field = of.optional(name)?.filter(|field| !field.is_no_id());
    field.map(|field| field.id()).transpose()
}

/// Reads a SKU. Unlike the ids, "0" is one like any other.
pub(super) fn sku(item: &Field<'_>) -> Result<Option<ExternalId>, ParseError> {
    let sku = item.optional("sku")?;
    Ok(sku.and_then(|sku| sku.id().ok()))
}

/// Reads a time. WooCommerce writes those that end in `_gmt` without a zone; they are UTC.
pub(super) fn time(of: &Field<'_>, name: &'static str) -> Result<Option<Timestamp>, ParseError> {
    let Some(field) = of.optional(name)? else {
        return Ok(None);
    };
    let text = field.text()?;
    // WordPress keeps "no time" as a date of zeros, which comes out as the year -1.
    if text.is_empty() || text.starts_with('-') || text.starts_with("0000") {
        return Ok(None);
    }
    let in_utc = format!("{text}Z").parse().or_else(|_| text.parse());
    in_utc
        .map(Some)
        .map_err(|_| field.wrong("must be a time such as 2026-11-22T10:30:00"))
}
