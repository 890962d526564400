//! How the signing parameters are written: their names, which CloudFront keeps for itself in every
//! query, and the one value that is fixed.

pub(crate) const EXPIRES: &str = "Expires";
pub(crate) const POLICY: &str = "Policy";
pub(crate) const SIGNATURE: &str = "Signature";
pub(crate) const KEY_PAIR_ID: &str = "Key-Pair-Id";
pub(crate) const HASH_ALGORITHM: &str = "Hash-Algorithm";

/// The only value of `Hash-Algorithm`. Without the parameter CloudFront assumes SHA-1.
pub(crate) const SHA256: &str = "SHA256";

/// The query names that CloudFront keeps for itself.
const RESERVED_NAMES: [&str; 5] = [EXPIRES, POLICY, SIGNATURE, KEY_PAIR_ID, HASH_ALGORITHM];

/// Claims that a query parameter's name is one of CloudFront's own, be it percent-encoded: who
/// decodes it would read a signing parameter.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES
        .iter()
        .any(|reserved| is_written_as(name, reserved))
}

/// Claims that `written` is `name`, where any letter may be percent-encoded.
fn is_written_as(written: &str, name: &str) -> bool {
    let mut rest = written.as_bytes();
    for expected in name.bytes() {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => (hex_value(*high) * 16 + hex_value(*low), after),
            [byte, after @ ..] => (*byte, after),
            [] => return false,
        };
        if byte != expected {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}
