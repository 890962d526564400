//! Signing in and out, and what other sites cannot do.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use testkit::{BY, TestDatabase};

use crate::site::{Answer, PUBLIC_URL, Site, cookie, on_both_engines, router, send_to};

/// Asks for a mail as a page of ours does, in a browser of that language.
async fn ask(site: &Site, email: &str, language: &str) -> Answer {
    let request = Request::post("/api/sign-in")
        .header("origin", PUBLIC_URL)
        .header("accept-language", language)
        .header("content-type", "application/json");
    let body = json!({ "email": email }).to_string();
    let answer = site.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer
}

/// The token by which the asking browser is known.
fn browser(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    cookie.split_once('=').unwrap().1.to_owned()
}

async fn confirm(site: &Site, body: &Value, browser: &str) -> Answer {
    let request = Request::post("/api/sign-in/confirm")
        .header("cookie", format!("__Host-stoa_sign_in={browser}"))
        .header("content-type", "application/json");
    site.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// The link's token and the code that go out for a browser's wish.
async fn mail_for(site: &Site, browser: &str) -> Option<(String, String)> {
    let mail = site.shop.mail_for(browser).await?;
    let token = mail.link.split_once("#token=").unwrap().1.to_owned();
    Some((token, mail.code))
}

on_both_engines! {
    async fn a_link_opens_a_session_once(site: Site) {
        let link = site.shop.app.create_sign_in_link(&BY, &"ada@example.com".parse().unwrap()).await.unwrap();
        let body = json!({ "token": link });
        let answer = site.write("POST", "/api/sign-in/confirm", "", &body).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
        let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let [cookie, device, asked] = cookies[..] else { panic!("{} cookies", cookies.len()) };
        assert_eq!(asked, "__Host-stoa_sign_in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
        let (pair, attributes) = device.split_once("; ").unwrap();
        assert!(pair.starts_with("__Host-stoa_device="));
        assert_eq!(attributes, "Path=/; Max-Age=34560000; HttpOnly; SameSite=None; Secure");
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Expires=Fri, 18 Dec 2026 11:06:40 GMT; HttpOnly; SameSite=Lax; Secure");
        let session = pair.strip_prefix("__Host-stoa_session=").unwrap();
        assert_eq!(site.get("/api/me", session).await.status, 200);

        let again = site.write("POST", "/api/sign-in/confirm", "", &body).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str()), (400, "link_not_valid"));
        assert!(again.headers.get("set-cookie").is_none());

        let out = site.write("POST", "/api/sign-out", session, &json!({})).await;
        assert_eq!(out.status, 204);
        assert_eq!(out.header("set-cookie"), "__Host-stoa_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(site.get("/api/me", session).await.problem(), "not_signed_in");
    }

    async fn twenty_looks_at_a_link_do_not_use_it_up(site: Site) {
        site.with_customer().await;
        let browser = browser(&ask(&site, "ada@example.com", "").await);
        let (token, _) = mail_for(&site, &browser).await.unwrap();
        for _ in 0..10 {
            for (method, path) in [("GET", "/sign-in"), ("HEAD", "/api/sign-in/confirm")] {
                let request = Request::builder().method(method).uri(format!("{path}?token={token}"));
                let answer = site.send(request.body(Body::empty()).unwrap()).await;
                assert!(answer.headers.get("set-cookie").is_none());
            }
        }
        let answer = confirm(&site, &json!({ "token": token }), &browser).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    async fn whoever_asks_for_whatever_address_gets_the_same_answer(site: Site) {
        site.with_customer().await;
        let mut answers = Vec::new();
        for email in ["ada@example.com", "nobody@example.com"] {
            let answer = ask(&site, email, "").await;
            let cookie = answer.header("set-cookie").replace(&browser(&answer), "TOKEN");
            assert_eq!(cookie, "__Host-stoa_sign_in=TOKEN; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure");
            let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            answers.push((answer.status, answer.body.clone(), headers));
            let wrong = confirm(&site, &json!({ "code": "x" }), &browser(&answer)).await;
            let said = wrong.body.replace(wrong.header("x-request-id"), "ID");
            answers.push((wrong.status, said, vec![wrong.problem()]));
        }
        assert_eq!(answers[0], answers[2]);
        assert_eq!(answers[1], answers[3]);
        assert_eq!((answers[0].0.as_u16(), answers[0].1.as_str()), (202, "{}"));
        assert_eq!((answers[1].0.as_u16(), answers[1].2[0].as_str()), (400, "wrong_code"));
        let odd = site.write("POST", "/api/sign-in", "", &json!({ "email": "nobody" })).await;
        assert_eq!((odd.status.as_u16(), odd.problem().as_str(), odd.field().as_str()), (422, "invalid_body", "email"));
    }

    async fn a_code_is_typed_in_the_browser_that_asked(site: Site) {
        site.with_customer().await;
        let browser_of = |answer: &Answer| browser(answer);
        let (asked, other) = (ask(&site, "ada@example.com", "").await, ask(&site, "ada@example.com", "").await);
        let (hers, theirs) = (browser_of(&asked), browser_of(&other));
        let (token, code) = mail_for(&site, &hers).await.unwrap();
        let elsewhere = confirm(&site, &json!({ "token": token }), &theirs).await;
        assert_eq!((elsewhere.status.as_u16(), elsewhere.problem().as_str()), (400, "other_browser"));
        let nowhere = confirm(&site, &json!({ "code": code }), "").await;
        assert_eq!((nowhere.status.as_u16(), nowhere.problem().as_str()), (400, "code_not_valid"));
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let answer = confirm(&site, &json!({ "code": spaced }), &hers).await;
        assert_eq!(answer.status, 204);
        let again = confirm(&site, &json!({ "code": code }), &hers).await;
        assert_eq!(again.problem(), "code_not_valid");
        for both_or_neither in [json!({}), json!({ "token": token, "code": code })] {
            let answer = confirm(&site, &both_or_neither, &hers).await;
            assert_eq!(answer.problem(), "invalid_body");
        }
    }

    async fn the_browsers_language_is_kept_for_the_mail(site: Site) {
        site.with_customer().await;
        for (header, language) in [("de-AT,de;q=0.9,en;q=0.5", Some("de")), ("fr", None), ("", None)] {
            let answer = ask(&site, "ada@example.com", header).await;
            let mail = site.shop.mail_for(&browser(&answer)).await.unwrap();
            assert_eq!(mail.language.map(domain::Language::tag), language, "{header}");
        }
    }

    async fn another_site_changes_nothing(site: Site) {
        let (course, session) = site.with_customer().await;
        let progress = format!("/api/videos/{}/progress", course.videos[0]);
        let report = json!({ "position_seconds": 9, "client_time": site.shop.now() }).to_string();
        // What is shared with the pages of shops is let through, without the cookie.
        let tries = [
            (Method::PUT, progress.as_str(), report.as_str(), (401, "not_signed_in")),
            (Method::POST, "/api/me/sessions/end-others", "{}", (403, "cross_site")),
        ];
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "https://courses.test.evil.example"),
            ("origin", "http://courses.test"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            for (method, path, body, refused) in &tries {
                let request = Request::builder().method(method).uri(*path)
                    .header("cookie", cookie(&session))
                    .header("content-type", "application/json")
                    .header(name, value);
                let answer = site.send(request.body(Body::from((*body).to_owned())).unwrap()).await;
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), *refused, "{path} {value}");
            }
        }
        let form = Request::post("/api/sign-out")
            .header("cookie", cookie(&session))
            .header("origin", PUBLIC_URL)
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(site.send(form.body(Body::empty()).unwrap()).await.problem(), "not_json");
        assert_eq!(site.get("/api/me", &session).await.status, 200);
    }
}

#[tokio::test]
async fn without_tls_the_cookie_has_a_plain_name() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let plain = router(&site.shop, "http://127.0.0.1:8080");
    let email = "ada@example.com".parse().unwrap();
    let link = site
        .shop
        .app
        .create_sign_in_link(&BY, &email)
        .await
        .unwrap();
    let request = Request::post("/api/sign-in/confirm")
        .header("origin", "http://127.0.0.1:8080")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(json!({ "token": link }).to_string()))
        .unwrap();
    let answer = send_to(&plain, request).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("stoa_session="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
    let device = answer.headers.get_all("set-cookie").iter().nth(1).unwrap();
    let device = device.to_str().unwrap();
    assert!(
        device.starts_with("stoa_device=") && device.ends_with("; HttpOnly; SameSite=Lax"),
        "{device}"
    );
    let pair = cookie.split(';').next().unwrap();
    let me = Request::get("/api/me").header("cookie", pair);
    let answer = send_to(&plain, me.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
}
