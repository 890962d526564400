//! Hand-off tokens: what is taken, and everything that is not.

mod keys;
mod peer;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use connectors::hand_off::{
    Expected, HandOff, HandOffAlgorithm, HandOffKey, HandOffRefused, NewHandOff, mint, verify,
};
use domain::{StoreName, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

const ORIGIN: &str = "https://courses.example.com";
const NOW: i64 = 1_795_000_000;
const JTI: &str = "0123456789abcdef";

fn secret(byte: u8) -> HandOffKey {
    HandOffKey::new_secret(&[byte; 32])
}

fn store() -> StoreName {
    "shop".parse().unwrap()
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn claims() -> Value {
    json!({ "iss": "shop", "aud": ORIGIN, "sub": "42", "jti": JTI, "iat": NOW, "exp": NOW + 60 })
}

/// The claims, one of them another; null leaves it out.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims
}

/// Signs any bytes with HMAC, whatever the header says.
fn sign_bytes(key: &[u8], header: &[u8], payload: &[u8]) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn sign(header: &Value, claims: &Value) -> String {
    let key = secret(1);
    let (header, claims) = (header.to_string(), claims.to_string());
    sign_bytes(
        key.expose().as_bytes(),
        header.as_bytes(),
        claims.as_bytes(),
    )
}

fn verify_at(token: &str, keys: &[HandOffKey], now: i64) -> Result<HandOff, HandOffRefused> {
    let expected = Expected {
        store: &store(),
        origin: ORIGIN,
    };
    verify(token, keys, expected, Timestamp::from_seconds(now))
}

fn taken(token: &str) -> Result<HandOff, HandOffRefused> {
    verify_at(token, &[secret(1)], NOW)
}

#[test]
fn a_genuine_token_names_the_customer() {
    let hand_off = taken(&sign(&header(), &claims())).unwrap();
    assert_eq!(
        hand_off,
        HandOff {
            customer: "42".parse().unwrap(),
            verified_email: None,
            token_id: JTI.into(),
            expires_at: Timestamp::from_seconds(NOW + 60),
        }
    );
    let without_type = sign(&json!({ "alg": "HS256", "kid": "1" }), &claims());
    assert_eq!(taken(&without_type), Ok(hand_off.clone()));
    let listed = claims_with("aud", json!([ORIGIN]));
    assert_eq!(taken(&sign(&header(), &listed)), Ok(hand_off.clone()));
    let more = claims_with("name", json!("Ada"));
    assert_eq!(taken(&sign(&header(), &more)), Ok(hand_off));
}

#[test]
fn an_address_counts_only_when_the_store_says_that_it_is_verified() {
    for (email, is_verified, counts) in [
        (json!("Ada@Example.com"), json!(true), true),
        (json!("Ada@Example.com"), json!(false), false),
        (json!("Ada@Example.com"), json!("true"), false),
        (json!("Ada@Example.com"), json!(1), false),
        (json!("Ada@Example.com"), json!(null), false),
        (json!("nobody"), json!(true), false),
        (json!(null), json!(true), false),
    ] {
        let mut claims = claims_with("email", email.clone());
        claims["email_verified"] = is_verified.clone();
        let email_found = taken(&sign(&header(), &claims)).unwrap().verified_email;
        let expected = counts.then(|| "ada@example.com".parse().unwrap());
        assert_eq!(email_found, expected, "{email} {is_verified}");
    }
}

#[test]
fn every_claim_that_is_missing_or_wrong_is_refused_by_its_name() {
    let long = "x".repeat(256);
    for (name, value) in [
        ("iss", json!(null)),
        ("iss", json!("other")),
        ("iss", json!("Shop")),
        ("iss", json!(["shop"])),
        ("aud", json!(null)),
        ("aud", json!("https://courses.example.com/")),
        ("aud", json!("https://courses.example.com.evil.example")),
        ("aud", json!("http://courses.example.com")),
        ("aud", json!([])),
        ("aud", json!([ORIGIN, "https://evil.example"])),
        ("aud", json!([ORIGIN, ORIGIN])),
        ("aud", json!([[ORIGIN]])),
        ("sub", json!(null)),
        ("sub", json!("")),
        ("sub", json!(42)),
        ("sub", json!("4\u{0}2")),
        ("sub", json!(long)),
        ("jti", json!(null)),
        ("jti", json!("0123456789abcde")),
        ("jti", json!(long)),
        ("jti", json!("0123456789 abcdef")),
        ("jti", json!("0123456789\u{0}abcdef")),
        ("jti", json!(1_234_567_890_123_456_789_i64)),
        ("iat", json!(null)),
        ("iat", json!(NOW.to_string())),
        ("iat", json!(1_795_000_000.5)),
        ("iat", json!(-1)),
        ("exp", json!(null)),
        ("exp", json!((NOW + 60).to_string())),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(NOW + 61)),
        ("exp", json!(NOW)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!("now")),
    ] {
        let refused = taken(&sign(&header(), &claims_with(name, value.clone())));
        assert_eq!(refused, Err(HandOffRefused::Claim(name)), "{name} {value}");
    }
    for nobody in ["0", "00", " ", " 0 "] {
        let refused = taken(&sign(&header(), &claims_with("sub", json!(nobody))));
        assert_eq!(refused, Err(HandOffRefused::Nobody), "{nobody:?}");
    }
}

