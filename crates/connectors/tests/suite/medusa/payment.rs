//! When an order is paid: what Medusa leaves to be found out.

use connectors::ParseError;
use connectors::Subject;
use domain::Timestamp;
use domain::order::{OrderStatus, Saying};
use domain::payment::EndReason::{self, Cancelled, Refunded, Unpaid};
use serde_json::{Value, json};

use super::shop::{
    capture, learn, lines, order_2_returned, order_of, parse, paying, seconds, sent, state,
};

const PLACED: &str = "0128-medusa-order.placed";
const PAID: &str = "0129-medusa-payment.captured";
const EDITED: &str = "0123-medusa-order-edit.confirmed";

fn now() -> Timestamp {
    seconds("2026-11-22T08:00:00Z")
}

fn status_of(order: &Value) -> OrderStatus {
    state(&sent(order, now())).status
}

fn refund(id: &str, amount: &str) -> Value {
    json!({ "id": id, "raw_amount": { "value": amount }, "amount": 0, "created_at": "2026-11-22T07:40:00.000Z" })
}

fn payment(order: &mut Value) -> &mut Value {
    &mut order["payment_collections"][0]["payments"][0]
}

#[test]
fn a_capture_counts_though_it_changes_neither_the_time_nor_the_version_of_the_order() {
    let [placed, paid] = [PLACED, PAID].map(order_of);
    assert_eq!(placed["updated_at"], paid["updated_at"]);
    assert_eq!(placed["version"], paid["version"]);

    let facts = [PAID, PLACED].map(|name| capture(name).read().facts);
    let history = learn(facts.into_iter().flatten());

    assert_eq!(paying(&history), ["COURSE-WC-1"]);
    let order = history.order.unwrap();
    assert_eq!(order.version.at, seconds("2026-11-22T07:33:28.790Z"));
    assert_eq!(
        order.state.paid_at,
        Some(seconds("2026-11-22T07:33:28.542Z"))
    );
}

// Cancelling refunds what was captured and emits order.canceled only; the order that comes with it has the refund.
#[test]
fn a_cancelled_order_pays_nothing_and_brings_the_refund_that_no_event_told_of() {
    let paid = learn(capture("0202-medusa-payment.captured").read().facts);
    assert_eq!(paying(&paid), ["WC-1"]);

    let history = learn(capture("0203-medusa-order.canceled").read().facts);
    assert_eq!(lines(&history), [("WC-1".to_owned(), Err(Cancelled))]);
    let amounts: Vec<_> = history
        .succeeded_refunds()
        .map(|refund| refund.amount_minor)
        .collect();
    assert_eq!(amounts, [4_900]);

    // Told alone, either is enough.
    let cancelled = order_of("0203-medusa-order.canceled");
    for (field, value) in [("canceled_at", json!(null)), ("status", json!("pending"))] {
        let mut half = cancelled.clone();
        half[field] = value;
        assert_eq!(status_of(&half), OrderStatus::Cancelled, "{field}");
    }
}

#[test]
fn a_part_of_the_price_pays_nothing_and_the_rest_of_it_pays_everything() {
    let partly = learn(capture("0120-medusa-payment.captured").read().facts);
    assert_eq!(
        lines(&partly),
        [
            ("COURSE-OIL-PLUS".to_owned(), Err(Unpaid)),
            ("COURSE-WC-1".to_owned(), Err(Unpaid))
        ]
    );
    let wholly = learn(capture("0122-medusa-order-edit.requested").read().facts);
    assert_eq!(paying(&wholly), ["COURSE-OIL-PLUS", "COURSE-WC-1"]);
}

