//! What changed in the store, page by page.

use std::sync::Mutex;

use connectors::api::{ApiError, Page, StoreApi};
use connectors::{Reading, Subject};
use domain::Timestamp;
use domain::order::OrderHistory;
use domain::payment::EndReason;
use serde_json::{Value, json};

use super::api::{api, started};
use super::shop::{answer, learn, lines, order_of, paying, seconds};
use crate::server::{Reply, Request, Server};

fn since() -> Timestamp {
    seconds("2026-11-22T07:00:00.000400Z")
}

async fn pages(api: &dyn StoreApi) -> Result<Vec<Page<Reading>>, ApiError> {
    pages_since(api, since()).await
}

async fn pages_since(api: &dyn StoreApi, since: Timestamp) -> Result<Vec<Page<Reading>>, ApiError> {
    let mut pages: Vec<Page<Reading>> = Vec::new();
    for _ in 0..100 {
        let cursor = pages.last().and_then(|page| page.next.as_ref());
        if !pages.is_empty() && cursor.is_none() {
            return Ok(pages);
        }
        let page = api.list_changed(since, cursor, started()).await?;
        pages.push(page);
    }
    panic!("the listing does not end");
}

fn history(pages: Vec<Page<Reading>>) -> OrderHistory {
    learn(pages.into_iter().flat_map(|page| page.content.facts))
}

/// A Medusa server with these orders and payments, which answers a page as Medusa does.
fn listing(request: &Request, name: &str, things: &[Value]) -> Reply {
    let number = |name| request.query(name).unwrap_or_default().parse().unwrap_or(0);
    let (offset, limit): (usize, usize) = (number("offset"), number("limit"));
    let ids: Vec<_> = request
        .target
        .split(['?', '&'])
        .filter_map(|pair| pair.strip_prefix("id%5B%5D="))
        .collect();
    assert!(ids.len() <= 20, "{}", ids.len());
    let since = request.query("updated_at[$gte]").map(|time| seconds(&time));
    let mut found: Vec<_> = things
        .iter()
        .filter(|thing| ids.is_empty() || ids.contains(&thing["id"].as_str().unwrap()))
        .filter(|thing| {
            since.is_none_or(|since| seconds(thing["updated_at"].as_str().unwrap()) >= since)
        })
        .cloned()
        .collect();
    found.sort_by_key(|thing| seconds(thing["updated_at"].as_str().unwrap()));
    let count = found.len();
    let page: Vec<_> = found.into_iter().skip(offset).take(limit).collect();
    Reply::json(&json!({ name: page, "count": count, "offset": offset, "limit": limit }))
}

fn order(id: &str, updated_at: &str) -> Value {
    let mut order = order_of("0129-medusa-payment.captured");
    order["id"] = json!(id);
    order["updated_at"] = json!(updated_at);
    order
}

fn payment(order: &Value, updated_at: &str) -> Value {
    json!({ "id": format!("pay_of_{}", order["id"].as_str().unwrap()), "updated_at": updated_at,
        "payment_collection": { "order": { "id": order["id"], "updated_at": order["updated_at"] } } })
}

async fn medusa(orders: Vec<Value>, payments: Vec<Value>) -> Server {
    Server::answering(move |request| match request.path() {
        "/admin/orders" => listing(request, "orders", &orders),
        "/admin/payments" => listing(request, "payments", &payments),
        _ => Reply::status(404),
    })
    .await
}

fn told(pages: &[Page<Reading>]) -> Vec<String> {
    let facts = pages.iter().flat_map(|page| &page.content.facts);
    facts.map(|fact| fact.order.to_string()).collect()
}

#[tokio::test]
async fn a_capture_is_found_though_its_order_did_not_change() {
    let captured = order("order_old", "2026-11-01T00:00:00.000Z");
    let payment = payment(&captured, "2026-11-22T07:30:00.000Z");
    let server = medusa(vec![captured], vec![payment]).await;
    let pages = pages(&*api(&server)).await.unwrap();
    assert_eq!(told(&pages), ["order_old"]);
    let history = history(pages);
    assert_eq!(history.order.as_ref().unwrap().version.at, started());
    assert_eq!(paying(&history), ["COURSE-WC-1"]);
}

// Answers of Medusa 2.21: the first payment's order did not change, the second's was cancelled.
#[tokio::test]
async fn a_real_servers_answers_tell_of_a_captured_and_of_a_cancelled_order() {
    let server = Server::scripted(
        [
            "GET-admin-payments-changed",
            "GET-admin-orders-by-id",
            "GET-admin-orders-changed",
        ]
        .map(|name| Reply::json(&answer(name))),
    )
    .await;
    let since = seconds("2026-11-22T23:58:38.425Z");
    let pages = pages_since(&*api(&server), since).await.unwrap();
    let [captured, cancelled] = pages.as_slice() else {
        panic!("{} pages", pages.len());
    };
    assert_eq!(paying(&learn(captured.content.facts.clone())), ["WC-1"]);
    assert_eq!(
        lines(&learn(cancelled.content.facts.clone())),
        [("WC-1".to_owned(), Err(EndReason::Cancelled))]
    );
}

#[tokio::test]
async fn an_order_that_changed_with_its_payment_is_listed_once() {
    let new = order("order_new", "2026-11-22T07:30:00.000Z");
    let payment = payment(&new, "2026-11-22T07:30:01.000Z");
    let server = medusa(vec![new], vec![payment]).await;
    let pages = pages(&*api(&server)).await.unwrap();
    assert_eq!(told(&pages), ["order_new"]);
    let paths: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect();
    assert_eq!(paths, ["/admin/payments", "/admin/orders"]);
}

