//! Whose webhooks are accepted.

use connectors::{Refused, StoreKind, connector};
use domain::Timestamp;
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::shop::{Capture, all_captures, capture, seconds, secret, verify};
use crate::peer;

const PAID: &str = "0129-medusa-payment.captured";

fn verdict(capture: &Capture, headers: &HeaderMap) -> Result<(), Refused> {
    verify(headers, &capture.body, capture.sent_at()).map(|_| ())
}

#[test]
fn every_capture_verifies_with_its_event_and_its_id() {
    for name in all_captures() {
        let capture = capture(&name);
        let webhook = verify(&capture.headers, &capture.body, capture.sent_at()).unwrap();
        let header = |name| capture.headers.get(name).unwrap().to_str().ok();
        assert_eq!(webhook.topic(), header("webhook-event"), "{name}");
        assert_eq!(webhook.event_id(), header("webhook-id"), "{name}");
    }
}

#[test]
fn every_flipped_bit_of_a_captured_body_is_refused() {
    let capture = capture("0118-medusa-customer.created");
    for index in 0..capture.body.len() {
        for bit in 0..8 {
            let mut body = capture.body.clone();
            body[index] ^= 1 << bit;
            let verdict = verify(&capture.headers, &body, capture.sent_at());
            assert_eq!(
                verdict,
                Err(Refused::BadSignature),
                "byte {index} bit {bit}"
            );
        }
    }
}

#[test]
fn a_webhook_without_one_of_the_three_headers_is_refused() {
    let capture = capture(PAID);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = capture.headers.clone();
        headers.remove(name);
        assert_eq!(
            verdict(&capture, &headers),
            Err(Refused::MissingHeader(name))
        );
    }
}

#[test]
fn a_recorded_webhook_is_refused_after_five_minutes() {
    let capture = capture(PAID);
    for (after, expected) in [
        (300, Ok(())),
        (301, Err(Refused::TooOld)),
        (-301, Err(Refused::TooNew)),
    ] {
        let at = capture.sent_at().plus_seconds(after);
        let verdict = verify(&capture.headers, &capture.body, at).map(|_| ());
        assert_eq!(verdict, expected, "{after}");
    }
}

// The header is not signed: whoever records a webhook can send it with another one.
#[test]
fn another_event_in_the_header_changes_no_meaning() {
    let capture = capture(PAID);
    let told = capture.read();
    for event in [Some("order.canceled"), Some(""), None] {
        let mut headers = capture.headers.clone();
        headers.remove("webhook-event");
        if let Some(event) = event {
            headers.insert("webhook-event", HeaderValue::from_static(event));
        }
        let webhook = verify(&headers, &capture.body, capture.sent_at()).unwrap();
        let reading = connector(StoreKind::Medusa).parse(&webhook).unwrap();
        assert_eq!(reading, told, "{event:?}");
    }
}

#[test]
fn the_official_library_accepts_every_capture_and_signs_the_same() {
    let captures: Vec<_> = all_captures().iter().map(|name| capture(name)).collect();
    let mut questions = Vec::new();
    for capture in &captures {
        let header = |name: &str| capture.headers[name].to_str().unwrap().to_owned();
        let at = capture.sent_at().as_seconds();
        let body = std::str::from_utf8(&capture.body).unwrap();
        let headers = json!({
            "webhook-id": header("webhook-id"), "webhook-timestamp": header("webhook-timestamp"),
            "webhook-signature": header("webhook-signature"),
        });
        let secret = secret();
        let question = json!({ "secret": secret.expose(), "at": at, "body": body, "id": header("webhook-id") });
        questions.push(question.clone());
        let mut verifying = question;
        verifying["headers"] = headers;
        questions.push(verifying);
    }
    let answers = peer::ask(questions);
    assert_eq!(answers.len(), 2 * captures.len());
    for (capture, answer) in captures.iter().zip(answers.chunks(2)) {
        assert_eq!(
            answer[0],
            capture.headers["webhook-signature"].to_str().unwrap()
        );
        assert_eq!(answer[1], true);
    }
}

#[test]
fn the_inbox_keeps_neither_the_signature_nor_a_cookie() {
    let capture = capture(PAID);
    let mut headers = capture.headers.clone();
    headers.insert("cookie", HeaderValue::from_static("session=1"));
    let webhook = verify(&headers, &capture.body, capture.sent_at()).unwrap();
    let kept: Vec<_> = webhook
        .headers()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        kept,
        [
            "content-type",
            "user-agent",
            "webhook-id",
            "webhook-timestamp"
        ]
    );
    assert_eq!(
        webhook.first_received_at(),
        Timestamp::from_seconds(seconds("2026-11-22T07:33:28Z").as_seconds())
    );
}
