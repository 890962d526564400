//! Stripe.

mod account;
mod captures;
mod catalogue;
mod damage;
mod documentation;
mod fetching;
mod histories;
mod invoices;
mod listing;
mod misbehaviour;
mod money_back;
mod purchases;
mod signing;
mod webhooks;

use connectors::{
    ParseError, RawWebhook, Reading, Refused, StoreKind, StoreSecret, Subject, VerifiedWebhook,
    connector, stripe,
};
use domain::order::{OrderFact, OrderHistory, OrderState, Saying};
use domain::payment::{EndReason, StorePolicy, line_pays};
use domain::{ExternalId, Timestamp};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::shop::header_map;

/// 2026-11-22T10:30:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_343_400);

fn seconds_ago(seconds: i64) -> i64 {
    NOW.as_seconds() - seconds
}

fn secret(text: &str) -> StoreSecret {
    StoreSecret::new(format!("whsec_test_{text}"))
}

fn ours() -> StoreSecret {
    secret("0123456789abcdef")
}

fn signed(at: Timestamp, body: &[u8]) -> HeaderMap {
    header_map(&[stripe::sign(&ours(), at, body)])
}

fn verify(
    secrets: &[StoreSecret],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<VerifiedWebhook, Refused> {
    connector(StoreKind::Stripe).verify(secrets, &RawWebhook { headers, body }, NOW)
}

/// Reads a body that was signed and received at [`NOW`].
fn read_bytes(body: &[u8]) -> Result<Reading, ParseError> {
    let webhook = verify(&[ours()], &signed(NOW, body), body).unwrap();
    connector(StoreKind::Stripe).parse(&webhook)
}

fn read(event: &Value) -> Reading {
    read_bytes(event.to_string().as_bytes()).unwrap()
}

fn problem(event: &Value) -> String {
    let error = read_bytes(event.to_string().as_bytes()).unwrap_err();
    error.to_string()
}

/// An event of live mode about an object, that many seconds ago.
fn event(kind: &str, ago: i64, object: &Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2025-06-30.basil", "created": seconds_ago(ago),
        "livemode": true, "type": kind, "data": { "object": object }
    })
}

/// A value with some of its fields set.
fn with(mut object: Value, fields: &Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(fields);
    object
}

fn id(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn order_id(text: &str) -> Subject {
    Subject::Order(id(text))
}

fn payment_id(text: &str) -> Subject {
    Subject::Payment(id(text))
}

/// The facts in short: `in_1 Paid 2900`, `pi_1 re_1 Succeeded 500`, `pi_1 dp_1 Open`.
fn in_short(facts: &[OrderFact]) -> Vec<String> {
    let short = |fact: &OrderFact| match &fact.saying {
        Saying::Order(state) => format!(
            "{} {:?} {}",
            fact.order, state.state.status, state.state.captured_minor
        ),
        Saying::Refund(refund, state) => format!(
            "{} {refund} {:?} {}",
            fact.order, state.state.status, state.state.amount_minor
        ),
        Saying::Dispute(dispute, state) => {
            format!("{} {dispute} {:?}", fact.order, state.state.status)
        }
    };
    facts.iter().map(short).collect()
}

fn look_ups(reading: &Reading) -> Vec<String> {
    reading.look_up.iter().map(Subject::to_string).collect()
}

fn order_state(facts: &[OrderFact]) -> &OrderState {
    let states = facts.iter().filter_map(|fact| match &fact.saying {
        Saying::Order(state) => Some(&state.state),
        Saying::Refund(..) | Saying::Dispute(..) => None,
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states.len(), 1, "{facts:?}");
    states[0]
}

fn versions(facts: &[OrderFact]) -> Vec<Timestamp> {
    let version = |fact: &OrderFact| match &fact.saying {
        Saying::Order(state) => state.version.at,
        Saying::Refund(_, state) => state.version.at,
        Saying::Dispute(_, state) => state.version.at,
    };
    facts.iter().map(version).collect()
}

fn history<'a>(order: &str, facts: impl IntoIterator<Item = &'a OrderFact>) -> OrderHistory {
    let mut history = OrderHistory::default();
    for fact in facts {
        if fact.order.as_str() == order {
            history.learn(fact.saying.clone());
        }
    }
    history
}

/// Whether a line pays, by the rules.
fn pays(history: &OrderHistory, line: &str) -> Result<(), EndReason> {
    line_pays(history, &id(line), StorePolicy::default()).map(|_| ())
}

/// An invoice of a monthly subscription in the shape of 2025.
fn invoice() -> Value {
    json!({
        "id": "in_1", "object": "invoice", "livemode": true, "status": "paid", "currency": "eur",
        "amount_paid": 2900, "created": seconds_ago(7_200), "customer": "cus_1", "customer_email": "Ada@Example.com",
        "billing_reason": "subscription_cycle",
        "status_transitions": {
            "finalized_at": seconds_ago(3_700), "marked_uncollectible_at": null, "paid_at": seconds_ago(3_600),
            "voided_at": null
        },
        "parent": { "type": "subscription_details", "subscription_details": { "subscription": "sub_1" } },
        "lines": { "object": "list", "has_more": false, "data": [invoice_line()] }
    })
}

fn invoice_line() -> Value {
    json!({
        "id": "il_1", "object": "line_item", "amount": 2900, "currency": "eur", "description": "1 × Watercolour (at €29.00 / month)",
        "quantity": 1, "period": { "start": seconds_ago(3_600), "end": seconds_ago(-2_592_000) },
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {
                "invoice_item": null, "proration": false, "subscription": "sub_1", "subscription_item": "si_1"
            }
        },
        "pricing": { "type": "price_details", "price_details": { "price": "price_1", "product": "prod_1" } }
    })
}

fn with_lines(lines: &[Value]) -> Value {
    let lines = json!({ "object": "list", "has_more": false, "data": lines });
    with(invoice(), &json!({ "lines": lines }))
}

/// A completed checkout of one thing, paid.
fn session() -> Value {
    json!({
        "id": "cs_1", "object": "checkout.session", "livemode": true, "mode": "payment", "status": "complete",
        "payment_status": "paid", "payment_intent": "pi_1", "invoice": null, "subscription": null,
        "invoice_creation": { "enabled": false }, "currency": "eur", "amount_total": 12900,
        "created": seconds_ago(4_000), "customer": null, "customer_email": null,
        "customer_details": { "email": "Ada@Example.com" }
    })
}

fn session_line() -> Value {
    json!({
        "id": "li_1", "object": "item", "description": "Drawing", "quantity": 1, "amount_total": 12900,
        "price": { "id": "price_2", "object": "price", "product": "prod_2" }
    })
}

fn intent() -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "livemode": true, "status": "succeeded", "currency": "eur",
        "amount": 12900, "amount_received": 12900, "created": seconds_ago(3_700), "customer": null,
        "receipt_email": null, "latest_charge": { "id": "ch_1", "object": "charge", "created": seconds_ago(3_650) }
    })
}

fn refund(refund: &str, status: &str, amount: i64) -> Value {
    json!({
        "id": refund, "object": "refund", "amount": amount, "currency": "eur", "created": seconds_ago(1_000),
        "status": status, "payment_intent": "pi_1", "charge": "ch_1"
    })
}

fn dispute(status: &str) -> Value {
    json!({
        "id": "dp_1", "object": "dispute", "amount": 12900, "currency": "eur", "created": seconds_ago(900),
        "status": status, "payment_intent": "pi_1", "charge": "ch_1", "livemode": true
    })
}