#[test]
fn a_token_lives_for_a_minute_at_most_and_comes_from_no_future_but_a_small_one() {
    let token = sign(&header(), &claims());
    for (now, outcome) in [
        (NOW - 31, Err(HandOffRefused::TooNew)),
        (NOW - 30, Ok(())),
        (NOW + 59, Ok(())),
        (NOW + 60, Err(HandOffRefused::Expired)),
        (NOW + 86_400, Err(HandOffRefused::Expired)),
    ] {
        let outcome_then = verify_at(&token, &[secret(1)], now).map(|_| ());
        assert_eq!(outcome_then, outcome, "{}", now - NOW);
    }
    let later =
        |begins: i64| taken(&sign(&header(), &claims_with("nbf", json!(begins)))).map(|_| ());
    assert_eq!(later(NOW + 30), Ok(()));
    assert_eq!(later(NOW + 31), Err(HandOffRefused::TooNew));
}

#[test]
fn an_old_token_that_is_wrong_otherwise_is_not_called_expired() {
    for claims in [
        claims_with("iss", json!("other")),
        claims_with("aud", json!("https://evil.example")),
        claims_with("sub", json!("0")),
        claims_with("jti", json!("short")),
    ] {
        let refused = verify_at(&sign(&header(), &claims), &[secret(1)], NOW + 600);
        assert_ne!(refused, Err(HandOffRefused::Expired), "{claims}");
        assert!(refused.is_err());
    }
    let forged = sign_bytes(
        &[7; 32],
        header().to_string().as_bytes(),
        claims().to_string().as_bytes(),
    );
    let refused = verify_at(&forged, &[secret(1)], NOW + 600);
    assert_eq!(refused, Err(HandOffRefused::BadSignature));
}

