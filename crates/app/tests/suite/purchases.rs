//! Finding a purchase by its order's number, and mending an address that was mistyped in the shop.

use app::audit::AuditFilter;
use app::orders::{OrderError, WhichOrders};
use app::sessions::Browser;
use app::stores::WhichStore;
use domain::sign_in::SignInMeans;
use domain::{CustomerId, EmailAddress, OrderId, Timestamp};
use serde_json::json;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";
const TYPO: &str = "ada@exmaple.com";

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// Asks for a mail by an order's number, and returns whom it goes to.
async fn mailed_for(shop: &TestShop, number: &str) -> Option<EmailAddress> {
    let means = SignInMeans::Purchase(number.parse().unwrap());
    let browser = shop
        .app
        .ask_to_sign_in(means, None, Browser::default())
        .await
        .unwrap();
    shop.mail_for(&browser).await.map(|mail| mail.email)
}

async fn order(shop: &TestShop, external: &str) -> (OrderId, CustomerId) {
    let store = WhichStore::Id(shop.store);
    let which = WhichOrders::Named(store, external.parse().unwrap());
    let found = shop.app.list_orders(&which, None, 1).await.unwrap();
    (found.items[0].id, found.items[0].customer)
}

both_engines! {
    async fn an_orders_number_brings_a_mail_to_the_address_that_the_order_names(db: Db) {
        let shop = TestShop::open(db).await;
        let mut named = shop.paid_order("gid-1", ADA, &["WATER"]);
        named["data"]["number"] = json!("#EN-1001");
        shop.tell(&named).await;
        shop.tell(&shop.paid_order("2002", "eve@example.com", &["WATER"])).await;
        for typed in ["#EN-1001", " en-1001 ", "EN-1001"] {
            assert_eq!(mailed_for(&shop, typed).await, Some(address(ADA)), "{typed}");
        }
        assert_eq!(mailed_for(&shop, "#2002").await, Some(address("eve@example.com")));
        for typed in ["gid-1", "EN1001", "1001", "%"] {
            assert_eq!(mailed_for(&shop, typed).await, None, "{typed}");
        }
    }

    async fn its_code_signs_in_whoever_has_that_address(db: Db) {
        let shop = TestShop::open(db).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let means = || SignInMeans::Purchase("1001".parse().unwrap());
        let browser = shop.app.ask_to_sign_in(means(), None, Browser::default()).await.unwrap();
        let asking = Browser { sign_in: Some(&browser), ..Default::default() };
        let guessed = shop.app.confirm_sign_in_by_code("000000", asking).await;
        assert!(guessed.is_err(), "before its mail goes out there is nobody to sign in");
        let mail = shop.mail_for(&browser).await.unwrap();
        let session = shop.app.confirm_sign_in_by_code(&mail.code, asking).await.unwrap();
        let viewer = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        assert_eq!(viewer.customer(), customer(&shop, ADA).await);
        let mail = shop.mail_for(&browser).await;
        assert!(mail.is_none(), "what is used is not sent again");
    }

    async fn a_number_that_two_customers_orders_have_tells_nobody_of_them(db: Db) {
        let shop = TestShop::open(db).await;
        for (id, email) in [("1", ADA), ("2", "eve@example.com")] {
            let mut named = shop.paid_order(id, email, &["WATER"]);
            named["data"]["number"] = json!("1001");
            shop.tell(&named).await;
        }
        assert_eq!(mailed_for(&shop, "1001").await, None);
        let mut again = shop.paid_order("3", ADA, &["WATER"]);
        again["data"]["number"] = json!("1002");
        shop.tell(&again).await;
        again["data"]["id"] = json!("4");
        shop.tell(&again).await;
        assert_eq!(mailed_for(&shop, "1002").await, Some(address(ADA)), "two orders of one customer are hers");
    }

    async fn a_mistyped_address_is_mended_and_stays_so(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", TYPO, &["WATER"])).await;
        let (id, stranger) = order(&shop, "1001").await;
        let owner = shop.app.correct_order_email(&BY, id, &address(ADA)).await.unwrap();
        assert_eq!(owner, customer(&shop, ADA).await);
        assert!(sees(&shop, ADA, water.course).await);
        assert!(!sees(&shop, TYPO, water.course).await);
        assert_eq!(reasons(&shop, TYPO, water.course).await, [Some("owner_changed")]);
        assert_eq!(mailed_for(&shop, "1001").await, Some(address(ADA)));
        // The shop still says what was mistyped.
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1001", TYPO, &["WATER", "INK"])).await;
        assert_eq!(order(&shop, "1001").await, (id, owner));
        assert!(sees(&shop, ADA, water.course).await);
        // It is mended in the shop, to yet another address.
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1001", "lovelace@example.com", &["WATER"])).await;
        assert!(sees(&shop, "lovelace@example.com", water.course).await);
        assert!(!sees(&shop, ADA, water.course).await);
        assert_eq!(mailed_for(&shop, "1001").await, Some(address("lovelace@example.com")));
        assert_ne!(stranger, owner);
    }

    async fn the_address_that_the_shop_says_takes_a_correction_back(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let (id, ada) = order(&shop, "1001").await;
        shop.app.correct_order_email(&BY, id, &address(TYPO)).await.unwrap();
        assert!(!sees(&shop, ADA, water.course).await);
        shop.app.correct_order_email(&BY, id, &address(ADA)).await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER", "INK"])).await;
        assert_eq!(order(&shop, "1001").await, (id, ada));
    }

    async fn an_order_without_an_address_gets_one(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let mut nameless = shop.paid_order("1001", ADA, &["WATER"]);
        nameless["data"]["customer"] = json!(null);
        shop.tell(&nameless).await;
        let (id, _) = order(&shop, "1001").await;
        assert_eq!(mailed_for(&shop, "1001").await, None);
        shop.app.correct_order_email(&BY, id, &address(ADA)).await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
        assert_eq!(mailed_for(&shop, "1001").await, Some(address(ADA)));
    }

    async fn a_correction_is_in_the_audit_log_without_addresses(db: Db) {
        let shop = TestShop::open(db).await;
        shop.tell(&shop.paid_order("1001", TYPO, &["WATER"])).await;
        let (id, before) = order(&shop, "1001").await;
        let after = shop.app.correct_order_email(&BY, id, &address(ADA)).await.unwrap();
        let filter = AuditFilter { subject: Some(id.to_string()), ..AuditFilter::default() };
        let page = shop.app.list_audit(&filter, None, 10).await.unwrap();
        let entry = &page.items[0];
        assert_eq!(entry.action, "order.email_corrected");
        assert_eq!(entry.before, Some(json!({ "customer_id": before }).to_string()));
        assert_eq!(entry.after, Some(json!({ "customer_id": after }).to_string()));
        let unknown = OrderId::from_parts(Timestamp::from_seconds(0), 9);
        let refused = shop.app.correct_order_email(&BY, unknown, &address(ADA)).await;
        assert!(matches!(refused, Err(OrderError::NoSuchOrder)));
    }
}
