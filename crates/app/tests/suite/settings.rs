//! A store's settings, changed while orders are as they are; and its secrets, rotated while webhooks come.

use app::audit::AuditFilter;
use app::stores::{StoreChange, StoreError};
use connectors::{StoreSecret, custom};
use domain::payment::{OnAmountRefund, OnDispute};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{reasons, sees};

const ADA: &str = "ada@example.com";

/// Changes the store's settings and works off what follows.
async fn set(shop: &TestShop, change: StoreChange) {
    let changed = shop
        .app
        .change_store(&BY, shop.store, change)
        .await
        .unwrap();
    assert!(changed.job.is_some());
    shop.app.work_until_idle().await.unwrap();
}

/// Sends a paid order signed with a secret; tells whether it was taken in.
async fn is_taken(shop: &TestShop, secret: &StoreSecret, number: &str) -> bool {
    let body = serde_json::to_vec(&shop.paid_order(number, ADA, &["WATER"])).unwrap();
    let now = app::clock::Clock::now(&shop.clock);
    let mut headers = HeaderMap::new();
    for (name, value) in custom::sign(secret, number, now, &body).unwrap() {
        let value = HeaderValue::from_str(&value).unwrap();
        headers.insert(HeaderName::from_static(name), value);
    }
    let store = "shop".parse().unwrap();
    shop.app
        .accept_webhook(&store, &headers, &body)
        .await
        .is_ok()
}

both_engines! {
    async fn what_an_open_dispute_does_follows_the_setting_and_a_lost_one_does_not(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        order["data"]["disputes"] = json!([{ "id": "d", "status": "open" }]);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        order["timestamp"] = json!(shop.now());
        shop.tell(&order).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("disputed")]);
        for (on_dispute, expected) in [
            (OnDispute::Keep, None),
            (OnDispute::Suspend, Some("disputed")),
            (OnDispute::Keep, None),
        ] {
            set(&shop, StoreChange { on_dispute: Some(on_dispute), ..StoreChange::default() }).await;
            assert_eq!(reasons(&shop, ADA, course.course).await, [expected], "{on_dispute:?}");
        }
        shop.clock.pass_seconds(10);
        order["timestamp"] = json!(shop.now());
        order["data"]["disputes"][0]["status"] = json!("lost");
        shop.tell(&order).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("disputed")]);
    }

    async fn what_a_refund_without_lines_does_follows_the_setting(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        shop.tell(&order).await;
        shop.clock.pass_seconds(10);
        order["timestamp"] = json!(shop.now());
        order["data"]["refunds"] = json!([{ "id": "r", "status": "succeeded", "amount": 500, "lines": [] }]);
        shop.tell(&order).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
        for (policy, expected) in [(OnAmountRefund::Revoke, Some("refunded")), (OnAmountRefund::Keep, None)] {
            set(&shop, StoreChange { on_amount_refund: Some(policy), ..StoreChange::default() }).await;
            assert_eq!(reasons(&shop, ADA, course.course).await, [expected], "{policy:?}");
        }
    }

    async fn the_days_of_grace_count_from_the_end_of_the_period_as_they_are_today(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        order["data"]["lines"][0]["period_end"] = json!(shop.now());
        shop.clock.pass_days(5);
        shop.tell(&order).await;
        assert!(!sees(&shop, ADA, course.course).await, "three days are over");
        for (days, is_open) in [(10, true), (5, false), (6, true), (0, false), (365, true)] {
            set(&shop, StoreChange { grace_days: Some(days), ..StoreChange::default() }).await;
            assert_eq!(sees(&shop, ADA, course.course).await, is_open, "{days}");
        }
        let long = StoreChange { grace_days: Some(366), ..StoreChange::default() };
        let refused = shop.app.change_store(&BY, shop.store, long).await;
        assert!(matches!(refused, Err(StoreError::GraceDays)));
    }

    async fn whether_test_orders_count_follows_the_setting(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        order["data"]["test"] = json!(true);
        shop.tell(&order).await;
        for is_open in [true, false, true] {
            let change = StoreChange { accept_test_orders: Some(is_open), ..StoreChange::default() };
            set(&shop, change).await;
            assert_eq!(sees(&shop, ADA, course.course).await, is_open);
        }
        assert_eq!(reasons(&shop, ADA, course.course).await, [None], "one grant all the way");
    }

    async fn only_a_setting_that_decides_about_orders_has_them_looked_at_again(db: Db) {
        let shop = TestShop::open(db).await;
        for (change, is_changed) in [
            (StoreChange::default(), false),
            (StoreChange { grace_days: Some(3), ..StoreChange::default() }, false),
            (StoreChange { trusts_emails: Some(true), ..StoreChange::default() }, true),
        ] {
            let changed = shop.app.change_store(&BY, shop.store, change.clone()).await.unwrap();
            assert_eq!(changed.job, None);
            let log = shop.app.list_audit(&AuditFilter::default(), None, 1).await.unwrap();
            assert_eq!(log.items[0].action == "store.updated", is_changed, "{change:?}");
        }
        assert!(shop.app.show_store(shop.store).await.unwrap().policy.trusts_emails);
        let nowhere = domain::StoreId::from_parts(testkit::shop::OPENING, 77);
        let refused = shop.app.change_store(&BY, nowhere, StoreChange::default()).await;
        assert!(matches!(refused, Err(StoreError::NoSuchStore)));
    }

    async fn while_a_secret_is_rotated_both_count_and_then_only_the_new_one(db: Db) {
        let shop = TestShop::open(db).await;
        let (old, new) = (custom::new_secret(&[9; 32]), custom::new_secret(&[5; 32]));
        let clone = |secret: &StoreSecret| StoreSecret::new(secret.expose().to_owned());
        let add = async |secret: StoreSecret| shop.app.add_store_secret(&BY, shop.store, secret).await;
        assert!(is_taken(&shop, &old, "1").await && !is_taken(&shop, &new, "2").await);
        assert!(matches!(add(clone(&old)).await, Err(StoreError::SameSecret)));
        assert!(matches!(add(StoreSecret::new("short".into())).await, Err(StoreError::Secret(_))));
        add(clone(&new)).await.unwrap();
        assert!(is_taken(&shop, &old, "3").await && is_taken(&shop, &new, "4").await);
        let third = custom::new_secret(&[6; 32]);
        assert!(matches!(add(third).await, Err(StoreError::RotationUnderWay)));
        assert_eq!(shop.app.drop_old_store_secrets(&BY, shop.store).await.unwrap(), 1);
        assert!(!is_taken(&shop, &old, "5").await && is_taken(&shop, &new, "6").await);
        assert_eq!(shop.app.drop_old_store_secrets(&BY, shop.store).await.unwrap(), 0);
    }
}