#[test]
fn the_header_chooses_nothing() {
    let key = secret(1);
    let mac_key = key.expose().as_bytes();
    let payload = claims().to_string();
    for (header, refusal) in [
        (json!({ "alg": "none" }), HandOffRefused::Algorithm),
        (json!({ "alg": "None" }), HandOffRefused::Algorithm),
        (json!({ "alg": "hs256" }), HandOffRefused::Algorithm),
        (json!({ "alg": "HS512" }), HandOffRefused::Algorithm),
        (json!({ "alg": "RS256" }), HandOffRefused::Algorithm),
        (json!({ "alg": "ES256" }), HandOffRefused::Algorithm),
        (
            json!({ "typ": "JWT" }),
            HandOffRefused::Malformed("its header has no alg"),
        ),
        (
            json!({ "alg": ["HS256"] }),
            HandOffRefused::Malformed("its header has no alg"),
        ),
        (
            json!({ "alg": "HS256", "typ": "at+jwt" }),
            HandOffRefused::Malformed("its typ is not JWT"),
        ),
        (
            json!({ "alg": "HS256", "typ": null }),
            HandOffRefused::Malformed("its typ is not JWT"),
        ),
        (
            json!({ "alg": "HS256", "crit": [] }),
            HandOffRefused::Malformed("its header has crit"),
        ),
        (
            json!({ "alg": "HS256", "crit": null }),
            HandOffRefused::Malformed("its header has crit"),
        ),
    ] {
        let token = sign_bytes(mac_key, header.to_string().as_bytes(), payload.as_bytes());
        assert_eq!(taken(&token), Err(refusal), "{header}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert!(taken(&unsigned).is_err(), "{header}");
    }
    let unsigned = sign(&header(), &claims());
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    assert_eq!(taken(&unsigned), Err(HandOffRefused::BadSignature));
}

#[test]
fn a_name_twice_is_refused_in_header_and_claims() {
    let key = secret(1);
    let key = key.expose().as_bytes();
    let (good_header, good_claims) = (header().to_string(), claims().to_string());
    let twice = HandOffRefused::Malformed("a part is not a JSON object with each name once");
    let two_subjects = good_claims.replacen('{', "{\"sub\":\"7\",", 1);
    for (header, claims) in [
        (good_header.as_str(), two_subjects.as_str()),
        (r#"{"alg":"none","alg":"HS256"}"#, &good_claims),
        (r#"{"alg":"HS256"} {}"#, &good_claims),
        (r#"["HS256"]"#, &good_claims),
        (&good_header, "[]"),
        (&good_header, "null"),
        (&good_header, ""),
        (&good_header, "\u{feff}{}"),
    ] {
        let token = sign_bytes(key, header.as_bytes(), claims.as_bytes());
        assert_eq!(taken(&token), Err(twice), "{header} {claims}");
    }
}

#[test]
fn a_token_has_three_parts_in_their_only_encoding() {
    let token = sign(&header(), &claims());
    assert!(taken(&token).is_ok());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let padded = URL_SAFE.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
    assert!(padded.ends_with('='));
    // The last character of a tag of 32 bytes has two unused bits.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet
        .chars()
        .nth(alphabet.find(last).unwrap() + 1)
        .unwrap();
    let same_bytes = format!("{}{next}", &signature[..signature.len() - 1]);
    for odd in [
        String::new(),
        signed.to_owned(),
        format!("{token}."),
        format!("{token}.e30"),
        format!(".{token}"),
        format!("{signed}.{padded}"),
        format!("{signed}.{same_bytes}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{signed}.{signature} "),
        format!("{}.{signature}", signed.replacen('.', "..", 1)),
        format!("{token}{}", "A".repeat(4_096)),
    ] {
        let refused = taken(&odd);
        assert!(
            matches!(refused, Err(HandOffRefused::Malformed(_))),
            "{odd} {refused:?}"
        );
    }
}

#[test]
fn each_of_two_keys_is_good_while_one_is_rotated() {
    let token = sign(&header(), &claims());
    assert!(verify_at(&token, &[secret(2), secret(1)], NOW).is_ok());
    assert!(verify_at(&token, &[secret(1), secret(2)], NOW).is_ok());
    let refused = verify_at(&token, &[secret(2), secret(3)], NOW);
    assert_eq!(refused, Err(HandOffRefused::BadSignature));
    assert_eq!(verify_at(&token, &[], NOW), Err(HandOffRefused::NoKey));
}

#[test]
fn a_token_of_ours_is_taken() {
    let new = NewHandOff {
        expected: Expected {
            store: &store(),
            origin: ORIGIN,
        },
        customer: &"gid://shop/Customer/9007199254740993".parse().unwrap(),
        verified_email: Some(&"ada@example.com".parse().unwrap()),
    };
    let token = mint(&secret(1), new, &[5; 16], Timestamp::from_seconds(NOW)).unwrap();
    let hand_off = verify_at(&token, &[secret(1)], NOW + 59).unwrap();
    assert_eq!(&hand_off.customer, new.customer);
    assert_eq!(hand_off.verified_email.as_ref(), new.verified_email);
    assert_eq!(hand_off.token_id, "BQUFBQUFBQUFBQUFBQUFBQ");
    let again = mint(&secret(1), new, &[6; 16], Timestamp::from_seconds(NOW)).unwrap();
    assert_ne!(taken(&again).unwrap().token_id, hand_off.token_id);
}

#[test]
fn no_refusal_repeats_what_came_in() {
    let canary = "canary0123456789";
    for token in [
        canary.to_owned(),
        format!("{canary}.{canary}.{canary}"),
        sign(&json!({ "alg": canary }), &claims()),
        sign(&header(), &claims_with("iss", json!(canary))),
        sign(&header(), &claims_with("sub", json!(format!("{canary}\n")))),
    ] {
        let refused = taken(&token).unwrap_err();
        assert!(
            !format!("{refused} {refused:?}").contains("canary"),
            "{refused}"
        );
    }
    assert!(!format!("{:?}", secret(1)).contains("stoa_hs_"));
}

/// Refuses the token with any one bit changed.
pub(crate) fn must_stand_as_it_is(token: &str, keys: &[HandOffKey]) {
    assert!(verify_at(token, keys, NOW).is_ok());
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            // What is no UTF-8 cannot even be a token.
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            let refused = verify_at(&changed, keys, NOW);
            assert!(
                refused.is_err(),
                "bit {bit} of byte {place} does not matter"
            );
        }
    }
}

#[test]
fn every_bit_of_a_token_matters() {
    must_stand_as_it_is(&sign(&header(), &claims()), &[secret(2), secret(1)]);
}

proptest! {
    #[test]
    fn nothing_that_was_not_signed_is_taken(text in ".{0,200}", parts in prop::array::uniform3("[A-Za-z0-9_-]{0,80}")) {
        prop_assert!(taken(&text).is_err());
        prop_assert!(taken(&parts.join(".")).is_err());
    }

    #[test]
    fn whatever_a_store_signs_names_its_customer_in_time_or_is_refused(
        name in prop::sample::select(vec!["iss", "aud", "sub", "jti", "iat", "exp", "nbf", "email", "email_verified"]),
        value in prop_oneof![
            Just(json!([ORIGIN])), Just(json!({})), any::<bool>().prop_map(Value::from), any::<i64>().prop_map(Value::from),
            (NOW - 100..NOW + 100).prop_map(Value::from), any::<f64>().prop_map(Value::from), any::<String>().prop_map(Value::from),
        ],
        now in NOW - 100..NOW + 100,
    ) {
        let token = sign(&header(), &claims_with(name, value));
        if let Ok(hand_off) = verify_at(&token, &[secret(1)], now) {
            let until = hand_off.expires_at.as_seconds();
            prop_assert!(now < until && until <= now + 90);
            prop_assert!(hand_off.token_id.len() >= 16);
        }
    }
}

fn es256(text: &str) -> HandOffKey {
    HandOffKey::read(HandOffAlgorithm::Es256, text).unwrap()
}
