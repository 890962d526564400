//! Pages that a shop shows under its own address by an app proxy: Shopify adds to the query who is signed in, and signs it.
//!
//! Format: <https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies>.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_lc_rs::{constant_time, hmac};
use domain::Timestamp;
use reqwest::Url;

use super::visitor::{self, ShopVisitor, VisitorRefused};
use crate::secret::StoreSecret;

/// How far Shopify's time and ours may be apart, as its own library has it.
pub const TOLERANCE_SECONDS: i64 = 90;

/// The parameters that Shopify sets. A visitor's own parameters are passed on and signed beside them, so one of these that
/// is there twice is the visitor's doing.
const SET_BY_SHOPIFY: [&str; 5] = [
    "shop",
    "logged_in_customer_id",
    "path_prefix",
    "timestamp",
    "signature",
];

/// Checks the query of a request that came through the app proxy, as it stands in the address after the `?`. Any of
/// `secrets`, the app's client secrets, may have signed it.
///
/// # Errors
/// Why nobody is vouched for.
pub fn verify(
    query: &str,
    secrets: &[StoreSecret],
    now: Timestamp,
) -> Result<ShopVisitor, VisitorRefused> {
    let parameters = parameters(query)?;
    let signature = one(&parameters, "signature")?;
    let offered = decode_hex(signature).ok_or(VisitorRefused::Malformed("signature"))?;
    let message = message(&parameters);
    let is_signed = secrets.iter().any(|secret| {
        let expected = tag(secret, &message);
        constant_time::verify_slices_are_equal(&offered, expected.as_ref()).is_ok()
    });
    if !is_signed {
        return Err(VisitorRefused::BadSignature);
    }
    check_time(one(&parameters, "timestamp")?, now)?;
    let shop = visitor::shop(one(&parameters, "shop")?);
    let customer = match one(&parameters, "logged_in_customer_id")? {
        "" => None,
        id => {
            let id = visitor::customer(id);
            Some(id.ok_or(VisitorRefused::Malformed("logged_in_customer_id"))?)
        }
    };
    Ok(ShopVisitor {
        shop: shop.ok_or(VisitorRefused::Malformed("shop"))?,
        customer,
    })
}

/// Signs a query as Shopify does, and returns the value of `signature`. The query holds none yet.
///
/// # Errors
/// A parameter that only Shopify sets is there twice.
pub fn sign(secret: &StoreSecret, query: &str) -> Result<String, VisitorRefused> {
    let message = message(&parameters(query)?);
    let mut hex = String::new();
    for byte in tag(secret, &message).as_ref() {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

type Parameters = BTreeMap<String, Vec<String>>;

fn parameters(query: &str) -> Result<Parameters, VisitorRefused> {
    let mut url = Url::parse("https://proxy.invalid/").map_err(|_| malformed())?;
    url.set_query(Some(query));
    let mut parameters = Parameters::new();
    for (name, value) in url.query_pairs() {
        let values = parameters.entry(name.into_owned()).or_default();
        values.push(value.into_owned());
    }
    for name in SET_BY_SHOPIFY {
        if parameters.get(name).is_some_and(|values| values.len() > 1) {
            return Err(VisitorRefused::Repeated(name));
        }
    }
    Ok(parameters)
}

const fn malformed() -> VisitorRefused {
    VisitorRefused::Malformed("the query")
}

fn one<'a>(parameters: &'a Parameters, name: &'static str) -> Result<&'a str, VisitorRefused> {
    let value = parameters.get(name).and_then(|values| values.first());
    value
        .map(String::as_str)
        .ok_or(VisitorRefused::Missing(name))
}

/// Writes what is signed: `name=value` in the order of the names, the values of one name joined by commas, with nothing
/// between two names.
fn message(parameters: &Parameters) -> String {
    let signed = parameters.iter().filter(|(name, _)| *name != "signature");
    signed
        .flat_map(|(name, values)| [name.clone(), "=".to_owned(), values.join(",")])
        .collect()
}

fn tag(secret: &StoreSecret, message: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::sign(&key, message.as_bytes())
}

/// Reads 32 bytes in lower-case hexadecimal.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 64 || !is_hex {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn check_time(timestamp: &str, now: Timestamp) -> Result<(), VisitorRefused> {
    let is_number = timestamp.bytes().all(|b| b.is_ascii_digit());
    let seconds = timestamp.parse().ok().filter(|_| is_number);
    let signed_at: i64 = seconds.ok_or(VisitorRefused::Malformed("timestamp"))?;
    let age = now.as_seconds().saturating_sub(signed_at);
    if age > TOLERANCE_SECONDS {
        return Err(VisitorRefused::TooOld);
    }
    if age < -TOLERANCE_SECONDS {
        return Err(VisitorRefused::TooNew);
    }
    Ok(())
}
