//! Administrators: from the one-time link to the session, and what each may do.

use axum::body::Body;
use axum::http::Request;
use domain::scope::Role;
use serde_json::{Value, json};
use testkit::admins::{PASSWORD, TestAdmin, from_base32};
use testkit::{BY, TestShop};

use crate::site::{Answer, PUBLIC_URL, Site, on_both_engines};

const ME: &str = "/api/admin/me";
const SESSION: &str = "/api/admin/session";
const SETUP: &str = "/api/admin/setup";
const CONFIRM: &str = "/api/admin/setup/confirm";
const TEAM: &str = "/api/admin/team";

/// Asks as a page of ours does in the browser of an administrator.
async fn ask(site: &Site, method: &str, path: &str, session: &str, body: Option<Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", format!("theme=dark; __Host-stoa_admin={session}"))
        .header("origin", PUBLIC_URL)
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        )
        .header("content-type", "application/json");
    let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
    site.send(request.body(body).unwrap()).await
}

async fn post(site: &Site, path: &str, session: &str, body: Value) -> Answer {
    ask(site, "POST", path, session, Some(body)).await
}

async fn get(site: &Site, path: &str, session: &str) -> Answer {
    ask(site, "GET", path, session, None).await
}

/// The session that an answer opens.
fn opened(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Strict; Secure")
            && cookie.contains("; Path=/; Expires="),
        "{cookie}"
    );
    let token = cookie.strip_prefix("__Host-stoa_admin=").unwrap();
    token.split(';').next().unwrap().to_owned()
}

/// What she types to sign in now.
fn credentials(shop: &TestShop, admin: &TestAdmin) -> Value {
    json!({ "email": admin.email, "password": PASSWORD, "code": shop.code_of(&admin.secret) })
}

/// The link that an owner or the command line gives to a new administrator.
async fn link(site: &Site) -> String {
    let new = app::admins::team::NewAdmin {
        email: "ann@example.com".parse().unwrap(),
        name: "Ann".into(),
        role: Role::Owner,
    };
    site.shop.app.create_admin(&BY, &new).await.unwrap().token
}

