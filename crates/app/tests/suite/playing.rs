//! On how many devices a customer plays.

use app::App;
use app::playing::{Learner, PlayError};
use domain::SessionId;
use domain::playing::{PlayingLimits, TooMany, counted_after};
use domain::progress::Report;
use storage::playing;
use storage::sessions::Session;
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};
use tokio::task::JoinSet;

const ADA: &str = "ada@example.com";

/// A device on which Ada is signed in.
async fn device(shop: &TestShop) -> Session {
    device_of(shop, ADA).await
}

async fn device_of(shop: &TestShop, email: &str) -> Session {
    let token = shop.sign_in(email).await;
    shop.app.find_session(&token).await.unwrap().unwrap()
}

fn plays(session: &Session) -> Learner {
    Learner::playing(session.viewer.clone(), session.device)
}

fn stands(session: &Session) -> Learner {
    Learner::standing(session.viewer.clone(), session.device)
}

fn report(shop: &TestShop, seconds: i64) -> Report {
    Report {
        position_ms: seconds * 1_000,
        at: app::clock::Clock::now(&shop.clock),
        starts_over: false,
        completed: None,
    }
}

async fn bought(shop: &TestShop) -> TestCourse {
    let course = shop.sell_course("WATER", 2).await;
    shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
    course
}

async fn open(app: &App, learner: Learner, course: &TestCourse) -> Result<(), TooMany> {
    match app.open_video(learner, course.videos[0]).await {
        Ok(_) => Ok(()),
        Err(PlayError::TooMany(too_many)) => Err(too_many),
        Err(PlayError::Show(error)) => panic!("{error}"),
    }
}

