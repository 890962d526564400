//! Where customers play.

use domain::{CustomerId, DeviceId, Timestamp};
use storage::{Access, playing, sessions};
use testkit::both_engines;

use crate::seed::{at, begin_session, seed};

fn device(number: u8) -> DeviceId {
    DeviceId::from_parts(at(0), number.into())
}

/// Lists her devices, each with the second until which it plays.
async fn listed(
    access: &mut impl Access,
    customer: CustomerId,
    second: i64,
) -> Vec<(DeviceId, i64)> {
    let listed = playing::list(access, customer, at(5), at(second))
        .await
        .unwrap();
    assert!(listed.iter().all(|one| one.label == "Firefox on Linux"));
    let until = |until: Timestamp| until.as_seconds() - at(0).as_seconds();
    listed
        .iter()
        .map(|one| (one.id, until(one.streams_until)))
        .collect()
}

both_engines! {
    async fn a_device_is_listed_while_she_is_signed_in_there_and_has_played_lately(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        for number in 1..=4 {
            begin_session(&mut tx, number, seed.customer, 0, 100).await;
        }
        for (number, second) in [(1, 10), (2, 5), (3, 20)] {
            playing::save(&mut tx, seed.customer, device(number), at(second), at(second + 60)).await.unwrap();
        }
        assert_eq!(listed(&mut tx, seed.customer, 30).await, [(device(1), 70), (device(3), 80)]);
        playing::stop(&mut tx, seed.customer, device(3), at(30)).await.unwrap();
        playing::stop(&mut tx, seed.customer, device(1), at(71)).await.unwrap();
        assert_eq!(listed(&mut tx, seed.customer, 30).await, [(device(1), 70), (device(3), 30)]);
        sessions::delete_by_token(&mut tx, &[1; 32]).await.unwrap();
        assert_eq!(listed(&mut tx, seed.customer, 30).await, [(device(3), 30)]);
        assert_eq!(listed(&mut tx, seed.customer, 60).await, [], "their sessions are idle");
    }

    async fn what_was_played_long_ago_is_forgotten(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        for number in 1..=3 {
            begin_session(&mut tx, number, seed.customer, 0, 100).await;
            playing::save(&mut tx, seed.customer, device(number), at(number.into()), at(9)).await.unwrap();
        }
        assert_eq!(playing::delete_old(&mut tx, at(3)).await.unwrap(), 2);
        assert_eq!(playing::delete_old(&mut tx, at(3)).await.unwrap(), 0);
        let left = playing::find_stream(&mut tx, seed.customer, device(3)).await.unwrap();
        assert_eq!(left, Some(at(9)));
        assert_eq!(playing::find_stream(&mut tx, seed.customer, device(1)).await.unwrap(), None);
    }
}
