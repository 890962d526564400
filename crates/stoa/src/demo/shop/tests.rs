//! The shop beside a real application: orders and refunds go out over HTTP and are taken in with their signatures checked.

use app::sessions::Browser;
use std::path::Path;

use app::clock::Clock as _;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use axum::routing::post;
use domain::CustomerId;
use testkit::random::CountingRandom;
use testkit::{BY, TestDatabase, TestShop};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::*;
use crate::demo::DemoMails;

/// Takes webhooks in as the API does.
async fn accept(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let store = "demo".parse().unwrap();
    match app.accept_webhook(&store, &headers, &body).await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

/// Serves the application's webhooks at an address of their own.
async fn receive(app: &App) -> String {
    let listener = bind().await;
    let url = address(&listener);
    serve(listener, app);
    url
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

fn serve(listener: TcpListener, app: &App) {
    let receiver = Router::new()
        .route("/webhooks/demo", post(accept))
        .with_state(app.clone());
    tokio::spawn(async { axum::serve(listener, receiver).await });
}

/// The shop and the application, door to door.
struct Street {
    stoa: TestShop,
    shop: DemoShop,
    url: String,
    folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl Street {
    async fn open() -> Self {
        let listener = bind().await;
        let street = Self::open_at(address(&listener)).await;
        serve(listener, &street.stoa.app);
        street
    }

    async fn open_at(url: String) -> Self {
        let database = TestDatabase::sqlite().await;
        let stoa = TestShop::open(database.db.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let shop = open_shop(&stoa, folder.path(), &url).await;
        for (sku, name) in [("WATERCOLOUR", "wash"), ("BREAD", "loaf")] {
            let product = stoa.app.create_product(&BY, name, None).await.unwrap();
            stoa.stock(product, name, 1).await;
            let item = domain::order::StoreItem {
                sku: sku.parse().ok(),
                ..Default::default()
            };
            stoa.app
                .map_item(&BY, shop.store(), &item, product)
                .await
                .unwrap();
        }
        stoa.app.work_until_idle().await.unwrap();
        Self {
            stoa,
            shop,
            url,
            folder,
            _database: database,
        }
    }

    /// Presses a button of the shop's page.
    async fn press(&self, path: &str, form: &str) -> Response {
        let request = Request::post(path)
            .header("origin", &self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = router(self.shop.clone(), DemoMails::default())
            .oneshot(request)
            .await
            .unwrap();
        self.stoa.app.work_until_idle().await.unwrap();
        response
    }

    async fn page(&self) -> String {
        self.look("/").await
    }

    async fn look(&self, path: &str) -> String {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(self.shop.clone(), DemoMails::default())
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        text(response).await
    }

    /// Finds the course of a name.
    async fn course(&self, name: &str) -> domain::CourseId {
        let titles = self.shop.course_titles().await.unwrap();
        let title = format!("Course {name}");
        let mut found = titles.into_iter().filter(|(_, known)| *known == title);
        found.next().unwrap().0
    }

    /// Does something by hand as the staff of the shop does.
    async fn by_hand(&self, order: u64, deed: &str, course: &str) -> StatusCode {
        let course = self.course(course).await;
        let form = format!("deed={deed}&course={course}");
        let path = format!("/orders/{order}/access");
        self.press(&path, &form).await.status()
    }

    async fn customer(&self, email: &str) -> CustomerId {
        let token = self.stoa.sign_in(email).await;
        let viewer = self.stoa.app.find_session(&token).await.unwrap();
        viewer.unwrap().viewer.customer()
    }

    async fn courses_of(&self, email: &str) -> usize {
        let customer = self.customer(email).await;
        self.stoa.app.list_courses(customer).await.unwrap().len()
    }
}

async fn open_shop(stoa: &TestShop, folder: &Path, url: &str) -> DemoShop {
    let random = Arc::new(CountingRandom::default());
    let (file, clock) = (folder.join("shop.json"), Arc::new(stoa.clock.clone()));
    DemoShop::open(file, stoa.app.clone(), url.to_owned(), clock, random)
        .await
        .unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn location(response: &Response) -> &str {
    response.headers()["location"].to_str().unwrap()
}

#[tokio::test]
async fn what_is_bought_is_in_the_library_and_what_is_given_back_is_gone() {
    let street = Street::open().await;
    let form = "email=Ada%40Example.com&buy=basket&basket=BREAD&basket=WATERCOLOUR";
    let bought = street.press("/orders", form).await;
    assert_eq!(bought.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&bought), "/shop#order-1001");
    assert_eq!(street.courses_of("ada@example.com").await, 2);

    street.press("/orders/1001/refund", "line=2").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    let page = street.page().await;
    assert!(page.contains("Partly refunded") && page.contains("202 Accepted"));

    street.press("/orders/1001/refund", "").await;
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    let again = street.press("/orders/1001/refund", "").await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_dispute_closes_what_was_bought_until_it_is_won() {
    let street = Street::open().await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    street.press("/orders/1001/dispute", "state=open").await;
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    let page = street.page().await;
    assert!(page.contains("Disputed") && page.contains("Does not open Course loaf: disputed."));
    let refund = street.press("/orders/1001/refund", "").await;
    assert_eq!(refund.status(), StatusCode::CONFLICT);

    street.press("/orders/1001/dispute", "state=won").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    assert!(street.page().await.contains("Opens Course loaf."));
    let again = street.press("/orders/1001/dispute", "state=won").await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    street.press("/orders/1001/dispute", "state=open").await;
    street.press("/orders/1001/dispute", "state=lost").await;
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    assert!(street.page().await.contains("Dispute lost"));
}

#[tokio::test]
async fn what_the_staff_close_stays_closed_when_it_is_bought_again_and_opens_when_the_block_is_lifted()
 {
    let street = Street::open().await;
    let buy = "email=ada%40example.com&buy=BREAD";
    street.press("/orders", buy).await;
    assert_eq!(
        street.by_hand(1001, "lift", "loaf").await,
        StatusCode::CONFLICT
    );
    assert_eq!(
        street.by_hand(1001, "revoke", "loaf").await,
        StatusCode::SEE_OTHER
    );
    street.press("/orders", buy).await;
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    let why = street.look("/orders/1002/access").await;
    assert!(
        why.contains("(“Closed at the shop’s desk”) stands."),
        "{why}"
    );
    assert!(why.contains("Lift the block") && why.contains("<code>block.placed</code>"));
    assert!(street.page().await.contains("data-figure>1<"));

    street.by_hand(1001, "lift", "loaf").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    let why = street.look("/orders/1002/access").await;
    assert!(
        why.contains("and by one more grant.") && why.contains("Lifted"),
        "{why}"
    );
    assert!(street.page().await.contains("data-figure>0<"));
}

#[tokio::test]
async fn a_grant_by_hand_is_made_longer_and_outlives_a_refund() {
    let street = Street::open().await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    assert_eq!(
        street.by_hand(1001, "extend", "loaf").await,
        StatusCode::CONFLICT
    );
    street.by_hand(1001, "grant-shortly", "loaf").await;
    street.by_hand(1001, "extend", "loaf").await;
    let told = street.look("/orders/1001/refund").await;
    assert!(
        told.contains("She keeps Course loaf by a grant by hand"),
        "{told}"
    );
    street.press("/orders/1001/refund", "").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    street.stoa.clock.pass_seconds(36 * 86_400);
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    street.stoa.clock.pass_seconds(86_400);
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    street.by_hand(1001, "grant", "wash").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
}

#[tokio::test]
async fn a_refund_is_foretold_with_what_another_order_keeps() {
    let street = Street::open().await;
    let basket = "email=ada%40example.com&buy=basket&basket=BREAD&basket=WATERCOLOUR";
    street.press("/orders", basket).await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    let told = street.look("/orders/1001/refund").await;
    assert!(
        told.contains("She would lose Course wash and 1 handout."),
        "{told}"
    );
    assert!(told.contains("She keeps Course loaf by order 1002 and 1 handout."));
    assert!(told.contains("Only Bread at home") && told.contains("Nothing would close."));
    street.press("/orders/1001/refund", "").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
}

#[tokio::test]
async fn a_ware_that_nobody_has_mapped_counts_until_it_is_mapped() {
    let street = Street::open().await;
    let app = &street.stoa.app;
    let product = app
        .create_product(&BY, "Lino printing", None)
        .await
        .unwrap();
    street.stoa.stock(product, "lino", 1).await;
    street
        .press("/orders", "email=ada%40example.com&buy=LINO")
        .await;
    let page = street.page().await;
    assert!(page.contains("data-figure>1<") && page.contains("Map it to the course"));
    assert!(page.contains("Does not open Lino printing: nobody has said yet what it stands for."));
    let why = street.look("/orders/1001/access").await;
    assert!(
        why.contains("its item SKU LINO stands for no product yet"),
        "{why}"
    );

    street.press("/mapping", "to=course").await;
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    assert!(street.page().await.contains("data-figure>0<"));
    street.press("/mapping", "to=nothing").await;
    assert_eq!(street.courses_of("ada@example.com").await, 0);
}

#[tokio::test]
async fn an_older_webhook_sent_again_after_the_refund_brings_nothing_back() {
    let street = Street::open().await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    street.press("/orders/1001/refund", "").await;
    let look = |ledger: &Ledger| ledger.events.iter().map(|e| e.id.clone()).collect();
    let events: Vec<String> = street.shop.0.ledger.read(look).await;
    assert_eq!(events.len(), 2);
    street.stoa.clock.pass_seconds(60);
    let sent = street
        .press(&format!("/webhooks/{}/send", events[0]), "")
        .await;
    assert_eq!(location(&sent), format!("/shop#{}", events[0]));
    assert_eq!(street.courses_of("ada@example.com").await, 0);
    let look = |ledger: &Ledger| ledger.events[0].attempts.len();
    assert_eq!(street.shop.0.ledger.read(look).await, 2);
}

#[tokio::test]
async fn an_order_that_stoa_did_not_hear_of_stays_and_can_be_told_later() {
    // Nobody listens at a port that was just given back.
    let url = address(&bind().await);
    let street = Street::open_at(url).await;
    let bought = street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    assert_eq!(location(&bought), "/shop#order-1001");
    assert!(
        street
            .page()
            .await
            .contains("Stoa was not told: nobody answers.")
    );
    assert_eq!(street.courses_of("ada@example.com").await, 0);

    let url = receive(&street.stoa.app).await;
    let shop = open_shop(&street.stoa, street.folder.path(), &url).await;
    let latest = |ledger: &Ledger| ledger.latest_event(1001).cloned();
    let event = shop.0.ledger.read(latest).await.unwrap();
    shop.send(&event.id).await.unwrap();
    street.stoa.app.work_until_idle().await.unwrap();
    assert_eq!(street.courses_of("ada@example.com").await, 1);
    let told = shop.0.ledger.read(latest).await.unwrap();
    assert!(told.is_delivered() && !event.is_delivered());
    assert_eq!((told.id, told.body), (event.id, event.body));
}

#[tokio::test]
async fn the_body_says_what_the_connector_reads() {
    let street = Street::open().await;
    street
        .press(
            "/orders",
            "email=ada%40example.com&buy=basket&basket=BREAD&basket=APRON",
        )
        .await;
    street.press("/orders/1001/refund", "line=2").await;
    let look = |ledger: &Ledger| ledger.events.iter().map(|e| e.body.clone()).collect();
    let bodies: Vec<String> = street.shop.0.ledger.read(look).await;
    let now = street.stoa.clock.now();
    let facts = |body: &String| {
        let webhook = connectors::VerifiedWebhook::from_inbox(
            body.clone().into_bytes(),
            None,
            None,
            now,
            Vec::new(),
        );
        connectors::connector(StoreKind::Custom)
            .parse(&webhook)
            .unwrap()
            .facts
    };
    let mut history = domain::order::OrderHistory::default();
    for fact in bodies.iter().rev().flat_map(facts) {
        assert_eq!(fact.order.as_str(), "1001");
        history.learn(fact.saying);
    }
    let order = history.order.as_ref().unwrap().state.clone();
    assert_eq!((order.captured_minor, order.lines.len()), (9_300, 2));
    assert_eq!(order.paid_at, Some(now));
    let refunds: Vec<_> = history.succeeded_refunds().collect();
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].amount_minor, 3_400);
    assert!(refunds[0].lines.keys().all(|line| line.as_str() == "2"));
}

#[tokio::test]
async fn a_second_start_keeps_orders_secret_and_connection() {
    let street = Street::open().await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    street.shop.remember_stocked().await.unwrap();
    let again = open_shop(&street.stoa, street.folder.path(), &street.url).await;
    assert_eq!(again.store(), street.shop.store());
    assert!(again.is_stocked().await);
    again.refund(1001, RefundOf::Rest).await.unwrap();
    street.stoa.app.work_until_idle().await.unwrap();
    assert_eq!(street.courses_of("ada@example.com").await, 0);
}

#[tokio::test]
async fn when_its_file_was_thrown_away_the_shop_takes_the_secret_of_its_store() {
    let street = Street::open().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let shop = open_shop(&street.stoa, elsewhere.path(), &street.url).await;
    assert_eq!(shop.store(), street.shop.store());
    assert!(!shop.is_stocked().await);
    let number = shop
        .buy("ada@example.com", &["BREAD".to_owned()])
        .await
        .unwrap();
    let delivered = |ledger: &Ledger| ledger.latest_event(number).unwrap().is_delivered();
    assert!(shop.0.ledger.read(delivered).await);
}

#[tokio::test]
async fn the_buyer_opens_her_courses_by_a_link_that_works_once() {
    let street = Street::open().await;
    street
        .press("/orders", "email=ada%40example.com&buy=BREAD")
        .await;
    let opened = street.press("/orders/1001/courses", "").await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let token = location(&opened).strip_prefix("/sign-in#token=").unwrap();
    assert!(
        street
            .stoa
            .app
            .confirm_sign_in(token, Browser::default())
            .await
            .is_ok()
    );
    assert!(
        street
            .stoa
            .app
            .confirm_sign_in(token, Browser::default())
            .await
            .is_err()
    );
    let unknown = street.press("/orders/7/courses", "").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_button_on_another_sites_page_does_nothing() {
    let street = Street::open().await;
    for origin in [None, Some("null"), Some("http://evil.test")] {
        let mut request = Request::post("/orders");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request
            .body(Body::from("email=ada%40example.com&buy=BREAD"))
            .unwrap();
        let response = router(street.shop.clone(), DemoMails::default())
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
    assert!(street.page().await.contains("Nothing was bought yet"));
}

#[tokio::test]
async fn bad_forms_are_refused_and_nothing_is_sent() {
    let street = Street::open().await;
    for form in [
        "",
        "email=ada%40example.com",
        "email=ada&buy=BREAD",
        "email=ada%40example.com&buy=YACHT",
        "email=ada%40example.com&buy=basket",
        "email=%ff%00&buy=BREAD",
    ] {
        let response = street.press("/orders", form).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{form}");
    }
    let refund = street.press("/orders/1001/refund", "line=x").await;
    assert_eq!(refund.status(), StatusCode::NOT_FOUND);
    for (path, form) in [
        ("/orders/1001/dispute", "state=settled"),
        ("/orders/1001/access", "deed=grant&course=all"),
        ("/orders/1001/access", "deed=give"),
        ("/mapping", ""),
    ] {
        let response = street.press(path, form).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path} {form}");
    }
    let long = format!("email={}&buy=BREAD", "a".repeat(20_000));
    assert_eq!(
        street.press("/orders", &long).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert!(
        street
            .page()
            .await
            .contains("Every order and every refund sends one.")
    );
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_own_files_and_shows_what_was_typed_as_text() {
    let street = Street::open().await;
    street
        .press("/orders", "email=%22%27%26%40example.com&buy=BREAD")
        .await;
    let page = street.page().await;
    assert!(page.contains("&quot;&#39;&amp;@example.com") && !page.contains("\"'&@example.com"));
    assert!(
        !page.contains("style=\"") && !page.contains("<style") && !page.contains("javascript:")
    );
    let files: Vec<&str> = page
        .match_indices("/shop/files/")
        .map(|(at, _)| page[at + 5..].split('"').next().unwrap())
        .collect();
    assert!(files.len() >= 7);
    for file in files {
        let request = Request::get(file).body(Body::empty()).unwrap();
        let response = router(street.shop.clone(), DemoMails::default())
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{file}");
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn a_mail_that_would_have_been_sent_can_be_read_in_the_shop() {
    let database = TestDatabase::sqlite().await;
    let letters = DemoMails::default();
    let post = app::mail::Post {
        mailer: Some(Box::new(letters.clone())),
        ..app::mail::Post::default()
    };
    let stoa = TestShop::open(database.db).await;
    let folder = tempfile::tempdir().unwrap();
    let shop = open_shop(&stoa, folder.path(), "http://127.0.0.1:1").await;
    let read = async || {
        let request = Request::get("/mails").body(Body::empty()).unwrap();
        let response = router(shop.clone(), letters.clone()).oneshot(request);
        text(response.await.unwrap()).await
    };
    assert!(read().await.contains("There is none yet"));
    let to = "ada@example.com".parse().unwrap();
    stoa.restarted_with(post).try_mail(&to).await.unwrap();
    let page = read().await;
    assert!(page.contains("A test from Test shop"), "{page}");
    assert!(page.contains("To ada@example.com"));
    assert!(page.contains("shows that Test shop can send mail"));
}
