//! The inbox over HTTP.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request};
use connectors::woocommerce;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::woocommerce::{WooShop, webhook_secret};
use tower::ServiceExt;

use crate::contents::{ask, token};
use crate::site::{Site, on_both_engines};

const DELIVERIES: &str = "/api/admin/deliveries";
const MISSING: &str = "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Has a WooCommerce shop tell of a paid order, and the custom one of something that is none. Returns the shop, which answers
/// questions while it is there.
async fn receive(site: &Site) -> WooShop {
    let woo = WooShop::open(&site.shop.clock).await;
    woo.connect(&site.shop.app, "woo").await;
    woo.sell(7, "ada@example.com", &["WATER"]);
    woo.tell(&site.shop.app, "woo", "order.updated", 7).await;
    site.shop.clock.pass_seconds(10);
    let odd = json!({ "type": "order.updated", "timestamp": site.shop.now(), "data": {} });
    site.shop.tell(&odd).await;
    woo
}

async fn list(site: &Site, token: &str, query: &str) -> Vec<Value> {
    let listed = ask(site, token, "GET", &format!("{DELIVERIES}?{query}"), None).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    listed.json()["items"].as_array().unwrap().clone()
}

/// The states of what a query lists.
async fn states(site: &Site, token: &str, query: &str) -> Vec<String> {
    let listed = list(site, token, query).await;
    let state = |delivery: &Value| delivery["state"].as_str().unwrap().to_owned();
    listed.iter().map(state).collect()
}

