//! What a customer sees.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use testkit::BY;

use crate::site::{Answer, on_both_engines};

/// The answer with what differs by nature taken out: the request's id.
fn same_shape(answer: &Answer) -> (StatusCode, String) {
    let id = answer.header("x-request-id");
    (answer.status, answer.body.replace(id, "ID"))
}

/// Whether a link is one that the media host takes now.
fn is_signed(shop: &testkit::TestShop, url: &str) -> bool {
    let now = app::clock::Clock::now(&shop.clock).as_seconds();
    shop.verifier
        .verify_url(url, u64::try_from(now).unwrap(), None)
        .is_ok()
}

on_both_engines! {
    async fn a_session_sees_by_all_that_it_has_proven_and_not_when_one_of_them_is_blocked(site: Site) {
        let (course, _) = site.with_customer().await;
        let content = domain::ContentId::Course(course.course);
        let eve: domain::EmailAddress = "eve@example.com".parse().unwrap();
        let eve = app::administration::Whom::Email(eve);
        let session = site.shop.sign_in("eve@example.com").await;
        let at = format!("/api/courses/{}", course.course);
        assert_eq!(site.get(&at, &session).await.status, StatusCode::NOT_FOUND);
        let proof = domain::Proof::Address("ada@example.com".parse().unwrap());
        site.shop.app.prove(&session, &proof).await.unwrap();
        let playback = format!("/api/videos/{}/playback", course.videos[0]);
        for path in [&at, &playback] {
            assert_eq!(site.get(path, &session).await.status, StatusCode::OK);
        }
        assert_eq!(site.get("/api/me", &session).await.json()["customer"]["email"], "eve@example.com");
        site.shop.app.revoke_access(&BY, eve, content, None, app::administration::Telling::Nobody).await.unwrap();
        for path in [&at, &playback] {
            assert_eq!(site.get(path, &session).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(site.get("/api/courses", &session).await.json()["items"], json!([]));
    }

    async fn she_sees_who_she_is_and_where_the_shop_is(site: Site) {
        let session = site.shop.sign_in("ada@example.com").await;
        let me = site.get("/api/me", &session).await.json();
        assert!(me["customer"]["id"].as_str().unwrap().starts_with("cus_"));
        assert_eq!(me["customer"]["email"], "ada@example.com");
        assert_eq!(me["shop"], json!({ "name": "Test shop", "url": "https://shop.test" }));
    }

    async fn her_library_holds_what_she_bought(site: Site) {
        let (course, session) = site.with_customer().await;
        let library = site.get("/api/courses", &session).await.json();
        assert_eq!(library["next"], Value::Null);
        let [listed] = library["items"].as_array().unwrap().as_slice() else {
            panic!("{library}");
        };
        let cover = listed["cover_url"].as_str().unwrap();
        assert!(is_signed(&site.shop, cover));
        assert_eq!(
            *listed,
            json!({
                "id": course.course, "title": "Course WATERCOLOUR", "description": "Wet on wet.", "cover_url": cover,
                "access": { "until": null }, "progress": { "completed": 0, "total": 3 }, "duration_seconds": 180.0,
                "last_watched_at": null, "continue_with": null
            })
        );
    }

    async fn her_course_opens_with_its_videos_links_and_files(site: Site) {
        let (course, session) = site.with_customer().await;
        let opened = site.get(&format!("/api/courses/{}", course.course), &session).await.json();
        assert_eq!(opened["links_expire_at"], "2026-11-18T11:35:00Z");
        let videos = opened["modules"][0]["videos"].as_array().unwrap();
        let urls: Vec<&str> = videos.iter().map(|video| video["url"].as_str().unwrap()).collect();
        assert!(urls.iter().all(|url| is_signed(&site.shop, url)), "{urls:?}");
        let video = |place: usize| {
            json!({
                "id": course.videos[place], "title": format!("Lesson {}", place + 1), "order": place + 1,
                "duration_seconds": 60.0, "url": urls[place], "hls_url": null, "poster_url": null, "storyboard_url": null,
                "captions": [], "progress": { "position_seconds": 0.0, "completed_at": null, "updated_at": null }
            })
        };
        let expected = json!({
            "id": course.course, "title": "Course WATERCOLOUR", "description": "Wet on wet.",
            "cover_url": opened["cover_url"], "access": { "until": null }, "progress": { "completed": 0, "total": 3 },
            "links_expire_at": opened["links_expire_at"],
            "modules": [{ "id": opened["modules"][0]["id"], "title": "Welcome", "order": 1,
                          "videos": [video(0), video(1), video(2)] }],
            "files": [{ "id": course.file, "title": "Notes WATERCOLOUR", "size_bytes": 48_213,
                        "media_type": "application/pdf" }]
        });
        assert_eq!(opened, expected);
    }

    async fn two_customers_of_one_course_each_see_their_own(site: Site) {
        let (course, ada) = site.with_customer().await;
        site.buy("1002", "bob@example.com", "WATERCOLOUR").await;
        let bob = site.shop.sign_in("bob@example.com").await;
        let path = format!("/api/courses/{}", course.course);
        let before = site.get(&path, &bob).await.body;
        let report = json!({ "position_seconds": 60, "client_time": site.shop.now(), "completed": true });
        let progress = format!("/api/videos/{}/progress", course.videos[1]);
        assert_eq!(site.write("PUT", &progress, &ada, &report).await.status, 200);
        let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
        let revoke = json!({ "customer": { "email": "ada@example.com" }, "content": course.file });
        assert_eq!(site.administer("/api/admin/access/revoke", &token, &revoke).await.status, 200);

        let opened = site.get(&path, &ada).await.json();
        assert_eq!(opened["progress"], json!({ "completed": 1, "total": 3 }));
        let videos = opened["modules"][0]["videos"].as_array().unwrap();
        let positions: Vec<f64> = videos.iter().map(|video| video["progress"]["position_seconds"].as_f64().unwrap()).collect();
        assert_eq!(positions, [0.0, 60.0, 0.0]);
        assert_eq!(opened["files"], json!([]));
        assert_eq!(site.get(&path, &bob).await.body, before);
    }

    async fn her_video_gets_a_fresh_link_that_ends(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/playback", course.videos[1]);
        let playback = site.get(&path, &session).await.json();
        let url = playback["url"].as_str().unwrap();
        assert!(is_signed(&site.shop, url));
        let expected = json!({
            "id": course.videos[1], "url": url, "links_expire_at": "2026-11-18T11:35:00Z", "poster_url": null,
            "captions": [], "progress": { "position_seconds": 0.0, "completed_at": null, "updated_at": null }
        });
        assert_eq!(playback, expected);
        site.shop.clock.pass_seconds(1_800);
        assert!(!is_signed(&site.shop, url));
        let later = site.get(&path, &session).await.json();
        assert!(is_signed(&site.shop, later["url"].as_str().unwrap()));
    }

    async fn her_downloads_get_their_link_when_she_asks(site: Site) {
        let (course, session) = site.with_customer().await;
        let downloads = site.get("/api/downloads", &session).await.json();
        let expected = json!({
            "items": [{ "id": course.file, "title": "Notes WATERCOLOUR", "size_bytes": 48_213,
                        "media_type": "application/pdf", "product_title": "Product WATERCOLOUR" }],
            "next": null
        });
        assert_eq!(downloads, expected);
        let path = format!("/api/downloads/{}/link", course.file);
        let link = site.write("POST", &path, &session, &json!({})).await.json();
        assert!(is_signed(&site.shop, link["url"].as_str().unwrap()));
        assert!(link["expires_at"].as_str().unwrap().starts_with("2026-11-18T11:07:"));
    }

    async fn a_refund_takes_everything_away(site: Site) {
        let (course, session) = site.with_customer().await;
        site.shop.clock.pass_seconds(60);
        let mut order = site.shop.paid_order("1001", "ada@example.com", &["WATERCOLOUR"]);
        order["data"]["status"] = "refunded".into();
        site.shop.tell(&order).await;
        assert_eq!(site.get("/api/courses", &session).await.json()["items"], json!([]));
        assert_eq!(site.get("/api/downloads", &session).await.json()["items"], json!([]));
        for path in paths_of(&course) {
            assert_eq!(site.get(&path, &session).await.status, 404, "{path}");
        }
        let path = format!("/api/downloads/{}/link", course.file);
        assert_eq!(site.write("POST", &path, &session, &json!({})).await.problem(), "not_found");
    }

    async fn what_is_not_hers_looks_like_what_does_not_exist(site: Site) {
        let (bought, session) = site.with_customer().await;
        let other = site.shop.sell_course("OILS", 2).await;
        site.buy("1002", "bob@example.com", "OILS").await;
        for (hers, others) in paths_of(&bought).into_iter().zip(paths_of(&other)) {
            assert_eq!(site.get(&hers, &session).await.status, 200);
            let refused = same_shape(&site.get(&others, &session).await);
            let missing = hers.replace("/0", "/1").replace("_0", "_7");
            assert_ne!(missing, hers);
            let malformed = hers.replace("_0", "_u");
            assert_eq!(refused, same_shape(&site.get(&missing, &session).await), "{missing}");
            assert_eq!(refused, same_shape(&site.get(&malformed, &session).await), "{malformed}");
        }
        let link = format!("/api/downloads/{}/link", other.file);
        let refused = site.write("POST", &link, &session, &json!({})).await;
        let missing = site.write("POST", &link.replace("_0", "_7"), &session, &json!({})).await;
        assert_eq!(same_shape(&refused), same_shape(&missing));
        assert_eq!(refused.problem(), "not_found");
    }

    async fn nobody_else_sees_anything(site: Site) {
        let (course, session) = site.with_customer().await;
        let mut paths = paths_of(&course);
        paths.extend(["/api/me", "/api/courses", "/api/downloads"].map(str::to_owned));
        let almost = format!("{}A", &session[..42]);
        for path in paths {
            for other in ["", "short", &almost, &session.to_lowercase()] {
                let answer = site.get(&path, other).await;
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not_signed_in"));
            }
            let without = Request::get(&path).body(axum::body::Body::empty()).unwrap();
            assert_eq!(site.send(without).await.problem(), "not_signed_in");
        }
    }
}

fn paths_of(course: &testkit::shop::TestCourse) -> Vec<String> {
    vec![
        format!("/api/courses/{}", course.course),
        format!("/api/videos/{}/playback", course.videos[0]),
    ]
}
