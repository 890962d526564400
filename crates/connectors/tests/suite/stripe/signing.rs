//! Whose signatures are accepted.

use connectors::{Refused, SecretError, StoreKind, StoreSecret, connector, stripe};
use domain::Timestamp;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::{NOW, ours, secret, signed, verify};
use crate::peer;
use crate::shop::header_map;

const BODY: &[u8] = br#"{"id":"evt_1","type":"invoice.paid","data":{"object":{}}}"#;
const HEADER: &str = "stripe-signature";

fn header(value: &str) -> HeaderMap {
    header_map(&[(HEADER, value.to_owned())])
}

fn verdict(headers: &HeaderMap) -> Result<(), Refused> {
    verify(&[ours()], headers, BODY).map(|_| ())
}

fn value() -> String {
    stripe::sign(&ours(), NOW, BODY).1
}

fn digits() -> String {
    value().split_once("v1=").unwrap().1.to_owned()
}

#[test]
fn a_signed_webhook_is_accepted_and_remembers_what_matters() {
    let mut headers = signed(NOW, BODY);
    headers.insert("user-agent", HeaderValue::from_static("Stripe/1.0"));
    headers.insert("cookie", HeaderValue::from_static("session=1"));
    let webhook = verify(&[ours()], &headers, BODY).unwrap();
    assert_eq!(webhook.body(), BODY);
    assert_eq!(webhook.topic(), Some("invoice.paid"));
    assert_eq!(webhook.event_id(), Some("evt_1"));
    assert_eq!(webhook.first_received_at(), NOW);
    let kept = [("user-agent".to_owned(), "Stripe/1.0".to_owned())];
    assert_eq!(webhook.headers(), kept);
}

#[test]
fn a_signed_body_that_cannot_be_read_is_kept_without_topic() {
    for body in [
        "",
        "{",
        "[]",
        r#"{"id":7,"type":{}}"#,
        r#"{"type":"a\u0000"}"#,
    ] {
        let headers = signed(NOW, body.as_bytes());
        let webhook = verify(&[ours()], &headers, body.as_bytes()).unwrap();
        assert_eq!(
            (webhook.topic(), webhook.event_id()),
            (None, None),
            "{body}"
        );
    }
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    let headers = signed(NOW, BODY);
    for index in 0..BODY.len() {
        for bit in 0..8 {
            let mut body = BODY.to_vec();
            body[index] ^= 1 << bit;
            let verdict = verify(&[ours()], &headers, &body);
            assert_eq!(
                verdict,
                Err(Refused::BadSignature),
                "byte {index} bit {bit}"
            );
        }
    }
}

#[test]
fn every_flipped_bit_of_the_header_is_refused() {
    let original = value();
    let mut tried = 0;
    for index in 0..original.len() {
        for bit in 0..8 {
            let mut changed = original.clone().into_bytes();
            changed[index] ^= 1 << bit;
            let Ok(changed) = HeaderValue::from_bytes(&changed) else {
                continue;
            };
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, changed);
            assert!(verdict(&headers).is_err(), "byte {index} bit {bit}");
            tried += 1;
        }
    }
    assert!(tried > 400, "{tried}");
}

#[test]
fn a_missing_or_repeated_header_is_refused() {
    let missing = Err(Refused::MissingHeader(HEADER));
    assert_eq!(verdict(&HeaderMap::new()), missing);
    let mut twice = signed(NOW, BODY);
    twice.append(HEADER, value().parse().unwrap());
    assert_eq!(verdict(&twice), Err(Refused::RepeatedHeader(HEADER)));
}

#[test]
fn a_header_of_another_form_is_refused() {
    let (time, digits) = (NOW.as_seconds(), digits());
    let malformed = Err(Refused::MalformedHeader(HEADER));
    for value in [
        String::new(),
        format!("v1={digits}"),
        format!("t={time},t={time},v1={digits}"),
        format!("t=+{time},v1={digits}"),
        format!("t=0{time},v1={digits}"),
        format!("t=,v1={digits}"),
        format!("t={time}.0,v1={digits}"),
        format!("t={time},v1={digits},"),
    ] {
        assert_eq!(verdict(&header(&value)), malformed, "{value}");
    }
    for value in [
        format!("t={time}"),
        format!("t={time},v1="),
        format!("t={time},v1={}", digits.to_uppercase()),
        format!("t={time},v1={}", &digits[..62]),
        format!("t={time},v1={digits}0"),
        format!("t={time},v1= {digits}"),
        format!("t={time}, v1={digits}"),
    ] {
        let verdict = verdict(&header(&value));
        assert_eq!(verdict, Err(Refused::BadSignature), "{value}");
    }
}

#[test]
fn schemes_other_than_v1_neither_help_nor_hurt() {
    let (time, digits) = (NOW.as_seconds(), digits());
    let test_mode = format!("t={time},v1={digits},v0=6ffbb59b2300aae63f272406069a9788");
    assert_eq!(verdict(&header(&test_mode)), Ok(()));
    let only_v0 = format!("t={time},v0={digits}");
    assert_eq!(verdict(&header(&only_v0)), Err(Refused::BadSignature));
}

