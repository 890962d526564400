//! What the account sells, and whether the key may be used.

use connectors::api::{ApiCredentials, ApiError, CredentialsError, HttpClient, Limits};
use connectors::{StoreKind, StoreSecret, connector};
use domain::Timestamp;
use serde_json::{Value, json};

use super::account::{Account, credentials};
use crate::server::{Reply, Server};

fn price(id: &str, nickname: &Value, product: &Value) -> Value {
    json!({ "id": id, "object": "price", "active": true, "nickname": nickname, "product": product })
}

#[tokio::test]
async fn prices_of_products_for_sale_are_listed_a_page_at_a_time() {
    let product = json!({ "id": "prod_1", "active": true, "name": "Water\ncolour" });
    let archived = json!({ "id": "prod_2", "active": false, "name": "Oil" });
    let deleted = json!({ "id": "prod_3", "deleted": true });
    let account = Account {
        prices: vec![
            price("price_1", &json!("Yearly"), &product),
            price("price_2", &json!(null), &product),
            price("price_3", &json!(null), &archived),
            price("price_4", &json!(null), &deleted),
            price("price_5", &json!(""), &json!("prod_5")),
        ],
        page_size: 2,
        ..Account::empty()
    };
    let opened = account.open().await;
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = opened.api.list_items(cursor.as_ref()).await.unwrap();
        found.extend(page.content);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let found: Vec<_> = found
        .iter()
        .map(|item| {
            let id = |id: &Option<domain::ExternalId>| id.as_ref().unwrap().to_string();
            (
                id(&item.item.product),
                id(&item.item.variant),
                item.title.clone(),
            )
        })
        .collect();
    let expected = [
        ("prod_1", "price_1", "Water colour – Yearly"),
        ("prod_1", "price_2", "Water colour"),
    ];
    assert_eq!(
        found,
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
    assert_eq!(
        opened.server.lines()[1],
        "GET /v1/prices?active=true&expand%5B%5D=data.product&limit=100&starting_after=price_2"
    );
}

#[tokio::test]
async fn a_key_that_may_do_everything_lacks_nothing() {
    let opened = Account::empty().open().await;
    let checkup = opened.api.check().await.unwrap();
    assert_eq!(checkup.missing_scopes, Vec::<String>::new());
    assert_eq!(checkup.shop.as_deref(), Some("Ada's Courses"));
}

#[tokio::test]
async fn what_a_key_may_not_do_is_named_as_the_dashboard_does() {
    let date = [("date", "Sun, 22 Nov 2026 10:30:00 GMT")];
    let server = Server::answering(move |request| match request.path() {
        "/v1/disputes" | "/v1/webhook_endpoints" | "/v1/account" => Reply::status(403),
        _ => Reply::with(200, &date, br#"{"data":[],"has_more":false}"#),
    })
    .await;
    let api = super::account::open(&server.address, Limits::default());
    let checkup = api.check().await.unwrap();
    assert_eq!(
        checkup.missing_scopes,
        ["Disputes: Read", "Webhook Endpoints: Write"]
    );
    assert_eq!(checkup.shop, None);
    assert_eq!(
        checkup.store_time,
        Some(Timestamp::from_seconds(1_795_343_400))
    );
}

#[tokio::test]
async fn a_key_that_is_not_known_is_told_so() {
    let server = Server::answering(|_| Reply::status(401)).await;
    let api = super::account::open(&server.address, Limits::default());
    assert_eq!(api.check().await.unwrap_err(), ApiError::Denied(401));
}

#[test]
fn only_a_secret_or_a_restricted_key_opens_the_api() {
    let client = HttpClient::new(Limits::default()).unwrap();
    let stripe = connector(StoreKind::Stripe);
    let open = |address: &str, secret: &str| {
        let credentials = ApiCredentials {
            secret: StoreSecret::new(secret.to_owned()),
            ..credentials(address)
        };
        stripe.open_api(&client, &credentials).map(|_| ())
    };
    for address in [
        "",
        "https://api.stripe.com",
        "https://api.stripe.com/",
        "http://127.0.0.1:12111",
    ] {
        assert_eq!(open(address, "rk_live_1"), Ok(()), "{address}");
        assert_eq!(open(address, "sk_test_1"), Ok(()), "{address}");
    }
    assert_eq!(
        open("http://api.stripe.com", "rk_live_1"),
        Err(CredentialsError::Address)
    );
    for secret in [
        "",
        "pk_live_1",
        "whsec_1",
        "rk_live_1\n",
        "Bearer rk_live_1",
    ] {
        let refused = Err(CredentialsError::Secret("rk_live_… or sk_live_…"));
        assert_eq!(open("", secret), refused, "{secret:?}");
    }
}
