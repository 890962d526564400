//! Who may do what: every operation of the description, asked by everybody, about what is hers, what is another's and what
//! does not exist. `table` is the one place that says what is expected; an operation without a row there fails.

mod cast;
mod table;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::described::operations;
use crate::site::{Answer, PUBLIC_URL, Site, on_both_engines};

use self::cast::{Cast, Target, Who};
use self::table::{Rule, rule_of};

/// One operation of the description.
struct Operation {
    method: Method,
    path: String,
    id: String,
    /// The scope that the description says is needed.
    scope: Option<String>,
    /// Tells whether the description says that a customer's session is needed.
    is_for_customers: bool,
    /// Tells whether the description says that the session of an administrator will do.
    is_for_admins: bool,
    /// Tells whether the description says that the token of a shop's page will do.
    is_for_embeds: bool,
}

fn described() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    let all = operations().into_iter().map(|(method, path)| {
        let said = &document["paths"][&path][method.as_str().to_lowercase()];
        let security = &said["security"][0];
        Operation {
            id: said["operationId"].as_str().unwrap().to_owned(),
            scope: security["token"][0].as_str().map(str::to_owned),
            is_for_customers: security["session"].is_array(),
            is_for_admins: said["security"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["admin_session"].is_array()),
            is_for_embeds: said["security"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["embed"].is_array()),
            method,
            path,
        }
    });
    all.collect()
}

impl Operation {
    /// What is asked: with a parameter that nobody knows, whoever may ask is told so, and nothing happens.
    fn request(&self, path: &str, who: &Who, is_harmless: bool) -> Request<Body> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = if is_harmless {
            format!("{path}{separator}colour=1")
        } else {
            path.to_owned()
        };
        let mut request = Request::builder().method(&self.method).uri(path);
        if let Some((name, value)) = &who.credential {
            request = request.header(*name, value);
        }
        let body = match rule_of(&self.id) {
            Some(Rule::Opens { body }) => body(),
            _ => "{}".to_owned(),
        };
        let media_type = match rule_of(&self.id) {
            Some(Rule::Anyone { media_type, .. }) => media_type,
            // Not read: whoever may ask is told so, and nothing happens.
            Some(Rule::SignedIn) if self.is_writing() => "text/plain",
            _ => "application/json",
        };
        let (origin, site) = match who.page {
            Some(origin) => (origin, "cross-site"),
            None => (PUBLIC_URL, "same-origin"),
        };
        request
            .header("origin", origin)
            .header("sec-fetch-site", site)
            .header("content-type", media_type)
            .body(Body::from(body))
            .unwrap()
    }

    /// Tells whether asking changes something when it is allowed.
    fn is_writing(&self) -> bool {
        self.method != Method::GET
    }

    /// Tells whether a page of another site may not even ask.
    fn is_ours_alone(&self) -> bool {
        let is_shared = self.is_for_embeds || self.path.starts_with("/api/embed/");
        self.is_writing() && self.path.starts_with("/api/") && !is_shared
    }
}

/// What an answer says, without the request's own id.
fn said(answer: &Answer) -> (u16, String) {
    let body = answer.body.replace(answer.header("x-request-id"), "ID");
    (answer.status.as_u16(), body)
}

/// The code of a problem, or what stands for success.
fn outcome(answer: &Answer) -> String {
    if answer.status.is_success() {
        "ok".to_owned()
    } else if answer.header("content-type").starts_with("text/html") {
        "page".to_owned()
    } else {
        answer.problem()
    }
}

