//! Products, bundles and store items over HTTP.

use serde_json::{Value, json};

use crate::contents::{ask, token};
use crate::site::{Answer, Site, on_both_engines};

const PRODUCTS: &str = "/api/admin/products";
const ITEMS: &str = "/api/admin/store-items";
const MISSING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn make(site: &Site, token: &str, title: &str) -> String {
    let made = ask(
        site,
        token,
        "POST",
        PRODUCTS,
        Some(json!({ "title": title })),
    )
    .await;
    assert_eq!(made.status, 201);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Reads the job that a change names, and works it off.
async fn work(site: &Site, changed: &Answer) {
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert!(
        changed.json()["job_id"]
            .as_str()
            .unwrap()
            .starts_with("job_")
    );
    site.shop.app.work_until_idle().await.unwrap();
}

async fn until(site: &Site, session: &str, course: &str) -> Option<String> {
    let opened = site.get(&format!("/api/courses/{course}"), session).await;
    if opened.status != 200 {
        return None;
    }
    Some(opened.json()["access"]["until"].to_string())
}

fn field(answer: &Answer) -> String {
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    problem["field"].as_str().unwrap_or_default().to_owned()
}

on_both_engines! {
    async fn example_18_a_change_from_thirty_days_to_for_ever_and_back_reaches_who_bought_before(site: Site) {
        let token = token(&site).await;
        let new = json!({ "title": "A month", "access_days": 30 });
        let product = ask(&site, &token, "POST", PRODUCTS, Some(new)).await.json();
        let id: domain::ProductId = product["id"].as_str().unwrap().parse().unwrap();
        let course = site.shop.stock(id, "MONTH", 1).await.course.to_string();
        site.shop.map("MONTH", id).await;
        site.buy("1", "ada@example.com", "MONTH").await;
        let session = site.shop.sign_in("ada@example.com").await;
        let thirty = until(&site, &session, &course).await.unwrap();
        assert!(thirty.starts_with("\"20"), "{thirty}");
        site.shop.clock.pass_days(31);
        let session = site.shop.sign_in("ada@example.com").await;
        assert_eq!(until(&site, &session, &course).await, None);
        let path = format!("{PRODUCTS}/{id}");
        for (days, expected) in [
            (Value::Null, Some("null".to_owned())),
            (json!(30), None),
            (json!(60), Some("60 days".to_owned())),
            (Value::Null, Some("null".to_owned())),
        ] {
            let changed = ask(&site, &token, "PATCH", &path, Some(json!({ "access_days": days }))).await;
            work(&site, &changed).await;
            assert_eq!(changed.json()["product"]["access_days"], days);
            let found = until(&site, &session, &course).await;
            let found = found.map(|until| if until == "null" { until } else { "60 days".to_owned() });
            assert_eq!(found, expected, "{days}");
        }
        let same = ask(&site, &token, "PATCH", &path, Some(json!({ "access_days": null }))).await;
        assert_eq!(same.json()["job_id"], Value::Null, "it touches nobody");
        let named = ask(&site, &token, "PATCH", &path, Some(json!({ "title": "For good" }))).await.json();
        assert_eq!((&named["product"]["title"], &named["job_id"]), (&json!("For good"), &Value::Null));
    }

    async fn products_are_listed_page_by_page_and_shown_with_what_is_around_them(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let bundle = make(&site, &token, "Everything").await;
        let part = format!("{PRODUCTS}/{bundle}/parts/{}", sold.product);
        work(&site, &ask(&site, &token, "PUT", &part, None).await).await;
        let mut seen = Vec::new();
        let mut path = format!("{PRODUCTS}?limit=1");
        loop {
            let page = ask(&site, &token, "GET", &path, None).await.json();
            assert_eq!(page["items"].as_array().unwrap().len(), 1);
            seen.push(page["items"][0]["id"].as_str().unwrap().to_owned());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{PRODUCTS}?limit=1&cursor={next}");
        }
        let mut expected = vec![bundle.clone(), sold.product.to_string()];
        expected.sort();
        assert_eq!(seen, expected);
        let shown = ask(&site, &token, "GET", &format!("{PRODUCTS}/{bundle}"), None).await.json();
        assert_eq!(shown["is_video_course"], true);
        assert_eq!(shown["parts"][0]["id"], json!(sold.product));
        let shown = ask(&site, &token, "GET", &format!("{PRODUCTS}/{}", sold.product), None).await.json();
        assert_eq!(shown["courses"][0]["id"], json!(sold.course));
        assert_eq!(shown["files"][0]["id"], json!(sold.file));
        assert_eq!(shown["bundles"][0]["id"], json!(bundle));
        assert_eq!(shown["store_items"][0]["sku"], "OILS");
        assert_eq!(shown["store_items"][0]["state"], "mapped");
    }

    async fn a_bundle_never_contains_itself_and_says_who_loses_what_goes(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let inner = make(&site, &token, "Inner").await;
        let outer = make(&site, &token, "Outer").await;
        let part = |bundle: &str, part: &str| format!("{PRODUCTS}/{bundle}/parts/{part}");
        let oils = part(&inner, &sold.product.to_string());
        work(&site, &ask(&site, &token, "PUT", &oils, None).await).await;
        work(&site, &ask(&site, &token, "PUT", &part(&outer, &inner), None).await).await;
        let again = ask(&site, &token, "PUT", &oils, None).await;
        assert_eq!((again.status.as_u16(), &again.json()["job_id"]), (200, &Value::Null));
        for (bundle, part_of) in [(&inner, &outer), (&inner, &inner), (&sold.product.to_string(), &outer)] {
            let refused = ask(&site, &token, "PUT", &part(bundle, part_of), None).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "contains_itself"));
            assert_eq!(field(&refused), "part_id");
        }
        site.shop.map("ALL", outer.parse().unwrap()).await;
        site.buy("1", "ada@example.com", "ALL").await;
        let effects = ask(&site, &token, "GET", &format!("{oils}/effects"), None).await.json();
        assert_eq!(effects, json!({ "customers_with_access": 1, "courses": 1, "files": 1 }));
        for query in ["", "?customers_with_access=0", "?customers_with_access=2"] {
            let refused = ask(&site, &token, "DELETE", &format!("{oils}{query}"), None).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "confirmation_needed"));
            assert_eq!(field(&refused), "customers_with_access");
            let problem: Value = serde_json::from_str(&refused.body).unwrap();
            assert_eq!(problem["effects"], effects);
        }
        let session = site.shop.sign_in("ada@example.com").await;
        let course = sold.course.to_string();
        assert!(until(&site, &session, &course).await.is_some());
        work(&site, &ask(&site, &token, "DELETE", &format!("{oils}?customers_with_access=1"), None).await).await;
        assert_eq!(until(&site, &session, &course).await, None);
        let gone = ask(&site, &token, "DELETE", &format!("{oils}?customers_with_access=0"), None).await;
        assert_eq!(gone.problem(), "not_found");
    }

    async fn a_product_is_deleted_once_it_was_said_who_loses_it(site: Site) {
        let token = token(&site).await;
        let (course, session) = site.with_customer().await;
        let path = format!("{PRODUCTS}/{}", course.product);
        let effects = ask(&site, &token, "GET", &format!("{path}/effects"), None).await.json();
        assert_eq!(effects, json!({ "customers_with_access": 1, "courses": 1, "files": 1 }));
        assert_eq!(ask(&site, &token, "DELETE", &path, None).await.problem(), "confirmation_needed");
        work(&site, &ask(&site, &token, "DELETE", &format!("{path}?customers_with_access=1"), None).await).await;
        assert_eq!(site.get("/api/courses", &session).await.json()["items"], json!([]));
        assert_eq!(site.get("/api/downloads", &session).await.json()["items"], json!([]));
        for (method, path) in [
            ("GET", path.clone()),
            ("GET", format!("{path}/effects")),
            ("DELETE", format!("{path}?customers_with_access=0")),
            ("GET", format!("/api/admin/courses/{}", course.course)),
        ] {
            assert_eq!(ask(&site, &token, method, &path, None).await.problem(), "not_found", "{path}");
        }
        assert_eq!(ask(&site, &token, "PATCH", &path, Some(json!({}))).await.problem(), "not_found");
    }

    async fn store_items_are_mapped_ignored_and_heeded(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        site.buy("1", "ada@example.com", "SHIRT").await;
        site.shop.clock.pass_seconds(1);
        site.buy("2", "ada@example.com", "MUG").await;
        let list = async |query: &str| {
            let listed = ask(&site, &token, "GET", &format!("{ITEMS}?{query}"), None).await.json();
            let items = listed["items"].as_array().unwrap().clone();
            items.iter().map(|item| item["sku"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list("state=unmapped").await, ["SHIRT", "MUG"]);
        assert_eq!(list("state=mapped").await, ["OILS"]);
        assert_eq!(list(&format!("product={}", sold.product)).await, ["OILS"]);
        assert_eq!(list(&format!("store={}&limit=2", site.shop.store)).await.len(), 2);
        let unmapped = ask(&site, &token, "GET", &format!("{ITEMS}?state=unmapped&limit=1"), None).await.json();
        let shirt = &unmapped["items"][0];
        assert_eq!((&shirt["waiting_lines"], &shirt["product_id"]), (&json!(1), &Value::Null));
        assert_eq!(unmapped["next"], shirt["id"]);
        let path = format!("{ITEMS}/{}", shirt["id"].as_str().unwrap());
        for (method, part, body, state, product) in [
            ("PUT", "ignored", None, "ignored", Value::Null),
            ("DELETE", "ignored", None, "unmapped", Value::Null),
            ("PUT", "mapping", Some(json!({ "product_id": sold.product })), "mapped", json!(sold.product)),
            ("DELETE", "mapping", None, "unmapped", Value::Null),
        ] {
            let changed = ask(&site, &token, method, &format!("{path}/{part}"), body).await;
            work(&site, &changed).await;
            let item = &changed.json()["store_item"];
            assert_eq!((&item["state"], &item["product_id"]), (&json!(state), &product));
            let shown = ask(&site, &token, "GET", &path, None).await.json();
            assert_eq!(shown["waiting_lines"], json!(i32::from(state == "unmapped")), "{state}");
        }
        let pattern = json!({ "store_id": site.shop.store, "external_product_id": "book", "title": "The book" });
        let added = ask(&site, &token, "POST", ITEMS, Some(pattern.clone())).await;
        assert_eq!(added.status, 201);
        let added = added.json();
        assert_eq!((&added["external_product_id"], &added["sku"]), (&json!("book"), &Value::Null));
        assert_eq!(ask(&site, &token, "POST", ITEMS, Some(pattern)).await.json()["id"], added["id"]);
    }

    async fn what_is_wrong_is_refused_by_the_name_of_its_field(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let product = format!("{PRODUCTS}/{}", sold.product);
        let items = ask(&site, &token, "GET", ITEMS, None).await.json();
        let item = format!("{ITEMS}/{}/mapping", items["items"][0]["id"].as_str().unwrap());
        let store = site.shop.store;
        for (method, path, body, status, at) in [
            ("POST", PRODUCTS, json!({}), 422, "title"),
            ("POST", PRODUCTS, json!({ "title": " " }), 422, "title"),
            ("POST", PRODUCTS, json!({ "title": "x\ny" }), 422, "title"),
            ("POST", PRODUCTS, json!({ "title": "x", "access_days": 0 }), 422, "access_days"),
            ("POST", PRODUCTS, json!({ "title": "x", "access_days": 36_501 }), 422, "access_days"),
            ("POST", PRODUCTS, json!({ "title": "x", "access_days": -1 }), 422, "access_days"),
            ("POST", PRODUCTS, json!({ "title": "x", "access_days": 1.5 }), 422, "access_days"),
            ("POST", PRODUCTS, json!({ "title": "x", "access_days": "30" }), 422, "access_days"),
            ("POST", PRODUCTS, json!({ "title": "x", "is_video_course": true }), 422, "is_video_course"),
            ("PATCH", &product, json!({ "title": null }), 422, "title"),
            ("PATCH", &product, json!({ "access_days": 0 }), 422, "access_days"),
            ("PATCH", &product, json!({ "id": "x" }), 422, "id"),
            ("GET", &format!("{PRODUCTS}?limit=0"), json!({}), 422, "limit"),
            ("GET", &format!("{PRODUCTS}?limit=201"), json!({}), 422, "limit"),
            ("GET", &format!("{PRODUCTS}?cursor=crs_{MISSING}"), json!({}), 422, "cursor"),
            ("GET", &format!("{PRODUCTS}?page=1"), json!({}), 422, "page"),
            ("DELETE", &format!("{product}?customers_with_access=none"), json!({}), 422, "customers_with_access"),
            ("DELETE", &format!("{product}?force=true"), json!({}), 422, "force"),
            ("GET", &format!("{ITEMS}?state=lost"), json!({}), 422, "state"),
            ("GET", &format!("{ITEMS}?store=Shop"), json!({}), 422, "store"),
            ("POST", ITEMS, json!({ "store_id": store }), 422, "external_product_id"),
            ("POST", ITEMS, json!({ "store_id": store, "sku": "" }), 422, "sku"),
            ("POST", ITEMS, json!({ "store_id": store, "sku": "a\u{0}" }), 422, "sku"),
            ("POST", ITEMS, json!({ "store_id": format!("sto_{MISSING}"), "sku": "A" }), 422, "store_id"),
            ("PUT", &item, json!({}), 422, "product_id"),
            ("PUT", &item, json!({ "product_id": format!("prd_{MISSING}") }), 422, "product_id"),
            ("PUT", &item, json!({ "product_id": sold.course }), 422, "product_id"),
            ("PUT", &item, json!({ "product_id": sold.product, "since": "now" }), 422, "since"),
        ] {
            let body = (method != "GET").then_some(body);
            let answer = ask(&site, &token, method, path, body.clone()).await;
            answer.problem();
            assert_eq!((answer.status.as_u16(), field(&answer).as_str()), (status, at), "{method} {path} {body:?}");
        }
        for (method, path) in [
            ("GET", format!("{PRODUCTS}/prd_{MISSING}")),
            ("PUT", format!("{product}/parts/prd_{MISSING}")),
            ("PUT", format!("{PRODUCTS}/prd_{MISSING}/parts/{}", sold.product)),
            ("PUT", format!("{product}/parts/{}", sold.course)),
            ("GET", format!("{product}/parts/{}/effects", sold.product)),
            ("GET", format!("{ITEMS}/itm_{MISSING}")),
            ("DELETE", format!("{ITEMS}/itm_{MISSING}/mapping")),
            ("PUT", format!("{ITEMS}/itm_{MISSING}/ignored")),
            ("DELETE", format!("{ITEMS}/x/ignored")),
        ] {
            assert_eq!(ask(&site, &token, method, &path, None).await.problem(), "not_found", "{path}");
        }
    }
}
