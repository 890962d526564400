//! The compact form of a signed token: `header.payload.signature`, each in base64url (RFC 7515 §3.1).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::HandOffRefused;
use crate::json::Json;

/// The longest token that is read.
const LONGEST: usize = 4_096;

/// A token taken apart, its signature not looked at yet.
pub(super) struct SignedToken<'a> {
    /// What the header calls its algorithm.
    pub(super) algorithm: String,
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    /// The bytes of the claims.
    pub(super) payload: Vec<u8>,
    /// The bytes of the signature.
    pub(super) signature: Vec<u8>,
}

impl<'a> SignedToken<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, HandOffRefused> {
        if token.len() > LONGEST {
            return Err(HandOffRefused::Malformed("it is too long"));
        }
        let mut parts = token.rsplitn(2, '.');
        let (signature, signed) = parts.next().zip(parts.next()).ok_or(NOT_THREE)?;
        let (header, payload) = signed.split_once('.').ok_or(NOT_THREE)?;
        // A fourth part would leave a full stop in the payload, which is not in the alphabet.
        let header = object(&decode(header)?)?;
        Ok(Self {
            algorithm: algorithm(&header)?,
            signed: signed.as_bytes(),
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }
}

const NOT_THREE: HandOffRefused = HandOffRefused::Malformed("it has not three parts");

/// Decodes base64url without padding; the engine refuses unused bits that are not zero, so each part has one encoding.
fn decode(part: &str) -> Result<Vec<u8>, HandOffRefused> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    bytes.map_err(|_| HandOffRefused::Malformed("a part is not canonical base64url"))
}

/// Reads a JSON object that has no name twice.
pub(super) fn object(bytes: &[u8]) -> Result<BTreeMap<String, Json>, HandOffRefused> {
    match Json::parse(bytes) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) | Err(_) => Err(HandOffRefused::Malformed(
            "a part is not a JSON object with each name once",
        )),
    }
}

/// Reads the header. Keys and addresses of keys that it may carry (`jwk`, `jku`, `x5u`, `kid`) are never looked at.
fn algorithm(header: &BTreeMap<String, Json>) -> Result<String, HandOffRefused> {
    // Extensions that must be understood (RFC 7515 §4.1.11): we understand none.
    if header.contains_key("crit") {
        return Err(HandOffRefused::Malformed("its header has crit"));
    }
    match header.get("typ") {
        None => {}
        Some(Json::Text(text)) if text == "JWT" => {}
        Some(_) => return Err(HandOffRefused::Malformed("its typ is not JWT")),
    }
    match header.get("alg") {
        Some(Json::Text(text)) => Ok(text.clone()),
        Some(_) | None => Err(HandOffRefused::Malformed("its header has no alg")),
    }
}
