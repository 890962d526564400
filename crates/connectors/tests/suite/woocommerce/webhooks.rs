//! The shop's webhooks to us.

use std::sync::{Arc, Mutex};

use connectors::api::{ApiError, WebhookState};
use serde_json::{Value, json};

use super::{api, secret};
use crate::server::{Reply, Request, Server};

const ADDRESS: &str = "https://courses.example.com/webhooks/shop";
const TOPICS: [&str; 4] = [
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
];

fn webhook(id: u64, topic: &str, status: &str, address: &str) -> Value {
    json!({ "id": id, "topic": topic, "status": status, "delivery_url": address })
}

fn of(statuses: [&str; 4]) -> Vec<Value> {
    let numbered = (1..).zip(TOPICS).zip(statuses);
    numbered
        .map(|((id, topic), status)| webhook(id, topic, status, ADDRESS))
        .collect()
}

async fn state(webhooks: Vec<Value>) -> WebhookState {
    let server = Server::scripted([Reply::json(&json!(webhooks))]).await;
    api(&server).find_webhooks(ADDRESS).await.unwrap()
}

fn names(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|topic| (*topic).to_owned()).collect()
}

#[tokio::test]
async fn all_four_active_are_well() {
    assert_eq!(state(of(["active"; 4])).await, WebhookState::Active);
    // However the host is written.
    let mut webhooks = of(["active"; 4]);
    webhooks[0]["delivery_url"] = json!("https://COURSES.example.com:443/webhooks/shop");
    assert_eq!(state(webhooks).await, WebhookState::Active);
}

#[tokio::test]
async fn what_is_switched_off_is_named() {
    let webhooks = of(["active", "disabled", "paused", "active"]);
    let disabled = names(&["order.updated", "order.deleted"]);
    assert_eq!(
        state(webhooks.clone()).await,
        WebhookState::Disabled(disabled)
    );
    // Another one of the same topic that is on makes up for it.
    let mut doubled = webhooks;
    doubled.push(webhook(5, "order.updated", "active", ADDRESS));
    let disabled = names(&["order.deleted"]);
    assert_eq!(state(doubled).await, WebhookState::Disabled(disabled));
}

#[tokio::test]
async fn what_goes_elsewhere_or_is_not_there_is_missing() {
    assert_eq!(
        state(Vec::new()).await,
        WebhookState::Missing(names(&TOPICS))
    );
    let mut webhooks = of(["active", "active", "disabled", "active"]);
    webhooks[0]["delivery_url"] = json!("https://courses.example.com/webhooks/other");
    let missing = names(&["order.created"]);
    assert_eq!(state(webhooks).await, WebhookState::Missing(missing));
}

/// A shop that keeps its webhooks as WooCommerce does, without ever showing their secrets.
async fn shop(webhooks: Vec<Value>) -> (Server, Arc<Mutex<Vec<Value>>>) {
    let kept = Arc::new(Mutex::new(webhooks));
    let inside = Arc::clone(&kept);
    let server = Server::answering(move |request: &Request| {
        let mut kept = inside.lock().unwrap();
        let path = request
            .path()
            .strip_prefix("/wp-json/wc/v3/webhooks")
            .unwrap();
        match (request.method.as_str(), path.strip_prefix('/')) {
            ("GET", None) => {
                let mut shown = kept.clone();
                for webhook in &mut shown {
                    webhook.as_object_mut().unwrap().remove("secret");
                }
                Reply::json(&json!(shown))
            }
            ("POST", None) => {
                let mut webhook = request.json();
                webhook["id"] = json!(100 + kept.len());
                kept.push(webhook);
                Reply::status(201)
            }
            ("PUT", Some(id)) => {
                let webhook = kept
                    .iter_mut()
                    .find(|webhook| webhook["id"].as_u64() == id.parse().ok())
                    .unwrap();
                for (name, value) in request.json().as_object().unwrap() {
                    webhook[name] = value.clone();
                }
                Reply::status(200)
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
    (server, kept)
}

#[tokio::test]
async fn restoring_creates_what_is_missing_switches_on_what_is_off_and_may_run_twice() {
    let other = webhook(
        9,
        "order.updated",
        "disabled",
        "https://elsewhere.example.com/",
    );
    let start = [
        vec![other.clone()],
        vec![
            other.clone(),
            webhook(1, "order.updated", "disabled", ADDRESS),
            webhook(2, "order.created", "active", ADDRESS),
            webhook(3, "order.deleted", "paused", ADDRESS),
            webhook(4, "order.deleted", "disabled", ADDRESS),
            webhook(5, "customer.updated", "disabled", ADDRESS),
        ],
    ];
    for webhooks in start {
        let (server, kept) = shop(webhooks).await;
        let api = api(&server);
        let mut after_first = Vec::new();
        for run in 0..2 {
            let made = api
                .restore_webhooks(ADDRESS, &secret("the secret we chose"))
                .await
                .unwrap();
            assert!(made.is_none());
            assert_eq!(
                api.find_webhooks(ADDRESS).await.unwrap(),
                WebhookState::Active
            );
            let kept = kept.lock().unwrap().clone();
            if run == 1 {
                assert_eq!(kept, after_first);
            }
            after_first = kept;
        }
        assert_eq!(after_first[0], other);
        let ours = after_first
            .iter()
            .filter(|webhook| webhook["delivery_url"] == ADDRESS && webhook["status"] == "active");
        let ours: Vec<_> = ours.collect();
        assert_eq!(ours.len(), 4);
        assert!(
            ours.iter()
                .all(|webhook| webhook["secret"] == "the secret we chose")
        );
        let customers = after_first.iter().find(|webhook| webhook["id"] == 5);
        assert!(customers.is_none_or(|webhook| webhook["status"] == "disabled"));
    }
}

#[tokio::test]
async fn one_that_is_on_is_enough_and_gets_the_new_secret() {
    let mut webhooks = of(["active"; 4]);
    webhooks.insert(0, webhook(9, "order.updated", "disabled", ADDRESS));
    let (server, kept) = shop(webhooks).await;
    let new = secret("a new secret of the shop");
    api(&server).restore_webhooks(ADDRESS, &new).await.unwrap();
    let kept = kept.lock().unwrap();
    assert_eq!(kept[0]["status"], "disabled");
    assert_eq!(kept[0]["secret"], Value::Null);
    for webhook in &kept[1..] {
        assert_eq!(webhook["secret"], "a new secret of the shop");
    }
}

#[tokio::test]
async fn webhooks_beyond_the_first_page_are_found() {
    let page = |webhooks: &[Value]| {
        let body = json!(webhooks).to_string();
        Reply::with(200, &[("x-wp-totalpages", "2")], body.as_bytes())
    };
    let others: Vec<_> = (10..110)
        .map(|id| {
            webhook(
                id,
                "order.updated",
                "active",
                "https://elsewhere.example.com/",
            )
        })
        .collect();
    let server = Server::scripted([page(&others), page(&of(["active"; 4]))]).await;
    assert_eq!(
        api(&server).find_webhooks(ADDRESS).await,
        Ok(WebhookState::Active)
    );

    let server = Server::scripted([page(&others), page(&others)]).await;
    assert_eq!(
        api(&server).find_webhooks(ADDRESS).await,
        Err(ApiError::PagingLoop)
    );
}
