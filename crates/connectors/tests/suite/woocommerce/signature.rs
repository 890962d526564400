//! Whose signatures are accepted, and what is a ping.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::{RawWebhook, Refused, SecretError, StoreKind, connector, woocommerce};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::{SECRET, capture, names, secret, verify};
use crate::peer::{folder, run};
use crate::shop::NOW;

const SIGNATURE: &str = "x-wc-webhook-signature";

fn verdict(headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
    verify(&[secret(SECRET)], headers, body).map(|_| ())
}

#[test]
fn whatever_the_shop_signed_verifies_and_its_pings_do_not() {
    let (mut signed, mut pings) = (0, 0);
    for name in names() {
        let capture = capture(&name);
        match verdict(&capture.headers, &capture.body) {
            Ok(()) => signed += 1,
            Err(refused) => {
                assert_eq!(refused, Refused::MissingHeader(SIGNATURE), "{name}");
                pings += 1;
            }
        }
    }
    assert_eq!((signed, pings), (46, 8));
}

#[test]
fn the_signature_is_what_nodes_own_crypto_makes() {
    let bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{\"id\":40}".to_vec(),
        "{\"name\":\"Zo\u{eb} \u{1f3a8}\"}".into(),
        (0..=255).collect(),
        vec![b'x'; 100_000],
    ];
    let secrets = [
        "sixteen letters!",
        SECRET,
        "~}|{ `_^]\\[@?=;:/.-,+*)('&%$#\"!",
        &"long ".repeat(50),
    ];
    let pairs: Vec<_> = secrets
        .iter()
        .flat_map(|secret| bodies.iter().map(move |body| (*secret, body)))
        .collect();
    let questions: Vec<_> = pairs
        .iter()
        .map(|(secret, body)| json!({ "secret": secret, "body": STANDARD.encode(body) }))
        .collect();
    let answers = run(
        std::process::Command::new("node")
            .arg("hmac.mjs")
            .current_dir(folder()),
        &json!(questions).to_string(),
    );
    let answers: Vec<String> = serde_json::from_str(&answers).unwrap();
    assert_eq!(answers.len(), pairs.len());
    for ((text, body), answer) in pairs.into_iter().zip(answers) {
        assert_eq!(woocommerce::sign(&secret(text), body), answer, "{text}");
    }
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    let capture = capture("each-event/0065");
    for index in 0..capture.body.len() {
        for bit in 0..8 {
            let mut body = capture.body.clone();
            body[index] ^= 1 << bit;
            let refused = verdict(&capture.headers, &body);
            assert_eq!(
                refused,
                Err(Refused::BadSignature),
                "byte {index} bit {bit}"
            );
        }
    }
    for body in [&b"{\"id\":40"[..], b"{\"id\":40}\n", b""] {
        assert_eq!(verdict(&capture.headers, body), Err(Refused::BadSignature));
    }
}

#[test]
fn every_flipped_bit_of_the_signature_is_refused() {
    let capture = capture("each-event/0051");
    let good = capture.headers[SIGNATURE].as_bytes().to_vec();
    let mut tried = 0;
    for index in 0..good.len() {
        for bit in 0..8 {
            let mut altered = good.clone();
            altered[index] ^= 1 << bit;
            // What HTTP itself does not let through never reaches us.
            let Ok(altered) = HeaderValue::from_bytes(&altered) else {
                continue;
            };
            let mut headers = capture.headers.clone();
            headers.insert(SIGNATURE, altered);
            let refused = verdict(&headers, &capture.body);
            assert!(refused.is_err(), "byte {index} bit {bit}");
            tried += 1;
        }
    }
    assert!(tried > 250, "{tried}");
}

#[test]
fn another_spelling_of_a_good_signature_is_refused() {
    let capture = capture("each-event/0051");
    let good = capture.headers[SIGNATURE].to_str().unwrap();
    for other in [
        good.trim_end_matches('=').to_owned(),
        format!("{good}="),
        format!("sha256={good}"),
        format!("{good},{good}"),
        good.to_lowercase(),
        String::new(),
    ] {
        let mut headers = capture.headers.clone();
        headers.insert(SIGNATURE, other.parse().unwrap());
        assert!(verdict(&headers, &capture.body).is_err(), "{other}");
    }
}

