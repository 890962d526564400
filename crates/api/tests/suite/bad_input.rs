//! Bad input on every route: a problem of 4xx, never 5xx, never a page.

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::stream;
use testkit::BY;

use crate::described::operations;
use crate::site::{Site, cookie, on_both_engines};

const IDS: [&str; 14] = [
    "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "vid_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "mod_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "prd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "x",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "%F0%9F%98%80",
    "crs_01arz3ndektsv4rrffq69g5fav",
    "'%20OR%201=1--",
    "-1",
    "*",
];

fn bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "", "{", "}", "null", "[]", "0", "\"\"", "{\"a\":1}", "{}{}", "{} x", "{\"token\":null}", "{\"token\":\"\\u0000\"}",
        "{\"token\":\"\\ud800\"}", "{\"token\":\"a\",\"token\":\"b\"}", "{\"position_seconds\":1e999,\"client_time\":\"x\"}",
        "{\"position_seconds\":1,\"client_time\":\"-009999-01-01T00:00:00Z\"}",
        "{\"position_seconds\":1,\"client_time\":\"9999-12-31T23:59:59Z\",\"completed\":\"yes\"}",
        "{\"position_seconds\":1,\"client_time\":\"9999-12-31T23:59:59Z\",\"role\":\"admin\"}",
        "{\"customer\":{\"email\":\"a\\u0000@x.org\"},\"content\":\"crs_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}",
        "{\"customer\":{\"email\":\"a@x.org\"},\"content\":\"crs_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"note\":\"\\u0000\"}",
        "{\"customer\":{\"id\":\"cus_01ARZ3NDEKTSV4RRFFQ69G5FAV\"},\"content\":\"\",\"expires_at\":\"-9999-01-01T00:00:00Z\"}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    bodies.push(b"\xff\xfe{}".to_vec());
    bodies.push(b"action,email,content\ngrant,a@x.org\0,\"".to_vec());
    bodies.push(b"{\"token\":\"\xff\"}".to_vec());
    bodies.push("[".repeat(10_000).into_bytes());
    bodies.push(format!("{{\"token\":\"{}\"}}", "x".repeat(70_000)).into_bytes());
    bodies
}

/// Sends one request as customer and administrator at once; whatever comes back is no 5xx, and a failure is a problem.
async fn must_answer_well(
    site: &Site,
    session: &str,
    token: &str,
    request: axum::http::request::Builder,
    body: Vec<u8>,
) {
    let request = request
        .header("cookie", cookie(session))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body))
        .unwrap();
    let about = format!("{} {}", request.method(), request.uri());
    // A form that people send: they are answered with a page.
    let is_for_people = request.uri().path() == "/sign-in/store";
    let answer = site.send(request).await;
    assert!(!answer.status.is_server_error(), "{about}: {}", answer.body);
    if is_for_people {
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    } else if answer.status.is_client_error() {
        answer.problem();
    }
}

