//! Whose signatures are accepted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::{Refused, SecretError, StoreKind, StoreSecret, connector};
use domain::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::shop::{Headers, NOW, header_map, secret, signed, verify};

const BODY: &[u8] = br#"{"type":"order.deleted","data":{"id":"1"}}"#;

fn verdict(headers: &HeaderMap) -> Result<(), Refused> {
    verify(&[secret(1)], headers, BODY).map(|_| ())
}

fn signed_at(at: Timestamp) -> HeaderMap {
    header_map(&signed(&secret(1), at, BODY))
}

fn changed(change: impl FnOnce(&mut Headers)) -> HeaderMap {
    let mut headers = signed(&secret(1), NOW, BODY);
    change(&mut headers);
    header_map(&headers)
}

#[test]
fn a_signed_webhook_is_accepted_and_remembers_what_matters() {
    let mut headers = signed_at(NOW);
    headers.insert("user-agent", HeaderValue::from_static("shop/1"));
    headers.insert("cookie", HeaderValue::from_static("session=1"));
    headers.insert("authorization", HeaderValue::from_static("Bearer 1"));

    let webhook = verify(&[secret(1)], &headers, BODY).unwrap();

    assert_eq!(webhook.body(), BODY);
    assert_eq!(webhook.event_id(), Some("evt_1"));
    assert_eq!(webhook.first_received_at(), NOW);
    let kept: Vec<_> = webhook
        .headers()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(kept, ["user-agent", "webhook-id", "webhook-timestamp"]);
}

#[test]
fn the_example_of_the_specification_verifies() {
    let secret = StoreSecret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    let at = Timestamp::from_seconds(1_649_367_553);
    let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    let [_, _, (_, signature)] = connectors::custom::sign(&secret, id, at, body).unwrap();
    assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    let headers = signed_at(NOW);
    for index in 0..BODY.len() {
        for bit in 0..8 {
            let mut body = BODY.to_vec();
            body[index] ^= 1 << bit;
            let verdict = verify(&[secret(1)], &headers, &body);
            assert_eq!(
                verdict,
                Err(Refused::BadSignature),
                "byte {index} bit {bit}"
            );
        }
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_refused() {
    let original = signed(&secret(1), NOW, BODY);
    let mut tried = 0;
    for (name, value) in &original {
        for index in 0..value.len() {
            for bit in 0..8 {
                let mut bytes = value.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                // What HTTP itself does not let through never reaches us.
                let Ok(altered) = HeaderValue::from_bytes(&bytes) else {
                    continue;
                };
                let mut headers = header_map(&original);
                headers.insert(HeaderName::from_static(name), altered);
                assert!(verdict(&headers).is_err(), "{name}: byte {index} bit {bit}");
                tried += 1;
            }
        }
    }
    assert!(tried > 400, "{tried}");
}

#[test]
fn cut_or_lengthened_bodies_are_refused() {
    let headers = signed_at(NOW);
    for body in [
        &BODY[1..],
        &BODY[..BODY.len() - 1],
        b"",
        &[BODY, b"\n"].concat(),
    ] {
        assert_eq!(
            verify(&[secret(1)], &headers, body),
            Err(Refused::BadSignature)
        );
    }
}

#[test]
fn every_header_is_needed_once() {
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = signed_at(NOW);
        let value = headers.remove(name).unwrap();
        assert_eq!(verdict(&headers), Err(Refused::MissingHeader(name)));
        headers.append(name, value.clone());
        headers.append(name, value);
        assert_eq!(verdict(&headers), Err(Refused::RepeatedHeader(name)));
    }
}

#[test]
fn five_minutes_either_way_are_tolerated_and_no_second_more() {
    for (seconds, expected) in [
        (-301, Err(Refused::TooOld)),
        (-300, Ok(())),
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(Refused::TooNew)),
    ] {
        let headers = signed_at(NOW.plus_seconds(seconds));
        assert_eq!(verdict(&headers), expected, "{seconds}");
    }
}

#[test]
fn a_timestamp_is_a_plain_decimal_number() {
    let plain = NOW.as_seconds().to_string();
    for odd in [
        format!("+{plain}"),
        format!("0{plain}"),
        format!(" {plain}"),
        format!("{plain} "),
        format!("{plain}.0"),
        format!("{plain}000000000000"),
        "-0".to_owned(),
        String::new(),
    ] {
        let headers = changed(|headers| headers[1].1.clone_from(&odd));
        let expected = Err(Refused::MalformedHeader("webhook-timestamp"));
        assert_eq!(verdict(&headers), expected, "{odd:?}");
    }
}

