//! What all of Stripe's objects have in common: references, times, names.

use domain::order::StoreItem;
use domain::{EmailAddress, ExternalId, Timestamp};

use crate::fields;
use crate::json::{Field, ParseError};

/// Returns the id of another object: Stripe writes the id, or the whole object where it was asked to expand it.
pub(super) fn reference(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<ExternalId>, ParseError> {
    let Some(field) = object.optional(name)? else {
        return Ok(None);
    };
    if field.text().is_ok() {
        return field.id().map(Some);
    }
    field.required("id")?.id().map(Some)
}

/// Returns another object, where Stripe was asked to expand it; `None` where it only names it.
pub(super) fn expanded<'a>(
    object: &'a Field<'_>,
    name: &'static str,
) -> Result<Option<Field<'a>>, ParseError> {
    let field = object.optional(name)?;
    Ok(field.filter(|field| field.text().is_err()))
}

/// Returns a time that may be missing.
pub(super) fn time(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, ParseError> {
    let field = object.optional(name)?;
    field.map(|field| field.unix_time()).transpose()
}

/// Returns a text that may be missing; an empty one is as good as missing.
pub(super) fn text(object: &Field<'_>, name: &'static str) -> Result<Option<String>, ParseError> {
    let field = object.optional(name)?;
    let text = field.map(|field| field.text().map(str::to_owned));
    Ok(text.transpose()?.filter(|text| !text.is_empty()))
}

/// Returns an address; one that is none is passed over, so that the order belongs to its customer, or to nobody yet.
pub(super) fn email(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<EmailAddress>, ParseError> {
    fields::email(object.optional(name)?)
}

/// Tells whether an object is of test mode or of a sandbox. Without a word about it, it is.
pub(super) fn is_test(object: &Field<'_>) -> Result<bool, ParseError> {
    let is_live = object.optional("livemode")?;
    is_live.map_or(Ok(true), |field| field.boolean().map(|is_live| !is_live))
}

/// Returns what a line names: the product and the price, whichever shape it has.
pub(super) fn item(line: &Field<'_>) -> Result<StoreItem, ParseError> {
    // Since 2025 ("Basil"), on invoices.
    if let Some(pricing) = line.optional("pricing")?
        && let Some(details) = pricing.optional("price_details")?
    {
        return Ok(StoreItem {
            product: reference(&details, "product")?,
            variant: reference(&details, "price")?,
            sku: None,
        });
    }
    // On checkout sessions, and on invoices from 2020 on; before that, subscriptions named a plan, whose id is the price's.
    for name in ["price", "plan"] {
        if let Some(variant) = reference(line, name)? {
            let price = expanded(line, name)?;
            let product = price.map(|price| reference(&price, "product"));
            return Ok(StoreItem {
                product: product.transpose()?.flatten(),
                variant: Some(variant),
                sku: None,
            });
        }
    }
    Ok(StoreItem::default())
}

/// Returns what people call a line, in at most 500 characters of one printable line.
pub(super) fn title(line: &Field<'_>) -> Result<String, ParseError> {
    Ok(fields::title(
        &text(line, "description")?.unwrap_or_default(),
    ))
}
