//! An API that does not answer as it should: an error every time, in time, and never a fact.

use std::time::Duration;

use connectors::api::{ApiError, Limits};
use serde_json::json;

use super::account::{Account, open};
use super::{NOW, intent, ours, payment_id, session};
use crate::server::{Reply, Server};

fn short() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        total: Duration::from_millis(500),
        body: 10_000,
    }
}

/// What a fetch says when the API answers like this, whatever it is asked.
async fn fetched(reply: Reply) -> ApiError {
    let server = Server::answering(move |_| reply.clone()).await;
    let api = open(&server.address, short());
    api.fetch(&payment_id("pi_1"), NOW).await.unwrap_err()
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error() {
    let busy = Reply::with(429, &[("retry-after", "7")], b"{}");
    let seven = Some(Duration::from_secs(7));
    assert_eq!(fetched(busy).await, ApiError::Busy { retry_after: seven });
    assert_eq!(
        fetched(Reply::status(429)).await,
        ApiError::Busy { retry_after: None }
    );
    assert_eq!(fetched(Reply::status(500)).await, ApiError::Status(500));
    assert_eq!(fetched(Reply::status(400)).await, ApiError::Status(400));
    assert_eq!(fetched(Reply::status(401)).await, ApiError::Denied(401));
    assert_eq!(fetched(Reply::Hang).await, ApiError::Timeout);
    let body = intent().to_string();
    assert_eq!(
        fetched(Reply::half(body.as_bytes())).await,
        ApiError::Unreachable
    );
    assert_eq!(
        fetched(Reply::Raw(b"SMTP ready\r\n".to_vec())).await,
        ApiError::Unreachable
    );
    let long = vec![b' '; 20_000];
    assert_eq!(
        fetched(Reply::with(200, &[], &long)).await,
        ApiError::TooLong
    );
    for garbage in [&b"<html>"[..], b"", b"[]", b"{}", b"{\"id\":1}", b"null"] {
        let error = fetched(Reply::with(200, &[], garbage)).await;
        assert!(matches!(error, ApiError::Unreadable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_key_stays_here() {
    let elsewhere = Server::answering(|_| Reply::json(&intent())).await;
    let address = elsewhere.address.clone();
    assert_eq!(
        fetched(Reply::redirect(&address)).await,
        ApiError::Redirected
    );
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_half_way_is_an_error_and_no_half_an_order() {
    let account = Account {
        sessions: vec![session()],
        intents: vec![intent()],
        ..Account::empty()
    };
    for path in [
        "/v1/payment_intents/pi_1",
        "/v1/checkout/sessions",
        "/v1/checkout/sessions/cs_1/line_items",
        "/v1/refunds",
        "/v1/disputes",
    ] {
        let account = account.clone();
        let server = Server::answering(move |request| {
            if request.path() == path {
                return Reply::status(503);
            }
            account.answer(request)
        })
        .await;
        let api = open(&server.address, short());
        let fetched = api.fetch(&payment_id("pi_1"), NOW).await;
        assert_eq!(fetched.unwrap_err(), ApiError::Status(503), "{path}");
    }
}

#[tokio::test]
async fn lists_that_never_end_are_given_up() {
    let refund =
        |id: usize| json!({ "id": format!("re_{id}"), "amount": 1, "status": "succeeded" });
    for (period, expected) in [
        (1, ApiError::PagingLoop),
        (3, ApiError::PagingLoop),
        (usize::MAX, ApiError::TooLong),
    ] {
        let account = Account {
            sessions: vec![session()],
            intents: vec![intent()],
            ..Account::empty()
        };
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let server = Server::answering(move |request| {
            if request.path() != "/v1/refunds" {
                return account.answer(request);
            }
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Reply::json(&json!({ "data": [refund(number % period)], "has_more": true }))
        })
        .await;
        let api = open(&server.address, Limits::default());
        let fetched = api.fetch(&payment_id("pi_1"), NOW).await;
        assert_eq!(fetched.unwrap_err(), expected, "{period}");
    }
}

#[tokio::test]
async fn every_other_question_fails_as_plainly() {
    let server = Server::answering(|_| Reply::status(500)).await;
    let api = open(&server.address, short());
    let failed = ApiError::Status(500);
    assert_eq!(api.list_changed(NOW, None, NOW).await.unwrap_err(), failed);
    assert_eq!(api.list_items(None).await.unwrap_err(), failed);
    assert_eq!(api.check().await.unwrap_err(), failed);
    assert_eq!(
        api.find_webhooks("https://courses.example.com/webhooks/stripe")
            .await
            .unwrap_err(),
        failed
    );
    let restored = api
        .restore_webhooks("https://courses.example.com/webhooks/stripe", &ours())
        .await;
    assert_eq!(restored.unwrap_err(), failed);
}

#[tokio::test]
async fn an_endpoint_created_without_a_secret_is_an_error() {
    let server = Server::answering(|request| {
        if request.method == "POST" {
            return Reply::json(&json!({ "id": "we_1" }));
        }
        Reply::json(&json!({ "data": [], "has_more": false }))
    })
    .await;
    let restored = open(&server.address, short())
        .restore_webhooks("https://a.example", &ours())
        .await;
    assert!(matches!(restored.unwrap_err(), ApiError::Unreadable(_)));
}

#[tokio::test]
async fn errors_show_neither_the_key_nor_what_came_in() {
    for reply in [
        Reply::status(401),
        Reply::Hang,
        Reply::with(200, &[], br#"{"id":"canary","status":7}"#),
        Reply::redirect("http://canary.example"),
    ] {
        let error = fetched(reply).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
