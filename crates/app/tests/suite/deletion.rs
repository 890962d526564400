//! Deleting: said first whom it touches, gone everywhere, and what was done stays.

use app::administration::{Telling, Whom};
use app::contents::{Confirmation, ContentsError, Effects, Removable};
use domain::progress::Report;
use domain::{ContentId, CustomerId};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::contents::{new_course, seen};
use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";

async fn watches(shop: &TestShop, who: CustomerId, course: &TestCourse) {
    let report = Report {
        position_ms: 10_000,
        at: app::clock::Clock::now(&shop.clock),
        starts_over: false,
        completed: None,
    };
    let saved = shop
        .app
        .record_progress(who, course.videos[0], report)
        .await;
    saved.unwrap();
}

async fn effects(shop: &TestShop, of: Removable) -> Effects {
    shop.app.list_effects(of).await.unwrap()
}

both_engines! {
    async fn whom_a_deletion_touches_is_said_first_and_must_be_named(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        for (number, email) in [("1", ADA), ("2", "bob@example.com"), ("3", "cleo@example.com")] {
            shop.tell(&shop.paid_order(number, email, &["WATER"])).await;
        }
        let ada = customer(&shop, ADA).await;
        watches(&shop, ada, &water).await;
        let module = shop.app.find_shelved_course(water.course).await.unwrap().modules[0].module.id;
        let expect = |customers_with_progress, videos| Effects { customers_with_access: 3, customers_with_progress, videos };
        for (what, expected) in [
            (Removable::Course(water.course), expect(1, 2)),
            (Removable::Module(module), expect(1, 2)),
            (Removable::Video(water.videos[0]), expect(1, 1)),
            (Removable::Video(water.videos[1]), expect(0, 1)),
            (Removable::File(water.file), expect(0, 0)),
        ] {
            assert_eq!(effects(&shop, what).await, expected, "{what:?}");
            let wrong = Confirmation { customers_with_access: Some(3), videos: Some(9) };
            for unseen in [Confirmation::default(), seen(2), seen(4), wrong] {
                let refused = shop.app.delete_content(&BY, what, &unseen).await;
                let Err(ContentsError::ConfirmationNeeded(now)) = refused else { panic!("{what:?} {refused:?}") };
                assert_eq!(now, expected);
            }
        }
        assert!(sees(&shop, ADA, water.course).await, "nothing was deleted");
    }

    async fn a_number_that_is_no_longer_true_deletes_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let course = Removable::Course(water.course);
        let shown = effects(&shop, course).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let late = shop.app.delete_content(&BY, course, &shown.into()).await;
        assert!(matches!(late, Err(ContentsError::ConfirmationNeeded(Effects { customers_with_access: 1, .. }))));
        assert!(sees(&shop, ADA, water.course).await);
    }

    async fn a_deleted_course_is_gone_everywhere_and_what_was_watched_stays_written_down(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        watches(&shop, ada, &water).await;
        shop.app.delete_content(&BY, Removable::Course(water.course), &seen(1)).await.unwrap();
        assert!(!sees(&shop, ADA, water.course).await, "before any grant has ended");
        assert!(shop.app.open_video(ada, water.videos[0]).await.is_err());
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("content_removed")]);
        assert_eq!(shop.app.list_downloads(ada).await.unwrap().len(), 1, "the file of the product stays");

        let gone = shop.app.find_shelved_course(water.course).await;
        assert!(matches!(gone, Err(ContentsError::NotFound)));
        assert!(shop.app.list_shelved_courses(None, None, 9).await.unwrap().is_empty());
        let again = shop.app.delete_content(&BY, Removable::Course(water.course), &seen(0)).await;
        assert!(matches!(again, Err(ContentsError::NotFound)));
        for what in [Removable::Video(water.videos[0]), Removable::Course(water.course)] {
            assert!(matches!(shop.app.list_effects(what).await, Err(ContentsError::NotFound)));
        }
        let whom = Whom::Email("bob@example.com".parse().unwrap());
        assert!(shop.app.grant_access(&BY, whom, ContentId::Course(water.course), None, None, Telling::Nobody).await.is_err());
        let mut reader = shop.app.db().reader().await.unwrap();
        let saved = storage::progress::find(&mut reader, &ada.into(), water.videos[0]).await.unwrap();
        assert_eq!(saved.unwrap().position_ms, 10_000);
    }

    async fn a_later_order_of_the_product_grants_what_is_left(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.app.delete_content(&BY, Removable::Course(water.course), &seen(0)).await.unwrap();
        shop.app.delete_content(&BY, Removable::File(water.file), &seen(0)).await.unwrap();
        let oils = shop.app.create_course(&BY, new_course(water.product, "Oils")).await.unwrap();
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        assert_eq!(reasons(&shop, ADA, water.course).await, []);
        assert_eq!(reasons(&shop, ADA, oils).await, [None]);
    }

    async fn a_module_goes_only_together_with_its_videos_and_only_when_that_was_said(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        watches(&shop, ada, &water).await;
        let title = "Washes".parse().unwrap();
        let washes = shop.app.create_module(&BY, water.course, title, None).await.unwrap();
        let module = shop.app.find_shelved_course(water.course).await.unwrap().modules[0].module.id;
        let silent = shop.app.delete_content(&BY, Removable::Module(module), &seen(1)).await;
        assert!(matches!(silent, Err(ContentsError::ConfirmationNeeded(_))));
        let said = Confirmation { customers_with_access: Some(1), videos: Some(2) };
        shop.app.delete_content(&BY, Removable::Module(module), &said).await.unwrap();
        let opened = shop.app.open_course(ada, water.course).await.unwrap();
        let left: Vec<_> = opened.linked.modules.iter().map(|module| (module.id, module.order)).collect();
        assert_eq!(left, [(washes, 1)]);
        assert!(shop.app.open_video(ada, water.videos[0]).await.is_err());
        let listed = shop.app.list_courses(ada).await.unwrap();
        assert_eq!((listed[0].total, listed[0].completed), (0, 0));
        shop.app.delete_content(&BY, Removable::Module(washes), &seen(1)).await.unwrap();
    }

    async fn a_deleted_video_or_file_is_gone_at_once(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 3).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let places = async || {
            let opened = shop.app.open_course(ada, water.course).await.unwrap();
            let videos = opened.linked.modules[0].videos.iter();
            videos.map(|video| (video.id, video.order)).collect::<Vec<_>>()
        };
        assert_eq!(places().await.len(), 3);
        shop.app.delete_content(&BY, Removable::Video(water.videos[1]), &seen(1)).await.unwrap();
        assert_eq!(places().await, [(water.videos[0], 1), (water.videos[2], 2)]);
        assert!(shop.app.open_video(ada, water.videos[1]).await.is_err());

        shop.app.delete_content(&BY, Removable::File(water.file), &seen(1)).await.unwrap();
        assert!(shop.app.list_downloads(ada).await.unwrap().is_empty());
        assert!(shop.app.link_download(ada, water.file).await.is_err());
        assert!(shop.app.open_course(ada, water.course).await.unwrap().linked.files.is_empty());
        assert!(shop.app.list_shelved_files(water.product).await.unwrap().is_empty());
    }

    async fn the_number_counts_exactly_those_whom_the_decision_lets_in(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(water.course);
        let people = ["a", "b", "c", "d", "e"].map(|name| format!("{name}@example.com"));
        let now = app::clock::Clock::now(&shop.clock);
        let whom = |place: usize| Whom::Email(people[place].parse().unwrap());
        shop.tell(&shop.paid_order("1", &people[0], &["WATER"])).await;
        shop.tell(&shop.paid_order("2", &people[0], &["WATER"])).await;
        shop.tell(&shop.paid_order("3", &people[1], &["WATER"])).await;
        shop.app.revoke_access(&BY, whom(1), content, None, Telling::Nobody).await.unwrap();
        shop.app.grant_access(&BY, whom(2), content, Some(now.plus_days(1)), None, Telling::Nobody).await.unwrap();
        shop.app.grant_access(&BY, whom(3), content, None, None, Telling::Nobody).await.unwrap();
        let mut refunded = shop.paid_order("4", &people[4], &["WATER"]);
        shop.tell(&refunded).await;
        for days in 0..3 {
            let mut who_sees = 0;
            for person in &people {
                who_sees += i64::from(sees(&shop, person, water.course).await);
            }
            assert_eq!(effects(&shop, content.into()).await.customers_with_access, who_sees, "day {days}");
            assert_eq!(who_sees, [4, 3, 2][days]);
            shop.clock.pass_days(1);
            if days == 1 {
                refunded = shop.paid_order("4", &people[4], &["WATER"]);
                refunded["data"]["status"] = "refunded".into();
                shop.tell(&refunded).await;
            }
        }
        shop.app.unpublish(&BY, content, &seen(2)).await.unwrap();
        assert_eq!(effects(&shop, content.into()).await.customers_with_access, 0);
    }
}
