//! Listing what changed: nothing is passed over, and it comes to an end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use connectors::Reading;
use connectors::api::{ApiError, Cursor, StoreApi};
use domain::Timestamp;
use domain::order::OrderStatus;
use serde_json::json;

use super::fake::{Changed, order, page};
use super::{answer, api, state, time, version};
use crate::server::{Reply, Server};

const START: i64 = 1_795_332_000;
const STARTED_AT: Timestamp = Timestamp::from_seconds(START + 100_000);

/// Lists everything, and returns the orders in the order of the listing; at most 100 pages.
async fn list(api: &dyn StoreApi, since: i64) -> Result<Vec<u64>, ApiError> {
    let mut cursor: Option<Cursor> = None;
    let mut listed = Vec::new();
    for _ in 0..100 {
        let since = Timestamp::from_seconds(since);
        let page = api.list_changed(since, cursor.as_ref(), STARTED_AT).await?;
        let orders = page
            .content
            .facts
            .iter()
            .map(|fact| fact.order.as_str().parse::<u64>().unwrap());
        listed.extend(orders);
        match page.next {
            Some(next) => {
                assert_ne!(Some(&next), cursor.as_ref(), "a circle");
                cursor = Some(next);
            }
            None => return Ok(listed),
        }
    }
    panic!("the listing does not end");
}

async fn shop(orders: Vec<Changed>) -> Server {
    Server::answering(move |request| page(&orders, request)).await
}

fn all(orders: &[Changed]) -> BTreeSet<u64> {
    orders.iter().map(|(id, _)| *id).collect()
}

#[tokio::test]
async fn a_listing_from_a_second_has_that_second_and_nothing_older() {
    let orders: Vec<Changed> = vec![(1, START - 1), (2, START), (3, START + 1)];
    let server = shop(orders).await;
    assert_eq!(list(&*api(&server), START).await.unwrap(), [2, 3]);
}

#[tokio::test]
async fn every_page_is_listed_the_longest_unchanged_first() {
    // A second each; every hundredth shares one with the next, across the borders of pages.
    let orders: Vec<Changed> = (1_i64..=250)
        .map(|n| (n.unsigned_abs(), START + n - i64::from(n % 100 == 1)))
        .collect();
    let server = shop(orders.clone()).await;
    let listed = list(&*api(&server), START).await.unwrap();
    assert_eq!(
        listed.iter().copied().collect::<BTreeSet<_>>(),
        all(&orders)
    );
    assert_eq!(server.lines().len(), 3);
    let first = listed[0];
    assert!([1, 2].contains(&first), "{first}");
    assert_eq!(listed.last(), Some(&250));
}

#[tokio::test]
async fn more_orders_in_one_second_than_a_page_holds_are_all_listed() {
    for in_one_second in [99, 100, 101, 200, 201, 350] {
        let mut orders: Vec<Changed> = (1..=in_one_second).map(|id| (id, START + 5)).collect();
        orders.extend([(1_001, START + 4), (1_002, START + 6), (1_003, START + 7)]);
        let server = shop(orders.clone()).await;
        let listed = list(&*api(&server), START).await.unwrap();
        let listed: BTreeSet<u64> = listed.into_iter().collect();
        assert_eq!(listed, all(&orders), "{in_one_second}");
    }
}

#[tokio::test]
async fn an_order_changed_while_the_pages_are_read_draws_no_other_one_out_of_sight() {
    for is_in_one_second in [false, true] {
        let orders: Vec<Changed> = (1_i64..=350)
            .map(|n| {
                (
                    n.unsigned_abs(),
                    START + if is_in_one_second { 5 } else { n },
                )
            })
            .collect();
        let expected = all(&orders);
        let orders = Arc::new(Mutex::new(orders));
        let times = Mutex::new(0_i64);
        let server = Server::answering(move |request| {
            let mut orders = orders.lock().unwrap();
            let reply = page(&orders, request);
            // After each page, one of the first orders is changed.
            let mut times = times.lock().unwrap();
            *times += 1;
            if *times < 20 {
                let changed = usize::try_from(*times).unwrap() * 3;
                orders[changed].1 = START + 1_000 + *times;
            }
            reply
        })
        .await;
        let listed = list(&*api(&server), START).await.unwrap();
        let listed: BTreeSet<u64> = listed.into_iter().collect();
        assert_eq!(listed, expected, "in one second: {is_in_one_second}");
    }
}

