//! Hand-off tokens and their keys.

use storage::{Db, hand_off_keys, used_hand_offs};
use testkit::both_engines;

use crate::seed::{at, seed};

async fn use_up(db: &Db, store: domain::StoreId, token: &str, until: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let is_first = used_hand_offs::use_up(&mut tx, store, token, at(until))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    is_first
}

both_engines! {
    async fn a_token_is_used_up_once(db: Db) {
        let store = seed(&db).await.store;
        assert!(use_up(&db, store, "one", 60).await);
        assert!(!use_up(&db, store, "one", 90).await);
        assert!(use_up(&db, store, "two", 60).await);
        let mut tx = db.begin().await.unwrap();
        assert!(used_hand_offs::use_up(&mut tx, store, "three", at(60)).await.unwrap());
        drop(tx);
        assert!(use_up(&db, store, "three", 60).await, "what was not committed was not used");
    }

    async fn the_oldest_hundred_are_forgotten_at_a_time_and_none_that_still_matters(db: Db) {
        let store = seed(&db).await.store;
        for number in 0..130 {
            assert!(use_up(&db, store, &format!("token {number}"), number).await);
        }
        let mut tx = db.begin().await.unwrap();
        assert_eq!(used_hand_offs::delete_old(&mut tx, at(120)).await.unwrap(), 100);
        assert!(used_hand_offs::use_up(&mut tx, store, "token 99", at(99)).await.unwrap());
        assert!(!used_hand_offs::use_up(&mut tx, store, "token 100", at(100)).await.unwrap());
        assert_eq!(used_hand_offs::delete_old(&mut tx, at(120)).await.unwrap(), 21);
        assert_eq!(used_hand_offs::delete_old(&mut tx, at(120)).await.unwrap(), 0);
        assert!(!used_hand_offs::use_up(&mut tx, store, "token 120", at(120)).await.unwrap());
    }

    async fn a_stores_keys_are_kept_beside_its_secrets(db: Db) {
        let store = seed(&db).await.store;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(hand_off_keys::find(&mut tx, store).await.unwrap(), None);
        assert!(hand_off_keys::update(&mut tx, store, &[7, 8], at(5)).await.unwrap());
        assert_eq!(hand_off_keys::find(&mut tx, store).await.unwrap(), Some(vec![7, 8]));
        let kept = storage::stores::find(&mut tx, store).await.unwrap().unwrap();
        assert_eq!(kept.secrets, [1, 2, 3]);
        let nowhere = domain::StoreId::from_parts(at(0), 99);
        assert!(!hand_off_keys::update(&mut tx, nowhere, &[7, 8], at(5)).await.unwrap());
        assert_eq!(hand_off_keys::find(&mut tx, nowhere).await.unwrap(), None);
    }
}
