//! Making a token ourselves, where a platform tells us in its own words who its customer is and her browser has to
//! carry that to our pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EmailAddress, ExternalId, Timestamp};
use serde_json::json;

use super::{Expected, HandOffKey, LONGEST_LIFE};

/// What a token shall say.
#[derive(Clone, Copy, Debug)]
pub struct NewHandOff<'a> {
    /// By which store, and to whom.
    pub expected: Expected<'a>,
    /// The store's own id of its customer.
    pub customer: &'a ExternalId,
    /// Her address, when the store has verified it.
    pub verified_email: Option<&'a EmailAddress>,
}

/// Makes a token that is good for a minute from `now`, its id made of the random bytes. `None`: the key is no secret
/// that we share with the shop, so only the shop can sign.
#[must_use]
pub fn mint(
    key: &HandOffKey,
    new: NewHandOff<'_>,
    random: &[u8; 16],
    now: Timestamp,
) -> Option<String> {
    let made_at = now.as_seconds();
    let header = json!({ "alg": key.algorithm().name(), "typ": "JWT" });
    let mut claims = json!({
        "iss": new.expected.store.as_str(),
        "aud": new.expected.origin,
        "sub": new.customer.as_str(),
        "jti": URL_SAFE_NO_PAD.encode(random),
        "iat": made_at,
        "exp": made_at.saturating_add(LONGEST_LIFE),
    });
    if let (Some(email), Some(claims)) = (new.verified_email, claims.as_object_mut()) {
        claims.insert("email".into(), email.as_str().into());
        claims.insert("email_verified".into(), true.into());
    }
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Some(format!("{signed}.{signature}"))
}
