//! Hand-offs: a shop's token opens a session, once, in time, by the keys that the store has at the moment.

use app::audit::AuditFilter;
use app::clock::Clock;
use app::hand_off::{HandOffError, HandOffKeysError};
use app::sessions::Browser;
use app::stores::{StoreChange, StoreError};
use connectors::hand_off::{Expected, HandOffKey, NewHandOff, mint};
use domain::Viewer;
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};
use tokio::task::JoinSet;

use crate::proofs::{order_of, seen_by};

const ADA: &str = "ada@example.com";

fn key(byte: u8) -> HandOffKey {
    HandOffKey::new_secret(&[byte; 32])
}

/// Makes a token of the store `shop` as of now.
fn token(shop: &TestShop, key: &HandOffKey, customer: &str, number: u8) -> String {
    token_for(shop, key, customer, None, number)
}

fn token_for(
    shop: &TestShop,
    key: &HandOffKey,
    customer: &str,
    email: Option<&str>,
    number: u8,
) -> String {
    let email = email.map(|email| email.parse().unwrap());
    let new = NewHandOff {
        expected: Expected {
            store: &"shop".parse().unwrap(),
            origin: "https://courses.test",
        },
        customer: &customer.parse().unwrap(),
        verified_email: email.as_ref(),
    };
    mint(key, new, &[number; 16], shop.clock.now()).unwrap()
}

async fn accept(shop: &TestShop, token: &str) -> Result<Viewer, HandOffError> {
    let session = shop
        .app
        .accept_hand_off(&"shop".parse().unwrap(), token, Browser::default())
        .await?;
    Ok(shop
        .app
        .find_session(&session.token)
        .await
        .unwrap()
        .unwrap()
        .viewer)
}

/// A shop with one hand-off key, and a course that its customer 7 has bought.
async fn ready(shop: &TestShop) -> TestCourse {
    shop.app
        .set_hand_off_key(&BY, shop.store, key(1))
        .await
        .unwrap();
    let water = shop.sell_course("WATER", 1).await;
    shop.tell(&order_of(shop, "1", "7", Some(ADA), "WATER"))
        .await;
    water
}

