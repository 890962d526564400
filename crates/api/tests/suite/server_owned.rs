//! Nobody sets what is the server's to set: every body of every writing operation, with one field more than its schema has.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use domain::scope::Role;
use serde_json::{Value, json};

use crate::described::operations;
use crate::site::{PUBLIC_URL, cookie, on_both_engines};

/// What the server says of things, and a name that nothing has.
const FIELDS: [&str; 22] = [
    "colour",
    "id",
    "role",
    "is_admin",
    "admin_id",
    "customer_id",
    "session_id",
    "created_at",
    "updated_at",
    "granted_at",
    "granted_by",
    "revoked_at",
    "published_at",
    "proven_at",
    "verified",
    "source",
    "scopes",
    "s3_key",
    "token_hash",
    "password_hash",
    "state",
    "__proto__",
];

/// The operations that take JSON, with the fields that each knows.
fn bodies() -> Vec<(Method, String, BTreeSet<String>)> {
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    let all = operations().into_iter().filter_map(|(method, path)| {
        let said = &document["paths"][&path][method.as_str().to_lowercase()];
        let schema = &said["requestBody"]["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str()?.trim_start_matches('#');
        let mut known = BTreeSet::new();
        gather(&document, document.pointer(reference).unwrap(), &mut known);
        Some((method, path, known))
    });
    all.collect()
}

/// Gathers the fields of a schema, and of those it is made of.
fn gather(document: &Value, schema: &Value, known: &mut BTreeSet<String>) {
    known.extend(
        schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone()),
    );
    for kind in ["allOf", "oneOf", "anyOf"] {
        for part in schema[kind].as_array().into_iter().flatten() {
            let part = part["$ref"].as_str().map_or(part, |reference| {
                document.pointer(reference.trim_start_matches('#')).unwrap()
            });
            gather(document, part, known);
        }
    }
}

/// Fills a path with ids that are well formed.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let Some(name) = part.strip_prefix('{') else {
            return part.to_owned();
        };
        let prefix = match name.trim_end_matches("_id}") {
            "product" | "part" => "prd",
            "course" => "crs",
            "file" => "fil",
            "item" => "itm",
            "rule" => "skr",
            "request" => "prv",
            "mail" => "mal",
            "delivery" => "dlv",
            other => &other[..3],
        };
        format!("{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    });
    parts.collect::<Vec<_>>().join("/")
}

on_both_engines! {
    async fn a_field_that_is_not_in_the_schema_is_refused_by_name(site: Site) {
        let (_, session) = site.with_customer().await;
        let owner = site.shop.administrator("owner@example.com", Role::Owner).await;
        let cookies = format!("{}; __Host-stoa_admin={}", cookie(&session), owner.session);
        let mut tried = 0;
        for (method, path, known) in bodies() {
            for field in FIELDS.into_iter().filter(|field| !known.contains(*field)) {
                let request = Request::builder()
                    .method(&method)
                    .uri(filled(&path))
                    .header("cookie", &cookies)
                    .header("origin", PUBLIC_URL)
                    .header("sec-fetch-site", "same-origin")
                    .header("content-type", "application/json")
                    .body(Body::from(json!({ field: "x" }).to_string()));
                let answer = site.send(request.unwrap()).await;
                let got = (answer.problem(), answer.field());
                assert_eq!(got, ("invalid_body".into(), field.into()), "{method} {path}: {}", answer.body);
                tried += 1;
            }
        }
        assert!(tried > 600, "{tried}");
    }
}
