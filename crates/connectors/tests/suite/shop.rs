//! A custom shop that signs what it sends.

use connectors::{
    ParseError, RawWebhook, Refused, StoreKind, StoreSecret, VerifiedWebhook, connector, custom,
};
use domain::Timestamp;
use domain::order::{OrderFact, OrderState, Saying};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

/// 2026-11-22T10:30:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_343_400);

pub(crate) fn secret(byte: u8) -> StoreSecret {
    custom::new_secret(&[byte; 32])
}

pub(crate) type Headers = [(&'static str, String); 3];

pub(crate) fn signed(secret: &StoreSecret, at: Timestamp, body: &[u8]) -> Headers {
    custom::sign(secret, "evt_1", at, body).unwrap()
}

pub(crate) fn header_map(headers: &[(&'static str, String)]) -> HeaderMap {
    let pairs = headers.iter().map(|(name, value)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (HeaderName::from_static(name), value)
    });
    pairs.collect()
}

pub(crate) fn verify(
    secrets: &[StoreSecret],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<VerifiedWebhook, Refused> {
    let raw = RawWebhook { headers, body };
    connector(StoreKind::Custom).verify(secrets, &raw, NOW)
}

/// Parses a body that was signed and received at [`NOW`].
pub(crate) fn parse_bytes(body: &[u8]) -> Result<Vec<OrderFact>, ParseError> {
    let headers = header_map(&signed(&secret(1), NOW, body));
    let webhook = verify(&[secret(1)], &headers, body).unwrap();
    Ok(connector(StoreKind::Custom).parse(&webhook)?.facts)
}

pub(crate) fn parse(body: &Value) -> Result<Vec<OrderFact>, ParseError> {
    parse_bytes(body.to_string().as_bytes())
}

/// Returns what is said of a body that cannot be read.
pub(crate) fn problem(body: &Value) -> String {
    parse(body).unwrap_err().to_string()
}

/// Returns the order's state, which is always the first fact.
pub(crate) fn order(facts: &[OrderFact]) -> &OrderState {
    match &facts[0].saying {
        Saying::Order(order) => &order.state,
        other => panic!("not an order: {other:?}"),
    }
}

/// A paid order with every field that there is.
pub(crate) fn paid_order() -> Value {
    json!({
        "type": "order.updated",
        "timestamp": "2026-11-22T10:29:59.5Z",
        "data": {
            "id": "1001", "status": "paid", "test": false, "paid_at": "2026-11-22T10:29:58Z",
            "currency": "EUR", "captured": 12900,
            "customer": { "id": "42", "email": "Ada@Example.com" },
            "lines": [
                { "id": "1", "product_id": "p-1", "variant_id": "v-1", "sku": "WATERCOLOUR", "title": "Watercolour",
                  "quantity": 2, "returned_quantity": 1, "period_end": "2027-01-01T00:00:00Z" }
            ],
            "refunds": [
                { "id": "r1", "status": "succeeded", "amount": 500, "shipping": false,
                  "lines": [{ "line_id": "1", "quantity": 1 }] }
            ],
            "disputes": [{ "id": "d1", "status": "inquiry" }]
        }
    })
}

/// [`paid_order`] with one field set.
pub(crate) fn with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut body = paid_order();
    fields(&mut body, pointer).insert(name(pointer), value.into());
    body
}

/// [`paid_order`] with one field taken out.
pub(crate) fn without(pointer: &str) -> Value {
    let mut body = paid_order();
    fields(&mut body, pointer).remove(&name(pointer)).unwrap();
    body
}

fn fields<'a>(body: &'a mut Value, pointer: &str) -> &'a mut serde_json::Map<String, Value> {
    let (parent, _) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap()
}

fn name(pointer: &str) -> String {
    pointer.rsplit_once('/').unwrap().1.to_owned()
}