#[test]
fn signature_and_topic_are_needed_once() {
    let capture = capture("each-event/0051");
    for name in [SIGNATURE, "x-wc-webhook-topic"] {
        let mut headers = capture.headers.clone();
        let value = headers.remove(name).unwrap();
        let refused = verdict(&headers, &capture.body);
        assert_eq!(refused, Err(Refused::MissingHeader(name)));
        headers.append(name, value.clone());
        headers.append(name, value);
        let refused = verdict(&headers, &capture.body);
        assert_eq!(refused, Err(Refused::RepeatedHeader(name)));
    }
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let capture = capture("each-event/0051");
    let (old, new) = (secret(SECRET), secret("another secret of the shop"));
    for secrets in [[old.clone(), new.clone()], [new.clone(), old]] {
        assert!(verify(&secrets, &capture.headers, &capture.body).is_ok());
    }
    let refused = verify(&[new], &capture.headers, &capture.body);
    assert_eq!(refused, Err(Refused::BadSignature));
}

#[test]
fn without_a_usable_secret_nothing_is_accepted() {
    let capture = capture("each-event/0051");
    let empty = secret("");
    let mut headers = capture.headers.clone();
    let by_empty = woocommerce::sign(&empty, &capture.body);
    headers.insert(SIGNATURE, by_empty.parse().unwrap());
    for secrets in [&[][..], std::slice::from_ref(&empty)] {
        let refused = verify(secrets, &headers, &capture.body);
        assert_eq!(refused, Err(Refused::NoSecret));
    }
}

// WordPress may keep a typed `<` as `&lt;`, and WooCommerce reads entities before it signs.
#[test]
fn a_secret_signs_alike_as_typed_and_as_wordpress_keeps_it() {
    let capture = capture("each-event/0051");
    for kept in [
        "wc-hook-s3cret&amp;&lt;&gt;&#039;x",
        "wc-hook-s3cret&&lt;>'x",
        "wc-hook-s3cret&#38;&#60;&#62;&#x27;x",
    ] {
        assert!(verify(&[secret(kept)], &capture.headers, &capture.body).is_ok());
    }
    let twice = "wc-hook-s3cret&amp;amp;&lt;&gt;&#039;x";
    assert!(verify(&[secret(twice)], &capture.headers, &capture.body).is_err());
}

#[test]
fn a_secret_has_16_to_255_printable_characters() {
    let check = |text: &str| connector(StoreKind::Woocommerce).check_secret(&secret(text));
    for good in [
        SECRET,
        &"x".repeat(16),
        &"x".repeat(255),
        "with some blanks in it",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "fifteen letters",
        &"x".repeat(256),
        "a new line at the end\n",
        " a blank before it",
        "a blank behind it ",
        "un secret tr\u{e8}s secret",
        "with a\u{7f}delete inside",
    ] {
        assert_eq!(check(bad), Err(SecretError::Text), "{bad:?}");
    }
}

#[test]
fn what_is_kept_holds_no_signature() {
    let capture = capture("each-event/0051");
    let mut headers = capture.headers.clone();
    headers.insert("authorization", HeaderValue::from_static("Basic eA=="));
    headers.insert("cookie", HeaderValue::from_static("a=b"));
    let webhook = verify(&[secret(SECRET)], &headers, &capture.body).unwrap();
    assert_eq!(webhook.topic(), Some("order.updated"));
    assert_eq!(webhook.event_id(), Some("4183f6819ee4a498d17077c3b877bb8d"));
    assert_eq!(webhook.first_received_at(), NOW);
    let kept: Vec<_> = webhook
        .headers()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "content-type",
        "user-agent",
        "x-wc-webhook-topic",
        "x-wc-webhook-delivery-id",
        "x-wc-webhook-id",
        "x-wc-webhook-source",
        "x-wc-webhook-resource",
        "x-wc-webhook-event",
    ];
    assert_eq!(kept, expected);
}

#[test]
fn the_unsigned_form_ping_is_a_ping_and_nothing_else_is() {
    let connector = connector(StoreKind::Woocommerce);
    for name in ["async-coalesced/0002", "each-event/0037", "each-event/0043"] {
        let capture = capture(name);
        let raw = RawWebhook {
            headers: &capture.headers,
            body: &capture.body,
        };
        assert!(connector.is_ping(&raw), "{name}");
    }
    let headers = HeaderMap::new();
    for body in [
        "",
        "webhook_id=",
        "webhook_id=1 ",
        "webhook_id=1&id=2",
        "webhook_id=-1",
        "webhook_id=1\n",
        "id=1",
        "webhook_id=123456789012345678901",
        r#"{"webhook_id":1}"#,
        r#"{"id":40}"#,
    ] {
        let raw = RawWebhook {
            headers: &headers,
            body: body.as_bytes(),
        };
        assert!(!connector.is_ping(&raw), "{body}");
    }
}
