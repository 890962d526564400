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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_reaches_the_log_and_nothing_inside_reaches_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let secret = connect_store(&data);
    let course = folder.path().join("Watercolour/1 Welcome");
    std::fs::create_dir_all(&course).unwrap();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, course.join("Hello.mp4")).unwrap();
    let imported = printed(&data, &["course", "import", "Watercolour"]);
    let (course, product) = imported.split_once("  of product ").unwrap();
    printed(&data, &["store", "map", "shop", product, "--sku", "WATER"]);
    let link = printed(&data, &["customer", "link", ADA]);
    let token = link.split_once("#token=").unwrap().1;

    let server = Server::start(&data, "web,worker,edge").await;
    assert_eq!(
        send_order(&server.url, &secret, 1).await.unwrap(),
        StatusCode::NO_CONTENT
    );
    let client = reqwest::Client::new();
    let confirm = client
        .post(format!("{}/api/sign-in/confirm", server.url))
        .json(&json!({ "token": token }));
    let signed_in = confirm.send().await.unwrap();
    assert_eq!(signed_in.status(), StatusCode::NO_CONTENT);
    let cookie = signed_in.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let url = format!("{}/api/courses/{course}", server.url);
    let body = loop {
        let answer = client
            .get(&url)
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        if answer.status() == StatusCode::OK {
            break answer.text().await.unwrap();
        }
        tokio::task::yield_now().await;
    };
    let opened: serde_json::Value = serde_json::from_str(&body).unwrap();
    let video = opened["modules"][0]["videos"][0]["url"].as_str().unwrap();
    let range = client
        .get(video)
        .header("range", "bytes=0-9")
        .send()
        .await
        .unwrap();
    assert_eq!(range.status(), StatusCode::PARTIAL_CONTENT);
    let key = video
        .split_once("/videos/")
        .unwrap()
        .1
        .split('/')
        .next()
        .unwrap();
    assert_eq!(
        body.matches(key).count(),
        1,
        "the key stands in the signed link and nowhere else"
    );
    assert!(!body.contains(data.to_str().unwrap()));

    let log = server.kill();
    assert!(
        log.contains("/api/courses/{course_id}"),
        "requests are logged by their route: {log}"
    );
    let signature = video
        .split_once("Signature=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let session = cookie.split_once('=').unwrap().1;
    for canary in [ADA, token, session, signature, key, secret.expose()] {
        assert!(!log.contains(canary), "{canary} reached the log");
    }
}
