//! An event: what happened to which object, and the object as it was then.
//!
//! What is an order: an invoice, by its id (`in_…`); else a checkout's payment (`pi_…`); else, when nothing was to be paid, the
//! checkout session itself (`cs_…`).
//!
//! Only invoices come with their lines, so only they are stated as orders; everything else about a purchase is a hint. Refunds
//! and disputes name a payment. Whether an invoice was paid with it, only the API tells, except in the shape of before 2025
//! when `charge.invoice` does. So they are stated of the order that has the payment's id *and* looked up: when there is such an
//! order, access ends at once, though the API may not answer; when there is none, what is said of it touches nobody, and the
//! looked-up state of the invoice has the same refund once, by its own id.

use domain::order::{OrderFact, RefundStatus, Saying, Versioned};
use domain::{ExternalId, Timestamp};

use super::checkout::{self, Purchase};
use super::invoice::invoice;
use super::money_back::{self, Refund};
use super::object::{is_test, reference};
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};

/// The events that an endpoint should send us; at most 20, which is what a listing of events can be asked for.
pub(super) const TYPES: [&str; 18] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "invoice.paid",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

/// Reads an event. `latest` is the greatest time that it can be from: one that lies ahead, as in simulations with a test clock,
/// would hide every later change until that day.
pub(super) fn read(event: &Field<'_>, latest: Timestamp) -> Result<Reading, ParseError> {
    let kind = kind(event)?;
    // An event of an account that is connected to this one, about its own sales.
    if event.optional("account")?.is_some() {
        return Ok(Reading::default());
    }
    let happened = || -> Result<Timestamp, ParseError> {
        Ok(event.required("created")?.unix_time()?.min(latest))
    };
    match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed" => about(event, of_checkout),
        "payment_intent.succeeded" | "payment_intent.canceled" => about(event, of_payment),
        "charge.succeeded" | "charge.captured" | "charge.expired" => about(event, of_charge),
        "charge.refunded" => about(event, |charge| of_refunded_charge(charge, happened()?)),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            about(event, |refund| of_refund(refund, kind, happened()?))
        }
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => {
            about(event, |dispute| of_dispute(dispute, happened()?))
        }
        "invoice_payment.paid" => about(event, |payment| {
            let invoice = reference(payment, "invoice")?;
            Ok(hint(invoice.map(Subject::Order)))
        }),
        "invoice.finalized"
        | "invoice.updated"
        | "invoice.paid"
        | "invoice.payment_succeeded"
        | "invoice.payment_failed"
        | "invoice.overpaid"
        | "invoice.voided"
        | "invoice.marked_uncollectible" => about(event, |object| {
            let id = object.required("id")?.id()?;
            let reading = of_invoice(event, object, happened()?)?;
            Ok(reading.and_look_up(Subject::Order(id)))
        }),
        // It cannot be looked up any more.
        "invoice.deleted" => about(event, |object| of_invoice(event, object, happened()?)),
        // Among them those about subscriptions: what was paid for stays until its period ends (RULES §3.4). Fraud warnings are
        // no disputes yet. Expired checkouts and drafts of invoices were never orders.
        _ => Ok(Reading::default()),
    }
}

