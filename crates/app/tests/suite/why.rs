//! Why a customer may open a content or not, told from what really happened.

use app::administration::{AdministrationError, Longer, Telling, Whom};
use app::catalogue::{Lasting, ProductChange};
use app::sessions::Browser;
use app::stores::StoreChange;
use app::why::{ExplainedGrant, Why};
use domain::explain::Source;
use domain::mending::Mending;
use domain::order::StoreItem;
use domain::{ContentId, CourseId, ProductId};
use serde_json::json;
use storage::inbox;
use storage::work::Outcome;
use testkit::{BY, TestShop, both_engines};

use crate::contents::{new_course, seen};
use crate::gaps::fail_next_job;
use crate::proofs::{address, order_of, seen_by, store_customer};
use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn whom(email: &str) -> Whom {
    Whom::Email(email.parse().unwrap())
}

/// Why Ada may open the course; the same as whether it really opens for her.
async fn why(shop: &TestShop, course: CourseId) -> Why {
    let is_open = sees(shop, ADA, course).await;
    let content = ContentId::Course(course);
    let why = shop.app.explain_access(&whom(ADA), content).await.unwrap();
    assert_eq!(why.explanation.reason.name() == "open", is_open);
    assert_eq!(why.explanation.mending.is_empty(), is_open);
    why
}

fn mending(why: &Why) -> Vec<&'static str> {
    why.explanation.mending.iter().map(Mending::name).collect()
}

fn lines(why: &Why) -> Vec<&'static str> {
    why.known
        .lines
        .iter()
        .map(|closed| closed.why.name())
        .collect()
}

/// Puts a course into the product and publishes it, before any job is worked off.
async fn new_published(shop: &TestShop, product: ProductId) -> CourseId {
    let course = shop
        .app
        .create_course(&BY, new_course(product, "Oils"))
        .await;
    let course = course.unwrap();
    let published = shop.app.publish(&BY, ContentId::Course(course)).await;
    published.unwrap();
    course
}

/// Which delivery ended it, and which rule.
fn ending(grant: &ExplainedGrant) -> (bool, Option<&'static str>) {
    let ended = grant.ended.as_ref();
    let rule = grant.rule.map(|rule| rule.section);
    (ended.is_some_and(|trace| trace.delivery.is_some()), rule)
}

