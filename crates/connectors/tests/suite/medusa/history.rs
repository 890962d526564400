//! Whole histories, in every order, any number of times, with an API that answers or not.

use std::sync::LazyLock;

use domain::order::{OrderFact, OrderHistory};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use crate::properties::{places, tells_nothing, values};

use super::shop::{
    ORDER_1, ORDER_2, ORDER_3, capture, learn, order_2_returned, parse, paying, seconds, sent,
};

/// Shuffled, and some of them again and again.
fn shuffled(count: usize) -> impl Strategy<Value = Vec<usize>> {
    let again = prop::collection::vec(any::<Index>(), 0..8);
    again
        .prop_map(move |again| {
            let again = again.iter().map(|index| index.index(count));
            (0..count).chain(again).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

static ORDER_1_TOLD: LazyLock<Vec<Vec<OrderFact>>> = LazyLock::new(|| facts(&ORDER_1));
static ORDER_2_TOLD: LazyLock<Vec<Vec<OrderFact>>> = LazyLock::new(|| facts(&ORDER_2));
static ORDER_3_TOLD: LazyLock<Vec<Vec<OrderFact>>> = LazyLock::new(|| facts(&ORDER_3));
static ORDER_2_FETCHED: LazyLock<Vec<Vec<OrderFact>>> = LazyLock::new(|| {
    let fetched = sent(&order_2_returned(), seconds("2026-11-22T07:34:00Z"));
    [facts(&ORDER_2), vec![fetched.facts]].concat()
});

fn facts(names: &[&str]) -> Vec<Vec<OrderFact>> {
    let captures = names.iter().map(|name| capture(name));
    captures.map(|capture| capture.read().facts).collect()
}

fn end(told: &[Vec<OrderFact>], order: &[usize]) -> OrderHistory {
    learn(order.iter().flat_map(|index| told[*index].clone()))
}

static EDITED: LazyLock<Value> = LazyLock::new(|| capture(ORDER_2[3]).json());

/// An edited order of which up to three places say something else.
fn damaged() -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<Index>(), values()), 0..=3);
    changes.prop_map(|changes| {
        let mut body = EDITED.clone();
        for (at, value) in changes {
            let mut found = Vec::new();
            places(&body, "", &mut found);
            *body.pointer_mut(&found[at.index(found.len())]).unwrap() = value;
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_that_was_refunded_step_by_step_ends_refunded(order in shuffled(ORDER_1.len())) {
        let told = &*ORDER_1_TOLD;
        let history = end(told, &order);
        prop_assert_eq!(&history, &learn(told.concat()));
        prop_assert_eq!(history.refunds.len(), 2);
        prop_assert!(paying(&history).is_empty());
    }

    #[test]
    fn an_edited_order_ends_with_the_lines_that_are_paid(order in shuffled(ORDER_2.len())) {
        let told = &*ORDER_2_TOLD;
        let history = end(told, &order);
        prop_assert_eq!(&history, &learn(told.concat()));
        prop_assert_eq!(paying(&history), ["COURSE-OIL-PLUS"]);
    }

    #[test]
    fn a_captured_order_that_was_cancelled_ends_refunded(order in shuffled(ORDER_3.len())) {
        let told = &*ORDER_3_TOLD;
        let history = end(told, &order);
        prop_assert_eq!(&history, &learn(told.concat()));
        prop_assert_eq!(history.refunds.len(), 1);
        prop_assert!(paying(&history).is_empty());
    }

    #[test]
    fn with_the_fetched_state_it_ends_as_the_store_has_it_now(order in shuffled(ORDER_2.len() + 1)) {
        let told = &*ORDER_2_FETCHED;
        let history = end(told, &order);
        prop_assert_eq!(&history, &learn(told.concat()));
        prop_assert_eq!(paying(&history), ["COURSE-OIL-STD"]);
    }

    #[test]
    fn any_damaged_order_is_read_or_refused_in_words_that_hold_no_value(body in damaged()) {
        if let Err(error) = parse(&body, seconds("2026-11-22T07:33:12Z")) {
            prop_assert!(tells_nothing(&error));
        }
    }
}
