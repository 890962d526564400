//! How much of each allowance is used up, and in which browsers who has signed in.

use domain::Timestamp;
use domain::rate_limit::Rate;
use storage::{Db, known_browsers, rate_limits};
use testkit::both_engines;
use tokio::task::JoinSet;

use crate::seed::at;

const KEY: [u8; 32] = [1; 32];

async fn take(db: &Db, key: [u8; 32], rate: Rate, now: Timestamp) -> bool {
    let mut tx = db.begin().await.unwrap();
    let is_taken = rate_limits::take(&mut tx, &key, rate.at(now))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    is_taken
}

async fn kept(db: &Db, key: [u8; 32]) -> Option<Timestamp> {
    let mut reader = db.reader().await.unwrap();
    rate_limits::find(&mut reader, &key).await.unwrap()
}

both_engines! {
    async fn the_database_decides_as_the_rule_does(db: Db) {
        let rate = Rate::new(3, 30);
        let mut expected = None;
        // In the end a clock that ran far ahead and was set back.
        for second in [0, 0, 1, 1, 9, 10, 11, 12, 20, 500, 500, 500, 500, 100_000, 3, 3, 3, 3] {
            let decided = rate.at(at(second)).decide(expected);
            assert_eq!(take(&db, KEY, rate, at(second)).await, decided.is_some(), "{second}");
            expected = decided.or(expected);
            assert_eq!(kept(&db, KEY).await, expected, "{second}");
        }
    }

    async fn one_allowance_is_not_another(db: Db) {
        let rate = Rate::new(1, 60);
        assert!(take(&db, KEY, rate, at(0)).await);
        assert!(!take(&db, KEY, rate, at(0)).await);
        assert!(take(&db, [2; 32], rate, at(0)).await);
        assert_eq!(kept(&db, [3; 32]).await, None);
    }

    async fn of_sixty_four_at_once_as_many_pass_as_may(db: Db) {
        let rate = Rate::new(7, 700);
        for round in 0..3 {
            let mut tries = JoinSet::new();
            for _ in 0..64 {
                let db = db.clone();
                // Round by round all of it is free again.
                tries.spawn(async move { take(&db, KEY, rate, at(round * 700)).await });
            }
            let passed = tries.join_all().await.into_iter().filter(|passed| *passed).count();
            assert_eq!(passed, 7);
        }
    }

    async fn what_was_rolled_back_was_not_taken(db: Db) {
        let rate = Rate::new(1, 60);
        let mut tx = db.begin().await.unwrap();
        assert!(rate_limits::take(&mut tx, &KEY, rate.at(at(0))).await.unwrap());
        drop(tx);
        assert!(take(&db, KEY, rate, at(0)).await);
    }

    async fn what_is_free_again_is_forgotten_and_nothing_else(db: Db) {
        let rate = Rate::new(1, 10);
        for key in 0..4 {
            assert!(take(&db, [key; 32], rate, at(i64::from(key) * 10)).await);
        }
        let mut tx = db.begin().await.unwrap();
        assert_eq!(rate_limits::delete_free(&mut tx, at(30)).await.unwrap(), 2);
        assert_eq!(rate_limits::delete_free(&mut tx, at(30)).await.unwrap(), 0);
        tx.commit().await.unwrap();
        for key in 0..4 {
            assert_eq!(kept(&db, [key; 32]).await.is_some(), key >= 2, "{key}");
        }
    }

    async fn a_browser_is_known_from_its_first_sign_in_until_nobody_came_for_long(db: Db) {
        let (mark, other) = ([7; 32], [8; 32]);
        let mut tx = db.begin().await.unwrap();
        assert!(!known_browsers::is_known(&mut tx, &mark).await.unwrap());
        known_browsers::insert(&mut tx, &mark, at(1)).await.unwrap();
        known_browsers::insert(&mut tx, &other, at(1)).await.unwrap();
        known_browsers::insert(&mut tx, &mark, at(5)).await.unwrap();
        assert!(known_browsers::is_known(&mut tx, &mark).await.unwrap());
        assert_eq!(known_browsers::delete_old(&mut tx, at(5)).await.unwrap(), 1);
        assert!(known_browsers::is_known(&mut tx, &mark).await.unwrap());
        assert!(!known_browsers::is_known(&mut tx, &other).await.unwrap());
    }
}
