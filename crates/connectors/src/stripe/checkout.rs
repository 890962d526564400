//! Checkout sessions and payment intents: how something is bought once. Payment Links are checkout sessions too.
//!
//! Neither says in a webhook what was bought: a session's lines are asked for by themselves. So a webhook about them is a hint,
//! and only the API makes an order of it.

use domain::order::{OrderLine, OrderState, OrderStatus};
use domain::{ExternalId, Timestamp};

use super::object::{email, expanded, is_test, item, reference, text, time, title};
use crate::fields::currency;
use crate::json::{Field, ParseError};

/// What a session makes an order of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Purchase {
    /// The invoice: a subscription's, or the one that is made of a single payment.
    Invoice(ExternalId),
    /// The payment.
    Payment(ExternalId),
    /// The session itself: nothing was to be paid.
    Session(ExternalId),
    /// Nothing yet: its invoice is still to come, and says so itself (`invoice.paid`).
    InvoiceToCome,
    /// Nothing: it only kept a payment method for later.
    Nothing,
}

/// Tells what a session makes an order of. The payment is an order only where there is no invoice of it: otherwise one purchase
/// would be two orders, and a refund would end one of them.
pub(super) fn purchase(session: &Field<'_>) -> Result<Purchase, ParseError> {
    if let Some(invoice) = reference(session, "invoice")? {
        return Ok(Purchase::Invoice(invoice));
    }
    match text(session, "mode")?.as_deref() {
        Some("payment") => {}
        Some("subscription") => return Ok(Purchase::InvoiceToCome),
        _ => return Ok(Purchase::Nothing),
    }
    if let Some(creation) = session.optional("invoice_creation")?
        && creation.required("enabled")?.boolean()?
    {
        return Ok(Purchase::InvoiceToCome);
    }
    match reference(session, "payment_intent")? {
        Some(payment) => Ok(Purchase::Payment(payment)),
        None => Ok(Purchase::Session(session.required("id")?.id()?)),
    }
}

/// Reads a line of a session.
pub(super) fn line(object: &Field<'_>) -> Result<OrderLine, ParseError> {
    let quantity = object.optional("quantity")?;
    Ok(OrderLine {
        external_id: object.required("id")?.id()?,
        item: item(object)?,
        title: title(object)?,
        quantity: quantity.map_or(Ok(1), |field| field.quantity())?,
        returned_quantity: 0,
        period_end: None,
    })
}

/// A payment intent as it says of itself.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) id: ExternalId,
    status: PaymentStatus,
    is_test: bool,
    paid_at: Option<Timestamp>,
    email: Option<domain::EmailAddress>,
    external_customer: Option<ExternalId>,
    currency: String,
    captured_minor: i64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PaymentStatus {
    Open,
    Processing,
    Authorised,
    Succeeded,
    Cancelled,
    Unknown,
}

/// Reads a payment intent, whose latest charge was asked for with it.
pub(super) fn payment(object: &Field<'_>) -> Result<Payment, ParseError> {
    let status = match text(object, "status")?.as_deref() {
        Some("requires_payment_method" | "requires_confirmation" | "requires_action") => {
            PaymentStatus::Open
        }
        Some("processing") => PaymentStatus::Processing,
        Some("requires_capture") => PaymentStatus::Authorised,
        Some("succeeded") => PaymentStatus::Succeeded,
        Some("canceled") => PaymentStatus::Cancelled,
        _ => PaymentStatus::Unknown,
    };
    let charge = expanded(object, "latest_charge")?;
    let charged_at = charge.map(|charge| time(&charge, "created")).transpose()?;
    let received = object.optional("amount_received")?;
    Ok(Payment {
        id: object.required("id")?.id()?,
        status,
        is_test: is_test(object)?,
        paid_at: charged_at.flatten().or(time(object, "created")?),
        email: email(object, "receipt_email")?,
        external_customer: reference(object, "customer")?,
        currency: currency(&object.required("currency")?)?,
        captured_minor: received.map_or(Ok(0), |field| field.amount())?,
    })
}

/// Puts an order together from a session, all its lines, and its payment when it has one.
pub(super) fn order(
    session: &Field<'_>,
    payment: Option<&Payment>,
    lines: Vec<OrderLine>,
) -> Result<OrderState, ParseError> {
    let status = status(session, payment)?;
    let details = session.optional("customer_details")?;
    let typed = details
        .map(|details| email(&details, "email"))
        .transpose()?;
    let known = email(session, "customer_email")?;
    let paid_at = match payment {
        Some(payment) => payment.paid_at,
        // Stripe does not tell when a free checkout was completed, only when it was begun, a day earlier at most.
        None => time(session, "created")?,
    };
    Ok(OrderState {
        status,
        is_test: is_test(session)? || payment.is_some_and(|payment| payment.is_test),
        paid_at: paid_at.filter(|_| status == OrderStatus::Paid),
        email: typed
            .flatten()
            .or(known)
            .or_else(|| payment.and_then(|payment| payment.email.clone())),
        external_customer: reference(session, "customer")?
            .or_else(|| payment.and_then(|payment| payment.external_customer.clone())),
        currency: match payment {
            Some(payment) => payment.currency.clone(),
            None => currency(&session.required("currency")?)?,
        },
        captured_minor: payment.map_or(0, |payment| payment.captured_minor),
        lines,
        complete_refunds: None,
        // A checkout has no number that its customer sees.
        number: None,
    })
}

fn status(session: &Field<'_>, payment: Option<&Payment>) -> Result<OrderStatus, ParseError> {
    match text(session, "status")?.as_deref() {
        Some("open") => return Ok(OrderStatus::Draft),
        Some("expired") => return Ok(OrderStatus::Cancelled),
        // Sessions of before 2021 have none.
        Some("complete") | None => {}
        Some(_) => return Ok(OrderStatus::OnHold),
    }
    // What became of the money is the payment's to tell: a session whose payment is captured later stays as it was.
    if let Some(payment) = payment {
        return Ok(match payment.status {
            PaymentStatus::Succeeded => OrderStatus::Paid,
            PaymentStatus::Authorised => OrderStatus::Authorised,
            PaymentStatus::Processing => OrderStatus::Pending,
            PaymentStatus::Cancelled => OrderStatus::Cancelled,
            // The checkout is over, so what was tried did not go through.
            PaymentStatus::Open => OrderStatus::Failed,
            // What we do not know grants nothing.
            PaymentStatus::Unknown => OrderStatus::OnHold,
        });
    }
    Ok(match text(session, "payment_status")?.as_deref() {
        Some("paid" | "no_payment_required") => OrderStatus::Paid,
        Some("unpaid") => OrderStatus::Pending,
        _ => OrderStatus::OnHold,
    })
}
