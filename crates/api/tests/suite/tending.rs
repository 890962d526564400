//! Stores connected, tried, mended and read over HTTP.

use serde_json::{Value, json};
use testkit::woocommerce::{KEY, Mood, SECRET, WooShop};

use crate::contents::{ask, token};
use crate::site::{Answer, Site, on_both_engines};

const STORES: &str = "/api/admin/stores";
const NOWHERE: &str = "/api/admin/stores/sto_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn credentials(woo: &WooShop) -> Value {
    json!({ "address": woo.address, "key": KEY, "secret": SECRET })
}

async fn post(site: &Site, token: &str, path: &str, body: Value) -> Answer {
    let answer = ask(site, token, "POST", path, Some(body)).await;
    assert!(!answer.body.contains(SECRET), "{}", answer.body);
    answer
}

/// Connects a shop with its API, and returns the path of the store.
async fn connect(site: &Site, token: &str, woo: &WooShop) -> String {
    let new = json!({ "name": "woo", "kind": "woocommerce", "api": credentials(woo) });
    let added = post(site, token, STORES, new).await;
    assert_eq!(added.status, 201, "{}", added.body);
    format!("{STORES}/{}", added.json()["store"]["id"].as_str().unwrap())
}

/// The codes of what a try of a store finds; its clock is the real one, which the test's is not.
async fn findings(site: &Site, token: &str, store: &str) -> Vec<String> {
    let test = post(site, token, &format!("{store}/test"), json!({})).await;
    assert_eq!(test.status, 200, "{}", test.body);
    let test = test.json();
    let findings = test["findings"].as_array().unwrap().iter();
    let codes = findings.map(|finding| {
        assert!(
            finding["sentence"].as_str().unwrap().ends_with('.'),
            "{finding}"
        );
        finding["code"].as_str().unwrap().to_owned()
    });
    codes.filter(|code| code != "clock_skew").collect()
}

