//! What another site made a browser send: refused on every operation that changes something, whoever is signed in.

use axum::body::Body;
use axum::http::{Method, Request};
use domain::scope::Role;
use serde_json::Value;
use testkit::TestDatabase;

use crate::described::operations;
use crate::site::{PUBLIC_URL, Site};

/// What other sites may send: a store's signed webhook, and the form of a shop's page whose token is what is asked for.
/// Neither reads a session from a cookie.
const OPEN: [&str; 2] = ["/webhooks/{store}", "/sign-in/store"];

/// What browsers say of requests that are not ours.
const FOREIGN: [&[(&str, &str)]; 9] = [
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://courses.test")],
    &[("origin", "https://courses.test:8443")],
    &[
        ("origin", "https://shop.courses.test"),
        ("sec-fetch-site", "same-site"),
    ],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", PUBLIC_URL), ("origin", "https://evil.example")],
];

/// How something is shared with the pages of shops.
enum Shared {
    /// For the holder of a token that was given to such a page.
    WithToken,
    /// It gives such a token, for a word of the shop's.
    ForToken,
}

fn shared_with_shops(document: &Value, method: &Method, path: &str) -> Option<Shared> {
    let operation = &document["paths"][path][method.as_str().to_lowercase()];
    let means = operation["security"].as_array().into_iter().flatten();
    if operation["tags"][0] == "embed" {
        return Some(Shared::ForToken);
    }
    let takes_token = means.into_iter().any(|one| one["embed"].is_array());
    takes_token.then_some(Shared::WithToken)
}

fn writing() -> impl Iterator<Item = (Method, String)> {
    operations()
        .into_iter()
        .filter(|(method, _)| *method != Method::GET)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_changes_nothing_through_the_browser_of_whoever_is_signed_in() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let (_, customer) = site.with_customer().await;
    let owner = site
        .shop
        .administrator("ann@example.com", Role::Owner)
        .await;
    let cookies = format!(
        "__Host-stoa_session={customer}; __Host-stoa_admin={}",
        owner.session
    );
    let send = async |method: &Method, path: &str, headers: &[(&str, &str)], media_type: &str| {
        let mut request = Request::builder()
            .method(method)
            .uri(path.replace(['{', '}'], ""))
            .header("cookie", &cookies)
            .header("content-type", media_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        site.send(request.body(Body::from("{}")).unwrap()).await
    };
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    let mut seen = 0;
    for (method, path) in writing().filter(|(_, path)| !OPEN.contains(&path.as_str())) {
        let shared = shared_with_shops(&document, &method, &path);
        for headers in FOREIGN {
            for media_type in [
                "application/json",
                "text/plain",
                "application/x-www-form-urlencoded",
            ] {
                let answer = send(&method, &path, headers, media_type).await;
                let told = (answer.status.as_u16(), answer.problem());
                match &shared {
                    // The cookie is taken off, and who asks is nobody.
                    Some(Shared::WithToken) => assert_eq!(told, (401, "not_signed_in".into())),
                    Some(Shared::ForToken) => assert!([415, 422].contains(&told.0), "{told:?}"),
                    None => assert_eq!(told, (403, "cross_site".into()), "{path} {headers:?}"),
                }
                assert_eq!(answer.header("set-cookie"), "");
            }
        }
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
    // Nobody was signed out by any of it.
    let still = site.get("/api/me", &customer).await;
    assert_eq!(still.status, 200);
}

#[tokio::test]
async fn what_other_sites_may_send_is_answered_without_a_session() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let open: Vec<String> = writing()
        .map(|(_, path)| path)
        .filter(|path| !path.starts_with("/api/"))
        .collect();
    assert_eq!(open.len(), OPEN.len(), "{open:?}");
    for (path, status) in OPEN.into_iter().zip([401, 400]) {
        let request = Request::post(path.replace("{store}", "shop"))
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site");
        let answer = site.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn nothing_that_only_reads_is_shown_to_another_site() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let (_, customer) = site.with_customer().await;
    for (method, path) in operations() {
        let request = Request::builder()
            .method(&method)
            .uri(path.replace(['{', '}'], ""))
            .header("cookie", crate::site::cookie(&customer))
            .header("origin", "https://evil.example");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        for name in [
            "access-control-allow-origin",
            "access-control-allow-credentials",
        ] {
            assert_eq!(answer.header(name), "", "{method} {path}");
        }
    }
}
