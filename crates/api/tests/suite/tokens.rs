//! API tokens: what they may do, how long, and who makes them.

use axum::body::Body;
use axum::http::Request;
use domain::scope::{Role, Scope, Scopes};
use serde_json::{Value, json};
use testkit::BY;

use crate::site::{Answer, Site, on_both_engines};

const TOKENS: &str = "/api/admin/tokens";

async fn ask(site: &Site, method: &str, path: &str, token: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// A token for these scopes, made through the API.
async fn made(site: &Site, by: &str, request: &Value) -> Value {
    let answer = site.administer(TOKENS, by, request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

on_both_engines! {
    async fn a_token_is_made_listed_and_revoked(site: Site) {
        let owner = site.shop.app.create_api_token(&BY, "owner").await.unwrap();
        let request = json!({ "name": " till ", "scopes": ["access:read", "access:write"], "expires_at": "2030-01-01T00:00:00Z" });
        let till = made(&site, &owner, &request).await;
        let (id, token) = (till["id"].as_str().unwrap(), till["token"].as_str().unwrap());
        assert_eq!(ask(&site, "GET", "/api/admin/access/gaps", token).await.status, 200);
        let listed = ask(&site, "GET", TOKENS, &owner).await;
        assert!(!listed.body.contains(token));
        let expected = json!({
            "id": id, "name": "till", "scopes": ["access:read", "access:write"], "created_at": till["created_at"],
            "expires_at": "2030-01-01T00:00:00Z", "last_used_at": null, "revoked_at": null
        });
        let listed = listed.json();
        let mut items = listed["items"].as_array().unwrap().iter();
        let mut shown = items.find(|item| item["id"] == id).unwrap().clone();
        // It may have been written down already that the token was used.
        shown["last_used_at"] = Value::Null;
        assert_eq!(shown, expected);
        let path = format!("{TOKENS}/{id}");
        assert_eq!(ask(&site, "DELETE", &path, &owner).await.status, 204);
        assert_eq!(ask(&site, "DELETE", &path, &owner).await.problem(), "not_found");
        assert_eq!(ask(&site, "GET", "/api/admin/access/gaps", token).await.problem(), "not_authorized");
        let audited = ask(&site, "GET", &format!("/api/admin/audit?subject={id}"), &owner).await.json();
        let actions: Vec<&Value> = audited["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["token.revoked", "token.created"]);
        assert_eq!(audited["items"][1]["after"]["scopes"], "access:read access:write");
    }

    async fn a_missing_scope_is_named(site: Site) {
        let owner = site.shop.app.create_api_token(&BY, "owner").await.unwrap();
        let support = made(&site, &owner, &json!({ "name": "support", "role": "support" })).await;
        let answer = ask(&site, "GET", "/api/admin/audit", support["token"].as_str().unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "not_allowed"));
        assert_eq!(answer.detail(), "the scope audit:read is needed");
    }

    async fn nobody_makes_a_token_that_may_do_more_than_she(site: Site) {
        let owner = site.shop.app.create_api_token(&BY, "owner").await.unwrap();
        let lead = json!({ "name": "lead", "scopes": ["team:write", "access:read", "access:write", "content:read", "stores:read"] });
        let lead = made(&site, &owner, &lead).await;
        let lead = lead["token"].as_str().unwrap();
        made(&site, lead, &json!({ "name": "support", "role": "support" })).await;
        for (request, missing) in [
            (json!({ "name": "x", "role": "manager" }), "content:write"),
            (json!({ "name": "x", "role": "owner" }), "content:write"),
            (json!({ "name": "x", "scopes": ["access:read", "audit:read"] }), "audit:read"),
        ] {
            let answer = site.administer(TOKENS, lead, &request).await;
            assert_eq!(answer.problem(), "not_allowed", "{request}");
            assert!(answer.detail().contains(missing), "{}", answer.body);
        }
    }

    async fn a_token_works_until_it_ends(site: Site) {
        let owner = site.shop.app.create_api_token(&BY, "owner").await.unwrap();
        let day = testkit::shop::OPENING.plus_days(1);
        let token = made(&site, &owner, &json!({ "name": "x", "role": "owner", "expires_at": day.to_string() })).await;
        let token = token["token"].as_str().unwrap();
        site.shop.clock.pass_seconds(86_399);
        assert_eq!(ask(&site, "GET", TOKENS, token).await.status, 200);
        site.shop.clock.pass_seconds(1);
        assert_eq!(ask(&site, "GET", TOKENS, token).await.problem(), "not_authorized");
    }

    async fn what_is_no_request_for_a_token_is_refused(site: Site) {
        let owner = site.shop.app.create_api_token(&BY, "owner").await.unwrap();
        for (request, field) in [
            (json!({ "name": "x" }), "scopes"),
            (json!({ "name": "x", "scopes": [] }), "scopes"),
            (json!({ "name": "x", "scopes": ["all"] }), "scopes[0]"),
            (json!({ "name": "x", "scopes": ["access:read"], "role": "viewer" }), "scopes"),
            (json!({ "name": "x", "role": "admin" }), "role"),
            (json!({ "name": "x", "role": null }), "role"),
            (json!({ "name": " ", "role": "viewer" }), "name"),
            (json!({ "role": "viewer" }), "name"),
            (json!({ "name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
            (json!({ "name": "x", "role": "viewer", "id": "tok_01ARZ3NDEKTSV4RRFFQ69G5FAV" }), "id"),
        ] {
            let answer = site.administer(TOKENS, &owner, &request).await;
            assert_eq!((answer.problem().as_str(), answer.field().as_str()), ("invalid_body", field), "{request}");
        }
    }

    async fn the_use_of_a_token_is_noted_once_an_hour(site: Site) {
        let app = &site.shop.app;
        let token = app.create_api_token(&BY, "owner").await.unwrap();
        let holder = app.find_api_token(&token).await.unwrap().unwrap();
        assert!(holder.is_use_to_be_noted && holder.scopes == Scopes::ALL);
        assert_eq!(ask(&site, "GET", "/api/admin/overview", &token).await.status, 200);
        // The answer did not wait for it.
        let noted = async {
            while app.find_api_token(&token).await.unwrap().unwrap().is_use_to_be_noted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), noted).await.unwrap();
        let listed = app.list_api_tokens().await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(testkit::shop::OPENING));
        for (later, is_due) in [(3_599, false), (1, true)] {
            site.shop.clock.pass_seconds(later);
            let holder = app.find_api_token(&token).await.unwrap().unwrap();
            assert_eq!(holder.is_use_to_be_noted, is_due, "{later}");
        }
    }
}

#[test]
fn every_scope_is_needed_by_an_operation_or_kept_for_one() {
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    let text = document.to_string();
    for scope in Scope::ALL {
        // Export, erasure and merging come with the work on privacy.
        let is_kept = scope == Scope::PeopleWrite;
        assert!(
            is_kept || text.contains(&format!("[\"{scope}\"]")),
            "{scope}"
        );
    }
    assert!(
        Role::Viewer
            .scopes()
            .iter()
            .all(|scope| scope.name().ends_with(":read"))
    );
}
