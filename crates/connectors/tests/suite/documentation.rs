//! `docs/custom-store.md` says what is so.

use std::process::Command;

use connectors::hand_off::{self, Expected, HandOffKey};
use connectors::{ParseError, RawWebhook, StoreKind, StoreSecret, connector};
use domain::Timestamp;
use domain::order::OrderFact;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::peer;
use crate::shop::{secret, with};

const PAGE: &str = include_str!("../../../../docs/custom-store.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let blocks: Vec<_> = PAGE
        .split(opening.as_str())
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    assert!(!blocks.is_empty(), "{language}");
    blocks
}

/// Verifies at the moment of signing and parses at the end of 2026, when all examples have happened.
fn accept(secret: &StoreSecret, headers: &[(String, String)], body: &str) -> Vec<OrderFact> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect();
    let signed_at = headers["webhook-timestamp"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let raw = RawWebhook {
        headers: &headers,
        body: body.as_bytes(),
    };
    let custom = connector(StoreKind::Custom);
    let signed_at = Timestamp::from_seconds(signed_at);
    let webhook = custom
        .verify(std::slice::from_ref(secret), &raw, signed_at)
        .unwrap();
    parse_at_year_end(webhook.body()).unwrap()
}

fn parse_at_year_end(body: &[u8]) -> Result<Vec<OrderFact>, ParseError> {
    let at = "2026-12-31T00:00:00Z".parse().unwrap();
    let webhook =
        connectors::VerifiedWebhook::from_inbox(body.to_vec(), None, None, at, Vec::new());
    Ok(connector(StoreKind::Custom).parse(&webhook)?.facts)
}

#[test]
fn every_example_body_is_understood() {
    let examples = blocks("json");
    assert_eq!(examples.len(), 4);
    for example in examples {
        let facts = parse_at_year_end(example.as_bytes()).unwrap();
        assert!(!facts.is_empty(), "{example}");
    }
}

#[test]
fn the_first_example_has_every_field_of_the_table() {
    let example = blocks("json")[0];
    for name in [
        "test",
        "paid_at",
        "returned_quantity",
        "period_end",
        "refunds",
        "disputes",
    ] {
        assert!(example.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn the_shell_example_makes_a_request_that_is_accepted() {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{}", blocks("sh")[0]);
    let output = peer::run(
        Command::new("bash").args(["-euo", "pipefail", "-c", &script]),
        "",
    );
    let arguments: Vec<_> = output.split('\0').collect();
    let after = |option: &str| {
        let places = arguments.windows(2).filter(move |pair| pair[0] == option);
        places.map(|pair| pair[1]).collect::<Vec<_>>()
    };
    let headers: Vec<_> = after("-H")
        .into_iter()
        .map(|header| header.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let line = blocks("sh")[0].lines().next().unwrap();
    let secret = line
        .strip_prefix("secret='")
        .unwrap()
        .trim_end_matches('\'');
    let secret = StoreSecret::new(secret.to_owned());

    let facts = accept(&secret, &headers, after("--data-binary")[0]);

    assert_eq!(facts.len(), 1);
}

#[test]
fn the_javascript_example_makes_a_request_that_is_accepted() {
    let order = blocks("json")[1];
    let secret = secret(1);
    let script = format!(
        "{}\nglobalThis.fetch = (_, request) => console.log(JSON.stringify(request));
        await tellStoa('http://localhost/', '{}', 'evt-1', {order});",
        blocks("js")[0],
        secret.expose(),
    );
    let mut node = Command::new("node");
    node.args(["--input-type=module", "-"])
        .current_dir(peer::folder());
    let request: Value = serde_json::from_str(&peer::run(&mut node, &script)).unwrap();
    let headers: Vec<_> = request["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();

    let facts = accept(&secret, &headers, request["body"].as_str().unwrap());

    assert_eq!(facts.len(), 2);
}

#[test]
fn the_hand_off_example_makes_a_token_that_is_taken() {
    let key = HandOffKey::new_secret(&[1; 32]);
    let call = json!({
        "secret": key.expose(), "store": "my-shop", "stoa": "https://courses.example.com", "customer": { "id": 42 },
    });
    let script = format!(
        "{}\nDate.now = () => 1795000000999;\nprocess.stdout.write(handOffToken({call}));",
        blocks("mjs")[0],
    );
    let mut node = Command::new("node");
    node.args(["--input-type=module", "-"]);
    let token = peer::run(&mut node, &script);
    let expected = Expected {
        store: &"my-shop".parse().unwrap(),
        origin: "https://courses.example.com",
    };
    let now = Timestamp::from_seconds(1_795_000_000);
    let hand_off = hand_off::verify(&token, &[key], expected, now).unwrap();
    assert_eq!(hand_off.customer.as_str(), "42");
}

#[test]
fn the_mistakes_are_told_in_the_words_of_the_page() {
    let doubled = br#"{"type":"ping","type":"ping"}"#;
    let told = [
        parse_at_year_end(b"order").unwrap_err(),
        parse_at_year_end(doubled).unwrap_err(),
        parse_at_year_end(br#"{"code":1}"#).unwrap_err(),
        crate::shop::parse(&crate::shop::without("/data/lines/0/quantity")).unwrap_err(),
        crate::shop::parse(&with("/data/captured", -5)).unwrap_err(),
        crate::shop::parse(&crate::shop::without("/data/paid_at")).unwrap_err(),
        crate::shop::parse(&with("/timestamp", "2027-01-01T00:00:00Z")).unwrap_err(),
    ];
    for error in told {
        // Lines and columns differ from mistake to mistake.
        let text = error.to_string();
        let words = text.split("line").next().unwrap();
        assert!(PAGE.contains(words), "{text}");
    }
}
