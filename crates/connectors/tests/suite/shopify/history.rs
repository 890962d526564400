//! Whatever order Shopify's words arrive in, and however often, they lead to the same end.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::ExternalId;
use domain::order::{OrderFact, OrderHistory};
use domain::payment::{EndReason, StorePolicy, line_pays};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::api::{self, START};
use super::delivery::{Delivery, changed, recordings};

/// Learns facts of one order, in their order.
pub(crate) fn learn<'a>(facts: impl IntoIterator<Item = &'a OrderFact>) -> OrderHistory {
    let mut history = OrderHistory::default();
    for fact in facts {
        history.learn(fact.saying.clone());
    }
    history
}

/// Learns facts of many orders.
fn learn_all<'a>(
    facts: impl IntoIterator<Item = &'a OrderFact>,
) -> BTreeMap<ExternalId, OrderHistory> {
    let mut orders: BTreeMap<ExternalId, OrderHistory> = BTreeMap::new();
    for fact in facts {
        let order = orders.entry(fact.order.clone()).or_default();
        order.learn(fact.saying.clone());
    }
    orders
}

// Read once for all the cases of the properties.
static RECORDED: LazyLock<Vec<OrderFact>> = LazyLock::new(recorded);
static LIFE: LazyLock<Vec<OrderFact>> = LazyLock::new(life);
static FETCHED: LazyLock<Vec<OrderFact>> = LazyLock::new(api::fetched);

fn recorded() -> Vec<OrderFact> {
    let readings = recordings()
        .into_iter()
        .map(|(name, _)| Delivery::recorded(&name).parse().unwrap());
    readings.flat_map(|reading| reading.facts).collect()
}

const TEXTBOOK: &str = "466157049";
const COURSE: &str = "518995019";
const POSTER: &str = "703073504";

/// One order from its placing to its end: paid, two lines refunded, a chargeback that the shop wins, goodwill, shipping.
fn life() -> Vec<OrderFact> {
    let state = |minute: u32, change: &dyn Fn(&mut Value)| {
        changed("08", "orders/updated", |order| {
            order["updated_at"] = json!(format!("2026-11-22T10:{minute:02}:00Z"));
            for line in order["line_items"].as_array_mut().unwrap() {
                line["current_quantity"] = json!(1);
            }
            change(order);
        })
        .facts
    };
    let unrefunded = |status: &'static str| {
        move |order: &mut Value| {
            order["financial_status"] = json!(status);
            order["refunds"] = json!([]);
        }
    };
    let refund = changed("12", "refunds/create", |refund| {
        refund["created_at"] = json!("2026-11-22T10:03:00Z");
    });
    let shipping = changed("14", "refunds/create", |refund| {
        refund["created_at"] = json!("2026-11-22T10:07:00Z");
    });
    let dispute = |status: &str, at: &str| {
        let mut body = Delivery::recorded("18").json();
        body["order_id"] = json!(450_789_469);
        body["status"] = json!(status);
        let mut delivery = Delivery::signed("disputes/update", &body);
        delivery.set("x-shopify-triggered-at", at);
        delivery.parse().unwrap().facts
    };
    [
        state(1, &unrefunded("pending")),
        state(2, &unrefunded("paid")),
        refund.facts,
        state(3, &|order| {
            order["refunds"][0]["created_at"] = json!("2026-11-22T10:03:00Z");
        }),
        dispute("needs_response", "2026-11-22T10:04:00Z"),
        dispute("under_review", "2026-11-22T10:05:00Z"),
        dispute("won", "2026-11-22T10:06:00Z"),
        shipping.facts,
        state(8, &|order| {
            order["refunds"][0]["created_at"] = json!("2026-11-22T10:03:00Z");
            let mut goodwill = Delivery::recorded("14").json();
            goodwill["created_at"] = json!("2026-11-22T10:07:00Z");
            order["refunds"].as_array_mut().unwrap().push(goodwill);
        }),
    ]
    .concat()
}

fn lines_at_the_end(history: &OrderHistory) -> Vec<Result<(), EndReason>> {
    [TEXTBOOK, COURSE, POSTER]
        .map(|line| {
            let line: ExternalId = line.parse().unwrap();
            line_pays(history, &line, StorePolicy::default()).map(|_| ())
        })
        .to_vec()
}

fn end_of_life() -> Vec<Result<(), EndReason>> {
    vec![Err(EndReason::Refunded), Ok(()), Err(EndReason::Refunded)]
}

/// Shuffles facts, and repeats some of them.
fn played(facts: &[OrderFact], places: &[Index], repeated: &[Index]) -> Vec<OrderFact> {
    let mut played = facts.to_vec();
    for at in repeated {
        played.push(facts[at.index(facts.len())].clone());
    }
    for (from, place) in places.iter().enumerate().take(played.len()) {
        let to = place.index(played.len());
        played.swap(from, to);
    }
    played
}

fn orders() -> impl Strategy<Value = (Vec<Index>, Vec<Index>)> {
    (
        prop::collection::vec(any::<Index>(), 0..40),
        prop::collection::vec(any::<Index>(), 0..20),
    )
}

#[test]
fn a_life_ends_as_the_rules_demand() {
    assert_eq!(lines_at_the_end(&learn(&*LIFE)), end_of_life());
}

#[test]
fn what_is_fetched_agrees_with_what_the_webhooks_told() {
    assert_eq!(lines_at_the_end(&learn(&*FETCHED)), end_of_life());
    let both = learn(LIFE.iter().chain(&*FETCHED));
    assert_eq!(both.order.as_ref().unwrap().version.at, START);
    assert_eq!(lines_at_the_end(&both), end_of_life());
    // One refund and one dispute are the same thing from both.
    assert_eq!(both.refunds.len(), 2);
    assert_eq!(both.disputes.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_recordings_lead_to_one_end_in_any_order((places, repeated) in orders()) {
        let facts = &*RECORDED;
        let played = played(facts, &places, &repeated);
        prop_assert_eq!(learn_all(&played), learn_all(facts));
    }

    #[test]
    fn a_life_leads_to_one_end_in_any_order_with_and_without_an_api((places, repeated) in orders(), asked in any::<bool>()) {
        let mut facts = LIFE.clone();
        if asked {
            facts.extend(FETCHED.clone());
        }
        let played = learn(&played(&facts, &places, &repeated));
        prop_assert_eq!(&played, &learn(&facts));
        prop_assert_eq!(lines_at_the_end(&played), end_of_life());
    }

    #[test]
    fn a_life_of_which_some_was_lost_is_made_whole_by_what_is_fetched(kept in prop::collection::vec(any::<bool>(), 40)) {
        let facts = &*LIFE;
        let some = facts.iter().zip(&kept).filter(|(_, is_kept)| **is_kept).map(|(fact, _)| fact);
        prop_assert_eq!(lines_at_the_end(&learn(some.chain(&*FETCHED))), end_of_life());
    }
}
