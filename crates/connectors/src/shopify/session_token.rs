//! Session tokens of Shopify's customer account pages: a JWT, signed HS256 by the app's client secret, that names the shop
//! and the customer.
//!
//! Format: <https://shopify.dev/docs/api/customer-account-ui-extensions/latest/apis/session-token>.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ExternalId, Timestamp};

use super::visitor::{self, ShopVisitor, VisitorRefused};
use crate::json::{Field, Json, ParseError};
use crate::secret::StoreSecret;

/// How far Shopify's clock and ours may differ, as its own library has it.
pub const TOLERANCE_SECONDS: i64 = 10;

/// The longest token that is read, in bytes; Shopify's have a few hundred.
const LONGEST: usize = 8_192;

/// What a session token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionToken {
    /// Whom it vouches for.
    pub visitor: ShopVisitor,
    /// The token's own id, by which it can be used once only.
    pub id: String,
    /// Until when it is good, without the tolerance.
    pub expires_at: Timestamp,
}

/// Checks a session token for the app of that client id. Any of `secrets`, the app's client secrets, may have signed it.
/// The algorithm is HMAC with SHA-256 whatever the token says; one that names another is refused.
///
/// # Errors
/// Why nobody is vouched for.
pub fn verify(
    token: &str,
    client_id: &str,
    secrets: &[StoreSecret],
    now: Timestamp,
) -> Result<SessionToken, VisitorRefused> {
    let (signed, signature) = token.rsplit_once('.').ok_or(NOT_A_TOKEN)?;
    let (header, claims) = signed.split_once('.').ok_or(NOT_A_TOKEN)?;
    if token.len() > LONGEST {
        return Err(NOT_A_TOKEN);
    }
    let signature = decode(signature)?;
    let is_signed = secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    });
    if !is_signed {
        return Err(VisitorRefused::BadSignature);
    }
    let header = json(header)?;
    if claim(&header.root(), "alg")?.as_deref() != Some("HS256") {
        return Err(VisitorRefused::Malformed("alg"));
    }
    read(&json(claims)?.root(), client_id, now)
}

const NOT_A_TOKEN: VisitorRefused = VisitorRefused::Malformed("the token");

fn decode(part: &str) -> Result<Vec<u8>, VisitorRefused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| NOT_A_TOKEN)
}

fn json(part: &str) -> Result<Json, VisitorRefused> {
    Json::parse(&decode(part)?).map_err(|_: ParseError| NOT_A_TOKEN)
}

fn read(
    claims: &Field<'_>,
    client_id: &str,
    now: Timestamp,
) -> Result<SessionToken, VisitorRefused> {
    if required(claims, "aud")? != client_id {
        return Err(VisitorRefused::OtherApp);
    }
    let expires_at = time(claims, "exp")?.ok_or(VisitorRefused::Missing("exp"))?;
    if now >= expires_at.plus_seconds(TOLERANCE_SECONDS) {
        return Err(VisitorRefused::TooOld);
    }
    let not_before = time(claims, "nbf")?.ok_or(VisitorRefused::Missing("nbf"))?;
    if now < not_before.plus_seconds(-TOLERANCE_SECONDS) {
        return Err(VisitorRefused::TooNew);
    }
    // Customer account pages write the bare domain, checkout and admin pages write it as an address.
    let dest = required(claims, "dest")?;
    let shop = visitor::shop(dest.strip_prefix("https://").unwrap_or(&dest));
    Ok(SessionToken {
        visitor: ShopVisitor {
            shop: shop.ok_or(VisitorRefused::Malformed("dest"))?,
            customer: customer(claims)?,
        },
        id: required(claims, "jti")?,
        expires_at,
    })
}

/// Reads the customer. In tokens of the admin's pages `sub` is the id of a member of the staff, which is no customer's.
fn customer(claims: &Field<'_>) -> Result<Option<ExternalId>, VisitorRefused> {
    let Some(sub) = claim(claims, "sub")? else {
        return Ok(None);
    };
    let id = sub
        .strip_prefix("gid://shopify/Customer/")
        .and_then(visitor::customer);
    id.map(Some).ok_or(VisitorRefused::Malformed("sub"))
}

fn required(claims: &Field<'_>, name: &'static str) -> Result<String, VisitorRefused> {
    claim(claims, name)?.ok_or(VisitorRefused::Missing(name))
}

fn claim(claims: &Field<'_>, name: &'static str) -> Result<Option<String>, VisitorRefused> {
    let malformed = |_: ParseError| VisitorRefused::Malformed(name);
    let Some(field) = claims.optional(name).map_err(malformed)? else {
        return Ok(None);
    };
    let text = field.text().map_err(malformed)?;
    Ok(Some(text.to_owned()))
}

/// Reads a time in seconds since the epoch.
fn time(claims: &Field<'_>, name: &'static str) -> Result<Option<Timestamp>, VisitorRefused> {
    let malformed = |_: ParseError| VisitorRefused::Malformed(name);
    let Some(field) = claims.optional(name).map_err(malformed)? else {
        return Ok(None);
    };
    let seconds = field.amount().map_err(malformed)?;
    Ok(Some(Timestamp::from_seconds(seconds)))
}
