//! A customer's data: all of it is hers to have, and after an erasure nothing names her any more, anywhere.

use app::administration::{Telling, Whom};
use app::audit::AuditFilter;
use app::privacy::{PrivacyError, Tidied};
use app::replays::ReplayError;
use app::sessions::Browser;
use domain::progress::Report;
use domain::sign_in::SignInMeans;
use domain::{ContentId, CustomerId, DeliveryId, EmailAddress};
use serde_json::{Value, json};
use storage::Db;
use storage::deliveries::DeliveryFilter;
use testkit::mail::MailCatcher;
use testkit::shop::TestCourse;
use testkit::{BY, TestDatabase, TestShop, both_engines};

use crate::proofs::{address, store_customer};
use crate::seen::{customer, sees};

const ADA: &str = "ada.quillwright@example.com";
const SECOND: &str = "second.quillwright@example.com";
/// Her name: in her addresses, in what the shop sends, and in what administrators note.
const CANARY: &str = "Quillwright";
const NUMBER: &str = "shopcustomer4711";

fn whom(email: &str) -> Whom {
    Whom::Email(email.parse().unwrap())
}

/// A paid order of hers, with her name in places that nobody reads.
fn order(shop: &TestShop, number: &str, email: &str, sku: &str) -> Value {
    let mut order = shop.paid_order(number, email, &[sku]);
    order["data"]["customer"]["id"] = json!(NUMBER);
    order["data"]["shipping_address"] =
        json!({ "name": format!("Ada {CANARY}"), "city": "London" });
    order
}

/// Everything that can be kept about somebody, twice: for an address of hers that was merged, too.
async fn live(shop: &TestShop, course: &TestCourse) -> CustomerId {
    let content = ContentId::Course(course.course);
    let ada = customer(shop, ADA).await;
    shop.clock.pass_seconds(10);
    shop.tell(&order(shop, "1", ADA, &course.sku)).await;
    shop.tell(&order(shop, "2", SECOND, &course.sku)).await;
    let note = Some(format!("for {CANARY}"));
    let by = &BY;
    let file = ContentId::File(course.file);
    let app = &shop.app;
    app.grant_access(by, whom(ADA), file, None, note.clone(), Telling::Customer)
        .await
        .unwrap();
    app.revoke_access(by, whom(SECOND), content, note, Telling::Nobody)
        .await
        .unwrap();
    app.lift_block(by, whom(SECOND), content).await.unwrap();
    let asked = app
        .ask_to_sign_in(
            SignInMeans::Address(ADA.parse().unwrap()),
            None,
            Browser::default(),
        )
        .await;
    asked.unwrap();
    let token = shop.sign_in(ADA).await;
    app.prove(&token, &address(SECOND)).await.unwrap();
    let number = store_customer(shop.store, NUMBER);
    app.prove(&token, &number).await.unwrap();
    app.merge_proven(by, &token).await.unwrap();
    let report = Report {
        position_ms: 30_000,
        at: app::clock::Clock::now(&shop.clock),
        starts_over: false,
        completed: None,
    };
    app.record_progress(ada, course.videos[0], report)
        .await
        .unwrap();
    // What could not be understood, and names her all the same.
    shop.tell(&json!({ "type": "order.updated", "customer": { "email": ADA.to_uppercase() } }))
        .await;
    app.work_until_idle().await.unwrap();
    ada
}

/// Takes what was deleted out of SQLite's file.
async fn scrub(db: &Db) {
    assert!(db.scrub().await.unwrap());
}

async fn is_known(shop: &TestShop, email: &str) -> bool {
    shop.app.find_whom(&whom(email)).await.is_ok()
}

