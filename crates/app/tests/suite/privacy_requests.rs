//! What a shop on Shopify asks about its customers' data: recorded, answered in time, and no more than is asked.

use app::administration::Whom;
use app::privacy::{AnswerError, PrivacyRequest, RequestKind, WhichRequests};
use app::webhooks::WebhookError;
use connectors::{StoreKind, StoreSecret, shopify};
use domain::payment::StorePolicy;
use domain::{CustomerId, StoreId};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use storage::deliveries::DeliveryFilter;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{map_in, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn secret() -> StoreSecret {
    StoreSecret::new("shpss_0123456789abcdef0123456789abcdef".to_owned())
}

/// Connects a shop on Shopify.
async fn shopify(shop: &TestShop) -> StoreId {
    let (name, policy) = ("shopify".parse().unwrap(), StorePolicy::default());
    let secrets = [secret()];
    let added = shop
        .app
        .add_store(&BY, name, StoreKind::Shopify, policy, &secrets);
    added.await.unwrap()
}

/// Takes in a webhook of the shop on Shopify.
async fn send(
    shop: &TestShop,
    topic: &str,
    body: &Value,
    key: &StoreSecret,
) -> Result<(), WebhookError> {
    let body = body.to_string().into_bytes();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-shopify-topic", topic),
        ("x-shopify-hmac-sha256", &shopify::sign(key, &body)),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let store = "shopify".parse().unwrap();
    let taken = shop.app.accept_webhook(&store, &headers, &body);
    taken.await.map(drop)
}

async fn tell(shop: &TestShop, topic: &str, body: &Value) {
    send(shop, topic, body, &secret()).await.unwrap();
    shop.app.work_until_idle().await.unwrap();
}

/// A paid order as Shopify tells it, of this customer.
fn order(number: u64, id: u64, email: &str) -> Value {
    let recorded =
        include_str!("../../../../testdata/captures/shopify/02-orders_paid-customer.http");
    let normal = recorded.replace("\r\n", "\n");
    let (_, body) = normal.split_once("\n\n").unwrap();
    let mut order: Value = serde_json::from_str(body).unwrap();
    order["id"] = json!(number);
    order["email"] = json!(email);
    order["contact_email"] = json!(email);
    order["customer"]["id"] = json!(id);
    order["customer"]["email"] = json!(email);
    order
}

fn redact(id: u64, email: &str, orders: &[u64]) -> Value {
    json!({
        "shop_id": 954_889, "shop_domain": "course-demo.myshopify.com",
        "customer": { "id": id, "email": email, "phone": "555-625-1199" }, "orders_to_redact": orders,
    })
}

async fn requests(shop: &TestShop, which: WhichRequests) -> Vec<PrivacyRequest> {
    shop.app
        .list_privacy_requests(which, None, 200)
        .await
        .unwrap()
        .items
}

async fn find(shop: &TestShop, email: &str) -> Option<CustomerId> {
    shop.app
        .find_whom(&Whom::Email(email.parse().unwrap()))
        .await
        .ok()
}

/// How many deliveries still have their content.
async fn bodies(shop: &TestShop) -> u64 {
    shop.app
        .count_replayable(&DeliveryFilter::default())
        .await
        .unwrap()
}

both_engines! {
    async fn a_customer_whom_the_shop_wants_forgotten_is_forgotten(db: Db) {
        let shop = TestShop::open(db).await;
        shopify(&shop).await;
        tell(&shop, "orders/paid", &order(1, 7, ADA)).await;
        tell(&shop, "orders/paid", &order(2, 8, EVE)).await;
        assert!(find(&shop, ADA).await.is_some());
        tell(&shop, "customers/redact", &redact(7, ADA, &[1])).await;
        assert!(find(&shop, ADA).await.is_none() && find(&shop, EVE).await.is_some());
        let [request] = &requests(&shop, WhichRequests::All).await[..] else { panic!("one request") };
        assert_eq!(request.kind, RequestKind::Erase);
        assert!(request.done_at.is_some() && request.customer.is_some());
        assert_eq!(bodies(&shop).await, 1, "Eve's order alone has its content");
        // Said again, there is nobody to forget; and the old order does not bring her back.
        tell(&shop, "customers/redact", &redact(7, ADA, &[1])).await;
        tell(&shop, "orders/updated", &order(1, 7, ADA)).await;
        assert!(find(&shop, ADA).await.is_none());
        assert!(requests(&shop, WhichRequests::Open).await.is_empty());
        let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
        assert_eq!(verdict.flaw, None);
    }

    async fn what_another_store_knows_of_her_stays(db: Db) {
        let shop = TestShop::open(db).await;
        let store = shopify(&shop).await;
        let (water, ink) = (shop.sell_course("WATER", 1).await, shop.sell_course("INK", 1).await);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        tell(&shop, "orders/paid", &order(1, 7, ADA)).await;
        map_in(&shop, store, "IPOD2009BLACK", ink.product).await;
        assert!(sees(&shop, ADA, ink.course).await && sees(&shop, ADA, water.course).await);
        let before = find(&shop, ADA).await;
        tell(&shop, "customers/redact", &redact(7, ADA, &[1])).await;
        assert_eq!(find(&shop, ADA).await, before, "the other store knows her");
        assert!(sees(&shop, ADA, water.course).await);
        assert!(!sees(&shop, ADA, ink.course).await);
        tell(&shop, "orders/updated", &order(1, 7, ADA)).await;
        assert!(!sees(&shop, ADA, ink.course).await, "what was erased is not learnt again");
        let export = shop.app.export_customer(&BY, &Whom::Customer(before.unwrap())).await.unwrap();
        let of_shopify = export.sections["orders"].iter().find(|order| order["store"] == "shopify").unwrap();
        assert_eq!((&of_shopify["email"], &of_shopify["external_customer"]), (&Value::Null, &Value::Null));
    }

    async fn a_customer_who_wants_her_data_is_on_the_list_until_she_has_it(db: Db) {
        let shop = TestShop::open(db).await;
        shopify(&shop).await;
        tell(&shop, "orders/paid", &order(1, 7, ADA)).await;
        let wish = json!({
            "shop_id": 954_889, "shop_domain": "course-demo.myshopify.com", "data_request": { "id": 9999 },
            "customer": { "id": 7, "email": ADA, "phone": null }, "orders_requested": [1],
        });
        tell(&shop, "customers/data_request", &wish).await;
        let [request] = &requests(&shop, WhichRequests::Open).await[..] else { panic!("one request") };
        assert_eq!((request.kind, request.customer), (RequestKind::Export, find(&shop, ADA).await));
        assert_eq!(request.due_at, request.requested_at.plus_days(30));
        shop.app.answer_privacy_request(&BY, request.id).await.unwrap();
        assert!(requests(&shop, WhichRequests::Open).await.is_empty());
        let again = shop.app.answer_privacy_request(&BY, request.id).await;
        assert!(matches!(again, Err(AnswerError::AlreadyAnswered)));
        // Of somebody who is not known there is nothing to hand out.
        let mut of_nobody = wish.clone();
        of_nobody["customer"] = json!({ "id": 99, "email": EVE });
        of_nobody["orders_requested"] = json!([]);
        tell(&shop, "customers/data_request", &of_nobody).await;
        assert!(requests(&shop, WhichRequests::Open).await.is_empty());
        assert_eq!(requests(&shop, WhichRequests::All).await.len(), 2);
    }

    async fn a_shop_that_goes_away_takes_only_its_own_customers_along(db: Db) {
        let shop = TestShop::open(db).await;
        let store = shopify(&shop).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", EVE, &["WATER"])).await;
        for (number, id, email) in [(1, 7, ADA), (2, 8, EVE), (3, 9, "bob@example.com")] {
            tell(&shop, "orders/paid", &order(number, id, email)).await;
        }
        let token = shop.sign_in("mia@example.com").await;
        shop.app.prove(&token, &crate::proofs::store_customer(store, "11")).await.unwrap();
        tell(&shop, "shop/redact", &json!({ "shop_id": 954_889, "shop_domain": "course-demo.myshopify.com" })).await;
        assert!(find(&shop, ADA).await.is_none() && find(&shop, "bob@example.com").await.is_none());
        assert!(sees(&shop, EVE, water.course).await, "another store knows her");
        assert!(find(&shop, "mia@example.com").await.is_some(), "no store's customer");
        let [request] = &requests(&shop, WhichRequests::All).await[..] else { panic!("one request") };
        assert_eq!((request.kind, request.customer), (RequestKind::EraseStore, None));
        assert!(request.done_at.is_some());
        assert_eq!(bodies(&shop).await, 1, "that of the other store");
        let by_hand = shop.app.answer_privacy_request(&BY, request.id).await;
        assert!(matches!(by_hand, Err(AnswerError::ByTheWorker)));
    }

    async fn a_wish_with_a_wrong_signature_is_refused(db: Db) {
        let shop = TestShop::open(db).await;
        shopify(&shop).await;
        let forged = StoreSecret::new("shpss_00000000000000000000000000000000".to_owned());
        for topic in ["customers/data_request", "customers/redact", "shop/redact"] {
            let sent = send(&shop, topic, &redact(7, ADA, &[]), &forged).await;
            assert!(matches!(sent, Err(WebhookError::Refused(_))), "{topic}");
        }
        assert_eq!(bodies(&shop).await, 0);
    }
}
