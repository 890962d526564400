//! Who stands in front of the shop's own pages, as Shopify vouches for it.

use domain::ExternalId;

/// A person whom Shopify sends to us from a shop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShopVisitor {
    /// The shop's domain, `example.myshopify.com`: the caller compares it with the store's address.
    pub shop: String,
    /// The customer who is signed in there; `None` is nobody.
    pub customer: Option<ExternalId>,
}

/// Why nobody is vouched for. Messages never repeat what came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VisitorRefused {
    /// Something that Shopify always says is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Something is there more than once, so that two readers could read two things.
    #[error("{0} is there more than once")]
    Repeated(&'static str),
    /// Something is not of the form that Shopify writes.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// No secret of the app made the signature.
    #[error("no signature matches")]
    BadSignature,
    /// It is too old, so it may be a recording.
    #[error("it is too old")]
    TooOld,
    /// It is from further in the future than clocks may differ.
    #[error("it is from the future")]
    TooNew,
    /// It is for another app.
    #[error("it is for another app")]
    OtherApp,
}

/// Reads a shop's permanent domain.
pub(super) fn shop(domain: &str) -> Option<String> {
    let name = domain.strip_suffix(".myshopify.com")?;
    let is_name = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (is_name && !name.is_empty() && !name.starts_with('-')).then(|| domain.to_owned())
}

/// Reads a customer's id: a positive whole number, of any size.
pub(super) fn customer(id: &str) -> Option<ExternalId> {
    let is_number = id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0');
    is_number.then(|| id.parse().ok()).flatten()
}
