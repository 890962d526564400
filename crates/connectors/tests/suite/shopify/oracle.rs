//! Shopify's official library and ours agree on who signed what.

use std::process::Command;

use connectors::StoreSecret;
use connectors::shopify::{app_proxy, session_token, sign};
use serde_json::{Value, json};

use super::delivery::{Delivery, NOW, recordings, secret};
use super::hand_off::{claims, token};
use crate::peer;

const OTHER: &str = "shpss_ffffffffffffffffffffffffffffffff";

fn ask(questions: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node");
    node.arg("shopify.mjs").current_dir(peer::folder());
    let answers = peer::run(&mut node, &Value::from(questions.to_vec()).to_string());
    serde_json::from_str(&answers).unwrap()
}

fn question(secret: &str, name: &str, content: Value) -> Value {
    let mut question = json!({ "secret": secret, "at": NOW.as_seconds(), "client": "9f8e7d6c5b4a39281706f5e4d3c2b1a0" });
    question[name] = content;
    question
}

fn webhook(delivery: &Delivery) -> Value {
    let headers = delivery
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())));
    let headers: serde_json::Map<String, Value> = headers.collect();
    json!({ "body": String::from_utf8(delivery.body.clone()).unwrap(), "headers": headers })
}

/// The recordings, and what somebody may make of each.
fn deliveries() -> Vec<Delivery> {
    let mut found = Vec::new();
    for (name, _) in recordings() {
        let good = Delivery::recorded(&name);
        let signature = good.headers["x-shopify-hmac-sha256"].to_str().unwrap();
        let mut longer = good.clone();
        longer.body.push(b' ');
        let mut shorter = good.clone();
        shorter.body.pop();
        let mut unpadded = good.clone();
        unpadded.set("x-shopify-hmac-sha256", signature.trim_end_matches('='));
        let mut foreign = good.clone();
        let other = sign(&StoreSecret::new(OTHER.to_owned()), &good.body);
        foreign.set("x-shopify-hmac-sha256", &other);
        let mut unsigned = good.clone();
        unsigned.headers.remove("x-shopify-hmac-sha256");
        found.extend([good, longer, shorter, unpadded, foreign, unsigned]);
    }
    found
}

#[test]
fn the_official_library_and_ours_accept_the_same_webhooks() {
    let deliveries = deliveries();
    let questions: Vec<_> = deliveries
        .iter()
        .map(|delivery| question(secret().expose(), "webhook", webhook(delivery)))
        .collect();
    let theirs = ask(&questions);
    let ours: Vec<_> = deliveries
        .iter()
        .map(|delivery| json!(delivery.verify(&[secret()]).is_ok()))
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.iter().filter(|good| **good == json!(true)).count(), 29);
}

#[test]
fn a_body_signed_by_the_official_library_is_accepted() {
    let bodies = [
        json!({ "id": 1 }).to_string(),
        "{\"title\":\"Äda ☃\\/\"}".to_owned(),
        " ".to_owned(),
    ];
    let questions: Vec<_> = bodies
        .iter()
        .map(|body| question(secret().expose(), "sign", json!(body)))
        .collect();
    for (body, signature) in bodies.iter().zip(ask(&questions)) {
        let mut delivery = Delivery::recorded("02");
        delivery.body = body.clone().into_bytes();
        delivery.set("x-shopify-hmac-sha256", signature.as_str().unwrap());
        assert!(delivery.verify(&[secret()]).is_ok(), "{body}");
    }
}

/// Returns a query as the library takes it.
fn as_object(query: &str) -> Value {
    let url = reqwest::Url::parse(&format!("https://proxy.test/?{query}")).unwrap();
    let mut object = json!({});
    for (name, value) in url.query_pairs() {
        let field = &mut object[name.as_ref()];
        *field = match field.take() {
            Value::Null => json!(value),
            Value::Array(mut values) => {
                values.push(json!(value));
                Value::Array(values)
            }
            one => json!([one, value]),
        };
    }
    object
}

#[test]
fn the_official_library_and_ours_accept_the_same_proxied_queries() {
    let mut queries = Vec::new();
    for seconds in [-91, -90, -1, 0, 90, 91] {
        for own in [
            "",
            "&utm=a",
            "&utm=a&utm=b",
            "&name=%C3%84da%20%26+Bob&empty=",
        ] {
            let at = NOW.plus_seconds(seconds).as_seconds();
            let query = format!(
                "shop=course-demo.myshopify.com&logged_in_customer_id=7&path_prefix=%2Fapps%2Fcourses&timestamp={at}{own}"
            );
            for secret in [secret().expose(), OTHER] {
                let secret = StoreSecret::new(secret.to_owned());
                let signature = app_proxy::sign(&secret, &query).unwrap();
                queries.push(format!("{query}&signature={signature}"));
            }
        }
    }
    let questions: Vec<_> = queries
        .iter()
        .map(|query| question(secret().expose(), "proxy", as_object(query)))
        .collect();
    let theirs = ask(&questions);
    let ours: Vec<_> = queries
        .iter()
        .map(|query| json!(app_proxy::verify(query, &[secret()], NOW).is_ok()))
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.iter().filter(|good| **good == json!(true)).count(), 16);
}

#[test]
fn the_official_library_and_ours_accept_the_same_session_tokens() {
    let now = NOW.as_seconds();
    let mut tokens = Vec::new();
    for alg in ["HS256", "HS512", "none"] {
        for (name, value) in [
            ("jti", json!("4e8f0b3c")),
            ("aud", json!("another")),
            ("exp", json!(now - 11)),
            ("exp", json!(now - 10)),
            ("exp", json!(now - 9)),
            ("nbf", json!(now + 10)),
            ("nbf", json!(now + 11)),
        ] {
            let mut claims = claims();
            claims[name] = value;
            let good = token(&json!({ "alg": alg, "typ": "JWT" }), &claims);
            tokens.push(good.replacen("ey", "eY", 1));
            tokens.push(good);
        }
    }
    let questions: Vec<_> = tokens
        .iter()
        .map(|token| question(secret().expose(), "token", json!(token)))
        .collect();
    let theirs = ask(&questions);
    let client = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";
    let ours: Vec<_> = tokens
        .iter()
        .map(|token| json!(session_token::verify(token, client, &[secret()], NOW).is_ok()))
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.iter().filter(|good| **good == json!(true)).count(), 3);
}
