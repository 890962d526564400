//! Paying customers without access: each cause appears and vanishes by what happens, and nobody asks for a recomputation.

use app::administration::{Telling, Whom};
use app::gaps::{AccessGap, Cause};
use app::overview::Overview;
use app::replays::ReplayError;
use domain::order::{OrderFact, Saying, Versioned};
use domain::{ContentId, CustomerId, DeliveryId, JobId};
use serde_json::{Value, json};
use storage::jobs::Lane;
use storage::work::Outcome;
use storage::{inbox, jobs};
use testkit::{BY, TestShop, both_engines};

use crate::contents::{new_course, seen};
use crate::proofs::order_of;
use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

async fn overview(shop: &TestShop) -> Overview {
    shop.app.overview().await.unwrap()
}

/// The figure.
async fn figure(shop: &TestShop) -> i64 {
    overview(shop).await.paying_customers_without_access
}

async fn all(shop: &TestShop) -> Vec<AccessGap> {
    shop.app.list_gaps(None, None, 200).await.unwrap().items
}

/// The one gap that there is, which is counted under its cause and in the figure.
async fn only(shop: &TestShop, cause: &str) -> AccessGap {
    let overview = overview(shop).await;
    assert_eq!(overview.paying_customers_without_access, 1, "{overview:?}");
    for (counted, count) in overview.by_cause {
        assert_eq!(
            count,
            i64::from(counted.name() == cause),
            "{}",
            counted.name()
        );
    }
    let mut gaps = all(shop).await;
    assert_eq!(gaps.len(), 1);
    let gap = gaps.pop().unwrap();
    assert_eq!(gap.cause.name(), cause);
    gap
}

async fn none(shop: &TestShop) {
    assert_eq!(figure(shop).await, 0);
    assert!(all(shop).await.is_empty());
}

fn mending(gap: &AccessGap) -> (&'static str, Option<String>) {
    let mending = gap.mending.as_ref().unwrap();
    (mending.name(), mending.target())
}

fn order(gap: &AccessGap) -> &str {
    gap.order.as_ref().unwrap().external.as_str()
}

