//! The key that a store's hand-off tokens are signed with.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::json::Json;
use crate::secret::StoreSecret;

/// What our own secrets begin with, so that one that is found somewhere explains itself.
const PREFIX: &str = "stoa_hs_";
/// The `SubjectPublicKeyInfo` of every P-256 key before its point (RFC 5480 §2).
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// How tokens are signed (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HandOffAlgorithm {
    /// HMAC with SHA-256: shop and Stoa share a secret.
    Hs256,
    /// ECDSA over P-256 with SHA-256: the shop keeps its private key to itself.
    Es256,
}

impl HandOffAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Hs256, Self::Es256];

    /// Returns its name in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
        }
    }

    /// Finds the algorithm of that name; case does not matter.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }
}

/// A key, and with it the only algorithm that it is good for. `Debug` hides it.
#[derive(Debug)]
pub struct HandOffKey {
    text: StoreSecret,
    verifier: Verifier,
}

enum Verifier {
    Hs256(Box<hmac::Key>),
    Es256(ParsedPublicKey),
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hs256(_) => f.write_str("Hs256"),
            Self::Es256(_) => f.write_str("Es256"),
        }
    }
}

/// Why a text is no key; it never repeats the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HandOffKeyError {
    /// A secret that could be guessed, or that is longer than any.
    #[error("a hand-off secret has 32 to 256 bytes")]
    Length,
    /// A private key, which the shop should keep to itself.
    #[error("this is a private key: give its public half")]
    Private,
    /// Not a public key of P-256.
    #[error("this is no public P-256 key, neither as PEM (BEGIN PUBLIC KEY) nor as JWK")]
    NotP256,
}

impl HandOffKey {
    /// Reads a key: the text of a secret for HS256, a public key as PEM or JWK for ES256. White space around it is not
    /// part of it.
    ///
    /// # Errors
    /// See [`HandOffKeyError`].
    pub fn read(algorithm: HandOffAlgorithm, text: &str) -> Result<Self, HandOffKeyError> {
        let text = text.trim();
        let verifier = match algorithm {
            HandOffAlgorithm::Hs256 => {
                if !(32..=256).contains(&text.len()) {
                    return Err(HandOffKeyError::Length);
                }
                Verifier::Hs256(hmac_key(text))
            }
            HandOffAlgorithm::Es256 => {
                let point = if text.starts_with('{') {
                    read_jwk(text)?
                } else {
                    read_pem(text)?
                };
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
                Verifier::Es256(key.map_err(|_| HandOffKeyError::NotP256)?)
            }
        };
        Ok(Self {
            text: StoreSecret::new(text.to_owned()),
            verifier,
        })
    }

    /// Makes an HS256 secret of random bytes: `stoa_hs_` and 43 characters. The key of the HMAC is the whole text.
    #[must_use]
    pub fn new_secret(bytes: &[u8; 32]) -> Self {
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self {
            verifier: Verifier::Hs256(hmac_key(&text)),
            text: StoreSecret::new(text),
        }
    }

    /// Returns the algorithm that it is for.
    #[must_use]
    pub const fn algorithm(&self) -> HandOffAlgorithm {
        match self.verifier {
            Verifier::Hs256(_) => HandOffAlgorithm::Hs256,
            Verifier::Es256(_) => HandOffAlgorithm::Es256,
        }
    }

    /// Shows the key as [`HandOffKey::read`] takes it, to be encrypted for the database or handed to the person who sets
    /// the shop up.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Tells whether the key has signed these bytes.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.verifier {
            // In constant time.
            Verifier::Hs256(key) => hmac::verify(key, message, signature).is_ok(),
            Verifier::Es256(key) => key.verify_sig(message, signature).is_ok(),
        }
    }

    /// Signs bytes; of an ES256 key only the shop has the half that does.
    pub(super) fn sign(&self, message: &[u8]) -> Option<hmac::Tag> {
        match &self.verifier {
            Verifier::Hs256(key) => Some(hmac::sign(key, message)),
            Verifier::Es256(_) => None,
        }
    }
}

fn hmac_key(text: &str) -> Box<hmac::Key> {
    Box::new(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()))
}

/// Reads the point of a public key in PEM (RFC 7468).
fn read_pem(text: &str) -> Result<Vec<u8>, HandOffKeyError> {
    if text.contains("PRIVATE KEY") {
        return Err(HandOffKeyError::Private);
    }
    let inside = text
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
        .ok_or(HandOffKeyError::NotP256)?;
    let base64: String = inside.split_ascii_whitespace().collect();
    let info = STANDARD.decode(base64);
    let info = info.map_err(|_| HandOffKeyError::NotP256)?;
    let point = info.strip_prefix(&P256_INFO);
    Ok(point.ok_or(HandOffKeyError::NotP256)?.to_vec())
}

/// Reads the point of a public key as JWK (RFC 7518 §6.2.1).
fn read_jwk(text: &str) -> Result<Vec<u8>, HandOffKeyError> {
    let Ok(Json::Object(fields)) = Json::parse(text.as_bytes()) else {
        return Err(HandOffKeyError::NotP256);
    };
    if fields.contains_key("d") {
        return Err(HandOffKeyError::Private);
    }
    let is = |name: &str, expected: &str| matches!(fields.get(name), Some(Json::Text(text)) if text == expected);
    let coordinate = |name: &str| match fields.get(name) {
        Some(Json::Text(text)) => {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            (bytes.len() == 32).then_some(bytes)
        }
        _ => None,
    };
    let is_for_us = !fields.contains_key("alg") || is("alg", "ES256");
    match (coordinate("x"), coordinate("y")) {
        (Some(x), Some(y)) if is("kty", "EC") && is("crv", "P-256") && is_for_us => {
            // An uncompressed point (SEC 1 §2.3.3).
            Ok([&[4], x.as_slice(), &y].concat())
        }
        _ => Err(HandOffKeyError::NotP256),
    }
}