on_both_engines! {
    async fn deliveries_are_listed_newest_first_by_whatever_narrows_them(site: Site) {
        let token = token(&site).await;
        let before = site.shop.now();
        let _woo = receive(&site).await;
        let now = site.shop.now();
        let woo_id = list(&site, &token, "store=woo").await[0]["store_id"].as_str().unwrap().to_owned();
        for (query, expected) in [
            (String::new(), vec!["dead", "done"]),
            ("store=woo".into(), vec!["done"]),
            (format!("store={woo_id}"), vec!["done"]),
            ("state=dead".into(), vec!["dead"]),
            ("state=queued".into(), vec![]),
            ("topic=order.updated".into(), vec!["done"]),
            ("order=7".into(), vec!["done"]),
            ("order=8".into(), vec![]),
            (format!("since={now}"), vec!["dead"]),
            (format!("since={before}&until={now}"), vec!["done"]),
            ("store=woo&state=dead".into(), vec![]),
        ] {
            assert_eq!(states(&site, &token, &query).await, expected, "{query}");
        }
        let mut path = format!("{DELIVERIES}?limit=1");
        let mut seen = Vec::new();
        loop {
            let page = ask(&site, &token, "GET", &path, None).await.json();
            assert_eq!(page["items"].as_array().unwrap().len(), 1);
            seen.push(page["items"][0]["state"].clone());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{DELIVERIES}?limit=1&cursor={next}");
        }
        assert_eq!(seen, ["dead", "done"]);
    }

    async fn what_narrows_wrongly_is_refused_by_its_name(site: Site) {
        let token = token(&site).await;
        for (query, code, field) in [
            ("state=failed", "invalid_query", "state"),
            ("state=", "invalid_query", "state"),
            ("store=Shop", "invalid_query", "store"),
            ("store=elsewhere", "no_such_store", "store"),
            ("store=sto_01ARZ3NDEKTSV4RRFFQ69G5FAV", "no_such_store", "store"),
            ("order=", "invalid_query", "order"),
            ("since=yesterday", "invalid_query", "since"),
            ("since=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z", "invalid_query", "until"),
            ("limit=201", "invalid_query", "limit"),
            ("cursor=1", "invalid_query", "cursor"),
        ] {
            let refused = ask(&site, &token, "GET", &format!("{DELIVERIES}?{query}"), None).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, code), "{query}");
            assert_eq!(refused.field(), field, "{query}");
        }
        for path in [format!("{DELIVERIES}/{MISSING}"), format!("{DELIVERIES}/{MISSING}/body"), format!("{DELIVERIES}/x")] {
            assert_eq!(ask(&site, &token, "GET", &path, None).await.problem(), "not_found");
        }
    }

    async fn a_delivery_is_shown_with_what_came_of_it(site: Site) {
        let token = token(&site).await;
        let woo = receive(&site).await;
        let (headers, body) = woo.webhook("order.updated", 7);
        let [dead, done] = list(&site, &token, "").await.try_into().unwrap();
        let show = async |delivery: &Value| {
            let path = format!("{DELIVERIES}/{}", delivery["id"].as_str().unwrap());
            ask(&site, &token, "GET", &path, None).await
        };
        let shown = show(&done).await;
        let signature = headers["x-wc-webhook-signature"].to_str().unwrap();
        assert!(!shown.body.contains(signature) && !shown.body.contains("ada@"), "{}", shown.body);
        let shown = shown.json();
        for (field, value) in done.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
        assert_eq!((&shown["orders"], &shown["body_bytes"]), (&json!(["7"]), &json!(body.len())));
        assert_eq!((&shown["body_is_text"], &shown["failures"]), (&json!(true), &json!([])));
        let job = &shown["jobs"][0];
        assert_eq!((&job["kind"], &job["state"], &job["error"]), (&json!("look_up"), &json!("done"), &Value::Null));
        assert!(job["id"].as_str().unwrap().starts_with("job_"));
        let topic = json!({ "name": "x-wc-webhook-topic", "value": "order.updated" });
        assert!(shown["headers"].as_array().unwrap().contains(&topic), "{shown}");

        let shown = show(&dead).await.json();
        let failure = &shown["failures"][0];
        assert_eq!((&failure["attempt"], &failure["error"]), (&json!(1), &shown["error"]));
        assert_eq!((&failure["failed_at"], &shown["next_attempt_at"]), (&shown["finished_at"], &Value::Null));
        assert!(shown["error"].as_str().unwrap().contains("data.id"), "{shown}");
        assert_eq!(shown["jobs"], json!([]));
    }

    async fn a_body_is_given_byte_for_byte_and_as_nothing_that_a_browser_would_run(site: Site) {
        let token = token(&site).await;
        let woo = WooShop::open(&site.shop.clock).await;
        woo.connect(&site.shop.app, "woo").await;
        let body = b"<script>\r\n\x00\xff\xfe{\"id\":7}".to_vec();
        let mut headers = HeaderMap::new();
        let signature = woocommerce::sign(&webhook_secret(), &body);
        headers.insert("x-wc-webhook-signature", HeaderValue::from_str(&signature).unwrap());
        headers.insert("x-wc-webhook-topic", HeaderValue::from_static("order.updated"));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        site.shop.app.accept_webhook(&"woo".parse().unwrap(), &headers, &body).await.unwrap();
        let delivery = list(&site, &token, "").await.remove(0);
        let id = delivery["id"].as_str().unwrap();
        let path = format!("{DELIVERIES}/{id}/body");
        let request = Request::get(&path).header("authorization", format!("Bearer {token}"));
        let answer = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, given) = answer.into_parts();
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("content-disposition", &format!("attachment; filename=\"{id}.bin\"")),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(parts.headers[name], value);
        }
        assert_eq!(given.collect().await.unwrap().to_bytes(), body);
        let shown = ask(&site, &token, "GET", &format!("{DELIVERIES}/{id}"), None).await.json();
        assert_eq!((&shown["body_bytes"], &shown["body_is_text"]), (&json!(body.len()), &json!(false)));
        assert_eq!(ask(&site, "stoa_x", "GET", &path, None).await.problem(), "not_authorized");
    }

    async fn deliveries_are_replayed_by_a_filter_and_never_all_by_mistake(site: Site) {
        let token = token(&site).await;
        let _woo = receive(&site).await;
        let replay = async |body: Value| {
            ask(&site, &token, "POST", &format!("{DELIVERIES}/replay"), Some(body)).await
        };
        for empty in [json!({}), json!({ "dry_run": true }), json!({ "dry_run": false })] {
            let refused = replay(empty).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid_body"));
        }
        for (body, field) in [
            (json!({ "state": "failed" }), "state"),
            (json!({ "state": null }), "state"),
            (json!({ "store": "Shop" }), "store"),
            (json!({ "store": "elsewhere" }), "store"),
            (json!({ "colour": "red" }), "colour"),
            (json!({ "store": "woo", "dry_run": 1 }), "dry_run"),
            (json!({ "since": "2027-01-02T00:00:00Z", "until": "2027-01-01T00:00:00Z" }), "until"),
        ] {
            let refused = replay(body).await;
            assert_eq!((refused.status.as_u16(), refused.field().as_str()), (422, field));
        }
        assert_eq!(states(&site, &token, "state=queued").await.len(), 0);
        let since = json!({ "since": "2020-01-01T00:00:00Z", "dry_run": true });
        assert_eq!(replay(since).await.json(), json!({ "count": 2 }));
        assert_eq!(states(&site, &token, "state=queued").await.len(), 0, "it was only counted");
        let of_order = json!({ "store": "woo", "state": "done", "topic": "order.updated", "order": "7" });
        assert_eq!(replay(of_order.clone()).await.json(), json!({ "count": 1 }));
        let queued = list(&site, &token, "state=queued").await;
        assert_eq!((queued.len(), &queued[0]["store"]), (1, &json!("woo")));
        assert_eq!(queued[0]["next_attempt_at"], json!(site.shop.now()));
        assert_eq!(replay(of_order).await.json(), json!({ "count": 0 }), "it waits already");
        site.shop.app.work_until_idle().await.unwrap();
        assert_eq!(states(&site, &token, "").await, ["dead", "done"]);
    }
}
