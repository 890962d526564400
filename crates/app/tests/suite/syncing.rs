//! Synchronisation: what webhooks did not tell is asked for.

use std::collections::BTreeMap;

use app::sync::{SyncMode, Turn, WebhookRepair};
use domain::{CourseId, StoreId};
use serde_json::json;
use storage::syncs;
use testkit::random::Dice;
use testkit::woocommerce::{Mood, WooShop};
use testkit::{BY, TestShop, both_engines};

use crate::seen::{map_in, sees};

const ADA: &str = "ada@example.com";

async fn open(db: storage::Db) -> (TestShop, WooShop, StoreId) {
    let shop = TestShop::open(db).await;
    let woo = WooShop::open(&shop.clock).await;
    let store = woo.connect(&shop.app, "woo").await;
    (shop, woo, store)
}

async fn sync_of(shop: &TestShop, store: StoreId) -> syncs::StoreSync {
    let mut reader = shop.app.db().reader().await.unwrap();
    syncs::find(&mut reader, store).await.unwrap().unwrap()
}

/// Begins the rounds that are due and works them off.
async fn go_round(shop: &TestShop) {
    shop.app.begin_rounds().await.unwrap();
    shop.app.work_until_idle().await.unwrap();
}

/// Lets a day of orders, refunds and cancellations happen: for six hours no webhook comes, and of the others one in ten is
/// lost. Returns who ought to have the course in the end.
async fn a_day_of_trade(shop: &TestShop, woo: &WooShop) -> BTreeMap<String, bool> {
    let mut dice = Dice::new(4);
    let mut ought = BTreeMap::new();
    for number in 1..=72_u64 {
        shop.clock.pass_seconds(1_200);
        let email = format!("customer{number}@example.com");
        woo.sell(number, &email, &["WATER", "APRON"]);
        ought.insert(email, true);
        let is_silent = (18..36).contains(&number);
        let mut told = vec![number];
        if number > 5 && dice.roll(3) == 0 {
            let other = number - dice.roll(5) - 1;
            let email = format!("customer{other}@example.com");
            if ought[&email] {
                match dice.roll(3) {
                    0 => woo.refund_line(other, 1),
                    1 => woo.change(other, &json!({ "status": "cancelled" })),
                    _ => woo.change(other, &json!({ "status": "refunded" })),
                }
                ought.insert(email, false);
                told.push(other);
            }
        }
        for number in told {
            if !is_silent && dice.roll(10) > 0 {
                woo.tell(&shop.app, "woo", "order.updated", number).await;
            }
        }
        shop.app.work_until_idle().await.unwrap();
    }
    ought
}

async fn count_wrong(shop: &TestShop, course: CourseId, ought: &BTreeMap<String, bool>) -> usize {
    let mut wrong = 0;
    for (email, is_owed) in ought {
        wrong += usize::from(sees(shop, email, course).await != *is_owed);
    }
    wrong
}

