//! Signing in with a shop's token, by a program and by a form of the shop's page.

use app::clock::Clock;
use axum::body::Body;
use axum::http::Request;
use connectors::hand_off::{Expected, HandOffKey, NewHandOff, mint};
use serde_json::json;
use testkit::{BY, TestDatabase};

use crate::site::{Answer, PUBLIC_URL, Site, on_both_engines};

fn key() -> HandOffKey {
    HandOffKey::new_secret(&[1; 32])
}

fn token(site: &Site, customer: &str, number: u8) -> String {
    let new = NewHandOff {
        expected: Expected {
            store: &"shop".parse().unwrap(),
            origin: PUBLIC_URL,
        },
        customer: &customer.parse().unwrap(),
        verified_email: None,
    };
    mint(&key(), new, &[number; 16], site.shop.clock.now()).unwrap()
}

async fn with_key(site: &Site) {
    let (app, store) = (&site.shop.app, site.shop.store);
    app.set_hand_off_key(&BY, store, key()).await.unwrap();
}

/// Sends a form as a browser does from a page of the shop.
async fn send_form(site: &Site, body: &str) -> Answer {
    let request = Request::post("/sign-in/store")
        .header("origin", "https://shop.test")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("content-type", "application/x-www-form-urlencoded");
    site.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

fn session(answer: &Answer) -> &str {
    let cookie = answer.header("set-cookie");
    let pair = cookie.split(';').next().unwrap();
    pair.strip_prefix("__Host-stoa_session=")
        .unwrap_or_default()
}

on_both_engines! {
    async fn a_token_signs_in_once(site: Site) {
        with_key(&site).await;
        let body = json!({ "store": "shop", "token": token(&site, "7", 1) });
        let answer = site.write("POST", "/api/sign-in/store", "", &body).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
        assert!(answer.header("set-cookie").ends_with("; HttpOnly; SameSite=Lax; Secure"));
        assert_eq!(site.get("/api/me", session(&answer)).await.status, 200);

        let again = site.write("POST", "/api/sign-in/store", "", &body).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str()), (400, "hand_off_used"));
        assert!(again.headers.get("set-cookie").is_none());

        let late = json!({ "store": "shop", "token": token(&site, "7", 2) });
        site.shop.clock.pass_seconds(60);
        let late = site.write("POST", "/api/sign-in/store", "", &late).await;
        assert_eq!((late.status.as_u16(), late.problem().as_str()), (400, "hand_off_expired"));
    }

    async fn a_form_of_the_shops_page_leads_to_the_courses(site: Site) {
        with_key(&site).await;
        let form = format!("store=shop&token={}", token(&site, "7", 1));
        let answer = send_form(&site, &form).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let first = session(&answer).to_owned();
        assert_eq!(site.get("/api/me", &first).await.status, 200);

        let again = send_form(&site, &form).await;
        assert_eq!((again.status.as_u16(), again.header("content-type")), (400, "text/html; charset=utf-8"));
        assert!(again.body.contains("<h1>This way in from the shop has been used</h1>"), "{}", again.body);
        assert!(again.body.contains("<a href=\"https://shop.test\">Test shop</a>"), "{}", again.body);
        assert!(again.headers.get("set-cookie").is_none());
        assert!(again.header("content-security-policy").contains("frame-ancestors 'none'"));

        let late = format!("store=shop&token={}", token(&site, "7", 2));
        site.shop.clock.pass_seconds(60);
        assert!(send_form(&site, &late).await.body.contains("<h1>This way in from the shop has expired</h1>"));
    }

    async fn whoever_tries_learns_nothing_of_why_not(site: Site) {
        let genuine = token(&site, "7", 1);
        let no_key = send_form(&site, &format!("store=shop&token={genuine}")).await;
        with_key(&site).await;
        let mut answers = vec![no_key];
        let forged = genuine.replace('.', ".A");
        for body in [
            format!("store=nowhere&token={genuine}"),
            format!("store=..%2F&token={genuine}"),
            format!("store=shop&token={forged}"),
            format!("store=shop&token={}", token(&site, "0", 2)),
            format!("store=shop&token={genuine}&token={genuine}"),
            format!("store=shop&token={genuine}&more=1"),
            format!("token={genuine}"),
            "store=shop&token=".into(),
            "store=shop".into(),
            "%ff".into(),
            String::new(),
        ] {
            answers.push(send_form(&site, &body).await);
        }
        let as_text = Request::post("/sign-in/store").header("content-type", "text/plain");
        let body = Body::from(format!("store=shop&token={genuine}"));
        answers.push(site.send(as_text.body(body).unwrap()).await);
        for answer in &answers {
            assert_eq!((answer.status.as_u16(), &answer.body), (400, &answers[0].body));
            assert!(answer.headers.get("set-cookie").is_none());
        }
        assert!(answers[0].body.contains("<h1>The shop&#39;s word") || answers[0].body.contains("<h1>The shop's word"));
        for (store, token) in [("nowhere", genuine.as_str()), ("../", &genuine), ("shop", &forged), ("shop", "")] {
            let body = json!({ "store": store, "token": token });
            let answer = site.write("POST", "/api/sign-in/store", "", &body).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str(), answer.detail().as_str()), (400, "hand_off_refused", ""));
        }
        let answer = send_form(&site, &format!("store=shop&token={genuine}")).await;
        assert_eq!(answer.status, 303, "refused tries have not used it up");
    }

    async fn a_hand_off_takes_the_place_of_the_session_that_the_browser_has_and_never_joins_it(site: Site) {
        with_key(&site).await;
        let (_, hers) = site.with_customer().await;
        let request = Request::post("/sign-in/store")
            .header("cookie", crate::site::cookie(&hers))
            .header("content-type", "application/x-www-form-urlencoded");
        let form = format!("store=shop&token={}", token(&site, "666", 1));
        let answer = site.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(site.shop.app.find_session(&hers).await.unwrap(), None);
        let opened = site.shop.app.find_session(session(&answer)).await.unwrap().unwrap().viewer;
        assert_eq!(opened.customers().count(), 1, "somebody else may have made her browser send it");
        assert_eq!(opened.identities()[0].1.as_str(), "666");
        assert_eq!(site.get("/api/courses", session(&answer)).await.json()["items"], json!([]));
    }
}

#[tokio::test]
async fn only_the_form_may_come_from_another_site() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    with_key(&site).await;
    let body = json!({ "store": "shop", "token": token(&site, "7", 1) });
    let request = Request::post("/api/sign-in/store")
        .header("origin", "https://shop.test")
        .header("content-type", "application/json");
    let answer = site
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await;
    assert_eq!(answer.problem(), "cross_site");
}

#[tokio::test]
async fn a_form_that_is_too_long_is_not_read() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    with_key(&site).await;
    let answer = send_form(&site, &format!("store=shop&token={}", "A".repeat(20_000))).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("<h1>The body is too large</h1>"));
}
