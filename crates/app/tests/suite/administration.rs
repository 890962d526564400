//! What an administrator does by hand, against what orders do.

use app::administration::{AdministrationError, GrantFilter, Longer, Telling, Whom};
use app::contents::Removable;
use domain::audit::{Actor, Cause};
use domain::payment::EndReason;
use domain::{ContentId, Timestamp};
use serde_json::json;
use testkit::{TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const BY: Cause = Cause::by(Actor::CommandLine);
const ADA: &str = "ada@example.com";

fn ada() -> Whom {
    Whom::Email(ADA.parse().unwrap())
}

fn now(shop: &TestShop) -> Timestamp {
    app::clock::Clock::now(&shop.clock)
}

both_engines! {
    async fn example_10_a_resent_order_does_not_undo_a_revocation(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let revoked = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.unwrap();
        assert_eq!(revoked.grants, 1);
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("2", ADA, &["WATER"])).await;
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("blocked"), Some("blocked")]);
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn a_grant_by_hand_lifts_the_block_and_brings_back_what_is_still_paid(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.app.revoke_access(&BY, ada(), content, Some("by mistake".into()), Telling::Nobody).await.unwrap();
        shop.app.grant_access(&BY, ada(), content, None, None, Telling::Nobody).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None, None]);
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn example_11_no_order_event_ends_a_grant_by_hand(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.app.grant_access(&BY, ada(), content, None, Some("a gift".into()), Telling::Nobody).await.unwrap();
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert!(sees(&shop, ADA, course.course).await);
        shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.unwrap();
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn a_grant_by_hand_ends_at_its_time(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        let now = app::clock::Clock::now(&shop.clock);
        let end = Some(now.plus_days(1));
        shop.app.grant_access(&BY, ada(), content, end, None, Telling::Nobody).await.unwrap();
        let ada_id = customer(&shop, ADA).await;
        shop.clock.pass_seconds(86_400 - 70);
        let opened = shop.app.open_course(ada_id, course.course).await.unwrap();
        assert_eq!(Some(opened.links_expire_at), end, "no link outlives the access");
        shop.clock.pass_seconds(70);
        assert!(!sees(&shop, ADA, course.course).await);
        let past = shop.app.grant_access(&BY, ada(), content, end, None, Telling::Nobody).await;
        assert!(matches!(past, Err(AdministrationError::EndsBeforeItBegins)));
    }

    async fn what_does_not_exist_cannot_be_granted_or_revoked(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let nowhere = ContentId::Course(domain::CourseId::from_parts(testkit::shop::OPENING, 999));
        let granted = shop.app.grant_access(&BY, ada(), nowhere, None, None, Telling::Nobody).await;
        assert!(matches!(granted, Err(AdministrationError::NoSuchContent)));
        let content = ContentId::Course(course.course);
        let revoked = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await;
        assert!(matches!(revoked, Err(AdministrationError::NoSuchCustomer)));
    }

    async fn lifting_a_block_brings_back_what_is_paid_and_nothing_else(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.app.grant_access(&BY, ada(), content, None, None, Telling::Nobody).await.unwrap();
        let refused = shop.app.lift_block(&BY, ada(), content).await;
        assert!(matches!(refused, Err(AdministrationError::NotBlocked)));
        let first = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.unwrap();
        assert_eq!(first.grants, 2);
        let second = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.unwrap();
        assert_eq!(second.grants, 0, "a second revocation ends nothing more");
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("2", ADA, &["WATER"])).await;
        let lifted = shop.app.lift_block(&BY, ada(), content).await.unwrap();
        assert_eq!((lifted.blocks, lifted.grants), (vec![second.block], 2));
        let expected = [None, None, Some("by_administrator")];
        assert_eq!(reasons(&shop, ADA, course.course).await, expected);
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_grant_by_hand_says_what_it_lifted_and_brought_back(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let revoked = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.unwrap();
        let granted = shop.app.grant_access(&BY, ada(), content, None, None, Telling::Nobody).await.unwrap();
        assert_eq!((granted.lifted, granted.restored), (vec![revoked.block], 1));
        let again = shop.app.grant_access(&BY, ada(), content, None, None, Telling::Nobody).await.unwrap();
        assert_eq!((again.lifted, again.restored), (vec![], 0));
    }

    async fn an_extension_makes_longer_and_revives_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&testkit::BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(product, "MONTH", 1).await;
        shop.map("MONTH", product).await;
        let content = ContentId::Course(course.course);
        let extend = async |longer, days| {
            let until = now(&shop).plus_days(days);
            shop.app.extend_access(&BY, longer, until, Some("was ill".into())).await
        };
        shop.tell(&shop.paid_order("1", ADA, &["MONTH", "MONTH"])).await;
        let all = Longer::Content(ada(), content);
        assert!(matches!(extend(all.clone(), 0).await, Err(AdministrationError::EndsBeforeItBegins)));
        assert!(matches!(extend(all.clone(), 30).await, Err(AdministrationError::LastsLonger)));
        let extended = extend(all.clone(), 40).await.unwrap();
        let ends: Vec<_> = extended.grants.iter().map(|grant| (grant.ends_at, grant.revoked)).collect();
        assert_eq!(ends, [(Some(now(&shop).plus_days(40)), None); 2], "both lines of the order");
        assert_eq!(extended.grants[0].extension, extended.grants[1].extension, "one fact for order, product and content");
        shop.clock.pass_days(39);
        assert!(sees(&shop, ADA, course.course).await);

        let mut refunded = shop.paid_order("1", ADA, &["MONTH", "MONTH"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert!(matches!(extend(all, 60).await, Err(AdministrationError::NothingToExtend)));
        let grant = Longer::Grant(extended.grants[0].grant);
        let extended = extend(grant, 60).await.unwrap();
        assert_eq!(extended.grants[0].revoked.map(EndReason::name), Some("refunded"));
        assert_eq!(extended.grants[0].ends_at, Some(now(&shop).plus_days(60)), "should it be live again");
        assert!(!sees(&shop, ADA, course.course).await);
        let nowhere = Longer::Grant(domain::GrantId::from_parts(testkit::shop::OPENING, 999));
        assert!(matches!(extend(nowhere, 60).await, Err(AdministrationError::NoSuchGrant)));
    }

    async fn a_grant_by_hand_is_made_longer_and_a_later_end_stays(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        let days = |days| now(&shop).plus_days(days);
        let granted = shop.app.grant_access(&BY, ada(), content, Some(days(10)), None, Telling::Nobody).await.unwrap();
        let longer = || Longer::Content(ada(), content);
        for (until, ends_at) in [(20, 20), (30, 30)] {
            let extended = shop.app.extend_access(&BY, longer(), days(until), None).await.unwrap();
            assert_eq!(extended.grants[0].grant, granted.id);
            assert_eq!(extended.grants[0].ends_at, Some(days(ends_at)));
        }
        let shorter = shop.app.extend_access(&BY, Longer::Grant(granted.id), days(25), None).await;
        assert!(matches!(shorter, Err(AdministrationError::LastsLonger)));
    }

    async fn grants_are_listed_for_administrators_newest_first(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(1);
        let by_hand = shop.app.grant_access(&BY, ada(), content, None, Some("a gift".into()), Telling::Nobody).await.unwrap();
        let both = GrantFilter::Both(by_hand.customer, content);
        let first = shop.app.list_grants(both, None, 1).await.unwrap();
        assert_eq!(first.next, Some(by_hand.id));
        assert_eq!(first.items[0].note.as_deref(), Some("a gift"));
        let second = shop.app.list_grants(both, first.next, 1).await.unwrap();
        assert_eq!(second.next, None);
        let (_, number, _) = second.items[0].line.clone().unwrap();
        assert_eq!(number.as_str(), "1001");
        let all = shop.app.list_grants(GrantFilter::Customer(by_hand.customer), None, 50).await.unwrap();
        assert_eq!(all.items.len(), 3, "the file of the product, too");
        let nobody = domain::CustomerId::from_parts(testkit::shop::OPENING, 999);
        let unknown = shop.app.list_grants(GrantFilter::Customer(nobody), None, 50).await;
        assert!(matches!(unknown, Err(AdministrationError::NoSuchCustomer)));
    }

    async fn what_was_deleted_cannot_be_granted_or_revoked_and_still_tells_its_story(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let gone = Removable::Course(course.course);
        let seen = shop.app.list_effects(gone).await.unwrap();
        shop.app.delete_content(&BY, gone, &seen.into()).await.unwrap();
        let granted = shop.app.grant_access(&BY, ada(), content, None, None, Telling::Nobody).await.map(|_| ());
        let revoked = shop.app.revoke_access(&BY, ada(), content, None, Telling::Nobody).await.map(|_| ());
        let nothing = ContentId::Course(domain::CourseId::from_parts(testkit::shop::OPENING, 999));
        let unknown = shop.app.list_grants(GrantFilter::Content(nothing), None, 50).await.map(|_| ());
        for outcome in [granted, revoked, unknown] {
            assert!(matches!(outcome, Err(AdministrationError::NoSuchContent)), "{outcome:?}");
        }
        shop.app.work_until_idle().await.unwrap();
        let listed = shop.app.list_grants(GrantFilter::Content(content), None, 50).await.unwrap();
        let reasons: Vec<_> = listed.items.iter().map(|listed| listed.grant.revoked.map(|(_, reason)| reason)).collect();
        assert_eq!(reasons, [Some(EndReason::ContentRemoved)]);
    }
}
