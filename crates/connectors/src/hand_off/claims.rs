//! What a token that the store has signed says.

use std::collections::BTreeMap;

use domain::viewer::is_nobody;
use domain::{EmailAddress, ExternalId, Timestamp};

use super::token::object;
use super::{Expected, HandOff, HandOffRefused, LONGEST_LIFE, SKEW};
use crate::json::Json;

/// Reads the claims, and checks them.
pub(super) fn read(
    payload: &[u8],
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<HandOff, HandOffRefused> {
    let claims = Claims(object(payload)?);
    if claims.text("iss") != Some(expected.store.as_str()) {
        return Err(HandOffRefused::Claim("iss"));
    }
    if !claims.is_for(expected.origin) {
        return Err(HandOffRefused::Claim("aud"));
    }
    let customer = claims.text("sub").and_then(|text| text.parse().ok());
    let customer: ExternalId = customer.ok_or(HandOffRefused::Claim("sub"))?;
    if is_nobody(&customer) {
        return Err(HandOffRefused::Nobody);
    }
    let token_id = claims.text("jti").filter(|text| is_token_id(text));
    let token_id = token_id.ok_or(HandOffRefused::Claim("jti"))?.to_owned();
    let expires_at = claims.life(now.as_seconds())?;
    Ok(HandOff {
        customer,
        verified_email: claims.verified_email(),
        token_id,
        expires_at,
    })
}

struct Claims(BTreeMap<String, Json>);

impl Claims {
    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns a time in whole seconds since 1970.
    fn seconds(&self, name: &'static str) -> Result<i64, HandOffRefused> {
        match self.0.get(name) {
            Some(Json::Integer(seconds)) => i64::try_from(*seconds).ok(),
            _ => None,
        }
        .filter(|seconds| *seconds >= 0)
        .ok_or(HandOffRefused::Claim(name))
    }

    /// Tells whether the token is for us and nobody else.
    fn is_for(&self, origin: &str) -> bool {
        let is_ours = |value: &Json| matches!(value, Json::Text(text) if text == origin);
        match self.0.get("aud") {
            Some(Json::List(list)) => list.len() == 1 && list.iter().all(is_ours),
            Some(value) => is_ours(value),
            None => false,
        }
    }

    /// Checks the times, and returns the end.
    fn life(&self, now: i64) -> Result<Timestamp, HandOffRefused> {
        let made_at = self.seconds("iat")?;
        let expires_at = self.seconds("exp")?;
        // Neither is negative, so the difference fits.
        if !(1..=LONGEST_LIFE).contains(&(expires_at - made_at)) {
            return Err(HandOffRefused::Claim("exp"));
        }
        let begins_at = match self.0.get("nbf") {
            None | Some(Json::Null) => made_at,
            Some(_) => self.seconds("nbf")?,
        };
        if made_at.max(begins_at) > now.saturating_add(SKEW) {
            return Err(HandOffRefused::TooNew);
        }
        if expires_at <= now {
            return Err(HandOffRefused::Expired);
        }
        Ok(Timestamp::from_seconds(expires_at))
    }

    /// Returns the address that the store vouches for; one that is none is passed over.
    fn verified_email(&self) -> Option<EmailAddress> {
        match self.0.get("email_verified") {
            Some(Json::Boolean(true)) => self.text("email")?.parse().ok(),
            _ => None,
        }
    }
}

/// Tells whether a text can be a token's id: 16 characters of any usual alphabet are the fewest that nobody guesses, and
/// 255 the most that are kept.
fn is_token_id(text: &str) -> bool {
    (16..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
