//! Codes of an authenticator app (RFC 6238): six digits of HMAC-SHA-1 over the steps of 30 seconds, which is what every app
//! speaks; and the picture by which the app learns its secret.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use domain::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, QrCode};

use crate::random::Random;

/// How long a code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many steps a clock may be wrong by, either way.
const TOLERANCE: i64 = 1;
/// How many bytes a secret has: as many as the hash puts out.
const SECRET_BYTES: usize = 20;
/// RFC 4648, without padding.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A QR code as the path of a drawing: dark squares of side 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QrPath {
    /// How many squares a side has, without the quiet zone.
    pub size: usize,
    /// The `d` of an SVG path.
    pub path: String,
}

/// Draws the secret of an app.
pub(crate) fn new_secret(random: &dyn Random) -> Vec<u8> {
    let mut secret = vec![0; SECRET_BYTES];
    random.fill(&mut secret);
    secret
}

/// Finds the step of time that a code is of: the present one, or a neighbour when her clock is a little wrong.
#[must_use]
pub fn find_step(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let present = now.as_seconds().div_euclid(STEP_SECONDS);
    let mut steps = present.saturating_sub(TOLERANCE)..=present.saturating_add(TOLERANCE);
    steps.find(|step| is_of(secret, code, *step))
}

fn is_of(secret: &[u8], code: &str, step: i64) -> bool {
    code_at(secret, step)
        .is_some_and(|right| verify_slices_are_equal(right.as_bytes(), code.as_bytes()).is_ok())
}

/// Computes the code that an app shows at a time.
#[must_use]
pub fn code(secret: &[u8], now: Timestamp) -> Option<String> {
    code_at(secret, now.as_seconds().div_euclid(STEP_SECONDS))
}

fn code_at(secret: &[u8], step: i64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // RFC 4226, 5.3: the last four bits say where the number begins.
    let offset = usize::from(bytes.last()? & 0x0f);
    let number: [u8; 4] = bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
    let number = u32::from_be_bytes(number) & 0x7fff_ffff;
    Some(format!("{:06}", number % 1_000_000))
}

/// Writes bytes in base32 without padding.
#[must_use]
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let padded = chunk
            .iter()
            .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let missing = 5_usize.saturating_sub(chunk.len());
        let bits = padded << (8 * missing);
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..digits {
            let digit = (bits >> (35 - 5 * place)) & 31;
            let digit = usize::try_from(digit)
                .ok()
                .and_then(|digit| BASE32.get(digit));
            text.extend(digit.map(|letter| char::from(*letter)));
        }
    }
    text
}

/// Writes the address by which an app learns the secret of `account` at `issuer`.
#[must_use]
pub(crate) fn address(secret: &[u8], issuer: &str, account: &str) -> String {
    // A colon would part the label in two.
    let issuer = issuer.replace(':', " ");
    let issuer = utf8_percent_encode(&issuer, RESERVED);
    let account = utf8_percent_encode(account, RESERVED);
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

/// Draws an address; `None` when it is too long for any code.
#[must_use]
pub(crate) fn draw(address: &str) -> Option<QrPath> {
    use std::fmt::Write;
    let code = QrCode::new(address).ok()?;
    let size = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    Some(QrPath { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // The last six of the eight digits there.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let time = Timestamp::from_seconds(seconds);
            assert_eq!(code(SECRET, time).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_code_counts_for_its_step_and_the_ones_beside_it() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let now = code(SECRET, at(3_000)).unwrap();
        for (seconds, expected) in [
            (2_969, None),
            (2_970, Some(100)),
            (3_000, Some(100)),
            (3_029, Some(100)),
            (3_059, Some(100)),
            (3_060, None),
        ] {
            assert_eq!(find_step(SECRET, &now, at(seconds)), expected, "{seconds}");
        }
        for odd in ["", "0", "0000000", "abcdef", " 12345"] {
            assert_eq!(find_step(SECRET, odd, at(3_000)), None);
        }
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        for (text, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
    }

    #[test]
    fn an_app_reads_the_address() {
        let address = address(SECRET, "Ada's: shop", "ada+x@example.com");
        let expected = "otpauth://totp/Ada%27s%20%20shop:ada%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ada%27s%20%20shop";
        assert_eq!(address, expected);
        let drawn = draw(&address).unwrap();
        // Every code has the same square of seven in its corner.
        assert!(
            drawn.size > 40 && drawn.path.starts_with("M0 0h7v1h-7z"),
            "{drawn:?}"
        );
        assert!(draw(&"x".repeat(5_000)).is_none());
    }
}
