//! An Admin API that misbehaves in every way.

use std::time::Duration;

use connectors::api::{ApiError, Limits};
use domain::order::OrderFact;
use serde_json::json;

use super::api::{START, data, error, open, open_with, order, subject};
use crate::server::{Reply, Server};

fn hurried() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        total: Duration::from_millis(500),
        body: 10_000,
    }
}

async fn fetch(reply: Reply) -> Result<Vec<OrderFact>, ApiError> {
    let server = Server::scripted([reply]).await;
    open_with(&server, hurried()).fetch(&subject(), START).await
}

#[tokio::test]
async fn a_failed_request_is_an_error_and_never_a_fact() {
    let wait = |seconds| ApiError::Busy {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    for (reply, expected) in [
        (Reply::with(429, &[("retry-after", "2")], b"{}"), wait(2)),
        (Reply::with(503, &[("retry-after", "7")], b"{}"), wait(7)),
        (Reply::status(500), ApiError::Status(500)),
        (Reply::status(502), ApiError::Status(502)),
        (Reply::status(401), ApiError::Denied(401)),
        (Reply::status(403), ApiError::Denied(403)),
        (Reply::status(404), ApiError::NotFound),
        (Reply::Hang, ApiError::Timeout),
        (
            Reply::half(order().to_string().as_bytes()),
            ApiError::Unreachable,
        ),
        (
            Reply::Raw(b"garbage\r\n\r\n".to_vec()),
            ApiError::Unreachable,
        ),
        (
            Reply::with(200, &[], &vec![b' '; 10_001]),
            ApiError::TooLong,
        ),
    ] {
        let shown = format!("{reply:?}").chars().take(60).collect::<String>();
        assert_eq!(fetch(reply).await, Err(expected), "{shown}");
    }
}

#[tokio::test]
async fn an_answer_of_another_form_cannot_be_read() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        "{\"data\":null}",
        "{\"data\":{},\"data\":{}}",
    ] {
        let answer = fetch(Reply::with(200, &[], body.as_bytes())).await;
        assert!(
            matches!(answer, Err(ApiError::Unreadable(_))),
            "{body}: {answer:?}"
        );
    }
    for (name, value) in [
        ("id", json!("gid://shopify/Order/")),
        ("id", json!("gid://other/Order/1")),
        ("id", json!(450_789_469)),
        ("updatedAt", json!(null)),
        ("test", json!("yes")),
        ("lineItems", json!({ "nodes": [] })),
        ("presentmentCurrencyCode", json!("")),
    ] {
        let mut order = order();
        order[name] = value;
        let answer = fetch(data(json!({ "order": order }))).await;
        assert!(
            matches!(answer, Err(ApiError::Unreadable(_))),
            "{name}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_nothing_is_sent_on() {
    let elsewhere = Server::scripted([]).await;
    let server = Server::scripted([Reply::redirect(&elsewhere.address)]).await;
    let answer = open(&server).fetch(&subject(), START).await;
    assert_eq!(answer, Err(ApiError::Redirected));
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn an_error_with_http_200_is_an_error() {
    let reported = |error: &ApiError| matches!(error, ApiError::Reported(_));
    for code in [
        "ACCESS_DENIED",
        "SHOP_INACTIVE",
        "MAX_COST_EXCEEDED",
        "NEW_WORD",
    ] {
        let error = fetch(error(code)).await.unwrap_err();
        assert!(reported(&error), "{code}: {error}");
        assert!(!error.is_temporary());
    }
    assert!(
        fetch(error("INTERNAL_SERVER_ERROR"))
            .await
            .unwrap_err()
            .is_temporary()
    );
    for errors in [json!("Not Found"), json!([{ "message": "…" }]), json!([{}])] {
        let answer = fetch(Reply::json(
            &json!({ "errors": errors, "data": { "order": null } }),
        ))
        .await;
        assert!(reported(&answer.unwrap_err()), "{errors}");
    }
}

#[tokio::test]
async fn a_shop_that_throttles_says_how_long_to_wait() {
    let throttled = |cost: serde_json::Value| {
        Reply::json(&json!({
            "errors": [{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }],
            "extensions": { "cost": cost },
        }))
    };
    let status = |available: serde_json::Value, rate: serde_json::Value| {
        json!({ "requestedQueryCost": 552, "actualQueryCost": null,
            "throttleStatus": { "maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate } })
    };
    for (cost, seconds) in [
        (status(json!(52), json!(100.0)), Some(5.0)),
        (status(json!(102.0), json!(100.0)), Some(4.5)),
        (status(json!(552), json!(100)), Some(0.01)),
        (status(json!(0), json!(0)), Some(552.0)),
        (json!(null), None),
    ] {
        let retry_after = seconds.map(Duration::from_secs_f64);
        assert_eq!(
            fetch(throttled(cost)).await,
            Err(ApiError::Busy { retry_after })
        );
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_left() {
    let circle = |after: &str| json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "endCursor": after } });
    let mut order = order();
    let pages = ["b", "c", "b"].map(|after| {
        order["lineItems"] = circle(after);
        data(json!({ "order": order }))
    });
    let server = Server::scripted(pages).await;
    let answer = open(&server).fetch(&subject(), START).await;
    assert_eq!(answer, Err(ApiError::PagingLoop));

    let again = || data(json!({ "orders": circle("b"), "productVariants": circle("b") }));
    let server = Server::scripted([again(), again(), again(), again()]).await;
    let api = open(&server);
    let next = api.list_changed(START, None, START).await.unwrap().next;
    let answer = api.list_changed(START, next.as_ref(), START).await;
    assert_eq!(answer, Err(ApiError::PagingLoop));
    let next = api.list_items(None).await.unwrap().next;
    assert_eq!(
        api.list_items(next.as_ref()).await,
        Err(ApiError::PagingLoop)
    );

    let webhooks = || {
        data(
            json!({ "webhookSubscriptions": circle("b"), "currentAppInstallation": { "accessScopes": [] } }),
        )
    };
    let server = Server::scripted([webhooks(), webhooks()]).await;
    let answer = open(&server)
        .find_webhooks("https://courses.example.com")
        .await;
    assert_eq!(answer, Err(ApiError::PagingLoop));
}
