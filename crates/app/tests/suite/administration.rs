//! What an administrator does by hand, against what orders do.

use app::administration::{AdministrationError, Whom};
use domain::ContentId;
use domain::audit::{Actor, Cause};
use serde_json::json;
use testkit::{TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const BY: Cause = Cause::by(Actor::CommandLine);
const ADA: &str = "ada@example.com";

fn ada() -> Whom {
    Whom::Email(ADA.parse().unwrap())
}

both_engines! {
    async fn example_10_a_resent_order_does_not_undo_a_revocation(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let revoked = shop.app.revoke_access(&BY, ada(), content, None).await.unwrap();
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
        shop.app.revoke_access(&BY, ada(), content, Some("by mistake".into())).await.unwrap();
        shop.app.grant_access(&BY, ada(), content, None, None).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None, None]);
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn example_11_no_order_event_ends_a_grant_by_hand(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.app.grant_access(&BY, ada(), content, None, Some("a gift".into())).await.unwrap();
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order("1", ADA, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert!(sees(&shop, ADA, course.course).await);
        shop.app.revoke_access(&BY, ada(), content, None).await.unwrap();
        assert!(!sees(&shop, ADA, course.course).await);
    }

    async fn a_grant_by_hand_ends_at_its_time(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        let now = app::clock::Clock::now(&shop.clock);
        let end = Some(now.plus_days(1));
        shop.app.grant_access(&BY, ada(), content, end, None).await.unwrap();
        let ada_id = customer(&shop, ADA).await;
        shop.clock.pass_seconds(86_400 - 70);
        let opened = shop.app.open_course(ada_id, course.course).await.unwrap();
        assert_eq!(Some(opened.links_expire_at), end, "no link outlives the access");
        shop.clock.pass_seconds(70);
        assert!(!sees(&shop, ADA, course.course).await);
        let past = shop.app.grant_access(&BY, ada(), content, end, None).await;
        assert!(matches!(past, Err(AdministrationError::EndsBeforeItBegins)));
    }

    async fn what_does_not_exist_cannot_be_granted_or_revoked(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let nowhere = ContentId::Course(domain::CourseId::from_parts(testkit::shop::OPENING, 999));
        let granted = shop.app.grant_access(&BY, ada(), nowhere, None, None).await;
        assert!(matches!(granted, Err(AdministrationError::NoSuchContent)));
        let content = ContentId::Course(course.course);
        let revoked = shop.app.revoke_access(&BY, ada(), content, None).await;
        assert!(matches!(revoked, Err(AdministrationError::NoSuchCustomer)));
    }
}
