//! Access by hand over HTTP: lifting, extending, listing, and many at once by a list.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use testkit::BY;
use testkit::shop::TestCourse;

use crate::site::{Answer, Site, on_both_engines};

const ACCESS: &str = "/api/admin/access";
const REVOKE: &str = "/api/admin/access/revoke";
const LIFT: &str = "/api/admin/access/lift";
const EXTEND: &str = "/api/admin/access/extend";
const BULK: &str = "/api/admin/access/bulk";

async fn token(site: &Site) -> String {
    site.shop.app.create_api_token(&BY, "laptop").await.unwrap()
}

fn ada() -> Value {
    json!({ "email": "ada@example.com" })
}

/// Asks as the holder of a token.
async fn list(site: &Site, token: &str, query: &str) -> Answer {
    let request = Request::get(format!("{ACCESS}?{query}"));
    let request = request.header("authorization", format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// Sends a list about one course, whose ids `COURSE` and `FILE` stand for.
async fn send_list(
    site: &Site,
    token: &str,
    query: &str,
    course: &TestCourse,
    list: &str,
) -> Answer {
    let list = list.replace("COURSE", &course.course.to_string());
    let list = list.replace("FILE", &course.file.to_string());
    send_csv(site, token, query, "text/csv; charset=UTF-8", list.into()).await
}

async fn send_csv(
    site: &Site,
    token: &str,
    query: &str,
    media_type: &str,
    list: Vec<u8>,
) -> Answer {
    let request = Request::post(format!("{BULK}{query}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", media_type);
    site.send(request.body(Body::from(list)).unwrap()).await
}

/// A course for a month that Ada has bought.
async fn a_month(site: &Site) -> TestCourse {
    let app = &site.shop.app;
    let product = app
        .create_product(&testkit::BY, "A month", Some(30))
        .await
        .unwrap();
    let course = site.shop.stock(product, "MONTH", 1).await;
    site.shop.map("MONTH", product).await;
    site.buy("1001", "ada@example.com", "MONTH").await;
    course
}

on_both_engines! {
    async fn a_block_is_lifted_and_what_is_paid_is_back(site: Site) {
        let (token, (course, session)) = (token(&site).await, site.with_customer().await);
        let request = json!({ "customer": ada(), "content": course.course });
        let none = site.administer(LIFT, &token, &request).await;
        assert_eq!((none.status.as_u16(), none.problem().as_str()), (409, "not_blocked"));
        let revoked = site.administer(REVOKE, &token, &request).await.json();
        let lifted = site.administer(LIFT, &token, &request).await;
        assert_eq!(lifted.status, 200);
        let expected = json!({
            "customer_id": revoked["customer_id"], "content": course.course, "lifted_blocks": [revoked["block_id"]],
            "restored_grants": 1
        });
        assert_eq!(lifted.json(), expected);
        assert_eq!(site.get(&format!("/api/courses/{}", course.course), &session).await.status, 200);

        let revoked = site.administer(REVOKE, &token, &request).await.json();
        let granted = site.administer(ACCESS, &token, &request).await.json();
        assert_eq!(granted["lifted_blocks"], json!([revoked["block_id"]]));
        assert_eq!(granted["restored_grants"], 1);
    }

    async fn access_is_extended_by_grant_or_by_customer_and_content(site: Site) {
        let token = token(&site).await;
        let course = a_month(&site).await;
        let all = json!({ "customer": ada(), "content": course.course, "until": "2027-06-01T00:00:00Z", "note": "was ill" });
        let extended = site.administer(EXTEND, &token, &all).await;
        assert_eq!(extended.status, 200, "{}", extended.body);
        let extended = extended.json();
        let grant = extended["grants"][0]["id"].clone();
        let expected = json!({
            "customer_id": extended["customer_id"], "content": course.course,
            "grants": [{ "id": grant, "extension_id": extended["grants"][0]["extension_id"],
                         "ends_at": "2027-06-01T00:00:00Z", "revoke_reason": null }]
        });
        assert_eq!(extended, expected);
        let again = site.administer(EXTEND, &token, &all).await;
        assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "lasts_longer"));
        let mut one = json!({ "grant_id": grant, "until": "2027-05-01T00:00:00Z" });
        let sooner = site.administer(EXTEND, &token, &one).await;
        assert_eq!((sooner.problem().as_str(), sooner.field().as_str()), ("lasts_longer", "until"));

        let block = json!({ "customer": ada(), "content": course.course });
        site.administer(REVOKE, &token, &block).await;
        one["until"] = json!("2027-07-01T00:00:00Z");
        let closed = site.administer(EXTEND, &token, &one).await.json();
        assert_eq!(closed["grants"][0]["revoke_reason"], "blocked", "an extension revives nothing");
    }

    async fn what_cannot_be_extended_or_lifted_is_refused_by_its_field(site: Site) {
        let token = token(&site).await;
        let course = a_month(&site).await;
        let (until, content) = ("2027-06-01T00:00:00Z", course.course);
        let (grant, gone) = ("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let nobody = json!({ "id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV" });
        for (body, status, code, field) in [
            (json!({ "until": until }), 422, "invalid_body", "grant_id"),
            (json!({ "content": content, "until": until }), 422, "invalid_body", "customer"),
            (json!({ "customer": ada(), "until": until }), 422, "invalid_body", "content"),
            (json!({ "grant_id": grant, "customer": ada(), "until": until }), 422, "invalid_body", "customer"),
            (json!({ "grant_id": grant, "content": content, "until": until }), 422, "invalid_body", "content"),
            (json!({ "grant_id": "blk_01ARZ3NDEKTSV4RRFFQ69G5FAV", "until": until }), 422, "invalid_body", "grant_id"),
            (json!({ "grant_id": grant }), 422, "invalid_body", "until"),
            (json!({ "grant_id": grant, "until": "tomorrow" }), 422, "invalid_body", "until"),
            (json!({ "grant_id": grant, "until": until, "colour": 1 }), 422, "invalid_body", "colour"),
            (json!({ "grant_id": grant, "until": until }), 404, "no_such_grant", "grant_id"),
            (json!({ "customer": nobody, "content": content, "until": until }), 404, "no_such_customer", "customer"),
            (json!({ "customer": ada(), "content": gone, "until": until }), 404, "no_such_content", "content"),
            (json!({ "customer": ada(), "content": content, "until": "2020-01-01T00:00:00Z" }), 422,
             "ends_before_it_begins", "until"),
        ] {
            let answer = site.administer(EXTEND, &token, &body).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, code), "{body}");
            assert_eq!(answer.field(), field, "{body}");
        }
        for (field, value, code) in [
            ("content", json!(gone), "no_such_content"),
            ("content", json!("prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"), "invalid_body"),
            ("customer", nobody, "no_such_customer"),
            ("note", json!("x"), "invalid_body"),
        ] {
            let mut body = json!({ "customer": ada(), "content": content });
            body[field] = value;
            let answer = site.administer(LIFT, &token, &body).await;
            assert_eq!((answer.problem().as_str(), answer.field().as_str()), (code, field), "{body}");
        }
        let past = json!({ "customer": ada(), "content": content, "expires_at": "2020-01-01T00:00:00Z" });
        assert_eq!(site.administer(ACCESS, &token, &past).await.field(), "expires_at");
    }

    async fn grants_are_listed_newest_first_with_where_they_come_from(site: Site) {
        let token = token(&site).await;
        let course = a_month(&site).await;
        site.shop.clock.pass_seconds(60);
        let request = json!({ "customer": ada(), "content": course.course, "note": "a gift" });
        let granted = site.administer(ACCESS, &token, &request).await.json();
        let customer = granted["customer_id"].as_str().unwrap();
        let content = course.course;
        let first = list(&site, &token, &format!("customer={customer}&content={content}&limit=1")).await.json();
        assert_eq!(first["next"], granted["id"]);
        assert_eq!(first["items"][0]["source"], "manual_assignment");
        assert_eq!((&first["items"][0]["note"], &first["items"][0]["order"]), (&json!("a gift"), &Value::Null));
        let cursor = first["next"].as_str().unwrap();
        let second = list(&site, &token, &format!("content={content}&cursor={cursor}")).await.json();
        assert_eq!(second["next"], Value::Null);
        let item = &second["items"][0];
        assert_eq!((&item["source"], &item["standing"]), (&json!("order_confirmation"), &json!("live")));
        assert_eq!((&item["order"]["external_id"], &item["order"]["line_id"]), (&json!("1001"), &json!("1")));
        assert_eq!(list(&site, &token, &format!("customer={customer}")).await.json()["items"].as_array().unwrap().len(), 3);
        for (query, code, field) in [
            ("", "invalid_query", "customer"),
            ("customer=ada", "invalid_query", "customer"),
            ("content=vid_01ARZ3NDEKTSV4RRFFQ69G5FAV", "invalid_query", "content"),
            ("content=crs_01ARZ3NDEKTSV4RRFFQ69G5FAV", "no_such_content", "content"),
            ("customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV", "no_such_customer", "customer"),
            ("customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV&cursor=7", "invalid_query", "cursor"),
            ("customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV&limit=201", "invalid_query", "limit"),
            ("customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV&page=2", "invalid_query", "page"),
        ] {
            let answer = list(&site, &token, query).await;
            assert_eq!((answer.problem().as_str(), answer.field().as_str()), (code, field), "{query}");
        }
    }

    async fn a_list_says_what_each_line_does_before_it_is_done(site: Site) {
        let token = token(&site).await;
        let course = a_month(&site).await;
        let before = list(&site, &token, &format!("content={}", course.course)).await.json();
        let lines = "\u{feff}email,content,action,until\r\n\
                     ada@example.com,COURSE,extend,2027-06-30\r\n\
                     eve@example.com,FILE,grant,\r\n\
                     ada@example.com,COURSE,revoke,\r\n";
        let dry = send_list(&site, &token, "?dry_run=true", &course, lines).await;
        assert_eq!(dry.status, 200, "{}", dry.body);
        let dry = dry.json();
        let open = |until: Value, by: &str| json!({ "is_open": true, "until": until, "by": [by], "reason": null });
        let closed = |reason: &str| json!({ "is_open": false, "until": null, "by": [], "reason": reason });
        let month = open(before["items"][0]["expires_at"].clone(), "order_confirmation");
        let longer = open(json!("2027-07-01T00:00:00Z"), "order_confirmation");
        let expected = [
            (2, &month, &longer),
            (3, &closed("never_granted"), &open(Value::Null, "manual_assignment")),
            (4, &longer, &closed("blocked")),
        ];
        for (line, (number, before, after)) in dry["lines"].as_array().unwrap().iter().zip(expected) {
            assert_eq!(line["line"], number);
            assert_eq!((&line["before"], &line["after"], &line["is_change"]), (before, after, &json!(true)));
        }
        assert_eq!(dry["lines"][1]["effect"], "was closed: never granted; is open for ever by hand");
        assert_eq!(list(&site, &token, &format!("content={}", course.course)).await.json(), before);

        let real = send_list(&site, &token, "", &course, lines).await.json();
        assert_eq!((&real["dry_run"], &real["lines"]), (&json!(false), &dry["lines"]));
        let after = list(&site, &token, &format!("content={}", course.course)).await.json();
        assert_eq!(after["items"][0]["revoke_reason"], "blocked");
        assert_eq!(list(&site, &token, &format!("content={}", course.file)).await.json()["items"].as_array().unwrap().len(), 2);
    }

    async fn a_list_with_a_mistake_does_nothing_and_names_it_by_line_and_column(site: Site) {
        let token = token(&site).await;
        let course = a_month(&site).await;
        let lines = "action,email,content,until\n\
                     revoke,ada@example.com,COURSE,\n\
                     extend,secret@example.com,FILE,2027-01-01\n\
                     lift,ada@example.com,FILE,\n";
        let answer = send_list(&site, &token, "", &course, lines).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid_list"));
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        let expected = json!([
            { "line": 3, "field": "email", "detail": "there is no customer like that" },
            { "line": 4, "field": "content", "detail": "no block stands against this customer and content" },
        ]);
        assert_eq!(problem["errors"], expected);
        assert!(!answer.body.contains("secret"), "{}", answer.body);
        let all = list(&site, &token, &format!("content={}", course.course)).await.json();
        assert_eq!(all["items"][0]["standing"], "live", "not even the good line was done");
        let whole = send_list(&site, &token, "", &course, "action,email\n").await;
        let problem: Value = serde_json::from_str(&whole.body).unwrap();
        assert_eq!(problem["errors"][0]["field"], Value::Null);
    }

    async fn a_list_is_csv_in_utf_8_of_at_most_two_mebibytes(site: Site) {
        let token = token(&site).await;
        let list = b"action,email,content\n".to_vec();
        for (media_type, query, status, code) in [
            ("text/csv", "", 200, ""),
            ("Text/CSV; charset=\"utf-8\"; header=present", "?dry_run=true", 200, ""),
            ("text/csv; charset=windows-1252", "", 415, "not_csv"),
            ("application/json", "", 415, "not_csv"),
            ("text/csv", "?dry_run=yes", 422, "invalid_query"),
            ("text/csv", "?dry=true", 422, "invalid_query"),
        ] {
            let answer = send_csv(&site, &token, query, media_type, list.clone()).await;
            assert_eq!(answer.status, status, "{media_type} {query}: {}", answer.body);
            if status != 200 {
                assert_eq!(answer.problem(), code);
            }
        }
        let most = 2 * 1024 * 1024;
        for (length, status) in [(most, 200), (most + 1, 413)] {
            let mut long = list.clone();
            long.resize(length, b'\n');
            assert_eq!(send_csv(&site, &token, "", "text/csv", long).await.status, status);
        }
        assert_eq!(send_csv(&site, "stoa_x", "", "text/csv", list).await.problem(), "not_authorized");
    }
}