#[tokio::test]
async fn nothing_is_asked_of_a_payment_without_order() {
    let payment = json!({ "id": "pay_1", "updated_at": "2026-11-22T07:30:00.000Z", "payment_collection": { "order": null } });
    let server = medusa(Vec::new(), vec![payment]).await;
    let pages = pages(&*api(&server)).await.unwrap();
    assert_eq!(told(&pages), Vec::<String>::new());
}

#[tokio::test]
async fn every_order_of_many_is_listed_by_time_with_and_without_changes_of_its_own() {
    // 130 captures of old orders, three of a moment, and 120 new orders, all of one moment.
    let mut expected = Vec::new();
    let (mut orders, mut payments) = (Vec::new(), Vec::new());
    for number in 0..130 {
        let order = order(
            &format!("order_old_{number:03}"),
            "2026-11-01T00:00:00.000Z",
        );
        payments.push(payment(
            &order,
            &format!("2026-11-22T07:30:{:02}.{:03}Z", number / 3, number % 3 / 3),
        ));
        expected.push(order["id"].as_str().unwrap().to_owned());
        orders.push(order);
    }
    for number in 0..120 {
        let order = order(
            &format!("order_new_{number:03}"),
            "2026-11-22T07:40:00.000Z",
        );
        expected.push(order["id"].as_str().unwrap().to_owned());
        orders.push(order);
    }
    let server = medusa(orders, payments).await;
    let pages = pages(&*api(&server)).await.unwrap();
    let mut told = told(&pages);
    told.sort();
    told.dedup();
    expected.sort();
    assert_eq!(told, expected);
    // Two pages of payments with five and two calls for their orders, and three pages of orders, one page twice to
    // begin with the last moment again.
    let requests = server.requests().len();
    assert!(requests <= 16, "{requests}");
}

// Medusa pages by offset: an order that changes meanwhile goes to the end and draws all others forward.
#[tokio::test]
async fn an_order_that_changes_while_it_is_listed_hides_no_other() {
    let orders: Vec<_> = (0..120)
        .map(|number| {
            order(
                &format!("order_{number:03}"),
                &format!(
                    "2026-11-22T07:{:02}:{:02}.000Z",
                    number / 60 + 10,
                    number % 60
                ),
            )
        })
        .collect();
    let orders = Mutex::new(orders);
    let server = Server::answering(move |request| match request.path() {
        "/admin/orders" => {
            let mut orders = orders.lock().unwrap();
            let reply = listing(request, "orders", &orders);
            for order in orders.iter_mut().take(10) {
                order["updated_at"] = json!("2026-11-22T07:59:00.000Z");
            }
            reply
        }
        _ => listing(request, "payments", &[]),
    })
    .await;
    let mut told = told(&pages(&*api(&server)).await.unwrap());
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 120);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_hides_no_other_and_is_looked_up_by_itself() {
    let mut broken = order("order_1", "2026-11-22T07:30:00.000Z");
    broken["currency_code"] = json!(null);
    let whole = order("order_2", "2026-11-22T07:31:00.000Z");
    let server = medusa(vec![broken, whole], Vec::new()).await;
    let pages = pages(&*api(&server)).await.unwrap();
    assert_eq!(told(&pages), ["order_2"]);
    let look_up: Vec<_> = pages
        .iter()
        .flat_map(|page| &page.content.look_up)
        .map(Subject::to_string)
        .collect();
    assert_eq!(look_up, ["order:order_1"]);
}

#[tokio::test]
async fn the_listing_asks_by_time_in_its_order() {
    let server = medusa(Vec::new(), Vec::new()).await;
    pages(&*api(&server)).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        // Medusa writes milliseconds: what it says changed at .000 may have changed at .000400.
        assert_eq!(
            request.query("updated_at[$gte]").as_deref(),
            Some("2026-11-22T07:00:00Z")
        );
        assert_eq!(request.query("order").as_deref(), Some("updated_at"));
        assert_eq!(request.query("offset").as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn a_listing_that_leads_in_a_circle_is_left() {
    // It ignores offset and time, and always says that there is more.
    let same = |at: &str, offset: Value| {
        let orders: Vec<_> = (0..50)
            .map(|number| order(&format!("order_{number}"), at))
            .collect();
        Reply::json(
            &json!({ "orders": orders, "payments": [], "count": 1_000_000, "offset": offset }),
        )
    };
    for (at, offset) in [
        ("2026-11-22T07:30:00.000Z", json!(0)),
        ("2026-11-22T06:00:00.000Z", json!(0)),
    ] {
        let reply = same(at, offset);
        let server = Server::answering(move |_| reply.clone()).await;
        assert_eq!(
            pages(&*api(&server)).await,
            Err(ApiError::PagingLoop),
            "{at}"
        );
    }
}

#[tokio::test]
async fn a_failing_page_is_an_error_and_no_end() {
    for failing in ["/admin/payments", "/admin/orders"] {
        let server = Server::answering(move |request| {
            if request.path() == failing {
                Reply::status(500)
            } else {
                listing(request, "payments", &[])
            }
        })
        .await;
        assert_eq!(
            pages(&*api(&server)).await,
            Err(ApiError::Status(500)),
            "{failing}"
        );
    }
}
