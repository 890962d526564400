//! Where a customer is signed in, and how she ends that.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use testkit::BY;

use crate::site::{Answer, PUBLIC_URL, Site, on_both_engines};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Signs Ada in by a browser that brings these cookies; returns the cookies that it has then.
async fn sign_in(site: &Site, cookies: &str) -> String {
    let email = "ada@example.com".parse().unwrap();
    let link = site.shop.app.create_sign_in_link(&BY, &email).await;
    let body = json!({ "token": link.unwrap() }).to_string();
    let request = Request::post("/api/sign-in/confirm")
        .header("cookie", cookies)
        .header("user-agent", FIREFOX)
        .header("content-type", "application/json");
    let answer = site.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|value| value.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn ask(site: &Site, method: &str, path: &str, cookies: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", cookies)
        .header("origin", PUBLIC_URL)
        .header("content-type", "application/json");
    let body = if method == "POST" { "{}" } else { "" };
    site.send(request.body(Body::from(body)).unwrap()).await
}

async fn list(site: &Site, cookies: &str) -> Vec<Value> {
    let list = ask(site, "GET", "/api/me/sessions", cookies).await.json();
    assert_eq!(list["next"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

on_both_engines! {
    async fn a_customer_sees_where_she_is_signed_in_and_ends_what_she_wants(site: Site) {
        let first = sign_in(&site, "").await;
        site.shop.clock.pass_seconds(60);
        let second = sign_in(&site, "").await;
        let third = sign_in(&site, "").await;
        let listed = list(&site, &second).await;
        let keys: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["created_at", "id", "is_this_one", "label", "seen_at"]);
        let this: Vec<bool> = listed.iter().map(|session| session["is_this_one"].as_bool().unwrap()).collect();
        assert_eq!(this.iter().filter(|this| **this).count(), 1);
        let oldest = &listed[2];
        assert_eq!((&oldest["label"], &oldest["is_this_one"]), (&json!("Firefox on Linux"), &json!(false)));

        let path = format!("/api/me/sessions/{}", oldest["id"].as_str().unwrap());
        let ended = ask(&site, "DELETE", &path, &second).await;
        assert_eq!((ended.status.as_u16(), ended.header("set-cookie")), (204, ""));
        assert_eq!(ask(&site, "GET", "/api/me", &first).await.problem(), "not_signed_in");
        assert_eq!(ask(&site, "DELETE", &path, &second).await.problem(), "not_found");

        assert_eq!(ask(&site, "POST", "/api/me/sessions/end-others", &second).await.status, 204);
        assert_eq!(ask(&site, "GET", "/api/me", &third).await.problem(), "not_signed_in");
        let listed = list(&site, &second).await;
        assert_eq!(listed.len(), 1);
        let path = format!("/api/me/sessions/{}", listed[0]["id"].as_str().unwrap());
        let ended = ask(&site, "DELETE", &path, &second).await;
        assert_eq!(ended.header("set-cookie"), "__Host-stoa_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(ask(&site, "GET", "/api/me/sessions", &second).await.problem(), "not_signed_in");
    }

    async fn signing_in_again_ends_the_session_of_the_same_browser_and_knows_its_device(site: Site) {
        let first = sign_in(&site, "").await;
        let second = sign_in(&site, &first).await;
        assert_eq!(ask(&site, "GET", "/api/me", &first).await.problem(), "not_signed_in");
        assert_eq!(list(&site, &second).await.len(), 1);
        let device = |cookies: &str| cookies.split("; ").nth(1).unwrap().to_owned();
        assert!(device(&first).starts_with("__Host-stoa_device="));
        assert_eq!(device(&first), device(&second));
    }

    async fn what_a_customer_does_keeps_her_signed_in(site: Site) {
        let cookies = sign_in(&site, "").await;
        let began = list(&site, &cookies).await[0]["seen_at"].clone();
        site.shop.clock.pass_seconds(3_599);
        assert_eq!(list(&site, &cookies).await[0]["seen_at"], began);
        site.shop.clock.pass_days(13);
        // The write goes on beside the request that found it due.
        while list(&site, &cookies).await[0]["seen_at"] == began {}
        site.shop.clock.pass_days(13);
        assert_eq!(ask(&site, "GET", "/api/me", &cookies).await.status, 200);
    }
}
