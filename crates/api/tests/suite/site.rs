//! The router over a test shop, and its answers.

use api::{Api, Settings};
use app::App;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use testkit::shop::{MEDIA_BASE, TestCourse};
use testkit::{TestDatabase, TestShop};
use tower::ServiceExt;

/// Where the pages are in these tests.
pub(crate) const PUBLIC_URL: &str = "https://courses.test";
/// What no answer may hold outside a signed link: the objects of `TestShop::stock`.
const OBJECTS: [&str; 3] = ["v.mp4", "cover.jpg", "notes.pdf"];

/// A shop and the router over it.
pub(crate) struct Site {
    pub(crate) shop: TestShop,
    pub(crate) router: Router,
    database: TestDatabase,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Site {
    pub(crate) async fn open(database: TestDatabase) -> Self {
        let shop = TestShop::open(database.db.clone()).await;
        let router = router(&shop, PUBLIC_URL);
        Self {
            shop,
            router,
            database,
        }
    }

    /// A course that Ada has bought, and her session.
    pub(crate) async fn with_customer(&self) -> (TestCourse, String) {
        let course = self.shop.sell_course("WATERCOLOUR", 3).await;
        self.buy("1001", "ada@example.com", "WATERCOLOUR").await;
        (course, self.shop.sign_in("ada@example.com").await)
    }

    /// Has the store tell of a paid order.
    pub(crate) async fn buy(&self, number: &str, email: &str, sku: &str) {
        let order = self.shop.paid_order(number, email, &[sku]);
        self.shop.tell(&order).await;
    }

    /// Asks as the holder of a session.
    pub(crate) async fn get(&self, path: &str, session: &str) -> Answer {
        let request = Request::get(path).header("cookie", cookie(session));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends JSON as a page of ours does.
    pub(crate) async fn write(
        &self,
        method: &str,
        path: &str,
        session: &str,
        body: &Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", cookie(session))
            .header("origin", PUBLIC_URL)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Sends JSON as a program with an API token does.
    pub(crate) async fn administer(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Sends a request and checks what is true of every answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = send_to(&self.router, request).await;
        let outside_links = without_links(&answer.body);
        let folder = self.database.address.trim_start_matches("sqlite://");
        for secret in OBJECTS.into_iter().chain([folder]) {
            assert!(
                !outside_links.contains(secret),
                "{secret} in {outside_links}"
            );
        }
        answer
    }
}

impl Answer {
    /// Reads the body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/json",
            "{}",
            self.body
        );
        serde_json::from_str(&self.body).unwrap()
    }

    /// Reads the body, which must be a problem that agrees with the answer around it; returns its code.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.body
        );
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("/docs#{code}"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        code.to_owned()
    }

    /// Returns the detail of a problem.
    pub(crate) fn detail(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the field that a problem names.
    pub(crate) fn field(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        problem["field"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

/// Builds the router for a public address.
pub(crate) fn router(shop: &TestShop, public_url: &str) -> Router {
    router_of(shop.app.clone(), public_url)
}

/// Builds the router of one instance. The proxies in front of it are in 10.0.0.0/8.
pub(crate) fn router_of(app: App, public_url: &str) -> Router {
    api::router(Api {
        app,
        settings: Settings {
            public_url: public_url.into(),
            instance: "test".into(),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        },
    })
}

/// Sends a request and reads the answer to its end.
pub(crate) async fn send_to(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

pub(crate) fn cookie(session: &str) -> String {
    format!("theme=dark; __Host-stoa_session={session}")
}

/// Cuts the signed links out of a body.
fn without_links(body: &str) -> String {
    let mut parts = body.split(MEDIA_BASE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (link, rest) = part.split_once('"').unwrap_or((part, ""));
        // The base itself, as in a header or a policy, is no link.
        assert!(
            link.is_empty() || link.contains("Signature="),
            "unsigned: {link}"
        );
        text + rest
    })
}

/// Declares tests over a site on SQLite and on PostgreSQL: `on_both_engines! { async fn name(site: Site) { … } }`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($site:ident: Site) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "the body uses what its file does")]
            use super::*;

            $(#[$meta])*
            async fn run($site: $crate::site::Site) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::site::Site::open(testkit::TestDatabase::sqlite().await).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($crate::site::Site::open(testkit::TestDatabase::postgres().await).await).await;
            }
        }
    )*};
}

pub(crate) use on_both_engines;