both_engines! {
    async fn one_synchronisation_heals_six_hours_of_silence_and_every_tenth_webhook_lost(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        go_round(&shop).await;
        let ought = a_day_of_trade(&shop, &woo).await;
        assert!(count_wrong(&shop, water.course, &ought).await > 10, "there is something to heal");
        go_round(&shop).await;
        assert_eq!(count_wrong(&shop, water.course, &ought).await, 0);
        let since = Some(domain::Timestamp::from_seconds(0));
        let again = shop.app.sync_store(&BY, store, since, SyncMode::DryRun, |_| {}).await.unwrap();
        assert_eq!((again.orders, again.news, again.changes.len()), (72, 0, 0));
        // What is fetched later is newer, but says the same.
        shop.clock.pass_seconds(60);
        let later = shop.app.sync_store(&BY, store, since, SyncMode::ForGood, |_| {}).await.unwrap();
        assert_eq!((later.orders, later.news, later.changes.len()), (72, 0, 0));
    }

    async fn a_dry_run_says_who_would_gain_and_lose_what_and_changes_nothing(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        woo.sell(1, "bob@example.com", &["WATER"]);
        woo.tell(&shop.app, "woo", "order.created", 1).await;
        shop.app.work_until_idle().await.unwrap();
        shop.clock.pass_seconds(60);
        woo.change(1, &json!({ "status": "cancelled" }));
        woo.sell(2, ADA, &["WATER"]);
        woo.offer(30, "Watercolour", "WATER-NEW");
        let mut watched = Vec::new();
        let report = shop.app.sync_store(&BY, store, None, SyncMode::DryRun, |progress| watched.push(progress)).await;
        let report = report.unwrap();
        assert_eq!((report.orders, report.news, report.items), (2, 2, 1));
        let turns: Vec<_> = report.changes.iter().map(|change| (change.order.as_str(), change.change)).collect();
        assert_eq!(turns, [("1", Turn::Lost), ("1", Turn::Lost), ("2", Turn::Gained), ("2", Turn::Gained)]);
        assert_eq!(report.changes[0].title, "Course WATER");
        assert_eq!(watched.last().unwrap().items, 1);
        assert!(sees(&shop, "bob@example.com", water.course).await && !sees(&shop, ADA, water.course).await);
        assert_eq!(sync_of(&shop, store).await.watermark, None);
        let mut told = shop.app.sync_store(&BY, store, None, SyncMode::ForGood, |_| {}).await.unwrap();
        told.changes.iter_mut().zip(&report.changes).for_each(|(done, said)| done.customer = said.customer);
        assert_eq!(told, report, "what was foretold has come");
        assert!(!sees(&shop, "bob@example.com", water.course).await && sees(&shop, ADA, water.course).await);
        assert!(sync_of(&shop, store).await.watermark.is_some());
    }

    async fn a_round_reads_from_a_little_before_the_last_one_and_the_catalogue_once_a_day(db: Db) {
        let (shop, woo, store) = open(db).await;
        woo.offer(30, "Watercolour", "WATER");
        go_round(&shop).await;
        let asked = woo.take_asked();
        let of_products = |asked: &[String]| asked.iter().filter(|asked| asked.contains("/products")).count();
        assert_eq!(of_products(&asked), 1);
        go_round(&shop).await;
        woo.take_asked();
        go_round(&shop).await;
        assert_eq!(woo.take_asked().len(), 0, "nothing is due");
        shop.clock.pass_seconds(15 * 60);
        go_round(&shop).await;
        let asked = woo.take_asked();
        assert_eq!((asked.len(), of_products(&asked)), (1, 0), "{asked:?}");
        shop.clock.pass_days(1);
        go_round(&shop).await;
        assert_eq!(of_products(&woo.take_asked()), 1);
        let watermark = sync_of(&shop, store).await.watermark;
        assert_eq!(watermark, Some(app::clock::Clock::now(&shop.clock)));
    }

    async fn a_store_is_read_by_one_round_at_a_time(db: Db) {
        let (shop, woo, store) = open(db).await;
        let waiting = async || {
            let jobs = shop.app.list_jobs().await.unwrap();
            jobs.into_iter().filter(|job| job.kind.starts_with("sync_store")).map(|job| job.kind).collect::<Vec<_>>()
        };
        shop.app.begin_rounds().await.unwrap();
        assert_eq!(waiting().await, ["sync_store_deeply"], "the first reading reads all");
        woo.set_mood(Mood::Broken);
        shop.app.work_until_idle().await.unwrap();
        for _ in 0..3 {
            shop.clock.pass_seconds(15 * 60);
            shop.app.begin_rounds().await.unwrap();
            assert_eq!(waiting().await, ["sync_store_deeply"], "it has not ended yet");
        }
        woo.set_mood(Mood::Well);
        shop.clock.pass_seconds(86_400);
        go_round(&shop).await;
        assert!(waiting().await.is_empty());
        assert!(sync_of(&shop, store).await.watermark.is_some());
    }

    async fn a_round_of_a_store_whose_key_is_gone_ends_and_leaves_no_failed_job(db: Db) {
        let (shop, _woo, store) = open(db).await;
        shop.app.begin_rounds().await.unwrap();
        shop.app.forget_store_api(&BY, store).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let jobs = shop.app.list_jobs().await.unwrap();
        assert!(jobs.is_empty(), "{:?}", jobs.iter().map(|job| (&job.kind, &job.error)).collect::<Vec<_>>());
    }

    async fn a_round_that_fails_says_why_and_moves_no_watermark(db: Db) {
        let (shop, woo, store) = open(db).await;
        for number in 1..=101 {
            woo.sell(number, ADA, &["WATER"]);
            shop.clock.pass_seconds(1);
        }
        for (mood, said) in [
            (Mood::Loops, "in a circle"), (Mood::Garbles, "cannot be read"), (Mood::Redirects, "redirects"),
            (Mood::Refuses, "refuses the credentials"), (Mood::Broken, "HTTP 500"),
        ] {
            woo.set_mood(mood);
            shop.clock.pass_seconds(15 * 60);
            for _ in 0..6 {
                go_round(&shop).await;
                shop.clock.pass_seconds(600);
            }
            let sync = sync_of(&shop, store).await;
            assert_eq!(sync.watermark, None, "{mood:?}");
            assert!(sync.sync_error.as_ref().unwrap().contains(said), "{mood:?}: {:?}", sync.sync_error);
        }
        woo.set_mood(Mood::Well);
        shop.clock.pass_seconds(15 * 60);
        go_round(&shop).await;
        let sync = sync_of(&shop, store).await;
        assert_eq!((sync.watermark.is_some(), sync.sync_error), (true, None));
        let known = shop.app.sync_store(&BY, store, None, SyncMode::DryRun, |_| {}).await.unwrap();
        assert_eq!(known.changes, []);
    }

    async fn webhooks_that_the_store_dropped_or_switched_off_are_restored_and_the_store_is_read_at_once(db: Db) {
        let (shop, woo, store) = open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        map_in(&shop, store, "WATER", water.product).await;
        go_round(&shop).await;
        assert_eq!(woo.webhooks().len(), 4);
        assert!(woo.webhooks().iter().all(|hook| hook["delivery_url"] == "https://courses.test/webhooks/woo"));
        assert!(woo.webhooks().iter().all(|hook| hook["secret"] == testkit::woocommerce::webhook_secret().expose()));
        assert_eq!(sync_of(&shop, store).await.webhooks.as_deref(), Some("active"));
        for spoil in [true, false] {
            shop.clock.pass_seconds(3_600);
            if spoil { woo.change_webhooks("status", &json!("disabled")) } else { woo.drop_webhooks() }
            woo.sell(u64::from(spoil) + 1, ADA, &["WATER"]);
            shop.app.begin_rounds().await.unwrap();
            shop.app.work_until_idle().await.unwrap();
            assert_eq!(woo.webhooks().len(), 4);
            assert!(woo.webhooks().iter().all(|hook| hook["status"] == "active"));
            let sync = sync_of(&shop, store).await;
            assert_eq!(sync.webhooks_restored_at, sync.webhooks_checked_at);
            assert!(sync.next_sync_at <= app::clock::Clock::now(&shop.clock), "what was missed is asked for at once");
            go_round(&shop).await;
            assert!(sees(&shop, ADA, water.course).await);
        }
        let repair = shop.app.repair_webhooks(&BY, store).await.unwrap();
        assert_eq!(repair, WebhookRepair::NotNeeded);
        woo.set_mood(Mood::Refuses);
        shop.clock.pass_seconds(3_600);
        go_round(&shop).await;
        let told = sync_of(&shop, store).await.webhooks.unwrap();
        assert!(told.contains("may its key read and write webhooks?"), "{told}");
    }

    async fn a_test_of_a_store_says_in_one_sentence_what_is_wrong(db: Db) {
        let (shop, woo, store) = open(db).await;
        let says = async || {
            let test = shop.app.test_store(store).await.unwrap();
            test.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        // The fake shop's clock is this machine's, and ours stands.
        assert!(says().await.contains("seconds ahead of ours") || says().await.contains("behind ours"));
        assert!(says().await.contains("does not send webhooks about order.created, order.updated"));
        shop.app.repair_webhooks(&BY, store).await.unwrap();
        assert!(!says().await.contains("webhooks"));
        woo.set_mood(Mood::Refuses);
        assert!(says().await.contains("refuses the API key (HTTP 401): make a new one"));
        woo.set_mood(Mood::Redirects);
        assert!(says().await.contains("redirects"));
        shop.app.forget_store_api(&BY, store).await.unwrap();
        assert!(says().await.contains("no key to this shop's API"));
    }
}
