//! The examples of RULES §8, told by webhooks.

use app::catalogue::{ItemFilter, ItemState};
use app::library::ShowError;
use app::playing::PlayError;
use serde_json::json;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";

/// How many items wait for somebody to say what they stand for.
async fn unmapped(shop: &TestShop) -> usize {
    let filter = ItemFilter {
        state: Some(ItemState::Unmapped),
        ..ItemFilter::default()
    };
    let listed = shop.app.list_store_items(filter, None, 10).await;
    listed.unwrap().len()
}

both_engines! {
    async fn example_1_a_paid_order_opens_the_course_and_its_file(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 3).await;
        assert!(!sees(&shop, ADA, course.course).await);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        assert!(sees(&shop, ADA, course.course).await);
        assert!(!sees(&shop, "eve@example.com", course.course).await);
        let ada = customer(&shop, ADA).await;
        assert_eq!(shop.app.list_downloads(ada).await.unwrap()[0].id, course.file);
    }

    async fn example_2_the_same_delivery_a_hundred_times_in_parallel_is_one_grant(db: Db) {
        let shop = std::sync::Arc::new(TestShop::open(db).await);
        let course = shop.sell_course("WATER", 1).await;
        let order = shop.paid_order("1", ADA, &["WATER"]);
        let senders = (0..100).map(|_| {
            let (shop, order) = (shop.clone(), order.clone());
            tokio::spawn(async move { shop.deliver(&order).await })
        });
        let workers = (0..4).map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move { shop.app.work_until_idle().await.unwrap() })
        });
        for task in senders.chain(workers).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
    }

    async fn example_3_a_refund_known_before_its_order_counts(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let paid = shop.paid_order("1", ADA, &["WATER"]);
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER"]);
        refunded["data"]["refunds"] = json!([
            { "id": "r", "status": "succeeded", "amount": 10_000, "lines": [{ "line_id": "1", "quantity": 1 }] }
        ]);
        shop.tell(&refunded).await;
        shop.tell(&paid).await;
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn example_4_refunding_one_order_leaves_the_grant_of_another(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for number in ["A", "B"] {
            shop.tell(&shop.paid_order(number, ADA, &["WATER"])).await;
        }
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("A", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("refunded"), None]);
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn example_5_refunding_the_textbook_leaves_the_course(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let textbook = shop.sell_course("BOOK", 0).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER", "BOOK"])).await;
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER", "BOOK"]);
        refunded["data"]["refunds"] = json!([
            { "id": "r", "status": "succeeded", "amount": 3_000, "lines": [{ "line_id": "2", "quantity": 1 }] }
        ]);
        shop.tell(&refunded).await;
        assert!(sees(&shop, ADA, course.course).await);
        assert!(!sees(&shop, ADA, textbook.course).await);
    }

    async fn example_9_a_dispute_suspends_and_when_won_the_same_grant_is_back(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for (status, expected) in [("inquiry", None), ("open", Some("disputed")), ("won", None)] {
            shop.clock.pass_seconds(10);
            let mut order = shop.paid_order("1", ADA, &["WATER"]);
            order["data"]["disputes"] = json!([{ "id": "d", "status": status }]);
            shop.tell(&order).await;
            assert_eq!(reasons(&shop, ADA, course.course).await, [expected], "{status}");
        }
    }

    async fn example_12_a_course_added_to_a_bundle_reaches_those_who_bought_it(db: Db) {
        let shop = TestShop::open(db).await;
        let bundle = shop.app.create_product(&BY, "Everything", None).await.unwrap();
        shop.map("ALL", bundle).await;
        shop.tell(&shop.paid_order("1", ADA, &["ALL"])).await;
        let course = shop.sell_course("WATER", 1).await;
        assert!(!sees(&shop, ADA, course.course).await);
        shop.app.add_to_bundle(&BY, bundle, course.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course.course).await);
        assert!(shop.app.add_to_bundle(&BY, course.product, bundle).await.is_err(), "it would contain itself");
    }

    async fn example_13_two_terms_end_with_the_later_one(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(product, "MONTH", 1).await;
        shop.map("MONTH", product).await;
        shop.tell(&shop.paid_order("1", ADA, &["MONTH"])).await;
        shop.clock.pass_days(20);
        shop.tell(&shop.paid_order("2", ADA, &["MONTH"])).await;
        shop.clock.pass_days(29);
        assert!(sees(&shop, ADA, course.course).await);
        shop.clock.pass_days(1);
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn example_14_a_guest_who_later_proves_her_address_sees_her_order(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", " Ada@Example.com ", &["WATER"])).await;
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn example_15_a_test_order_grants_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        order["data"]["test"] = json!(true);
        shop.tell(&order).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, []);
    }

    async fn example_17_an_item_mapped_later_grants_from_then_without_redelivery(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&BY, "A week", Some(7)).await.unwrap();
        let course = shop.stock(product, "WEEK", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WEEK"])).await;
        assert_eq!(unmapped(&shop).await, 1);
        shop.clock.pass_days(14);
        shop.map("WEEK", product).await;
        assert_eq!(unmapped(&shop).await, 0);
        shop.clock.pass_days(6);
        assert!(sees(&shop, ADA, course.course).await);
        shop.clock.pass_days(1);
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn example_21_an_order_that_changes_hands_takes_access_along_and_back(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let eve = "eve@example.com";
        for (email, ada_sees) in [(ADA, true), (eve, false), (ADA, true)] {
            shop.clock.pass_seconds(10);
            shop.tell(&shop.paid_order("1", email, &["WATER"])).await;
            assert_eq!(sees(&shop, ADA, course.course).await, ada_sees);
            assert_eq!(sees(&shop, eve, course.course).await, !ada_sees);
        }
        assert_eq!(reasons(&shop, ADA, course.course).await, [None], "the first grant is live again");
        assert_eq!(reasons(&shop, eve, course.course).await, [Some("owner_changed")]);
    }

    async fn example_22_a_subscription_runs_three_days_beyond_its_paid_period(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        shop.clock.pass_days(30);
        order["data"]["lines"][0]["period_end"] = json!(shop.now());
        shop.tell(&order).await;
        shop.clock.pass_days(2);
        assert!(sees(&shop, ADA, course.course).await);
        shop.clock.pass_days(1);
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn an_older_state_that_arrives_late_does_not_reopen_a_refunded_line(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let paid = shop.paid_order("1", ADA, &["WATER"]);
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        for order in [&paid, &refunded, &paid] {
            shop.tell(order).await;
        }
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("refunded")]);
    }

    async fn a_deleted_order_ends_access_for_whom_it_was(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        shop.tell(&json!({ "type": "order.deleted", "timestamp": shop.now(), "data": { "id": "1" } })).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("order_deleted")]);
    }

    async fn what_is_not_hers_and_what_does_not_exist_look_the_same(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let ada = customer(&shop, ADA).await;
        let nowhere = domain::CourseId::from_parts(testkit::shop::OPENING, 999);
        for id in [course.course, nowhere] {
            let outcome = shop.app.open_course(ada, id).await;
            assert!(matches!(outcome, Err(ShowError::NotFound)));
        }
        let video = shop.app.open_video(ada, course.videos[0]).await;
        assert!(matches!(video, Err(PlayError::Show(ShowError::NotFound))));
        assert!(matches!(shop.app.link_download(ada, course.file).await, Err(ShowError::NotFound)));
    }
}