both_engines! {
    async fn a_third_device_plays_once_another_stands_still_or_is_not_heard_of(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let (one, two, three) = (device(&shop).await, device(&shop).await, device(&shop).await);
        assert_eq!(open(&shop.app, plays(&one), &course).await, Ok(()));
        assert_eq!(open(&shop.app, plays(&two), &course).await, Ok(()));
        let refused = open(&shop.app, plays(&three), &course).await;
        assert!(matches!(&refused, Err(TooMany::Streams(playing)) if playing.len() == 2), "{refused:?}");
        assert_eq!(open(&shop.app, plays(&one), &course).await, Ok(()), "it plays already");

        shop.app.record_progress(stands(&one), course.videos[0], report(&shop, 5)).await.unwrap();
        assert_eq!(open(&shop.app, plays(&three), &course).await, Ok(()));
        assert!(open(&shop.app, plays(&one), &course).await.is_err(), "its place is taken");
        shop.clock.pass_seconds(60);
        assert_eq!(open(&shop.app, plays(&one), &course).await, Ok(()));
    }

    async fn a_report_of_one_too_many_is_refused_and_what_was_learnt_is_kept(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let (one, two, three) = (device(&shop).await, device(&shop).await, device(&shop).await);
        for device in [&one, &two] {
            shop.app.record_progress(plays(device), course.videos[0], report(&shop, 5)).await.unwrap();
        }
        shop.clock.pass_seconds(10);
        let late = shop.app.record_progress(plays(&three), course.videos[0], report(&shop, 42)).await;
        assert!(matches!(late, Err(PlayError::TooMany(TooMany::Streams(_)))));
        let saved = shop.app.open_video(plays(&one), course.videos[0]).await.unwrap().progress;
        assert_eq!(saved.unwrap().position_ms, 42_000);
        shop.app.record_progress(stands(&three), course.videos[0], report(&shop, 43)).await.unwrap();
        assert!(shop.app.open_course(three.viewer.clone(), course.course).await.is_ok(), "all else is open");
        assert!(shop.app.link_download(three.viewer.clone(), course.file).await.is_ok());
    }

    async fn a_sixth_device_plays_once_the_customer_has_signed_out_of_another(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let mut devices = Vec::new();
        for _ in 0..5 {
            let device = device(&shop).await;
            assert_eq!(open(&shop.app, plays(&device), &course).await, Ok(()));
            devices.push(device);
            shop.clock.pass_seconds(3_600);
        }
        let sixth = device(&shop).await;
        let refused = open(&shop.app, plays(&sixth), &course).await;
        assert!(matches!(&refused, Err(TooMany::Devices(known)) if known.len() == 5), "{refused:?}");
        let customer = sixth.viewer.customer();
        let ended: SessionId = devices[0].id;
        shop.app.end_session(customer, ended).await.unwrap();
        assert_eq!(open(&shop.app, plays(&sixth), &course).await, Ok(()));
    }

    async fn the_end_of_a_session_is_the_end_of_its_stream(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let (one, two, three) = (device(&shop).await, device(&shop).await, device(&shop).await);
        for device in [&one, &two] {
            assert_eq!(open(&shop.app, plays(device), &course).await, Ok(()));
        }
        shop.app.end_session(one.viewer.customer(), one.id).await.unwrap();
        assert_eq!(open(&shop.app, plays(&three), &course).await, Ok(()));
    }

    async fn customers_who_are_merged_share_one_count(db: Db) {
        let shop = TestShop::open(db.clone()).await;
        let course = bought(&shop).await;
        shop.tell(&shop.paid_order("2", "eve@example.com", &["WATER"])).await;
        let (one, two) = (device(&shop).await, device_of(&shop, "eve@example.com").await);
        let token = shop.sign_in(ADA).await;
        for device in [&one, &two] {
            assert_eq!(open(&shop.app, plays(device), &course).await, Ok(()));
        }
        // She has played on this one as both.
        let mut tx = db.begin().await.unwrap();
        let (now, eve) = (app::clock::Clock::now(&shop.clock), two.viewer.customer());
        playing::save(&mut tx, eve, one.device, now, now.plus_seconds(5)).await.unwrap();
        tx.commit().await.unwrap();
        let proof = domain::viewer::Proof::Address("eve@example.com".parse().unwrap());
        shop.app.prove(&token, &proof).await.unwrap();
        let merged = shop.app.merge_proven(&BY, &token).await.unwrap();
        let mut reader = db.reader().await.unwrap();
        let known = playing::list(&mut reader, merged.kept, counted_after(now), now).await.unwrap();
        let streams: Vec<_> = known.iter().map(|device| (device.id, device.streams_until)).collect();
        assert_eq!(streams, [(one.device, now.plus_seconds(60)), (two.device, now.plus_seconds(60))]);
        for other in merged.others {
            assert!(playing::list(&mut reader, other, counted_after(now), now).await.unwrap().is_empty());
        }
        let third = shop.app.find_session(&token).await.unwrap().unwrap();
        assert!(matches!(open(&shop.app, plays(&third), &course).await, Err(TooMany::Streams(_))));
    }

    async fn of_sixty_four_devices_that_begin_at_once_two_play(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let mut devices = Vec::new();
        for _ in 0..64 {
            devices.push(device(&shop).await);
        }
        let other = shop.restarted();
        for round in 0..2 {
            let mut at_once = JoinSet::new();
            for (number, device) in devices.iter().enumerate() {
                let (learner, video) = (plays(device), course.videos[number % 2]);
                let app = if number % 3 == 0 { other.clone() } else { shop.app.clone() };
                let reported = report(&shop, 7);
                at_once.spawn(async move {
                    if number % 2 == 0 {
                        app.open_video(learner, video).await.map(drop)
                    } else {
                        app.record_progress(learner, video, reported).await.map(drop)
                    }
                });
            }
            let outcomes = at_once.join_all().await;
            let begun = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(begun, 2, "round {round}");
            shop.clock.pass_seconds(60);
        }
    }

    async fn of_the_reports_of_half_a_minute_one_is_written_down(db: Db) {
        let shop = TestShop::open(db.clone()).await;
        let course = bought(&shop).await;
        let one = device(&shop).await;
        let customer = one.viewer.customer();
        let mut written = Vec::new();
        for _ in 0..7 {
            shop.app.record_progress(plays(&one), course.videos[0], report(&shop, 5)).await.unwrap();
            let mut reader = db.reader().await.unwrap();
            written.push(playing::find_stream(&mut reader, customer, one.device).await.unwrap().unwrap());
            shop.clock.pass_seconds(10);
        }
        written.dedup();
        assert_eq!(written.len(), 3);
    }

    async fn without_limits_nothing_is_counted_or_kept(db: Db) {
        let shop = TestShop::open(db.clone()).await;
        let course = bought(&shop).await;
        let app = shop.restarted_limiting(PlayingLimits { streams: 0, devices: 0 });
        for _ in 0..7 {
            let device = device(&shop).await;
            assert_eq!(open(&app, plays(&device), &course).await, Ok(()));
            let mut reader = db.reader().await.unwrap();
            let stream = playing::find_stream(&mut reader, device.viewer.customer(), device.device).await;
            assert_eq!(stream.unwrap(), None);
        }
        let one_at_a_time = shop.restarted_limiting(PlayingLimits { streams: 1, devices: 0 });
        let (one, two) = (device(&shop).await, device(&shop).await);
        assert_eq!(open(&one_at_a_time, plays(&one), &course).await, Ok(()));
        assert!(open(&one_at_a_time, plays(&two), &course).await.is_err());
    }

    async fn a_device_is_forgotten_once_nobody_is_signed_in_there_and_nobody_has_played_for_thirty_days(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        let (left, kept) = (device(&shop).await, device(&shop).await);
        assert_eq!(open(&shop.app, plays(&left), &course).await, Ok(()));
        shop.clock.pass_days(1);
        assert_eq!(open(&shop.app, plays(&kept), &course).await, Ok(()));
        assert_eq!(shop.app.forget_devices().await.unwrap(), 0);
        shop.app.end_session(left.viewer.customer(), left.id).await.unwrap();
        shop.clock.pass_seconds(29 * 86_400);
        assert_eq!(shop.app.forget_devices().await.unwrap(), 0, "played thirty days ago");
        shop.clock.pass_seconds(1);
        assert_eq!(shop.app.forget_devices().await.unwrap(), 2, "the device, and that it was played on");
        assert_eq!(shop.app.forget_devices().await.unwrap(), 0, "on the other one she is signed in");
        shop.app.end_session(kept.viewer.customer(), kept.id).await.unwrap();
        shop.clock.pass_days(1);
        assert_eq!(shop.app.forget_devices().await.unwrap(), 2);
    }

    async fn every_customer_has_a_count_of_her_own(db: Db) {
        let shop = TestShop::open(db).await;
        let course = bought(&shop).await;
        shop.tell(&shop.paid_order("2", "eve@example.com", &["WATER"])).await;
        for email in [ADA, "eve@example.com"] {
            for _ in 0..2 {
                let device = device_of(&shop, email).await;
                assert_eq!(open(&shop.app, plays(&device), &course).await, Ok(()), "{email}");
            }
        }
    }
}