#[tokio::test]
async fn nothing_changed_is_an_empty_page_and_the_end() {
    let server = shop(Vec::new()).await;
    let page = api(&server)
        .list_changed(time("2026-11-22T07:00:00Z"), None, STARTED_AT)
        .await;
    let page = page.unwrap();
    assert_eq!(
        (page.content, page.next, page.total),
        (Reading::default(), None, Some(0))
    );
}

#[tokio::test]
async fn the_shop_s_own_listing_is_read_and_refunds_are_asked_for() {
    let body = answer("GET-orders-modified_after.json").to_string();
    let headers = [("x-wp-total", "23"), ("x-wp-totalpages", "1")];
    let server = Server::scripted([Reply::with(200, &headers, body.as_bytes())]).await;
    let since = time("2026-11-22T07:28:01.9Z");
    let started_at = time("2026-11-22T08:03:17Z");
    let page = api(&server)
        .list_changed(since, None, started_at)
        .await
        .unwrap();
    assert_eq!(
        (page.content.facts.len(), page.total, page.next),
        (23, Some(23), None)
    );
    let asked: Vec<_> = page
        .content
        .look_up
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(asked, ["order:34", "order:35"]);
    assert!(
        page.content
            .facts
            .iter()
            .all(|fact| version(fact) == started_at)
    );
    let request = &server.requests()[0];
    assert_eq!(request.path(), "/wp-json/wc/v3/orders");
    assert_eq!(
        request.query("modified_after").unwrap(),
        "2026-11-22T07:28:00"
    );
    assert_eq!(request.query("per_page").unwrap(), "100");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_asked_for_and_hides_no_other() {
    let mut odd = order((7, START + 1));
    odd["line_items"] = json!("none");
    let server = Server::scripted([Reply::json(&json!([odd, order((8, START + 2))]))]).await;
    let since = Timestamp::from_seconds(START);
    let page = api(&server)
        .list_changed(since, None, STARTED_AT)
        .await
        .unwrap();
    let asked: Vec<_> = page
        .content
        .look_up
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(asked, ["order:7"]);
    assert_eq!(state(&page.content.facts[0]).status, OrderStatus::Paid);
    assert_eq!(page.content.facts[0].order.as_str(), "8");
}

// Sites that keep orders as posts sort by local time, which goes back by an hour in autumn.
#[tokio::test]
async fn an_unsorted_page_is_followed_by_the_next_by_number() {
    let orders: Vec<Changed> = (1_i64..=150)
        .map(|n| {
            (
                n.unsigned_abs(),
                START + n + if n % 2 == 0 { 3_600 } else { 0 },
            )
        })
        .collect();
    let expected = all(&orders);
    let server = Server::answering(move |request| {
        let number: usize = request.query("page").unwrap().parse().unwrap();
        let of_page = orders.iter().copied().skip((number - 1) * 100).take(100);
        let body = json!(of_page.map(order).collect::<Vec<_>>()).to_string();
        Reply::with(200, &[("x-wp-totalpages", "2")], body.as_bytes())
    })
    .await;
    let listed = list(&*api(&server), START).await.unwrap();
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn a_shop_that_always_gives_the_same_page_is_left() {
    for step in [0, 1] {
        let orders: Vec<_> = (1_i64..=100)
            .map(|n| order((n.unsigned_abs(), START + n * step)))
            .collect();
        let body = json!(orders).to_string();
        let server = Server::answering(move |_| {
            Reply::with(200, &[("x-wp-totalpages", "9")], body.as_bytes())
        })
        .await;
        assert_eq!(
            list(&*api(&server), START).await,
            Err(ApiError::PagingLoop),
            "{step}"
        );
    }
}

#[tokio::test]
async fn a_full_page_of_one_second_needs_a_count_of_pages() {
    let orders: Vec<_> = (1..=100).map(|id| order((id, START))).collect();
    let body = json!(orders);
    let server = Server::answering(move |_| Reply::json(&body)).await;
    let listed = list(&*api(&server), START).await;
    assert!(matches!(listed, Err(ApiError::Reported(_))), "{listed:?}");
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_begins_anew() {
    let server = shop(vec![(1, START)]).await;
    for odd in ["", "after", "after:x:1", "before:1:1", "after:1"] {
        let cursor = Cursor(odd.to_owned());
        let since = Timestamp::from_seconds(START);
        let page = api(&server)
            .list_changed(since, Some(&cursor), STARTED_AT)
            .await
            .unwrap();
        assert_eq!(page.content.facts.len(), 1, "{odd}");
    }
}
