//! What the module sent, and what it might send.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::{
    ParseError, RawWebhook, Reading, Refused, StoreKind, StoreSecret, VerifiedWebhook, connector,
    custom,
};
use domain::Timestamp;
use domain::order::{OrderFact, OrderHistory, OrderState, Saying};
use domain::payment::{EndReason, StorePolicy, line_pays};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

pub(super) const ORDER_1: [&str; 5] = [
    "0114-medusa-order.placed",
    "0115-medusa-payment.captured",
    "0116-medusa-payment.refunded",
    "0117-medusa-payment.refunded",
    "0134-medusa-order.completed",
];

pub(super) const ORDER_2: [&str; 8] = [
    "0119-medusa-order.placed",
    "0120-medusa-payment.captured",
    "0122-medusa-order-edit.requested",
    "0123-medusa-order-edit.confirmed",
    "0124-medusa-order-edit.requested",
    "0125-medusa-order-edit.confirmed",
    "0131-medusa-order.fulfillment_created",
    "0132-medusa-order.return_requested",
];

pub(super) const ORDER_3: [&str; 3] = [
    "0201-medusa-order.placed",
    "0202-medusa-payment.captured",
    "0203-medusa-order.canceled",
];

pub(super) fn secret() -> StoreSecret {
    let key = STANDARD.encode("medusa-test-secret-0123456789ab");
    StoreSecret::new(format!("whsec_{key}"))
}

/// A request that the module sent.
pub(super) struct Capture {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Capture {
    pub(super) fn sent_at(&self) -> Timestamp {
        let seconds = self.headers["webhook-timestamp"].to_str().unwrap();
        Timestamp::from_seconds(seconds.parse().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Verifies and parses it, as it was received.
    pub(super) fn read(&self) -> Reading {
        let webhook = verify(&self.headers, &self.body, self.sent_at()).unwrap();
        connector(StoreKind::Medusa).parse(&webhook).unwrap()
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/captures/medusa"
    ))
}

/// Lists the captures by name, the oldest first.
pub(super) fn all_captures() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".http")?.to_owned()))
        .collect();
    names.sort();
    names
}

pub(super) fn capture(name: &str) -> Capture {
    let raw = std::fs::read(folder().join(format!("{name}.http"))).unwrap();
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&raw[..end]).unwrap();
    let headers = head.lines().skip(1).map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), value)
    });
    Capture {
        headers: headers.collect(),
        body: raw[end + 4..].to_vec(),
    }
}

pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    received_at: Timestamp,
) -> Result<VerifiedWebhook, Refused> {
    let raw = RawWebhook { headers, body };
    connector(StoreKind::Medusa).verify(&[secret()], &raw, received_at)
}

/// Parses a body that the module signed and we received at `at`.
pub(super) fn parse(body: &Value, at: Timestamp) -> Result<Reading, ParseError> {
    let body = body.to_string();
    let signed = custom::sign(&secret(), "msg_1", at, body.as_bytes()).unwrap();
    let headers = crate::shop::header_map(&signed);
    let webhook = verify(&headers, body.as_bytes(), at).unwrap();
    connector(StoreKind::Medusa).parse(&webhook)
}

/// The order that a capture brought.
pub(super) fn order_of(name: &str) -> Value {
    capture(name).json()["data"]["order"].clone()
}

/// Sends this order, read at `at`.
pub(super) fn sent(order: &Value, at: Timestamp) -> Reading {
    let body = json!({
        "type": "order.updated", "timestamp": at.to_string(), "data": { "event": { "id": order["id"] }, "order": order }
    });
    parse(&body, at).unwrap()
}

/// An answer of the Admin API.
pub(super) fn answer(name: &str) -> Value {
    let answer = std::fs::read(folder().join(format!("api/{name}.json"))).unwrap();
    serde_json::from_slice(&answer).unwrap()
}

/// The second order as the Admin API told it when its return had been received: the captured answer, with the fields that
/// it was not asked for.
pub(super) fn order_2_returned() -> Value {
    let answer = answer("GET-admin-orders");
    let mut order = answer["orders"][1].clone();
    let before = order_of(ORDER_2[7]);
    for field in ["currency_code", "created_at", "canceled_at", "customer"] {
        order[field] = before[field].clone();
    }
    order["payment_collections"] = before["payment_collections"].clone();
    order
}

/// Learns facts.
pub(super) fn learn(facts: impl IntoIterator<Item = OrderFact>) -> OrderHistory {
    let mut history = OrderHistory::default();
    for fact in facts {
        history.learn(fact.saying);
    }
    history
}

/// Returns the state that a reading tells, which is its first fact.
pub(super) fn state(reading: &Reading) -> &OrderState {
    match &reading.facts[0].saying {
        Saying::Order(order) => &order.state,
        other => panic!("not an order: {other:?}"),
    }
}

/// Tells of each line, by its SKU, whether it pays.
pub(super) fn lines(history: &OrderHistory) -> Vec<(String, Result<(), EndReason>)> {
    let order = &history.order.as_ref().unwrap().state;
    let lines = order.lines.iter().map(|line| {
        let sku = line.item.sku.as_ref().unwrap().to_string();
        let pays = line_pays(history, &line.external_id, StorePolicy::default());
        (sku, pays.map(|_| ()))
    });
    lines.collect()
}

/// Lists the SKUs of the lines that pay.
pub(super) fn paying(history: &OrderHistory) -> Vec<String> {
    let lines = lines(history).into_iter();
    lines
        .filter(|(_, pays)| pays.is_ok())
        .map(|(sku, _)| sku)
        .collect()
}

pub(super) fn seconds(text: &str) -> Timestamp {
    text.parse().unwrap()
}
