//! Our elements in the shops' own pages: their tokens, what these open, and from where.

use app::clock::Clock;
use axum::body::Body;
use axum::http::Request;
use connectors::hand_off::{Expected, HandOffKey, NewHandOff, mint};
use serde_json::{Value, json};
use testkit::BY;
use testkit::shop::TestCourse;

use crate::site::{Answer, PUBLIC_URL, Site, cookie, on_both_engines};

/// Where the shop's pages are.
pub(crate) const SHOP: &str = "https://shop.test";
const ELSEWHERE: &str = "https://evil.test";

fn key() -> HandOffKey {
    HandOffKey::new_secret(&[1; 32])
}

/// Has the store vouch for its customers, from its own pages.
pub(crate) async fn let_in(site: &Site) {
    let app = &site.shop.app;
    let origins = [SHOP.parse().unwrap()].into();
    app.set_store_origins(&BY, site.shop.store, &origins)
        .await
        .unwrap();
    app.set_hand_off_key(&BY, site.shop.store, key())
        .await
        .unwrap();
}

/// The shop's word on its customer.
fn word(site: &Site, customer: &str, number: u8) -> String {
    let new = NewHandOff {
        expected: Expected {
            store: &"shop".parse().unwrap(),
            origin: PUBLIC_URL,
        },
        customer: &customer.parse().unwrap(),
        verified_email: None,
    };
    mint(&key(), new, &[number; 16], site.shop.clock.now()).unwrap()
}

