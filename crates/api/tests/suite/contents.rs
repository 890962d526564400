//! The shelves over HTTP, as an administrator fills them.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::site::{Answer, Site, on_both_engines};

/// Asks as the holder of an API token; a body is sent as JSON.
pub(crate) async fn ask(
    site: &Site,
    token: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
    site.send(request.body(body).unwrap()).await
}

pub(crate) async fn token(site: &Site) -> String {
    let made = site.shop.app.create_api_token(&testkit::BY, "laptop").await;
    made.unwrap()
}

on_both_engines! {
    async fn a_course_is_made_filled_and_published(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        site.buy("1001", "ada@example.com", "OILS").await;
        let new = json!({ "product_id": sold.product, "title": " Water  colour ", "description": "Wet on wet." });
        let made = ask(&site, &token, "POST", "/api/admin/courses", Some(new)).await;
        assert_eq!(made.status, 201);
        let course = made.json();
        let expected = json!({
            "id": course["id"], "product_id": sold.product, "title": "Water  colour", "description": "Wet on wet.",
            "slug": "water-colour", "published_at": null, "created_at": site.shop.now(), "modules": []
        });
        assert_eq!(course, expected);
        let path = format!("/api/admin/courses/{}", course["id"].as_str().unwrap());

        let mut modules = Vec::new();
        for (title, place) in [("Washes", None), ("Paper", Some(1))] {
            let mut new = json!({ "title": title });
            if let Some(place) = place {
                new["place"] = json!(place);
            }
            let made = ask(&site, &token, "POST", &format!("{path}/modules"), Some(new)).await;
            assert_eq!(made.status, 201);
            let module = made.json();
            assert_eq!((&module["course_id"], &module["videos"]), (&course["id"], &json!([])));
            modules.push(module["id"].clone());
        }
        let titles = |course: &Value| {
            let modules = course["modules"].as_array().unwrap().iter();
            modules.map(|module| (module["title"].clone(), module["place"].clone())).collect::<Vec<_>>()
        };
        let shown = ask(&site, &token, "GET", &path, None).await.json();
        assert_eq!(titles(&shown), [(json!("Paper"), json!(1)), (json!("Washes"), json!(2))]);
        let order = json!({ "order": modules });
        let ordered = ask(&site, &token, "PUT", &format!("{path}/order"), Some(order)).await.json();
        assert_eq!(titles(&ordered), [(json!("Washes"), json!(1)), (json!("Paper"), json!(2))]);
        let change = json!({ "title": "Brushes", "place": 1 });
        let module = format!("/api/admin/modules/{}", modules[1].as_str().unwrap());
        let changed = ask(&site, &token, "PATCH", &module, Some(change)).await.json();
        assert_eq!((&changed["title"], &changed["place"]), (&json!("Brushes"), &json!(1)));
        assert_eq!(ask(&site, &token, "GET", &module, None).await.json(), changed);

        let change = json!({ "slug": "water" });
        assert_eq!(ask(&site, &token, "PATCH", &path, Some(change)).await.json()["slug"], "water");
        site.shop.app.work_until_idle().await.unwrap();
        let session = site.shop.sign_in("ada@example.com").await;
        let hers = format!("/api/courses/{}", course["id"].as_str().unwrap());
        assert_eq!(site.get(&hers, &session).await.status, 404);
        let published = ask(&site, &token, "PUT", &format!("{path}/publication"), None).await;
        assert_eq!((published.status.as_u16(), published.body.as_str()), (204, ""));
        assert_eq!(site.get(&hers, &session).await.status, 200);
        let shown = ask(&site, &token, "GET", &path, None).await.json();
        assert_eq!(shown["published_at"], site.shop.now());
    }

    async fn videos_and_files_are_renamed_moved_and_ordered(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 3).await;
        let path = format!("/api/admin/courses/{}", sold.course);
        let course = ask(&site, &token, "GET", &path, None).await.json();
        let module = &course["modules"][0];
        let expected = json!({
            "id": sold.videos[0], "course_id": sold.course, "module_id": module["id"], "title": "Lesson 1", "place": 1,
            "state": "ready", "duration_seconds": 60.0, "size_bytes": 1000,
            "created_at": site.shop.now(), "updated_at": site.shop.now()
        });
        assert_eq!(module["videos"][0], expected);
        let video = format!("/api/admin/videos/{}", sold.videos[0]);
        assert_eq!(ask(&site, &token, "GET", &video, None).await.json(), expected);
        let changed = ask(&site, &token, "PATCH", &video, Some(json!({ "title": "Flat", "place": 3 }))).await.json();
        assert_eq!((&changed["title"], &changed["place"]), (&json!("Flat"), &json!(3)));
        let order = json!({ "order": sold.videos });
        let module_path = format!("/api/admin/modules/{}", module["id"].as_str().unwrap());
        let ordered = ask(&site, &token, "PUT", &format!("{module_path}/order"), Some(order)).await.json();
        assert_eq!(ordered["videos"][0]["id"], json!(sold.videos[0]));
        let other = json!({ "title": "Other" });
        let other = ask(&site, &token, "POST", &format!("{path}/modules"), Some(other)).await.json();
        let to = json!({ "module_id": other["id"] });
        let moved = ask(&site, &token, "POST", &format!("{module_path}/move-videos"), Some(to)).await.json();
        assert_eq!((&moved["id"], moved["videos"].as_array().unwrap().len()), (&other["id"], 3));

        let files = format!("/api/admin/products/{}/files", sold.product);
        let listed = ask(&site, &token, "GET", &files, None).await.json();
        let expected = json!({
            "id": sold.file, "product_id": sold.product, "title": "Notes OILS", "media_type": "application/pdf",
            "size_bytes": 48_213, "published_at": testkit::shop::OPENING.to_string()
        });
        assert_eq!(listed, json!({ "items": [expected], "next": null }));
        let file = format!("/api/admin/files/{}", sold.file);
        let renamed = ask(&site, &token, "PATCH", &file, Some(json!({ "title": "Palette" }))).await.json();
        assert_eq!(renamed["title"], "Palette");
        let order = json!({ "order": [sold.file] });
        assert_eq!(ask(&site, &token, "PUT", &format!("{files}/order"), Some(order)).await.status, 200);
    }

    async fn whom_a_deletion_touches_is_shown_and_must_be_named(site: Site) {
        let token = token(&site).await;
        let (sold, session) = site.with_customer().await;
        let path = format!("/api/admin/courses/{}", sold.course);
        let module = ask(&site, &token, "GET", &path, None).await.json()["modules"][0]["id"].clone();
        let module = format!("/api/admin/modules/{}", module.as_str().unwrap());
        let video = format!("/api/admin/videos/{}", sold.videos[0]);
        let file = format!("/api/admin/files/{}", sold.file);
        let seen = |videos| json!({ "customers_with_access": 1, "customers_with_progress": 0, "videos": videos });
        for (path, videos) in [(&path, 3), (&module, 3), (&video, 1), (&file, 0)] {
            let effects = ask(&site, &token, "GET", &format!("{path}/effects"), None).await.json();
            assert_eq!(effects, seen(videos), "{path}");
            for query in ["", "?customers_with_access=0", "?customers_with_access=2"] {
                let refused = ask(&site, &token, "DELETE", &format!("{path}{query}"), None).await;
                let code = (refused.status.as_u16(), refused.problem());
                assert_eq!(code, (409, "confirmation_needed".to_owned()), "{path}{query}");
                let problem: Value = serde_json::from_str(&refused.body).unwrap();
                assert_eq!((&problem["effects"], &problem["field"]), (&seen(videos), &json!("customers_with_access")));
            }
            for query in ["?customers_with_access=x", "?videos=1&all=true", "?customers_with_access=1&customers_with_access=1"] {
                let refused = ask(&site, &token, "DELETE", &format!("{path}{query}"), None).await;
                assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid_query"), "{path}{query}");
            }
        }
        let named = "?customers_with_access=1";
        assert_eq!(ask(&site, &token, "DELETE", &format!("{module}{named}"), None).await.status, 409);
        for gone in [format!("{file}{named}"), format!("{video}{named}"), format!("{module}{named}&videos=2")] {
            let answer = ask(&site, &token, "DELETE", &gone, None).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{gone}");
            assert_eq!(ask(&site, &token, "DELETE", &gone, None).await.problem(), "not_found");
        }
        let unpublish = format!("{path}/publication");
        let refused = ask(&site, &token, "DELETE", &unpublish, None).await;
        assert_eq!(refused.problem(), "confirmation_needed");
        assert_eq!(ask(&site, &token, "DELETE", &format!("{unpublish}{named}"), None).await.status, 204);
        let hers = format!("/api/courses/{}", sold.course);
        assert_eq!(site.get(&hers, &session).await.problem(), "not_found");
        assert_eq!(ask(&site, &token, "PUT", &unpublish, None).await.status, 204);
        assert_eq!(site.get(&hers, &session).await.json()["modules"], json!([]));
        assert_eq!(ask(&site, &token, "DELETE", &format!("{path}{named}"), None).await.status, 204);
        assert_eq!(site.get(&hers, &session).await.problem(), "not_found");
    }

    async fn what_is_wrong_is_named_by_its_field(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 2).await;
        let other = site.shop.sell_course("CLAY", 1).await;
        let module = async |course| {
            let path = format!("/api/admin/courses/{course}");
            ask(&site, &token, "GET", &path, None).await.json()["modules"][0]["id"].clone()
        };
        let (mine, foreign) = (module(sold.course).await, module(other.course).await);
        let nobody = "prd_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let course = &format!("/api/admin/courses/{}", sold.course);
        let module = &format!("/api/admin/modules/{}", mine.as_str().unwrap());
        let video = &format!("/api/admin/videos/{}", sold.videos[0]);
        let file = &format!("/api/admin/files/{}", sold.file);
        let move_videos = &format!("{module}/move-videos");
        for (method, path, body, status, code, field) in [
            ("POST", "/api/admin/courses", json!({ "title": "A" }), 422, "invalid_body", "product_id"),
            ("POST", "/api/admin/courses", json!({ "title": "A", "product_id": nobody }), 422, "no_such_product", "product_id"),
            ("POST", "/api/admin/courses", json!({ "title": " ", "product_id": nobody }), 422, "invalid_body", "title"),
            ("POST", "/api/admin/courses", json!({ "title": "A\nB", "product_id": nobody }), 422, "invalid_body", "title"),
            ("POST", "/api/admin/courses", json!({ "title": "A", "product_id": sold.product, "slug": "oils" }), 409, "slug_taken", "slug"),
            ("PATCH", course, json!({ "slug": "clay" }), 409, "slug_taken", "slug"),
            ("PATCH", course, json!({ "slug": "No Slug" }), 422, "invalid_body", "slug"),
            ("PATCH", course, json!({ "title": null }), 422, "invalid_body", "title"),
            ("PATCH", course, json!({ "description": null }), 422, "invalid_body", "description"),
            ("PATCH", course, json!({ "published_at": null }), 422, "invalid_body", "published_at"),
            ("PATCH", course, json!({ "cover_key": "x" }), 422, "invalid_body", "cover_key"),
            ("PATCH", course, json!({ "product_id": sold.course }), 422, "invalid_body", "product_id"),
            ("PATCH", course, json!({ "product_id": nobody }), 422, "no_such_product", "product_id"),
            ("PATCH", course, json!({ "product_id": other.product }), 409, "confirmation_needed", "customers_with_access"),
            ("PUT", &format!("{course}/order"), json!({ "order": [mine, foreign] }), 409, "not_what_is_there", "order"),
            ("PUT", &format!("{course}/order"), json!({ "order": [sold.videos[0]] }), 422, "invalid_body", "order[0]"),
            ("POST", &format!("{course}/modules"), json!({ "title": "A", "place": 3 }), 422, "no_such_place", "place"),
            ("POST", &format!("{course}/modules"), json!({ "title": "A", "place": -1 }), 422, "invalid_body", "place"),
            ("PATCH", module, json!({ "place": 0 }), 422, "no_such_place", "place"),
            ("PATCH", module, json!({ "order": 1 }), 422, "invalid_body", "order"),
            ("PUT", &format!("{module}/order"), json!({ "order": [sold.videos[1]] }), 409, "not_what_is_there", "order"),
            ("POST", move_videos, json!({ "module_id": foreign }), 422, "no_such_module", "module_id"),
            ("POST", move_videos, json!({ "module_id": mine }), 422, "no_such_module", "module_id"),
            ("PATCH", video, json!({ "module_id": foreign }), 422, "no_such_module", "module_id"),
            ("PATCH", video, json!({ "module_id": null }), 422, "invalid_body", "module_id"),
            ("PATCH", video, json!({ "s3_key": "x" }), 422, "invalid_body", "s3_key"),
            ("PATCH", file, json!({ "place": 2 }), 422, "no_such_place", "place"),
            ("PATCH", file, json!({ "title": "x".repeat(201) }), 422, "invalid_body", "title"),
        ] {
            let answer = ask(&site, &token, method, path, Some(body.clone())).await;
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            let got = (answer.status.as_u16(), answer.problem(), problem["field"].as_str());
            assert_eq!(got, (status, code.to_owned(), Some(field)), "{method} {path} {body}");
        }
    }

    async fn courses_come_in_pages(site: Site) {
        let token = token(&site).await;
        let mut made = Vec::new();
        for sku in ["A", "B", "C"] {
            made.push(site.shop.sell_course(sku, 0).await);
        }
        let page = async |query: &str| {
            let path = format!("/api/admin/courses{query}");
            ask(&site, &token, "GET", &path, None).await.json()
        };
        let first = page("?limit=2").await;
        let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), [json!(made[0].course), json!(made[1].course)]);
        let second = page(&format!("?limit=2&cursor={}", first["next"].as_str().unwrap())).await;
        assert_eq!((ids(&second), &second["next"]), (vec![json!(made[2].course)], &Value::Null));
        let exact = page("?limit=3").await;
        assert_eq!((ids(&exact).len(), &exact["next"]), (3, &Value::Null), "no empty page follows");
        let of_product = page(&format!("?product={}", made[1].product)).await;
        assert_eq!(ids(&of_product), [json!(made[1].course)]);
    }
}

#[tokio::test]
async fn only_the_holder_of_a_token_fills_the_shelves() {
    let site = Site::open(testkit::TestDatabase::sqlite().await).await;
    let (sold, session) = site.with_customer().await;
    let described = crate::described::operations();
    let mut asked = 0;
    for (method, template) in described {
        // Signing in and setting up are for who is not signed in yet.
        let is_open = ["/api/admin/session", "/api/admin/setup"];
        let is_open = is_open
            .iter()
            .any(|open| template.trim_end_matches("/confirm") == *open);
        if !template.starts_with("/api/admin/") || is_open {
            continue;
        }
        let path = template
            .replace("{course_id}", &sold.course.to_string())
            .replace("{video_id}", &sold.videos[0].to_string())
            .replace("{file_id}", &sold.file.to_string())
            .replace("{product_id}", &sold.product.to_string());
        let request = Request::builder()
            .method(&method)
            .uri(&path)
            .header("cookie", crate::site::cookie(&session))
            .header("content-type", "video/mp4");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), "not_authorized", "{method} {path}");
        asked += 1;
    }
    assert!(asked > 30, "{asked}");
    let open = format!("/api/courses/{}", sold.course);
    assert_eq!(site.get(&open, &session).await.status, 200);
}
