//! What makes WooCommerce's webhooks treacherous; each was seen on a running shop.

use std::collections::BTreeSet;

use connectors::{ParseError, Subject};
use domain::order::OrderStatus;
use serde_json::json;

use super::{
    SECRET, body, capture, read, read_changed, read_signed, secret, state, time, verify, version,
};

fn subject(order: &str) -> BTreeSet<Subject> {
    [Subject::Order(order.parse().unwrap())].into()
}

#[test]
fn orders_that_share_a_delivery_id_are_different_orders() {
    let names = ["0018", "0020", "0023", "0025"].map(|number| format!("async-coalesced/{number}"));
    let mut deliveries = BTreeSet::new();
    let mut orders = BTreeSet::new();
    for name in &names {
        let capture = capture(name);
        let webhook = verify(&[secret(SECRET)], &capture.headers, &capture.body).unwrap();
        deliveries.insert(webhook.event_id().unwrap().to_owned());
        orders.insert(read(name).unwrap().facts[0].order.to_string());
    }
    assert_eq!(deliveries.len(), 1);
    assert_eq!(orders.len(), 4);
}

#[test]
fn updated_before_created_says_the_same() {
    let (updated, created) = (read("async-coalesced/0009"), read("async-coalesced/0010"));
    assert_eq!(updated, created);
}

#[test]
fn several_changes_in_one_message_say_the_last() {
    let created = read("async-coalesced/0013").unwrap();
    assert_eq!(state(&created.facts[0]).status, OrderStatus::Paid);
    assert_eq!(created, read("async-coalesced/0011").unwrap());
}

#[test]
fn a_signed_error_object_is_a_failed_delivery() {
    for number in (44..=50).chain(74..=78) {
        let name = format!("each-event/{number:04}");
        assert_eq!(read(&name), Err(ParseError::ErrorObject), "{name}");
    }
}

#[test]
fn an_order_with_a_field_named_code_is_no_error_object() {
    let order = read_changed("each-event/0051", |order| {
        order["code"] = json!("SUMMER");
        order["message"] = json!("with love");
    });
    assert_eq!(order.status, OrderStatus::Paid);
}

#[test]
fn an_abandoned_checkout_is_a_draft_of_nobody() {
    let reading = read("async-coalesced/0160").unwrap();
    let draft = state(&reading.facts[0]);
    assert_eq!(draft.status, OrderStatus::Draft);
    assert_eq!((draft.captured_minor, draft.paid_at), (0, None));
    assert_eq!((&draft.email, &draft.external_customer), (&None, &None));
}

#[test]
fn cash_on_delivery_is_paid_when_it_is_completed_and_not_before() {
    let promised = read_changed("async-coalesced/0009", |_| {});
    assert_eq!(promised.status, OrderStatus::OnHold);
    assert_eq!(promised.captured_minor, 0);
    let delivered = read_changed("async-coalesced/0009", |order| {
        order["status"] = json!("completed");
        order["date_completed_gmt"] = json!("2026-11-23T09:00:00");
    });
    assert_eq!(delivered.status, OrderStatus::Paid);
    assert_eq!(delivered.paid_at, Some(time("2026-11-23T09:00:00Z")));
    assert_eq!(delivered.captured_minor, 9_800);
}

#[test]
fn an_order_that_failed_after_it_was_paid_is_not_paid() {
    let failed = read_changed("async-coalesced/0020", |_| {});
    assert_eq!(failed.paid_at, Some(time("2026-11-22T07:26:01Z")));
    assert_eq!(failed.status, OrderStatus::Failed);
    assert_eq!(failed.captured_minor, 0);
}

#[test]
fn a_refund_without_lines_in_the_webhook_is_only_known_to_be_there() {
    for (name, order, refunds) in [
        ("each-event/0053", "35", vec!["36"]),
        ("each-event/0054", "34", vec!["37"]),
        ("each-event/0055", "34", vec!["37", "38"]),
    ] {
        let reading = read(name).unwrap();
        assert_eq!(reading.facts.len(), 1, "{name}");
        let known = state(&reading.facts[0]).complete_refunds.clone().unwrap();
        let expected: BTreeSet<_> = refunds.iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(known, expected, "{name}");
        assert_eq!(reading.look_up, subject(order), "{name}");
    }
}

