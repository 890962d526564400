//! Signing in and out, and what other sites cannot do.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use testkit::{BY, TestDatabase};

use crate::site::{PUBLIC_URL, Site, cookie, on_both_engines, router, send_to};

on_both_engines! {
    async fn a_link_opens_a_session_once(site: Site) {
        let link = site.shop.app.create_sign_in_link(&BY, &"ada@example.com".parse().unwrap()).await.unwrap();
        let body = json!({ "token": link });
        let answer = site.write("POST", "/api/sign-in/confirm", "", &body).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
        let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let [cookie, device] = cookies[..] else { panic!("{} cookies", cookies.len()) };
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

    async fn looking_at_a_link_does_not_use_it_up(site: Site) {
        let link = site.shop.app.create_sign_in_link(&BY, &"ada@example.com".parse().unwrap()).await.unwrap();
        for method in ["GET", "HEAD"] {
            for path in [format!("/sign-in?token={link}"), format!("/api/sign-in/confirm?token={link}")] {
                let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
                assert!(site.send(request).await.headers.get("set-cookie").is_none());
            }
        }
        let answer = site.write("POST", "/api/sign-in/confirm", "", &json!({ "token": link })).await;
        assert_eq!(answer.status, 204);
    }

    async fn another_site_changes_nothing(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/progress", course.videos[0]);
        let report = json!({ "position_seconds": 9, "client_time": site.shop.now() }).to_string();
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "https://courses.test.evil.example"),
            ("origin", "http://courses.test"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = Request::put(&path)
                .header("cookie", cookie(&session))
                .header("content-type", "application/json")
                .header(name, value);
            let answer = site.send(request.body(Body::from(report.clone())).unwrap()).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "cross_site"), "{value}");
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
    let pair = cookie.split(';').next().unwrap();
    let me = Request::get("/api/me").header("cookie", pair);
    let answer = send_to(&plain, me.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
}
