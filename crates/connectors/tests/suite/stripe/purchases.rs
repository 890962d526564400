//! What is bought once: checkouts and payments are hints, whatever they say.

use connectors::Reading;
use serde_json::{Value, json};

use super::{event, intent, look_ups, problem, read, read_bytes, session, with};

fn asked(kind: &str, object: &Value) -> Vec<String> {
    let reading = read(&event(kind, 0, object));
    assert_eq!(reading.facts, [], "{kind}");
    look_ups(&reading)
}

const NONE: [&str; 0] = [];

#[test]
fn a_checkout_does_not_say_what_was_bought_so_it_is_only_looked_up() {
    for kind in [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    ] {
        assert_eq!(asked(kind, &session()), ["payment:pi_1"], "{kind}");
    }
}

#[test]
fn an_unpaid_checkout_states_no_payment() {
    let unpaid = with(session(), &json!({ "payment_status": "unpaid" }));
    assert_eq!(
        asked("checkout.session.completed", &unpaid),
        ["payment:pi_1"]
    );
}

#[test]
fn a_free_checkout_is_an_order_by_its_own_id() {
    let free = json!({ "payment_status": "no_payment_required", "payment_intent": null, "amount_total": 0 });
    let free = with(session(), &free);
    assert_eq!(asked("checkout.session.completed", &free), ["order:cs_1"]);
}

#[test]
fn where_there_is_an_invoice_it_is_the_order_and_the_payment_is_none() {
    let subscription =
        json!({ "mode": "subscription", "payment_intent": null, "subscription": "sub_1" });
    let subscription = with(session(), &subscription);
    assert_eq!(asked("checkout.session.completed", &subscription), NONE);
    let invoiced = json!({ "invoice": "in_1" });
    for session in [with(subscription, &invoiced), with(session(), &invoiced)] {
        assert_eq!(
            asked("checkout.session.completed", &session),
            ["order:in_1"]
        );
    }
    // The invoice is made a moment later, and says so itself.
    let to_come = with(
        session(),
        &json!({ "invoice_creation": { "enabled": true } }),
    );
    assert_eq!(asked("checkout.session.completed", &to_come), NONE);
}

#[test]
fn a_checkout_that_only_keeps_a_card_or_was_left_is_nothing() {
    let setup = with(
        session(),
        &json!({ "mode": "setup", "payment_intent": null }),
    );
    assert_eq!(asked("checkout.session.completed", &setup), NONE);
    assert_eq!(asked("checkout.session.expired", &session()), NONE);
}

#[test]
fn payments_and_charges_lead_to_the_invoice_where_they_name_it() {
    let charge = json!({ "id": "ch_1", "object": "charge", "payment_intent": "pi_1" });
    let invoiced = json!({ "invoice": "in_1" });
    for (kind, object) in [
        ("payment_intent.succeeded", intent()),
        ("payment_intent.canceled", intent()),
        ("charge.captured", charge.clone()),
        ("charge.expired", charge.clone()),
    ] {
        assert_eq!(asked(kind, &object), ["payment:pi_1"], "{kind}");
        assert_eq!(
            asked(kind, &with(object, &invoiced)),
            ["order:in_1"],
            "{kind}"
        );
    }
    let of_old = with(charge, &json!({ "payment_intent": null }));
    assert_eq!(asked("charge.captured", &of_old), ["payment:ch_1"]);
}

#[test]
fn the_payment_of_an_invoice_leads_to_the_invoice() {
    let payment = json!({ "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1" });
    assert_eq!(asked("invoice_payment.paid", &payment), ["order:in_1"]);
}

#[test]
fn other_events_say_nothing() {
    for kind in [
        "radar.early_fraud_warning.created",
        "customer.created",
        "charge.failed",
        "payment_intent.created",
        "invoice.upcoming",
        "something.quite.new",
    ] {
        let object = json!({ "id": null, "status": 7 });
        assert_eq!(read(&event(kind, 0, &object)), Reading::default(), "{kind}");
    }
}

#[test]
fn events_of_connected_accounts_and_thin_ones_say_nothing() {
    let other = with(
        event("checkout.session.completed", 0, &session()),
        &json!({ "account": "acct_2" }),
    );
    assert_eq!(read(&other), Reading::default());
    let thin = json!({ "id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found" });
    assert_eq!(read(&thin), Reading::default());
}

#[test]
fn bodies_that_are_no_events_are_refused() {
    assert_eq!(
        problem(&json!({ "error": { "type": "api_error" } })),
        "the body is an error object, not an event"
    );
    assert_eq!(problem(&json!({ "id": "evt_1" })), "type is missing");
    assert_eq!(
        problem(&json!({ "type": "invoice.paid" })),
        "data is missing"
    );
    assert_eq!(problem(&json!([])), "the body must be an object");
    assert!(read_bytes(b"{\"type\":1,\"type\":2}").is_err());
    assert!(read_bytes(b"").is_err());
}
