//! The endpoint that sends us events.

use connectors::api::WebhookState;
use connectors::{StoreKind, connector};
use serde_json::{Value, json};

use super::account::Account;
use super::ours;
use crate::server::Request;

const ADDRESS: &str = "https://courses.example.com/webhooks/stripe";

fn endpoint(id: &str, status: &str, events: &[&str]) -> Value {
    json!({ "id": id, "object": "webhook_endpoint", "url": ADDRESS, "status": status, "enabled_events": events })
}

async fn with_endpoints(endpoints: Vec<Value>) -> super::account::Opened {
    let account = Account {
        endpoints,
        ..Account::empty()
    };
    account.open().await
}

async fn state(endpoints: Vec<Value>) -> WebhookState {
    let opened = with_endpoints(endpoints).await;
    opened.api.find_webhooks(ADDRESS).await.unwrap()
}

/// What is posted when these endpoints are to be restored: where to, and the fields.
async fn posted(endpoints: Vec<Value>) -> Option<(String, Vec<(String, String)>)> {
    let opened = with_endpoints(endpoints).await;
    let secret = opened.api.restore_webhooks(ADDRESS, &ours()).await.unwrap();
    let requests = opened.server.requests();
    let posts: Vec<_> = requests
        .iter()
        .filter(|request| request.method == "POST")
        .collect();
    assert!(posts.len() <= 1);
    let post = posts.first()?;
    assert_eq!(secret.is_some(), post.path() == "/v1/webhook_endpoints");
    if let Some(secret) = secret {
        assert_eq!(secret.expose(), "whsec_created_0123456789");
        assert_eq!(connector(StoreKind::Stripe).check_secret(&secret), Ok(()));
    }
    Some((post.path().to_owned(), fields(post)))
}

fn fields(request: &Request) -> Vec<(String, String)> {
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let query = std::str::from_utf8(&request.body).unwrap();
    let url = reqwest::Url::parse(&format!("http://form.test/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn events_in(fields: &[(String, String)]) -> Vec<&str> {
    let events = fields.iter().filter(|(name, _)| name == "enabled_events[]");
    events.map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn an_endpoint_that_sends_all_events_is_active() {
    let all = state(Vec::new()).await;
    let WebhookState::Missing(all) = all else {
        panic!("{all:?}");
    };
    assert_eq!(all.len(), 18);
    let named: Vec<_> = all.iter().map(String::as_str).collect();
    assert_eq!(
        state(vec![endpoint("we_1", "enabled", &named)]).await,
        WebhookState::Active
    );
    assert_eq!(
        state(vec![endpoint("we_1", "enabled", &["*"])]).await,
        WebhookState::Active
    );
    assert_eq!(
        state(vec![endpoint("we_1", "enabled", &named[1..])]).await,
        WebhookState::Missing(vec![named[0].to_owned()])
    );
    assert_eq!(
        state(vec![endpoint(
            "we_1",
            "disabled",
            &["invoice.paid", "customer.created"]
        )])
        .await,
        WebhookState::Disabled(vec!["invoice.paid".to_owned()])
    );
    // One that works is enough.
    let both = vec![
        endpoint("we_1", "disabled", &["*"]),
        endpoint("we_2", "enabled", &["*"]),
    ];
    assert_eq!(state(both).await, WebhookState::Active);
}

#[tokio::test]
async fn endpoints_that_go_elsewhere_are_not_ours() {
    let mut other = endpoint("we_1", "enabled", &["*"]);
    other["url"] = json!("https://courses.example.com/webhooks/other");
    assert!(matches!(
        state(vec![other.clone()]).await,
        WebhookState::Missing(_)
    ));
    let (path, _) = posted(vec![other]).await.unwrap();
    assert_eq!(path, "/v1/webhook_endpoints");
}

#[tokio::test]
async fn a_missing_endpoint_is_created_and_its_secret_returned() {
    let (path, fields) = posted(Vec::new()).await.unwrap();
    assert_eq!(path, "/v1/webhook_endpoints");
    assert!(fields.contains(&("url".to_owned(), ADDRESS.to_owned())));
    assert!(fields.contains(&("api_version".to_owned(), "2025-06-30.basil".to_owned())));
    assert_eq!(events_in(&fields).len(), 18);
}

#[tokio::test]
async fn a_disabled_endpoint_is_switched_on_again() {
    let (path, fields) = posted(vec![endpoint("we_1", "disabled", &["*"])])
        .await
        .unwrap();
    assert_eq!(path, "/v1/webhook_endpoints/we_1");
    assert_eq!(fields, [("disabled".to_owned(), "false".to_owned())]);
}

#[tokio::test]
async fn an_endpoint_that_lacks_events_gets_them_and_keeps_its_own() {
    let lacking = endpoint("we_1", "enabled", &["customer.created", "invoice.paid"]);
    let (path, fields) = posted(vec![lacking]).await.unwrap();
    assert_eq!(path, "/v1/webhook_endpoints/we_1");
    let events = events_in(&fields);
    assert_eq!((events.len(), fields.len()), (19, 19));
    assert!(events.contains(&"customer.created"));
    assert_eq!(
        events
            .iter()
            .filter(|kind| **kind == "invoice.paid")
            .count(),
        1
    );
}

#[tokio::test]
async fn an_endpoint_that_works_is_left_alone() {
    assert_eq!(
        posted(vec![endpoint("we_1", "enabled", &["*"])]).await,
        None
    );
}
