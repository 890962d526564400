//! Sessions, and the browsers that hold them.

use domain::device::DeviceLabel;
use domain::origin::Origin;
use domain::{DeviceId, SessionId, Viewer};
use storage::sessions::{ListedSession, NewSession, Session};
use storage::{Access, customers, devices, sessions, store_origins};
use testkit::both_engines;

use crate::seed::{at, begin_session, seed};

async fn seen(access: &mut impl Access, number: u8, second: i64) -> Option<SessionId> {
    let found = sessions::find(access, &[number; 32], at(second)).await;
    found.unwrap().map(|session| session.id)
}

both_engines! {
    async fn a_session_lasts_until_it_is_idle_too_long_or_expires_or_is_ended(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let idle = begin_session(&mut tx, 1, seed.customer, 0, 100).await;
        let short = begin_session(&mut tx, 2, seed.customer, 0, 30).await;
        let found = sessions::find(&mut tx, &[1; 32], at(59)).await.unwrap();
        let expected = Session { id: idle, viewer: Viewer::of(seed.customer), device: DeviceId::from_parts(at(0), 1), seen_at: at(0) };
        assert_eq!(found, Some(expected));
        assert_eq!(seen(&mut tx, 1, 60).await, None);
        assert_eq!(seen(&mut tx, 2, 29).await, Some(short));
        assert_eq!(seen(&mut tx, 2, 30).await, None);
        assert_eq!(seen(&mut tx, 3, 1).await, None);
        sessions::delete_by_token(&mut tx, &[1; 32]).await.unwrap();
        sessions::delete_by_token(&mut tx, &[9; 32]).await.unwrap();
        assert_eq!(seen(&mut tx, 1, 1).await, None);
        assert_eq!(seen(&mut tx, 2, 1).await, Some(short));
    }

    async fn a_session_that_is_in_use_lasts_longer_and_never_beyond_its_end(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let id = begin_session(&mut tx, 1, seed.customer, 0, 100).await;
        let mut update = async |now: i64, idle: i64, stale: i64| {
            sessions::update_seen(&mut tx, id, at(now), at(idle), at(stale)).await.unwrap()
        };
        assert!(!update(30, 90, -1).await, "seen after that");
        assert!(update(30, 90, 0).await);
        assert!(!update(31, 91, 0).await, "another request has done so");
        assert!(update(80, 140, 40).await);
        assert!(!update(100, 200, 90).await, "over");
        assert_eq!(seen(&mut tx, 1, 99).await, Some(id));
        assert_eq!(seen(&mut tx, 1, 100).await, None);
    }

    async fn a_customer_lists_and_ends_her_own_sessions(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let eve = domain::CustomerId::from_parts(at(0), 100);
        customers::insert(&mut tx, eve, None, at(0)).await.unwrap();
        let (ada, mut hers) = (seed.customer, Vec::new());
        for number in 1..=3 {
            hers.push(begin_session(&mut tx, number, ada, i64::from(number), 100).await);
        }
        let of_eve = begin_session(&mut tx, 4, eve, 0, 100).await;
        begin_session(&mut tx, 5, ada, 0, 5).await;
        let listed = sessions::list(&mut tx, ada, at(6)).await.unwrap();
        let expected = [3_u8, 2, 1].map(|number| ListedSession {
            id: hers[usize::from(number) - 1],
            label: "Firefox on Linux".into(),
            created_at: at(number.into()),
            seen_at: at(number.into()),
        });
        assert_eq!(listed, expected);
        assert!(!sessions::delete(&mut tx, ada, of_eve).await.unwrap(), "another's");
        assert!(sessions::delete(&mut tx, ada, hers[0]).await.unwrap());
        assert!(!sessions::delete(&mut tx, ada, hers[0]).await.unwrap(), "it has gone");
        assert_eq!(sessions::delete_others(&mut tx, ada, hers[1]).await.unwrap(), 2);
        assert_eq!(seen(&mut tx, 2, 6).await, Some(hers[1]));
        assert_eq!(seen(&mut tx, 4, 6).await, Some(of_eve));
        assert_eq!(sessions::list(&mut tx, ada, at(6)).await.unwrap().len(), 1);
    }

    async fn a_session_in_a_page_of_a_shop_is_found_from_its_origin_alone(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        begin_session(&mut tx, 1, seed.customer, 0, 100).await;
        let (origin, other): (Origin, Origin) = ("https://shop.test".parse().unwrap(), "https://other.test".parse().unwrap());
        let id = SessionId::from_parts(at(0), 2);
        let session = NewSession {
            id,
            token: &[2; 32],
            customer: seed.customer,
            device: DeviceId::from_parts(at(0), 1),
            embed: Some((seed.store, &origin)),
            created_at: at(0),
            idle_at: at(50),
            expires_at: at(50),
        };
        sessions::insert(&mut tx, session).await.unwrap();
        let both = [origin.clone(), other.clone()].into();
        assert_eq!(sessions::find_embed(&mut tx, &[2; 32], &origin, at(1)).await.unwrap(), None, "not a store's");
        store_origins::replace(&mut tx, seed.store, &both).await.unwrap();
        assert!(store_origins::is_known(&mut tx, &other).await.unwrap());
        assert_eq!(store_origins::list(&mut tx, seed.store).await.unwrap(), both);
        assert_eq!(store_origins::list_all(&mut tx).await.unwrap(), both);
        let found = sessions::find_embed(&mut tx, &[2; 32], &origin, at(49)).await.unwrap();
        assert_eq!(found.map(|session| session.id), Some(id));
        assert_eq!(sessions::find_embed(&mut tx, &[2; 32], &origin, at(50)).await.unwrap(), None);
        assert_eq!(sessions::find_embed(&mut tx, &[2; 32], &other, at(1)).await.unwrap(), None);
        assert_eq!(sessions::find_embed(&mut tx, &[1; 32], &origin, at(1)).await.unwrap(), None, "a page of ours");
        assert_eq!(seen(&mut tx, 2, 1).await, None, "no cookie is made of it");
        assert_eq!(sessions::list(&mut tx, seed.customer, at(1)).await.unwrap().len(), 1);
        store_origins::replace(&mut tx, seed.store, &[other].into()).await.unwrap();
        assert!(!store_origins::is_known(&mut tx, &origin).await.unwrap());
        assert_eq!(sessions::find_embed(&mut tx, &[2; 32], &origin, at(1)).await.unwrap(), None);
    }

    async fn all_that_stands_on_an_address_ends_together(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let eve = domain::CustomerId::from_parts(at(0), 100);
        customers::insert(&mut tx, eve, None, at(0)).await.unwrap();
        begin_session(&mut tx, 1, seed.customer, 0, 100).await;
        let of_eve = begin_session(&mut tx, 2, eve, 0, 100).await;
        sessions::insert_proof(&mut tx, of_eve, seed.customer, None, at(0)).await.unwrap();
        sessions::delete_of_address(&mut tx, seed.customer).await.unwrap();
        assert_eq!(seen(&mut tx, 1, 1).await, None);
        let left = sessions::find(&mut tx, &[2; 32], at(1)).await.unwrap().unwrap();
        assert_eq!(left.viewer, Viewer::of(eve));
    }

    async fn sessions_that_are_over_are_forgotten(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        begin_session(&mut tx, 1, seed.customer, 0, 10).await;
        let lasting = begin_session(&mut tx, 2, seed.customer, 0, 50).await;
        assert_eq!(sessions::delete_old(&mut tx, at(11)).await.unwrap(), 1);
        assert_eq!(sessions::delete_old(&mut tx, at(11)).await.unwrap(), 0);
        assert_eq!(seen(&mut tx, 2, 20).await, Some(lasting));
    }

    async fn a_browser_is_known_by_its_token_and_called_what_it_calls_itself_now(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        begin_session(&mut tx, 1, seed.customer, 0, 50).await;
        let label = DeviceLabel::of("Chrome/142.0 (Windows)");
        let known = devices::update(&mut tx, &[1; 32], label).await.unwrap();
        assert_eq!(known, Some(DeviceId::from_parts(at(0), 1)));
        assert_eq!(devices::update(&mut tx, &[2; 32], label).await.unwrap(), None);
        let listed = sessions::list(&mut tx, seed.customer, at(1)).await.unwrap();
        assert_eq!(listed[0].label, "Chrome on Windows");
    }
}
