//! The three webhooks by which Shopify asks about people's data, each with a body of its own: a customer wants hers, a customer's
//! is to be erased, and all is to be erased, 48 hours after the shop has removed the app.

use super::Envelope;
use crate::fields;
use crate::json::{Field, ParseError};
use crate::reading::{PrivacyWish, Reading, WhoseData};

/// Reads the body of `customers/data_request`.
pub(super) fn data_request(body: &Field<'_>, _: &Envelope) -> Result<Reading, ParseError> {
    let of = whose(body, "orders_requested")?;
    Ok(Reading::of_wish(PrivacyWish::Export(of)))
}

/// Reads the body of `customers/redact`.
pub(super) fn redact(body: &Field<'_>, _: &Envelope) -> Result<Reading, ParseError> {
    let of = whose(body, "orders_to_redact")?;
    Ok(Reading::of_wish(PrivacyWish::Erase(of)))
}

/// Reads the body of `shop/redact`, which names the shop and nobody else: whoever is named is not all.
pub(super) fn redact_shop(body: &Field<'_>, _: &Envelope) -> Result<Reading, ParseError> {
    body.required("shop_id")?.id()?;
    body.required("shop_domain")?.text()?;
    if body.optional("customer")?.is_some() {
        return Err(body.wrong_at("customer", "must not be there: the whole shop is meant"));
    }
    Ok(Reading::of_wish(PrivacyWish::EraseStore))
}

fn whose(body: &Field<'_>, orders: &'static str) -> Result<WhoseData, ParseError> {
    let customer = body.required("customer")?;
    let mut of = WhoseData {
        customer: fields::optional_id(&customer, "id")?,
        email: fields::email(customer.optional("email")?)?,
        orders: Vec::new(),
    };
    // The topic is not signed; this name tells the one body from the other.
    for order in body.required(orders)?.items()? {
        of.orders.push(order.id()?);
    }
    Ok(of)
}
