//! What is asked of the Admin API, and what is made of its answers.

use std::collections::BTreeSet;

use connectors::api::{
    ApiCredentials, ApiError, Checkup, CredentialsError, Cursor, HttpClient, Limits,
};
use connectors::{StoreApi, StoreKind, StoreSecret, Subject, connector};
use domain::order::{OrderFact, Saying};
use domain::{ExternalId, Timestamp};
use serde_json::{Value, json};

use super::delivery::told;
use crate::server::{Reply, Request, Server};

/// When the questions are asked, 2026-11-22T10:30:00Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_795_343_400);

pub(crate) const TOKEN: &str = "shpat_0123456789abcdef0123456789abcdef";

pub(crate) fn open_with(server: &Server, limits: Limits) -> Box<dyn StoreApi> {
    let client = HttpClient::new(limits).unwrap();
    connector(StoreKind::Shopify)
        .open_api(&client, &credentials(&server.address, None, TOKEN))
        .unwrap()
}

pub(crate) fn open(server: &Server) -> Box<dyn StoreApi> {
    open_with(server, Limits::default())
}

fn credentials(address: &str, key: Option<&str>, secret: &str) -> ApiCredentials {
    ApiCredentials {
        address: address.to_owned(),
        key: key.map(str::to_owned),
        secret: StoreSecret::new(secret.to_owned()),
    }
}

pub(crate) fn subject() -> Subject {
    "order:450789469".parse().unwrap()
}