/// Asks one cell and says what is wrong with the answer; nothing when it is as expected.
async fn check(
    site: &Site,
    cast: &Cast,
    operation: &Operation,
    who: &Who,
    on: Target,
) -> Option<String> {
    let rule = rule_of(&operation.id)?;
    let path = cast.path(&operation.path, &operation.id, who, on);
    let has_object = operation.path.contains('{');
    let allowed = who.may(rule, on);
    let is_administering = matches!(rule, Rule::Needs(_) | Rule::OwnAccount);
    let is_harmless = is_administering && operation.is_writing() && allowed;
    let answer = site.send(operation.request(&path, who, is_harmless)).await;
    let status = answer.status.as_u16();
    let is_customer = who.is_customer() && (who.page.is_none() || operation.is_for_embeds);
    let expected = match rule {
        _ if who.page.is_some() && operation.is_ours_alone() => "403 cross_site".into(),
        Rule::Anyone { missing, .. } if on == Target::Missing && has_object => missing.to_string(),
        Rule::Anyone { status, .. } => status.to_string(),
        Rule::SignedIn | Rule::Hers | Rule::Opens { .. } if !is_customer => {
            "401 not_signed_in".into()
        }
        Rule::SignedIn if operation.is_writing() => "415 not_json".into(),
        Rule::Hers | Rule::Opens { .. } if !allowed => "404 not_found".into(),
        Rule::OwnAccount if !allowed => "401 not_authorized".into(),
        Rule::Needs(_) if who.scopes.is_none() => "401 not_authorized".into(),
        Rule::Needs(_) if !allowed => "403 not_allowed".into(),
        Rule::OwnAccount | Rule::Needs(_) if is_harmless => "422 invalid_query".into(),
        Rule::Needs(_) if on == Target::Missing && has_object => "404".into(),
        Rule::SignedIn | Rule::Hers | Rule::Opens { .. } | Rule::OwnAccount | Rule::Needs(_) => {
            "ok".into()
        }
    };
    let outcome = outcome(&answer);
    let got = [
        outcome.clone(),
        status.to_string(),
        format!("{status} {outcome}"),
    ];
    (!got.contains(&expected)).then(|| {
        let (method, id) = (&operation.method, &operation.id);
        format!(
            "{id} ({method} {path}) by {} on {on:?}: expected {expected}, got {status} {}",
            who.name, answer.body
        )
    })
}

on_both_engines! {
    async fn every_operation_answers_everybody_as_the_table_says(site: Site) {
        let cast = Cast::gather(&site).await;
        let (mut wrong, mut cells) = (Vec::new(), 0);
        for operation in described() {
            if rule_of(&operation.id).is_none() {
                wrong.push(format!("{} has no row in the table", operation.id));
                continue;
            }
            for who in &cast.all {
                for on in Target::ALL {
                    cells += 1;
                    wrong.extend(check(&site, &cast, &operation, who, on).await);
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
        assert!(cells > 3_000, "{cells}");
    }

    async fn what_is_anothers_and_what_is_missing_are_the_same_bytes(site: Site) {
        let cast = Cast::gather(&site).await;
        for operation in described() {
            if !operation.path.contains('{') {
                continue;
            }
            for who in &cast.all {
                let mut refused = BTreeMap::new();
                for on in Target::ALL {
                    let path = cast.path(&operation.path, &operation.id, who, on);
                    if rule_of(&operation.id).is_some_and(|rule| who.may(rule, on)) {
                        continue;
                    }
                    let answer = site.send(operation.request(&path, who, false)).await;
                    refused.insert(said(&answer), on);
                }
                assert!(refused.len() <= 1, "{} by {}: {refused:?}", operation.id, who.name);
            }
        }
    }
}

#[test]
fn the_description_says_what_the_table_says() {
    for operation in described() {
        let id = &operation.id;
        let Some(rule) = rule_of(id) else {
            panic!("{id} has no row in the table");
        };
        let scope = match rule {
            Rule::Needs(scope) => Some(scope.name().to_owned()),
            Rule::Anyone { .. }
            | Rule::SignedIn
            | Rule::Hers
            | Rule::Opens { .. }
            | Rule::OwnAccount => None,
        };
        assert_eq!(operation.scope, scope, "{id}");
        let is_for_customers = matches!(rule, Rule::SignedIn | Rule::Hers | Rule::Opens { .. });
        assert_eq!(operation.is_for_customers, is_for_customers, "{id}");
        // What stands on a page of ours alone is not for pages of the shops.
        let is_of_account = matches!(id.as_str(), "list_sessions" | "list_addresses");
        let is_listed = id.starts_with("list_") && is_for_customers && !is_of_account;
        let is_shown = matches!(rule, Rule::Opens { .. }) || is_listed;
        assert_eq!(operation.is_for_embeds, is_shown, "{id}");
        let is_for_admins = matches!(rule, Rule::OwnAccount | Rule::Needs(_));
        assert_eq!(operation.is_for_admins, is_for_admins, "{id}");
    }
}

#[test]
fn every_row_of_the_table_is_of_an_operation() {
    let known: Vec<String> = described()
        .into_iter()
        .map(|operation| operation.id)
        .collect();
    for name in table::names() {
        assert!(known.iter().any(|id| id == name), "{name} is no operation");
    }
}