#[test]
fn the_total_does_not_shrink_with_a_refund() {
    let paid = read_changed("each-event/0051", |_| {});
    let partly_refunded = read_changed("each-event/0053", |_| {});
    assert_eq!(paid.captured_minor, 17_800);
    assert_eq!(partly_refunded.captured_minor, 17_800);
}

#[test]
fn an_order_in_the_trash_is_cancelled() {
    let trashed = read_changed("async-coalesced/0018", |_| {});
    assert_eq!(trashed.status, OrderStatus::Cancelled);
    let paid_before = read_changed("each-event/0051", |order| order["status"] = json!("trash"));
    assert_eq!(paid_before.status, OrderStatus::Cancelled);
    assert_eq!(paid_before.captured_minor, 17_800);
}

#[test]
fn a_restored_order_is_its_state_again() {
    let restored = read_signed("order.restored", &capture("each-event/0051").body);
    assert_eq!(restored, read("each-event/0051"));
}

#[test]
fn a_deleted_order_is_gone_since_the_notice_came_and_cannot_be_asked_for() {
    let reading = read("each-event/0065").unwrap();
    assert_eq!(state(&reading.facts[0]).status, OrderStatus::Deleted);
    assert_eq!(version(&reading.facts[0]), crate::shop::NOW);
    assert_eq!(reading.look_up, BTreeSet::new());
}

// The topic's header is not signed: a recorded state sent again as `order.deleted` must not end anything.
#[test]
fn a_whole_order_is_not_deleted_by_its_topic() {
    let order = &capture("each-event/0051").body;
    assert_eq!(read_signed("order.deleted", order), read("each-event/0051"));
}

#[test]
fn what_is_not_about_orders_says_nothing() {
    let order = &capture("each-event/0051").body;
    for (topic, body) in [
        ("customer.updated", order.as_slice()),
        (
            "customer.created",
            b"{\"id\":2,\"email\":\"a@example.test\"}",
        ),
        ("customer.deleted", b"{\"id\":2}"),
        ("product.updated", b"{\"id\":30,\"status\":\"publish\"}"),
        ("coupon.created", b"{\"id\":1}"),
        ("subscription.updated", order.as_slice()),
        ("action.woocommerce_cart", b"{\"action\":\"x\",\"arg\":1}"),
        ("order.exploded", order.as_slice()),
        ("order", order.as_slice()),
    ] {
        let reading = read_signed(topic, body).unwrap();
        assert_eq!(reading, connectors::Reading::default(), "{topic}");
    }
}

#[test]
fn a_guest_has_no_account_and_an_account_keeps_its_number() {
    let guest = read_changed("async-coalesced/0009", |_| {});
    assert_eq!(guest.external_customer, None);
    let email = guest.email.unwrap();
    assert_eq!(email.as_str(), "guest.buyer+tag@example.test");
    let account = read_changed("each-event/0051", |_| {});
    assert_eq!(account.external_customer, Some("2".parse().unwrap()));
    for nobody in [json!(0), json!("0"), json!("000"), json!(""), json!(null)] {
        let order = read_changed("each-event/0051", |order| {
            order["customer_id"] = nobody.clone();
        });
        assert_eq!(order.external_customer, None, "{nobody}");
    }
}

#[test]
fn an_address_that_is_none_does_not_stop_the_order() {
    for odd in [
        json!(""),
        json!("ada"),
        json!("a b@example.test"),
        json!(null),
    ] {
        let order = read_changed("each-event/0051", |order| {
            order["billing"]["email"] = odd.clone();
        });
        assert_eq!(
            (order.email, order.status),
            (None, OrderStatus::Paid),
            "{odd}"
        );
    }
    let order = read_changed("each-event/0051", |order| order["billing"] = json!(null));
    assert_eq!((order.email, order.status), (None, OrderStatus::Paid));
}

