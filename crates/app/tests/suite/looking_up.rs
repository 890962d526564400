//! Asking the store about what its webhooks only hint at, and stores that do not answer as they should.

use std::time::{Duration, Instant};

use app::deliveries::DeliveryFilter;
use domain::StoreId;
use serde_json::json;
use storage::overview;
use testkit::woocommerce::{Mood, WooShop};
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, map_in, sees};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// Longer than any wait between two tries.
const A_DAY: i64 = 86_400;

async fn open(db: storage::Db) -> (TestShop, WooShop, StoreId) {
    let shop = TestShop::open(db).await;
    let woo = WooShop::open(&shop.clock).await;
    let store = woo.connect(&shop.app, "woo").await;
    (shop, woo, store)
}

async fn count_jobs(shop: &TestShop, state: &str) -> i64 {
    let mut reader = shop.app.db().reader().await.unwrap();
    overview::count_jobs(&mut reader).await.unwrap()[state]
}

both_engines! {
    async fn a_refund_of_one_line_is_known_only_by_asking(db: Db) {
        let (shop, woo, store) = open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        map_in(&shop, store, "WATER", water.product).await;
        map_in(&shop, store, "OIL", oil.product).await;
        woo.sell(7, ADA, &["WATER", "OIL"]);
        woo.tell(&shop.app, "woo", "order.created", 7).await;
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, water.course).await && sees(&shop, ADA, oil.course).await);
        shop.clock.pass_seconds(60);
        woo.refund_line(7, 1);
        woo.tell(&shop.app, "woo", "order.updated", 7).await;
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, water.course).await && sees(&shop, ADA, oil.course).await);
    }

    async fn many_webhooks_of_one_order_are_one_question(db: Db) {
        let (shop, woo, _) = open(db).await;
        for second in 0..20 {
            shop.clock.pass_seconds(second);
            woo.sell(7, ADA, &["WATER"]);
            woo.tell(&shop.app, "woo", "order.updated", 7).await;
        }
        woo.take_asked();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(woo.take_asked().len(), 1);
    }

    async fn a_store_that_misbehaves_takes_nothing_away_and_is_asked_again(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        let moods = [Mood::Busy(7), Mood::Broken, Mood::HalfAnswers, Mood::Garbles, Mood::Redirects, Mood::Refuses];
        for (number, mood) in (10..).zip(moods) {
            woo.sell(number, ADA, &["WATER"]);
            woo.set_mood(mood);
            woo.tell(&shop.app, "woo", "order.created", number).await;
            shop.app.work_until_idle().await.unwrap();
            assert!(sees(&shop, ADA, water.course).await, "the webhook itself says that it is paid: {mood:?}");
            assert_eq!((count_jobs(&shop, "queued").await, count_jobs(&shop, "dead").await), (1, 0), "{mood:?}");
            woo.set_mood(Mood::Well);
            woo.refund_line(number, 1);
            shop.clock.pass_seconds(A_DAY);
            shop.app.work_until_idle().await.unwrap();
            assert!(!sees(&shop, ADA, water.course).await, "{mood:?}");
            assert_eq!(count_jobs(&shop, "queued").await, 0, "{mood:?}");
        }
    }

    async fn a_store_that_stays_silent_is_left_alone_and_loses_no_question(db: Db) {
        let (shop, woo, _) = open(db).await;
        woo.set_mood(Mood::Broken);
        for number in 0..30 {
            woo.sell(number + 1, BOB, &["WATER"]);
            woo.tell(&shop.app, "woo", "order.created", number + 1).await;
        }
        woo.set_mood(Mood::Busy(60));
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(woo.take_asked().len(), 1, "whoever is asked to wait, waits with all questions");
        for _ in 0..100 {
            shop.clock.pass_seconds(61);
            shop.app.work_until_idle().await.unwrap();
        }
        assert_eq!((count_jobs(&shop, "queued").await, count_jobs(&shop, "dead").await), (30, 0));
        woo.set_mood(Mood::Well);
        shop.clock.pass_seconds(61);
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(count_jobs(&shop, "queued").await, 0);
    }

    async fn an_order_that_cannot_be_read_keeps_no_other_waiting(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        for number in 1..=20 {
            woo.sell(number, ADA, &[]);
            woo.tell(&shop.app, "woo", "order.created", number).await;
            woo.change(number, &json!({ "line_items": "poison" }));
        }
        shop.app.work_until_idle().await.unwrap();
        woo.sell(99, BOB, &["WATER"]);
        woo.refund_line(99, 1);
        woo.tell(&shop.app, "woo", "order.updated", 99).await;
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, BOB, water.course).await);
        let good = woo.take_asked().into_iter().any(|asked| asked.contains("/orders/99/refunds"));
        assert!(good, "it was asked for in its turn");
        for _ in 0..14 {
            shop.clock.pass_seconds(A_DAY);
            shop.app.work_until_idle().await.unwrap();
        }
        assert_eq!(count_jobs(&shop, "dead").await, 20, "after twelve tries somebody has to look");
    }

    async fn a_store_that_hangs_holds_up_no_other_stores_customers(db: Db) {
        let (shop, woo, _) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        woo.set_mood(Mood::Hangs);
        let worker = shop.app.clone();
        let worker = tokio::spawn(async move { worker.work().await });
        for number in 1..=40 {
            woo.sell(number, BOB, &["WATER"]);
            woo.tell(&shop.app, "woo", "order.created", number).await;
        }
        let began = Instant::now();
        shop.deliver(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        while shop.app.open_course(ada, water.course).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the other shop's order waits");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(count_jobs(&shop, "queued").await > 0, "the questions still wait");
        worker.abort();
    }

    async fn deliveries_are_found_by_what_they_are_about_and_replayed_without_effect(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        for number in 1..=3 {
            woo.sell(number, ADA, &["WATER"]);
            woo.tell(&shop.app, "woo", "order.created", number).await;
            shop.clock.pass_seconds(10);
        }
        woo.tell(&shop.app, "woo", "order.deleted", 3).await;
        shop.app.work_until_idle().await.unwrap();
        let of_order = DeliveryFilter { order: "3".parse().ok(), ..DeliveryFilter::default() };
        let found = shop.app.list_deliveries(&of_order, None, 10).await.unwrap();
        let topics: Vec<_> = found.iter().map(|row| row.topic.as_deref().unwrap()).collect();
        assert_eq!(topics, ["order.deleted", "order.created"]);
        let kept = shop.app.find_delivery(found[1].id).await.unwrap().unwrap();
        assert_eq!((kept.row.state.as_str(), kept.orders[0].as_str(), kept.jobs.len()), ("done", "3", 1));
        assert_eq!(kept.body, woo.webhook("order.created", 3).1);
        let created = DeliveryFilter { topic: Some("order.created".into()), ..DeliveryFilter::default() };
        assert_eq!(shop.app.count_replayable(&created).await.unwrap(), 3);
        let before = shop.app.list_deliveries(&DeliveryFilter::default(), None, 10).await.unwrap().len();
        assert_eq!(shop.app.replay_deliveries(&BY, &created).await.unwrap(), 3);
        assert_eq!(shop.app.count_replayable(&created).await.unwrap(), 0, "they wait");
        shop.app.work_until_idle().await.unwrap();
        let after = shop.app.list_deliveries(&DeliveryFilter::default(), None, 10).await.unwrap();
        assert_eq!(after.len(), before);
        assert!(after.iter().all(|row| row.state == "done"));
        assert!(sees(&shop, ADA, water.course).await);
    }
}
