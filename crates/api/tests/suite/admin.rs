//! What an administrator does about access by hand.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use testkit::BY;

use crate::site::on_both_engines;

const GRANT: &str = "/api/admin/access";
const REVOKE: &str = "/api/admin/access/revoke";

on_both_engines! {
    async fn access_is_granted_and_revoked_by_hand(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let course = site.shop.sell_course("OILS", 1).await;
        let path = format!("/api/courses/{}", course.course);
        let request = json!({
            "customer": { "email": "Ada@Example.com" }, "content": course.course,
            "expires_at": "2027-01-01T00:00:00+01:00", "note": "won the raffle\nof the summer fair"
        });
        let granted = site.administer(GRANT, &token, &request).await;
        assert_eq!(granted.status, 201);
        let granted = granted.json();
        let customer = granted["customer_id"].as_str().unwrap();
        let expected = json!({
            "id": granted["id"], "customer_id": customer, "content": course.course, "granted_at": site.shop.now(),
            "expires_at": "2026-12-31T23:00:00Z", "lifted_blocks": [], "restored_grants": 0
        });
        assert_eq!(granted, expected);
        assert!(granted["id"].as_str().unwrap().starts_with("acc_"));
        let session = site.shop.sign_in("ada@example.com").await;
        let opened = site.get(&path, &session).await.json();
        assert_eq!(opened["access"]["until"], "2026-12-31T23:00:00Z");

        site.buy("1001", "ada@example.com", "OILS").await;
        let request = json!({ "customer": { "id": customer }, "content": course.course, "reason": "shared her account" });
        let revoked = site.administer(REVOKE, &token, &request).await;
        assert_eq!(revoked.status, 200);
        let revoked = revoked.json();
        assert!(revoked["block_id"].as_str().unwrap().starts_with("blk_"));
        let expected = json!({
            "customer_id": customer, "content": course.course, "block_id": revoked["block_id"], "ended_grants": 2
        });
        assert_eq!(revoked, expected);
        assert_eq!(site.get(&path, &session).await.problem(), "not_found");
    }

    async fn a_file_is_granted_like_a_course(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let course = site.shop.sell_course("OILS", 1).await;
        let request = json!({ "customer": { "email": "ada@example.com" }, "content": course.file });
        assert_eq!(site.administer(GRANT, &token, &request).await.json()["expires_at"], Value::Null);
        let session = site.shop.sign_in("ada@example.com").await;
        assert_eq!(site.get("/api/downloads", &session).await.json()["items"][0]["id"], json!(course.file));
        assert_eq!(site.get("/api/courses", &session).await.json()["items"], json!([]));
    }

    async fn what_cannot_be_granted_is_refused_with_its_reason(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let course = site.shop.sell_course("OILS", 1).await;
        let good = json!({ "customer": { "email": "ada@example.com" }, "content": course.course });
        let missing = course.course.to_string().replace("_0", "_7");
        for (field, value, status, code) in [
            ("content", json!(missing), 404, "no_such_content"),
            ("content", json!("vid_01ARZ3NDEKTSV4RRFFQ69G5FAV"), 422, "invalid_body"),
            ("customer", json!({ "id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV" }), 404, "no_such_customer"),
            ("customer", json!({ "id": "ada@example.com" }), 422, "invalid_body"),
            ("customer", json!({ "email": "nobody" }), 422, "invalid_body"),
            ("customer", json!({}), 422, "invalid_body"),
            ("customer", json!({ "email": "a@x.org", "id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV" }), 422, "invalid_body"),
            ("customer", json!("ada@example.com"), 422, "invalid_body"),
            ("expires_at", json!("2020-01-01T00:00:00Z"), 422, "ends_before_it_begins"),
            ("expires_at", json!("tomorrow"), 422, "invalid_body"),
            ("expires_at", json!(1), 422, "invalid_body"),
            ("note", json!("x".repeat(1_001)), 422, "invalid_body"),
            ("note", json!("a\u{0}b"), 422, "invalid_body"),
            ("source", json!("order"), 422, "invalid_body"),
            ("granted_by", json!("me"), 422, "invalid_body"),
        ] {
            let mut request = good.clone();
            request[field] = value;
            let answer = site.administer(GRANT, &token, &request).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, code), "{request}");
            assert!(!answer.body.contains("ada@example"), "{}", answer.body);
        }
        let request = json!({ "customer": { "email": "new@example.com" }, "content": course.course });
        assert_eq!(site.administer(REVOKE, &token, &request).await.problem(), "no_such_customer");
    }

    async fn only_the_holder_of_a_token_administers(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let (course, session) = site.with_customer().await;
        let body = json!({ "customer": { "email": "eve@example.com" }, "content": course.course });
        let longer = format!("{token}x");
        let bare = token.trim_start_matches("stoa_").to_owned();
        for path in [GRANT, REVOKE, "/api/admin/access/lift", "/api/admin/access/extend"] {
            for other in ["", "stoa_", &longer, &bare, &session, &token.to_lowercase()] {
                let answer = site.administer(path, other, &body).await;
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not_authorized"));
                assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"stoa\"");
            }
            let with_session = site.write("POST", path, &session, &body).await;
            assert_eq!(with_session.problem(), "not_authorized");
            let twice = Request::post(path)
                .header("authorization", format!("Bearer {token}"))
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()));
            assert_eq!(site.send(twice.unwrap()).await.problem(), "not_authorized");
        }
        let eve = site.shop.sign_in("eve@example.com").await;
        assert_eq!(site.get("/api/courses", &eve).await.json()["items"], json!([]));
    }
}
