//! Times, money, quantities and names as shops and their plugins write them.

use domain::Timestamp;
use domain::order::{OrderFact, OrderState};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{body, read_changed, read_signed, time, version};
use crate::properties::{places, tells_nothing, values};
use crate::shop::NOW;

fn changed(change: impl FnOnce(&mut Value)) -> OrderState {
    read_changed("each-event/0051", change)
}

fn fact(modified: &Value) -> OrderFact {
    let mut order = body("each-event/0051");
    order["date_modified_gmt"] = modified.clone();
    let reading = read_signed("order.updated", order.to_string().as_bytes()).unwrap();
    reading.facts[0].clone()
}

#[test]
fn times_without_a_zone_are_utc_whatever_the_site_s_own() {
    let order = changed(|order| {
        order["date_paid"] = json!("2026-11-22T12:57:55");
        order["date_paid_gmt"] = json!("2026-11-22T07:27:55");
    });
    assert_eq!(order.paid_at, Some(time("2026-11-22T07:27:55Z")));
    let order = changed(|order| order["date_paid_gmt"] = json!("2026-11-22T07:27:55+01:00"));
    assert_eq!(order.paid_at, Some(time("2026-11-22T06:27:55Z")));
}

#[test]
fn a_time_of_zeros_is_none() {
    for none in [
        json!(null),
        json!(""),
        json!("-0001-11-30T00:00:00"),
        json!("0000-00-00T00:00:00"),
    ] {
        let order = changed(|order| order["date_paid_gmt"] = none.clone());
        assert_eq!(order.paid_at, None, "{none}");
        // Without a time of its own a state is as old as its notice.
        assert_eq!(version(&fact(&none)), NOW, "{none}");
    }
}

#[test]
fn a_change_that_lies_ahead_counts_as_made_just_now() {
    let at = |seconds| NOW.plus_seconds(seconds);
    let written = |at: Timestamp| json!(at.to_string().trim_end_matches('Z'));
    for (changed, expected) in [
        (at(-86_400), at(-86_400)),
        (at(299), at(299)),
        (at(300), at(300)),
        (at(301), at(300)),
        (at(40_000_000), at(300)),
    ] {
        assert_eq!(version(&fact(&written(changed))), expected);
    }
}

#[test]
fn money_finer_than_the_currency_is_cut_off() {
    for (total, currency, captured) in [
        (json!("178.00"), "EUR", 17_800),
        (json!("178"), "EUR", 17_800),
        (json!(178.5), "eur", 17_850),
        (json!("178.4567"), "EUR", 17_845),
        (json!("1780.00"), "JPY", 1_780),
        (json!("17.8005"), "KWD", 17_800),
        (json!("-3.00"), "EUR", 0),
        (json!("0.00"), "EUR", 0),
        (json!("120"), "POINTS", 12_000),
    ] {
        let order = changed(|order| {
            order["total"] = total.clone();
            order["currency"] = json!(currency);
        });
        assert_eq!(order.captured_minor, captured, "{total} {currency}");
    }
    assert_eq!(
        changed(|order| order["currency"] = json!("eur")).currency,
        "EUR"
    );
    assert_eq!(
        changed(|order| order["currency"] = json!("POINTS")).currency,
        "XXX"
    );
}

#[test]
fn only_whole_pieces_count() {
    for (written, quantity) in [
        (json!(1), 1),
        (json!("2"), 2),
        (json!(0.5), 0),
        (json!(2.75), 2),
        (json!("1.000"), 1),
        (json!(0), 0),
        (json!(-1), 0),
    ] {
        let order = changed(|order| order["line_items"][0]["quantity"] = written.clone());
        assert_eq!(order.lines[0].quantity, quantity, "{written}");
    }
}

#[test]
fn ids_beyond_2_to_the_53_survive() {
    let order = changed(|order| {
        let json = r#"{"id":9007199254740993,"product_id":18446744073709551615,"variation_id":0,"sku":"0",
            "name":"x","quantity":1}"#;
        order["line_items"] = json!([serde_json::from_str::<Value>(json).unwrap()]);
    });
    let line = &order.lines[0];
    assert_eq!(line.external_id.as_str(), "9007199254740993");
    let product = line.item.product.as_ref().unwrap();
    assert_eq!(product.as_str(), "18446744073709551615");
    assert_eq!(line.item.variant, None);
    assert_eq!(line.item.sku.as_ref().unwrap().as_str(), "0");
}

#[test]
fn an_item_without_product_and_sku_is_named_by_nothing() {
    let order = changed(|order| {
        let line = &mut order["line_items"][0];
        (line["product_id"], line["variation_id"]) = (json!(0), json!(0));
        line["sku"] = json!(null);
    });
    assert_eq!(order.lines[0].item, domain::order::StoreItem::default());
    let order = changed(|order| order["line_items"][0]["sku"] = json!(""));
    assert_eq!(order.lines[0].item.sku, None);
}

#[test]
fn names_are_read_as_people_wrote_them() {
    for (kept, name) in [
        ("Oil &amp; water", "Oil & water"),
        ("O&#039;Brien &lt;3", "O'Brien <3"),
        ("bell\u{7}", "bell "),
    ] {
        let order = changed(|order| order["line_items"][0]["name"] = json!(kept));
        assert_eq!(order.lines[0].title, name);
    }
    let order = changed(|order| order["line_items"][0]["name"] = json!("\u{e4}".repeat(600)));
    assert_eq!(order.lines[0].title.len(), 1_000);
    let order = changed(|order| {
        order["line_items"][0]["name"] = json!(format!("x{}", "\u{e4}".repeat(600)));
    });
    assert_eq!(order.lines[0].title.len(), 999);
}

/// A captured order of which up to three places say something else.
fn damaged_orders() -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), values()), 0..=3);
    changes.prop_map(|changes| {
        let mut order = body("each-event/0053");
        for (at, value) in changes {
            let mut found = Vec::new();
            places(&order, "", &mut found);
            *order.pointer_mut(&found[at.index(found.len())]).unwrap() = value;
        }
        order
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damaged_order_is_read_alike_or_refused_in_words_that_hold_no_value(order in damaged_orders()) {
        let bytes = order.to_string();
        let reading = read_signed("order.updated", bytes.as_bytes());
        prop_assert_eq!(&reading, &read_signed("order.updated", bytes.as_bytes()));
        if let Err(error) = reading {
            prop_assert!(tells_nothing(&error));
        }
    }

    #[test]
    fn an_order_cut_anywhere_is_refused(at in any::<prop::sample::Index>()) {
        let bytes = body("each-event/0053").to_string();
        let cut = &bytes.as_bytes()[..at.index(bytes.len())];
        prop_assert!(read_signed("order.updated", cut).is_err());
    }
}