/// Has the next delivery fail for good, as it does when its store's settings cannot be read for a day.
async fn fail_next_delivery(shop: &TestShop) -> DeliveryId {
    let now = app::clock::Clock::now(&shop.clock);
    let mut tx = shop.app.db().begin().await.unwrap();
    let claimed = inbox::claim(&mut tx, now, now.plus_seconds(60))
        .await
        .unwrap()
        .unwrap();
    let dead = Outcome::Dead {
        error: "the settings of a store cannot be read",
    };
    assert!(
        inbox::settle(&mut tx, claimed.id, claimed.attempt, dead, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    claimed.id
}

/// Has the next job fail for good.
pub(crate) async fn fail_next_job(shop: &TestShop) -> JobId {
    let now = app::clock::Clock::now(&shop.clock);
    let mut tx = shop.app.db().begin().await.unwrap();
    let claimed = jobs::claim(&mut tx, Lane::Here, now, now.plus_seconds(60))
        .await
        .unwrap()
        .unwrap();
    let dead = Outcome::Dead {
        error: "the database did not answer",
    };
    assert!(
        jobs::settle(&mut tx, claimed.id, claimed.attempt, dead, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    claimed.id
}

fn nameless(shop: &TestShop, number: &str, sku: &str) -> Value {
    let mut order = shop.paid_order(number, ADA, &[sku]);
    order["data"]["customer"] = json!({ "id": null, "email": null });
    order
}

both_engines! {
    async fn an_unmapped_item_keeps_its_buyer_out_until_it_is_mapped(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        none(&shop).await;
        shop.tell(&shop.paid_order("1001", ADA, &["NEW"])).await;
        let gap = only(&shop, "unmapped_item").await;
        assert_eq!((order(&gap), gap.customer), ("1001", Some(customer(&shop, ADA).await)));
        assert_eq!(gap.line, Some(("1".parse().unwrap(), Some("NEW".into()))));
        assert_eq!(gap.item.as_ref().unwrap().sku, "NEW".parse().ok());
        assert_eq!(mending(&gap), ("map_item", Some("shop".into())));
        shop.map("NEW", course.product).await;
        none(&shop).await;
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn an_order_that_is_refunded_keeps_nobody_out(db: Db) {
        let shop = TestShop::open(db).await;
        shop.tell(&shop.paid_order("1001", ADA, &["NEW"])).await;
        only(&shop, "unmapped_item").await;
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1001", ADA, &["NEW"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        none(&shop).await;
    }

    async fn an_empty_product_keeps_its_buyer_out_until_something_is_in_it(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let empty = shop.app.create_product(&testkit::BY, "Everything", None).await.unwrap();
        shop.map("ALL", empty).await;
        shop.tell(&shop.paid_order("1001", ADA, &["ALL"])).await;
        let gap = only(&shop, "empty_product").await;
        assert_eq!(mending(&gap), ("fill_product", Some(empty.to_string())));
        let made = shop.app.create_course(&BY, new_course(empty, "Oils")).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        shop.app.publish(&BY, ContentId::Course(made)).await.unwrap();
        none(&shop).await;
        assert!(sees(&shop, ADA, made).await && !sees(&shop, ADA, course.course).await);
    }

    async fn who_bought_a_product_that_was_deleted_is_helped_by_mapping_the_item_anew(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for (number, is_empty) in [("1001", true), ("1002", false)] {
            let product = shop.app.create_product(&testkit::BY, "Everything", None).await.unwrap();
            if !is_empty {
                shop.app.create_course(&BY, new_course(product, "Oils")).await.unwrap();
            }
            shop.map("ALL", product).await;
            shop.tell(&shop.paid_order(number, ADA, &["ALL"])).await;
            shop.app.delete_product(&BY, product, Some(0)).await.unwrap();
            let before = all(&shop).await;
            assert!(before.iter().all(|gap| gap.mending.as_ref().unwrap().name() != "fill_product"), "nothing can be put into it");
            shop.app.work_until_idle().await.unwrap();
            let gap = all(&shop).await.into_iter().find(|gap| order(gap) == number).unwrap();
            assert_eq!((gap.cause.name(), mending(&gap)), ("unmapped_item", ("map_item", Some("shop".into()))));
        }
        shop.map("ALL", course.product).await;
        none(&shop).await;
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_block_keeps_a_payer_out_until_it_is_lifted(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let whom = || Whom::Email(ADA.parse().unwrap());
        let revoked = shop.app.revoke_access(&BY, whom(), content, None, Telling::Nobody).await.unwrap();
        let gap = only(&shop, "blocked").await;
        assert_eq!((gap.content, order(&gap)), (Some(content), "1001"));
        assert_eq!(mending(&gap), ("lift_block", Some(revoked.block.to_string())));
        shop.app.lift_block(&BY, whom(), content).await.unwrap();
        none(&shop).await;
        // Who never paid may be blocked without being missed.
        let eve = || Whom::Email(EVE.parse().unwrap());
        shop.app.grant_access(&BY, eve(), content, None, None, Telling::Nobody).await.unwrap();
        shop.app.revoke_access(&BY, eve(), content, None, Telling::Nobody).await.unwrap();
        none(&shop).await;
    }

    async fn an_order_without_a_customer_is_nobodys_until_it_names_one(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&nameless(&shop, "1001", "WATER")).await;
        let gap = only(&shop, "no_owner").await;
        assert_eq!(mending(&gap).0, "name_customer");
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        none(&shop).await;
        assert!(sees(&shop, ADA, course.course).await);
        // A later state without a customer leaves the order with her.
        shop.clock.pass_seconds(10);
        shop.tell(&nameless(&shop, "1001", "WATER")).await;
        assert!(sees(&shop, ADA, course.course).await);
        none(&shop).await;
    }

    async fn a_gap_ends_with_the_access_that_was_paid_for(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(product, "MONTH", 1).await;
        shop.map("MONTH", product).await;
        shop.tell(&shop.paid_order("1001", ADA, &["MONTH"])).await;
        let whom = Whom::Email(ADA.parse().unwrap());
        shop.app.revoke_access(&BY, whom, ContentId::Course(course.course), None, Telling::Nobody).await.unwrap();
        let mut subscribed = shop.paid_order("1002", EVE, &["NEW"]);
        let end = testkit::shop::OPENING.plus_days(30).to_string();
        subscribed["data"]["lines"][0]["period_end"] = json!(end);
        shop.tell(&subscribed).await;
        shop.clock.pass_days(29);
        assert_eq!(figure(&shop).await, 2);
        shop.clock.pass_days(10);
        none(&shop).await;
        // Renewed: the same gap, known since it was found.
        let end = testkit::shop::OPENING.plus_days(90).to_string();
        subscribed = shop.paid_order("1002", EVE, &["NEW"]);
        subscribed["data"]["lines"][0]["period_end"] = json!(end);
        shop.tell(&subscribed).await;
        let gap = only(&shop, "unmapped_item").await;
        assert_eq!(gap.since, testkit::shop::OPENING);
    }

    async fn an_order_whose_store_does_not_say_when_it_was_paid_waits_for_that(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let store = shop.app.find_store(&"shop".parse().unwrap()).await.unwrap().unwrap();
        let order_id = "1001".parse().unwrap();
        let mut reader = shop.app.db().reader().await.unwrap();
        let (_, history) = storage::orders::find(&mut reader, shop.store, &order_id).await.unwrap();
        drop(reader);
        let known = history.order.unwrap();
        for (seconds, paid_at, is_open) in [(10, None, false), (20, known.state.paid_at, true)] {
            let mut state = known.state.clone();
            state.paid_at = paid_at;
            let saying = Saying::Order(Versioned::new(known.version.at.plus_seconds(seconds), state));
            let fact = OrderFact { order: order_id.clone(), saying };
            shop.app.apply_facts(&BY, &store, vec![fact]).await.unwrap();
            assert_eq!(sees(&shop, ADA, course.course).await, is_open);
            if is_open {
                none(&shop).await;
            } else {
                assert_eq!(mending(&only(&shop, "no_payment_time").await).0, "say_when_paid");
            }
        }
    }

    async fn a_course_that_is_unpublished_keeps_its_buyers_out_until_it_is_published(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.app.unpublish(&BY, content, &seen(1)).await.unwrap();
        let gap = only(&shop, "not_published").await;
        assert_eq!((gap.content, order(&gap)), (Some(content), "1001"));
        assert_eq!(mending(&gap), ("publish", Some(content.to_string())));
        shop.app.publish(&BY, content).await.unwrap();
        none(&shop).await;
        // The same with a file.
        let file = ContentId::File(course.file);
        shop.app.unpublish(&BY, file, &seen(1)).await.unwrap();
        assert_eq!(only(&shop, "not_published").await.content, Some(file));
    }

    async fn a_draft_that_came_after_the_purchase_keeps_nobody_out(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.clock.pass_days(1);
        shop.app.create_course(&BY, new_course(course.product, "Oils")).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        none(&shop).await;
        shop.tell(&shop.paid_order("1002", EVE, &["WATER"])).await;
        assert_eq!(order(&only(&shop, "not_published").await), "1002");
    }

    async fn a_grant_that_ended_keeps_nobody_out_of_a_draft(db: Db) {
        let shop = TestShop::open(db).await;
        let month = shop.app.create_product(&testkit::BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(month, "MONTH", 1).await;
        shop.map("MONTH", month).await;
        shop.tell(&shop.paid_order("1001", ADA, &["MONTH"])).await;
        shop.app.unpublish(&BY, ContentId::Course(course.course), &seen(1)).await.unwrap();
        only(&shop, "not_published").await;
        shop.clock.pass_days(30);
        none(&shop).await;
    }

    async fn a_failed_delivery_counts_until_it_is_replayed(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.deliver(&shop.paid_order("1001", ADA, &["WATER"])).await;
        assert_eq!(overview(&shop).await.deliveries["queued"], 1);
        let delivery = fail_next_delivery(&shop).await;
        let gap = only(&shop, "failed_delivery").await;
        assert_eq!((gap.delivery, gap.customer), (Some(delivery), None));
        assert_eq!(gap.error.as_deref(), Some("the settings of a store cannot be read"));
        assert_eq!(mending(&gap), ("replay_delivery", Some(delivery.to_string())));
        shop.app.replay_delivery(&BY, delivery).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        none(&shop).await;
        assert!(sees(&shop, ADA, course.course).await);
        shop.app.replay_delivery(&BY, delivery).await.unwrap();
        let again = shop.app.replay_delivery(&BY, delivery).await;
        assert!(matches!(again, Err(ReplayError::Waiting)));
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_failed_delivery_that_the_store_sends_again_counts_no_more(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        let order = shop.paid_order("1001", ADA, &["WATER"]);
        shop.deliver(&order).await;
        fail_next_delivery(&shop).await;
        only(&shop, "failed_delivery").await;
        shop.tell(&shop.paid_order("1002", ADA, &["WATER"])).await;
        only(&shop, "failed_delivery").await;
        shop.tell(&order).await;
        none(&shop).await;
    }

    async fn what_can_never_be_understood_is_dismissed(db: Db) {
        let shop = TestShop::open(db).await;
        let odd = json!({ "type": "order.updated", "timestamp": shop.now(), "data": { "error": "not found" } });
        shop.tell(&odd).await;
        let gap = only(&shop, "failed_delivery").await;
        let delivery = gap.delivery.unwrap();
        shop.app.replay_delivery(&BY, delivery).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        only(&shop, "failed_delivery").await;
        shop.app.dismiss_delivery(&BY, delivery).await.unwrap();
        none(&shop).await;
        assert!(matches!(shop.app.dismiss_delivery(&BY, delivery).await, Err(ReplayError::NotDead)));
    }

    async fn a_failed_job_counts_until_it_is_done_again(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let oils = shop.app.create_course(&BY, new_course(water.product, "Oils")).await.unwrap();
        shop.app.publish(&BY, ContentId::Course(oils)).await.unwrap();
        assert_eq!(overview(&shop).await.jobs["queued"], 1);
        let job = fail_next_job(&shop).await;
        let gap = only(&shop, "failed_job").await;
        assert_eq!(mending(&gap), ("retry_job", Some(job.to_string())));
        let listed = shop.app.list_jobs().await.unwrap();
        assert_eq!((listed[0].id, listed[0].state.as_str()), (job, "dead"));
        assert!(!sees(&shop, ADA, oils).await);
        shop.app.retry_job(&BY, job).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        none(&shop).await;
        assert!(sees(&shop, ADA, oils).await);
        assert!(shop.app.list_jobs().await.unwrap().is_empty());
        assert!(matches!(shop.app.retry_job(&BY, job).await, Err(ReplayError::NotDead)));
        let nowhere = JobId::from_parts(testkit::shop::OPENING, 999);
        assert!(matches!(shop.app.retry_job(&BY, nowhere).await, Err(ReplayError::NotFound)));
    }

    async fn a_failed_job_that_another_like_it_made_good_counts_no_more(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.app.create_course(&BY, new_course(water.product, "Oils")).await.unwrap();
        fail_next_job(&shop).await;
        only(&shop, "failed_job").await;
        shop.app.create_course(&BY, new_course(water.product, "Ink")).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        none(&shop).await;
    }

    async fn a_customer_with_many_gaps_is_one_customer(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["NEW", "OTHER", "WATER"])).await;
        shop.tell(&shop.paid_order("1002", ADA, &["NEW"])).await;
        let whom = Whom::Email(ADA.parse().unwrap());
        shop.app.revoke_access(&BY, whom, ContentId::Course(course.course), None, Telling::Nobody).await.unwrap();
        let overview = overview(&shop).await;
        assert_eq!(overview.paying_customers_without_access, 1);
        let counts: Vec<i64> = overview.by_cause.into_values().collect();
        assert_eq!(counts, [1, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(all(&shop).await.len(), 4);
    }

    async fn gaps_come_in_pages_and_none_is_left_out_or_told_twice(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for (number, email) in [("1001", ADA), ("1002", EVE), ("1003", "kim@example.com")] {
            shop.tell(&shop.paid_order(number, email, &["NEW", "WATER", "OTHER"])).await;
        }
        shop.app.unpublish(&BY, ContentId::Course(course.course), &seen(3)).await.unwrap();
        for number in ["1004", "1005"] {
            shop.deliver(&shop.paid_order(number, ADA, &["WATER"])).await;
            fail_next_delivery(&shop).await;
        }
        let keys = |gaps: &[AccessGap]| -> Vec<String> {
            let key = |gap: &AccessGap| {
                let order = gap.order.as_ref().map(|order| order.external.to_string());
                format!("{} {order:?} {:?} {:?}", gap.cause.name(), gap.line, gap.delivery)
            };
            gaps.iter().map(key).collect()
        };
        let whole = keys(&all(&shop).await);
        assert_eq!(whole.len(), 11);
        for limit in [1, 2, 3, 10, 11] {
            let (mut told, mut next) = (Vec::new(), None);
            loop {
                let page = shop.app.list_gaps(None, next.as_ref(), limit).await.unwrap();
                assert!(page.items.len() <= usize::try_from(limit).unwrap());
                told.extend(keys(&page.items));
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(told, whole, "{limit} a page");
        }
        let of_one = shop.app.list_gaps(Some(Cause::NotPublished), None, 200).await.unwrap();
        assert_eq!(of_one.items.len(), 3);
    }

    async fn a_buyer_who_has_not_come_yet_is_not_locked_out(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        for (days, expected) in [(2, 0), (1, 1)] {
            shop.clock.pass_days(days);
            assert_eq!(overview(&shop).await.never_signed_in, expected);
            none(&shop).await;
        }
        shop.sign_in(ADA).await;
        assert_eq!(overview(&shop).await.never_signed_in, 0);
    }

    async fn the_figure_follows_an_order_to_its_new_owner(db: Db) {
        let shop = TestShop::open(db).await;
        shop.tell(&order_of(&shop, "1001", "7", Some(ADA), "NEW")).await;
        shop.clock.pass_seconds(10);
        shop.tell(&order_of(&shop, "1001", "7", Some(EVE), "NEW")).await;
        let eve: CustomerId = customer(&shop, EVE).await;
        assert_eq!(only(&shop, "unmapped_item").await.customer, Some(eve));
    }
}
