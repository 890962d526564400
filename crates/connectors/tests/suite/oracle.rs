//! The official libraries and ours agree on who signed what.

use connectors::StoreSecret;
use domain::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::peer;
use crate::shop::{NOW, header_map, secret, verify};

/// A delivery as a sender, or somebody on its way, may have made it.
#[derive(Clone, Debug)]
struct Delivery {
    signer: u8,
    id: String,
    signed_after: i64,
    body: String,
    tampering: Option<Tampering>,
}

#[derive(Clone, Debug)]
enum Tampering {
    /// Replaces one character of: 0 to 2 the headers, 3 the body.
    Replace(usize, Index, char),
    Remove(usize),
    /// Puts other signatures around the good one.
    Surround(&'static str, &'static str),
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    let tampering = prop_oneof![
        (0..4_usize, any::<Index>(), prop::char::range('!', '~'))
            .prop_map(|(part, at, new)| Tampering::Replace(part, at, new)),
        (0..3_usize).prop_map(Tampering::Remove),
        prop::sample::select(vec![
            ("v2,abc ", ""),
            ("", " v1,abc"),
            ("v1,AAAA v1a,x ", " v9,"),
            (" ", " "),
        ])
        .prop_map(|(before, after)| Tampering::Surround(before, after)),
    ];
    (
        1..3_u8,
        "[A-Za-z0-9_-]{1,40}",
        prop_oneof![4 => -200..200_i64, 1 => -310..-290_i64, 1 => 290..310_i64],
        "[ -~äöü☃\n]{0,60}",
        prop::option::of(tampering),
    )
        .prop_map(|(signer, id, signed_after, body, tampering)| Delivery {
            signer,
            id,
            signed_after,
            body,
            tampering,
        })
}

/// Returns the headers and the body that arrive.
fn arrive(delivery: &Delivery) -> (Vec<(&'static str, String)>, String) {
    let at = NOW.plus_seconds(delivery.signed_after);
    let signer = secret(delivery.signer);
    let body = delivery.body.as_bytes();
    let mut headers = connectors::custom::sign(&signer, &delivery.id, at, body)
        .unwrap()
        .to_vec();
    let mut body = delivery.body.clone();
    match &delivery.tampering {
        None => {}
        Some(Tampering::Remove(part)) => {
            headers.remove(*part);
        }
        Some(Tampering::Surround(before, after)) => {
            headers[2].1 = format!("{before}{}{after}", headers[2].1);
        }
        Some(Tampering::Replace(part, at, new)) => {
            let text = headers.get_mut(*part).map_or(&mut body, |(_, value)| value);
            let mut chars: Vec<char> = text.chars().collect();
            if !chars.is_empty() {
                let index = at.index(chars.len());
                chars[index] = *new;
                *text = chars.into_iter().collect();
            }
        }
    }
    (headers, body)
}

/// Where we are stricter by intention: ids with a full stop, timestamps that only begin with a number, and what
/// `webhook-signature: v1,GOOD,…` carries behind a second comma.
fn is_stricter_by_intention(headers: &[(&'static str, String)]) -> bool {
    let value = |name| {
        headers
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, v)| v)
    };
    value("webhook-id").contains('.')
        || value("webhook-timestamp")
            .parse::<i64>()
            .map(|n| n.to_string())
            .ok()
            .as_deref()
            != Some(value("webhook-timestamp"))
        || value("webhook-signature").matches(',').count()
            > value("webhook-signature").split(' ').count()
}

#[test]
fn npm_standardwebhooks_gives_the_same_verdict_on_5_000_deliveries() {
    let mut runner = TestRunner::deterministic();
    let strategy = deliveries();
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    let mut arrived = Vec::new();
    while questions.len() < 5_000 {
        let delivery = strategy.new_tree(&mut runner).unwrap().current();
        let (headers, body) = arrive(&delivery);
        let object: serde_json::Map<_, _> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        questions.push(json!({
            "secret": secret(1).expose(), "at": NOW.as_seconds(), "body": body, "headers": object,
        }));
        ours.push(verify(&[secret(1)], &header_map(&headers), body.as_bytes()).is_ok());
        arrived.push(headers);
    }

    let theirs = peer::ask(questions);

    let mut accepted = 0;
    for ((ours, theirs), headers) in ours.iter().zip(&theirs).zip(&arrived) {
        if is_stricter_by_intention(headers) {
            assert!(!ours, "{headers:?}");
        } else {
            assert_eq!(json!(ours), *theirs, "{headers:?}");
        }
        accepted += usize::from(*ours);
    }
    assert!((500..4_500).contains(&accepted), "{accepted}");
}

#[test]
fn npm_standardwebhooks_makes_the_same_signatures() {
    let mut runner = TestRunner::deterministic();
    let strategy = deliveries();
    let made: Vec<_> = (0..500)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let questions = made.iter().map(|delivery| {
        json!({
            "secret": secret(1).expose(), "id": delivery.id, "body": delivery.body,
            "at": NOW.plus_seconds(delivery.signed_after).as_seconds(),
        })
    });
    let theirs = peer::ask(questions.collect());
    for (delivery, theirs) in made.iter().zip(theirs) {
        let at = NOW.plus_seconds(delivery.signed_after);
        let body = delivery.body.as_bytes();
        let [_, _, (_, ours)] =
            connectors::custom::sign(&secret(1), &delivery.id, at, body).unwrap();
        assert_eq!(json!(ours), theirs);
    }
}

/// The Rust library takes no clock, so this one test reads it.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the peer library reads the clock itself"
)]
fn rust_standardwebhooks_accepts_ours_and_ours_accepts_its() {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap();
    let now = Timestamp::from_seconds(seconds);
    let secret: StoreSecret = secret(1);
    let peer = standardwebhooks::Webhook::new(secret.expose()).unwrap();
    for body in ["", "{}", "{\"title\":\"Ölfarben ☃\"}"] {
        let headers = connectors::custom::sign(&secret, "evt_1", now, body.as_bytes()).unwrap();
        peer.verify(body.as_bytes(), &header_map(&headers)).unwrap();

        let theirs = peer.sign("evt_1", seconds, body.as_bytes()).unwrap();
        assert_eq!(headers[2].1, theirs);
    }
}
