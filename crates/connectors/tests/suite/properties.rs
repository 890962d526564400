//! What holds for every body.

use connectors::ParseError;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::shop::{paid_order, parse, parse_bytes};

/// Stands for everything personal; no error may show it.
const CANARY: &str = "canary@example.com";

fn names() -> impl Strategy<Value = String> {
    let known = vec![
        "type",
        "timestamp",
        "data",
        "id",
        "status",
        "test",
        "paid_at",
        "currency",
        "captured",
        "customer",
        "email",
        "lines",
        "product_id",
        "sku",
        "title",
        "quantity",
        "period_end",
        "refunds",
        "disputes",
        "amount",
        "line_id",
        CANARY,
    ];
    prop::sample::select(known).prop_map(str::to_owned)
}

pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        any::<String>().prop_map(|text| json!(format!("{CANARY}{text}"))),
        prop::sample::select(vec![
            "",
            "0",
            "paid",
            "order.updated",
            "order.deleted",
            "EUR"
        ])
        .prop_map(Value::from),
        Just(json!("2026-11-22T10:29:00Z")),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(names(), inner, 0..8)
                .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Lists the places of a body, as JSON pointers.
pub(crate) fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn damaged_orders() -> impl Strategy<Value = Value> {
    damaged(paid_order())
}

/// A body of which up to three places say something else.
pub(crate) fn damaged(body: Value) -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), values()), 0..=3);
    changes.prop_map(move |changes| {
        let mut body = body.clone();
        for (at, value) in changes {
            let mut found = Vec::new();
            places(&body, "", &mut found);
            *body.pointer_mut(&found[at.index(found.len())]).unwrap() = value;
        }
        body
    })
}

pub(crate) fn tells_nothing(error: &ParseError) -> bool {
    !format!("{error} {error:?}").contains("canary")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused_in_words_that_hold_no_value(body in values()) {
        if let Err(error) = parse(&body) {
            prop_assert!(tells_nothing(&error));
        }
    }

    #[test]
    fn any_damaged_order_is_read_or_refused_in_words_that_hold_no_value(body in damaged_orders()) {
        if let Err(error) = parse(&body) {
            prop_assert!(tells_nothing(&error));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_bytes(&body);
    }

    #[test]
    fn a_body_cut_anywhere_is_refused(at in any::<prop::sample::Index>()) {
        let body = paid_order().to_string();
        prop_assert!(parse_bytes(&body.as_bytes()[..at.index(body.len())]).is_err());
    }

    #[test]
    fn one_body_always_gives_the_same_facts(body in damaged_orders()) {
        prop_assert_eq!(parse(&body), parse(&body));
    }
}
