//! What every store's orders hold, read in one way: currencies, ids that may be missing, addresses, titles.

use domain::{EmailAddress, ExternalId, OrderNumber};

use crate::json::{Field, ParseError};

/// The longest title that is kept, in characters.
const LONGEST_TITLE: usize = 500;

/// Reads a currency's code, in upper case.
pub(crate) fn currency(field: &Field<'_>) -> Result<String, ParseError> {
    let code = field.text()?;
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(code.to_ascii_uppercase());
    }
    Err(field.wrong("must be an ISO 4217 code of three letters such as EUR"))
}

/// Reads an id that may be missing; what stores write for "none" (null, 0, nothing) is missing.
pub(crate) fn optional_id(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<ExternalId>, ParseError> {
    let field = object.optional(name)?.filter(|field| !field.is_no_id());
    field.map(|field| field.id()).transpose()
}

/// Reads an e-mail address. One that is none is passed over: the order then belongs to its customer's id, or to nobody yet, and
/// nobody is refused for a slip at the till.
pub(crate) fn email(field: Option<Field<'_>>) -> Result<Option<EmailAddress>, ParseError> {
    let text = field.map(|field| field.text()).transpose()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Reads the number by which people speak of an order. One that is none is passed over: nothing depends on it but that
/// somebody finds her purchase by it.
pub(crate) fn order_number(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<OrderNumber>, ParseError> {
    let field = object.optional(name)?;
    let text = field.and_then(|field| field.id().ok());
    Ok(text.and_then(|text| text.as_str().parse().ok()))
}

/// Makes a title of a store's own text. People read it in terminals too, which must not obey it; and PostgreSQL keeps no U+0000.
pub(crate) fn title(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(LONGEST_TITLE).map(printable).collect()
}
