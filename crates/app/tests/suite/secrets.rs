//! The sealing key, replaced while secrets are kept.

use app::audit::AuditFilter;
use app::links::Links;
use app::random::SystemRandom;
use app::sealing::SealingKey;
use app::secrets::RenewError;
use app::{App, Parts, Shop};
use cloudfront::{KeyPairId, SigningKey, generate_p256_pem};
use connectors::api::{HttpClient, Limits};
use domain::StoreId;
use domain::playing::PlayingLimits;
use domain::session::SessionLimits;
use objects::Folder;
use storage::sealed;
use testkit::woocommerce::WooShop;
use testkit::{BY, TestShop, both_engines};

/// The key of the test shop.
const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

/// The same installation after a restart, with these keys, the newest first.
fn restarted(shop: &TestShop, keys: &[[u8; 32]]) -> App {
    let folder = tempfile::tempdir().unwrap();
    let id = KeyPairId::parse("KTESTSHOP").unwrap();
    let key = SigningKey::from_pem(id, &generate_p256_pem().unwrap()).unwrap();
    App::new(Parts {
        db: shop.app.db().clone(),
        objects: Folder::open(folder.path()).unwrap(),
        clock: Box::new(shop.clock.clone()),
        random: Box::new(SystemRandom),
        links: Links::new("https://media.test", key).unwrap(),
        sealing: SealingKey::of(keys).unwrap(),
        shop: Shop {
            name: "Test shop".into(),
            url: None,
        },
        post: app::mail::Post::default(),
        http: HttpClient::new(Limits::default()).unwrap(),
        sessions: SessionLimits::default(),
        playing: PlayingLimits::default(),
        retention: domain::retention::Retention::default(),
        public_url: "https://courses.test".into(),
    })
}

async fn sealed_of(shop: &TestShop, store: StoreId) -> sealed::SealedStore {
    let mut reader = shop.app.db().reader().await.unwrap();
    let all = sealed::list(&mut reader, None, 10).await.unwrap();
    all.into_iter().find(|sealed| sealed.id == store).unwrap()
}

both_engines! {
    async fn everything_that_is_sealed_is_sealed_anew_and_opens_with_the_new_key_alone(db: Db) {
        let shop = TestShop::open(db).await;
        let woo = WooShop::open(&shop.clock).await;
        let store = woo.connect(&shop.app, "woo").await;
        let key = SealingKey::new(&OLD).unwrap();
        let context = format!("{store} hand-off");
        let mut before = sealed_of(&shop, store).await;
        before.hand_off = Some(key.seal(b"hand-off", &context, &SystemRandom).unwrap());
        let mut tx = shop.app.db().begin().await.unwrap();
        sealed::update(&mut tx, &before, testkit::shop::OPENING).await.unwrap();
        tx.commit().await.unwrap();

        let both = restarted(&shop, &[NEW, OLD]);
        // Two of the woo store's beside its hand-off key, and the test shop's own secrets.
        assert_eq!(both.count_outdated_secrets().await.unwrap(), 4);
        assert_eq!(both.renew_secrets(&BY).await.unwrap(), 4);
        assert_eq!(both.count_outdated_secrets().await.unwrap(), 0);
        assert_eq!(both.renew_secrets(&BY).await.unwrap(), 0);
        let filter = AuditFilter { action: Some("secrets.renewed".into()), ..AuditFilter::default() };
        let entries = both.list_audit(&filter, None, 10).await.unwrap().items;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].after.as_deref(), Some("{\"boxes\":4}"));

        let alone = restarted(&shop, &[NEW]);
        let opened = alone.show_store(store).await.unwrap();
        assert_eq!(opened.api.unwrap().secret.expose(), testkit::woocommerce::SECRET);
        assert_eq!(opened.secrets[0].expose(), testkit::woocommerce::webhook_secret().expose());
        let after = sealed_of(&shop, store).await;
        let new = SealingKey::new(&NEW).unwrap();
        assert_eq!(new.open(&after.hand_off.unwrap(), &context).unwrap(), b"hand-off");
        assert!(shop.app.show_store(store).await.is_err(), "the old key opens nothing any more");
    }

    async fn the_audit_log_stays_whole_when_the_key_is_replaced(db: Db) {
        let shop = TestShop::open(db).await;
        let noted = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap().verified;
        let both = restarted(&shop, &[NEW, OLD]);
        both.renew_secrets(&BY).await.unwrap();
        // A process that still runs with the old key alone writes on, too.
        shop.app.create_api_token(&BY, "laptop").await.unwrap();
        let verdict = both.verify_audit(Some(noted.clone()), &mut |_, _| {}).await.unwrap();
        assert_eq!(verdict.flaw, None);
        assert_eq!(verdict.verified.seq, noted.seq + 2);
    }

    async fn nothing_is_changed_when_one_box_opens_with_none_of_the_keys(db: Db) {
        let shop = TestShop::open(db).await;
        let woo = WooShop::open(&shop.clock).await;
        let store = woo.connect(&shop.app, "woo").await;
        let mut odd = sealed_of(&shop, store).await;
        odd.api = Some(SealingKey::new(&[9; 32]).unwrap().seal(b"{}", &format!("{store}/api"), &SystemRandom).unwrap());
        let mut tx = shop.app.db().begin().await.unwrap();
        sealed::update(&mut tx, &odd, testkit::shop::OPENING).await.unwrap();
        tx.commit().await.unwrap();
        let both = restarted(&shop, &[NEW, OLD]);
        assert!(matches!(both.renew_secrets(&BY).await, Err(RenewError::Sealed(_))));
        assert_eq!(sealed_of(&shop, store).await, odd);
        assert!(shop.app.show_store(shop.store).await.is_ok(), "it is still sealed under the old key");
    }
}
