//! Grants and blocks.

use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::{BlockId, ContentId, GrantId};
use storage::grants::{ManualGrant, OrderGrant, Revocation};
use storage::orders::KeptOrder;
use storage::{Db, StorageError, Tx, access, blocks, grants, orders};
use testkit::both_engines;

use crate::seed::{Seed, an_order, at, ext, seed};

fn key(seed: &Seed, content: ContentId) -> GrantKey {
    GrantKey {
        order: seed.order,
        line: ext("1"),
        content,
        customer: seed.customer,
    }
}

fn term(from: i64, until: Option<i64>) -> Term {
    Term {
        granted_at: at(from),
        expires_at: until.map(at),
        extended_until: None,
    }
}

fn of_order(
    seed: &Seed,
    id: GrantId,
    key: &GrantKey,
    term: Term,
    ended: Option<EndReason>,
) -> OrderGrant {
    OrderGrant {
        id,
        store: seed.store,
        key: key.clone(),
        term,
        ended,
    }
}

fn revocation(id: GrantId, reason: EndReason) -> Revocation {
    Revocation {
        id,
        reason,
        by: None,
    }
}

async fn begin(db: &Db, seed: &Seed) -> Tx {
    let mut tx = db.begin().await.unwrap();
    let order = KeptOrder {
        id: seed.order,
        owner: seed.customer,
    };
    orders::save(
        &mut tx,
        &order,
        seed.store,
        &ext("1001"),
        &an_order(1),
        at(1),
    )
    .await
    .unwrap();
    tx
}

both_engines! {
    async fn an_order_grants_a_content_of_a_line_once(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let key = key(&seed, ContentId::Course(seed.course));
        let id = |number| GrantId::from_parts(at(0), number);
        grants::insert_of_orders(&mut tx, &[of_order(&seed, id(1), &key, term(1, None), None)], at(2)).await.unwrap();
        let file = GrantKey { content: ContentId::File(seed.file), ..key.clone() };
        grants::insert_of_orders(&mut tx, &[of_order(&seed, id(2), &file, term(1, None), None)], at(2)).await.unwrap();
        tx.commit().await.unwrap();
        for again in [&key, &file] {
            let mut tx = db.begin().await.unwrap();
            let outcome = grants::insert_of_orders(&mut tx, &[of_order(&seed, id(3), again, term(1, None), None)], at(2)).await;
            assert!(matches!(outcome, Err(StorageError::AlreadyExists)));
        }
    }

    async fn a_grant_is_revoked_restored_and_adjusted_in_place(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let content = ContentId::Course(seed.course);
        let id = GrantId::from_parts(at(0), 1);
        let key = key(&seed, content);
        grants::insert_of_orders(&mut tx, &[of_order(&seed, id, &key, term(1, Some(50)), None)], at(2)).await.unwrap();
        grants::revoke(&mut tx, &[revocation(id, EndReason::Disputed)], at(3)).await.unwrap();
        grants::revoke(&mut tx, &[revocation(id, EndReason::Refunded)], at(4)).await.unwrap();
        let on = access::list_on_content(&mut tx, seed.customer, content).await.unwrap();
        assert_eq!(on.grants[0].revoked, Some((at(3), EndReason::Refunded)));
        assert_eq!(grants::list_of_orders(&mut tx, &[seed.order]).await.unwrap()[0].ended, Some(EndReason::Refunded));
        grants::set_term(&mut tx, &[(id, term(1, Some(60)))], at(5)).await.unwrap();
        grants::set_term(&mut tx, &[(id, term(2, None))], at(6)).await.unwrap();
        let kept = grants::list_of_orders(&mut tx, &[seed.order]).await.unwrap();
        assert_eq!((kept[0].key.clone(), kept[0].term, kept[0].ended), (key, term(2, None), None));
    }

    async fn blocks_stand_until_they_are_lifted(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        for (number, content) in [(1, course), (2, file)] {
            let id = BlockId::from_parts(at(0), number);
            blocks::insert(&mut tx, id, seed.customer, content, "tok_1", Some("why"), at(1)).await.unwrap();
        }
        assert_eq!(blocks::list(&mut tx, &[seed.customer]).await.unwrap().len(), 2);
        assert_eq!(blocks::lift(&mut tx, seed.customer, course, "tok_2", at(2)).await.unwrap().len(), 1);
        assert_eq!(blocks::lift(&mut tx, seed.customer, course, "tok_2", at(2)).await.unwrap(), []);
        assert!(access::list_on_content(&mut tx, seed.customer, course).await.unwrap().blocks.is_empty());
        assert_eq!(access::list_on_content(&mut tx, seed.customer, file).await.unwrap().blocks.len(), 1);
    }

    async fn everything_about_a_customer_is_listed_by_content(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        let first = GrantId::from_parts(at(0), 1);
        let key = key(&seed, course);
        grants::insert_of_orders(&mut tx, &[of_order(&seed, first, &key, term(1, None), Some(EndReason::Blocked))], at(2))
            .await
            .unwrap();
        let by_hand = ManualGrant {
            id: GrantId::from_parts(at(0), 2),
            customer: seed.customer,
            content: file,
            term: term(1, Some(9)),
            granted_by: "tok_1".into(),
            note: None,
        };
        grants::insert_manual(&mut tx, &by_hand).await.unwrap();
        let block = BlockId::from_parts(at(0), 1);
        blocks::insert(&mut tx, block, seed.customer, course, "tok_1", None, at(1)).await.unwrap();
        let all = access::list_of_customer(&mut tx, seed.customer).await.unwrap();
        assert_eq!((all[&course].grants.len(), all[&course].blocks.len()), (1, 1));
        assert_eq!(all[&file].grants[0].expires_at, Some(at(9)));
        let around = access::list_around_course(&mut tx, seed.customer, seed.course).await.unwrap();
        assert_eq!((around[&course].grants.len(), around[&course].blocks.len()), (1, 1));
        assert_eq!(around[&file].grants, all[&file].grants);
        assert_eq!(grants::list_manual_live(&mut tx, seed.customer, file).await.unwrap(), [by_hand.id]);
        assert!(grants::list_manual_live(&mut tx, seed.customer, course).await.unwrap().is_empty());
        let orders = grants::list_orders_of_content(&mut tx, seed.customer, course).await.unwrap();
        assert_eq!(orders, [seed.order]);
    }
}
