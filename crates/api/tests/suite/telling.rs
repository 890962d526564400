//! What an administrator is told over HTTP: why, what a refund would take away, and who paid and has no access.

use serde_json::{Value, json};

use crate::contents::{ask, token};
use crate::site::{Answer, Site, on_both_engines};

const ADA: &str = "ada@example.com";

async fn get(site: &Site, token: &str, path: &str) -> Answer {
    let answer = ask(site, token, "GET", path, None).await;
    assert!(!answer.body.contains('@'), "an address: {}", answer.body);
    answer
}

async fn find(site: &Site, token: &str, email: &str) -> String {
    let body = Some(json!({ "email": email }));
    let found = ask(site, token, "POST", "/api/admin/customers/find", body).await;
    found.json()["id"].as_str().unwrap().to_owned()
}

async fn order(site: &Site, token: &str, number: &str) -> String {
    let path = format!("/api/admin/orders?store=shop&external_id={number}");
    let found = get(site, token, &path).await.json();
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

async fn metrics(site: &Site, token: &str) -> String {
    ask(site, token, "GET", "/metrics", None).await.body
}

fn must_say(metrics: &str, line: &str) {
    assert!(
        metrics.lines().any(|told| told == line),
        "{line} in {metrics}"
    );
}

on_both_engines! {
    async fn why_is_answered_in_full(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        let customer = find(&site, &token, " Ada@Example.com ").await;
        let path = format!("/api/admin/access/why?customer={customer}&content={}", course.course);
        let mut open = get(&site, &token, &path).await.json();
        let grant = open["grants"][0].take();
        let order = order(&site, &token, "1001").await;
        let line = json!({
            "order": { "id": order, "store": "shop", "external_id": "1001" }, "id": "1", "title": "WATERCOLOUR"
        });
        assert_eq!(grant["line"], line);
        let caused = &grant["caused_by"];
        assert_eq!(caused["actor"], json!(site.shop.store));
        assert!(caused["delivery_id"].as_str().unwrap().starts_with("dlv_"));
        assert_eq!((&grant["standing"], &grant["rule"]), (&json!("live"), &Value::Null));
        let expected = json!({
            "customer_id": customer, "merged_from": null, "content": course.course, "title": "Course WATERCOLOUR",
            "published_at": site.shop.now(), "allowed": true, "until": null, "reason": "open",
            "sentence": "Open without end, by order 1001 (WATERCOLOUR).", "grants": [null], "blocks": [],
            "closed_lines": [], "failed_deliveries": [], "mending": []
        });
        assert_eq!(open, expected);

        let revoke = json!({ "customer": { "id": customer }, "content": course.course, "reason": "shared" });
        let revoked = site.administer("/api/admin/access/revoke", &token, &revoke).await.json();
        let closed = get(&site, &token, &path).await.json();
        assert_eq!((&closed["allowed"], &closed["reason"]), (&json!(false), &json!("blocked")));
        let block = &revoked["block_id"];
        let words = format!("Lift the block {}.", block.as_str().unwrap());
        assert_eq!(closed["mending"], json!([{ "kind": "lift_block", "target": block, "words": words }]));
        assert_eq!((&closed["blocks"][0]["id"], &closed["blocks"][0]["reason"]), (block, &json!("shared")));
        assert_eq!(closed["grants"][0]["rule"]["section"], "4.2");
        let actor = closed["grants"][0]["ended_by"]["actor"].as_str().unwrap();
        assert!(actor.starts_with("tok_"), "{actor}");
    }

    async fn questions_about_access_are_refused_by_what_is_wrong_with_them(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        let customer = find(&site, &token, ADA).await;
        let nobody = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let nothing = "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for (query, status, code, field) in [
            (format!("customer={customer}"), 422, "invalid_query", "content"),
            (format!("content={}", course.course), 422, "invalid_query", "customer"),
            (format!("customer=ada&content={}", course.course), 422, "invalid_query", "customer"),
            (format!("customer={customer}&content={}", course.product), 422, "invalid_query", "content"),
            (format!("customer={customer}&content={}&at=now", course.course), 422, "invalid_query", "at"),
            (format!("customer={nobody}&content={}", course.course), 404, "no_such_customer", "customer"),
            (format!("customer={customer}&content={nothing}"), 404, "no_such_content", "content"),
        ] {
            let answer = get(&site, &token, &format!("/api/admin/access/why?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, code), "{query}");
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(problem["field"], field, "{query}");
        }
        let unknown = Some(json!({ "email": "nobody@example.com" }));
        let answer = ask(&site, &token, "POST", "/api/admin/customers/find", unknown).await;
        assert_eq!(answer.problem(), "no_such_customer");
        for body in [json!({}), json!({ "email": "x" }), json!({ "email": ADA, "name": "Ada" })] {
            let answer = ask(&site, &token, "POST", "/api/admin/customers/find", Some(body)).await;
            assert_eq!(answer.problem(), "invalid_body");
        }
    }

    async fn a_refund_is_foretold(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        site.buy("1002", ADA, "WATERCOLOUR").await;
        let id = order(&site, &token, "1001").await;
        let path = format!("/api/admin/orders/{id}/refund-preview");
        let told = get(&site, &token, &path).await.json();
        assert_eq!((&told["loses"], &told["unaffected_reason"]), (&json!([]), &json!("kept_by_others")));
        assert_eq!(told["lines"], json!([{ "line_id": "1", "quantity": 1 }]));
        let kept = &told["keeps"][0];
        assert_eq!((&kept["content"], &kept["by"][0]["order"]["external_id"]), (&json!(course.course), &json!("1002")));
        let mut cancelled = site.shop.paid_order("1002", ADA, &["WATERCOLOUR"]);
        site.shop.clock.pass_seconds(10);
        cancelled["timestamp"] = json!(site.shop.now());
        cancelled["data"]["status"] = json!("cancelled");
        site.shop.tell(&cancelled).await;
        let told = get(&site, &token, &format!("{path}?lines=1*1")).await.json();
        let lost: Vec<&Value> = told["loses"].as_array().unwrap().iter().map(|lost| &lost["content"]).collect();
        assert_eq!(lost, [&json!(course.course), &json!(course.file)]);
        assert_eq!((&told["keeps"], &told["unaffected_reason"]), (&json!([]), &Value::Null));
        for query in ["lines=7", "lines=1&lines=1", "lines=1*2", "lines=1*0", "lines=", "line=1", "lines=1&x=1"] {
            let answer = get(&site, &token, &format!("{path}?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid_query"), "{query}");
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            let field = problem["field"].as_str().unwrap();
            assert!(query.contains(field), "{query}: {problem}");
        }
        let nowhere = "/api/admin/orders/ord_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for path in [nowhere.to_owned(), format!("{nowhere}/refund-preview")] {
            assert_eq!(get(&site, &token, &path).await.problem(), "no_such_order");
        }
    }

    async fn orders_are_found_and_shown(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        site.shop.clock.pass_seconds(1);
        site.buy("1002", ADA, "UNKNOWN").await;
        let customer = find(&site, &token, ADA).await;
        let first = get(&site, &token, &format!("/api/admin/orders?customer={customer}&limit=1")).await.json();
        assert_eq!(first["items"][0]["external_id"], "1002");
        let cursor = first["next"].as_str().unwrap();
        let second = format!("/api/admin/orders?customer={customer}&limit=1&cursor={cursor}");
        let second = get(&site, &token, &second).await.json();
        assert_eq!((&second["items"][0]["external_id"], &second["next"]), (&json!("1001"), &Value::Null));
        let id = order(&site, &token, "1001").await;
        let shown = get(&site, &token, &format!("/api/admin/orders/{id}")).await.json();
        assert_eq!((&shown["status"], &shown["customer_id"]), (&json!("paid"), &json!(customer)));
        assert_eq!((&shown["lines"][0]["pays"], &shown["lines"][0]["product_id"]), (&json!(true), &json!(course.product)));
        assert_eq!(shown["grants"].as_array().unwrap().len(), 2);
        for (query, field) in [
            ("", "customer"), ("external_id=1", "store"), ("store=shop&limit=0", "limit"), ("store=Shop", "store"),
            ("store=shop&cursor=x", "cursor"), ("store=shop&status=paid", "status"),
            (&format!("store=shop&customer={customer}"), "store"),
        ] {
            let answer = get(&site, &token, &format!("/api/admin/orders?{query}")).await;
            assert_eq!(answer.problem(), "invalid_query", "{query}");
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(problem["field"], field, "{query}");
        }
        assert_eq!(get(&site, &token, "/api/admin/orders?store=elsewhere").await.problem(), "no_such_store");
        let nobody = get(&site, &token, "/api/admin/orders?customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
        assert_eq!((nobody.status.as_u16(), nobody.problem().as_str()), (404, "no_such_customer"));
        assert_eq!(nobody.field(), "customer");
        let shown = get(&site, &token, &format!("/api/admin/orders/{id}?x=1")).await;
        assert_eq!(shown.problem(), "invalid_query");
    }

    async fn who_is_locked_out_is_one_figure_here_and_there(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        let none = get(&site, &token, "/api/admin/overview").await.json();
        let expected = json!({
            "paying_customers_without_access": 0, "never_signed_in": 0,
            "by_cause": {
                "unmapped_item": 0, "empty_product": 0, "blocked": 0, "no_owner": 0, "no_payment_time": 0,
                "not_published": 0, "failed_delivery": 0, "failed_job": 0
            },
            "deliveries": { "queued": 0, "working": 0, "dead": 0 }, "jobs": { "queued": 0, "working": 0, "dead": 0 },
            "mails": { "queued": 0, "waiting": 1, "failed": 0 }
        });
        assert_eq!(none, expected);
        must_say(&metrics(&site, &token).await, "stoa_paying_customers_without_access 0");

        site.buy("1002", ADA, "UNKNOWN").await;
        let odd = json!({ "type": "order.updated", "timestamp": site.shop.now(), "data": { "error": "not found" } });
        site.shop.tell(&odd).await;
        let overview = get(&site, &token, "/api/admin/overview").await.json();
        assert_eq!(overview["paying_customers_without_access"], 2);
        let told = metrics(&site, &token).await;
        must_say(&told, "stoa_paying_customers_without_access 2");
        must_say(&told, "stoa_paying_customers_without_access_by_cause{cause=\"unmapped_item\"} 1");
        must_say(&told, "stoa_paying_customers_without_access_by_cause{cause=\"blocked\"} 0");
        must_say(&told, "stoa_deliveries{state=\"dead\"} 1");
        must_say(&told, "stoa_jobs{state=\"queued\"} 0");

        let mut page = get(&site, &token, "/api/admin/access/gaps?limit=1").await.json();
        let customer = find(&site, &token, ADA).await;
        let order = order(&site, &token, "1002").await;
        let gap = json!({
            "cause": "unmapped_item", "customer_id": customer,
            "order": { "id": order, "store": "shop", "external_id": "1002" }, "line_id": "1", "line_title": "UNKNOWN",
            "item": { "product_id": null, "variant_id": null, "sku": "UNKNOWN" }, "content": null,
            "delivery_id": null, "job_id": null, "error": null, "since": site.shop.now(),
            "mending": {
                "kind": "map_item", "target": "shop", "words": "Map the item SKU UNKNOWN of the store shop to a product."
            }
        });
        assert_eq!(page["items"].take(), json!([gap]));
        let cursor = page["next"].as_str().unwrap();
        let page = get(&site, &token, &format!("/api/admin/access/gaps?cursor={cursor}")).await.json();
        assert_eq!((&page["items"][0]["cause"], &page["next"]), (&json!("failed_delivery"), &Value::Null));
        let delivery = page["items"][0]["delivery_id"].as_str().unwrap();

        site.shop.map("UNKNOWN", course.product).await;
        let path = format!("/api/admin/deliveries/{delivery}/dismiss");
        let dismissed = ask(&site, &token, "POST", &path, Some(json!({}))).await;
        assert_eq!(dismissed.status, 204);
        let path = format!("/api/admin/deliveries/{delivery}/dismiss");
        assert_eq!(ask(&site, &token, "POST", &path, Some(json!({}))).await.problem(), "not_dead");
        must_say(&metrics(&site, &token).await, "stoa_paying_customers_without_access 0");
        let gaps = get(&site, &token, "/api/admin/access/gaps").await.json();
        assert_eq!(gaps, json!({ "items": [], "next": null }));
    }

    async fn a_failed_delivery_is_replayed_over_http(site: Site) {
        let token = token(&site).await;
        site.shop.tell(&json!({ "type": "order.updated", "timestamp": site.shop.now(), "data": {} })).await;
        let gaps = get(&site, &token, "/api/admin/access/gaps?cause=failed_delivery").await.json();
        let delivery = gaps["items"][0]["delivery_id"].as_str().unwrap();
        let path = format!("/api/admin/deliveries/{delivery}/replay");
        assert_eq!(ask(&site, &token, "POST", &path, Some(json!({}))).await.status, 204);
        assert_eq!(ask(&site, &token, "POST", &path, Some(json!({}))).await.problem(), "still_waiting");
        let overview = get(&site, &token, "/api/admin/overview").await.json();
        assert_eq!((&overview["deliveries"]["queued"], &overview["deliveries"]["dead"]), (&json!(1), &json!(0)));
        let job = "/api/admin/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV/retry";
        for nowhere in [
            job, "/api/admin/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV/replay",
            "/api/admin/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV/dismiss",
        ] {
            assert_eq!(ask(&site, &token, "POST", nowhere, Some(json!({}))).await.problem(), "not_found", "{nowhere}");
        }
    }

    async fn jobs_are_listed_with_how_far_they_came(site: Site) {
        let token = token(&site).await;
        let (course, _) = site.with_customer().await;
        let new = json!({ "product_id": course.product, "title": "Oils" });
        assert_eq!(ask(&site, &token, "POST", "/api/admin/courses", Some(new)).await.status, 201);
        site.shop.clock.pass_seconds(7);
        let jobs = get(&site, &token, "/api/admin/jobs").await.json();
        let job = &jobs["items"][0];
        let retry = format!("/api/admin/jobs/{}/retry", job["id"].as_str().unwrap());
        let early = ask(&site, &token, "POST", &retry, Some(json!({}))).await;
        assert_eq!((early.status.as_u16(), early.problem().as_str()), (409, "not_dead"));
        assert_eq!((&job["kind"], &job["subject"]), (&json!("reconcile_product"), &json!(course.product)));
        assert_eq!((&job["state"], &job["percent"], &job["age_seconds"]), (&json!("queued"), &Value::Null, &json!(7)));
        site.shop.app.work_until_idle().await.unwrap();
        assert_eq!(get(&site, &token, "/api/admin/jobs").await.json(), json!({ "items": [] }));
    }

    async fn parameters_that_nobody_knows_are_refused(site: Site) {
        let token = token(&site).await;
        for path in ["access/gaps?x=1", "access/gaps?cause=bad", "access/gaps?cursor=bad", "access/gaps?limit=201",
            "overview?x=1", "jobs?limit=1"] {
            let answer = get(&site, &token, &format!("/api/admin/{path}")).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid_query"), "{path}");
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert!(path.contains(problem["field"].as_str().unwrap()), "{path}: {problem}");
        }
    }
}
