//! The audit log over HTTP.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};
use testkit::BY;

use crate::site::{Answer, Site, on_both_engines};

const AUDIT: &str = "/api/admin/audit";

async fn ask(site: &Site, token: &str, path: &str) -> Answer {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// Grants a content from an address of the network; returns the customer's id.
async fn grant_from(site: &Site, token: &str, content: &str, address: &str) -> String {
    let body = json!({ "customer": { "email": "ada@example.com" }, "content": content, "note": "for Ada" });
    let request = Request::post("/api/admin/access")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    let peer: SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = site.send(request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["customer_id"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn an_administrator_reads_who_did_what_from_where(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let id = site.shop.app.find_api_token(&token).await.unwrap().unwrap().id;
        let course = site.shop.sell_course("OILS", 1).await;
        let content = course.course.to_string();
        let customer = grant_from(&site, &token, &content, "[::ffff:203.0.113.9]:4711").await;
        let listed = ask(&site, &token, &format!("{AUDIT}?action=grant.created&customer={customer}")).await.json();
        let entry = &listed["items"][0];
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!((&listed["next"], &entry["actor"]), (&Value::Null, &json!(id)));
        assert_eq!(entry["origin"], "203.0.113.9", "the address and not the port");
        assert_eq!((&entry["action"], &entry["content"]), (&json!("grant.created"), &json!(content)));
        assert_eq!((&entry["customer_id"], &entry["before"]), (&json!(customer), &Value::Null));
        assert!(entry["after"].is_object() && entry["at"].as_str().unwrap().ends_with('Z'), "{entry}");
        assert_eq!(entry["hash"].as_str().unwrap().len(), 64);
        let whole = ask(&site, &token, AUDIT).await.body;
        assert!(!whole.contains("example.com") && !whole.contains("for Ada"), "{whole}");
        for (query, expected) in [
            (format!("actor={id}"), true),
            (format!("content={content}&action=grant"), true),
            ("actor=command+line&action=grant".into(), false),
            ("until=2001-01-01T00:00:00Z".into(), false),
            ("from=2001-01-01T00:00:00Z&action=grant.created".into(), true),
            ("order=ord_01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), false),
            ("subject=acc_01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), false),
        ] {
            let listed = ask(&site, &token, &format!("{AUDIT}?{query}")).await.json();
            let is_there = listed["items"].as_array().unwrap().contains(entry);
            assert_eq!(is_there, expected, "{query}");
        }
    }

    async fn pages_follow_one_another_without_gaps(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        for _ in 0..4 {
            site.shop.app.create_api_token(&BY, "other").await.unwrap();
        }
        let mut places = Vec::new();
        let mut path = format!("{AUDIT}?limit=2");
        loop {
            let page = ask(&site, &token, &path).await.json();
            let items = page["items"].as_array().unwrap().clone();
            assert!((1..=2).contains(&items.len()));
            places.extend(items.iter().map(|entry| entry["seq"].as_i64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{AUDIT}?limit=2&cursor={next}");
        }
        assert!(places.len() >= 6);
        let expected: Vec<i64> = (1..=i64::try_from(places.len()).unwrap()).rev().collect();
        assert_eq!(places, expected);
    }

    async fn what_is_wrong_in_a_query_is_refused_by_its_name(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let long = format!("actor={}", "x".repeat(201));
        let backwards = "from=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z";
        let never = "from=2027-01-01T00:00:00Z&until=2027-01-01T00:00:00Z";
        for (path, query, detail) in [
            (AUDIT, "colour=red", "`colour` is not known here"),
            (AUDIT, "customer=ord_01ARZ3NDEKTSV4RRFFQ69G5FAV", "`customer` is not of the expected form"),
            (AUDIT, "content=vid_01ARZ3NDEKTSV4RRFFQ69G5FAV", "`content` is not of the expected form"),
            (AUDIT, "order=1001", "`order` is not of the expected form"),
            (AUDIT, "from=yesterday", "`from` is not of the expected form"),
            (AUDIT, "cursor=x", "`cursor` is not of the expected form"),
            (AUDIT, "limit=201", "`limit` is not of the expected form"),
            (AUDIT, "limit=0", "`limit` is not of the expected form"),
            (AUDIT, "limit=1&limit=2", "`limit` is there twice"),
            (AUDIT, "action=%00", "`action` is not of the expected form"),
            (AUDIT, long.as_str(), "`actor` is not of the expected form"),
            ("/api/admin/audit.csv", "colour=red", "`colour` is not known here"),
            ("/api/admin/audit.csv", "limit=5", "`limit` is not known here"),
            ("/api/admin/audit.csv", "cursor=5", "`cursor` is not known here"),
            (AUDIT, "cursor=1&limit=2&colour=red", "`colour` is not known here"),
            (AUDIT, backwards, "`until` is not after `from`"),
            ("/api/admin/audit.csv", backwards, "`until` is not after `from`"),
            (AUDIT, never, "`until` is not after `from`"),
            ("/api/admin/audit/verification", "head=x", "`head` is not of the expected form"),
            ("/api/admin/audit/verification", "actor=x", "`actor` is not known here"),
        ] {
            let answer = ask(&site, &token, &format!("{path}?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid_query"), "{query}");
            assert_eq!(answer.detail(), detail, "{query}");
            assert_eq!(format!("`{}`", answer.field()), detail.split(' ').next().unwrap(), "{query}");
        }
    }

    async fn the_export_is_a_table_to_be_saved(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let answer = ask(&site, &token, "/api/admin/audit.csv?action=token").await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit.csv\"");
        let lines: Vec<&str> = answer.body.split("\r\n").collect();
        assert_eq!((lines.len(), lines[2]), (3, ""), "{}", answer.body);
        assert!(lines[0].starts_with("seq,at,actor,origin,") && lines[1].contains(",command line,,,token.created,tok_"));
    }

    async fn a_verification_names_the_head_and_compares_it_with_a_noted_one(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let path = "/api/admin/audit/verification";
        let found = ask(&site, &token, path).await.json();
        let head = found["head"].as_str().unwrap().to_owned();
        let (seq, hash) = head.split_once(':').unwrap();
        let verified: i64 = seq.parse().unwrap();
        assert!(verified >= 2 && hash.len() == 64);
        assert_eq!(found, json!({ "is_whole": true, "verified": verified, "head": head, "flaw": null }));
        assert_eq!(ask(&site, &token, &format!("{path}?head={head}")).await.json(), found);
        let ahead = verified + 1;
        let found = ask(&site, &token, &format!("{path}?head={ahead}:{hash}")).await.json();
        assert_eq!((&found["is_whole"], &found["flaw"]["code"], &found["flaw"]["seq"]), (&json!(false), &json!("cut_off"), &json!(ahead)));
        let other = "0".repeat(64);
        let found = ask(&site, &token, &format!("{path}?head={verified}:{other}")).await.json();
        assert_eq!((&found["flaw"]["code"], &found["flaw"]["seq"]), (&json!("another_history"), &json!(verified)));
    }

    async fn only_the_holder_of_a_token_reads_the_log(site: Site) {
        let (_, session) = site.with_customer().await;
        for path in [AUDIT, "/api/admin/audit.csv", "/api/admin/audit/verification"] {
            assert_eq!(site.get(path, &session).await.problem(), "not_authorized");
            assert_eq!(ask(&site, "stoa_x", path).await.problem(), "not_authorized");
        }
    }
}
