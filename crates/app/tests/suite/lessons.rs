//! Courses opened and watched.

use cloudfront::Refusal;
use domain::Timestamp;
use domain::progress::Report;
use testkit::{TestShop, both_engines};

use crate::seen::customer;

const ADA: &str = "ada@example.com";

fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_seconds()).unwrap()
}

fn report(shop: &TestShop, position_ms: i64) -> Report {
    let at = app::clock::Clock::now(&shop.clock);
    Report {
        position_ms,
        at,
        starts_over: false,
        completed: None,
    }
}

both_engines! {
    async fn an_opened_course_has_a_link_for_each_video_that_the_edge_accepts_until_it_expires(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 3).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let opened = shop.app.open_course(ada, course.course).await.unwrap();
        let videos = &opened.linked.modules[0].videos;
        assert_eq!(videos.iter().map(|v| v.id).collect::<Vec<_>>(), course.videos);
        let end = seconds(opened.links_expire_at);
        for video in videos {
            assert_eq!(shop.verifier.verify_url(&video.url, end - 1, None), Ok(()));
            assert_eq!(shop.verifier.verify_url(&video.url, end, None), Err(Refusal::Expired));
        }
        assert_eq!(opened.open_files, [0]);
    }

    async fn within_a_bucket_everybody_gets_the_same_link_and_later_a_fresh_one(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for (number, email) in [("1", ADA), ("2", "eve@example.com")] {
            shop.tell(&shop.paid_order(number, email, &["WATER"])).await;
        }
        let (ada, eve) = (customer(&shop, ADA).await, customer(&shop, "eve@example.com").await);
        let link = async |who| shop.app.open_video(who, course.videos[0]).await.unwrap().url;
        let first = link(ada).await;
        let opened = shop.app.open_course(eve, course.course).await.unwrap();
        assert_eq!(opened.linked.modules[0].videos[0].url, first);
        shop.clock.pass_seconds(300);
        assert_ne!(link(ada).await, first);
    }

    async fn a_changed_course_is_seen_at_once(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        shop.app.open_course(ada, course.course).await.unwrap();
        let mut tx = shop.app.db().begin().await.unwrap();
        let now = app::clock::Clock::now(&shop.clock);
        storage::courses::update_cover(&mut tx, course.course, "covers/new.jpg").await.unwrap();
        storage::courses::touch(&mut tx, course.course, now).await.unwrap();
        tx.commit().await.unwrap();
        let opened = shop.app.open_course(ada, course.course).await.unwrap();
        assert!(opened.linked.cover_url.as_ref().unwrap().contains("/covers/new.jpg?"));
    }

    async fn progress_moves_the_course_to_the_front_and_says_where_to_go_on(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        let oil = shop.sell_course("OIL", 2).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER", "OIL"])).await;
        let ada = customer(&shop, ADA).await;
        for course in [&oil, &water] {
            shop.clock.pass_seconds(10);
            let done = Report { completed: Some(true), ..report(&shop, 59_000) };
            shop.app.record_progress(ada, course.videos[0], done).await.unwrap();
        }
        let listed = shop.app.list_courses(ada).await.unwrap();
        assert_eq!(listed.iter().map(|c| c.id).collect::<Vec<_>>(), [water.course, oil.course]);
        assert_eq!((listed[0].completed, listed[0].total, listed[0].duration_ms), (1, 2, 120_000));
        assert_eq!(listed[0].continue_with.as_ref().unwrap().video, water.videos[1]);
    }

    async fn progress_outlives_lost_access(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        shop.app.record_progress(ada, course.videos[0], report(&shop, 31_000)).await.unwrap();
        shop.clock.pass_seconds(10);
        let mut cancelled = shop.paid_order("1", ADA, &["WATER"]);
        cancelled["data"]["status"] = serde_json::json!("cancelled");
        shop.tell(&cancelled).await;
        assert!(shop.app.record_progress(ada, course.videos[0], report(&shop, 1)).await.is_err());
        shop.tell(&shop.paid_order("2", ADA, &["WATER"])).await;
        let opened = shop.app.open_video(ada, course.videos[0]).await.unwrap();
        assert_eq!(opened.progress.unwrap().position_ms, 31_000);
    }

    async fn a_download_link_lives_a_minute(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let link = shop.app.link_download(ada, course.file).await.unwrap();
        let now = seconds(app::clock::Clock::now(&shop.clock));
        assert_eq!(seconds(link.expires_at), now + 60);
        assert_eq!(shop.verifier.verify_url(&link.url, now + 59, None), Ok(()));
    }
}
