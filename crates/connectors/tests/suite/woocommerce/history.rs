//! Whole orders: whatever arrives first, twice or late, the end is the same.

use connectors::Subject;
use domain::ExternalId;
use domain::order::{OrderFact, OrderHistory, OrderStatus};
use domain::payment::{EndReason, OnAmountRefund, StorePolicy, line_pays};
use proptest::prelude::*;
use serde_json::Value;

use super::{answer, api, read, time};
use crate::server::{Reply, Server};

fn facts(names: &[&str]) -> Vec<OrderFact> {
    let readings = names
        .iter()
        .map(|name| read(&format!("each-event/{name}")).unwrap());
    readings.flat_map(|reading| reading.facts).collect()
}

/// Fetches an order as the shop told it at last.
fn fetched(order: &str, refunds: Option<&str>) -> Vec<OrderFact> {
    let listing = answer("GET-orders-modified_after.json");
    let found = |item: &&Value| item["id"].as_u64() == order.parse().ok();
    let found = listing.as_array().unwrap().iter().find(found).unwrap();
    let mut replies = vec![Reply::json(found)];
    replies.extend(refunds.map(|file| Reply::json(&answer(file))));
    let subject = Subject::Order(order.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = Server::scripted(replies).await;
        let facts = api(&server)
            .fetch(&subject, time("2026-11-22T08:03:17Z"))
            .await;
        facts.unwrap()
    })
}

fn learn(facts: impl IntoIterator<Item = OrderFact>) -> OrderHistory {
    let mut history = OrderHistory::default();
    for fact in facts {
        history.learn(fact.saying);
    }
    history
}

fn pays(history: &OrderHistory, line: u64) -> Result<(), EndReason> {
    let line: ExternalId = line.to_string().parse().unwrap();
    line_pays(history, &line, StorePolicy::default()).map(|_| ())
}

const LINES: Option<&str> = Some("GET-orders-35-refunds-line-level.json");
const AMOUNTS: Option<&str> = Some("GET-orders-34-refunds-amount-only.json");

#[test]
fn a_line_refund_ends_its_line_once_the_shop_was_asked_and_not_the_other() {
    let told = facts(&["0051", "0052", "0053"]);
    let untold = learn(told.clone());
    // The webhooks alone prove of neither line that it was given back.
    assert_eq!((pays(&untold, 17), pays(&untold, 18)), (Ok(()), Ok(())));
    let asked = learn(told.into_iter().chain(fetched("35", LINES)));
    assert_eq!(pays(&asked, 17), Err(EndReason::Refunded));
    assert_eq!(pays(&asked, 18), Ok(()));
    let revoking = StorePolicy {
        on_amount_refund: OnAmountRefund::Revoke,
        ..StorePolicy::default()
    };
    assert!(line_pays(&asked, &"18".parse().unwrap(), revoking).is_ok());
}

#[test]
fn an_order_refunded_in_full_ends_with_and_without_asking() {
    let told = facts(&["0054", "0055"]);
    assert_eq!(pays(&learn(told.clone()), 16), Err(EndReason::Refunded));
    let asked = learn(told.into_iter().chain(fetched("34", AMOUNTS)));
    assert_eq!(pays(&asked, 16), Err(EndReason::Refunded));
    assert_eq!(
        asked
            .succeeded_refunds()
            .map(|refund| refund.amount_minor)
            .sum::<i64>(),
        9_800
    );
}

#[test]
fn a_cancelled_and_deleted_order_stays_deleted() {
    let history = learn(facts(&["0059", "0060", "0061", "0065"]));
    assert_eq!(
        history.order.as_ref().unwrap().state.status,
        OrderStatus::Deleted
    );
    assert_eq!(pays(&history, 22), Err(EndReason::OrderDeleted));
}

#[test]
fn a_paid_order_that_failed_later_ends() {
    let history = learn(facts(&["0062", "0063"]));
    assert_eq!(pays(&history, 23), Ok(()));
    let history = learn(
        facts(&["0062", "0063"])
            .into_iter()
            .chain(fetched("41", None)),
    );
    assert_eq!(pays(&history, 23), Err(EndReason::Unpaid));
}

#[test]
fn a_free_order_pays() {
    let history = learn(facts(&["0079", "0080"]));
    assert_eq!(history.order.as_ref().unwrap().state.captured_minor, 0);
    assert_eq!(pays(&history, 29), Ok(()));
}

#[test]
fn whatever_the_order_of_arrival_the_end_is_the_same() {
    let stories = [
        (facts(&["0051", "0052", "0053"]), fetched("35", LINES)),
        (facts(&["0054", "0055"]), fetched("34", AMOUNTS)),
        (facts(&["0059", "0060", "0061", "0065"]), Vec::new()),
        (facts(&["0062", "0063"]), fetched("41", None)),
        (facts(&["0079", "0080"]), fetched("47", None)),
    ];
    for (told, asked) in stories {
        for story in [told.clone(), told.into_iter().chain(asked).collect()] {
            let end = learn(story.clone());
            let twice: Vec<_> = story.iter().chain(&story).cloned().collect();
            let config = ProptestConfig {
                cases: 100,
                failure_persistence: None,
                ..ProptestConfig::default()
            };
            let mut runner = proptest::test_runner::TestRunner::new(config);
            let shuffled = Just(twice).prop_shuffle();
            runner
                .run(&shuffled, |facts| {
                    prop_assert_eq!(learn(facts), end.clone());
                    Ok(())
                })
                .unwrap();
        }
    }
}
