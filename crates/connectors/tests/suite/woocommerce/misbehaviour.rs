//! A shop that misbehaves: each call fails with the right error, and nothing of what came in is in its words.

use std::time::Duration;

use connectors::Subject;
use connectors::api::{ApiError, Limits, StoreApi};
use serde_json::json;

use super::{api_within, secret, time};
use crate::server::{Reply, Server};

const ADDRESS: &str = "https://courses.example.com/webhooks/shop";

/// Makes every call and returns how each failed.
async fn failures(api: &dyn StoreApi) -> Vec<ApiError> {
    let now = time("2026-11-22T08:00:00Z");
    let order = Subject::Order("35".parse().unwrap());
    vec![
        api.list_changed(now, None, now).await.unwrap_err(),
        api.fetch(&order, now).await.unwrap_err(),
        api.list_items(None).await.unwrap_err(),
        api.check().await.unwrap_err(),
        api.find_webhooks(ADDRESS).await.unwrap_err(),
        api.restore_webhooks(ADDRESS, &secret("sixteen letters!"))
            .await
            .unwrap_err(),
    ]
}

async fn all_fail(reply: Reply, limits: Limits, expected: impl Fn(&ApiError) -> bool) {
    let said = format!("{reply:?}");
    let server = Server::answering(move |_| reply.clone()).await;
    for error in failures(&*api_within(&server, limits)).await {
        assert!(expected(&error), "{error:?} after {said}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

fn small() -> Limits {
    Limits {
        body: 1_000,
        ..Limits::default()
    }
}

#[tokio::test]
async fn each_refusal_is_the_error_it_means() {
    let busy = |seconds| ApiError::Busy {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    for (reply, expected) in [
        (Reply::status(401), ApiError::Denied(401)),
        (Reply::status(400), ApiError::Status(400)),
        (Reply::status(500), ApiError::Status(500)),
        (
            Reply::with(429, &[("retry-after", "7")], b"canary"),
            busy(7),
        ),
        (
            Reply::with(503, &[("retry-after", "60")], b"canary"),
            busy(60),
        ),
        (Reply::status(429), ApiError::Busy { retry_after: None }),
    ] {
        all_fail(reply, Limits::default(), |error| *error == expected).await;
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let reply = Reply::half(
        json!([{ "id": 1, "name": "canary" }])
            .to_string()
            .as_bytes(),
    );
    all_fail(reply, Limits::default(), |error| {
        *error == ApiError::Unreachable
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let reply = Reply::with(
        200,
        &[],
        json!(["canary".repeat(1_000)]).to_string().as_bytes(),
    );
    all_fail(reply, small(), |error| *error == ApiError::TooLong).await;
}

#[tokio::test]
async fn what_is_no_json_cannot_be_read() {
    for body in [
        "",
        "<html>canary</html>",
        "Warning: canary in wp-config.php\n[]",
        "\u{feff}[]",
        "null",
        "7",
        "\"canary\"",
    ] {
        let reply = Reply::with(200, &[], body.as_bytes());
        all_fail(reply, Limits::default(), |error| {
            matches!(error, ApiError::Unreadable(_))
        })
        .await;
    }
}

#[tokio::test]
async fn no_http_at_all_is_unreachable() {
    let reply = Reply::Raw(b"SSH-2.0-canary\r\n".to_vec());
    all_fail(reply, Limits::default(), |error| {
        *error == ApiError::Unreachable
    })
    .await;
}

#[tokio::test]
async fn silence_ends_in_time() {
    let limits = Limits {
        total: Duration::from_millis(50),
        ..Limits::default()
    };
    all_fail(Reply::Hang, limits, |error| *error == ApiError::Timeout).await;
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_key_does_not_go_there() {
    let elsewhere = Server::answering(|_| Reply::json(&json!([]))).await;
    let reply = Reply::redirect(&format!("{}/wp-json/wc/v3/orders", elsewhere.address));
    all_fail(reply, Limits::default(), |error| {
        *error == ApiError::Redirected
    })
    .await;
    assert_eq!(elsewhere.requests(), []);
}
