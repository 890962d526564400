//! What customers are told of their access: each thing once, and only what is news to them.

use app::administration::{Telling, Whom};
use app::deliveries::DeliveryFilter;
use app::mail::ResendError;
use domain::ContentId;
use domain::mail::MailState;
use serde_json::json;
use testkit::mail::{CaughtMail, MailCatcher};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

struct Post {
    shop: TestShop,
    server: MailCatcher,
    water: TestCourse,
}

impl Post {
    async fn open(db: storage::Db) -> Self {
        let server = MailCatcher::open().await;
        let shop = TestShop::open_mailing(db, &server).await;
        let water = shop.sell_course("WATER", 1).await;
        Self {
            shop,
            server,
            water,
        }
    }

    /// Says what was sent since the last `count` mails: to whom, and about what.
    fn since(&self, count: usize) -> Vec<(String, &'static str)> {
        let said = |mail: &CaughtMail| {
            let is_end = mail.message.subject().ends_with("has changed");
            (mail.to.join(","), if is_end { "ended" } else { "granted" })
        };
        self.server.caught().iter().skip(count).map(said).collect()
    }

    async fn refund(&self, order: &str, email: &str) {
        let mut refunded = self.shop.paid_order(order, email, &["WATER"]);
        refunded["data"]["status"] = json!("refunded");
        self.shop.tell(&refunded).await;
    }

    async fn replay_all(&self) {
        let all = DeliveryFilter::default();
        self.shop.app.replay_deliveries(&BY, &all).await.unwrap();
        self.shop.app.work_until_idle().await.unwrap();
    }

    fn course(&self) -> ContentId {
        ContentId::Course(self.water.course)
    }
}

fn of(email: &str) -> Whom {
    Whom::Email(email.parse().unwrap())
}

