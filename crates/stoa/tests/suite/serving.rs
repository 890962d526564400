//! The server, over real HTTP.

use std::path::Path;

use app::clock::{Clock, SystemClock};
use connectors::{StoreSecret, custom};
use reqwest::StatusCode;
use serde_json::json;
use storage::{Db, inbox};

use crate::process::{Server, printed};

const ADA: &str = "ada@example.com";

/// Connects a store and returns its webhook secret.
fn connect_store(data: &Path) -> StoreSecret {
    let said = printed(data, &["store", "add", "shop"]);
    let secret = said
        .lines()
        .find_map(|line| line.strip_prefix("Sign them with "))
        .unwrap();
    StoreSecret::new(secret.to_owned())
}

/// Sends an order, and returns the status that was answered.
async fn send_order(server_url: &str, secret: &StoreSecret, number: usize) -> Option<StatusCode> {
    let now = SystemClock.now();
    let body = json!({
        "type": "order.updated",
        "timestamp": now.to_string(),
        "data": {
            "id": number.to_string(), "status": "paid", "test": false, "paid_at": now.to_string(),
            "currency": "EUR", "captured": 100, "customer": { "id": null, "email": ADA },
            "lines": [{ "id": "1", "product_id": null, "variant_id": null, "sku": "WATER", "title": "W", "quantity": 1 }]
        }
    });
    let body = body.to_string();
    let id = format!("msg_{number}");
    let mut request = reqwest::Client::new().post(format!("{server_url}/webhooks/shop"));
    for (name, value) in custom::sign(secret, &id, now, body.as_bytes()).unwrap() {
        request = request.header(name, value);
    }
    let answer = request
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await;
    answer.ok().map(|answer| answer.status())
}

async fn kept(data: &Path) -> i64 {
    let db = Db::open(&format!("sqlite://{}", data.join("stoa.db").display()))
        .await
        .unwrap();
    let queued = inbox::count(&mut db.reader().await.unwrap(), "queued")
        .await
        .unwrap();
    db.close().await;
    queued
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_right_after_an_acknowledgement_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let secret = std::sync::Arc::new(connect_store(&data));
    let (mut acknowledged, mut unanswered) = (0, 0);
    for round in 0..5 {
        let server = Server::start(&data, "web").await;
        let senders = (0..40).map(|sender| {
            let (url, secret) = (server.url.clone(), secret.clone());
            tokio::spawn(async move { send_order(&url, &secret, round * 40 + sender).await })
        });
        let mut senders: Vec<_> = senders.collect();
        // Some are answered, some are cut off in the middle.
        let first = senders.remove(0).await.unwrap();
        server.kill();
        let mut answers = vec![first];
        for sender in senders {
            answers.push(sender.await.unwrap());
        }
        let is_success =
            |answer: &&Option<StatusCode>| answer.is_some_and(|status| status.is_success());
        let count = answers.iter().filter(is_success).count();
        acknowledged += i64::try_from(count).unwrap();
        unanswered += i64::try_from(answers.len() - count).unwrap();
    }
    let kept = kept(&data).await;
    assert!(acknowledged >= 5);
    assert!(
        (acknowledged..=acknowledged + unanswered).contains(&kept),
        "{acknowledged} {kept}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_edge_alone_needs_neither_database_nor_private_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    printed(&data, &["product", "add", "Watercolour"]);
    std::fs::remove_file(data.join("keys/media-private.pem")).unwrap();
    std::fs::remove_file(data.join("stoa.db")).unwrap();
    let server = Server::start(&data, "edge").await;
    let answer = reqwest::get(format!("{}/videos/1/v.mp4", server.media_url))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!data.join("stoa.db").exists());
}
