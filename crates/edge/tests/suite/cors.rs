use http::StatusCode;

use crate::{Cdn, SHOP};

const READABLE: &str = "Accept-Ranges, Content-Length, Content-Range, ETag";

#[tokio::test]
async fn an_allowed_page_may_read_every_answer_refusals_too() {
    let cdn = Cdn::with_video(b"film").await;
    let (good, absent) = (cdn.sign("/v/1.mp4"), cdn.sign("/v/2.mp4"));
    for (method, target, extra, status) in [
        ("GET", good.as_str(), ("accept", "*/*"), StatusCode::OK),
        ("HEAD", &good, ("accept", "*/*"), StatusCode::OK),
        (
            "GET",
            &good,
            ("range", "bytes=0-1"),
            StatusCode::PARTIAL_CONTENT,
        ),
        (
            "GET",
            &good,
            ("if-none-match", "*"),
            StatusCode::NOT_MODIFIED,
        ),
        ("GET", "/v/1.mp4", ("accept", "*/*"), StatusCode::FORBIDDEN),
        ("GET", &absent, ("accept", "*/*"), StatusCode::NOT_FOUND),
        (
            "PUT",
            &good,
            ("accept", "*/*"),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            "GET",
            &good,
            ("if-match", "\"x\""),
            StatusCode::PRECONDITION_FAILED,
        ),
        (
            "GET",
            &good,
            ("range", "bytes=9-"),
            StatusCode::RANGE_NOT_SATISFIABLE,
        ),
    ] {
        let answer = cdn.ask(method, target, &[("origin", SHOP), extra]).await;
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(SHOP),
            "{status}"
        );
        assert_eq!(
            answer.header("access-control-expose-headers"),
            Some(READABLE),
            "{status}"
        );
        assert_eq!(answer.header("vary"), Some("Origin"), "{status}");
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            None,
            "{status}"
        );
    }
}

#[tokio::test]
async fn any_other_page_may_not_read_but_caches_are_told_to_keep_them_apart() {
    let cdn = Cdn::with_video(b"film").await;
    for origin in [
        "https://evil.example",
        "https://shop.example.com.evil.example",
        "https://shop.example.com:8443",
        "http://shop.example.com",
        "https://SHOP.example.com",
        "https://shop.example.com/",
        "null",
        "*",
        "",
    ] {
        let answer = cdn.get_video(&[("origin", origin)]).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "a plain element may still show it"
        );
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
        assert_eq!(answer.header("vary"), Some("Origin"), "{origin}");
    }
    assert_eq!(cdn.get_video(&[]).await.header("vary"), Some("Origin"));
}

#[tokio::test]
async fn a_preflight_needs_no_signature_and_permits_what_players_send() {
    let cdn = Cdn::new();
    let preflight = [
        ("origin", SHOP),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "range, if-range"),
    ];
    let answer = cdn.ask("OPTIONS", "/v/1.mp4", &preflight).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(
        answer.header("access-control-allow-methods"),
        Some("GET, HEAD")
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .unwrap()
            .starts_with("Range, If-Range")
    );
    assert_eq!(answer.header("access-control-max-age"), Some("7200"));
}

#[tokio::test]
async fn a_preflight_of_any_other_page_permits_nothing() {
    let cdn = Cdn::new();
    for headers in [
        &[
            ("origin", "https://evil.example"),
            ("access-control-request-method", "GET"),
        ][..],
        &[("access-control-request-method", "GET")],
        &[],
    ] {
        let answer = cdn.ask("OPTIONS", "/v/1.mp4", headers).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        for name in ["origin", "methods", "headers"] {
            assert_eq!(answer.header(&format!("access-control-allow-{name}")), None);
        }
    }
}

#[tokio::test]
async fn the_pages_of_the_shops_may_read_while_they_are_known() {
    let cdn = Cdn::with_video(b"film").await;
    let (one, other) = ("https://water.example", "https://ink.example:8443");
    let allowed = async |origin: &str| {
        let answer = cdn.get_video(&[("origin", origin)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(allowed(one).await, None);
    cdn.shops.replace(vec![one.to_owned(), other.to_owned()]);
    assert_eq!(allowed(one).await.as_deref(), Some(one));
    assert_eq!(allowed(other).await.as_deref(), Some(other));
    assert_eq!(allowed("https://ink.example").await, None);
    cdn.shops.replace(vec![other.to_owned()]);
    assert_eq!(allowed(one).await, None);
    assert_eq!(
        allowed(SHOP).await.as_deref(),
        Some(SHOP),
        "named in the settings"
    );
}
