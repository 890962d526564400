//! Signatures as the Standard Webhooks specification (standardwebhooks.com) writes them: HMAC-SHA256 over
//! `id.timestamp.body`, by the base64-decoded secret.
//!
//! Stricter than the official libraries in three points: an id has no full stop, so that nobody signs a text that can be
//! cut in two ways; the timestamp is a plain decimal number; nothing stands behind a signature. So each signed request
//! has one spelling.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use secrecy::zeroize::Zeroizing;

use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, check_age};

pub(crate) const ID: &str = "webhook-id";
pub(crate) const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// How far the sender's clock and ours may differ, and how long a webhook may travel.
pub(crate) const TOLERANCE_SECONDS: i64 = 300;

/// Signs a webhook as its sender does: returns the three headers to send with `body`. The secret may begin with
/// `whsec_`. `id` names the event, 1 to 255 visible ASCII characters without a full stop; `at` is now.
///
/// # Errors
/// When the secret is not base64 of 24 to 64 bytes.
pub fn sign(
    secret: &StoreSecret,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Result<[(&'static str, String); 3], SecretError> {
    let key = signing_key(secret)?;
    let timestamp = at.as_seconds().to_string();
    let tag = STANDARD.encode(signature(&key, id, &timestamp, body));
    Ok([
        (ID, id.to_owned()),
        (TIMESTAMP, timestamp),
        (SIGNATURE, format!("v1,{tag}")),
    ])
}

/// Makes a new signing secret from 32 random bytes.
#[must_use]
pub fn new_secret(random: &[u8; 32]) -> StoreSecret {
    StoreSecret::new(format!("whsec_{}", STANDARD.encode(random)))
}

pub(crate) fn check_secret(secret: &StoreSecret) -> Result<(), SecretError> {
    signing_key(secret).map(|_| ())
}

/// Checks the signature by any of the secrets, and returns the webhook's id.
pub(crate) fn verify<'a>(
    secrets: &[StoreSecret],
    raw: &RawWebhook<'a>,
    received_at: Timestamp,
) -> Result<&'a str, Refused> {
    let id = raw.only_header(ID)?;
    let timestamp = raw.only_header(TIMESTAMP)?;
    let listed = raw.only_header(SIGNATURE)?;
    if !is_id(id) {
        return Err(Refused::MalformedHeader(ID));
    }
    check_age(TIMESTAMP, timestamp, received_at, TOLERANCE_SECONDS)?;

    let keys: Vec<_> = secrets.iter().filter_map(|s| signing_key(s).ok()).collect();
    if keys.is_empty() {
        return Err(Refused::NoSecret);
    }
    let offered: Vec<_> = listed.split(' ').filter_map(version_1).collect();
    // One hash a key, however many signatures are offered.
    let is_signed = keys.iter().any(|key| {
        let expected = signature(key, id, timestamp, raw.body);
        offered
            .iter()
            .any(|tag| constant_time::verify_slices_are_equal(tag, expected.as_ref()).is_ok())
    });
    is_signed.then_some(id).ok_or(Refused::BadSignature)
}

fn signing_key(secret: &StoreSecret) -> Result<hmac::Key, SecretError> {
    let text = secret.expose();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    let bytes = STANDARD.decode(text).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| SecretError::NotBase64)?;
    if !(24..=64).contains(&bytes.len()) {
        return Err(SecretError::Length);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    context.sign()
}

fn is_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'.')
}

/// Decodes one entry of the list; other versions are passed over, as the specification says.
fn version_1(entry: &str) -> Option<Vec<u8>> {
    STANDARD.decode(entry.strip_prefix("v1,")?).ok()
}