async fn ask_for_token(site: &Site, origin: Option<&str>, body: &Value) -> Answer {
    let mut request =
        Request::post("/api/embed/session").header("content-type", "application/json");
    if let Some(origin) = origin {
        request = request
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site");
    }
    site.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// A token for the shop's customer of that id.
pub(crate) async fn token_of(site: &Site, customer: &str, number: u8) -> String {
    let body = json!({ "store": "shop", "token": word(site, customer, number) });
    let answer = ask_for_token(site, Some(SHOP), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Has the shop's customer of that id buy.
pub(crate) async fn buy_as(site: &Site, number: &str, customer: &str, sku: &str) {
    let mut order = site.shop.paid_order(number, "ivy@example.com", &[sku]);
    order["data"]["customer"]["id"] = json!(customer);
    site.shop.tell(&order).await;
}

/// A course that the shop's customer 7 has bought.
async fn ready(site: &Site) -> TestCourse {
    let_in(site).await;
    let course = site.shop.sell_course("WATER", 2).await;
    buy_as(site, "1", "7", "WATER").await;
    course
}

/// Asks as a script in a page of that origin does.
async fn ask(site: &Site, method: &str, path: &str, origin: &str, token: &str) -> Answer {
    let body = match method {
        "GET" => Body::empty(),
        "PUT" => {
            Body::from(json!({ "position_seconds": 7, "client_time": site.shop.now() }).to_string())
        }
        _ => Body::from("{}"),
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("origin", origin)
        .header("sec-fetch-site", "cross-site")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    site.send(request.body(body).unwrap()).await
}

fn is_shared_with(answer: &Answer, origin: &str) -> bool {
    assert!(
        !answer
            .headers
            .contains_key("access-control-allow-credentials")
    );
    assert!(answer.header("vary").contains("Origin"));
    let allowed = answer.header("access-control-allow-origin");
    assert!(allowed.is_empty() || allowed == origin, "{allowed}");
    allowed == origin
}

/// All that a page of a shop's may ask, about a course.
fn operations(course: &TestCourse) -> [(&'static str, String); 6] {
    [
        ("GET", "/api/courses".to_owned()),
        ("GET", format!("/api/courses/{}", course.course)),
        ("GET", format!("/api/videos/{}/playback", course.videos[0])),
        ("PUT", format!("/api/videos/{}/progress", course.videos[0])),
        ("GET", "/api/downloads".to_owned()),
        ("POST", format!("/api/downloads/{}/link", course.file)),
    ]
}

on_both_engines! {
    async fn a_page_of_the_shop_shows_what_its_customer_has(site: Site) {
        let course = ready(&site).await;
        let token = token_of(&site, "7", 1).await;
        for (method, path) in operations(&course) {
            let answer = ask(&site, method, &path, SHOP, &token).await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
            assert!(is_shared_with(&answer, SHOP), "{method} {path}");
        }
        let stranger = token_of(&site, "8", 2).await;
        let path = format!("/api/courses/{}", course.course);
        let refused = ask(&site, "GET", &path, SHOP, &stranger).await;
        assert_eq!(refused.problem(), "not_found");
        assert!(is_shared_with(&refused, SHOP), "the page can read why");
    }

    async fn a_token_ends_after_ten_minutes_and_with_her_other_sessions_and_with_its_origin(site: Site) {
        let course = ready(&site).await;
        let path = format!("/api/courses/{}", course.course);
        let status = async |token: &str| ask(&site, "GET", &path, SHOP, token).await.status.as_u16();
        let first = token_of(&site, "7", 1).await;
        site.shop.clock.pass_seconds(599);
        assert_eq!(status(&first).await, 200);
        site.shop.clock.pass_seconds(1);
        assert_eq!(status(&first).await, 401);

        let second = token_of(&site, "7", 2).await;
        let session = site.shop.app.find_embed(&second, &SHOP.parse().unwrap()).await.unwrap().unwrap();
        let kept = domain::SessionId::from_parts(testkit::shop::OPENING, 1);
        site.shop.app.end_other_sessions(session.viewer.customer(), kept).await.unwrap();
        assert_eq!(status(&second).await, 401);

        let third = token_of(&site, "7", 3).await;
        assert_eq!(status(&third).await, 200);
        let others = ["https://www.shop.test".parse().unwrap()].into();
        site.shop.app.set_store_origins(&BY, site.shop.store, &others).await.unwrap();
        assert_eq!(status(&third).await, 401);
    }

    async fn a_token_opens_nothing_from_elsewhere_and_nothing_else(site: Site) {
        let course = ready(&site).await;
        let token = token_of(&site, "7", 1).await;
        let more = [SHOP.parse().unwrap(), "https://other.test".parse().unwrap()].into();
        site.shop.app.set_store_origins(&BY, site.shop.store, &more).await.unwrap();
        for (method, path) in operations(&course) {
            for origin in [ELSEWHERE, "https://other.test", "null", "http://shop.test", "https://shop.test:8443", PUBLIC_URL] {
                let answer = ask(&site, method, &path, origin, &token).await;
                assert_eq!(answer.problem(), "not_signed_in", "{method} {path} from {origin}");
                is_shared_with(&answer, "https://other.test");
            }
        }
        let path = format!("/api/courses/{}", course.course);
        let request = |name: &str, value: &str| {
            Request::get(&path).header(name, value).body(Body::empty()).unwrap()
        };
        let bare = site.send(request("authorization", &format!("Bearer {token}"))).await;
        assert_eq!(bare.problem(), "not_signed_in", "without an origin");
        assert_eq!(site.send(request("cookie", &cookie(&token))).await.problem(), "not_signed_in");
        assert_eq!(ask(&site, "GET", "/api/me", SHOP, &token).await.problem(), "not_signed_in");
        assert_eq!(ask(&site, "GET", "/api/me/sessions", SHOP, &token).await.problem(), "not_signed_in");
        assert_eq!(ask(&site, "GET", "/api/admin/orders", SHOP, &token).await.problem(), "not_authorized");
        assert_eq!(ask(&site, "POST", "/api/sign-out", SHOP, &token).await.problem(), "cross_site");
        assert_eq!(ask(&site, "POST", "/api/admin/tokens", SHOP, &token).await.problem(), "cross_site");
        let page = site.shop.sign_in("ivy@example.com").await;
        for other in [page.as_str(), &token[1..], "stoa_em_", ""] {
            assert_eq!(ask(&site, "GET", &path, SHOP, other).await.problem(), "not_signed_in");
        }
    }

    async fn a_word_of_the_shop_is_taken_once_and_from_its_own_pages(site: Site) {
        ready(&site).await;
        let body = json!({ "store": "shop", "token": word(&site, "7", 1) });
        for origin in [None, Some(ELSEWHERE), Some("null"), Some(PUBLIC_URL), Some("https://shop.test/")] {
            let refused = ask_for_token(&site, origin, &body).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (400, "hand_off_refused"), "{origin:?}");
            assert!(!is_shared_with(&refused, origin.unwrap_or("none")));
        }
        assert_eq!(ask_for_token(&site, Some(SHOP), &body).await.status, 200, "none of that has used it up");
        let used = ask_for_token(&site, Some(SHOP), &body).await;
        assert_eq!(used.problem(), "hand_off_used");
        assert!(is_shared_with(&used, SHOP));
        let late = json!({ "store": "shop", "token": word(&site, "7", 2) });
        site.shop.clock.pass_seconds(61);
        assert_eq!(ask_for_token(&site, Some(SHOP), &late).await.problem(), "hand_off_expired");
        let stranger = json!({ "store": "nobody", "token": word(&site, "7", 3) });
        assert_eq!(ask_for_token(&site, Some(SHOP), &stranger).await.problem(), "hand_off_refused");
    }

    async fn a_browser_is_known_again_and_counts_once(site: Site) {
        let course = ready(&site).await;
        let begin = async |number: u8, device: Option<&str>| {
            let mut body = json!({ "store": "shop", "token": word(&site, "7", number) });
            if let Some(device) = device {
                body["device"] = json!(device);
            }
            ask_for_token(&site, Some(SHOP), &body).await.json()
        };
        let first = begin(1, None).await;
        let device = first["device"].as_str().unwrap();
        assert_eq!(begin(2, Some(device)).await["device"], device);
        let planted = "x".repeat(43);
        assert_ne!(begin(3, Some(&planted)).await["device"], planted.as_str());
        let path = format!("/api/videos/{}/playback", course.videos[0]);
        for number in 4..12 {
            let token = begin(number, Some(device)).await["token"].as_str().unwrap().to_owned();
            assert_eq!(ask(&site, "GET", &path, SHOP, &token).await.status, 200);
        }
    }

    async fn a_preflight_is_answered_to_the_stores_pages_about_what_is_shared(site: Site) {
        let course = ready(&site).await;
        let preflight = async |path: &str, origin: &str| {
            let request = Request::options(path)
                .header("origin", origin)
                .header("access-control-request-method", "PUT")
                .header("access-control-request-headers", "authorization");
            site.send(request.body(Body::empty()).unwrap()).await
        };
        for (method, path) in operations(&course).into_iter().chain([("POST", "/api/embed/session".to_owned())]) {
            let answer = preflight(&path, SHOP).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""), "{path}");
            assert!(is_shared_with(&answer, SHOP));
            assert_eq!(answer.header("access-control-allow-methods"), method);
            assert_eq!(answer.header("access-control-allow-headers"), "Authorization, Content-Type");
            assert_eq!(answer.header("access-control-max-age"), "600");
            for origin in [ELSEWHERE, "null", "*", "https://shop.test.evil.test", "http://shop.test", "https://sub.shop.test"] {
                let refused = preflight(&path, origin).await;
                assert_eq!(refused.problem(), "cross_site", "{path} from {origin}");
                assert!(!is_shared_with(&refused, origin));
                assert_eq!(refused.header("access-control-allow-methods"), "");
            }
        }
        for path in ["/api/me", "/api/me/sessions", "/api/sign-in", "/api/admin/orders", "/", "/healthz", "/nothing"] {
            let answer = preflight(path, SHOP).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        }
    }

    async fn a_cookie_counts_for_nothing_from_elsewhere(site: Site) {
        let (course, session) = site.with_customer().await;
        let_in(&site).await;
        for (method, path) in operations(&course) {
            for origin in [SHOP, ELSEWHERE] {
                let request = Request::builder().method(method).uri(&path)
                    .header("origin", origin)
                    .header("sec-fetch-site", "same-site")
                    .header("cookie", cookie(&session))
                    .header("content-type", "application/json");
                let answer = site.send(request.body(Body::from("{}")).unwrap()).await;
                assert_eq!(answer.problem(), "not_signed_in", "{method} {path} from {origin}");
            }
            // As an image or a frame of another page asks: without an origin.
            let request = Request::builder().method("GET").uri(&path)
                .header("sec-fetch-site", "cross-site")
                .header("cookie", cookie(&session));
            let answer = site.send(request.body(Body::empty()).unwrap()).await;
            assert!([401, 405].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        }
        assert_eq!(site.get("/api/courses", &session).await.status, 200);
    }

    async fn the_origins_of_a_store_are_set_and_written_down(site: Site) {
        let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
        let path = format!("/api/admin/stores/{}", site.shop.store);
        let change = async |origins: Value| {
            let request = Request::patch(&path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json");
            let body = json!({ "origins": origins }).to_string();
            site.send(request.body(Body::from(body)).unwrap()).await
        };
        let set = change(json!(["https://www.shop.test", SHOP, SHOP])).await.json();
        assert_eq!(set["store"]["origins"], json!([SHOP, "https://www.shop.test"]));
        for wrong in [json!(["*"]), json!(["null"]), json!(["https://shop.test/"]), json!(["http://shop.test"]),
                      json!(["https://*.shop.test"]), json!("https://shop.test"), json!(vec![SHOP; 21]), json!(null)] {
            let refused = change(wrong.clone()).await;
            assert_eq!((refused.status.as_u16(), refused.field().as_str()), (422, "origins"), "{wrong}");
        }
        assert_eq!(change(json!([])).await.json()["store"]["origins"], json!([]));
        let log = Request::get("/api/admin/audit?action=store.origins_changed")
            .header("authorization", format!("Bearer {token}"));
        let log = site.send(log.body(Body::empty()).unwrap()).await.json();
        let said: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| entry["after"].clone()).collect();
        assert_eq!(said, [json!({ "origins": [] }), json!({ "origins": [SHOP, "https://www.shop.test"] })]);
    }
}
