//! Which webhooks the shop sends us, and how they are restored.

use connectors::StoreSecret;
use connectors::api::{ApiError, WebhookState};
use serde_json::{Value, json};

use super::api::{data, open};
use crate::server::{Reply, Server};

const ADDRESS: &str = "https://courses.example.com/webhooks/shop";

const TOPICS: [&str; 7] = [
    "ORDERS_CREATE",
    "ORDERS_PAID",
    "ORDERS_UPDATED",
    "ORDERS_CANCELLED",
    "ORDERS_EDITED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
];

fn subscription(topic: &str, uri: &str) -> Value {
    json!({
        "id": format!("gid://shopify/WebhookSubscription/{topic}"), "topic": topic, "uri": uri, "format": "JSON",
        "filter": "", "includeFields": [],
    })
}

fn ours() -> Vec<Value> {
    TOPICS
        .iter()
        .map(|topic| subscription(topic, ADDRESS))
        .collect()
}

fn listed(subscriptions: Vec<Value>, scopes: &[&str], next: Option<&str>) -> Reply {
    let scopes: Vec<_> = scopes
        .iter()
        .map(|scope| json!({ "handle": scope }))
        .collect();
    data(json!({
        "currentAppInstallation": { "accessScopes": scopes },
        "webhookSubscriptions": {
            "nodes": subscriptions, "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next },
        },
    }))
}

async fn found(replies: Vec<Reply>) -> WebhookState {
    let server = Server::scripted(replies).await;
    open(&server).find_webhooks(ADDRESS).await.unwrap()
}

fn missing(topics: &[&str]) -> WebhookState {
    WebhookState::Missing(topics.iter().map(|topic| (*topic).to_owned()).collect())
}

fn changed(errors: Value) -> Reply {
    data(json!({ "changed": { "userErrors": errors } }))
}

#[tokio::test]
async fn all_topics_at_our_address_are_all_that_is_wanted() {
    let pages = vec![
        listed(ours()[..3].to_vec(), &["read_orders"], Some("b")),
        listed(ours()[3..].to_vec(), &["read_orders"], None),
    ];
    assert_eq!(found(pages).await, WebhookState::Active);
}

#[tokio::test]
async fn a_subscription_elsewhere_or_of_less_is_as_good_as_none() {
    let mut subscriptions = ours();
    subscriptions[0]["uri"] = json!("https://other.example.com/webhooks/shop");
    subscriptions[1]["format"] = json!("XML");
    subscriptions[2]["filter"] = json!("total_price:>100");
    subscriptions[3]["includeFields"] = json!(["id"]);
    subscriptions.remove(6);
    let expected = [
        "orders/create",
        "orders/paid",
        "orders/updated",
        "orders/cancelled",
        "refunds/create",
    ];
    assert_eq!(
        found(vec![listed(subscriptions, &[], None)]).await,
        missing(&expected)
    );
}

#[tokio::test]
async fn disputes_are_wanted_when_the_app_may_read_them() {
    for scope in [
        "read_shopify_payments_disputes",
        "write_shopify_payments_disputes",
    ] {
        let state = found(vec![listed(ours(), &[scope], None)]).await;
        assert_eq!(
            state,
            missing(&["disputes/create", "disputes/update"]),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_is_created_and_what_leaves_something_out_is_mended() {
    let mut subscriptions = ours();
    subscriptions[1]["format"] = json!("XML");
    subscriptions.remove(6);
    let server = Server::scripted([
        listed(subscriptions, &[], None),
        changed(json!([])),
        changed(json!([])),
    ])
    .await;
    let secret = StoreSecret::new("shpss_0123456789abcdef0123456789abcdef".to_owned());

    let restored = open(&server)
        .restore_webhooks(ADDRESS, &secret)
        .await
        .unwrap();

    assert!(restored.is_none());
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let sent = |index: usize| requests[index].json();
    assert!(
        sent(1)["query"]
            .as_str()
            .unwrap()
            .contains("webhookSubscriptionUpdate")
    );
    assert_eq!(
        sent(1)["variables"],
        json!({ "id": "gid://shopify/WebhookSubscription/ORDERS_PAID", "uri": ADDRESS })
    );
    assert!(
        sent(2)["query"]
            .as_str()
            .unwrap()
            .contains("webhookSubscriptionCreate")
    );
    assert_eq!(
        sent(2)["variables"],
        json!({ "topic": "REFUNDS_CREATE", "uri": ADDRESS })
    );
}

#[tokio::test]
async fn nothing_is_changed_when_nothing_is_missing() {
    let server = Server::scripted([listed(ours(), &[], None)]).await;
    let secret = StoreSecret::new(String::new());
    open(&server)
        .restore_webhooks(ADDRESS, &secret)
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_address_that_shopify_refuses_is_reported() {
    let refused = json!([{ "message": "Address is not allowed" }]);
    let server = Server::scripted([listed(Vec::new(), &[], None), changed(refused)]).await;
    let secret = StoreSecret::new(String::new());
    let error = open(&server)
        .restore_webhooks(ADDRESS, &secret)
        .await
        .unwrap_err();
    assert!(matches!(error, ApiError::Reported(_)), "{error}");
}