#[test]
fn an_edit_leaves_what_was_paid_and_adds_a_line_once_it_is_paid_too() {
    let added = learn(capture(EDITED).read().facts);
    assert_eq!(paying(&added), ["COURSE-OIL-PLUS", "COURSE-WC-1"]);

    let mut order = order_of(EDITED);
    order["payment_collections"][1]["payments"] = json!([{
        "id": "pay_2", "captured_at": null, "canceled_at": null, "refunds": [],
        "captures": [{ "id": "capt_2", "raw_amount": { "value": "78.99" }, "amount": 78.99,
            "created_at": "2026-11-22T07:50:00Z" }]
    }]);
    let nearly = learn(sent(&order, now()).facts);
    assert_eq!(paying(&nearly), ["COURSE-OIL-PLUS", "COURSE-WC-1"]);

    let payment = &mut order["payment_collections"][1]["payments"][0];
    payment["captured_at"] = json!("2026-11-22T07:50:00Z");
    payment["captures"][0]["raw_amount"]["value"] = json!("79");
    let paid = learn(sent(&order, now()).facts);
    assert_eq!(
        paying(&paid),
        ["COURSE-OIL-PLUS", "COURSE-WC-1", "COURSE-OIL-STD"]
    );
    let paid_at = paid.order.unwrap().state.paid_at;
    assert_eq!(paid_at, Some(seconds("2026-11-22T07:50:00Z")));
}

#[test]
fn of_a_line_that_an_edit_made_more_of_the_paid_pieces_stay() {
    let mut order = order_of(EDITED);
    let line = &mut order["items"][2];
    line["detail"]["raw_quantity"]["value"] = json!("3");
    line["raw_total"]["value"] = json!("237");
    for (total, pieces) in [
        (415, Some(3)),
        (416, Some(2)),
        (494, Some(2)),
        (495, Some(1)),
        (573, Some(1)),
        (574, None),
        (652, None),
    ] {
        // 415 were captured; the line is 3 for 79 each.
        order["total"] = json!(total);
        order["payment_collections"][0]["payments"][0]["captures"][0]["raw_amount"]["value"] =
            json!("337");
        let reading = sent(&order, now());
        let lines = &state(&reading).lines;
        assert_eq!(lines.get(2).map(|line| line.quantity), pieces, "{total}");
        assert_eq!(lines[0].quantity, 1);
    }
}

#[test]
fn what_is_missing_never_takes_a_line_of_the_checkout() {
    let mut order = order_of(EDITED);
    order["total"] = json!(10_000);
    let reading = sent(&order, now());
    let skus: Vec<_> = state(&reading)
        .lines
        .iter()
        .map(|line| line.item.sku.clone().unwrap())
        .collect();
    assert_eq!(skus.len(), 2);
    assert_eq!(
        paying(&learn(reading.facts)),
        ["COURSE-OIL-PLUS", "COURSE-WC-1"]
    );
}

#[test]
fn a_received_return_ends_its_line_and_pays_for_what_was_added() {
    let history = learn(sent(&order_2_returned(), now()).facts);
    assert_eq!(
        lines(&history),
        [
            ("COURSE-OIL-PLUS".to_owned(), Err(Refunded)),
            ("COURSE-OIL-STD".to_owned(), Ok(()))
        ]
    );
}

#[test]
fn a_return_that_came_back_damaged_ends_its_line_too() {
    let mut order = order_of(PAID);
    let detail = &mut order["items"][0]["detail"];
    detail["raw_return_dismissed_quantity"]["value"] = json!("1");
    assert_eq!(
        lines(&learn(sent(&order, now()).facts)),
        [("COURSE-WC-1".to_owned(), Err(Refunded))]
    );
}

// RULES §8, example 8.
#[test]
fn goodwill_refunds_end_access_when_they_reach_what_was_captured_and_not_before() {
    let facts = |name: &str| capture(name).read().facts;
    let mut history = learn(facts("0115-medusa-payment.captured"));
    assert_eq!(paying(&history), ["COURSE-WC-1"]);
    for fact in facts("0116-medusa-payment.refunded") {
        history.learn(fact.saying);
    }
    assert_eq!(paying(&history), ["COURSE-WC-1"]);
    for fact in facts("0117-medusa-payment.refunded") {
        history.learn(fact.saying);
    }
    assert_eq!(lines(&history), [("COURSE-WC-1".to_owned(), Err(Refunded))]);
}