/// Reads the object that the event is about.
fn about(
    event: &Field<'_>,
    read: impl FnOnce(&Field<'_>) -> Result<Reading, ParseError>,
) -> Result<Reading, ParseError> {
    let data = event.required("data")?;
    read(&data.required("object")?)
}

/// Returns what an event that cannot be read is about, as far as the id of its object tells.
pub(super) fn hint_by_id(event: &Field<'_>) -> Reading {
    let object_id = || {
        let data = event.required("data").ok()?;
        data.required("object").ok()?.required("id").ok()?.id().ok()
    };
    hint(
        object_id().and_then(|id| match id.as_str().split('_').next() {
            Some("in" | "cs") => Some(Subject::Order(id)),
            Some("pi" | "ch" | "py") => Some(Subject::Payment(id)),
            _ => None,
        }),
    )
}

fn kind<'a>(event: &'a Field<'_>) -> Result<&'a str, ParseError> {
    if let Some(kind) = event.optional("type")? {
        return kind.text();
    }
    if event.optional("error")?.is_some() {
        return Err(ParseError::ErrorObject);
    }
    Err(event.wrong_at("type", "is missing"))
}

fn of_checkout(session: &Field<'_>) -> Result<Reading, ParseError> {
    Ok(hint(match checkout::purchase(session)? {
        Purchase::Invoice(id) | Purchase::Session(id) => Some(Subject::Order(id)),
        Purchase::Payment(id) => Some(Subject::Payment(id)),
        Purchase::InvoiceToCome | Purchase::Nothing => None,
    }))
}

fn of_payment(intent: &Field<'_>) -> Result<Reading, ParseError> {
    let id = intent.required("id")?.id()?;
    Ok(Reading::of_hint(order_of(intent, id)?))
}

fn of_invoice(event: &Field<'_>, object: &Field<'_>, at: Timestamp) -> Result<Reading, ParseError> {
    let mut invoice = invoice(object)?;
    // Without all its lines it would take some away.
    if invoice.has_more_lines {
        return Ok(Reading::default());
    }
    invoice.state.is_test |= is_test(event)?;
    Ok(Reading::of_facts(vec![OrderFact {
        order: invoice.id,
        saying: Saying::Order(Versioned::new(at, invoice.state)),
    }]))
}

fn of_charge(charge: &Field<'_>) -> Result<Reading, ParseError> {
    let payment = charged_payment(charge)?;
    Ok(Reading::of_hint(order_of(charge, payment)?))
}

fn of_refunded_charge(charge: &Field<'_>, at: Timestamp) -> Result<Reading, ParseError> {
    let payment = charged_payment(charge)?;
    let order = order_of(charge, payment)?;
    let mut facts = Vec::new();
    // Listed until 2022. Since then each refund comes by itself.
    if let Some(list) = charge.optional("refunds")?
        && let Some(refunds) = list.optional("data")?
    {
        for refund in refunds.items()? {
            facts.push(refund_fact(&order, money_back::refund(&refund)?, at));
        }
    }
    Ok(Reading::of_facts(facts).and_look_up(order))
}

fn of_refund(object: &Field<'_>, kind: &str, at: Timestamp) -> Result<Reading, ParseError> {
    let mut refund = money_back::refund(object)?;
    // The event's own name says it, whatever the refund looked like when it was sent.
    if kind == "refund.failed" {
        refund.state.status = RefundStatus::Failed;
    }
    let Some(payment) = money_back::payment(object)? else {
        return Ok(Reading::default());
    };
    let subject = Subject::Payment(payment);
    Ok(Reading::of_facts(vec![refund_fact(&subject, refund, at)]).and_look_up(subject))
}

fn of_dispute(object: &Field<'_>, at: Timestamp) -> Result<Reading, ParseError> {
    let dispute = money_back::dispute(object)?;
    let Some(payment) = money_back::payment(object)? else {
        return Ok(Reading::default());
    };
    let facts = dispute.state.into_iter().map(|state| OrderFact {
        order: payment.clone(),
        saying: Saying::Dispute(dispute.id.clone(), Versioned::new(at, state)),
    });
    Ok(Reading::of_facts(facts.collect()).and_look_up(Subject::Payment(payment)))
}

fn refund_fact(subject: &Subject, refund: Refund, at: Timestamp) -> OrderFact {
    let (Subject::Order(order) | Subject::Payment(order)) = subject;
    OrderFact {
        order: order.clone(),
        saying: Saying::Refund(refund.id, Versioned::new(at, refund.state)),
    }
}

/// Returns the order of a charge or a payment intent: the invoice where the shape of before 2025 names it.
fn order_of(object: &Field<'_>, payment: ExternalId) -> Result<Subject, ParseError> {
    let invoice = reference(object, "invoice")?;
    Ok(invoice.map_or(Subject::Payment(payment), Subject::Order))
}

fn charged_payment(charge: &Field<'_>) -> Result<ExternalId, ParseError> {
    match reference(charge, "payment_intent")? {
        Some(intent) => Ok(intent),
        None => charge.required("id")?.id(),
    }
}

fn hint(subject: Option<Subject>) -> Reading {
    subject.map(Reading::of_hint).unwrap_or_default()
}
