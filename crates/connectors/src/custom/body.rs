//! The body of a custom shop's webhook: an order's present state, as `docs/custom-store.md` describes it.

use std::collections::{BTreeMap, BTreeSet};

use domain::order::{
    DisputeState, DisputeStatus, OrderFact, OrderLine, OrderState, OrderStatus, RefundState,
    RefundStatus, Saying, StoreItem, Versioned,
};
use domain::{EmailAddress, ExternalId, Timestamp};

use crate::fields::{currency, optional_id, order_number};
use crate::json::{Field, Json, ParseError};
use crate::standard_webhooks::TOLERANCE_SECONDS;

#[derive(Clone, Copy, Eq, PartialEq)]
enum Event {
    Updated,
    Deleted,
}

/// Reads the facts: the order's state, then its refunds, then its disputes, all of the same moment. An event that is not
/// about orders gives none.
pub(super) fn parse(
    body: &[u8],
    first_received_at: Timestamp,
) -> Result<Vec<OrderFact>, ParseError> {
    let json = Json::parse(body)?;
    let root = json.root();
    let event = match event_type(&root)? {
        "order.updated" => Event::Updated,
        "order.deleted" => Event::Deleted,
        _ => return Ok(Vec::new()),
    };
    let latest = first_received_at.plus_seconds(TOLERANCE_SECONDS);
    let changed_at = past(&root.required("timestamp")?, latest)?;
    let data = root.required("data")?;
    let order = data.required("id")?.id()?;
    let refunds = refunds(&data)?;
    let disputes = disputes(&data)?;
    let complete_refunds = refunds.as_ref().map(|list| list.keys().cloned().collect());
    let state = order_state(&data, event, complete_refunds, latest)?;

    let order_saying = Saying::Order(Versioned::new(changed_at, state));
    let refund_sayings = refunds.into_iter().flatten().map(|(id, refund)| {
        let refund = Versioned::new(changed_at, refund);
        Saying::Refund(id, refund)
    });
    let dispute_sayings = disputes.into_iter().map(|(id, dispute)| {
        let dispute = Versioned::new(changed_at, dispute);
        Saying::Dispute(id, dispute)
    });
    let sayings = std::iter::once(order_saying)
        .chain(refund_sayings)
        .chain(dispute_sayings);
    Ok(sayings
        .map(|saying| OrderFact {
            order: order.clone(),
            saying,
        })
        .collect())
}

fn event_type<'a>(root: &'a Field<'_>) -> Result<&'a str, ParseError> {
    if let Some(event) = root.optional("type")? {
        return event.text();
    }
    // A shop that fails while it writes the body may sign and send its own error page.
    if root.optional("code")?.is_some() || root.optional("error")?.is_some() {
        return Err(ParseError::ErrorObject);
    }
    Err(root.wrong_at("type", "is missing"))
}

fn order_state(
    data: &Field<'_>,
    event: Event,
    complete_refunds: Option<BTreeSet<ExternalId>>,
    latest: Timestamp,
) -> Result<OrderState, ParseError> {
    // A deleted order has little left to say: only its id is asked for.
    let is_deleted = event == Event::Deleted;
    let known = |name| match data.optional(name)? {
        None if !is_deleted => Err(data.wrong_at(name, "is missing")),
        field => Ok(field),
    };
    let status = match event {
        Event::Deleted => OrderStatus::Deleted,
        Event::Updated => status(&data.required("status")?)?,
    };
    let paid_at = data.optional("paid_at")?;
    let paid_at = paid_at.map(|at| past(&at, latest)).transpose()?;
    if status == OrderStatus::Paid && paid_at.is_none() {
        return Err(data.wrong_at("paid_at", "is missing, and the order is paid"));
    }
    let (external_customer, email) = customer(data)?;
    Ok(OrderState {
        status,
        is_test: flag(data, "test")?,
        paid_at,
        email,
        external_customer,
        // ISO 4217 calls "no currency" XXX.
        currency: known("currency")?
            .map_or_else(|| Ok("XXX".to_owned()), |field| currency(&field))?,
        captured_minor: known("captured")?.map_or(Ok(0), |field| field.amount())?,
        lines: known("lines")?.map_or_else(|| Ok(Vec::new()), |field| lines(&field))?,
        complete_refunds,
        // Most shops number their orders by their ids.
        number: order_number(data, "number")?.or(order_number(data, "id")?),
    })
}

fn status(field: &Field<'_>) -> Result<OrderStatus, ParseError> {
    Ok(match field.text()? {
        "draft" => OrderStatus::Draft,
        "pending" => OrderStatus::Pending,
        "authorised" => OrderStatus::Authorised,
        "on_hold" => OrderStatus::OnHold,
        "partially_paid" => OrderStatus::PartiallyPaid,
        "failed" => OrderStatus::Failed,
        "paid" => OrderStatus::Paid,
        "refunded" => OrderStatus::Refunded,
        "cancelled" => OrderStatus::Cancelled,
        _ => {
            return Err(field.wrong(
                "must be draft, pending, authorised, on_hold, partially_paid, failed, paid, refunded or cancelled",
            ));
        }
    })
}

