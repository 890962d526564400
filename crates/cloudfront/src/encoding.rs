//! CloudFront's base64: the standard one with `+`, `=` and `/` written as `-`, `_` and `~`.

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

// The compiler evaluates it: a wrong alphabet does not build.
const ALPHABET: Alphabet =
    match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~") {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("not an alphabet"),
    };

/// Padding is `_` and added by hand: the engine knows only `=`.
const ENGINE: GeneralPurpose = GeneralPurpose::new(&ALPHABET, NO_PAD);
const PADDING: char = '_';

/// Appends the encoded bytes.
pub(crate) fn push(out: &mut String, bytes: &[u8]) {
    ENGINE.encode_string(bytes, out);
    for _ in 0..(3 - bytes.len() % 3) % 3 {
        out.push(PADDING);
    }
}

/// Returns the encoded bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    push(&mut out, bytes);
    out
}

/// Decodes a text that is the one and only encoding of its bytes; any other is refused, so that
/// no character of a signature can be changed unnoticed.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = ENGINE.decode(text.trim_end_matches(PADDING)).ok()?;
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_cloudfronts_alphabet() {
        assert_eq!(encode(b""), "");
        assert_eq!(encode(&[0xfb]), "-w__");
        assert_eq!(encode(&[0xff, 0xff]), "~~8_");
        assert_eq!(encode(&[0xfb, 0xff, 0xff]), "-~~~");
    }

    #[test]
    fn only_the_canonical_text_is_decoded() {
        assert_eq!(decode("-w__"), Some(vec![0xfb]));
        for text in [
            "-w", "-w_", "-w___", "-x__", "+w__", "-w==", "-w__ ", "_", "a", "-w_-", "/w__",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
