//! What is a key, and what is none.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::engine::general_purpose::STANDARD;
use connectors::hand_off::HandOffKeyError;

use super::*;

/// A shop's own key pair, and its public half as PEM.
fn pair() -> (EcdsaKeyPair, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let info = pair.public_key().as_der().unwrap();
    (pair, pem("PUBLIC KEY", info.as_ref()))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn sign_es256(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_shop_may_keep_its_private_key_to_itself() {
    let (mine, public) = pair();
    let header = json!({ "alg": "ES256", "typ": "JWT" });
    let token = sign_es256(&mine, &header, &claims());
    let hand_off = verify_at(&token, &[es256(&public)], NOW).unwrap();
    assert_eq!(hand_off.customer.as_str(), "42");
    let (_, other) = pair();
    let refused = verify_at(&token, &[es256(&other)], NOW);
    assert_eq!(refused, Err(HandOffRefused::BadSignature));
    must_stand_as_it_is(&token, &[secret(1), es256(&public)]);
    let new = NewHandOff {
        expected: Expected {
            store: &store(),
            origin: ORIGIN,
        },
        customer: &hand_off.customer,
        verified_email: None,
    };
    let minted = mint(&es256(&public), new, &[5; 16], Timestamp::from_seconds(NOW));
    assert_eq!(minted, None, "only the shop can sign");
}

#[test]
fn a_public_key_is_no_secret() {
    let (mine, public) = pair();
    let hs256 = header().to_string();
    let es256_header = json!({ "alg": "ES256" }).to_string();
    let (claims_text, key) = (claims().to_string(), es256(&public));
    let point = mine.public_key().as_ref();
    for mac_key in [public.as_bytes(), public.trim().as_bytes(), point, b""] {
        for (header, refusal) in [
            (&hs256, HandOffRefused::Algorithm),
            (&es256_header, HandOffRefused::BadSignature),
        ] {
            let token = sign_bytes(mac_key, header.as_bytes(), claims_text.as_bytes());
            let refused = verify_at(&token, std::slice::from_ref(&key), NOW);
            assert_eq!(refused, Err(refusal), "{header}");
        }
    }
    // And the other way round: a signature of the shop's pair is none of the secret's.
    let token = sign_es256(&mine, &header(), &claims());
    let refused = verify_at(&token, &[key, secret(1)], NOW);
    assert_eq!(refused, Err(HandOffRefused::BadSignature));
}

#[test]
fn the_two_zero_numbers_sign_nothing() {
    let (_, public) = pair();
    let header = json!({ "alg": "ES256" }).to_string();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    for length in [0, 63, 64, 65, 70] {
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(vec![0; length]));
        let refused = verify_at(&token, &[es256(&public)], NOW);
        assert_eq!(refused, Err(HandOffRefused::BadSignature), "{length}");
    }
}

#[test]
fn a_new_secret_says_what_it_is_and_is_read_back_as_it_was() {
    let key = secret(1);
    let text = key.expose();
    assert!(
        text.starts_with("stoa_hs_") && text.len() == 8 + 43,
        "{text}"
    );
    let again = HandOffKey::read(HandOffAlgorithm::Hs256, &format!(" {text}\n")).unwrap();
    assert_eq!(again.expose(), text);
    let token = sign(&header(), &claims());
    assert!(verify_at(&token, &[again], NOW).is_ok());
    let names = HandOffAlgorithm::ALL.map(HandOffAlgorithm::name);
    assert_eq!(names, ["HS256", "ES256"]);
    assert_eq!(
        HandOffAlgorithm::from_name("es256"),
        Some(HandOffAlgorithm::Es256)
    );
    assert_eq!(HandOffAlgorithm::from_name("none"), None);
}

#[test]
fn what_is_no_key_is_refused_with_a_reason_that_does_not_repeat_it() {
    let (mine, public) = pair();
    let private = mine.to_pkcs8v1().unwrap();
    let private = pem("PRIVATE KEY", private.as_ref());
    let info = mine.public_key().as_der().unwrap();
    let mut off_the_curve = info.as_ref().to_vec();
    *off_the_curve.last_mut().unwrap() ^= 1;
    let mut another_curve = info.as_ref().to_vec();
    another_curve[22] ^= 1;
    let jwk = |changes: Value| {
        let (x, y) = mine.public_key().as_ref()[1..].split_at(32);
        let mut jwk = json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
        for (name, value) in changes.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk.to_string()
    };
    let read = |text: &str| HandOffKey::read(HandOffAlgorithm::Es256, text).map(|_| ());
    assert_eq!(
        read(&jwk(json!({ "use": "sig", "alg": "ES256", "kid": "1" }))),
        Ok(())
    );
    for (text, reason) in [
        (private, HandOffKeyError::Private),
        (jwk(json!({ "d": "AAAA" })), HandOffKeyError::Private),
        (String::new(), HandOffKeyError::NotP256),
        (
            public.replace("PUBLIC", "RSA PUBLIC"),
            HandOffKeyError::NotP256,
        ),
        (public.replacen('M', "N", 1), HandOffKeyError::NotP256),
        (
            public.replace("-----END", "-----STOP"),
            HandOffKeyError::NotP256,
        ),
        (pem("PUBLIC KEY", &off_the_curve), HandOffKeyError::NotP256),
        (pem("PUBLIC KEY", &another_curve), HandOffKeyError::NotP256),
        (jwk(json!({ "kty": "OKP" })), HandOffKeyError::NotP256),
        (jwk(json!({ "crv": "P-384" })), HandOffKeyError::NotP256),
        (jwk(json!({ "alg": "HS256" })), HandOffKeyError::NotP256),
        (jwk(json!({ "x": "AAAA" })), HandOffKeyError::NotP256),
        (jwk(json!({ "x": null })), HandOffKeyError::NotP256),
        ("{".into(), HandOffKeyError::NotP256),
    ] {
        assert_eq!(read(&text), Err(reason), "{text}");
    }
    for text in [
        "x".repeat(31),
        "x".repeat(257),
        format!("{}\n ", "x".repeat(31)),
    ] {
        let refused = HandOffKey::read(HandOffAlgorithm::Hs256, &text).map(|_| ());
        assert_eq!(refused, Err(HandOffKeyError::Length), "{}", text.len());
    }
}