both_engines! {
    async fn a_purchase_is_told_once_however_often_it_is_played_again(db: Db) {
        let post = Post::open(db).await;
        let order = post.shop.paid_order("1", ADA, &["WATER"]);
        post.shop.tell(&order).await;
        let caught = post.server.caught();
        assert_eq!(post.since(0), [(ADA.to_owned(), "granted")]);
        let text = &caught[0].message.text;
        assert!(text.contains("- Course WATER\n- Notes WATER\n"), "{text}");
        for _ in 0..3 {
            post.shop.tell(&order).await;
            post.replay_all().await;
        }
        post.shop.tell(&post.shop.paid_order("2", BOB, &["WATER"])).await;
        assert_eq!(post.since(1), [(BOB.to_owned(), "granted")]);
    }

    async fn a_refund_is_told_once_and_says_why(db: Db) {
        let post = Post::open(db).await;
        post.shop.tell(&post.shop.paid_order("1", ADA, &["WATER"])).await;
        post.shop.clock.pass_seconds(60);
        post.refund("1", ADA).await;
        assert_eq!(post.since(1), [(ADA.to_owned(), "ended")]);
        let text = post.server.caught()[1].message.text.clone();
        assert!(text.contains("- Course WATER\n- Notes WATER\n"), "{text}");
        assert!(text.contains("because the purchase was refunded"), "{text}");
        for _ in 0..3 {
            post.replay_all().await;
        }
        assert_eq!(post.since(2), []);
    }

    async fn who_can_still_open_it_by_another_order_is_not_told_that_it_ended(db: Db) {
        let post = Post::open(db).await;
        for order in ["1", "2"] {
            post.shop.tell(&post.shop.paid_order(order, ADA, &["WATER"])).await;
        }
        post.shop.clock.pass_seconds(60);
        post.refund("1", ADA).await;
        assert_eq!(post.since(2), []);
        post.refund("2", ADA).await;
        assert_eq!(post.since(2), [(ADA.to_owned(), "ended")]);
    }

    async fn nobody_is_told_of_orders_of_long_ago(db: Db) {
        let post = Post::open(db).await;
        let old = post.shop.paid_order("1", ADA, &["WATER"]);
        post.shop.clock.pass_days(15);
        post.shop.tell(&old).await;
        post.shop.clock.pass_seconds(60);
        post.refund("1", ADA).await;
        assert_eq!(post.since(0), [], "neither of the purchase nor of the refund, which we met a moment later");
        let kept = post.shop.paid_order("2", BOB, &["WATER"]);
        post.shop.clock.pass_days(15);
        post.shop.tell(&kept).await;
        post.shop.clock.pass_days(2);
        post.refund("2", BOB).await;
        assert_eq!(post.since(0), [(BOB.to_owned(), "ended")], "but of a refund of what was there for days");
    }

    async fn a_changed_address_tells_the_new_one_alone(db: Db) {
        let post = Post::open(db).await;
        post.shop.tell(&post.shop.paid_order("1", ADA, &["WATER"])).await;
        post.shop.clock.pass_seconds(60);
        post.shop.tell(&post.shop.paid_order("1", BOB, &["WATER"])).await;
        assert_eq!(post.since(1), [(BOB.to_owned(), "granted")]);
    }

    async fn what_the_shop_changes_about_its_goods_is_not_told(db: Db) {
        let post = Post::open(db).await;
        post.shop.tell(&post.shop.paid_order("1", ADA, &["WATER"])).await;
        let other = post.shop.app.create_product(&BY, "Other", None).await.unwrap();
        post.shop.map("WATER", other).await;
        assert_eq!(post.since(1), []);
    }

    async fn what_is_done_by_hand_is_told_when_it_is_asked_for(db: Db) {
        let post = Post::open(db).await;
        let app = &post.shop.app;
        app.grant_access(&BY, of(ADA), post.course(), None, None, Telling::Nobody).await.unwrap();
        app.revoke_access(&BY, of(ADA), post.course(), None, Telling::Nobody).await.unwrap();
        app.work_until_idle().await.unwrap();
        assert_eq!(post.since(0), []);
        app.grant_access(&BY, of(ADA), post.course(), None, None, Telling::Customer).await.unwrap();
        app.work_until_idle().await.unwrap();
        assert_eq!(post.since(0), [(ADA.to_owned(), "granted")]);
        app.revoke_access(&BY, of(ADA), post.course(), Some("chargeback?".into()), Telling::Customer).await.unwrap();
        app.work_until_idle().await.unwrap();
        assert_eq!(post.since(1), [(ADA.to_owned(), "ended")]);
        let text = post.server.caught()[1].message.text.clone();
        assert!(text.contains("decided by the shop") && !text.contains("chargeback"), "{text}");
        app.revoke_access(&BY, of(ADA), post.course(), None, Telling::Customer).await.unwrap();
        app.work_until_idle().await.unwrap();
        assert_eq!(post.since(2), [], "nothing ended");
    }

    async fn a_mail_is_sent_again_when_somebody_asks(db: Db) {
        let post = Post::open(db).await;
        let app = &post.shop.app;
        post.shop.deliver(&post.shop.paid_order("1", ADA, &["WATER"])).await;
        post.server.refuse(ADA, "450 4.2.1 later");
        app.work_until_idle().await.unwrap();
        let mail = app.list_mails(app::mail::MailFilter::default(), None, 10).await.unwrap().items.remove(0);
        let early = app.resend_mail(&BY, mail.id).await;
        assert!(matches!(early, Err(ResendError::StillQueued)));
        post.server.take_all();
        post.shop.clock.pass_seconds(60);
        app.work_until_idle().await.unwrap();
        post.shop.clock.pass_seconds(60);
        app.resend_mail(&BY, mail.id).await.unwrap();
        app.work_until_idle().await.unwrap();
        let names: Vec<String> = post.server.caught().iter().map(|mail| mail.message.header("Message-ID")).collect();
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1], "nobody takes it for the same");
        let customer = mail.concerns.customer;
        let listed = app.list_mails(app::mail::MailFilter { customer, state: None }, None, 10).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].state), (1, MailState::Sent));
        let missing = "mal_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        assert!(matches!(app.resend_mail(&BY, missing).await, Err(ResendError::NoSuchMail)));
    }
}
