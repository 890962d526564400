//! A customer's data over HTTP, and the mails that went to her.

use serde_json::json;

use crate::contents::{ask, token};
use crate::site::{Site, on_both_engines};

const ADA: &str = "ada@example.com";

/// Sells to Ada, and returns her id.
async fn ada(site: &Site, token: &str) -> String {
    site.with_customer().await;
    let found = ask(
        site,
        token,
        "POST",
        "/api/admin/customers/find",
        Some(json!({ "email": ADA })),
    )
    .await;
    found.json()["id"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn a_customer_is_exported_and_then_erased(site: Site) {
        let token = token(&site).await;
        let id = ada(&site, &token).await;
        let path = format!("/api/admin/customers/{id}");
        let export = ask(&site, &token, "GET", &format!("{path}/export"), None).await;
        assert_eq!((export.status.as_u16(), export.header("cache-control")), (200, "no-store"));
        assert!(export.header("content-disposition").starts_with("attachment"));
        assert_eq!(export.json()["sections"]["customers"][0]["email"], ADA);
        let dry = json!({ "dry_run": true });
        let dry = ask(&site, &token, "POST", &format!("{path}/erase"), Some(dry)).await;
        assert_eq!((&dry.json()["dry_run"], &dry.json()["orders"]), (&json!(true), &json!(1)));
        let again = ask(&site, &token, "GET", &format!("{path}/export"), None).await;
        assert_eq!(again.status, 200, "nothing was done");
        let erased = ask(&site, &token, "POST", &format!("{path}/erase"), Some(json!({}))).await;
        let mut expected = dry.json();
        expected["dry_run"] = json!(false);
        assert_eq!((erased.status.as_u16(), erased.json()), (200, expected));
        for (method, path, body) in [
            ("GET", format!("{path}/export"), None),
            ("POST", format!("{path}/erase"), Some(json!({}))),
        ] {
            let gone = ask(&site, &token, method, &path, body).await;
            assert_eq!((gone.status.as_u16(), gone.problem().as_str()), (404, "no_such_customer"));
        }
        // What the shop sent about her cannot be shown or played again.
        let listed = ask(&site, &token, "GET", "/api/admin/deliveries", None).await;
        let delivery = listed.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let delivery = format!("/api/admin/deliveries/{delivery}");
        let shown = ask(&site, &token, "GET", &delivery, None).await;
        assert_eq!(shown.json()["body_gone"], "erased");
        for (method, path, body) in [
            ("GET", format!("{delivery}/body"), None),
            ("POST", format!("{delivery}/replay"), Some(json!({}))),
        ] {
            let gone = ask(&site, &token, method, &path, body).await;
            assert_eq!((gone.status.as_u16(), gone.problem().as_str()), (410, "body_gone"));
        }
    }

    async fn a_mail_is_listed_and_sent_again(site: Site) {
        let token = token(&site).await;
        let id = ada(&site, &token).await;
        let course = site.shop.sell_course("INK", 1).await;
        let grant = json!({ "customer": { "id": id }, "content": course.course, "notify": true });
        assert_eq!(ask(&site, &token, "POST", "/api/admin/access", Some(grant)).await.status, 201);
        site.shop.app.work_until_idle().await.unwrap();
        let path = format!("/api/admin/mails?customer={id}&state=waiting");
        let listed = ask(&site, &token, "GET", &path, None).await.json();
        let mail = &listed["items"][0];
        assert_eq!((&mail["kind"], &mail["email"]), (&json!("access_granted"), &json!(ADA)));
        let none = ask(&site, &token, "GET", "/api/admin/mails?state=sent", None).await.json();
        assert_eq!(none, json!({ "items": [], "next": null }));
        let first = ask(&site, &token, "GET", "/api/admin/mails?limit=1", None).await.json();
        let next = first["next"].as_str().unwrap();
        let second = ask(&site, &token, "GET", &format!("/api/admin/mails?cursor={next}"), None).await.json();
        assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
        let resend = format!("/api/admin/mails/{}/resend", mail["id"].as_str().unwrap());
        let again = ask(&site, &token, "POST", &resend, Some(json!({}))).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "mail_queued"));
    }

    async fn without_a_word_nobody_is_told(site: Site) {
        let token = token(&site).await;
        let id = ada(&site, &token).await;
        let course = site.shop.sell_course("INK", 1).await;
        let count = async || {
            let listed = ask(&site, &token, "GET", "/api/admin/mails", None).await.json();
            listed["items"].as_array().unwrap().len()
        };
        let before = count().await;
        let grant = json!({ "customer": { "id": id }, "content": course.course });
        assert_eq!(ask(&site, &token, "POST", "/api/admin/access", Some(grant)).await.status, 201);
        assert_eq!(count().await, before);
        let revoke = json!({ "customer": { "id": id }, "content": course.course, "notify": true });
        assert_eq!(ask(&site, &token, "POST", "/api/admin/access/revoke", Some(revoke)).await.status, 200);
        assert_eq!(count().await, before + 1);
    }

    async fn nobody_has_asked_for_anything_yet(site: Site) {
        let token = token(&site).await;
        let listed = ask(&site, &token, "GET", "/api/admin/privacy-requests?open=true", None).await;
        assert_eq!((listed.status.as_u16(), listed.json()), (200, json!({ "items": [], "next": null })));
        let path = "/api/admin/privacy-requests/prv_01ARZ3NDEKTSV4RRFFQ69G5FAV/done";
        assert_eq!(ask(&site, &token, "POST", path, Some(json!({}))).await.problem(), "not_found");
    }
}
