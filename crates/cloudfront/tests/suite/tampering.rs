//! Whatever is altered in a signed request, by as little as one bit, it is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudfront::Refusal;

use crate::material::{COLUMNS, borrowed, cookies_of, expected, lenient_verifier};

/// A second at which both vectors are good, and the viewer whom the custom policy asks for.
const NOW: u64 = 1_794_999_999;
const VIEWER: &str = "203.0.113.7";

/// A canned URL with a query of its own, and a custom policy for one exact object.
const CASES: [(&str, &str); 2] = [
    (
        "canned-query",
        "https://d111111abcdef8.cloudfront.net/images/image.jpg?color=red&size=medium",
    ),
    ("custom-ip32", "https://d111111abcdef8.cloudfront.net/a.mp4"),
];

struct Judge {
    verifier: &'static cloudfront::Verifier,
    viewer: Option<std::net::IpAddr>,
}

impl Judge {
    fn new() -> Self {
        Self {
            verifier: lenient_verifier(),
            viewer: Some(VIEWER.parse().unwrap()),
        }
    }

    fn url(&self, url: &str) -> Result<(), Refusal> {
        self.verifier.verify_url(url, NOW, self.viewer)
    }

    fn cookies(&self, url: &str, cookies: &[(&str, &str)]) -> Result<(), Refusal> {
        self.verifier.verify_cookies(url, cookies, NOW, self.viewer)
    }
}

/// Calls back with every text that differs from this one in a single bit, and returns how many
/// there were. What is no text any more never reaches the verifier: its arguments are `&str`.
fn each_bit_flip(text: &str, mut check: impl FnMut(&str)) -> usize {
    let mut bytes = text.as_bytes().to_vec();
    let mut flips = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            if let Ok(altered) = std::str::from_utf8(&bytes) {
                check(altered);
                flips += 1;
            }
            bytes[at] ^= 1 << bit;
        }
    }
    assert_eq!(bytes, text.as_bytes());
    flips
}

fn signed_url(case: &str, column: &str) -> String {
    expected(case, column)["url"].as_str().unwrap().to_owned()
}

fn signed_cookies(case: &str, column: &str) -> Vec<(String, String)> {
    cookies_of(&expected(case, column)["cookies"])
}

