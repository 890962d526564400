//! The headers that every answer carries, and what is counted and told about requests.

use axum::body::Body;
use axum::http::{Method, Request};
use testkit::shop::MEDIA_BASE;
use testkit::{BY, TestDatabase};

use crate::described::operations;
use crate::site::{Answer, Site, router, send_to};

fn every_path() -> Vec<(Method, String)> {
    let mut paths = operations();
    let pages = [
        "/",
        "/sign-in",
        "/account",
        "/admin",
        "/admin/link",
        "/admin/sign-in",
        "/admin/account",
        "/courses/x",
        "/nope",
        "/favicon.svg",
        "/docs/style.css",
    ];
    paths.extend(pages.map(|path| (Method::GET, path.to_owned())));
    paths.push((Method::DELETE, "/api/me".into()));
    paths
}

fn must_be_safe(path: &str, answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{path}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"));
    assert!(answer.header("x-request-id").starts_with("req_test_"));
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'")
    );
    assert!(!policy.contains("unsafe"));
    let is_cached = matches!(path, "/favicon.svg" | "/docs/style.css") && answer.status == 200;
    assert_eq!(
        answer.header("cache-control") == "no-store",
        !is_cached,
        "{path}"
    );
}

#[tokio::test]
async fn every_answer_is_safe_to_show_in_a_browser() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let plain = router(&site.shop, "http://127.0.0.1:8080");
    for (method, path) in every_path() {
        let request = || {
            let request = Request::builder()
                .method(method.clone())
                .uri(path.replace(['{', '}'], ""));
            request.body(Body::empty()).unwrap()
        };
        let answer = site.send(request()).await;
        must_be_safe(&path, &answer);
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000"
        );
        let answer = send_to(&plain, request()).await;
        must_be_safe(&path, &answer);
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn pages_load_themselves_and_the_media_and_nothing_else() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let answer = site
        .send(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        answer.header("content-security-policy"),
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {MEDIA_BASE}; \
             media-src 'self' blob: {MEDIA_BASE}; connect-src 'self' {MEDIA_BASE}; font-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types svelte-trusted-html"
        )
    );
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own_that_the_sender_cannot_choose() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let request = || {
        let request = Request::get("/healthz").header("x-request-id", "mine");
        request.body(Body::empty()).unwrap()
    };
    let (one, other) = (site.send(request()).await, site.send(request()).await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    assert_ne!(one.header("x-request-id"), "mine");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_what_was_asked() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    for path in [
        "/api/courses/crs_1",
        "/api/courses/crs_2",
        "/secret-path",
        "/healthz",
    ] {
        site.send(get(path)).await;
    }
    site.send(Request::post("/webhooks/shop").body(Body::empty()).unwrap())
        .await;
    let closed = site.send(get("/metrics")).await;
    assert_eq!(closed.problem(), "not_authorized");
    let token = site
        .shop
        .app
        .create_api_token(&BY, "scraper")
        .await
        .unwrap();
    let request = Request::get("/metrics").header("authorization", format!("Bearer {token}"));
    let counts = site.send(request.body(Body::empty()).unwrap()).await;
    assert!(
        counts
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    for line in [
        "stoa_http_requests_total{method=\"GET\",route=\"/api/courses/{course_id}\",status=\"401\"} 2",
        "stoa_http_requests_total{method=\"GET\",route=\"(none)\",status=\"404\"} 1",
        "stoa_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
        "stoa_webhooks_total{verdict=\"not_authentic\"} 1",
    ] {
        assert!(counts.body.contains(line), "{line} in {}", counts.body);
    }
    assert!(!counts.body.contains("secret-path") && !counts.body.contains("crs_1"));
}