// Between the refund and the credit that takes it off the total, and on servers that take nothing off.
#[test]
fn a_refund_that_did_not_shrink_the_total_leaves_the_order_paid() {
    let mut order = order_of(PAID);
    payment(&mut order)["refunds"] = json!([refund("ref_1", "10")]);
    assert_eq!(status_of(&order), OrderStatus::Paid);
    assert_eq!(paying(&learn(sent(&order, now()).facts)), ["COURSE-WC-1"]);
}

#[test]
fn a_refund_of_a_part_that_was_captured_does_not_make_the_rest_paid() {
    // 60 of 98 were captured and 40 of them given back, which took 40 off the total: 20 of 58 are paid.
    let mut order = order_of("0114-medusa-order.placed");
    order["total"] = json!(58);
    payment(&mut order)["captures"] =
        json!([{ "id": "capt_1", "amount": 60, "created_at": "2026-11-22T07:40:00Z" }]);
    payment(&mut order)["refunds"] = json!([refund("ref_1", "40")]);
    assert_eq!(status_of(&order), OrderStatus::PartiallyPaid);
}

#[test]
fn an_order_of_nothing_is_paid_when_it_is_placed() {
    let mut order = order_of(PLACED);
    order["total"] = json!(0);
    order["payment_collections"] = json!([]);
    let reading = sent(&order, now());
    assert_eq!(
        state(&reading).paid_at,
        Some(seconds("2026-11-22T07:33:27.789Z"))
    );
    assert_eq!(paying(&learn(reading.facts)), ["COURSE-WC-1"]);
}

#[test]
fn an_order_made_cheaper_before_its_capture_is_paid_by_what_it_costs_now() {
    let mut order = order_of("0120-medusa-payment.captured");
    order["total"] = json!(100);
    assert_eq!(status_of(&order), OrderStatus::Paid);
    order["total"] = json!(100.01);
    assert_eq!(status_of(&order), OrderStatus::PartiallyPaid);
}

#[test]
fn tax_that_is_finer_than_the_currency_is_rounded_on_both_sides() {
    let mut order = order_of(PAID);
    order["total"] = json!(49.0725);
    order["payment_collections"][0]["payments"][0]["captured_at"] = json!(null);
    let capture = &mut payment(&mut order)["captures"][0];
    capture["raw_amount"]["value"] = json!("49.0725");
    assert_eq!(state(&sent(&order, now())).captured_minor, 4_907);
    assert_eq!(status_of(&order), OrderStatus::Paid);
}

#[test]
fn captures_and_refunds_that_were_taken_back_do_not_count() {
    let mut order = order_of(PAID);
    payment(&mut order)["captures"][0]["deleted_at"] = json!("2026-11-22T07:40:00Z");
    payment(&mut order)["captured_at"] = json!(null);
    let mut refund = refund("ref_1", "49");
    refund["deleted_at"] = json!("2026-11-22T07:40:00Z");
    payment(&mut order)["refunds"] = json!([refund]);
    let reading = sent(&order, now());
    assert_eq!(state(&reading).captured_minor, 0);
    assert_eq!(state(&reading).status, OrderStatus::Authorised);
    assert_eq!(reading.facts.len(), 1);
}

#[test]
fn every_status_but_the_known_ones_grants_nothing() {
    let mut order = order_of(PAID);
    for (status, expected) in [
        ("pending", OrderStatus::Paid),
        ("completed", OrderStatus::Paid),
        ("archived", OrderStatus::Paid),
        ("draft", OrderStatus::Draft),
        ("canceled", OrderStatus::Cancelled),
        ("requires_action", OrderStatus::OnHold),
        ("reopened", OrderStatus::OnHold),
    ] {
        order["status"] = json!(status);
        assert_eq!(status_of(&order), expected, "{status}");
    }
    let mut order = order_of(PLACED);
    payment(&mut order)["canceled_at"] = json!("2026-11-22T07:40:00Z");
    assert_eq!(status_of(&order), OrderStatus::Pending);
}