#[test]
fn every_status_is_what_it_is_and_an_unknown_one_does_not_grant() {
    use OrderStatus as O;
    for (status, expected) in [
        ("checkout-draft", O::Draft),
        ("auto-draft", O::Draft),
        ("draft", O::Draft),
        ("new", O::Draft),
        ("pending", O::Pending),
        ("on-hold", O::OnHold),
        ("processing", O::Paid),
        ("completed", O::Paid),
        ("failed", O::Failed),
        ("refunded", O::Refunded),
        ("cancelled", O::Cancelled),
        ("trash", O::Cancelled),
        ("shipped", O::OnHold),
        ("chargeback", O::OnHold),
        ("Processing", O::OnHold),
        ("", O::OnHold),
    ] {
        let order = read_changed("each-event/0051", |order| order["status"] = json!(status));
        assert_eq!(order.status, expected, "{status}");
    }
}

#[test]
fn a_completed_order_without_any_time_proves_no_payment() {
    let order = read_changed("each-event/0052", |order| {
        order["date_paid_gmt"] = json!(null);
        order["date_completed_gmt"] = json!(null);
    });
    assert_eq!((order.status, order.paid_at), (OrderStatus::OnHold, None));
}

#[test]
fn an_order_of_the_test_mode_of_woopayments_is_a_test() {
    for (mode, is_test) in [("test", true), ("prod", false), ("production", false)] {
        let order = read_changed("each-event/0051", |order| {
            order["meta_data"] = json!([
                { "id": 1, "key": "_list", "value": ["a", { "b": 1 }] },
                { "id": 2, "key": "_wcpay_mode", "value": mode },
            ]);
        });
        assert_eq!(order.is_test, is_test, "{mode}");
    }
    assert!(!read_changed("each-event/0051", |_| {}).is_test);
}

#[test]
fn what_plugins_keep_beside_an_order_never_makes_it_unreadable() {
    for odd in [
        json!({ "a": 1 }),
        json!("x"),
        json!([1, null]),
        json!(null),
        json!([{ "key": 7 }]),
    ] {
        let order = read_changed("each-event/0051", |order| order["meta_data"] = odd.clone());
        assert_eq!(
            (order.status, order.is_test),
            (OrderStatus::Paid, false),
            "{odd}"
        );
    }
}

#[test]
fn what_an_order_lacks_is_named_by_its_place() {
    for (lacking, expected) in [
        ("status", "status is missing"),
        ("id", "id is missing"),
        ("total", "total is missing"),
        ("currency", "currency is missing"),
        ("line_items", "line_items is missing"),
    ] {
        let mut order = body("each-event/0051");
        order.as_object_mut().unwrap().remove(lacking);
        let error = read_signed("order.updated", order.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let error = read_signed("order.updated", b"{\"id\":40}").unwrap_err();
    assert_eq!(error.to_string(), "status is missing");
    let error = read_signed("order.deleted", b"{}").unwrap_err();
    assert_eq!(error.to_string(), "id is missing");
}

#[test]
fn a_line_named_twice_is_refused() {
    let mut order = body("each-event/0051");
    order["line_items"][1]["id"] = json!(17);
    let error = read_signed("order.updated", order.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line_items[1].id is the id of another line too"
    );
}

#[test]
fn an_order_has_the_number_that_a_plugin_gave_it() {
    let number = |told: &str| {
        let state = read_changed("each-event/0051", |order| order["number"] = json!(told));
        state.number.map(|number| number.to_string())
    };
    assert_eq!(number("2026-00017").as_deref(), Some("2026-00017"));
    assert_eq!(number(""), None);
    let state = read_changed("each-event/0051", |_| {});
    let order = body("each-event/0051");
    assert_eq!(state.number.unwrap().as_str(), order["id"].to_string());
}
