//! The Admin API, when it answers and when it does not.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::api::{
    ApiCredentials, ApiError, CredentialsError, HttpClient, Limits, StoreApi, WebhookState,
};
use connectors::{ParseError, StoreKind, StoreSecret, Subject, connector};
use domain::Timestamp;
use domain::order::Saying;
use serde_json::{Value, json};

use super::shop::{learn, order_of, paying, seconds, secret};
use crate::server::{Reply, Server};

const KEY: &str = "sk_0123456789abcdef";

pub(super) fn started() -> Timestamp {
    seconds("2026-11-22T08:00:00Z")
}

fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(2),
        body: 1024 * 1024,
    }
}

fn open(address: &str, key: &str, limits: Limits) -> Result<Box<dyn StoreApi>, CredentialsError> {
    let credentials = ApiCredentials {
        address: address.to_owned(),
        key: None,
        secret: StoreSecret::new(key.to_owned()),
    };
    let client = HttpClient::new(limits).unwrap();
    connector(StoreKind::Medusa).open_api(&client, &credentials)
}

pub(super) fn api(server: &Server) -> Box<dyn StoreApi> {
    open(&server.address, KEY, limits()).unwrap()
}

fn order_1001() -> Subject {
    "order:order_1001".parse().unwrap()
}

#[tokio::test]
async fn an_order_is_fetched_as_it_is_now_and_at_least_as_new_as_the_question() {
    let order = order_of("0129-medusa-payment.captured");
    let server = Server::scripted([Reply::json(&json!({ "order": order }))]).await;

    let facts = api(&server).fetch(&order_1001(), started()).await.unwrap();

    let Saying::Order(told) = &facts[0].saying else {
        panic!("no order");
    };
    assert_eq!(told.version.at, started());
    assert_eq!(paying(&learn(facts)), ["COURSE-WC-1"]);
    let request = &server.requests()[0];
    assert_eq!(request.method, "GET");
    assert_eq!(request.path(), "/admin/orders/order_1001");
    let basic = STANDARD.encode(format!("{KEY}:"));
    assert_eq!(
        request.header("authorization"),
        Some(format!("Basic {basic}").as_str())
    );
}

#[tokio::test]
async fn a_fetched_order_is_asked_for_all_that_is_read_and_for_nothing_of_the_payment_provider() {
    let server = Server::scripted([]).await;
    let _ = api(&server).fetch(&order_1001(), started()).await;
    let fields = server.requests()[0].query("fields").unwrap();
    let fields: Vec<_> = fields.split(',').collect();
    for field in [
        "currency_code",
        "total",
        "customer.has_account",
        "*items",
        "*items.detail",
        "payment_collections.status",
        "payment_collections.payments.captured_at",
        "*payment_collections.payments.captures",
        "*payment_collections.payments.refunds",
    ] {
        assert!(fields.contains(&field), "{field}");
    }
    assert!(!fields.contains(&"*payment_collections.payments"));
    // Each is a name as Medusa's parser of fields takes it: a space would put it to the defaults instead.
    assert!(fields.iter().all(|field| !field.contains([' ', '\n', '+'])));
}

#[tokio::test]
async fn a_payment_leads_to_its_order() {
    let order = order_of("0129-medusa-payment.captured");
    let server = Server::scripted([
        Reply::json(&json!({ "payment": { "id": "pay_1", "payment_collection": { "order": { "id": "order_7" } } } })),
        Reply::json(&json!({ "order": order })),
    ])
    .await;
    let payment = "payment:pay_1".parse().unwrap();
    let facts = api(&server).fetch(&payment, started()).await.unwrap();
    assert_eq!(facts.len(), 1);
    let paths: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect();
    assert_eq!(paths, ["/admin/payments/pay_1", "/admin/orders/order_7"]);
}

