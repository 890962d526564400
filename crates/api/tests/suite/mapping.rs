//! SKU rules, suggestions and the list of what was paid for, over HTTP.

use serde_json::{Value, json};

use crate::contents::{ask, token};
use crate::site::{Answer, Site, on_both_engines};

const RULES: &str = "/api/admin/sku-rules";
const ITEMS: &str = "/api/admin/store-items";
const MISSING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Checks that it was refused so, by the name of this field.
fn refused(answer: &Answer, status: u16, code: &str, field: Option<&str>) {
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    let said = (answer.status.as_u16(), problem["code"].as_str().unwrap());
    assert_eq!(said, (status, code), "{}", answer.body);
    assert_eq!(problem["field"].as_str(), field, "{}", answer.body);
}

async fn list(site: &Site, token: &str, path: &str) -> Value {
    let listed = ask(site, token, "GET", path, None).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    listed.json()
}

on_both_engines! {
    async fn a_rule_is_tried_made_listed_and_deleted(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        site.buy("1", "ada@example.com", "WATER-1").await;
        let new = json!({ "store_id": site.shop.store, "pattern": "WATER-*", "product_id": sold.product });
        let dry = ask(&site, &token, "POST", &format!("{RULES}?dry_run=true"), Some(new.clone())).await;
        assert_eq!(dry.status, 200, "{}", dry.body);
        let dry = dry.json();
        assert_eq!((&dry["rule"], &dry["mapped"], &dry["job_id"]), (&Value::Null, &json!(1), &Value::Null));
        assert_eq!((&dry["items"][0]["sku"], &dry["items"][0]["waiting_lines"]), (&json!("WATER-1"), &json!(1)));
        assert_eq!(list(&site, &token, RULES).await, json!({ "items": [], "next": null }));
        let made = ask(&site, &token, "POST", RULES, Some(new.clone())).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json();
        assert_eq!((&made["mapped"], &made["items"]), (&dry["mapped"], &dry["items"]));
        assert!(made["job_id"].as_str().unwrap().starts_with("job_"));
        let rule = json!({
            "id": made["rule"]["id"], "store_id": site.shop.store, "pattern": "WATER-*", "product_id": sold.product,
            "is_passed_over": false, "created_at": site.shop.now(),
        });
        assert_eq!(made["rule"], rule);
        site.shop.app.work_until_idle().await.unwrap();
        let session = site.shop.sign_in("ada@example.com").await;
        assert_eq!(site.get(&format!("/api/courses/{}", sold.course), &session).await.status, 200);
        refused(&ask(&site, &token, "POST", RULES, Some(new)).await, 409, "rule_exists", Some("pattern"));
        site.shop.clock.pass_seconds(1);
        let all = json!({ "pattern": "WATER-*", "product_id": sold.product });
        let all = ask(&site, &token, "POST", RULES, Some(all)).await.json()["rule"].clone();
        assert_eq!(all["store_id"], Value::Null);
        let first = list(&site, &token, &format!("{RULES}?limit=1&store={}", site.shop.store)).await;
        assert_eq!(first["items"], json!([rule]));
        let next = format!("{RULES}?limit=1&cursor={}", first["next"].as_str().unwrap());
        assert_eq!(list(&site, &token, &next).await, json!({ "items": [all], "next": null }));
        let elsewhere = format!("{RULES}?store=sto_{MISSING}");
        assert_eq!(list(&site, &token, &elsewhere).await["items"], json!([all]));
        let path = format!("{RULES}/{}", rule["id"].as_str().unwrap());
        assert_eq!(ask(&site, &token, "DELETE", &path, None).await.status, 204);
        refused(&ask(&site, &token, "DELETE", &path, None).await, 404, "not_found", None);
    }

    async fn a_suggestion_is_confirmed_as_it_was_seen(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let mut order = site.shop.paid_order("1", "ada@example.com", &["O-1"]);
        order["data"]["lines"][0]["title"] = json!("product  OILS");
        site.shop.tell(&order).await;
        let found = list(&site, &token, &format!("{ITEMS}?state=unmapped")).await;
        let item = &found["items"][0];
        assert_eq!((&item["suggestion"], &item["product_id"]), (&json!(sold.product), &Value::Null));
        let path = format!("{ITEMS}/{}/confirm", item["id"].as_str().unwrap());
        let other = json!({ "product_id": format!("prd_{MISSING}") });
        let answer = ask(&site, &token, "POST", &path, Some(other)).await;
        refused(&answer, 409, "suggestion_changed", Some("product_id"));
        let seen = json!({ "product_id": sold.product });
        let confirmed = ask(&site, &token, "POST", &path, Some(seen.clone())).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        let changed = confirmed.json();
        assert!(changed["job_id"].as_str().unwrap().starts_with("job_"));
        assert_eq!((&changed["store_item"]["state"], &changed["store_item"]["suggestion"]), (&json!("mapped"), &Value::Null));
        let again = ask(&site, &token, "POST", &path, Some(seen.clone())).await.json();
        assert_eq!(again["job_id"], Value::Null);
        let missing = format!("{ITEMS}/itm_{MISSING}/confirm");
        refused(&ask(&site, &token, "POST", &missing, Some(seen)).await, 404, "not_found", None);
    }

    async fn what_was_paid_for_and_is_unmapped_is_one_list(site: Site) {
        let token = token(&site).await;
        let begin = site.shop.now();
        for (number, email, sku) in [
            ("1", "ada@example.com", "FEW"),
            ("2", "ada@example.com", "MANY"),
            ("3", "eve@example.com", "MANY"),
        ] {
            site.buy(number, email, sku).await;
        }
        let unpaid = json!({ "store_id": site.shop.store, "sku": "UNPAID" });
        assert_eq!(ask(&site, &token, "POST", ITEMS, Some(unpaid)).await.status, 201);
        let query = format!("{ITEMS}?state=unmapped&paid=true&limit=1");
        let first = list(&site, &token, &query).await;
        let many = &first["items"][0];
        assert_eq!(many["sku"], "MANY");
        let waiting = json!([many["waiting_lines"], many["waiting_customers"], many["waiting_since"]]);
        assert_eq!(waiting, json!([2, 2, begin]));
        let next = first["next"].as_str().unwrap();
        let second = list(&site, &token, &format!("{query}&cursor={next}")).await;
        assert_eq!((&second["items"][0]["sku"], &second["next"]), (&json!("FEW"), &Value::Null));
        let all = list(&site, &token, &format!("{ITEMS}?state=unmapped&paid=false")).await;
        let unpaid = all["items"].as_array().unwrap().iter().find(|item| item["sku"] == "UNPAID");
        assert_eq!(unpaid.unwrap()["waiting_since"], Value::Null);
        let of_other_list = [format!("{ITEMS}?cursor={next}"), format!("{ITEMS}?paid=true&cursor=itm_{MISSING}")];
        for path in of_other_list {
            refused(&ask(&site, &token, "GET", &path, None).await, 422, "invalid_query", Some("cursor"));
        }
    }

    async fn what_is_wrong_with_a_rule_is_refused_by_the_name_of_its_field(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let rule = |pattern: &str| json!({ "pattern": pattern, "product_id": sold.product });
        for (path, body, code, field) in [
            (RULES, rule(""), "invalid_body", "pattern"),
            (RULES, rule("*"), "invalid_body", "pattern"),
            (RULES, rule("A*B"), "invalid_body", "pattern"),
            (RULES, rule("A\u{0}"), "invalid_body", "pattern"),
            (RULES, json!({ "pattern": "A" }), "invalid_body", "product_id"),
            (RULES, json!({ "pattern": "A", "product_id": format!("prd_{MISSING}") }), "no_such_product", "product_id"),
            (RULES, json!({ "store_id": format!("sto_{MISSING}"), "pattern": "A", "product_id": sold.product }),
                "no_such_store", "store_id"),
            (RULES, json!({ "pattern": "A", "product_id": sold.product, "until": 1 }), "invalid_body", "until"),
            ("/api/admin/sku-rules?dry_run=yes", rule("A"), "invalid_query", "dry_run"),
            ("/api/admin/sku-rules?run=dry", rule("A"), "invalid_query", "run"),
        ] {
            refused(&ask(&site, &token, "POST", path, Some(body)).await, 422, code, Some(field));
        }
        for (query, field) in [("limit=0", "limit"), ("cursor=itm_1", "cursor"), ("store=shop", "store"), ("page=1", "page")] {
            let answer = ask(&site, &token, "GET", &format!("{RULES}?{query}"), None).await;
            refused(&answer, 422, "invalid_query", Some(field));
        }
        let answer = ask(&site, &token, "GET", &format!("{ITEMS}?paid=yes"), None).await;
        refused(&answer, 422, "invalid_query", Some("paid"));
        for (method, path) in [("GET", RULES.to_owned()), ("POST", RULES.to_owned()), ("DELETE", format!("{RULES}/skr_{MISSING}"))] {
            let answer = ask(&site, "no token", method, &path, Some(rule("A"))).await;
            refused(&answer, 401, "not_authorized", None);
        }
        assert_eq!(list(&site, &token, RULES).await["items"], json!([]), "nothing was made");
    }
}
