//! Wishes to sign in.

use domain::sign_in::{BrowserHash, SignInKind, SignInMeans, Wish};
use domain::{EmailAddress, SignInId};
use storage::sign_ins::NewSignIn;
use storage::{Tx, sign_ins};
use testkit::both_engines;

use crate::seed::at;

fn ada() -> EmailAddress {
    "ada@example.com".parse().unwrap()
}

/// Inserts a wish of that number at that second, for ten seconds.
async fn insert(tx: &mut Tx, number: u8, browser: Option<BrowserHash>, second: i64) -> SignInId {
    let id = SignInId::from_parts(at(second), number.into());
    let new = NewSignIn {
        id,
        means: SignInMeans::Address(ada()),
        language: Some("de".into()),
        browser,
        is_known: false,
        created_at: at(second),
        expires_at: at(second + 10),
    };
    sign_ins::insert(tx, &new).await.unwrap();
    id
}

both_engines! {
    async fn a_wish_is_kept_with_its_tries_and_is_used_up_once(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let id = insert(&mut tx, 1, Some([1; 32]), 0).await;
        let expected = Wish {
            id,
            kind: SignInKind::Address,
            browser: Some([1; 32]),
            tries: 0,
            expires_at: at(10),
            is_mailed: false,
            is_over: false,
        };
        let found = sign_ins::find(&mut tx, id).await.unwrap().unwrap();
        assert_eq!((found.wish, found.email, found.language.as_deref()), (expected, Some(ada()), Some("de")));
        for _ in 0..2 {
            sign_ins::count_try(&mut tx, id).await.unwrap();
        }
        sign_ins::mark_mailed(&mut tx, id, &ada(), at(1)).await.unwrap();
        assert!(sign_ins::use_up(&mut tx, id, at(2)).await.unwrap());
        assert!(!sign_ins::use_up(&mut tx, id, at(3)).await.unwrap());
        let found = sign_ins::lock(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(found.wish, Wish { tries: 2, is_mailed: true, is_over: true, ..expected });
        let missing = SignInId::from_parts(at(0), 9);
        assert!(sign_ins::find(&mut tx, missing).await.unwrap().is_none());
        assert!(sign_ins::lock(&mut tx, missing).await.unwrap().is_none());
    }

    async fn a_browser_has_its_latest_wish_and_ends_those_before(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let first = insert(&mut tx, 1, Some([1; 32]), 0).await;
        let elsewhere = insert(&mut tx, 2, Some([2; 32]), 0).await;
        sign_ins::end_of_browser(&mut tx, &[1; 32], at(1)).await.unwrap();
        let second = insert(&mut tx, 3, Some([1; 32]), 1).await;
        let latest = sign_ins::find_by_browser(&mut tx, &[1; 32]).await.unwrap().unwrap();
        assert_eq!((latest.wish.id, latest.wish.is_over), (second, false));
        assert!(sign_ins::find_by_browser(&mut tx, &[3; 32]).await.unwrap().is_none());
        let mut over = Vec::new();
        for id in [first, elsewhere, second] {
            over.push(sign_ins::find(&mut tx, id).await.unwrap().unwrap().wish.is_over);
        }
        assert_eq!(over, [true, false, false]);
        sign_ins::end_of_email(&mut tx, &ada(), at(2)).await.unwrap();
        for id in [elsewhere, second] {
            assert!(sign_ins::find(&mut tx, id).await.unwrap().unwrap().wish.is_over);
        }
    }

    async fn mails_to_an_address_are_counted_and_old_wishes_forgotten(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let early = insert(&mut tx, 1, None, 0).await;
        let late = insert(&mut tx, 2, None, 5).await;
        insert(&mut tx, 3, None, 6).await;
        for (id, second) in [(early, 1), (late, 6)] {
            sign_ins::mark_mailed(&mut tx, id, &ada(), at(second)).await.unwrap();
        }
        assert_eq!(sign_ins::count_mailed(&mut tx, &ada(), at(0), false).await.unwrap(), 2);
        assert_eq!(sign_ins::count_mailed(&mut tx, &ada(), at(1), false).await.unwrap(), 1);
        let eve = "eve@example.com".parse().unwrap();
        assert_eq!(sign_ins::count_mailed(&mut tx, &eve, at(0), false).await.unwrap(), 0);
        assert_eq!(sign_ins::delete_old(&mut tx, at(12)).await.unwrap(), 1);
        assert!(sign_ins::find(&mut tx, early).await.unwrap().is_none());
        assert!(sign_ins::find(&mut tx, late).await.unwrap().is_some());
    }
}
