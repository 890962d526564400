//! WooCommerce, tried with what a real shop sent.

mod api;
mod catalogue;
mod fake;
mod history;
mod listing;
mod misbehaviour;
mod numbers;
mod reading;
mod signature;
mod traps;
mod webhooks;

use std::path::PathBuf;

use connectors::api::{ApiCredentials, HttpClient, Limits, StoreApi};
use connectors::{
    ParseError, RawWebhook, Reading, Refused, StoreKind, StoreSecret, VerifiedWebhook, connector,
    woocommerce,
};
use domain::Timestamp;
use domain::order::{OrderFact, OrderState, Saying};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::server::Server;
use crate::shop::NOW;

/// What the shop of the captures signs with.
pub(crate) const SECRET: &str = "wc-hook-s3cret&<>'x";

pub(crate) fn secret(text: &str) -> StoreSecret {
    StoreSecret::new(text.to_owned())
}

fn folder() -> PathBuf {
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/captures/woocommerce"
    )
    .into()
}

/// A request as the shop sent it.
pub(crate) struct Capture {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Lists the captured requests, by folder and number: `each-event/0051`.
pub(crate) fn names() -> Vec<String> {
    let mut names = Vec::new();
    for kind in ["async-coalesced", "each-event", "subscriptions"] {
        for file in folder().join(kind).read_dir().unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            names.push(format!("{kind}/{}", name.split('-').next().unwrap()));
        }
    }
    names.sort();
    names
}

pub(crate) fn capture(name: &str) -> Capture {
    let (kind, number) = name.split_once('/').unwrap();
    let mut files = folder().join(kind).read_dir().unwrap();
    let file = files
        .find_map(|file| {
            let file = file.unwrap();
            let is_it = file.file_name().to_str().unwrap().starts_with(number);
            is_it.then(|| file.path())
        })
        .unwrap();
    let bytes = std::fs::read(file).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let headers = head.lines().skip(1).map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    });
    Capture {
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

/// Returns an answer of the shop's API.
pub(crate) fn answer(name: &str) -> Value {
    let bytes = std::fs::read(folder().join("api").join(name)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

pub(crate) fn verify(
    secrets: &[StoreSecret],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<VerifiedWebhook, Refused> {
    let raw = RawWebhook { headers, body };
    connector(StoreKind::Woocommerce).verify(secrets, &raw, NOW)
}

pub(crate) fn parse(webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
    connector(StoreKind::Woocommerce).parse(webhook)
}

/// Reads a captured webhook, received at [`NOW`].
pub(crate) fn read(name: &str) -> Result<Reading, ParseError> {
    let capture = capture(name);
    parse(&verify(&[secret(SECRET)], &capture.headers, &capture.body).unwrap())
}

/// Returns the body of a captured webhook.
pub(crate) fn body(name: &str) -> Value {
    serde_json::from_slice(&capture(name).body).unwrap()
}

/// Reads any body that the shop has signed.
pub(crate) fn read_signed(topic: &'static str, body: &[u8]) -> Result<Reading, ParseError> {
    let mut headers = HeaderMap::new();
    let signature = woocommerce::sign(&secret(SECRET), body);
    headers.insert("x-wc-webhook-signature", signature.parse().unwrap());
    headers.insert("x-wc-webhook-topic", HeaderValue::from_static(topic));
    parse(&verify(&[secret(SECRET)], &headers, body).unwrap())
}

/// Reads an order that is like a captured one, but for some changes.
pub(crate) fn read_changed(name: &str, change: impl FnOnce(&mut Value)) -> OrderState {
    let mut order = body(name);
    change(&mut order);
    let reading = read_signed("order.updated", order.to_string().as_bytes()).unwrap();
    state(&reading.facts[0]).clone()
}

pub(crate) fn state(fact: &OrderFact) -> &OrderState {
    match &fact.saying {
        Saying::Order(order) => &order.state,
        other => panic!("not an order: {other:?}"),
    }
}

/// Returns the version's time of what a fact says.
pub(crate) fn version(fact: &OrderFact) -> Timestamp {
    match &fact.saying {
        Saying::Order(order) => order.version.at,
        Saying::Refund(_, refund) => refund.version.at,
        Saying::Dispute(_, dispute) => dispute.version.at,
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) const KEY: &str = "ck_0123456789abcdef0123456789abcdef01234567";
pub(crate) const KEY_SECRET: &str = "cs_76543210fedcba9876543210fedcba9876543210";

pub(crate) fn credentials(address: &str) -> ApiCredentials {
    ApiCredentials {
        address: address.to_owned(),
        key: Some(KEY.to_owned()),
        secret: secret(KEY_SECRET),
    }
}

pub(crate) fn api_within(server: &Server, limits: Limits) -> Box<dyn StoreApi> {
    let client = HttpClient::new(limits).unwrap();
    let credentials = credentials(&server.address);
    let opened = connector(StoreKind::Woocommerce).open_api(&client, &credentials);
    opened.unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn api(server: &Server) -> Box<dyn StoreApi> {
    api_within(server, Limits::default())
}
