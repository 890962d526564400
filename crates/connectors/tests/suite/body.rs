//! What a custom shop's body says.

use std::collections::BTreeMap;

use domain::order::{
    DisputeState, DisputeStatus, OrderHistory, OrderLine, OrderStatus, RefundState, RefundStatus,
    Saying, StoreItem,
};
use domain::{ExternalId, Timestamp};
use serde_json::{Value, json};

use crate::shop::{order, paid_order, parse, parse_bytes, problem, with, without};

fn id(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn history(bodies: &[Value]) -> OrderHistory {
    let mut history = OrderHistory::default();
    for fact in bodies.iter().flat_map(|body| parse(body).unwrap()) {
        history.learn(fact.saying);
    }
    history
}

#[test]
fn every_field_reaches_its_fact() {
    let facts = parse(&paid_order()).unwrap();

    assert_eq!(facts.len(), 3);
    assert!(facts.iter().all(|fact| fact.order == id("1001")));
    let state = order(&facts);
    assert_eq!(state.status, OrderStatus::Paid);
    assert!(!state.is_test);
    assert_eq!(state.paid_at, Some(time("2026-11-22T10:29:58Z")));
    assert_eq!(state.email.as_ref().unwrap().as_str(), "ada@example.com");
    assert_eq!(state.external_customer, Some(id("42")));
    assert_eq!(
        (state.currency.as_str(), state.captured_minor),
        ("EUR", 12_900)
    );
    assert_eq!(state.complete_refunds, Some([id("r1")].into()));
    let line = OrderLine {
        external_id: id("1"),
        item: StoreItem {
            product: Some(id("p-1")),
            variant: Some(id("v-1")),
            sku: Some(id("WATERCOLOUR")),
        },
        title: "Watercolour".to_owned(),
        quantity: 2,
        returned_quantity: 1,
        period_end: Some(time("2027-01-01T00:00:00Z")),
    };
    assert_eq!(state.lines, [line]);
    let Saying::Refund(refund_id, refund) = &facts[1].saying else {
        panic!("{:?}", facts[1]);
    };
    let expected = RefundState {
        status: RefundStatus::Succeeded,
        amount_minor: 500,
        is_shipping: false,
        lines: BTreeMap::from([(id("1"), 1)]),
    };
    assert_eq!((refund_id, &refund.state), (&id("r1"), &expected));
    let Saying::Dispute(dispute_id, dispute) = &facts[2].saying else {
        panic!("{:?}", facts[2]);
    };
    let expected = DisputeState {
        status: DisputeStatus::Inquiry,
    };
    assert_eq!((dispute_id, &dispute.state), (&id("d1"), &expected));
}

#[test]
fn a_title_cannot_command_the_terminal_that_shows_it() {
    let odd = with(
        "/data/lines/0/title",
        "Water\r\n\u{1b}[2J\u{9b}colour\u{7f}",
    );
    let facts = parse(&odd).unwrap();
    assert_eq!(order(&facts).lines[0].title, "Water   [2J colour ");
}

#[test]
fn the_order_and_all_that_hangs_on_it_have_the_time_of_the_change() {
    for fact in parse(&paid_order()).unwrap() {
        let at = match fact.saying {
            Saying::Order(order) => order.version.at,
            Saying::Refund(_, refund) => refund.version.at,
            Saying::Dispute(_, dispute) => dispute.version.at,
        };
        assert_eq!(at, time("2026-11-22T10:29:59.5Z"));
    }
}

#[test]
fn every_status_is_known_by_its_name() {
    for (name, status) in [
        ("draft", OrderStatus::Draft),
        ("pending", OrderStatus::Pending),
        ("authorised", OrderStatus::Authorised),
        ("on_hold", OrderStatus::OnHold),
        ("partially_paid", OrderStatus::PartiallyPaid),
        ("failed", OrderStatus::Failed),
        ("paid", OrderStatus::Paid),
        ("refunded", OrderStatus::Refunded),
        ("cancelled", OrderStatus::Cancelled),
    ] {
        assert_eq!(
            order(&parse(&with("/data/status", name)).unwrap()).status,
            status
        );
    }
    for odd in ["deleted", "Paid", "", "complete"] {
        assert!(problem(&with("/data/status", odd)).starts_with("data.status must be draft, "));
    }
}

#[test]
fn the_fields_that_may_be_absent_may_also_be_null() {
    for pointer in [
        "/data/test",
        "/data/customer",
        "/data/customer/id",
        "/data/customer/email",
        "/data/lines/0/product_id",
        "/data/lines/0/variant_id",
        "/data/lines/0/sku",
        "/data/lines/0/returned_quantity",
        "/data/lines/0/period_end",
        "/data/refunds",
        "/data/refunds/0/shipping",
        "/data/refunds/0/lines",
        "/data/disputes",
    ] {
        let absent = parse(&without(pointer)).unwrap();
        assert_eq!(
            parse(&with(pointer, Value::Null)).unwrap(),
            absent,
            "{pointer}"
        );
    }
}

#[test]
fn ids_beyond_2_to_the_53_survive_digit_for_digit() {
    for (written, kept) in [
        (json!(820_982_911_946_154_508_u64), "820982911946154508"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
        (
            json!("820982911946154508000000000000"),
            "820982911946154508000000000000",
        ),
        (json!(" 007 "), " 007 "),
    ] {
        assert_eq!(
            parse(&with("/data/id", written)).unwrap()[0].order,
            id(kept)
        );
    }
    let number = parse(&with("/data/id", 1001)).unwrap();
    assert_eq!(number, parse(&with("/data/id", "1001")).unwrap());
    for inexact in ["18446744073709551616", "1001.0", "1e3", "1001.5"] {
        let body = paid_order().to_string().replace("\"1001\"", inexact);
        let problem = parse_bytes(body.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            problem,
            "data.id must be a string or a whole number of up to 64 bits"
        );
    }
}

#[test]
fn guests_have_no_customer_id() {
    for guest in [json!(null), json!(""), json!(0), json!("0")] {
        let facts = parse(&with("/data/customer/id", guest)).unwrap();
        assert_eq!(order(&facts).external_customer, None);
        assert!(order(&facts).email.is_some());
    }
}

#[test]
fn an_address_that_is_none_leaves_the_order_to_its_customer_id() {
    for slip in ["", "ada", "ada@", "ada@@example.com", "ada@example..com"] {
        let facts = parse(&with("/data/customer/email", slip)).unwrap();
        assert_eq!(order(&facts).email, None);
        assert_eq!(order(&facts).external_customer, Some(id("42")));
    }
    let problem = problem(&with("/data/customer/email", 7));
    assert_eq!(problem, "data.customer.email must be a string");
}

#[test]
fn a_sku_may_be_zero_but_a_product_may_not() {
    let facts = parse(&with("/data/lines/0/sku", "0")).unwrap();
    assert_eq!(order(&facts).lines[0].item.sku, Some(id("0")));
    let facts = parse(&with("/data/lines/0/variant_id", 0)).unwrap();
    assert_eq!(order(&facts).lines[0].item.variant, None);
    let facts = parse(&with("/data/lines/0/sku", "")).unwrap();
    assert_eq!(order(&facts).lines[0].item.sku, None);
}

#[test]
fn unknown_fields_and_events_are_ignored() {
    let mut body = paid_order();
    body["version"] = json!(3);
    body["data"]["note"] = json!({ "gift": [1.5, null] });
    body["data"]["lines"][0]["weight"] = json!(0.25);
    assert_eq!(parse(&body).unwrap(), parse(&paid_order()).unwrap());
    assert_eq!(
        parse(&json!({ "type": "customer.updated", "data": 7 })),
        Ok(vec![])
    );
    assert_eq!(parse(&json!({ "type": "ping" })), Ok(vec![]));
}

#[test]
fn a_deleted_order_needs_its_id_only() {
    let mut body = json!({
        "type": "order.deleted", "timestamp": "2026-11-22T10:30:00Z", "data": { "id": "1001" }
    });
    let facts = parse(&body).unwrap();
    assert_eq!(facts.len(), 1);
    assert_eq!(order(&facts).status, OrderStatus::Deleted);
    assert_eq!(order(&facts).complete_refunds, None);

    body["data"] = paid_order()["data"].clone();
    let facts = parse(&body).unwrap();
    assert_eq!(order(&facts).status, OrderStatus::Deleted);
    assert!(order(&facts).email.is_some());
    assert_eq!(facts.len(), 3);
}

#[test]
fn a_refund_missing_from_a_newer_list_is_gone_and_from_no_list_stays() {
    let refunded = paid_order();
    let mut newer = with("/data/refunds", json!([]));
    newer["timestamp"] = json!("2026-11-22T10:30:00Z");
    let mut silent = without("/data/refunds");
    silent["timestamp"] = json!("2026-11-22T10:30:00Z");

    assert_eq!(
        history(&[newer, refunded.clone()])
            .succeeded_refunds()
            .count(),
        0
    );
    assert_eq!(history(&[silent, refunded]).succeeded_refunds().count(), 1);
}

#[test]
fn two_entries_of_one_line_in_a_refund_add_up() {
    let entry = json!({ "line_id": 1, "quantity": 1 });
    let facts = parse(&with("/data/refunds/0/lines", json!([entry, entry]))).unwrap();
    let Saying::Refund(_, refund) = &facts[1].saying else {
        panic!("{:?}", facts[1]);
    };
    assert_eq!(refund.state.lines, BTreeMap::from([(id("1"), 2)]));
}

#[test]
fn an_order_has_the_number_that_the_shop_tells_and_its_id_otherwise() {
    let number = |body: &Value| {
        let facts = parse(body).unwrap();
        order(&facts).number.as_ref().unwrap().to_string()
    };
    assert_eq!(number(&paid_order()), "1001");
    assert_eq!(number(&with("/data/number", " #en-7 ")), "EN-7");
    assert_eq!(number(&with("/data/number", 7)), "7");
    for none in [
        json!(null),
        json!(""),
        json!("#"),
        json!({}),
        json!("7\u{7}"),
    ] {
        assert_eq!(number(&with("/data/number", none)), "1001");
    }
}