#[test]
fn every_flipped_bit_of_a_signed_url_is_refused() {
    let judge = Judge::new();
    for (case, _) in CASES {
        for column in COLUMNS {
            let signed = signed_url(case, column);
            assert_eq!(judge.url(&signed), Ok(()));
            let flips = each_bit_flip(&signed, |altered| {
                assert!(judge.url(altered).is_err(), "{altered}");
            });
            // All but those of the highest bit, which make a byte that is no text by itself.
            assert_eq!(flips, signed.len() * 7);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_signed_cookie_or_its_url_is_refused() {
    let judge = Judge::new();
    for (case, object) in CASES {
        for column in COLUMNS {
            let cookies = signed_cookies(case, column);
            assert_eq!(judge.cookies(object, &borrowed(&cookies)), Ok(()));
            each_bit_flip(object, |altered| {
                assert!(
                    judge.cookies(altered, &borrowed(&cookies)).is_err(),
                    "{altered}"
                );
            });
            for at in 0..cookies.len() {
                let mut changed = cookies.clone();
                let (name, value) = cookies[at].clone();
                each_bit_flip(&value, |altered| {
                    changed[at].1 = altered.to_owned();
                    assert!(
                        judge.cookies(object, &borrowed(&changed)).is_err(),
                        "{name}={altered}"
                    );
                });
                changed[at].1.clone_from(&value);
                each_bit_flip(&name, |altered| {
                    changed[at].0 = altered.to_owned();
                    assert!(
                        judge.cookies(object, &borrowed(&changed)).is_err(),
                        "{altered}"
                    );
                });
            }
        }
    }
}

fn cloudfront_base64(text: &str) -> Vec<u8> {
    STANDARD
        .decode(text.replace('-', "+").replace('_', "=").replace('~', "/"))
        .unwrap()
}

fn cloudfront_text(bytes: &[u8]) -> String {
    STANDARD
        .encode(bytes)
        .replace('+', "-")
        .replace('=', "_")
        .replace('/', "~")
}

#[test]
fn every_flipped_bit_of_the_policy_or_the_signature_under_the_base64_is_refused() {
    let judge = Judge::new();
    for column in COLUMNS {
        let signed = signed_url("custom-ip32", column);
        for name in ["Policy=", "Signature="] {
            let start = signed.find(name).unwrap() + name.len();
            let end = start + signed[start..].find('&').unwrap_or(signed.len() - start);
            let mut bytes = cloudfront_base64(&signed[start..end]);
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    bytes[at] ^= 1 << bit;
                    let text = cloudfront_text(&bytes);
                    let altered = format!("{}{text}{}", &signed[..start], &signed[end..]);
                    assert!(judge.url(&altered).is_err(), "{altered}");
                    bytes[at] ^= 1 << bit;
                }
            }
        }
    }
}

#[test]
fn every_flipped_bit_outside_the_wildcard_is_refused() {
    let judge = Judge::new();
    for column in COLUMNS {
        let signed = signed_url("policy-wild-dir", column);
        assert_eq!(judge.url(&signed), Ok(()));
        let covered = "https://media.example.com/hls/c1/l1/".len();
        let query = signed.find('?').unwrap();
        each_bit_flip(&signed[..covered], |altered| {
            assert!(
                judge
                    .url(&format!("{altered}{}", &signed[covered..]))
                    .is_err(),
                "{altered}"
            );
        });
        each_bit_flip(&signed[query..], |altered| {
            assert!(
                judge
                    .url(&format!("{}{altered}", &signed[..query]))
                    .is_err(),
                "{altered}"
            );
        });
    }
}

#[test]
fn every_deleted_byte_is_refused() {
    let judge = Judge::new();
    for (case, _) in CASES {
        for column in COLUMNS {
            let signed = signed_url(case, column);
            for at in 0..signed.len() {
                let altered = format!("{}{}", &signed[..at], &signed[at + 1..]);
                assert!(judge.url(&altered).is_err(), "{altered}");
            }
        }
    }
}

#[test]
fn every_deleted_or_doubled_parameter_and_every_swapped_value_is_refused() {
    let judge = Judge::new();
    for (case, _) in CASES {
        for column in COLUMNS {
            let signed = signed_url(case, column);
            let (base, query) = signed.split_once('?').unwrap();
            let pieces: Vec<&str> = query.split('&').collect();
            let whole = |pieces: &[&str]| format!("{base}?{}", pieces.join("&"));
            for (at, piece) in pieces.iter().enumerate() {
                let mut fewer = pieces.clone();
                fewer.remove(at);
                assert!(judge.url(&whole(&fewer)).is_err(), "without {piece}");
                for place in 0..=pieces.len() {
                    let mut more = pieces.clone();
                    more.insert(place, piece);
                    assert!(judge.url(&whole(&more)).is_err(), "twice {piece}");
                }
                for other in at + 1..pieces.len() {
                    let (name, value) = piece.split_once('=').unwrap();
                    let (other_name, other_value) = pieces[other].split_once('=').unwrap();
                    let (first, second) = (
                        format!("{name}={other_value}"),
                        format!("{other_name}={value}"),
                    );
                    let mut swapped = pieces.clone();
                    swapped[at] = &first;
                    swapped[other] = &second;
                    assert!(judge.url(&whole(&swapped)).is_err(), "{first} {second}");
                }
            }
        }
    }
}

#[test]
fn no_request_opens_with_the_signature_of_another() {
    let judge = Judge::new();
    let mut seen = 0;
    for (case, object) in CASES {
        for column in COLUMNS {
            for (other, other_object) in CASES {
                for other_column in COLUMNS {
                    let cookies = signed_cookies(other, other_column);
                    let answer = judge.cookies(object, &borrowed(&cookies));
                    assert_eq!(answer.is_ok(), case == other, "{object} {other_object}");
                    let mut mixed = signed_cookies(case, column);
                    for (name, value) in &mut mixed {
                        if name == "CloudFront-Signature" {
                            let found = cookies.iter().find(|(other, _)| other == name);
                            value.clone_from(&found.unwrap().1);
                        }
                    }
                    let is_same = (case, column) == (other, other_column);
                    assert_eq!(judge.cookies(object, &borrowed(&mixed)).is_ok(), is_same);
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 64);
}

/// The signature's numbers stay the same here; only their DER is written in another way.
#[test]
fn an_ecdsa_signature_in_any_other_encoding_is_refused() {
    let judge = Judge::new();
    for column in ["ec-sha1", "ec-sha256"] {
        let signed = signed_url("canned-query", column);
        let signature = expected("canned-query", column)["signature"]
            .as_str()
            .unwrap()
            .to_owned();
        let der = cloudfront_base64(&signature);
        let length = der[1];
        let longer = |extra: u8, tail: &[u8]| [&[0x30, length + extra][..], tail].concat();
        let with_zero = [&[0x02, der[3] + 1, 0][..], &der[4..]].concat();
        for other in [
            [&[0x30, 0x81, length], &der[2..]].concat(),
            [&[0x30, 0x80], &der[2..], &[0, 0]].concat(),
            [&der[..], &[0]].concat(),
            longer(1, &[&der[2..], &[0]].concat()),
            longer(1, &with_zero),
            longer(1, &[&[0x02, 0x81, der[3]], &der[4..]].concat()),
            der[..der.len() - 1].to_vec(),
            raw_numbers(&der),
            Vec::new(),
        ] {
            let altered = signed.replace(&signature, &cloudfront_text(&other));
            assert_eq!(
                judge.url(&altered),
                Err(Refusal::BadSignature),
                "{other:02x?}"
            );
        }
        assert_eq!(
            judge.url(&signed.replace(&signature, &cloudfront_text(&der))),
            Ok(())
        );
    }
}

/// The two numbers side by side, 32 bytes each, as other formats have them.
fn raw_numbers(der: &[u8]) -> Vec<u8> {
    let (first, second) = der[4..].split_at(usize::from(der[3]));
    let fixed = |number: &[u8]| {
        let mut fixed = [0; 32];
        for (place, byte) in fixed.iter_mut().rev().zip(number.iter().rev()) {
            *place = *byte;
        }
        fixed
    };
    [fixed(first), fixed(&second[2..])].concat()
}