on_both_engines! {
    async fn a_link_leads_to_a_password_an_app_and_a_session(site: Site) {
        let token = link(&site).await;
        let start = post(&site, SETUP, "", json!({ "token": token })).await.json();
        assert_eq!((&start["name"], &start["email"]), (&json!("Ann"), &json!("ann@example.com")));
        let secret = from_base32(start["secret"].as_str().unwrap());
        assert_eq!(secret.len(), 20);
        let expected = format!("otpauth://totp/Test%20shop:ann%40example.com?secret={}&issuer=Test%20shop", start["secret"].as_str().unwrap());
        assert_eq!(start["address"], expected);
        assert!(start["qr"]["path"].as_str().unwrap().starts_with("M0 0h7v1h-7z"));
        let code = site.shop.code_of(&secret);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for (password, code, problem) in [
            ("correct lam", code.as_str(), "weak_password"),
            ("ann@example.com", code.as_str(), "weak_password"),
            (PASSWORD, wrong, "wrong_app_code"),
        ] {
            let body = json!({ "token": token, "password": password, "code": code });
            assert_eq!(post(&site, CONFIRM, "", body).await.problem(), problem);
        }
        let body = json!({ "token": token, "password": PASSWORD, "code": code });
        let done = post(&site, CONFIRM, "", body.clone()).await;
        let session = opened(&done);
        assert_eq!(done.json()["recovery_codes"].as_array().unwrap().len(), 10);
        let me = get(&site, ME, &session).await.json();
        assert_eq!((&me["role"], &me["is_proven"], &me["recovery_codes_left"]), (&json!("owner"), &json!(true), &json!(10)));
        for path in [SETUP, CONFIRM] {
            let body = if path == SETUP { json!({ "token": token }) } else { body.clone() };
            assert_eq!(post(&site, path, "", body).await.problem(), "link_not_valid");
        }
        let sessions = get(&site, "/api/admin/me/sessions", &session).await.json();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
        assert_eq!((&sessions["items"][0]["label"], &sessions["items"][0]["is_this"]), (&json!("Firefox on Linux"), &json!(true)));
    }

    async fn a_link_works_for_a_day_and_a_newer_one_replaces_it(site: Site) {
        let old = link(&site).await;
        let ann = site.shop.app.find_admin_by_email(&"ann@example.com".parse().unwrap()).await.unwrap().unwrap();
        let new = site.shop.app.create_admin_link(&BY, ann).await.unwrap().token;
        assert_eq!(post(&site, SETUP, "", json!({ "token": old })).await.problem(), "link_not_valid");
        site.shop.clock.pass_seconds(86_399);
        assert_eq!(post(&site, SETUP, "", json!({ "token": new })).await.status, 200);
        site.shop.clock.pass_seconds(1);
        assert_eq!(post(&site, SETUP, "", json!({ "token": new })).await.problem(), "link_not_valid");
    }

    async fn she_signs_in_with_password_and_code_and_a_code_works_once(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        // The code that set the app up is used.
        assert_eq!(post(&site, SESSION, "", credentials(&site.shop, &ann)).await.problem(), "sign_in_refused");
        site.shop.clock.pass_seconds(30);
        let body = credentials(&site.shop, &ann);
        let answer = post(&site, SESSION, &ann.session, body.clone()).await;
        assert_eq!(answer.status, 204);
        let session = opened(&answer);
        assert_eq!(get(&site, ME, &ann.session).await.problem(), "not_authorized", "the session of before has ended");
        assert_eq!(post(&site, SESSION, "", body).await.problem(), "sign_in_refused");
        let out = ask(&site, "DELETE", SESSION, &session, None).await;
        assert_eq!((out.status.as_u16(), out.header("set-cookie").contains("Max-Age=0")), (204, true));
        assert_eq!(get(&site, ME, &session).await.problem(), "not_authorized");
    }

    async fn a_recovery_code_stands_for_the_app_once(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let typed = ann.recovery_codes[3].to_uppercase().replace('-', " ");
        let body = json!({ "email": ann.email, "password": PASSWORD, "code": typed });
        let session = opened(&post(&site, SESSION, "", body.clone()).await);
        assert_eq!(get(&site, ME, &session).await.json()["recovery_codes_left"], 9);
        assert_eq!(post(&site, SESSION, "", body).await.problem(), "sign_in_refused");
        let renewed = post(&site, "/api/admin/me/recovery-codes", &session, json!({})).await.json();
        let body = json!({ "email": ann.email, "password": PASSWORD, "code": ann.recovery_codes[4] });
        assert_eq!(post(&site, SESSION, "", body).await.problem(), "sign_in_refused", "those of before work no more");
        let body = json!({ "email": ann.email, "password": PASSWORD, "code": renewed["recovery_codes"][0] });
        assert_eq!(post(&site, SESSION, "", body).await.status, 204);
    }

    async fn a_new_password_needs_the_old_one_and_ends_her_other_sessions(site: Site) {
        const PLACE: &str = "/api/admin/me/password";
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        site.shop.clock.pass_seconds(30);
        let here = opened(&post(&site, SESSION, "", credentials(&site.shop, &ann)).await);
        let new = "ninety rivers lamp correct";
        for (old, wanted, problem, field) in [
            ("correct lamp river eighty", new, "wrong_proof", "password"),
            (PASSWORD, "correct lam", "weak_password", "new_password"),
            (PASSWORD, "ann@example.com", "weak_password", "new_password"),
        ] {
            let body = json!({ "password": old, "new_password": wanted });
            let answer = ask(&site, "PUT", PLACE, &here, Some(body)).await;
            assert_eq!((answer.problem().as_str(), answer.field().as_str()), (problem, field));
        }
        assert_eq!(get(&site, ME, &ann.session).await.status, 200);
        let body = json!({ "password": PASSWORD, "new_password": new });
        assert_eq!(ask(&site, "PUT", PLACE, &here, Some(body)).await.status, 204);
        assert_eq!(get(&site, ME, &here).await.status, 200);
        assert_eq!(get(&site, ME, &ann.session).await.problem(), "not_authorized", "the other session has ended");
        site.shop.clock.pass_seconds(30);
        let mut body = credentials(&site.shop, &ann);
        assert_eq!(post(&site, SESSION, "", body.clone()).await.problem(), "sign_in_refused");
        body["password"] = json!(new);
        assert_eq!(post(&site, SESSION, "", body).await.status, 204);
    }

    async fn she_sets_up_another_app_by_a_link_of_her_own(site: Site) {
        site.shop.administrator("owner@example.com", Role::Owner).await;
        let ann = site.shop.administrator("ann@example.com", Role::Viewer).await;
        let made = post(&site, "/api/admin/me/link", &ann.session, json!({})).await;
        assert_eq!(made.status, 201);
        let url = made.json()["url"].as_str().unwrap().to_owned();
        let token = url.strip_prefix("https://courses.test/admin/link#token=").unwrap();
        let start = post(&site, SETUP, "", json!({ "token": token })).await.json();
        assert_eq!(start["email"], "ann@example.com");
        let secret = from_base32(start["secret"].as_str().unwrap());
        assert_ne!(secret, ann.secret);
        assert_eq!(get(&site, ME, &ann.session).await.status, 200, "until it is used, all stays as it is");
        let body = json!({ "token": token, "password": PASSWORD, "code": site.shop.code_of(&secret) });
        let session = opened(&post(&site, CONFIRM, "", body).await);
        assert_eq!(get(&site, ME, &session).await.json()["role"], "viewer");
        site.shop.clock.pass_seconds(30);
        assert_eq!(post(&site, SESSION, "", credentials(&site.shop, &ann)).await.problem(), "sign_in_refused");
    }

    async fn whatever_is_wrong_the_refusal_is_the_same(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let eve = site.shop.administrator("eve@example.com", Role::Viewer).await;
        let disabled = app::admins::team::AdminChange { is_disabled: Some(true), ..Default::default() };
        site.shop.app.change_admin(&BY, eve.id, &disabled).await.unwrap();
        assert_eq!(get(&site, ME, &eve.session).await.problem(), "not_authorized", "signed out at once");
        site.shop.clock.pass_seconds(30);
        let code = site.shop.code_of(&ann.secret);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let mut seen = Vec::new();
        for body in [
            json!({ "email": ann.email, "password": "correct lamp river eighty", "code": code }),
            json!({ "email": ann.email, "password": PASSWORD, "code": wrong }),
            json!({ "email": ann.email, "password": PASSWORD, "code": "" }),
            json!({ "email": "bob@example.com", "password": PASSWORD, "code": code }),
            json!({ "email": "nobody", "password": "", "code": code }),
            credentials(&site.shop, &eve),
        ] {
            let answer = post(&site, SESSION, "", body).await;
            assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (401, ""));
            seen.push(answer.body.replace(answer.header("x-request-id"), "ID"));
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
        let filter = app::audit::AuditFilter { action: Some("admin.sign_in_failed".into()), ..Default::default() };
        let failed = site.shop.app.list_audit(&filter, None, 50).await.unwrap();
        assert_eq!(failed.items.len(), 6);
        assert!(failed.items.iter().all(|entry| entry.actor == "nobody" && !entry.subject.contains('@')));
        // None of it locks her out.
        assert_eq!(post(&site, SESSION, "", credentials(&site.shop, &ann)).await.status, 204);
    }

    async fn what_is_dangerous_needs_a_fresh_proof(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let new = |email: &str| json!({ "email": email, "name": "Bob", "role": "support" });
        site.shop.clock.pass_seconds(599);
        let made = post(&site, TEAM, &ann.session, new("bob@example.com")).await;
        assert_eq!(made.status, 201);
        assert!(made.json()["url"].as_str().unwrap().starts_with("https://courses.test/admin/link#token="));
        site.shop.clock.pass_seconds(1);
        for (method, path, body) in [
            ("POST", TEAM, new("cat@example.com")),
            ("POST", "/api/admin/tokens", json!({ "name": "x", "role": "viewer" })),
            ("POST", "/api/admin/me/recovery-codes", json!({})),
            ("POST", "/api/admin/me/link", json!({})),
            ("POST", "/api/admin/access/bulk", json!({})),
            ("DELETE", "/api/admin/courses/crs_01ARZ3NDEKTSV4RRFFQ69G5FAV", json!({})),
            ("POST", "/api/admin/stores", json!({})),
            ("POST", "/api/admin/customers/cus_01ARZ3NDEKTSV4RRFFQ69G5FAV/erase", json!({})),
        ] {
            let answer = ask(&site, method, path, &ann.session, Some(body)).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "prove_again"), "{path}");
        }
        assert_eq!(get(&site, TEAM, &ann.session).await.status, 200, "reading is not dangerous");
        let prove = "/api/admin/session/prove";
        for wrong in [json!({ "password": "correct lamp river eighty" }), json!({ "code": "" })] {
            assert_eq!(post(&site, prove, &ann.session, wrong).await.problem(), "wrong_proof");
        }
        for odd in [json!({}), json!({ "password": PASSWORD, "code": "000000" })] {
            assert_eq!(post(&site, prove, &ann.session, odd).await.problem(), "invalid_body");
        }
        let right = json!({ "code": site.shop.code_of(&ann.secret) });
        assert_eq!(post(&site, prove, &ann.session, right.clone()).await.status, 204);
        assert_eq!(post(&site, prove, &ann.session, right).await.problem(), "wrong_proof", "a code works once");
        assert_eq!(post(&site, TEAM, &ann.session, new("cat@example.com")).await.status, 201);
        site.shop.clock.pass_seconds(600);
        assert_eq!(post(&site, prove, &ann.session, json!({ "password": PASSWORD })).await.status, 204);
        assert_eq!(post(&site, TEAM, &ann.session, new("dan@example.com")).await.status, 201);
        // A program cannot be asked, and holds the scope for this alone.
        let token = site.shop.app.create_api_token(&BY, "till").await.unwrap();
        assert_eq!(site.administer(TEAM, &token, &new("eli@example.com")).await.status, 201);
        assert_eq!(site.administer(TEAM, &token, &new("ELI@example.com")).await.problem(), "address_taken");
    }

    async fn the_team_keeps_an_owner(site: Site) {
        let new = app::admins::team::NewAdmin { email: "x@example.com".parse().unwrap(), name: "X".into(), role: Role::Manager };
        assert!(site.shop.app.create_admin(&BY, &new).await.is_err(), "the first is an owner");
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let bob = site.shop.administrator("bob@example.com", Role::Manager).await;
        let place = |admin: &TestAdmin| format!("{TEAM}/{}", admin.id);
        for change in [json!({ "role": "manager" }), json!({ "is_disabled": true })] {
            let answer = ask(&site, "PATCH", &place(&ann), &ann.session, Some(change)).await;
            assert_eq!(answer.problem(), "owner_needed");
        }
        assert_eq!(ask(&site, "PATCH", &place(&ann), &bob.session, Some(json!({ "role": "viewer" }))).await.problem(), "not_allowed");
        let raised = ask(&site, "PATCH", &place(&bob), &ann.session, Some(json!({ "role": "owner", "name": "Bob" }))).await;
        assert_eq!((&raised.json()["role"], &raised.json()["name"]), (&json!("owner"), &json!("Bob")));
        let lowered = ask(&site, "PATCH", &place(&ann), &bob.session, Some(json!({ "role": "viewer" }))).await;
        assert_eq!(lowered.json()["role"], "viewer");
        assert_eq!(get(&site, TEAM, &ann.session).await.problem(), "not_allowed", "at once");
        let nobody = format!("{TEAM}/adm_01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(ask(&site, "PATCH", &nobody, &bob.session, Some(json!({}))).await.problem(), "not_found");
    }

    async fn a_session_ends_when_she_stays_away_and_after_a_day_at_the_latest(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let app = &site.shop.app;
        site.shop.clock.pass_seconds(8 * 3_600 - 1);
        assert_eq!(get(&site, ME, &ann.session).await.status, 200);
        let holder = app.find_admin_session(&ann.session).await.unwrap().unwrap();
        app.note_admin_seen(holder.session).await.unwrap();
        site.shop.clock.pass_seconds(8 * 3_600 - 1);
        assert_eq!(get(&site, ME, &ann.session).await.status, 200);
        app.note_admin_seen(holder.session).await.unwrap();
        site.shop.clock.pass_seconds(8 * 3_600 - 1);
        assert_eq!(get(&site, ME, &ann.session).await.status, 200);
        app.note_admin_seen(holder.session).await.unwrap();
        site.shop.clock.pass_seconds(3);
        assert_eq!(get(&site, ME, &ann.session).await.problem(), "not_authorized");
    }

    async fn she_ends_her_own_sessions_and_nobody_elses(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let bob = site.shop.administrator("bob@example.com", Role::Manager).await;
        let id = |admin: &TestAdmin| {
            let (app, token) = (site.shop.app.clone(), admin.session.clone());
            async move { app.find_admin_session(&token).await.unwrap().unwrap().session }
        };
        let end = async |session: String| {
            let answer = ask(&site, "DELETE", &format!("{ME}/sessions/{session}"), &bob.session, None).await;
            (answer.status.as_u16(), answer.body.replace(answer.header("x-request-id"), "ID"))
        };
        let anothers = end(id(&ann).await.to_string()).await;
        assert_eq!((anothers.0, &anothers), (404, &end("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV".into()).await));
        assert_eq!(get(&site, ME, &ann.session).await.status, 200);
        assert_eq!(end(id(&bob).await.to_string()).await.0, 204);
        assert_eq!(get(&site, ME, &bob.session).await.problem(), "not_authorized");
    }

    async fn another_site_cannot_use_her_session(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let request = Request::post(TEAM)
            .header("cookie", format!("__Host-stoa_admin={}", ann.session))
            .header("origin", "https://evil.example")
            .header("content-type", "application/json")
            .body(Body::from("{}"));
        assert_eq!(site.send(request.unwrap()).await.problem(), "cross_site");
    }
}
