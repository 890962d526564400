//! The page inside a Shopify shop, asked for as Shopify's app proxy asks.

use app::clock::Clock;
use axum::body::Body;
use axum::http::Request;
use connectors::api::ApiCredentials;
use connectors::hand_off::{HandOffAlgorithm, HandOffKey};
use connectors::shopify::app_proxy;
use connectors::{StoreKind, StoreSecret};
use domain::StoreId;
use domain::payment::StorePolicy;
use testkit::{BY, TestDatabase};

use crate::site::{Answer, PUBLIC_URL, Site, on_both_engines};

const SHOP: &str = "water.myshopify.com";
const PAGE: &str = "/shopify/water/proxy";

fn secret() -> StoreSecret {
    StoreSecret::new("shpss_0123456789abcdef0123456789abcdef".into())
}

/// Connects a Shopify shop without an address and without a hand-off key.
async fn connect(site: &Site) -> StoreId {
    let (name, policy) = ("water".parse().unwrap(), StorePolicy::default());
    let (app, kind) = (&site.shop.app, StoreKind::Shopify);
    app.add_store(&BY, name, kind, policy, &[secret()])
        .await
        .unwrap()
}

async fn give_address(site: &Site, store: StoreId, address: &str) {
    let credentials = ApiCredentials {
        address: address.into(),
        key: None,
        secret: StoreSecret::new("shpat_0123456789abcdef0123456789abcdef".into()),
    };
    let given = site.shop.app.set_store_api(&BY, store, &credentials);
    given.await.unwrap();
}

async fn give_key(site: &Site, store: StoreId, key: HandOffKey) {
    let given = site.shop.app.add_hand_off_key(&BY, store, key);
    given.await.unwrap();
}

async fn ready(site: &Site) {
    let store = connect(site).await;
    give_address(site, store, "https://water.myshopify.com").await;
    give_key(site, store, HandOffKey::new_secret(&[1; 32])).await;
}

/// The query that Shopify makes for whoever is signed in there.
fn query(site: &Site, customer: &str) -> String {
    let now = site.shop.clock.now().as_seconds();
    signed(&format!(
        "shop={SHOP}&logged_in_customer_id={customer}&path_prefix=%2Fapps%2Fcourses&timestamp={now}"
    ))
}

fn signed(query: &str) -> String {
    let signature = app_proxy::sign(&secret(), query).unwrap();
    format!("{query}&signature={signature}")
}

async fn ask(site: &Site, query: &str) -> Answer {
    let request = Request::get(format!("{PAGE}?{query}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// The value of a field of the form on the page.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = format!("name=\"{name}\" value=\"");
    page.split_once(&begin)
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
}

async fn send_form(site: &Site, page: &str) -> Answer {
    let (store, token) = (field(page, "store"), field(page, "token"));
    let request = Request::post("/sign-in/store")
        .header("origin", "https://water.myshopify.com")
        .header("content-type", "application/x-www-form-urlencoded");
    let form = Body::from(format!("store={store}&token={token}"));
    site.send(request.body(form).unwrap()).await
}

on_both_engines! {
    async fn a_customer_of_a_shopify_shop_finds_a_button_that_signs_her_in(site: Site) {
        ready(&site).await;
        let page = ask(&site, &query(&site, "9007199254740993")).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "application/liquid"));
        assert!(page.body.contains(&format!("method=\"post\" action=\"{PUBLIC_URL}/sign-in/store\"")), "{}", page.body);
        assert!(page.body.contains(">Open my courses</button>"));
        assert!(!page.body.contains("{{") && !page.body.contains("{%"), "{}", page.body);

        let answer = send_form(&site, &page.body).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        let session = cookie.strip_prefix("__Host-stoa_session=").unwrap();
        let viewer = site.shop.app.find_session(session).await.unwrap().unwrap().viewer;
        let names: Vec<_> = viewer.identities().iter().map(|(_, id)| id.as_str()).collect();
        assert_eq!(names, ["9007199254740993"]);
        assert_eq!(send_form(&site, &page.body).await.status, 400, "once");

        let again = ask(&site, &query(&site, "9007199254740993")).await;
        assert_ne!(field(&again.body, "token"), field(&page.body, "token"));
        assert_eq!(send_form(&site, &again.body).await.status, 303);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_shops_sign_in() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    ready(&site).await;
    let page = ask(&site, &query(&site, "")).await;
    assert_eq!(page.status, 200);
    let way = "href=\"{{ routes.storefront_login_url | default: '/account/login' }}\"";
    assert!(page.body.contains(way), "{}", page.body);
    assert!(!page.body.contains("<form"));
}

#[tokio::test]
async fn the_shops_own_page_is_not_bound_by_our_headers_and_never_kept() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    ready(&site).await;
    for customer in ["7", ""] {
        let page = ask(&site, &query(&site, customer)).await;
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        for name in ["content-security-policy", "x-frame-options", "set-cookie"] {
            assert!(page.headers.get(name).is_none(), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_not_by_this_shops_proxy_gets_no_token() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    ready(&site).await;
    let now = site.shop.clock.now().as_seconds();
    let good = query(&site, "7");
    let at = |time: i64| {
        format!("shop={SHOP}&logged_in_customer_id=7&path_prefix=%2Fa&timestamp={time}")
    };
    let elsewhere = at(now).replace("water", "oil");
    for odd in [
        String::new(),
        good.replace("=7&", "=8&"),
        good.replace("signature=", "signature=0"),
        format!("{good}&logged_in_customer_id=8"),
        signed(&at(now - 91)),
        signed(&at(now + 91)),
        signed(&elsewhere),
    ] {
        let answer = ask(&site, &odd).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "hand_off_refused"),
            "{odd}"
        );
    }
    assert_eq!(ask(&site, &good).await.status, 200);
    // A store of another kind has no such page, whatever its secret is.
    let request = Request::get(format!("/shopify/shop/proxy?{good}"));
    let answer = site.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), "hand_off_refused");
}

#[tokio::test]
async fn a_shop_without_address_or_secret_gets_no_token() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let store = connect(&site).await;
    give_key(&site, store, HandOffKey::new_secret(&[1; 32])).await;
    let answer = ask(&site, &query(&site, "7")).await;
    assert_eq!(answer.problem(), "hand_off_refused", "whose customer 7?");
    give_address(&site, store, "https://Water.myshopify.com/").await;
    assert_eq!(ask(&site, &query(&site, "7")).await.status, 200);

    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let public = HandOffKey::read(HandOffAlgorithm::Es256, jwk).unwrap();
    give_key(&site, store, public).await;
    assert_eq!(
        ask(&site, &query(&site, "7")).await.status,
        200,
        "the old secret still counts"
    );
    let dropped = site.shop.app.drop_old_hand_off_keys(&BY, store).await;
    assert_eq!(dropped.unwrap(), 1);
    let answer = ask(&site, &query(&site, "7")).await;
    assert_eq!(
        answer.problem(),
        "hand_off_refused",
        "only the shop could sign"
    );
    assert_eq!(ask(&site, &query(&site, "")).await.status, 200);
}