#[test]
fn an_id_is_visible_ascii_without_a_full_stop() {
    for id in ["a.5", ".", "", "a b", "a\tb", &"a".repeat(256)] {
        let headers = header_map(&connectors::custom::sign(&secret(1), id, NOW, BODY).unwrap());
        let expected = Err(Refused::MalformedHeader("webhook-id"));
        assert_eq!(verdict(&headers), expected, "{id:?}");
    }
}

#[test]
fn one_matching_signature_of_several_is_enough() {
    let [_, _, (_, good)] = signed(&secret(1), NOW, BODY);
    let [_, _, (_, other)] = signed(&secret(2), NOW, BODY);
    for list in [
        format!("{good} {other}"),
        format!("{other} {good}"),
        format!("v1a,abcd v2,xyz v1,!!! v1 , {good}"),
    ] {
        let headers = changed(|headers| headers[2].1.clone_from(&list));
        assert_eq!(verdict(&headers), Ok(()), "{list}");
    }
}

#[test]
fn other_versions_and_spellings_of_a_good_signature_are_refused() {
    let [_, _, (_, good)] = signed(&secret(1), NOW, BODY);
    let tag = good.strip_prefix("v1,").unwrap();
    for list in [
        tag.to_owned(),
        format!("v2,{tag}"),
        format!("V1,{tag}"),
        format!("v1,{}", tag.trim_end_matches('=')),
        format!("v1,{tag}="),
        format!("v1,{tag},"),
        format!("v1,,{tag}"),
        format!("v1,{}", tag.replace('=', ".")),
        String::new(),
        "v1,".to_owned(),
    ] {
        let headers = changed(|headers| headers[2].1.clone_from(&list));
        assert_eq!(verdict(&headers), Err(Refused::BadSignature), "{list}");
    }
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let headers = header_map(&signed(&secret(2), NOW, BODY));
    assert!(verify(&[secret(1), secret(2)], &headers, BODY).is_ok());
    assert!(verify(&[secret(2), secret(1)], &headers, BODY).is_ok());
    assert_eq!(
        verify(&[secret(1)], &headers, BODY),
        Err(Refused::BadSignature)
    );
}

#[test]
fn without_a_usable_secret_nothing_is_accepted() {
    let short = StoreSecret::new("whsec_c2hvcnQ=".to_owned());
    let headers = signed_at(NOW);
    for secrets in [&[][..], std::slice::from_ref(&short)] {
        assert_eq!(verify(secrets, &headers, BODY), Err(Refused::NoSecret));
    }
    assert!(verify(&[short, secret(1)], &headers, BODY).is_ok());
}

#[test]
fn a_secret_is_base64_of_24_to_64_bytes() {
    let check =
        |text: &str| connector(StoreKind::Custom).check_secret(&StoreSecret::new(text.to_owned()));
    for length in [24, 32, 64] {
        let bare = STANDARD.encode(vec![7; length]);
        assert_eq!(check(&bare), Ok(()));
        assert_eq!(check(&format!("whsec_{bare}")), Ok(()));
    }
    for length in [0, 23, 65] {
        let bare = STANDARD.encode(vec![7; length]);
        assert_eq!(check(&bare), Err(SecretError::Length));
    }
    for odd in [
        "whsec_!",
        "whsec_ AAAA",
        "correct horse",
        "whsec_whsec_AAAA",
    ] {
        assert_eq!(check(odd), Err(SecretError::NotBase64), "{odd}");
    }
}

#[test]
fn nothing_shows_a_secret_or_a_body() {
    let secret = secret(1);
    assert!(!format!("{secret:?}").contains(secret.expose()));
    let headers = signed_at(NOW);
    let webhook = verify(&[secret], &headers, BODY).unwrap();
    assert!(!format!("{webhook:?}").contains("deleted"));
}

#[test]
fn the_inbox_gives_back_what_it_was_given() {
    let webhook = verify(&[secret(1)], &signed_at(NOW), BODY).unwrap();
    let read_back = connectors::VerifiedWebhook::from_inbox(
        webhook.body().to_vec(),
        webhook.topic().map(str::to_owned),
        webhook.event_id().map(str::to_owned),
        webhook.first_received_at(),
        webhook.headers().to_vec(),
    );
    assert_eq!(read_back, webhook);
}

#[test]
fn kinds_have_names() {
    for kind in StoreKind::ALL {
        assert_eq!(StoreKind::from_name(kind.name()), Some(kind));
        assert_eq!(connector(kind).kind(), kind);
    }
    assert_eq!(StoreKind::from_name("Custom"), None);
}
