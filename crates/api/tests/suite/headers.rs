//! The headers that every answer carries, and what is counted and told about requests.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::Request;
use domain::scope::Role;
use testkit::shop::MEDIA_BASE;
use testkit::{BY, TestDatabase};

use crate::described::operations;
use crate::site::{Answer, PUBLIC_URL, Site, router, send_to};

/// Every address that is answered: what is described, the pages, what the web build made, and what there is not.
fn every_path() -> Vec<String> {
    let described = operations().into_iter().map(|(_, path)| path);
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
        "/api/nope",
        "/favicon.svg",
        "/docs/style.css",
        "/index.html",
        "/..%2fetc",
    ];
    let mut paths: Vec<String> = described.chain(pages.map(str::to_owned)).collect();
    paths.extend(built_files());
    paths.dedup();
    paths
}

/// What the web build made, when it was run.
fn built_files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let (mut files, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap();
                files.push(format!("/{}", name.display()));
            }
        }
    }
    files
}

/// What anybody may keep: what the web build made, and the style of the description.
static PUBLIC: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let style = "/docs/style.css".to_owned();
    built_files().into_iter().chain([style]).collect()
});

fn must_be_safe(about: &str, path: &str, answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{about}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"));
    assert!(answer.header("x-request-id").starts_with("req_test_"));
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"),
        "{about}"
    );
    assert!(!policy.contains("unsafe"), "{about}");
    if answer.header("content-type").starts_with("text/html") {
        for inline in [" style=", " onclick=", " onload=", "<style", "javascript:"] {
            assert!(!answer.body.contains(inline), "{about}: {inline}");
        }
        let scripts = answer.body.matches("<script").count();
        assert_eq!(
            scripts,
            answer.body.matches(" src=\"/assets/").count(),
            "{about}"
        );
    }
    let is_cached = answer.header("cache-control") != "no-store";
    assert!(!is_cached || PUBLIC.contains(path), "{about}");
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), "", "{about}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_safe_to_show_in_a_browser() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let (_, customer) = site.with_customer().await;
    let owner = site
        .shop
        .administrator("ann@example.com", Role::Owner)
        .await;
    let signed_in = format!(
        "__Host-stoa_session={customer}; __Host-stoa_admin={}",
        owner.session
    );
    let plain = router(&site.shop, "http://127.0.0.1:8080");
    let mut seen = BTreeSet::new();
    for path in every_path() {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW",
        ] {
            for (cookie, origin) in [
                ("", PUBLIC_URL),
                (&signed_in, PUBLIC_URL),
                (&signed_in, "https://evil.example"),
            ] {
                // Whoever is signed in stays so.
                if !cookie.is_empty() && path.contains("/session") || path.contains("sign-out") {
                    continue;
                }
                let request = || {
                    let request = Request::builder()
                        .method(method)
                        .uri(path.replace(['{', '}'], ""))
                        .header("cookie", cookie)
                        .header("origin", origin)
                        .header("content-type", "application/json");
                    request.body(Body::empty()).unwrap()
                };
                let about = format!("{method} {path}");
                let answer = site.send(request()).await;
                seen.insert(answer.status.as_u16());
                must_be_safe(&about, &path, &answer);
                assert_eq!(
                    answer.header("strict-transport-security"),
                    "max-age=31536000"
                );
                if method == "GET" && cookie.is_empty() {
                    let answer = send_to(&plain, request()).await;
                    must_be_safe(&about, &path, &answer);
                    assert_eq!(answer.header("strict-transport-security"), "");
                }
            }
        }
    }
    for status in [200, 400, 401, 403, 404, 405, 422] {
        assert!(seen.contains(&status), "{status} in {seen:?}");
    }
}

#[tokio::test]
async fn answers_that_say_no_are_safe_too() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let long = "x".repeat(70_000);
    for (content_type, body, status) in [
        ("text/plain", "{}", 415),
        ("application/json", long.as_str(), 413),
        ("application/json", "{", 400),
    ] {
        let request = Request::post("/api/sign-in").header("content-type", content_type);
        let answer = site
            .send(request.body(Body::from(body.to_owned())).unwrap())
            .await;
        assert_eq!(answer.status, status);
        must_be_safe(&status.to_string(), "/api/sign-in", &answer);
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