#[test]
fn only_a_customer_with_an_account_is_known_by_its_id() {
    let mut order = order_of(PAID);
    assert_eq!(state(&sent(&order, now())).external_customer, None);
    order["customer"]["has_account"] = json!(true);
    let reading = sent(&order, now());
    let id = state(&reading).external_customer.as_ref().unwrap();
    assert_eq!(id.as_str(), "cus_01M812S2YY0G6E7MWNEFE38ZVR");
    order["customer"] = json!(null);
    order["email"] = json!("not an address");
    let reading = sent(&order, now());
    assert_eq!(
        (&state(&reading).external_customer, &state(&reading).email),
        (&None, &None)
    );
}

#[test]
fn a_clock_that_runs_ahead_hides_no_later_state() {
    let mut order = order_of(PLACED);
    order["updated_at"] = json!("2027-01-01T00:00:00Z");
    let ahead = sent(&order, now());
    let Saying::Order(told) = &ahead.facts[0].saying else {
        panic!("no order");
    };
    assert_eq!(told.version.at, now().plus_seconds(300));
    let later = sent(&order_of(PAID), now().plus_seconds(600));
    assert_eq!(
        paying(&learn([ahead.facts, later.facts].concat())),
        ["COURSE-WC-1"]
    );
}

#[test]
fn an_event_without_its_order_is_looked_up() {
    let about = |event: Value| {
        let data = json!({ "event": event, "metadata": {}, "order": null });
        let body =
            json!({ "type": "payment.captured", "timestamp": now().to_string(), "data": data });
        let reading = parse(&body, now()).unwrap();
        assert_eq!(reading.facts, []);
        reading
            .look_up
            .iter()
            .map(Subject::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(about(json!({ "id": "pay_1" })), ["payment:pay_1"]);
    assert_eq!(about(json!({ "id": "order_1" })), ["order:order_1"]);
    assert_eq!(
        about(json!({ "order_id": "order_1", "id": "ordch_1" })),
        ["order:order_1"]
    );
    for id in ["cus_1", "pay_col_1", "prod_1"] {
        assert_eq!(about(json!({ "id": id })), Vec::<String>::new());
    }
}

#[test]
fn a_body_that_is_no_order_fails_and_says_where() {
    let problem = |body: &Value| parse(body, now()).unwrap_err();
    assert_eq!(
        problem(&json!({ "code": "unknown_error", "message": "canary@example.com" })),
        ParseError::ErrorObject
    );
    for (field, value, said) in [
        ("status", json!(null), "data.order.status is missing"),
        (
            "total",
            json!("much"),
            "data.order.total must be a decimal number in range",
        ),
        ("items", json!({}), "data.order.items must be a list"),
        (
            "currency_code",
            json!("euro"),
            "data.order.currency_code must be an ISO 4217 code of three letters such as EUR",
        ),
        (
            "updated_at",
            json!("soon"),
            "data.order.updated_at must be an RFC 3339 time such as 2026-11-22T10:30:00Z",
        ),
    ] {
        let mut body = capture(PAID).json();
        body["data"]["order"][field] = value;
        assert_eq!(problem(&body).to_string(), said);
    }
    let mut twice = capture(PAID).json();
    let items = twice["data"]["order"]["items"].as_array_mut().unwrap();
    items.push(items[0].clone());
    let said = "data.order.items[1].id is the id of another line too";
    assert_eq!(problem(&twice).to_string(), said);
}

#[test]
fn reasons_are_told_for_lines_that_never_paid() {
    let placed = learn(capture(PLACED).read().facts);
    assert_eq!(
        lines(&placed),
        [("COURSE-WC-1".to_owned(), Err(EndReason::Unpaid))]
    );
}