#[tokio::test]
async fn what_the_server_does_not_know_is_no_fact() {
    let gone = json!({ "type": "not_found", "message": "Order id not found" });
    let no_order = json!({ "payment": { "id": "pay_1", "payment_collection": { "order": null } } });
    let server = Server::scripted([
        Reply::with(404, &[], gone.to_string().as_bytes()),
        Reply::with(404, &[], gone.to_string().as_bytes()),
        // So Medusa 2.21 answers for a payment that it does not know.
        Reply::json(&json!({})),
        Reply::json(&no_order),
    ])
    .await;
    let api = api(&server);
    for subject in [
        "order:order_1001",
        "payment:pay_1",
        "payment:pay_1",
        "payment:pay_1",
    ] {
        let facts = api.fetch(&subject.parse().unwrap(), started()).await;
        assert_eq!(facts, Ok(Vec::new()), "{subject}");
    }
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_path() {
    let server = Server::scripted([]).await;
    let subject = "order:../users?x=1#".parse().unwrap();
    let _ = api(&server).fetch(&subject, started()).await;
    assert_eq!(
        server.requests()[0].path(),
        "/admin/orders/..%2Fusers%3Fx=1%23"
    );
}

#[tokio::test]
async fn a_misbehaving_server_gives_an_error_and_no_fact() {
    let order = json!({ "order": order_of("0129-medusa-payment.captured") }).to_string();
    let busy = Reply::with(429, &[("retry-after", "7")], b"");
    let cases = [
        (Reply::status(401), ApiError::Denied(401)),
        (Reply::status(403), ApiError::Denied(403)),
        (
            busy,
            ApiError::Busy {
                retry_after: Some(Duration::from_secs(7)),
            },
        ),
        (Reply::status(500), ApiError::Status(500)),
        (Reply::half(order.as_bytes()), ApiError::Unreachable),
        (
            Reply::with(200, &[], b"<html>"),
            ApiError::Unreadable(ParseError::NotJson { line: 1, column: 1 }),
        ),
        (
            Reply::json(&json!({ "orders": [] })),
            ApiError::Unreadable(ParseError::Field {
                path: "order".to_owned(),
                problem: "is missing",
            }),
        ),
        (
            Reply::with(200, &[], &vec![b' '; 2 * 1024 * 1024]),
            ApiError::TooLong,
        ),
    ];
    for (reply, expected) in cases {
        let server = Server::scripted([reply]).await;
        let answer = api(&server).fetch(&order_1001(), started()).await;
        assert_eq!(answer, Err(expected));
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_limit() {
    let server = Server::scripted([Reply::Hang]).await;
    let limits = Limits {
        total: Duration::from_millis(50),
        ..limits()
    };
    let api = open(&server.address, KEY, limits).unwrap();
    let answer = api.fetch(&order_1001(), started()).await;
    assert_eq!(answer, Err(ApiError::Timeout));
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_key_stays_here() {
    let elsewhere = Server::scripted([]).await;
    let server = Server::scripted([Reply::redirect(&elsewhere.address)]).await;
    let answer = api(&server).fetch(&order_1001(), started()).await;
    assert_eq!(answer, Err(ApiError::Redirected));
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn a_check_tells_the_shops_name_its_clock_and_what_the_key_may_not_read() {
    let server = Server::answering(|request| match request.path() {
        "/admin/stores" => {
            let body = json!({ "stores": [{ "id": "store_1", "name": "Ada's shop" }] }).to_string();
            let date = [("date", "Sun, 22 Nov 2026 08:00:00 GMT")];
            Reply::with(200, &date, body.as_bytes())
        }
        "/admin/payments" => Reply::status(403),
        _ => Reply::json(&json!({ "orders": [], "variants": [] })),
    })
    .await;
    let checkup = api(&server).check().await.unwrap();
    assert_eq!(checkup.shop.as_deref(), Some("Ada's shop"));
    assert_eq!(checkup.store_time, Some(started()));
    assert_eq!(checkup.missing_scopes, ["payment:read"]);
}

#[tokio::test]
async fn a_check_with_a_wrong_key_fails() {
    let server = Server::scripted([Reply::status(401)]).await;
    assert_eq!(api(&server).check().await, Err(ApiError::Denied(401)));
}

#[tokio::test]
async fn the_webhooks_are_the_modules_business() {
    let server = Server::scripted([]).await;
    let api = api(&server);
    let address = "https://courses.example.com/webhooks/shop";
    assert_eq!(api.find_webhooks(address).await, Ok(WebhookState::Untold));
    assert!(
        api.restore_webhooks(address, &secret())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(server.requests(), []);
}

#[test]
fn only_a_secret_key_and_a_safe_address_open_the_api() {
    let try_open = |address, key| open(address, key, limits()).err();
    assert_eq!(try_open("https://shop.example.com", "sk_0a1b"), None);
    assert_eq!(
        try_open("https://shop.example.com/medusa/", " sk_0a1b\n"),
        None
    );
    let key = Some(CredentialsError::Secret("sk_…"));
    for text in ["", "sk_", "pk_0a1b", "0a1b", "sk_0a1b:", "sk_0a 1b"] {
        assert_eq!(try_open("https://shop.example.com", text), key, "{text}");
    }
    assert_eq!(
        try_open("http://shop.example.com", "sk_0a1b"),
        Some(CredentialsError::Address)
    );
}

#[tokio::test]
async fn the_catalogue_names_each_variant_page_by_page() {
    let variant = |id: &str, title: Value, sku: Value| json!({ "id": id, "title": title, "sku": sku, "product": { "id": "prod_1", "title": "Oil painting" } });
    let server = Server::scripted([
        Reply::json(&json!({ "count": 4, "offset": 0, "limit": 2, "variants": [
            variant("variant_1", json!("Plus"), json!("OIL-PLUS")),
            variant("variant_2", json!("Default variant"), json!(null)),
        ] })),
        Reply::json(&json!({ "count": 4, "offset": 2, "limit": 2, "variants": [
            variant("variant_3", json!(null), json!("")),
            { "id": "variant_4", "title": "Orphan", "sku": null, "product": null },
        ] })),
    ])
    .await;
    let api = api(&server);
    let first = api.list_items(None).await.unwrap();
    let second = api.list_items(first.next.as_ref()).await.unwrap();
    assert_eq!((first.total, second.next), (Some(4), None));
    let items: Vec<_> = [first.content, second.content].concat();
    let told = items.iter().map(|item| {
        let ids = [&item.item.product, &item.item.variant, &item.item.sku];
        let ids = ids.map(|id| id.as_ref().map_or("-", |id| id.as_str()));
        format!("{} {}", ids.join(" "), item.title)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "prod_1 variant_1 OIL-PLUS Oil painting – Plus",
            "prod_1 variant_2 - Oil painting",
            "prod_1 variant_3 - Oil painting"
        ]
    );
    let offsets: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.query("offset"))
        .collect();
    assert_eq!(offsets, [Some("0".to_owned()), Some("2".to_owned())]);
}
