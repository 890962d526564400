//! The description of the API is of this code, and complete.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;
use testkit::TestDatabase;

use crate::site::Site;

fn document() -> Value {
    serde_json::from_str(&api::openapi_json()).unwrap()
}

/// Every operation that is described.
pub(crate) fn operations() -> Vec<(Method, String)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(|name| (name.to_uppercase().parse().unwrap(), path.clone()))
    });
    all.collect()
}

#[test]
fn openapi_json_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == api::openapi_json(),
        "openapi.json is stale; run: scripts/openapi renew"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_how_it_fails() {
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path) in operations() {
        let operation = &document["paths"][&path][method.as_str().to_lowercase()];
        assert!(
            names.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{path}"
        );
        let failure = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
            ["$ref"];
        assert_eq!(failure, "#/components/schemas/Problem", "{path}");
        let is_open = ["/sign-", "/embed/", "/admin/"];
        let is_for_customers =
            path.starts_with("/api/") && !is_open.iter().any(|part| path.contains(part));
        assert_eq!(
            operation["security"][0]["session"].is_array(),
            is_for_customers,
            "{path}"
        );
        let scopes = &operation["security"][0]["token"];
        let is_of_account = operation["tags"][0] == "account";
        let is_for_admins = path.contains("/admin/") && !is_of_account || path == "/metrics";
        assert_eq!(scopes.is_array(), is_for_admins, "{path}");
        if is_for_admins {
            assert_eq!(scopes.as_array().unwrap().len(), 1, "{method} {path}");
            assert!(operation["responses"]["403"].is_object(), "{method} {path}");
        }
    }
    assert!(names.len() > 50, "{}", names.len());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    let pointers: BTreeSet<&str> = references
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(pointers.len() > 10);
    for pointer in pointers {
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn it_is_served_for_programs_and_for_people() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(site.send(get("/openapi.json")).await.json(), document());
    let page = site.send(get("/docs")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for (_, path) in operations() {
        assert!(
            page.body.contains(&format!("<code>{path}</code>")),
            "{path}"
        );
    }
    for part in [
        "<td>path</td><td><code>course_id</code> <small>string, required</small> The course</td>",
        "<td>query</td><td><code>limit</code> <small>integer</small> How many courses, 1 to 200; 50 when absent.</td>",
        "<code>state</code> <small>mapped or ignored or covered or unmapped</small> What was said of them.",
        "<code>lines</code> <small>string, repeatable</small> The store",
        "<td>body</td><td>application/json <code>GrantRequest</code></td>",
        "<td>body</td><td>video/mp4 <code>Binary</code></td>",
        "<td>body</td><td>text/csv </td>",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    assert!(page.body.contains("<tr id=\"not_found\">"));
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
    let style = site.send(get("/docs/style.css")).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}
