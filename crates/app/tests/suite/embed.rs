//! Tokens for pages of a Shopify shop, by Shopify's own session tokens.

use app::App;
use app::embed::EmbedSession;
use app::hand_off::HandOffError;
use app::sessions::Browser;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connectors::api::ApiCredentials;
use connectors::{StoreKind, StoreSecret};
use domain::origin::Origin;
use domain::payment::StorePolicy;
use serde_json::{Value, json};
use testkit::{BY, TestShop, both_engines};

const CLIENT: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "shpss_0123456789abcdef0123456789abcdef";

fn origin() -> Origin {
    "https://water.example.com".parse().unwrap()
}

/// Connects a Shopify shop with its app's credentials and one origin.
async fn connect(shop: &TestShop) {
    let (name, kind) = ("water".parse().unwrap(), StoreKind::Shopify);
    let secrets = [StoreSecret::new(SECRET.into())];
    let app = &shop.app;
    let added = app.add_store(&BY, name, kind, StorePolicy::default(), &secrets);
    let store = added.await.unwrap();
    let credentials = ApiCredentials {
        address: "https://water.myshopify.com".into(),
        key: Some(CLIENT.into()),
        secret: StoreSecret::new(SECRET.into()),
    };
    app.set_store_api(&BY, store, &credentials).await.unwrap();
    app.set_store_origins(&BY, store, &[origin()].into())
        .await
        .unwrap();
}

/// What Shopify says of its customer 7, now.
fn claims(shop: &TestShop) -> Value {
    let now = app::clock::Clock::now(&shop.clock).as_seconds();
    json!({
        "aud": CLIENT, "dest": "water.myshopify.com", "sub": "gid://shopify/Customer/7", "jti": "4e8f0b3c",
        "iat": now, "nbf": now, "exp": now + 300,
    })
}

fn signed(algorithm: &str, claims: &Value, secret: &str) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let header = json!({ "alg": algorithm, "typ": "JWT" });
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

async fn begin(app: &App, token: &str, origin: &Origin) -> Result<EmbedSession, HandOffError> {
    let store = "water".parse().unwrap();
    app.begin_embed_by_shopify(&store, token, origin, Browser::default())
        .await
}

both_engines! {
    async fn a_session_token_of_shopify_gives_a_page_a_token_for_the_customer_whom_it_names(db: Db) {
        let shop = TestShop::open(db).await;
        connect(&shop).await;
        let token = signed("HS256", &claims(&shop), SECRET);
        let session = begin(&shop.app, &token, &origin()).await.unwrap();
        let found = shop.app.find_embed(&session.token, &origin()).await.unwrap().unwrap();
        let names: Vec<_> = found.viewer.identities().iter().map(|(_, id)| id.as_str()).collect();
        assert_eq!(names, ["7"]);
        assert_eq!(session.expires_at, app::clock::Clock::now(&shop.clock).plus_seconds(600));

        // Brought again it gives the same customer the same again, and no more.
        let again = begin(&shop.app, &token, &origin()).await.unwrap();
        assert_ne!(again.token, session.token);
        let found_again = shop.app.find_embed(&again.token, &origin()).await.unwrap().unwrap();
        assert_eq!(found_again.viewer, found.viewer);
        shop.clock.pass_seconds(310);
        assert!(matches!(begin(&shop.app, &token, &origin()).await, Err(HandOffError::Refused)));
        assert!(shop.app.find_embed(&again.token, &origin()).await.unwrap().is_some());
        shop.clock.pass_seconds(290);
        assert_eq!(shop.app.find_embed(&again.token, &origin()).await.unwrap(), None);
    }

    async fn a_session_token_is_pinned_to_algorithm_app_shop_customer_and_time(db: Db) {
        let shop = TestShop::open(db).await;
        connect(&shop).await;
        let now = app::clock::Clock::now(&shop.clock).as_seconds();
        let with = |name: &str, value: Value| {
            let mut claims = claims(&shop);
            claims[name] = value;
            signed("HS256", &claims, SECRET)
        };
        let wrong = [
            signed("none", &claims(&shop), SECRET),
            signed("HS512", &claims(&shop), SECRET),
            signed("RS256", &claims(&shop), SECRET),
            signed("HS256", &claims(&shop), "shpss_another"),
            with("aud", json!("another app")),
            with("aud", json!([CLIENT])),
            with("dest", json!("ink.myshopify.com")),
            with("dest", json!("https://evil.test/water.myshopify.com")),
            with("sub", json!(null)),
            with("sub", json!("gid://shopify/Customer/0")),
            with("sub", json!("1")),
            with("exp", json!(now - 11)),
            with("nbf", json!(now + 11)),
            with("exp", json!(null)),
            "a.b.c".to_owned(),
            String::new(),
        ];
        for token in wrong {
            let refused = begin(&shop.app, &token, &origin()).await;
            assert!(matches!(refused, Err(HandOffError::Refused)), "{token}");
        }
        let good = signed("HS256", &claims(&shop), SECRET);
        let elsewhere = "https://evil.test".parse().unwrap();
        assert!(matches!(begin(&shop.app, &good, &elsewhere).await, Err(HandOffError::Refused)));
        let custom = shop.app.begin_embed_by_shopify(&"shop".parse().unwrap(), &good, &origin(), Browser::default()).await;
        assert!(matches!(custom, Err(HandOffError::Refused)), "another store");
        assert!(matches!(
            shop.app.accept_hand_off(&"water".parse().unwrap(), &good, Browser::default()).await,
            Err(HandOffError::Refused)
        ), "another purpose");
        assert!(begin(&shop.app, &good, &origin()).await.is_ok());
    }
}
