//! Customers who turn out to be one person (RULES §6.4), and progress that outlives everything (RULES §7).

use app::sessions::Browser;
use std::sync::Arc;

use app::administration::{Telling, Whom};
use app::audit::AuditFilter;
use app::orders::WhichOrders;
use app::people::{MergeError, Merged};
use domain::progress::Report;
use domain::viewer::Viewer;
use domain::{ContentId, CustomerId};
use serde_json::json;
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::proofs::{address, order_of, seen_by, store_customer};
use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn report(shop: &TestShop, position_ms: i64, completed: Option<bool>) -> Report {
    Report {
        position_ms,
        at: app::clock::Clock::now(&shop.clock),
        starts_over: false,
        completed,
    }
}

/// Ada first, then Eve: ids of the same moment have no order.
async fn two_people(shop: &TestShop) -> (CustomerId, CustomerId) {
    let ada = customer(shop, ADA).await;
    shop.clock.pass_seconds(10);
    (ada, customer(shop, EVE).await)
}

/// A session of Eve's that has proven Ada's address too.
async fn both(shop: &TestShop) -> String {
    let token = shop.sign_in(EVE).await;
    shop.app.prove(&token, &address(ADA)).await.unwrap();
    token
}

async fn merge(shop: &TestShop) -> Merged {
    let token = both(shop).await;
    let merged = shop.app.merge_proven(&BY, &token).await.unwrap();
    shop.app.work_until_idle().await.unwrap();
    merged
}

async fn viewer(shop: &TestShop, token: &str) -> Viewer {
    shop.app.find_session(token).await.unwrap().unwrap().viewer
}

async fn position(shop: &TestShop, viewer: &Viewer, course: &TestCourse) -> (i64, bool) {
    let opened = shop.app.open_video(viewer.clone(), course.videos[0]).await;
    let saved = opened.unwrap().progress.unwrap();
    (saved.position_ms, saved.completed_at.is_some())
}