async fn nothing_names_her(database: TestDatabase) {
    let shop = TestShop::open(database.db.clone()).await;
    let course = shop.sell_course("WATER", 1).await;
    shop.tell(&shop.paid_order("9", "eve@example.com", &["WATER"]))
        .await;
    let ada = live(&shop, &course).await;
    let all = [CANARY, NUMBER];
    assert_eq!(database.traces(&all), all, "she is there before");
    shop.clock.pass_seconds(60);
    let preview = shop.app.preview_erasure(&whom(SECOND)).await.unwrap();
    let erased = shop.app.erase_customer(&BY, &whom(SECOND)).await.unwrap();
    assert_eq!(erased, preview, "the preview says what is lost");
    assert_eq!((erased.customer, erased.addresses), (ada, 2));
    assert!(!erased.merged.is_empty());
    assert_eq!((erased.counts["orders"], erased.counts["videos"]), (2, 1));
    shop.app.work_until_idle().await.unwrap();
    assert_eq!(database.traces(&all), Vec::<String>::new());

    assert!(!is_known(&shop, ADA).await && !is_known(&shop, SECOND).await);
    assert!(
        sees(&shop, "eve@example.com", course.course).await,
        "others lose nothing"
    );
    let again = shop.app.erase_customer(&BY, &Whom::Customer(ada)).await;
    assert!(matches!(again, Err(PrivacyError::NoSuchCustomer)));
    let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
    assert_eq!(verdict.flaw, None);
    let of_her = AuditFilter {
        customer: Some(ada.to_string()),
        ..AuditFilter::default()
    };
    let events = shop.app.list_audit(&of_her, None, 200).await.unwrap().items;
    assert_eq!(events[0].action, "customer.erased");
    assert!(events.len() > 3, "what was done is still told, by ids");

    // The shop says the old orders again, by another address of hers, later, and refunded.
    let mut old = order(&shop, "1", ADA, "WATER");
    old["data"]["paid_at"] = json!(testkit::shop::OPENING.to_string());
    let mut refunded = old.clone();
    refunded["data"]["status"] = json!("refunded");
    let unknown = {
        let mut unknown = old.clone();
        unknown["data"]["id"] = json!("77");
        unknown
    };
    let of_number = {
        let mut unknown = unknown.clone();
        unknown["data"]["id"] = json!("78");
        unknown["data"]["customer"]["email"] = Value::Null;
        unknown
    };
    for body in [&old, &refunded, &unknown, &of_number] {
        shop.clock.pass_seconds(60);
        shop.tell(body).await;
    }
    assert!(
        !is_known(&shop, ADA).await,
        "nobody is made anew by what is old"
    );
    scrub(&database.db).await;
    assert_eq!(database.traces(&all), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_erasure_nothing_names_her_on_sqlite() {
    nothing_names_her(TestDatabase::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_erasure_nothing_names_her_on_postgres() {
    nothing_names_her(TestDatabase::postgres().await).await;
}

async fn deliveries(shop: &TestShop) -> Vec<DeliveryId> {
    let all = DeliveryFilter::default();
    let listed = shop.app.list_deliveries(&all, None, 200).await.unwrap();
    listed.into_iter().map(|row| row.id).collect()
}

both_engines! {
    async fn what_she_buys_after_the_erasure_makes_a_new_customer(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let before = shop.app.find_whom(&whom(ADA)).await.unwrap();
        shop.clock.pass_seconds(60);
        shop.app.erase_customer(&BY, &whom(ADA)).await.unwrap();
        shop.clock.pass_seconds(60);
        let old = shop.paid_order("1", ADA, &["WATER"]);
        shop.tell(&shop.paid_order("2", ADA, &["WATER"])).await;
        let after = shop.app.find_whom(&whom(ADA)).await.unwrap();
        assert_ne!(after, before);
        assert!(sees(&shop, ADA, course.course).await);
        // Her old order, paid anew, is a new purchase too.
        shop.tell(&old).await;
        let export = shop.app.export_customer(&BY, &whom(ADA)).await.unwrap();
        assert_eq!(export.sections["orders"].len(), 2);
        assert_eq!(export.sections["grants"].len(), 4, "two orders, each with course and file");
    }

    async fn an_order_that_the_shop_gives_to_somebody_else_is_hers(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let order = shop.paid_order("1", ADA, &["WATER"]);
        shop.tell(&order).await;
        shop.clock.pass_seconds(60);
        shop.app.erase_customer(&BY, &whom(ADA)).await.unwrap();
        let mut given = order.clone();
        given["timestamp"] = json!(shop.now());
        given["data"]["customer"]["email"] = json!("eve@example.com");
        shop.tell(&given).await;
        assert!(sees(&shop, "eve@example.com", course.course).await);
    }

    async fn an_order_that_waits_while_its_customer_is_erased_does_not_bring_her_back(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.deliver(&shop.paid_order("2", ADA, &["WATER"])).await;
        shop.app.erase_customer(&BY, &whom(ADA)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(!is_known(&shop, ADA).await);
        for id in deliveries(&shop).await {
            let kept = shop.app.find_delivery(id).await.unwrap().unwrap();
            assert_eq!((kept.body_gone.as_deref(), kept.body), (Some("erased"), Vec::new()));
        }
    }

    async fn a_delivery_without_content_says_so_and_is_not_replayed(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.app.erase_customer(&BY, &whom(ADA)).await.unwrap();
        let [id] = deliveries(&shop).await[..] else { panic!("one delivery") };
        let replayed = shop.app.replay_delivery(&BY, id).await;
        assert!(matches!(replayed, Err(ReplayError::BodyGone)), "{replayed:?}");
        assert_eq!(shop.app.count_replayable(&DeliveryFilter::default()).await.unwrap(), 0);
        assert_eq!(shop.app.replay_deliveries(&BY, &DeliveryFilter::default()).await.unwrap(), 0);
    }

    async fn an_export_holds_everything_of_hers_and_nothing_of_others(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("9", "eve@example.com", &["WATER"])).await;
        let ada = live(&shop, &course).await;
        let export = shop.app.export_customer(&BY, &Whom::Customer(ada)).await.unwrap();
        let json = export.to_json();
        for (section, least) in [
            ("customers", 2), ("store_identities", 1), ("orders", 2), ("order_lines", 2), ("grants", 5), ("blocks", 1),
            ("progress", 1), ("sessions", 1), ("sign_ins", 1), ("mails", 1), ("events", 5), ("deliveries", 2),
        ] {
            let rows = json["sections"][section].as_array().unwrap();
            assert!(rows.len() >= least, "{section}: {rows:#?}");
        }
        let text = json.to_string();
        assert!(text.contains(ADA) && text.contains(SECOND) && text.contains("shipping_address"));
        assert!(!text.contains("eve@example.com"));
        assert_eq!(json["sections"]["orders"][0]["is_test"], json!(false));
        assert_eq!(json["sections"]["orders"][0]["paid_at"], json!(shop_time_of(&json)));
        let nobody = shop.app.export_customer(&BY, &whom("nobody@example.com")).await;
        assert!(matches!(nobody, Err(PrivacyError::NoSuchCustomer)));
    }

    async fn her_sessions_end_with_the_erasure_and_the_address_gets_no_mail_to_sign_in(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let token = shop.sign_in(ADA).await;
        let email: EmailAddress = ADA.parse().unwrap();
        let link = shop.app.create_sign_in_link(&BY, &email).await.unwrap();
        shop.app.erase_customer(&BY, &whom(ADA)).await.unwrap();
        assert!(shop.app.find_session(&token).await.unwrap().is_none());
        assert!(shop.app.confirm_sign_in(&link, Browser::default()).await.is_err());
        let browser = shop.app.ask_to_sign_in(SignInMeans::Address(email), None, Browser::default()).await.unwrap();
        assert!(shop.mail_for(&browser).await.is_none());
    }
}

/// The orders were paid when the shop opened, ten seconds later.
fn shop_time_of(export: &Value) -> String {
    assert_eq!(export["format"], "stoa customer 1");
    testkit::shop::OPENING.plus_seconds(10).to_string()
}

both_engines! {
    async fn old_deliveries_lose_their_content_and_nothing_else(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(20 * 86_400);
        shop.tell(&shop.paid_order("2", ADA, &["WATER"])).await;
        assert_eq!(shop.app.tidy().await.unwrap().deliveries, 0);
        shop.clock.pass_seconds(11 * 86_400);
        assert_eq!(shop.app.tidy().await.unwrap().deliveries, 1);
        assert_eq!(shop.app.tidy().await.unwrap().deliveries, 0, "it is done");
        let [young, old] = deliveries(&shop).await[..] else { panic!("two deliveries") };
        let find = async |id| shop.app.find_delivery(id).await.unwrap().unwrap();
        assert_eq!((find(young).await.body_gone, find(young).await.body.is_empty()), (None, false));
        let gone = find(old).await;
        assert_eq!((gone.body_gone.as_deref(), gone.headers.as_str(), gone.body), (Some("expired"), "[]", Vec::new()));
        assert_eq!(gone.orders.len(), 1, "which order it spoke of is known");
        let replayed = shop.app.replay_delivery(&BY, old).await;
        assert!(matches!(replayed, Err(ReplayError::BodyGone)));
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_delivery_that_waits_keeps_its_content_however_old_it_is(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.deliver(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(40 * 86_400);
        assert_eq!(shop.app.tidy().await.unwrap().deliveries, 0);
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course.course).await);
        assert_eq!(shop.app.tidy().await.unwrap().deliveries, 1);
    }

    async fn old_mails_and_sessions_are_forgotten(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let token = shop.sign_in(ADA).await;
        let content = ContentId::Course(course.course);
        shop.app.grant_access(&BY, whom(ADA), content, None, None, Telling::Customer).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        shop.clock.pass_seconds(91 * 86_400);
        // The mail waits for a mail server, and so it stays.
        let tidied = shop.app.tidy().await.unwrap();
        assert_eq!(tidied.mails, 0);
        assert!(tidied.sign_ins >= 2, "a session and the wish that began it: {tidied:?}");
        assert_eq!(shop.app.tidy().await.unwrap(), Tidied::default(), "nothing is left to forget");
        assert!(shop.app.find_session(&token).await.unwrap().is_none());
        assert_eq!(shop.app.list_mails(app::mail::MailFilter::default(), None, 10).await.unwrap().items.len(), 1);
    }

    async fn mails_that_went_out_are_forgotten_after_a_time(db: Db) {
        let server = MailCatcher::open().await;
        let shop = TestShop::open_mailing(db, &server).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.app.grant_access(&BY, whom(ADA), content, None, None, Telling::Customer).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        shop.clock.pass_seconds(89 * 86_400);
        assert_eq!(shop.app.tidy().await.unwrap().mails, 0);
        shop.clock.pass_seconds(2 * 86_400);
        assert_eq!(shop.app.tidy().await.unwrap().mails, 1);
        assert_eq!(shop.app.tidy().await.unwrap(), Tidied::default(), "nothing is left to forget");
    }
}