/// Reads who bought. An address that is none is passed over: the order then belongs to its customer id, or to nobody yet,
/// and nobody is refused for a slip at the till.
fn customer(data: &Field<'_>) -> Result<(Option<ExternalId>, Option<EmailAddress>), ParseError> {
    let Some(customer) = data.optional("customer")? else {
        return Ok((None, None));
    };
    let id = optional_id(&customer, "id")?;
    let email = customer.optional("email")?;
    let email = email.map(|field| field.text()).transpose()?;
    Ok((id, email.and_then(|text| text.parse().ok())))
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

fn line(field: &Field<'_>) -> Result<OrderLine, ParseError> {
    let returned = field.optional("returned_quantity")?;
    let period_end = field.optional("period_end")?;
    let sku = field.optional("sku")?;
    // Unlike the ids, "0" is a SKU like any other.
    let sku = sku.filter(|sku| !matches!(sku.text(), Ok("")));
    Ok(OrderLine {
        external_id: field.required("id")?.id()?,
        item: StoreItem {
            product: optional_id(field, "product_id")?,
            variant: optional_id(field, "variant_id")?,
            sku: sku.map(|sku| sku.id()).transpose()?,
        },
        title: title(&field.required("title")?)?,
        quantity: field.required("quantity")?.quantity()?,
        returned_quantity: returned.map_or(Ok(0), |field| field.quantity())?,
        period_end: period_end.map(|field| field.time()).transpose()?,
    })
}

fn title(field: &Field<'_>) -> Result<String, ParseError> {
    let title = field.text()?;
    // PostgreSQL keeps no U+0000.
    if title.len() > 1_000 || title.contains('\0') {
        return Err(field.wrong("must have at most 1,000 bytes and no U+0000"));
    }
    // People read it in terminals too, which must not obey it.
    Ok(title.replace(char::is_control, " "))
}

/// Reads the order's refunds; `None` when the shop does not tell.
fn refunds(data: &Field<'_>) -> Result<Option<BTreeMap<ExternalId, RefundState>>, ParseError> {
    let Some(field) = data.optional("refunds")? else {
        return Ok(None);
    };
    let mut refunds = BTreeMap::new();
    for item in field.items()? {
        if refunds
            .insert(item.required("id")?.id()?, refund(&item)?)
            .is_some()
        {
            return Err(item.wrong_at("id", "is the id of another refund too"));
        }
    }
    Ok(Some(refunds))
}

fn refund(field: &Field<'_>) -> Result<RefundState, ParseError> {
    let status = field.required("status")?;
    let status = match status.text()? {
        "pending" => RefundStatus::Pending,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        _ => return Err(status.wrong("must be pending, succeeded or failed")),
    };
    let mut lines: BTreeMap<_, u32> = BTreeMap::new();
    if let Some(field) = field.optional("lines")? {
        for item in field.items()? {
            let quantity = item.required("quantity")?;
            let pieces = quantity.quantity()?;
            // A line without a piece would make a refund of an amount look like one of lines.
            if pieces == 0 {
                return Err(quantity.wrong("must be at least 1"));
            }
            let total = lines.entry(item.required("line_id")?.id()?).or_default();
            *total = total.saturating_add(pieces);
        }
    }
    Ok(RefundState {
        status,
        amount_minor: field.required("amount")?.amount()?,
        is_shipping: flag(field, "shipping")?,
        lines,
    })
}

fn disputes(data: &Field<'_>) -> Result<BTreeMap<ExternalId, DisputeState>, ParseError> {
    let mut disputes = BTreeMap::new();
    let Some(field) = data.optional("disputes")? else {
        return Ok(disputes);
    };
    for item in field.items()? {
        let status = item.required("status")?;
        let status = match status.text()? {
            "inquiry" => DisputeStatus::Inquiry,
            "open" => DisputeStatus::Open,
            "won" => DisputeStatus::Won,
            "lost" => DisputeStatus::Lost,
            _ => return Err(status.wrong("must be inquiry, open, won or lost")),
        };
        let id = item.required("id")?.id()?;
        if disputes.insert(id, DisputeState { status }).is_some() {
            return Err(item.wrong_at("id", "is the id of another dispute too"));
        }
    }
    Ok(disputes)
}

fn flag(object: &Field<'_>, name: &'static str) -> Result<bool, ParseError> {
    object
        .optional(name)?
        .map_or(Ok(false), |field| field.boolean())
}

/// Reads a time that has been. One that lies ahead of us is a wrong clock or time zone: as an order's version it would
/// hide every later change until that day.
fn past(field: &Field<'_>, latest: Timestamp) -> Result<Timestamp, ParseError> {
    let time = field.time()?;
    if time > latest {
        return Err(field.wrong("lies in the future: is the clock or the time zone wrong?"));
    }
    Ok(time)
}
