//! The stores' settings over HTTP.

use serde_json::{Value, json};

use crate::contents::{ask, token};
use crate::site::on_both_engines;

const STORES: &str = "/api/admin/stores";

on_both_engines! {
    async fn a_changed_setting_reaches_the_orders_that_are_known_already(site: Site) {
        let token = token(&site).await;
        let (course, session) = site.with_customer().await;
        let path = format!("/api/courses/{}", course.course);
        site.shop.clock.pass_seconds(10);
        let mut order = site.shop.paid_order("1001", "ada@example.com", &["WATERCOLOUR"]);
        order["data"]["disputes"] = json!([{ "id": "d", "status": "open" }]);
        site.shop.tell(&order).await;
        assert_eq!(site.get(&path, &session).await.status, 404);
        let store = format!("{STORES}/{}", site.shop.store);
        for (policy, status) in [("keep", 200), ("suspend", 404)] {
            let changed = ask(&site, &token, "PATCH", &store, Some(json!({ "on_dispute": policy }))).await.json();
            assert!(changed["job_id"].as_str().unwrap().starts_with("job_"));
            assert_eq!(changed["store"]["on_dispute"], policy);
            site.shop.app.work_until_idle().await.unwrap();
            assert_eq!(site.get(&path, &session).await.status, status, "{policy}");
        }
        let all = json!({
            "accept_test_orders": true, "on_dispute": "keep", "on_amount_refund": "revoke", "grace_days": 0,
            "trusts_emails": true
        });
        ask(&site, &token, "PATCH", &store, Some(all.clone())).await;
        let listed = ask(&site, &token, "GET", STORES, None).await;
        let mut expected = json!({
            "id": site.shop.store, "name": "shop", "kind": "custom", "webhook_secrets": 1, "has_api": false, "sync": null,
            "webhook_address": "https://courses.test/webhooks/shop", "origins": []
        });
        for (name, value) in all.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(listed.json(), json!({ "items": [expected], "next": null }));
        assert_eq!(ask(&site, &token, "GET", &store, None).await.json(), expected);
        assert!(!listed.body.contains("whsec"));
        let same = ask(&site, &token, "PATCH", &store, Some(all)).await.json();
        assert_eq!(same["job_id"], Value::Null);
    }

    async fn a_wrong_setting_is_refused_by_its_name(site: Site) {
        let token = token(&site).await;
        let store = format!("{STORES}/{}", site.shop.store);
        for (field, value) in [
            ("grace_days", json!(366)),
            ("grace_days", json!(-1)),
            ("on_dispute", json!("revoke")),
            ("on_amount_refund", json!("suspend")),
            ("accept_test_orders", json!("yes")),
            ("trusts_emails", json!(1)),
            ("accept_test_orders", json!(null)),
            ("on_dispute", json!(null)),
            ("on_amount_refund", json!(null)),
            ("grace_days", json!(null)),
            ("trusts_emails", json!(null)),
            ("secrets", json!([])),
            ("name", json!("other")),
        ] {
            let refused = ask(&site, &token, "PATCH", &store, Some(json!({ field: value }))).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid_body"), "{field}");
            let problem: Value = serde_json::from_str(&refused.body).unwrap();
            assert_eq!(problem["field"], field);
        }
        let nowhere = format!("{STORES}/sto_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(ask(&site, &token, "PATCH", &nowhere, Some(json!({}))).await.problem(), "not_found");
        let listed = ask(&site, &token, "GET", STORES, None).await.json();
        assert_eq!((&listed["items"][0]["grace_days"], &listed["items"][0]["on_dispute"]), (&json!(3), &json!("suspend")));
    }
}