both_engines! {
    async fn what_is_open_names_its_order_and_the_delivery_that_told_of_it(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let why = why(&shop, course.course).await;
        assert_eq!(why.explanation.sentence, "Open without end, by order 1001 (WATER).");
        assert_eq!((why.title.as_str(), why.customer), ("Course WATER", customer(&shop, ADA).await));
        let [grant] = why.grants.as_slice() else { panic!("one grant") };
        let caused = grant.caused.as_ref().unwrap();
        assert_eq!(caused.actor, shop.store.to_string());
        assert!(caused.delivery.as_ref().unwrap().starts_with("dlv_"));
        assert!(grant.ended.is_none() && grant.rule.is_none());
        let Source::Line(line) = &grant.told.sourced.source else { panic!("of an order") };
        assert_eq!((line.order.store.as_str(), line.line.as_str()), ("shop", "1"));
    }

    async fn a_refund_names_the_delivery_and_the_rule_that_ended_the_grant(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.clock.pass_days(1);
        let mut refunded = shop.paid_order("1001", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        let why = why(&shop, course.course).await;
        let day = "19 November 2026";
        assert_eq!(why.explanation.sentence, format!("Closed: order 1001 was refunded on {day}; nothing else grants it."));
        assert_eq!(ending(&why.grants[0]), (true, Some("2.4, 2.5")));
        let (caused, ended) = (why.grants[0].caused.as_ref(), why.grants[0].ended.as_ref());
        assert_ne!(caused.unwrap().delivery, ended.unwrap().delivery);
        assert_eq!(mending(&why), ["grant_by_hand"]);
        assert_eq!(lines(&why), ["refunded"]);
    }

    async fn blocks_are_told_with_who_and_why_also_when_they_are_lifted(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let reason = Some("shared her account".into());
        let revoked = shop.app.revoke_access(&BY, whom(ADA), content, reason, Telling::Nobody).await.unwrap();
        let blocked = why(&shop, course.course).await;
        assert_eq!(blocked.explanation.mending, [Mending::LiftBlock(revoked.block)]);
        assert_eq!(blocked.known.blocks[0].reason.as_deref(), Some("shared her account"));
        assert_eq!(blocked.grants[0].told.revoked_by.as_deref(), Some("command line"));
        assert_eq!(ending(&blocked.grants[0]), (false, Some("4.2")));
        shop.app.lift_block(&BY, whom(ADA), content).await.unwrap();
        let open = why(&shop, course.course).await;
        let (_, by) = open.known.blocks[0].lifted.clone().unwrap();
        assert_eq!(by, "command line");
        assert!(open.grants[0].told.restored_at.is_some());
    }

    async fn an_expired_grant_is_extended_and_then_says_by_whom(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&testkit::BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(product, "MONTH", 1).await;
        shop.map("MONTH", product).await;
        shop.tell(&shop.paid_order("1001", ADA, &["MONTH"])).await;
        shop.clock.pass_days(31);
        let expired = why(&shop, course.course).await;
        assert_eq!(mending(&expired), ["extend", "grant_by_hand"]);
        assert_eq!(ending(&expired.grants[0]), (false, Some("3.3, 3.4")));
        let grant = expired.grants[0].told.sourced.grant.id;
        let until = app::clock::Clock::now(&shop.clock).plus_days(7);
        shop.app.extend_access(&BY, Longer::Grant(grant), until, Some("she was ill".into())).await.unwrap();
        let extended = why(&shop, course.course).await;
        assert!(extended.explanation.sentence.starts_with("Open until "));
        let [extension] = extended.grants[0].extensions.as_slice() else { panic!("one extension") };
        assert_eq!((extension.until, extension.note.as_deref()), (until, Some("she was ill")));
    }

    async fn a_grant_by_hand_is_told_with_who_and_note(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.app.grant_access(&BY, whom(ADA), content, None, Some("a gift".into()), Telling::Nobody).await.unwrap();
        let open = why(&shop, course.course).await;
        let by_hand = Source::ByHand { by: "command line".into(), note: Some("a gift".into()) };
        assert_eq!(open.grants[0].told.sourced.source, by_hand);
        shop.app.revoke_access(&BY, whom(ADA), content, None, Telling::Nobody).await.unwrap();
        let closed = why(&shop, course.course).await;
        assert_eq!(mending(&closed), ["lift_block", "grant_by_hand"]);
    }

    async fn lines_that_were_paid_and_do_not_open_it_say_why(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.sell_course("OILS", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["NEW"])).await;
        shop.tell(&shop.paid_order("1002", ADA, &["OILS"])).await;
        let mut pending = shop.paid_order("1003", ADA, &["WATER"]);
        pending["data"]["status"] = json!("pending");
        shop.tell(&pending).await;
        let mut test = shop.paid_order("1004", ADA, &["WATER"]);
        test["data"]["test"] = json!(true);
        shop.tell(&test).await;
        let told = why(&shop, course.course).await;
        let mut found = lines(&told);
        found.sort_unstable();
        assert_eq!(found, ["not_in_product", "test_order", "unmapped_item", "unpaid"]);
        assert_eq!(told.explanation.reason.name(), "never_granted");
        assert!(told.explanation.sentence.contains("SKU NEW stands for no product yet"));
        let mut doings = mending(&told);
        doings.sort_unstable();
        assert_eq!(doings, ["accept_test_orders", "await_payment", "grant_by_hand", "map_item"]);
        shop.map("NEW", course.product).await;
        assert_eq!(why(&shop, course.course).await.explanation.sentence, "Open without end, by order 1001 (NEW).");
    }

    async fn a_draft_is_told_to_be_one(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.app.unpublish(&BY, ContentId::Course(course.course), &seen(1)).await.unwrap();
        assert_eq!(mending(&why(&shop, course.course).await), ["publish"]);
    }

    async fn a_delivery_that_failed_and_names_her_is_found(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        customer(&shop, ADA).await;
        for email in [EVE, ADA] {
            let mut odd = shop.paid_order("1001", email, &["WATER"]);
            odd["data"]["status"] = json!("quite paid");
            shop.tell(&odd).await;
        }
        let told = why(&shop, course.course).await;
        let [failed] = told.known.failed.as_slice() else { panic!("hers alone") };
        assert!(!failed.error.contains(ADA));
        assert_eq!(told.explanation.mending[0], Mending::Replay(failed.id));
    }

    async fn a_delivery_that_failed_and_names_her_order_is_found(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut pending = shop.paid_order("1001", ADA, &["WATER"]);
        pending["data"]["status"] = json!("pending");
        shop.tell(&pending).await;
        shop.clock.pass_seconds(10);
        let mut paid = shop.paid_order("1001", ADA, &["WATER"]);
        paid["data"]["customer"] = json!({ "id": "7", "email": null });
        shop.deliver(&paid).await;
        let now = app::clock::Clock::now(&shop.clock);
        let mut tx = shop.app.db().begin().await.unwrap();
        let claimed = inbox::claim(&mut tx, now, now).await.unwrap().unwrap();
        let dead = Outcome::Dead { error: "tried too often" };
        inbox::settle(&mut tx, claimed.id, claimed.attempt, dead, now).await.unwrap();
        tx.commit().await.unwrap();
        let told = why(&shop, course.course).await;
        assert_eq!(told.known.failed[0].id, claimed.id);
        assert_eq!(mending(&told), ["await_payment", "replay_delivery", "grant_by_hand"]);
    }

    async fn an_order_of_hers_under_another_address_opens_from_the_store_and_the_address_is_not_told(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(water.course);
        let session = shop.app.open_session(&store_customer(shop.store, "7"), Browser::default()).await.unwrap();
        let seven = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        let told = async || shop.app.explain_access(&Whom::Customer(seven.customer()), content).await.unwrap();
        shop.tell(&order_of(&shop, "1001", "7", Some(EVE), "WATER")).await;
        let hers = told().await;
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, [water.course], "she came from the store");
        assert_eq!(lines(&hers), ["opens_from_store"]);
        assert_eq!(mending(&hers), ["come_from_store", "grant_by_hand"]);
        let sentence = "Closed unless she comes from the store shop, signed in as the customer of order 1001.";
        assert_eq!(hers.explanation.sentence, sentence);
        assert!(!format!("{hers:?}").contains("eve@"));
        // What the other one may not open, coming from the store does not open either.
        let eve = || Whom::Email(EVE.parse().unwrap());
        shop.app.revoke_access(&BY, eve(), content, None, Telling::Nobody).await.unwrap();
        assert_eq!(seen_by(&shop, &seven, &[]).await, []);
        let blocked = told().await;
        assert_eq!((lines(&blocked), mending(&blocked)), (vec![], vec!["grant_by_hand"]));
        shop.app.lift_block(&BY, eve(), content).await.unwrap();
        assert_eq!(lines(&told().await), ["opens_from_store"]);
    }

    async fn an_order_that_is_given_away_and_names_her_in_the_store_opens_from_there(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        for email in [None, Some(EVE)] {
            shop.tell(&order_of(&shop, "1001", "7", email, "WATER")).await;
            shop.clock.pass_seconds(10);
        }
        let session = shop.app.open_session(&store_customer(shop.store, "7"), Browser::default()).await.unwrap();
        let seven = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        let content = ContentId::Course(water.course);
        let told = shop.app.explain_access(&Whom::Customer(seven.customer()), content).await.unwrap();
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, [water.course]);
        assert_eq!((told.explanation.reason.name(), lines(&told)), ("owner_changed", vec!["opens_from_store"]));
        assert!(told.explanation.sentence.starts_with("Closed unless"), "{}", told.explanation.sentence);
        assert_eq!(mending(&told)[0], "come_from_store");
    }

    async fn an_order_under_another_address_that_is_not_worked_out_yet_is_that_owners(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let session = shop.app.open_session(&store_customer(shop.store, "7"), Browser::default()).await.unwrap();
        let seven = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        shop.tell(&order_of(&shop, "1001", "7", Some(EVE), "WATER")).await;
        let oils = new_published(&shop, water.product).await;
        let content = ContentId::Course(oils);
        let told = shop.app.explain_access(&Whom::Customer(seven.customer()), content).await.unwrap();
        assert_eq!((lines(&told), mending(&told)), (vec!["other_owner"], vec!["prove_address", "grant_by_hand"]));
        shop.app.work_until_idle().await.unwrap();
        let told = shop.app.explain_access(&Whom::Customer(seven.customer()), content).await.unwrap();
        assert_eq!(lines(&told), ["opens_from_store"]);
    }

    async fn what_is_not_worked_out_yet_is_waited_for_and_a_job_that_failed_is_done_again(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        let oils = new_published(&shop, water.product).await;
        let waiting = why(&shop, oils).await;
        assert_eq!((waiting.explanation.reason.name(), lines(&waiting)), ("never_granted", vec!["recomputing"]));
        assert_eq!(mending(&waiting), ["await_recomputing"]);
        assert_eq!(waiting.explanation.sentence, "Closed: order 1001 pays for it, and it is about to open: that is being worked out.");
        let job = fail_next_job(&shop).await;
        let failed = why(&shop, oils).await;
        assert_eq!(failed.explanation.mending[0], Mending::RetryJob(job));
        assert_eq!(mending(&failed), ["retry_job", "grant_by_hand"]);
        assert_eq!(failed.explanation.sentence, "Closed: order 1001 pays for it, but the job that was to open it has failed.");
        // What else she has is as it was.
        assert_eq!(why(&shop, water.course).await.known.lines, []);
        shop.app.retry_job(&BY, job).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!((lines(&why(&shop, oils).await), lines(&why(&shop, water.course).await)), (vec![], vec![]));
    }

    async fn whichever_job_failed_is_named_and_no_other(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, ink) = (shop.sell_course("WATER", 1).await, shop.sell_course("INK", 1).await);
        let all = shop.app.create_product(&BY, "Everything", None).await.unwrap();
        shop.app.add_to_bundle(&BY, all, water.product).await.unwrap();
        shop.map("ALL", all).await;
        shop.tell(&shop.paid_order("1001", ADA, &["ALL"])).await;
        shop.tell(&shop.paid_order("1002", ADA, &["NEW"])).await;
        let mut test = shop.paid_order("1003", ADA, &["INK"]);
        test["data"]["test"] = json!(true);
        shop.tell(&test).await;
        // Of something that she never bought.
        let clay = shop.app.create_product(&BY, "Clay", None).await.unwrap();
        new_published(&shop, clay).await;
        fail_next_job(&shop).await;

        let within = new_published(&shop, water.product).await;
        assert_eq!(mending(&why(&shop, within).await), ["await_recomputing"]);
        let of_part = fail_next_job(&shop).await;
        assert_eq!(why(&shop, within).await.explanation.mending[0], Mending::RetryJob(of_part));

        let item = StoreItem { sku: "NEW".parse().ok(), ..StoreItem::default() };
        let pens = shop.app.create_product(&BY, "Pens", None).await.unwrap();
        let drawing = new_published(&shop, pens).await;
        shop.app.work_until_idle().await.unwrap();
        shop.app.map_item(&BY, shop.store, &item, pens).await.unwrap();
        let of_item = fail_next_job(&shop).await;
        assert_eq!(why(&shop, drawing).await.explanation.mending[0], Mending::RetryJob(of_item));

        let change = StoreChange { accept_test_orders: Some(true), ..StoreChange::default() };
        shop.app.change_store(&BY, shop.store, change).await.unwrap();
        let of_store = fail_next_job(&shop).await;
        assert_eq!(why(&shop, ink.course).await.explanation.mending[0], Mending::RetryJob(of_store));
        let mut jobs = vec![of_part, of_item, of_store];
        jobs.dedup();
        assert_eq!(jobs.len(), 3);
    }

    async fn what_comes_back_longer_or_behind_a_block_is_told_as_it_will_be(db: Db) {
        let shop = TestShop::open(db).await;
        let month = shop.app.create_product(&BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(month, "MONTH", 1).await;
        shop.map("MONTH", month).await;
        shop.tell(&shop.paid_order("1001", ADA, &["MONTH"])).await;
        shop.clock.pass_days(31);
        assert_eq!(lines(&why(&shop, course.course).await), [""; 0]);
        let change = ProductChange { lasting: Some(Lasting::Days(60)), ..ProductChange::default() };
        shop.app.change_product(&BY, month, change).await.unwrap();
        let longer = why(&shop, course.course).await;
        assert_eq!((longer.explanation.reason.name(), mending(&longer)), ("expired", vec!["await_recomputing"]));
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(lines(&why(&shop, course.course).await), [""; 0]);
        let content = ContentId::Course(course.course);
        shop.app.revoke_access(&BY, whom(ADA), content, None, Telling::Nobody).await.unwrap();
        let blocked = why(&shop, course.course).await;
        assert_eq!((lines(&blocked), mending(&blocked)), (vec![], vec!["lift_block"]));
    }

    async fn an_end_whose_reason_changed_is_told_with_the_day_of_that_reason(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1001", ADA, &["WATER"]);
        shop.tell(&order).await;
        shop.clock.pass_days(1);
        order = shop.paid_order("1001", ADA, &["WATER"]);
        order["data"]["disputes"] = json!([{ "id": "d", "status": "open" }]);
        shop.tell(&order).await;
        let disputed = why(&shop, course.course).await;
        let since = "Closed: order 1001 has been disputed since 19 November 2026; nothing else grants it.";
        assert_eq!(disputed.explanation.sentence, since);
        shop.clock.pass_days(26);
        order = shop.paid_order("1001", ADA, &["WATER"]);
        order["data"]["status"] = json!("refunded");
        shop.tell(&order).await;
        let refunded = why(&shop, course.course).await;
        let on = "Closed: order 1001 was refunded on 15 December 2026; nothing else grants it.";
        assert_eq!(refunded.explanation.sentence, on);
        let (first, _) = refunded.grants[0].told.sourced.grant.revoked.unwrap();
        assert_eq!(first, disputed.known.grants[0].grant.revoked.unwrap().0, "when it ended first stays as it was");
    }

    async fn what_a_deleted_product_held_is_mended_by_mapping_its_item_anew(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let all = shop.app.create_product(&BY, "Everything", None).await.unwrap();
        shop.app.add_to_bundle(&BY, all, water.product).await.unwrap();
        shop.map("ALL", all).await;
        shop.tell(&shop.paid_order("1001", ADA, &["ALL"])).await;
        shop.app.delete_product(&BY, all, Some(1)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let told = why(&shop, water.course).await;
        assert_eq!((lines(&told), mending(&told)), (vec!["unmapped_item"], vec!["map_item", "grant_by_hand"]));
        shop.map("ALL", water.product).await;
        why(&shop, water.course).await;
    }

    async fn a_merged_customer_is_told_about_as_who_she_is_now(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let ada = customer(&shop, ADA).await;
        shop.clock.pass_seconds(10);
        let eve = customer(&shop, EVE).await;
        shop.tell(&shop.paid_order("1001", EVE, &["WATER"])).await;
        let token = shop.sign_in(EVE).await;
        shop.app.prove(&token, &address(ADA)).await.unwrap();
        shop.app.merge_proven(&BY, &token).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let content = ContentId::Course(course.course);
        let told = shop.app.explain_access(&Whom::Customer(eve), content).await.unwrap();
        assert_eq!((told.customer, told.explanation.reason.name()), (ada, "open"));
    }

    async fn an_order_that_changed_hands_is_told_to_both(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for email in [ADA, EVE] {
            shop.clock.pass_seconds(10);
            shop.tell(&shop.paid_order("1001", email, &["WATER"])).await;
        }
        let told = why(&shop, course.course).await;
        assert_eq!(told.explanation.reason.name(), "owner_changed");
        assert_eq!(mending(&told), ["prove_address", "grant_by_hand"]);
        assert!(!format!("{told:?}").contains("eve@"));
    }

    async fn what_does_not_exist_or_was_deleted_is_explained_to_nobody(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&testkit::BY, "Empty", None).await.unwrap();
        let course = shop.app.create_course(&BY, new_course(product, "Oils")).await.unwrap();
        let content = ContentId::Course(course);
        let nobody = shop.app.explain_access(&whom(ADA), content).await;
        assert!(matches!(nobody, Err(AdministrationError::NoSuchCustomer)));
        customer(&shop, ADA).await;
        assert!(shop.app.explain_access(&whom(ADA), content).await.is_ok());
        shop.app.delete_content(&BY, content.into(), &seen(0)).await.unwrap();
        let deleted = shop.app.explain_access(&whom(ADA), content).await;
        assert!(matches!(deleted, Err(AdministrationError::NoSuchContent)));
    }
}
