//! Signatures over nothing but the body: base64 of HMAC-SHA256, as WooCommerce and Shopify make them. They carry no time,
//! so a recording of one verifies for ever; that is harmless, because what is learnt twice changes nothing.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::StoreSecret;
use crate::webhook::{RawWebhook, Refused};

/// Checks the signature in a header by any of the secrets, whose key is their text.
pub(crate) fn verify(
    secrets: &[StoreSecret],
    raw: &RawWebhook<'_>,
    header: &'static str,
) -> Result<(), Refused> {
    let offered = raw.only_header(header)?;
    let tag = STANDARD.decode(offered);
    let tag = tag.map_err(|_| Refused::MalformedHeader(header))?;
    if secrets.is_empty() {
        return Err(Refused::NoSecret);
    }
    let is_signed = secrets.iter().any(|secret| {
        let expected = sign_bytes(secret, raw.body);
        constant_time::verify_slices_are_equal(&tag, expected.as_ref()).is_ok()
    });
    is_signed.then_some(()).ok_or(Refused::BadSignature)
}

/// Signs a body as the store does.
pub(crate) fn sign(secret: &StoreSecret, body: &[u8]) -> String {
    STANDARD.encode(sign_bytes(secret, body))
}

fn sign_bytes(secret: &StoreSecret, body: &[u8]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::sign(&key, body)
}
