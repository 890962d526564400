//! Refunds and disputes as events show them.

use domain::order::{DisputeStatus, RefundStatus};
use serde_json::{Value, json};

use super::{dispute, event, in_short, look_ups, read, refund, with};

fn charge(fields: &Value) -> Value {
    let charge = json!({
        "id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 12900, "amount_captured": 12900,
        "amount_refunded": 500, "refunded": false
    });
    with(charge, fields)
}

#[test]
fn a_partial_refund_is_only_what_it_is_though_the_event_is_called_charge_refunded() {
    let listed =
        json!({ "refunds": { "has_more": false, "data": [refund("re_1", "succeeded", 500)] } });
    let reading = read(&event("charge.refunded", 0, &charge(&listed)));
    assert_eq!(in_short(&reading.facts), ["pi_1 re_1 Succeeded 500"]);
    assert_eq!(look_ups(&reading), ["payment:pi_1"]);
}

#[test]
fn a_refunded_charge_that_lists_no_refunds_is_only_looked_up() {
    let reading = read(&event(
        "charge.refunded",
        0,
        &charge(&json!({ "refunded": true })),
    ));
    assert_eq!(reading.facts, []);
    assert_eq!(look_ups(&reading), ["payment:pi_1"]);
}

#[test]
fn a_charge_that_names_its_invoice_refunds_the_invoice() {
    let fields =
        json!({ "invoice": "in_1", "refunds": { "data": [refund("re_1", "succeeded", 500)] } });
    let reading = read(&event("charge.refunded", 0, &charge(&fields)));
    assert_eq!(in_short(&reading.facts), ["in_1 re_1 Succeeded 500"]);
    assert_eq!(look_ups(&reading), ["order:in_1"]);
}

#[test]
fn each_status_of_a_refund_has_its_meaning() {
    for (status, expected) in [
        (json!("pending"), RefundStatus::Pending),
        (json!("requires_action"), RefundStatus::Pending),
        (json!("succeeded"), RefundStatus::Succeeded),
        (json!("failed"), RefundStatus::Failed),
        (json!("canceled"), RefundStatus::Failed),
        (json!("something_new"), RefundStatus::Pending),
        (json!(null), RefundStatus::Pending),
    ] {
        let refund = with(refund("re_1", "", 500), &json!({ "status": status }));
        for kind in ["refund.created", "refund.updated", "charge.refund.updated"] {
            let reading = read(&event(kind, 0, &refund));
            assert_eq!(
                in_short(&reading.facts),
                [format!("pi_1 re_1 {expected:?} 500")]
            );
            assert_eq!(look_ups(&reading), ["payment:pi_1"]);
        }
    }
}

#[test]
fn a_failed_refund_has_failed_whatever_it_looked_like() {
    let reading = read(&event(
        "refund.failed",
        0,
        &refund("re_1", "succeeded", 500),
    ));
    assert_eq!(in_short(&reading.facts), ["pi_1 re_1 Failed 500"]);
}

#[test]
fn a_refund_of_a_charge_without_intent_is_of_the_charge() {
    let refund = with(
        refund("re_1", "succeeded", 500),
        &json!({ "payment_intent": null }),
    );
    let reading = read(&event("refund.created", 0, &refund));
    assert_eq!(look_ups(&reading), ["payment:ch_1"]);
}

#[test]
fn a_warning_is_an_inquiry_and_only_a_dispute_is_one() {
    for (status, expected) in [
        ("warning_needs_response", DisputeStatus::Inquiry),
        ("warning_under_review", DisputeStatus::Inquiry),
        ("warning_closed", DisputeStatus::Inquiry),
        ("prevented", DisputeStatus::Inquiry),
        ("charge_refunded", DisputeStatus::Inquiry),
        ("needs_response", DisputeStatus::Open),
        ("under_review", DisputeStatus::Open),
        ("won", DisputeStatus::Won),
        ("lost", DisputeStatus::Lost),
        ("appeal_needs_response", DisputeStatus::Lost),
        ("appeal_under_review", DisputeStatus::Lost),
    ] {
        for kind in [
            "created",
            "updated",
            "closed",
            "funds_withdrawn",
            "funds_reinstated",
        ] {
            let reading = read(&event(
                &format!("charge.dispute.{kind}"),
                0,
                &dispute(status),
            ));
            assert_eq!(
                in_short(&reading.facts),
                [format!("pi_1 dp_1 {expected:?}")]
            );
            assert_eq!(look_ups(&reading), ["payment:pi_1"]);
        }
    }
}

#[test]
fn a_dispute_in_a_state_that_we_do_not_know_is_only_looked_up() {
    let reading = read(&event(
        "charge.dispute.updated",
        0,
        &dispute("something_new"),
    ));
    assert_eq!(reading.facts, []);
    assert_eq!(look_ups(&reading), ["payment:pi_1"]);
}