fn page(nodes: Value, next: Option<&str>) -> Value {
    json!({ "nodes": nodes, "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next } })
}

fn line(id: &str, current: u32) -> Value {
    json!({
        "id": format!("gid://shopify/LineItem/{id}"), "name": "IPod Nano - 8gb", "quantity": 1,
        "currentQuantity": current, "sku": "IPOD", "variant": { "id": "gid://shopify/ProductVariant/39072856" },
        "product": { "id": "gid://shopify/Product/632910392" },
    })
}

/// The order whose life the webhooks of the history tell, as the API shows it at the end.
pub(crate) fn order() -> Value {
    json!({
        "id": "gid://shopify/Order/450789469", "name": "#1001", "updatedAt": "2026-11-22T10:08:00Z",
        "processedAt": "2008-01-10T16:00:00Z", "cancelledAt": null,
        "displayFinancialStatus": "PARTIALLY_REFUNDED", "test": false, "email": "bob.norman@mail.example.com",
        "presentmentCurrencyCode": "USD", "customer": { "id": "gid://shopify/Customer/207119551" },
        "totalReceivedSet": { "presentmentMoney": { "amount": "598.94" } },
        "lineItems": page(json!([line("466157049", 0), line("518995019", 1), line("703073504", 0)]), None),
        "refunds": [{ "id": "gid://shopify/Refund/509562969" }, { "id": "gid://shopify/Refund/929361471" }],
        "disputes": [{
            "id": "gid://shopify/OrderDisputeSummary/285332461850802050", "initiatedAs": "CHARGEBACK", "status": "WON",
        }],
    })
}

fn transaction(kind: &str, status: &str, amount: &str) -> Value {
    let money = json!({ "amount": amount, "currencyCode": "USD" });
    json!({ "kind": kind, "status": status, "amountSet": { "presentmentMoney": money } })
}

fn refunded(line: &str) -> Value {
    json!({ "quantity": 1, "lineItem": { "id": format!("gid://shopify/LineItem/{line}") } })
}

fn refund_of_lines(status: &str) -> Value {
    json!({
        "createdAt": "2026-11-22T10:03:00Z", "updatedAt": "2026-11-22T10:03:00Z",
        "refundLineItems": page(json!([refunded("466157049"), refunded("703073504")]), None),
        "transactions": { "nodes": [transaction("REFUND", status, "209.0")] },
        "refundShippingLines": { "nodes": [] }, "orderAdjustments": { "nodes": [] },
    })
}

fn refund_of_shipping() -> Value {
    json!({
        "createdAt": "2026-11-22T10:07:00Z", "updatedAt": "2026-11-22T10:07:00Z",
        "refundLineItems": page(json!([]), None),
        "transactions": { "nodes": [transaction("REFUND", "SUCCESS", "5.0")] },
        "refundShippingLines": { "nodes": [{ "id": "gid://shopify/RefundShippingLine/1" }] },
        "orderAdjustments": { "nodes": [{ "reason": null }] },
    })
}

pub(crate) fn data(data: Value) -> Reply {
    Reply::json(&json!({ "data": data }))
}

pub(crate) fn error(code: &str) -> Reply {
    let error = json!({ "message": "…", "extensions": { "code": code } });
    Reply::json(&json!({ "errors": [error], "data": null }))
}

fn asks(request: &Request, word: &str) -> bool {
    request.json()["query"].as_str().unwrap().contains(word)
}

fn variables(request: &Request) -> Value {
    request.json()["variables"].clone()
}

/// Answers questions about the order and its refunds.
fn shop(order: Value, first_refund: Value) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |request| {
        if asks(request, "order(id:") {
            return data(json!({ "order": order }));
        }
        let refund = match variables(request)["id"].as_str() {
            Some("gid://shopify/Refund/509562969") => first_refund.clone(),
            Some("gid://shopify/Refund/929361471") => refund_of_shipping(),
            _ => Value::Null,
        };
        data(json!({ "refund": refund }))
    }
}

async fn fetch_from(
    answering: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Vec<OrderFact> {
    let server = Server::answering(answering).await;
    open(&server).fetch(&subject(), START).await.unwrap()
}

/// Returns what is fetched of the order at its end.
pub(crate) fn fetched() -> Vec<OrderFact> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(fetch_from(shop(order(), refund_of_lines("SUCCESS"))))
}

fn words(facts: Vec<OrderFact>) -> Vec<String> {
    let reading = connectors::Reading::of_facts(facts);
    told(&reading).lines().map(str::to_owned).collect()
}

#[test]
fn an_order_is_fetched_with_its_refunds_and_disputes_by_the_ids_of_the_webhooks() {
    let item = "632910392/39072856/IPOD";
    assert_eq!(
        words(fetched()),
        [
            format!(
                "450789469 Paid at 2026-11-22T10:30:00Z paid 2008-01-10T16:00:00Z e-mail customer 207119551 USD 59894 \
                 refunds 2 [466157049×1-1 {item}, 518995019×1 {item}, 703073504×1-1 {item}]"
            ),
            "450789469 dispute 285332461850802050 Won at 2026-11-22T10:30:00Z".to_owned(),
            "450789469 refund 509562969 Succeeded at 2026-11-22T10:30:00Z 20900 [466157049×1, 703073504×1]"
                .to_owned(),
            "450789469 refund 929361471 Succeeded shipping at 2026-11-22T10:30:00Z 500 []".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_question_goes_to_the_versioned_address_with_the_token() {
    let server = Server::answering(shop(order(), refund_of_lines("SUCCESS"))).await;
    open(&server).fetch(&subject(), START).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.line(), "POST /admin/api/2026-07/graphql.json");
        assert_eq!(request.header("x-shopify-access-token"), Some(TOKEN));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_state_that_is_newer_than_our_question_keeps_its_own_time() {
    let mut newer = order();
    newer["updatedAt"] = json!("2026-11-22T10:30:07Z");
    let facts = fetch_from(shop(newer, refund_of_lines("SUCCESS"))).await;
    assert!(words(facts)[0].contains(" at 2026-11-22T10:30:07Z "));
}

#[tokio::test]
async fn an_order_that_the_shop_does_not_know_is_no_fact() {
    assert_eq!(fetch_from(shop(Value::Null, Value::Null)).await, []);
}

#[tokio::test]
async fn a_refund_that_is_pending_or_failed_takes_no_piece() {
    for status in [
        "PENDING",
        "AWAITING_RESPONSE",
        "UNKNOWN",
        "FAILURE",
        "ERROR",
    ] {
        let facts = fetch_from(shop(order(), refund_of_lines(status))).await;
        let Saying::Order(order) = &facts[0].saying else {
            panic!("no order");
        };
        let returned = order.state.lines.iter().map(|line| line.returned_quantity);
        assert_eq!(returned.sum::<u32>(), 0, "{status}");
    }
}

#[tokio::test]
async fn lines_and_refunded_lines_are_read_page_by_page() {
    let facts = fetch_from(|request: &Request| {
        let after = variables(request)["after"].clone();
        if asks(request, "order(id:") {
            let mut order = order();
            order["disputes"] = json!([]);
            order["refunds"] = json!([{ "id": "gid://shopify/Refund/1" }]);
            order["lineItems"] = match after.as_str() {
                None => page(json!([line("1", 1), line("2", 1)]), Some("b")),
                Some("b") => page(json!([line("3", 1)]), Some("c")),
                Some(_) => page(json!([line("4", 1)]), None),
            };
            return data(json!({ "order": order }));
        }
        let mut refund = refund_of_lines("SUCCESS");
        refund["refundLineItems"] = match after.as_str() {
            None => page(json!([refunded("3")]), Some("b")),
            Some(_) => page(json!([refunded("4")]), None),
        };
        data(json!({ "refund": refund }))
    })
    .await;
    let words = words(facts);
    for line in ["1×1 ", "2×1 ", "3×1 ", "4×1 "] {
        assert!(words[0].contains(line), "{words:?}");
    }
    assert!(words[1].ends_with("[3×1, 4×1]"), "{words:?}");
}

#[tokio::test]
async fn a_list_of_refunds_that_may_be_cut_off_is_not_called_complete() {
    let facts = fetch_from(|request: &Request| {
        if asks(request, "order(id:") {
            let mut order = order();
            let refund = |id| json!({ "id": format!("gid://shopify/Refund/{id}") });
            order["refunds"] = (0..100).map(refund).collect();
            return data(json!({ "order": order }));
        }
        data(json!({ "refund": refund_of_shipping() }))
    })
    .await;
    assert_eq!(facts.len(), 102);
    assert!(!words(facts)[0].contains("refunds"));
}

#[tokio::test]
async fn what_began_as_an_inquiry_is_asked_after() {
    for (kind, status, expected) in [
        ("INQUIRY", "NEEDS_RESPONSE", "Inquiry"),
        ("CHARGEBACK", "NEEDS_RESPONSE", "Open"),
        ("CHARGEBACK", "LOST", "Lost"),
    ] {
        let facts = fetch_from(move |request: &Request| {
            if asks(request, "order(id:") {
                let mut order = order();
                order["refunds"] = json!([]);
                order["disputes"][0]["initiatedAs"] = json!("INQUIRY");
                order["disputes"][0]["status"] = json!(status);
                return data(json!({ "order": order }));
            }
            let id = "gid://shopify/ShopifyPaymentsDispute/285332461850802050";
            assert_eq!(variables(request), json!({ "ids": [id] }));
            data(json!({ "nodes": [{ "id": id, "type": kind, "status": status }, null, {}] }))
        })
        .await;
        let expected =
            format!("450789469 dispute 285332461850802050 {expected} at 2026-11-22T10:30:00Z");
        assert_eq!(words(facts)[1..], [expected]);
    }
}

#[tokio::test]
async fn an_inquiry_that_may_be_a_chargeback_is_passed_over_without_the_scope() {
    let facts = fetch_from(|request: &Request| {
        if asks(request, "order(id:") {
            let mut order = order();
            order["refunds"] = json!([]);
            order["disputes"][0]["initiatedAs"] = json!("INQUIRY");
            order["disputes"][0]["status"] = json!("NEEDS_RESPONSE");
            return data(json!({ "order": order }));
        }
        error("ACCESS_DENIED")
    })
    .await;
    assert_eq!(facts.len(), 1);
}

fn orders_page(orders: Vec<Value>, next: Option<&str>) -> Reply {
    data(json!({ "orders": page(orders.into(), next) }))
}

fn listed(id: &str, updated_at: &str) -> Value {
    let mut order = order();
    order["id"] = json!(format!("gid://shopify/Order/{id}"));
    order["updatedAt"] = json!(updated_at);
    order["displayFinancialStatus"] = json!("PAID");
    order["lineItems"] = page(json!([line("1", 1)]), None);
    order["refunds"] = json!([]);
    order["disputes"] = json!([]);
    order
}

#[tokio::test]
async fn changed_orders_are_listed_and_what_is_not_whole_is_looked_up() {
    let mut long = listed("2", "2026-11-22T10:00:00Z");
    long["lineItems"] = page(json!([line("1", 1)]), Some("b"));
    let mut refunded = listed("3", "2026-11-22T10:00:00Z");
    refunded["refunds"] = json!([{ "id": "gid://shopify/Refund/1" }]);
    let mut disputed = listed("4", "2026-11-22T10:00:00Z");
    disputed["disputes"] = json!([{ "id": "gid://shopify/OrderDisputeSummary/1", "initiatedAs": "INQUIRY", "status": "LOST" }]);
    let first = listed("1", "2026-11-22T10:00:00Z");
    let server = Server::scripted([
        orders_page(vec![first, long, refunded, disputed], Some("p2")),
        orders_page(vec![listed("5", "2026-11-22T10:31:00Z")], None),
    ])
    .await;
    let api = open(&server);
    let since = "2026-11-22T09:00:00Z".parse().unwrap();

    let page = api.list_changed(since, None, START).await.unwrap();
    let orders: Vec<_> = page
        .content
        .facts
        .iter()
        .map(|fact| fact.order.as_str())
        .collect();
    assert_eq!(orders, ["1"]);
    let expected = ["order:2", "order:3", "order:4"].map(|text| text.parse::<Subject>().unwrap());
    assert_eq!(page.content.look_up, BTreeSet::from(expected));

    let page = api
        .list_changed(since, page.next.as_ref(), START)
        .await
        .unwrap();
    assert_eq!(page.next, None);
    assert!(told(&page.content).starts_with("5 Paid at 2026-11-22T10:31:00Z "));

    let [first, second] = [0, 1].map(|index| variables(&server.requests()[index]));
    assert_eq!(first["filter"], "updated_at:>='2026-11-22T09:00:00Z'");
    assert_eq!(
        (&first["from"], &second["from"]),
        (&Value::Null, &json!("p2"))
    );
    assert!(asks(&server.requests()[0], "sortKey: UPDATED_AT"));
}

#[tokio::test]
async fn an_order_that_cannot_be_read_holds_up_no_other() {
    let mut poisoned = listed("1", "2026-11-22T10:00:00Z");
    poisoned["totalReceivedSet"] = Value::Null;
    let whole = listed("2", "2026-11-22T10:00:00Z");
    let server = Server::scripted([orders_page(vec![poisoned, whole], None)]).await;
    let page = open(&server)
        .list_changed(START, None, START)
        .await
        .unwrap();
    let content = told(&page.content);
    assert!(content.starts_with("2 Paid"), "{content}");
    assert!(content.ends_with("\n? order:1"), "{content}");
}

#[tokio::test]
async fn a_listing_begins_anew_before_shopify_stops_paging() {
    let server = Server::scripted([
        orders_page(vec![listed("1", "2026-11-22T10:05:00Z")], Some("b")),
        orders_page(vec![listed("1", "2026-11-22T10:05:00Z")], Some("c")),
    ])
    .await;
    let api = open(&server);
    let since = "2026-11-22T09:00:00Z".parse().unwrap();
    let almost = Cursor(format!(
        "19999 {} a",
        START.plus_seconds(-3_600).as_microseconds()
    ));

    let page = api.list_changed(since, Some(&almost), START).await.unwrap();
    api.list_changed(since, page.next.as_ref(), START)
        .await
        .unwrap();

    let asked = variables(&server.requests()[1]);
    assert_eq!(asked["filter"], "updated_at:>='2026-11-22T10:05:00Z'");
    assert_eq!(asked["from"], Value::Null);
}

#[tokio::test]
async fn the_catalogue_is_listed_by_variant() {
    let server = Server::scripted([
        data(json!({ "productVariants": page(json!([
            { "id": "gid://shopify/ProductVariant/9007199254740993", "sku": "WATERCOLOUR",
              "displayName": "Watercolour - Default Title", "product": { "id": "gid://shopify/Product/1" } },
        ]), Some("b")) })),
        data(json!({ "productVariants": page(json!([
            { "id": "gid://shopify/ProductVariant/2", "sku": "", "displayName": "Ink", "product": null },
        ]), None) })),
    ])
    .await;
    let api = open(&server);
    let first = api.list_items(None).await.unwrap();
    let second = api.list_items(first.next.as_ref()).await.unwrap();

    let id = |text: &str| Some(text.parse::<ExternalId>().unwrap());
    let item = &first.content[0];
    assert_eq!(item.title, "Watercolour - Default Title");
    assert_eq!(item.item.product, id("1"));
    assert_eq!(item.item.variant, id("9007199254740993"));
    assert_eq!(item.item.sku, id("WATERCOLOUR"));
    assert_eq!(second.content[0].item.sku, None);
    assert_eq!(second.next, None);
    assert_eq!(variables(&server.requests()[1]), json!({ "after": "b" }));
}

fn installation(scopes: &[&str]) -> Value {
    let scopes: Vec<_> = scopes
        .iter()
        .map(|scope| json!({ "handle": scope }))
        .collect();
    json!({ "accessScopes": scopes })
}

#[tokio::test]
async fn a_check_tells_the_shops_name_its_clock_and_what_is_not_allowed() {
    let body = json!({ "data": { "shop": { "name": "Course Demo" },
        "currentAppInstallation": installation(&["read_orders", "write_products"]) } });
    let date = ("date", "Sun, 22 Nov 2026 10:29:58 GMT");
    let reply = Reply::with(200, &[date], body.to_string().as_bytes());
    let server = Server::scripted([reply]).await;
    assert_eq!(
        open(&server).check().await,
        Ok(Checkup {
            store_time: Some(START.plus_seconds(-2)),
            missing_scopes: vec!["read_customers".to_owned()],
            shop: Some("Course Demo".to_owned()),
        })
    );
}

#[tokio::test]
async fn an_app_signs_in_by_its_client_and_again_when_the_token_is_used_up() {
    let answer = |name: &str| data(json!({ "order": null, "name": name }));
    let token = |token: &str| {
        Reply::json(&json!({ "access_token": token, "scope": "read_orders", "expires_in": 86_399 }))
    };
    let server = Server::scripted([
        token("first"),
        answer("a"),
        answer("b"),
        Reply::status(401),
        token("second"),
        answer("c"),
    ])
    .await;
    let client = HttpClient::new(Limits::default()).unwrap();
    let credentials = credentials(&server.address, Some("client-id"), "shpss_secret&more");
    let api = connector(StoreKind::Shopify)
        .open_api(&client, &credentials)
        .unwrap();

    for _ in 0..3 {
        assert_eq!(api.fetch(&subject(), START).await, Ok(Vec::new()));
    }

    let requests = server.requests();
    let tokens: Vec<_> = requests
        .iter()
        .filter_map(|request| request.header("x-shopify-access-token"))
        .collect();
    assert_eq!(tokens, ["first", "first", "first", "second"]);
    assert_eq!(requests[0].line(), "POST /admin/oauth/access_token");
    assert_eq!(
        String::from_utf8_lossy(&requests[0].body),
        "grant_type=client_credentials&client_id=client-id&client_secret=shpss_secret%26more"
    );
}

#[tokio::test]
async fn a_client_that_the_shop_does_not_know_is_refused_credentials() {
    for replies in [
        vec![Reply::status(400)],
        vec![Reply::status(401)],
        // A token that is refused is asked for once more, and not for ever.
        vec![
            Reply::json(&json!({ "access_token": "a" })),
            Reply::status(401),
            Reply::json(&json!({ "access_token": "b" })),
            Reply::status(401),
        ],
    ] {
        let asked = replies.len();
        let server = Server::scripted(replies).await;
        let client = HttpClient::new(Limits::default()).unwrap();
        let credentials = credentials(&server.address, Some("client-id"), "shpss_secret");
        let api = connector(StoreKind::Shopify)
            .open_api(&client, &credentials)
            .unwrap();
        let verdict = api.check().await;
        assert!(matches!(verdict, Err(ApiError::Denied(_))), "{verdict:?}");
        assert_eq!(server.requests().len(), asked);
    }
}

#[test]
fn credentials_that_cannot_be_a_shops_are_refused_before_anything_is_sent() {
    let client = HttpClient::new(Limits::default()).unwrap();
    let verdict = |address, key, secret| {
        let credentials = credentials(address, key, secret);
        connector(StoreKind::Shopify)
            .open_api(&client, &credentials)
            .map(|_| ())
    };
    let shop = "https://course-demo.myshopify.com";
    assert_eq!(verdict(shop, None, TOKEN), Ok(()));
    assert_eq!(verdict(shop, Some("id"), "shpss_1"), Ok(()));
    assert!(matches!(
        verdict(shop, None, "shpss_1"),
        Err(CredentialsError::Key(_))
    ));
    assert!(matches!(
        verdict(shop, Some(""), "shpss_1"),
        Err(CredentialsError::Key(_))
    ));
    for secret in ["", "two words", "line\r\nbreak"] {
        assert!(matches!(
            verdict(shop, Some("id"), secret),
            Err(CredentialsError::Secret(_))
        ));
    }
    assert_eq!(
        verdict("http://course-demo.myshopify.com", None, TOKEN),
        Err(CredentialsError::Address)
    );
}