on_both_engines! {
    async fn bad_ids_and_bodies_on_every_route_are_the_callers_fault(site: Site) {
        let (course, session) = site.with_customer().await;
        let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
        let bodies = bodies();
        for (method, template) in operations() {
            if template.contains("sign-out") {
                continue;
            }
            // What exists gets every body; what does not is refused by its id, whatever the body.
            let there = template
                .replace("{course_id}", &course.course.to_string())
                .replace("{video_id}", &course.videos[0].to_string())
                .replace("{file_id}", &course.file.to_string())
                .replace("{product_id}", &course.product.to_string())
                .replace("{store}", "shop");
            let mut paths = vec![(there, bodies.len()), (format!("{template}?a=1&a=2&cursor=%00%ff"), 2)];
            if let Some((before, rest)) = template.split_once('{') {
                let after = rest.split_once('}').unwrap().1;
                paths.extend(IDS.iter().map(|id| (format!("{before}{id}{after}"), 2)));
            }
            for (path, count) in &paths {
                let count = if method == Method::GET { 1 } else { *count };
                for body in bodies.iter().take(count) {
                    for media_type in ["application/json", "text/plain", "text/csv", "video/mp4", "application/json; charset=utf-16"] {
                        let request = Request::builder().method(&method).uri(path).header("content-type", media_type);
                        must_answer_well(&site, &session, &token, request, body.clone()).await;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_name_wherever_administrators_ask() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
    let mut seen = 0;
    for (method, template) in operations() {
        let is_of_account = ["me", "session", "setup"]
            .iter()
            .any(|own| template[1..].split('/').nth(2) == Some(own));
        if !template.starts_with("/api/admin/") || is_of_account {
            continue;
        }
        let path = with_ids(&template);
        let ask = |authorization: String| {
            let request = Request::builder()
                .method(&method)
                .uri(format!("{path}?colour=1"));
            let request = request.header("authorization", authorization);
            site.send(request.body(Body::empty()).unwrap())
        };
        let answer = ask(format!("Bearer {token}")).await;
        assert_eq!(
            (answer.problem().as_str(), answer.field().as_str()),
            ("invalid_query", "colour"),
            "{method} {path}"
        );
        let stranger = ask("Bearer stoa_nobody".to_owned()).await;
        assert_eq!(stranger.problem(), "not_authorized", "{method} {path}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

/// Fills a path with ids that are well formed and name nothing.
fn with_ids(template: &str) -> String {
    let parts = template.split('/').map(|part| match part {
        "{course_id}" => "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{module_id}" => "mod_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{video_id}" => "vid_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{file_id}" => "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{product_id}" | "{part_id}" => "prd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{item_id}" => "itm_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{store_id}" => "sto_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{order_id}" => "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{job_id}" => "job_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{admin_id}" => "adm_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{token_id}" => "tok_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{mail_id}" => "mal_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{request_id}" => "prv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{customer_id}" => "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{delivery_id}" => "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "{rule_id}" => "skr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_ones() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    let operations = operations();
    for (method, template) in &operations {
        let parts = template
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        for wrong in ["DELETE", "PATCH", "OPTIONS", "BREW"] {
            let wrong: Method = wrong.parse().unwrap();
            if operations.contains(&(wrong.clone(), template.clone())) {
                continue;
            }
            let request = Request::builder().method(wrong).uri(&path);
            let answer = site.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (405, "method_not_allowed"),
                "{path}"
            );
            let allowed: Vec<&str> = answer.header("allow").split(',').collect();
            assert!(allowed.contains(&method.as_str()), "{path}: {allowed:?}");
        }
    }
}

#[tokio::test]
async fn unknown_addresses_are_problems_for_programs_and_a_page_for_browsers() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    for path in [
        "/nope",
        "/api/nope",
        "/api",
        "/api/courses/",
        "/assets/nope.js",
        "/index.html",
        "/.git/config",
        "//",
        "/%2e%2e/x",
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = site.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (404, "not_found"),
            "{path}"
        );
        let request = Request::post(path).body(Body::empty()).unwrap();
        assert_eq!(site.send(request).await.problem(), "not_found");
    }
    let browser = |path: &str| {
        Request::get(path)
            .header("accept", "text/html,*/*;q=0.8")
            .body(Body::empty())
            .unwrap()
    };
    let answer = site.send(browser("/nope")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (404, "text/html; charset=utf-8")
    );
    assert_eq!(site.send(browser("/api/nope")).await.problem(), "not_found");
    for path in [
        "/",
        "/sign-in",
        "/sign-in?token=x",
        "/courses/x",
        "/account",
        "/admin",
        "/admin/link",
        "/admin/sign-in",
        "/admin/account",
    ] {
        let answer = site.send(browser(path)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_body_is_named_by_its_place_and_never_by_its_value() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
    let content = "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for (body, status, field, detail) in [
        (
            "{\"customer\":{\"email\":\"secret\"}}",
            422,
            "customer.email",
            "`customer.email` is not of the expected form",
        ),
        (
            "{\"customer\":{\"email\":\"secret\"},\"content\":1}",
            422,
            "customer.email",
            "`customer.email` is not of the expected form",
        ),
        (
            "{\"content\":\"secret\"}",
            422,
            "content",
            "`content` is not of the expected form",
        ),
        (
            "{\"customer\":{\"email\":\"a@x.org\"}}",
            422,
            "content",
            "`content` is missing",
        ),
        (
            "{\"colour\":\"secret\"}",
            422,
            "colour",
            "`colour` is not known here",
        ),
        (
            "{\"note\":\"secret\",\"note\":\"secret\"}",
            422,
            "note",
            "`note` is there twice",
        ),
        (
            "[\"secret\"]",
            422,
            "",
            "the body is not of the expected form",
        ),
        ("{\"customer\"", 400, "", ""),
    ] {
        let request = Request::post("/api/admin/access")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.replace("CONTENT", content)))
            .unwrap();
        let answer = site.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (status, detail),
            "{body}"
        );
        assert_eq!(answer.field(), field, "{body}");
        assert!(!answer.body.contains("secret"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_or_breaks_off_is_the_senders_fault() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    // No database is asked from here on; time passes as soon as nothing else happens.
    tokio::time::pause();
    let never = Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
    let answer = site
        .send(Request::post("/webhooks/shop").body(never).unwrap())
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (408, "body_too_slow")
    );
    let gone = stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
    let request = Request::post("/webhooks/shop")
        .body(Body::from_stream(gone))
        .unwrap();
    let answer = site.send(request).await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (400, "unreadable_body")
    );
}

#[tokio::test]
async fn a_json_body_is_read_to_64_kib_and_no_further() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    for (length, code) in [
        (64 * 1024, "link_not_valid"),
        (64 * 1024 + 1, "body_too_large"),
    ] {
        let mut body = b"{\"token\":\"x\"}".to_vec();
        body.resize(length, b' ');
        let whole =
            Request::post("/api/sign-in/confirm").header("content-type", "application/json");
        let answer = site
            .send(whole.body(Body::from(body.clone())).unwrap())
            .await;
        assert_eq!(answer.problem(), code);
        let declared = Request::post("/api/sign-in/confirm")
            .header("content-type", "application/json")
            .header("content-length", length);
        let answer = site.send(declared.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.problem(), code);
    }
}