#[test]
fn while_a_secret_is_rolled_either_one_will_do() {
    let (old, new) = (secret("old-old-old-old-old"), secret("new-new-new-new-new"));
    let of = |secret: &StoreSecret| stripe::sign(secret, NOW, BODY).1;
    let (_, new_digits) = of(&new)
        .rsplit_once(',')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let both = header(&format!("{},{new_digits}", of(&old)));
    for known in [
        vec![old.clone()],
        vec![new.clone()],
        vec![ours(), new.clone()],
        vec![old, new],
    ] {
        assert!(verify(&known, &both, BODY).is_ok());
    }
    assert_eq!(verdict(&both), Err(Refused::BadSignature));
}

#[test]
fn five_minutes_are_tolerated_both_ways_and_not_a_second_more() {
    for (seconds, expected) in [
        (-300, Ok(())),
        (300, Ok(())),
        (-301, Err(Refused::TooOld)),
        (301, Err(Refused::TooNew)),
        (-1_000_000_000, Err(Refused::TooOld)),
    ] {
        let headers = signed(NOW.plus_seconds(seconds), BODY);
        assert_eq!(verdict(&headers), expected, "{seconds}");
    }
}

#[test]
fn a_secret_is_an_endpoints_and_others_are_passed_over() {
    let stripe = connector(StoreKind::Stripe);
    for text in [
        "whsec_test_0123456789abcdef",
        "whsec_8jqEG2iLO4vTCwYbDfQhnXzr5pKmUa7N",
    ] {
        let secret = StoreSecret::new(text.to_owned());
        assert_eq!(stripe.check_secret(&secret), Ok(()), "{text}");
    }
    for text in [
        "",
        "whsec_",
        "whsec_short",
        "sk_live_0123456789abcdef",
        "whsec_0123456789 abcdef",
        "0123456789abcdef0123",
    ] {
        let secret = StoreSecret::new(text.to_owned());
        assert_eq!(
            stripe.check_secret(&secret),
            Err(SecretError::NotStripe),
            "{text}"
        );
        let headers = header_map(&[stripe::sign(&secret, NOW, BODY)]);
        let verdict = verify(&[secret], &headers, BODY);
        assert_eq!(verdict, Err(Refused::NoSecret), "{text}");
    }
    assert_eq!(
        verify(&[], &signed(NOW, BODY), BODY),
        Err(Refused::NoSecret)
    );
    assert!(
        verify(
            &[StoreSecret::new(String::new()), ours()],
            &signed(NOW, BODY),
            BODY
        )
        .is_ok()
    );
}

fn ask(questions: &[Value]) -> Vec<Value> {
    assert!(peer::folder().join("node_modules/stripe").is_dir());
    let mut node = std::process::Command::new("node");
    let output = peer::run(
        node.arg("stripe.mjs").current_dir(peer::folder()),
        &Value::from(questions).to_string(),
    );
    serde_json::from_str(&output).unwrap()
}

const BODIES: [&str; 4] = [
    r#"{"id":"evt_1","type":"invoice.paid"}"#,
    "{\n  \"name\": \"Ada \u{1F3A8} Žižek\"\n}",
    "{\"slash\":\"\\/\",\"null\":\"\\u0000\"}",
    "[]",
];

#[test]
fn what_the_official_library_signs_is_accepted() {
    let question =
        |body: &str| json!({ "secret": ours().expose(), "at": NOW.as_seconds(), "body": body });
    let answers = ask(&BODIES.map(question));
    for (body, answer) in BODIES.iter().zip(answers) {
        let headers = header(answer.as_str().unwrap());
        assert!(
            verify(&[ours()], &headers, body.as_bytes()).is_ok(),
            "{body}"
        );
    }
}

#[test]
fn the_official_library_accepts_what_we_sign_and_refuses_what_we_refuse() {
    let mut questions = Vec::new();
    let mut ask_of = |value: String, at: Timestamp, body: &str| {
        questions.push(json!({
            "secret": ours().expose(), "at": at.as_seconds(), "body": body, "header": value
        }));
    };
    for body in BODIES {
        ask_of(stripe::sign(&ours(), NOW, body.as_bytes()).1, NOW, body);
    }
    let body = std::str::from_utf8(BODY).unwrap();
    ask_of(
        stripe::sign(&ours(), NOW.plus_seconds(-301), BODY).1,
        NOW,
        body,
    );
    ask_of(
        stripe::sign(&secret("another-endpoint"), NOW, BODY).1,
        NOW,
        body,
    );
    ask_of(format!("t={},v0={}", NOW.as_seconds(), digits()), NOW, body);
    let mut expected = vec![json!(true); BODIES.len()];
    expected.extend([json!(false), json!(false), json!(false)]);
    assert_eq!(ask(&questions), expected);
}