both_engines! {
    async fn a_token_opens_the_door_of_the_customer_whom_it_names_once(db: Db) {
        let shop = TestShop::open(db).await;
        let water = ready(&shop).await;
        let first = token(&shop, &key(1), "7", 1);
        let seven = accept(&shop, &first).await.unwrap();
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, [water.course]);
        assert!(matches!(accept(&shop, &first).await, Err(HandOffError::Used)));
        let again = accept(&shop, &token(&shop, &key(1), "7", 2)).await.unwrap();
        assert_eq!(again.customer(), seven.customer());
        let eight = accept(&shop, &token(&shop, &key(1), "8", 3)).await.unwrap();
        assert_eq!(seen_by(&shop, &eight, &[&water]).await, []);
    }

    async fn of_the_same_token_many_times_at_once_one_opens_a_session(db: Db) {
        let shop = TestShop::open(db).await;
        ready(&shop).await;
        for round in 0..5 {
            let token = token(&shop, &key(1), "7", round);
            let mut tasks = JoinSet::new();
            for _ in 0..8 {
                let (app, token) = (shop.app.clone(), token.clone());
                tasks.spawn(async move { app.accept_hand_off(&"shop".parse().unwrap(), &token, Browser::default()).await });
            }
            let outcomes = tasks.join_all().await;
            let opened = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let used = outcomes.iter().filter(|outcome| matches!(outcome, Err(HandOffError::Used))).count();
            assert_eq!((opened, used), (1, 7));
        }
    }

    async fn a_token_is_good_for_a_minute_and_stays_used_after_it(db: Db) {
        let shop = TestShop::open(db).await;
        ready(&shop).await;
        let (one, other) = (token(&shop, &key(1), "7", 1), token(&shop, &key(1), "7", 2));
        shop.clock.pass_seconds(59);
        accept(&shop, &one).await.unwrap();
        shop.clock.pass_seconds(1);
        for token in [&one, &other] {
            assert!(matches!(accept(&shop, token).await, Err(HandOffError::Expired)));
        }
        for number in 10..20 {
            shop.clock.pass_seconds(3_600);
            accept(&shop, &token(&shop, &key(1), "7", number)).await.unwrap();
        }
        let mut tx = shop.app.db().begin().await.unwrap();
        let left = storage::used_hand_offs::delete_old(&mut tx, shop.clock.now().plus_days(1)).await.unwrap();
        assert_eq!(left, 2, "those of the last hour");
    }

    async fn what_is_not_for_us_or_not_by_this_store_is_refused_without_a_reason(db: Db) {
        let shop = TestShop::open(db).await;
        let unset = token(&shop, &key(1), "7", 1);
        assert!(matches!(accept(&shop, &unset).await, Err(HandOffError::Refused)), "no key yet");
        ready(&shop).await;
        let customer = "7".parse().unwrap();
        for (store, origin) in [("shop", "https://evil.test"), ("other", "https://courses.test")] {
            let store = store.parse().unwrap();
            let expected = Expected { store: &store, origin };
            let new = NewHandOff { expected, customer: &customer, verified_email: None };
            let token = mint(&key(1), new, &[9; 16], shop.clock.now()).unwrap();
            assert!(matches!(accept(&shop, &token).await, Err(HandOffError::Refused)), "{store} {origin}");
        }
        for token in [token(&shop, &key(2), "7", 3), token(&shop, &key(1), "0", 4), "x.y.z".into()] {
            assert!(matches!(accept(&shop, &token).await, Err(HandOffError::Refused)), "{token}");
        }
        let nowhere = shop.app.accept_hand_off(&"nowhere".parse().unwrap(), &unset, Browser::default()).await;
        assert!(matches!(nowhere, Err(HandOffError::Refused)));
        accept(&shop, &unset).await.unwrap();
    }

    async fn the_stores_word_on_an_address_counts_when_it_is_trusted_for_it(db: Db) {
        let shop = TestShop::open(db).await;
        ready(&shop).await;
        let oil = shop.sell_course("OIL", 1).await;
        shop.tell(&shop.paid_order("2", ADA, &["OIL"])).await;
        let told = token_for(&shop, &key(1), "8", Some(ADA), 1);
        let eight = accept(&shop, &told).await.unwrap();
        assert_eq!(seen_by(&shop, &eight, &[&oil]).await, []);
        let trust = StoreChange { trusts_emails: Some(true), ..StoreChange::default() };
        shop.app.change_store(&BY, shop.store, trust).await.unwrap();
        let told = token_for(&shop, &key(1), "8", Some(ADA), 2);
        let eight = accept(&shop, &told).await.unwrap();
        assert_eq!(seen_by(&shop, &eight, &[&oil]).await, [oil.course]);
        let silent = accept(&shop, &token(&shop, &key(1), "8", 3)).await.unwrap();
        assert_eq!(seen_by(&shop, &silent, &[&oil]).await, [], "the session has proven it, not the customer");
    }

    async fn while_a_key_is_rotated_both_count_and_then_only_the_new_one(db: Db) {
        let shop = TestShop::open(db).await;
        ready(&shop).await;
        let add = async |key: HandOffKey| shop.app.add_hand_off_key(&BY, shop.store, key).await;
        let set = shop.app.set_hand_off_key(&BY, shop.store, key(2)).await;
        assert!(matches!(set, Err(HandOffKeysError::HasKey)));
        assert!(matches!(add(key(1)).await, Err(HandOffKeysError::SameKey)));
        assert!(accept(&shop, &token(&shop, &key(2), "7", 1)).await.is_err());
        add(key(2)).await.unwrap();
        assert!(matches!(add(key(3)).await, Err(HandOffKeysError::RotationUnderWay)));
        for (number, byte) in [(2, 1), (3, 2)] {
            accept(&shop, &token(&shop, &key(byte), "7", number)).await.unwrap();
        }
        assert_eq!(shop.app.drop_old_hand_off_keys(&BY, shop.store).await.unwrap(), 1);
        assert!(accept(&shop, &token(&shop, &key(1), "7", 4)).await.is_err());
        accept(&shop, &token(&shop, &key(2), "7", 5)).await.unwrap();
        assert_eq!(shop.app.drop_old_hand_off_keys(&BY, shop.store).await.unwrap(), 0);
    }

    async fn changed_keys_are_in_the_audit_log_and_the_keys_are_not(db: Db) {
        let shop = TestShop::open(db).await;
        let made = shop.app.new_hand_off_secret();
        let secret = made.expose().to_owned();
        shop.app.set_hand_off_key(&BY, shop.store, made).await.unwrap();
        shop.app.add_hand_off_key(&BY, shop.store, key(2)).await.unwrap();
        let action = Some("store.hand_off_changed".to_owned());
        let filter = AuditFilter { action, ..AuditFilter::default() };
        let log = shop.app.list_audit(&filter, None, 10).await.unwrap().items;
        let told: Vec<_> = log.iter().map(|entry| (entry.before.as_deref(), entry.after.as_deref())).collect();
        let (none, one, two) = (r#"{"keys":[]}"#, r#"{"keys":["HS256"]}"#, r#"{"keys":["HS256","HS256"]}"#);
        assert_eq!(told, [(Some(one), Some(two)), (Some(none), Some(one))]);
        let mut reader = shop.app.db().reader().await.unwrap();
        let sealed = storage::hand_off_keys::find(&mut reader, shop.store).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains(&secret));
        accept(&shop, &token(&shop, &key(2), "7", 1)).await.unwrap();
        let nowhere = domain::StoreId::from_parts(testkit::shop::OPENING, 77);
        for refused in [
            shop.app.set_hand_off_key(&BY, nowhere, key(1)).await,
            shop.app.add_hand_off_key(&BY, nowhere, key(1)).await,
            shop.app.drop_old_hand_off_keys(&BY, nowhere).await.map(drop),
        ] {
            assert!(matches!(refused, Err(HandOffKeysError::Store(StoreError::NoSuchStore))));
        }
    }

    async fn the_keys_of_another_store_are_of_no_use(db: Db) {
        let shop = TestShop::open(db).await;
        ready(&shop).await;
        let (policy, kind) = (domain::payment::StorePolicy::default(), connectors::StoreKind::Custom);
        let secret = connectors::custom::new_secret(&[4; 32]);
        let other = shop.app.add_store(&BY, "other".parse().unwrap(), kind, policy, &[secret]).await.unwrap();
        let mut tx = shop.app.db().begin().await.unwrap();
        let sealed = storage::hand_off_keys::find(&mut tx, shop.store).await.unwrap().unwrap();
        storage::hand_off_keys::update(&mut tx, other, &sealed, shop.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let name = "other".parse().unwrap();
        let refused = shop.app.accept_hand_off(&name, &token(&shop, &key(1), "7", 1), Browser::default()).await;
        assert!(matches!(refused, Err(HandOffError::Store(StoreError::Sealed(_)))), "moved by hand in the database");
    }
}