both_engines! {
    async fn a_merge_unites_orders_grants_sessions_and_progress_into_the_oldest(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let (ada, eve) = two_people(&shop).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("2", EVE, &["WATER", "OIL"])).await;
        shop.app.record_progress(ada, water.videos[0], report(&shop, 59_000, Some(true))).await.unwrap();
        shop.clock.pass_seconds(10);
        shop.app.record_progress(eve, water.videos[0], report(&shop, 7_000, None)).await.unwrap();
        shop.app.record_progress(eve, oil.videos[0], report(&shop, 5_000, None)).await.unwrap();
        let before = shop.sign_in(EVE).await;

        assert_eq!(merge(&shop).await, Merged { kept: ada, others: vec![eve] });

        for token in [before, shop.sign_in(EVE).await, shop.sign_in(ADA).await] {
            let viewer = viewer(&shop, &token).await;
            assert_eq!(viewer, Viewer::of(ada));
            assert_eq!(seen_by(&shop, &viewer, &[&water, &oil]).await, [water.course, oil.course]);
            assert_eq!(position(&shop, &viewer, &water).await, (7_000, true));
            assert_eq!(position(&shop, &viewer, &oil).await, (5_000, false));
        }
        assert_eq!(reasons(&shop, EVE, water.course).await, [None, None], "each order has its grant");
        assert_eq!(shop.app.find_customer(eve).await.unwrap().unwrap().id, ada);
        let orders = shop.app.list_orders(&WhichOrders::OfCustomer(eve), None, 10).await.unwrap();
        assert_eq!(orders.items.len(), 2, "by the id that she had, too");
        let filter = AuditFilter { action: Some("customer.merged".into()), ..AuditFilter::default() };
        let told = shop.app.list_audit(&filter, None, 10).await.unwrap();
        assert_eq!(told.items.len(), 1);
    }

    async fn merging_twice_changes_nothing_and_one_customer_is_not_merged(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        two_people(&shop).await;
        shop.tell(&shop.paid_order("1", EVE, &["WATER"])).await;
        let token = both(&shop).await;
        shop.app.merge_proven(&BY, &token).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        for token in [token, both(&shop).await, shop.sign_in(ADA).await] {
            let again = shop.app.merge_proven(&BY, &token).await;
            assert!(matches!(again, Err(MergeError::NothingToMerge)));
        }
        assert!(matches!(shop.app.merge_proven(&BY, "nobody").await, Err(MergeError::NoSession)));
        let filter = AuditFilter { action: Some("customer.merged".into()), ..AuditFilter::default() };
        assert_eq!(shop.app.list_audit(&filter, None, 10).await.unwrap().items.len(), 1);
        assert_eq!(reasons(&shop, ADA, water.course).await, [None]);
    }

    async fn nobody_is_merged_without_proof_of_both(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&order_of(&shop, "1", "7", Some(EVE), "WATER")).await;
        shop.clock.pass_seconds(10);
        let token = shop.sign_in(ADA).await;
        shop.app.prove(&token, &store_customer(shop.store, "7")).await.unwrap();
        let merged = shop.app.merge_proven(&BY, &token).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let eve = customer(&shop, EVE).await;
        assert!(merged.kept != eve && !merged.others.contains(&eve), "an order is no proof of its owner");
        assert!(sees(&shop, EVE, water.course).await);
        assert!(!sees(&shop, ADA, water.course).await, "the address alone does not see by the store's name");
        let ada = viewer(&shop, &token).await;
        assert_eq!(seen_by(&shop, &ada, &[&water]).await, [water.course]);
    }

    async fn what_comes_later_for_a_merged_customer_is_the_survivors(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let ink = shop.sell_course("INK", 1).await;
        let (ada, eve) = two_people(&shop).await;
        let token = both(&shop).await;
        shop.app.prove(&token, &store_customer(shop.store, "7")).await.unwrap();
        let merged = shop.app.merge_proven(&BY, &token).await.unwrap();
        assert_eq!((merged.kept, merged.others.len()), (ada, 2));
        shop.tell(&shop.paid_order("1", EVE, &["WATER"])).await;
        shop.tell(&order_of(&shop, "2", "7", None, "OIL")).await;
        let content = ContentId::Course(ink.course);
        let granted = shop.app.grant_access(&BY, Whom::Customer(eve), content, None, None, Telling::Nobody).await.unwrap();
        assert_eq!(granted.customer, ada);
        let file = ContentId::File(ink.file);
        shop.app.grant_access(&BY, Whom::Email(EVE.parse().unwrap()), file, None, None, Telling::Nobody).await.unwrap();
        for token in [shop.sign_in(ADA).await, shop.sign_in(EVE).await] {
            let viewer = viewer(&shop, &token).await;
            let all = [&water, &oil, &ink];
            assert_eq!(seen_by(&shop, &viewer, &all).await, all.map(|course| course.course));
        }
    }

    async fn a_link_made_before_a_merge_signs_the_survivor_in(db: Db) {
        let shop = TestShop::open(db).await;
        let (ada, _) = two_people(&shop).await;
        let link = shop.app.create_sign_in_link(&BY, &EVE.parse().unwrap()).await.unwrap();
        merge(&shop).await;
        let session = shop.app.confirm_sign_in(&link, Browser::default()).await.unwrap();
        assert_eq!(viewer(&shop, &session.token).await, Viewer::of(ada));
    }

    async fn merges_lead_on_to_the_last_survivor(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let first = customer(&shop, "first@example.com").await;
        shop.clock.pass_seconds(10);
        two_people(&shop).await;
        shop.tell(&shop.paid_order("1", EVE, &["WATER"])).await;
        merge(&shop).await;
        let token = shop.sign_in("first@example.com").await;
        shop.app.prove(&token, &address(EVE)).await.unwrap();
        assert_eq!(shop.app.merge_proven(&BY, &token).await.unwrap().kept, first);
        shop.app.work_until_idle().await.unwrap();
        for email in [ADA, EVE, "first@example.com"] {
            assert_eq!(customer(&shop, email).await, first);
            assert!(sees(&shop, email, water.course).await);
        }
    }

    async fn a_merge_unites_blocks(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let (_, eve) = two_people(&shop).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER", "OIL"])).await;
        let content = ContentId::Course(water.course);
        shop.app.revoke_access(&BY, Whom::Customer(eve), content, None, Telling::Nobody).await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
        merge(&shop).await;
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("blocked")]);
        assert!(!sees(&shop, ADA, water.course).await && sees(&shop, ADA, oil.course).await);
        shop.app.grant_access(&BY, Whom::Email(EVE.parse().unwrap()), content, None, None, Telling::Nobody).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
    }

    async fn example_21_an_order_goes_to_another_address_and_back_also_when_both_are_one_person(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        two_people(&shop).await;
        let tell = async |email: &str| {
            shop.clock.pass_seconds(10);
            shop.tell(&shop.paid_order("1", email, &["WATER"])).await;
        };
        tell(ADA).await;
        tell(EVE).await;
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("owner_changed")]);
        tell(ADA).await;
        assert_eq!(reasons(&shop, ADA, water.course).await, [None]);
        assert_eq!(reasons(&shop, EVE, water.course).await, [Some("owner_changed")]);
        tell(EVE).await;
        merge(&shop).await;
        for email in [ADA, EVE, ADA] {
            assert_eq!(reasons(&shop, email, water.course).await, [None], "one grant of one order, live");
            assert!(sees(&shop, email, water.course).await);
            tell(email).await;
        }
        tell("max@example.com").await;
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("owner_changed")]);
        assert!(sees(&shop, "max@example.com", water.course).await);
        tell(EVE).await;
        assert_eq!(reasons(&shop, ADA, water.course).await, [None]);
    }

    async fn an_older_place_of_another_proven_customer_never_wins_and_no_completion_is_lost(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let (ada, eve) = two_people(&shop).await;
        let video = water.videos[0];
        for (number, email) in [("1", ADA), ("2", EVE)] {
            shop.tell(&shop.paid_order(number, email, &["WATER"])).await;
        }
        shop.app.record_progress(ada, video, report(&shop, 59_000, Some(true))).await.unwrap();
        let late = report(&shop, 3_000, None);
        shop.clock.pass_seconds(10);
        shop.app.record_progress(ada, video, report(&shop, 30_000, None)).await.unwrap();
        let both = viewer(&shop, &both(&shop).await).await;
        assert_eq!(both.customer(), eve);
        assert_eq!(position(&shop, &both, &water).await, (30_000, true));
        shop.app.record_progress(both.clone(), video, late).await.unwrap();
        assert_eq!(position(&shop, &both, &water).await, (30_000, true), "a report from before does not move it");
        shop.clock.pass_seconds(10);
        shop.app.record_progress(both.clone(), video, report(&shop, 0, None)).await.unwrap();
        assert_eq!(position(&shop, &both, &water).await, (30_000, true), "nor does the zero of a player that begins");
        shop.app.record_progress(both.clone(), video, report(&shop, 40_000, None)).await.unwrap();
        assert_eq!(position(&shop, &both, &water).await, (40_000, true));
        assert_eq!(position(&shop, &Viewer::of(ada), &water).await, (30_000, true), "hers alone stays as it was");
        shop.clock.pass_seconds(10);
        shop.app.record_progress(both.clone(), video, report(&shop, 40_000, Some(false))).await.unwrap();
        assert_eq!(position(&shop, &both, &water).await, (40_000, false), "she takes the mark away herself");
        let listed = shop.app.list_courses(both).await.unwrap();
        assert_eq!((listed[0].completed, listed[0].total), (0, 1));
    }

    async fn progress_reported_while_a_merge_happens_is_the_survivors(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let (ada, _) = two_people(&shop).await;
        for (number, email) in [("1", ADA), ("2", EVE)] {
            shop.tell(&shop.paid_order(number, email, &["WATER"])).await;
        }
        let asked_before = viewer(&shop, &both(&shop).await).await;
        merge(&shop).await;
        shop.app.record_progress(asked_before, water.videos[0], report(&shop, 9_000, None)).await.unwrap();
        assert_eq!(position(&shop, &Viewer::of(ada), &water).await, (9_000, false));
    }

    async fn whatever_happens_beside_a_merge_ends_with_the_survivor(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        let (water, ink) = (shop.sell_course("WATER", 1).await, shop.sell_course("INK", 1).await);
        let (ada, _) = two_people(&shop).await;
        for (number, email) in [("1", ADA), ("2", EVE)] {
            shop.tell(&shop.paid_order(number, email, &["WATER"])).await;
        }
        let numbers: Vec<String> = (3..19).map(|number| number.to_string()).collect();
        for number in &numbers {
            shop.deliver(&shop.paid_order(number, EVE, &["WATER"])).await;
        }
        let tokens = [both(&shop).await, both(&shop).await];
        let asked_before = viewer(&shop, &tokens[0]).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let shop = Arc::clone(&shop);
            tasks.spawn(async move {
                shop.app.work_until_idle().await.unwrap();
                shop.sign_in(ADA).await
            });
        }
        for token in tokens {
            let shop = Arc::clone(&shop);
            tasks.spawn(async move {
                let merged = shop.app.merge_proven(&BY, &token).await;
                assert!(matches!(merged, Ok(_) | Err(MergeError::NothingToMerge)), "{merged:?}");
                token
            });
        }
        for step in 1..5 {
            let (shop, viewer, video) = (Arc::clone(&shop), asked_before.clone(), water.videos[0]);
            let reported = report(&shop, step * 1_000, None);
            tasks.spawn(async move {
                shop.app.record_progress(viewer, video, reported).await.unwrap();
                let content = ContentId::Course(ink.course);
                let eve = Whom::Email(EVE.parse().unwrap());
                shop.app.grant_access(&BY, eve, content, None, None, Telling::Nobody).await.unwrap();
                shop.sign_in(EVE).await
            });
        }
        // Only when all have ended has the merge surely happened.
        for token in tasks.join_all().await {
            assert_eq!(viewer(&shop, &token).await.customer(), ada);
        }
        shop.app.work_until_idle().await.unwrap();
        let mut reader = shop.app.db().reader().await.unwrap();
        for number in &numbers {
            let (order, _) = storage::orders::find(&mut reader, shop.store, &number.parse().unwrap()).await.unwrap();
            assert_eq!(order.unwrap().owner, ada);
        }
        drop(reader);
        assert_eq!(reasons(&shop, ADA, water.course).await, [None; 18]);
        assert_eq!(reasons(&shop, ADA, ink.course).await, [None; 4]);
        assert!(position(&shop, &Viewer::of(ada), &water).await.0 > 0);
    }

    async fn losing_access_hides_progress_and_getting_it_back_shows_it_unchanged(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        shop.app.record_progress(ada, water.videos[0], report(&shop, 59_000, Some(true))).await.unwrap();
        let before = shop.app.open_course(ada, water.course).await.unwrap().progress;
        let content = ContentId::Course(water.course);
        shop.app.revoke_access(&BY, Whom::Customer(ada), content, None, Telling::Nobody).await.unwrap();
        assert!(shop.app.list_courses(ada).await.unwrap().is_empty());
        assert!(shop.app.open_video(ada, water.videos[0]).await.is_err());
        assert!(shop.app.record_progress(ada, water.videos[0], report(&shop, 1, Some(false))).await.is_err());
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        shop.app.grant_access(&BY, Whom::Customer(ada), content, None, None, Telling::Nobody).await.unwrap();
        let after = shop.app.open_course(ada, water.course).await.unwrap().progress;
        assert_eq!(after, before);
        let listed = shop.app.list_courses(ada).await.unwrap();
        assert_eq!((listed[0].completed, listed[0].total), (1, 2));
    }

    async fn a_completed_video_stays_completed_when_videos_are_added(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        shop.app.record_progress(ada, water.videos[0], report(&shop, 59_000, Some(true))).await.unwrap();
        let now = app::clock::Clock::now(&shop.clock);
        let mut tx = shop.app.db().begin().await.unwrap();
        let modules = storage::modules::list(&mut tx, water.course).await.unwrap();
        let file = storage::videos::VideoFile {
            s3_key: "videos/added/v.mp4".into(),
            duration_ms: 60_000,
            size_bytes: 1_000,
            checksum: vec![9; 32],
        };
        let added = domain::VideoId::from_parts(now, 77);
        storage::videos::insert(&mut tx, added, modules[0].id, "Added", 9, &file, now).await.unwrap();
        storage::courses::touch(&mut tx, water.course, now).await.unwrap();
        tx.commit().await.unwrap();
        let listed = shop.app.list_courses(ada).await.unwrap();
        assert_eq!((listed[0].completed, listed[0].total), (1, 2));
        assert_eq!(listed[0].continue_with.as_ref().unwrap().video, added);
        let opened = shop.app.open_course(ada, water.course).await.unwrap();
        assert!(opened.progress[&water.videos[0]].completed_at.is_some());
    }

    async fn a_players_clock_that_runs_ahead_is_clamped_to_the_servers(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let now = app::clock::Clock::now(&shop.clock);
        let ahead = Report { at: now.plus_days(1), ..report(&shop, 9_000, None) };
        assert_eq!(shop.app.record_progress(ada, water.videos[0], ahead).await.unwrap().position_at, now);
        shop.clock.pass_seconds(1);
        shop.app.record_progress(ada, water.videos[0], report(&shop, 12_000, None)).await.unwrap();
        assert_eq!(position(&shop, &Viewer::of(ada), &water).await, (12_000, false));
    }
}