on_both_engines! {
    async fn a_store_is_connected_with_its_secret_shown_once(site: Site) {
        let token = token(&site).await;
        let new = json!({ "name": "bakery", "kind": "custom", "accept_test_orders": true });
        let added = post(&site, &token, STORES, new.clone()).await;
        assert_eq!(added.status, 201, "{}", added.body);
        let added = added.json();
        let secret = added["webhook_secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_"));
        let hand_off = added["hand_off_secret"].as_str().unwrap();
        assert!(hand_off.starts_with("stoa_hs_"));
        let store = &added["store"];
        assert_eq!((&store["name"], &store["kind"]), (&json!("bakery"), &json!("custom")));
        assert_eq!((&store["accept_test_orders"], &store["has_api"]), (&json!(true), &json!(false)));
        assert_eq!(store["webhook_address"], "https://courses.test/webhooks/bakery");
        let path = format!("{STORES}/{}", store["id"].as_str().unwrap());
        let shown = ask(&site, &token, "GET", &path, None).await;
        assert_eq!(&shown.json(), store);
        let listed = ask(&site, &token, "GET", STORES, None).await;
        let audit = ask(&site, &token, "GET", "/api/admin/audit", None).await;
        for answer in [&shown, &listed, &audit] {
            assert!(!answer.body.contains(secret.trim_start_matches("whsec_")), "{}", answer.body);
            assert!(!answer.body.contains(hand_off), "{}", answer.body);
        }
        let again = post(&site, &token, STORES, new).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str(), again.field().as_str()), (409, "name_taken", "name"));
        let given = json!({ "name": "other", "kind": "custom", "webhook_secret": secret });
        assert_eq!(post(&site, &token, STORES, given).await.json()["webhook_secret"], Value::Null);
    }

    async fn what_no_store_can_be_is_refused_by_its_name_and_nothing_is_kept(site: Site) {
        let token = token(&site).await;
        let woo = WooShop::open(&site.shop.clock).await;
        let good = json!({ "name": "woo", "kind": "woocommerce", "api": credentials(&woo) });
        let with = |path: &str, value: Value| {
            let mut body = good.clone();
            *body.pointer_mut(path).unwrap() = value;
            body
        };
        for (body, field) in [
            (with("/name", json!("Woo")), "name"),
            (with("/kind", json!("magento")), "kind"),
            (with("/kind", json!("custom")), "api"),
            (with("/api/address", json!("http://shop.example.com")), "api.address"),
            (with("/api/key", json!("nothing")), "api.key"),
            (with("/api/secret", json!("nothing")), "api.secret"),
            (with("/api", json!({ "address": woo.address })), "api.secret"),
            (with("/api", json!(null)), "api"),
            (json!({ "name": "woo", "kind": "custom", "webhook_secret": "short" }), "webhook_secret"),
            (json!({ "name": "woo", "kind": "custom", "colour": "red" }), "colour"),
        ] {
            let refused = post(&site, &token, STORES, body).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid_body"), "{field}");
            assert_eq!(refused.field(), field);
        }
        let listed = ask(&site, &token, "GET", STORES, None).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(woo.take_asked(), [""; 0]);
    }

    async fn a_store_s_api_is_set_and_forgotten(site: Site) {
        let token = token(&site).await;
        let woo = WooShop::open(&site.shop.clock).await;
        let store = connect(&site, &token, &woo).await;
        let shown = ask(&site, &token, "GET", &store, None).await.json();
        assert_eq!(shown["has_api"], true);
        let never_read = json!({
            "watermark": null, "synced_at": null, "error": null, "next_sync_at": site.shop.now(), "webhooks": null,
            "webhooks_checked_at": null, "webhooks_restored_at": null
        });
        assert_eq!(shown["sync"], never_read);
        let api = format!("{store}/api");
        for _ in 0..2 {
            assert_eq!(ask(&site, &token, "DELETE", &api, None).await.status, 204);
        }
        let shown = ask(&site, &token, "GET", &store, None).await.json();
        assert_eq!((&shown["has_api"], &shown["sync"]), (&json!(false), &Value::Null));
        let wrong = json!({ "address": woo.address, "key": "ck", "secret": SECRET });
        let refused = ask(&site, &token, "PUT", &api, Some(wrong)).await;
        assert_eq!((refused.problem().as_str(), refused.field().as_str()), ("invalid_body", "key"));
        let set = ask(&site, &token, "PUT", &api, Some(credentials(&woo))).await;
        assert_eq!((set.status.as_u16(), &set.json()["has_api"]), (200, &json!(true)));
        assert!(!set.body.contains(SECRET) && !set.body.contains(KEY), "{}", set.body);
        let nowhere = format!("{NOWHERE}/api");
        assert_eq!(ask(&site, &token, "PUT", &nowhere, Some(credentials(&woo))).await.problem(), "not_found");
        assert_eq!(ask(&site, &token, "DELETE", &nowhere, None).await.problem(), "not_found");
        assert_eq!(ask(&site, &token, "GET", NOWHERE, None).await.problem(), "not_found");
    }

    async fn a_store_is_tried_and_its_webhooks_are_mended(site: Site) {
        let token = token(&site).await;
        let woo = WooShop::open(&site.shop.clock).await;
        let store = connect(&site, &token, &woo).await;
        assert_eq!(findings(&site, &token, &store).await, ["webhooks_missing"]);
        let repair = format!("{store}/repair-webhooks");
        let repaired = post(&site, &token, &repair, json!({})).await.json();
        let restored = repaired["restored"].as_array().unwrap();
        assert!(restored.contains(&json!("order.updated")), "{repaired}");
        assert_eq!(woo.webhooks().len(), restored.len());
        assert_eq!(findings(&site, &token, &store).await, [""; 0]);
        assert_eq!(post(&site, &token, &repair, json!({})).await.json(), json!({ "restored": [] }));
        let sync = ask(&site, &token, "GET", &store, None).await.json()["sync"].clone();
        assert_eq!((&sync["webhooks"], &sync["webhooks_restored_at"]), (&json!("active"), &json!(site.shop.now())));
        woo.change_webhooks("status", &json!("disabled"));
        assert_eq!(findings(&site, &token, &store).await, ["webhooks_disabled"]);

        woo.set_mood(Mood::Refuses);
        assert_eq!(findings(&site, &token, &store).await, ["api_failed"]);
        let failed = post(&site, &token, &repair, json!({})).await;
        assert_eq!((failed.status.as_u16(), failed.problem().as_str()), (502, "store_failed"));
        assert!(!failed.body.contains(&woo.address), "{}", failed.body);
        ask(&site, &token, "DELETE", &format!("{store}/api"), None).await;
        assert_eq!(findings(&site, &token, &store).await, ["no_credentials"]);
        for (what, body) in [("repair-webhooks", json!({})), ("sync", json!({}))] {
            let refused = post(&site, &token, &format!("{store}/{what}"), body).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "no_api"), "{what}");
        }
        for what in ["test", "repair-webhooks", "sync"] {
            let nowhere = format!("{NOWHERE}/{what}");
            assert_eq!(post(&site, &token, &nowhere, json!({})).await.problem(), "not_found");
            let odd = post(&site, &token, &format!("{store}/{what}"), json!({ "colour": 1 })).await;
            assert_eq!((odd.problem().as_str(), odd.field().as_str()), ("invalid_body", "colour"));
        }
    }

    async fn a_store_is_read_as_a_job_from_a_time_on(site: Site) {
        let token = token(&site).await;
        let woo = WooShop::open(&site.shop.clock).await;
        let store = connect(&site, &token, &woo).await;
        woo.sell(7, "ada@example.com", &["WATER"]);
        woo.offer(70, "Watercolour", "WATER");
        site.shop.clock.pass_days(90);
        woo.take_asked();
        let sync = format!("{store}/sync");
        let queue = async |body: Value| {
            let queued = post(&site, &token, &sync, body).await;
            assert_eq!(queued.status, 202, "{}", queued.body);
            let job = queued.json()["job_id"].clone();
            let jobs = ask(&site, &token, "GET", "/api/admin/jobs", None).await.json();
            let listed = jobs["items"].as_array().unwrap().iter().find(|listed| listed["id"] == job);
            let kind = listed.unwrap()["kind"].as_str().unwrap().to_owned();
            site.shop.app.work_until_idle().await.unwrap();
            kind
        };
        // By itself it would not read as far back.
        assert_eq!(queue(json!({})).await, "sync_store");
        let watermark = async || ask(&site, &token, "GET", &store, None).await.json()["sync"]["watermark"].clone();
        let read_at = site.shop.now();
        assert_eq!(watermark().await, json!(read_at));
        assert!(!woo.take_asked().iter().any(|asked| asked.contains("/products")));
        let orders = async || {
            let listed = ask(&site, &token, "GET", "/api/admin/orders?store=woo", None).await.json();
            listed["items"].as_array().unwrap().len()
        };
        assert_eq!(orders().await, 0);
        let since = json!({ "since": testkit::shop::OPENING.plus_seconds(-60).to_string(), "deep": true });
        assert_eq!(queue(since).await, "sync_store_deeply");
        assert_eq!(orders().await, 1);
        assert!(woo.take_asked().iter().any(|asked| asked.contains("/products")));

        // What lies between the watermark and a later beginning is not called known.
        site.shop.clock.pass_days(2);
        let late = json!({ "since": site.shop.now() });
        site.shop.clock.pass_seconds(60);
        queue(late).await;
        assert_eq!(watermark().await, json!(read_at));
        queue(json!({})).await;
        assert_eq!(watermark().await, json!(site.shop.now()));
        let refused = post(&site, &token, &sync, json!({ "since": "yesterday" })).await;
        assert_eq!((refused.problem().as_str(), refused.field().as_str()), ("invalid_body", "since"));
    }

    async fn orders_and_store_items_are_listed_by_the_name_of_a_store_or_its_id(site: Site) {
        let token = token(&site).await;
        site.buy("1001", "ada@example.com", "NEW").await;
        for list in ["orders", "store-items"] {
            for store in ["shop".to_owned(), site.shop.store.to_string()] {
                let path = format!("/api/admin/{list}?store={store}");
                let listed = ask(&site, &token, "GET", &path, None).await.json();
                assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{path}");
            }
            let path = format!("/api/admin/{list}?store=sto_01ARZ3NDEKTSV4RRFFQ69G5FAV");
            let refused = ask(&site, &token, "GET", &path, None).await;
            assert_eq!((refused.problem().as_str(), refused.field().as_str()), ("no_such_store", "store"));
        }
    }
}
