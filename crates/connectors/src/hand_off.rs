//! The hand-off: a shop tells us in a short-lived signed token (a JWT, RFC 7519, in compact form) which of its customers
//! its own page has before it. `docs/custom-store.md` describes the token for those who make it.
//!
//! [`verify`] is pure: the keys, the expected names and the time are arguments. That a token works only once is not
//! decided here but in the database.
//!
//! Written over `aws-lc-rs` rather than taken from the crate `jsonwebtoken`, which reads the clock by itself, takes a list
//! of audiences when ours is one of many, lets an object have a name twice, and knows nothing of a longest lifetime; what
//! would be left of it is two calls.

mod claims;
mod key;
mod mint;
mod token;

use domain::{EmailAddress, ExternalId, StoreName, Timestamp};

pub use self::key::{HandOffAlgorithm, HandOffKey, HandOffKeyError};
pub use self::mint::{NewHandOff, mint};
use self::token::SignedToken;

/// How long a token may be good for, in seconds.
pub const LONGEST_LIFE: i64 = 60;
/// How far a shop's clock may be ahead of ours, in seconds.
const SKEW: i64 = 30;

/// To whom a token must be addressed, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The store that hands over: the token's `iss`.
    pub store: &'a StoreName,
    /// Our own address, `scheme://host[:port]` as browsers write an origin: the token's `aud`.
    pub origin: &'a str,
}

/// What a genuine token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HandOff {
    /// The store's own id of its customer; never that of its guests.
    pub customer: ExternalId,
    /// Her address, when the store says that she has verified it.
    pub verified_email: Option<EmailAddress>,
    /// The token's own id: 16 to 255 visible ASCII characters, good for one use.
    pub token_id: String,
    /// From when on the token is worth nothing.
    pub expires_at: Timestamp,
}

/// Why a token was not taken. For the log of whoever runs Stoa; messages never repeat what came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HandOffRefused {
    /// It is no token in compact form, or its encoding is not the canonical one.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// The store has no key.
    #[error("the store has no hand-off key")]
    NoKey,
    /// It is signed by another algorithm than the store's keys are for.
    #[error("the token's algorithm is not the one of the store's key")]
    Algorithm,
    /// None of the store's keys has signed it.
    #[error("no key of the store has signed the token")]
    BadSignature,
    /// A claim is missing, or is not what it must be.
    #[error("the claim {0} is missing or wrong")]
    Claim(&'static str),
    /// It names no customer in particular.
    #[error("a guest of a store is nobody in particular")]
    Nobody,
    /// It was made in the future.
    #[error("the token was made in the future: is the shop's clock wrong?")]
    TooNew,
    /// It is genuine, and too old.
    #[error("the token has expired")]
    Expired,
}

/// Verifies a token with any of the store's keys. Its own `alg` selects nothing: it must name the algorithm that a key
/// is for, and that key decides.
///
/// # Errors
/// The first thing that is wrong. [`HandOffRefused::Expired`] is the last to be looked at, so it is said of genuine
/// tokens only.
pub fn verify(
    token: &str,
    keys: &[HandOffKey],
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<HandOff, HandOffRefused> {
    let token = SignedToken::read(token)?;
    if keys.is_empty() {
        return Err(HandOffRefused::NoKey);
    }
    let mut pinned = keys
        .iter()
        .filter(|key| key.algorithm().name() == token.algorithm)
        .peekable();
    if pinned.peek().is_none() {
        return Err(HandOffRefused::Algorithm);
    }
    if !pinned.any(|key| key.has_signed(token.signed, &token.signature)) {
        return Err(HandOffRefused::BadSignature);
    }
    claims::read(&token.payload, expected, now)
}
