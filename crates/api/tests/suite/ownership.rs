//! Who may ask for what, on every route that is described, so that a new one cannot be forgotten. Others forgot some:
//! CVE-2026-3371 and CVE-2026-23799 (Tutor LMS), CVE-2026-3226 and CVE-2026-8502 (`LearnPress`).

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use testkit::shop::TestCourse;

use crate::described::operations;
use crate::site::{Answer, PUBLIC_URL, Site, cookie, on_both_engines};

const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// The operations of customers that name a thing, as method and path.
fn of_customers() -> Vec<(String, String)> {
    operations()
        .into_iter()
        .map(|(method, path)| (method.to_string(), path))
        .filter(|(_, path)| {
            path.starts_with("/api/") && !path.contains("/admin/") && path.contains('{')
        })
        .collect()
}

/// The path with the ids of this course and what is in it, and of this session.
fn filled(path: &str, course: &TestCourse, session: &str) -> String {
    let path = path
        .replace("{course_id}", &course.course.to_string())
        .replace("{video_id}", &course.videos[0].to_string())
        .replace("{file_id}", &course.file.to_string())
        .replace("{session_id}", session);
    assert!(!path.contains('{'), "{path}: whose id is that?");
    path
}

/// The path with ids that nobody has.
fn unknown(path: &str) -> String {
    path.replace("{course_id}", &format!("crs_{NOBODYS}"))
        .replace("{video_id}", &format!("vid_{NOBODYS}"))
        .replace("{file_id}", &format!("fil_{NOBODYS}"))
        .replace("{session_id}", &format!("ses_{NOBODYS}"))
}

/// Signs in once more, and returns the id of that session.
async fn session_of(site: &Site, email: &str) -> String {
    let token = site.shop.sign_in(email).await;
    let session = site.shop.app.find_session(&token).await.unwrap();
    session.unwrap().id.to_string()
}

/// Asks as the holder of a session, with a body that any of these takes.
async fn ask(site: &Site, method: &str, path: &str, session: &str) -> Answer {
    if method == "GET" || method == "DELETE" {
        let request = Request::builder().method(method).uri(path);
        let request = request
            .header("cookie", cookie(session))
            .header("origin", PUBLIC_URL);
        return site.send(request.body(Body::empty()).unwrap()).await;
    }
    let report = json!({ "position_seconds": 1, "client_time": site.shop.now() });
    let body = if path.ends_with("/progress") {
        report
    } else {
        json!({})
    };
    site.write(method, path, session, &body).await
}

/// What the answer says, without the request's own id.
fn said(answer: &Answer) -> (StatusCode, String) {
    let body = answer.body.replace(answer.header("x-request-id"), "ID");
    (answer.status, body)
}

on_both_engines! {
    async fn what_is_anothers_answers_byte_for_byte_like_what_nobody_has(site: Site) {
        let (hers, ada) = site.with_customer().await;
        let other = site.shop.sell_course("INK", 1).await;
        site.buy("1002", "eve@example.com", "INK").await;
        let eve = site.shop.sign_in("eve@example.com").await;
        let all = of_customers();
        assert!(all.len() >= 4, "{all:?}");
        for (method, path) in all {
            let of_ada = session_of(&site, "ada@example.com").await;
            let of_eve = session_of(&site, "eve@example.com").await;
            let anothers = ask(&site, &method, &filled(&path, &hers, &of_ada), &eve).await;
            let mine = ask(&site, &method, &filled(&path, &hers, &of_ada), &ada).await;
            assert!(mine.status.is_success(), "{method} {path}: {}", mine.body);
            let own = ask(&site, &method, &filled(&path, &other, &of_eve), &eve).await;
            assert!(own.status.is_success(), "{method} {path}: {}", own.body);
            let nobodys = ask(&site, &method, &unknown(&path), &eve).await;
            assert_eq!(anothers.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(said(&anothers), said(&nobodys), "{method} {path}");
            let signed_out = ask(&site, &method, &filled(&path, &hers, &of_ada), "nobody").await;
            assert_eq!(signed_out.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            let nowhere = ask(&site, &method, &unknown(&path), "nobody").await;
            assert_eq!(said(&signed_out), said(&nowhere), "{method} {path}");
        }
    }

    async fn no_customer_and_no_stranger_administers_anything(site: Site) {
        let (course, ada) = site.with_customer().await;
        let mut count = 0;
        for (method, path) in operations() {
            let is_way_in = ["/api/admin/setup", "/api/admin/setup/confirm", "/api/admin/session"].contains(&path.as_str());
            if !path.contains("/admin/") || is_way_in {
                continue;
            }
            count += 1;
            // Ids that exist, as far as she may know them.
            let path = path
                .replace("{course_id}", &course.course.to_string())
                .replace("{video_id}", &course.videos[0].to_string())
                .replace("{file_id}", &course.file.to_string())
                .replace("{product_id}", &course.product.to_string())
                .replace(['{', '}'], "");
            let bearer = format!("Bearer {ada}");
            for (name, value) in [("cookie", cookie(&ada)), ("authorization", bearer), ("x-nobody", String::new())] {
                let request = Request::builder()
                    .method(&method)
                    .uri(&path)
                    .header(name, value)
                    .header("content-type", "application/json")
                    .body(Body::from("{}"));
                let answer = site.send(request.unwrap()).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} with {name}: {}", answer.body);
            }
        }
        assert!(count > 0);
    }
}
