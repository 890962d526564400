//! Stripe's signature: `Stripe-Signature: t=1763807400,v1=5257a8…,v1=…`, each `v1` the HMAC-SHA256 of `t.body` in lower-case
//! hexadecimal digits. The key is the whole text of the endpoint's secret, `whsec_` included. While a secret is rolled, there
//! is one `v1` for the old and one for the new; schemes other than `v1` are passed over, as Stripe says.
//!
//! Stricter than the official libraries in three points: a signature from the future is refused like an old one, the time is a
//! plain decimal number that is there once, and the digits are those that Stripe writes. So each signed request has one spelling.

use aws_lc_rs::{constant_time, hmac};
use domain::Timestamp;

use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, check_age};

const HEADER: &str = "stripe-signature";

/// How far Stripe's clock and ours may differ, and how long a webhook may travel: what the official libraries allow for the past.
pub(super) const TOLERANCE_SECONDS: i64 = 300;

/// Signs a webhook as Stripe does at `at`: returns the header to send with `body`.
#[must_use]
pub fn sign(secret: &StoreSecret, at: Timestamp, body: &[u8]) -> (&'static str, String) {
    let time = at.as_seconds().to_string();
    let digits = digits(secret, &time, body);
    (HEADER, format!("t={time},v1={digits}"))
}

/// Checks that this may be an endpoint's secret.
pub(super) fn check_secret(secret: &StoreSecret) -> Result<(), SecretError> {
    let rest = secret.expose().strip_prefix("whsec_").unwrap_or_default();
    let is_long_enough = (16..=250).contains(&rest.len());
    if is_long_enough && rest.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(SecretError::NotStripe)
}

/// Checks the signature by any of the secrets.
pub(super) fn verify(
    secrets: &[StoreSecret],
    raw: &RawWebhook<'_>,
    received_at: Timestamp,
) -> Result<(), Refused> {
    let header = raw.only_header(HEADER)?;
    let mut time = None;
    let mut offered = Vec::new();
    for entry in header.split(',') {
        match entry.split_once('=') {
            Some(("t", value)) if time.is_none() => time = Some(value),
            Some(("v1", value)) => offered.push(value),
            None | Some(("t", _)) => return Err(Refused::MalformedHeader(HEADER)),
            Some(_) => {}
        }
    }
    let time = time.ok_or(Refused::MalformedHeader(HEADER))?;
    check_age(HEADER, time, received_at, TOLERANCE_SECONDS)?;

    let mut usable = secrets
        .iter()
        .filter(|s| check_secret(s).is_ok())
        .peekable();
    if usable.peek().is_none() {
        return Err(Refused::NoSecret);
    }
    // One hash a secret, however many signatures are offered.
    let is_signed = usable.any(|secret| {
        let expected = digits(secret, time, raw.body);
        offered.iter().any(|digits| {
            constant_time::verify_slices_are_equal(digits.as_bytes(), expected.as_bytes()).is_ok()
        })
    });
    is_signed.then_some(()).ok_or(Refused::BadSignature)
}

fn digits(secret: &StoreSecret, time: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in [time.as_bytes(), b".", body] {
        context.update(part);
    }
    let tag = context.sign();
    let halves = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}
