//! Grants and blocks.

use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::{BlockId, ContentId, GrantId};
use storage::blocks::NewBlock;
use storage::grants::{GrantFilter, ManualGrant, OrderGrant, Revocation};
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

fn a_block(seed: &Seed, id: BlockId, content: ContentId) -> NewBlock {
    NewBlock {
        id,
        customer: seed.customer,
        content,
        by: "tok_1".into(),
        reason: Some("why".into()),
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
            blocks::insert(&mut tx, &[a_block(&seed, id, content)], at(1)).await.unwrap();
        }
        assert_eq!(blocks::list(&mut tx, &[seed.customer]).await.unwrap().len(), 2);
        let pairs = [(seed.customer, course)];
        let standing = blocks::list_standing(&mut tx, &pairs).await.unwrap();
        let id = BlockId::from_parts(at(0), 1);
        assert_eq!(standing, [(id, seed.customer, course)]);
        blocks::lift(&mut tx, &[id], "tok_2", at(2)).await.unwrap();
        assert_eq!(blocks::list_standing(&mut tx, &pairs).await.unwrap(), []);
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
        grants::insert_manual(&mut tx, std::slice::from_ref(&by_hand)).await.unwrap();
        let block = BlockId::from_parts(at(0), 1);
        blocks::insert(&mut tx, &[a_block(&seed, block, course)], at(1)).await.unwrap();
        let all = access::list_of_customer(&mut tx, seed.customer).await.unwrap();
        assert_eq!((all[&course].grants.len(), all[&course].blocks.len()), (1, 1));
        assert_eq!(all[&file].grants[0].expires_at, Some(at(9)));
        let around = access::list_around_course(&mut tx, seed.customer, seed.course).await.unwrap();
        assert_eq!((around[&course].grants.len(), around[&course].blocks.len()), (1, 1));
        assert_eq!(around[&file].grants, all[&file].grants);
        let held = grants::list_held(&mut tx, &[(seed.customer, file), (seed.customer, course)]).await.unwrap();
        assert_eq!(held.iter().map(|held| held.grant.id).collect::<Vec<_>>(), [first, by_hand.id]);
        assert_eq!(held[0].line, Some((seed.order, key.line)));
        assert_eq!((held[1].line.as_ref(), held[1].content), (None, file));
        assert_eq!(grants::list_held(&mut tx, &[(seed.customer, file)]).await.unwrap().len(), 1);
        grants::extend_manual(&mut tx, &[(by_hand.id, at(30)), (first, at(40))]).await.unwrap();
        grants::extend_manual(&mut tx, &[(by_hand.id, at(20))]).await.unwrap();
        let found = grants::find(&mut tx, by_hand.id).await.unwrap().unwrap();
        assert_eq!(found.grant.extended_until, Some(at(30)), "the later one stays");
        let found = grants::find(&mut tx, first).await.unwrap().unwrap();
        assert_eq!(found.grant.extended_until, None, "that of an order is derived");
    }

    async fn grants_are_listed_newest_first_page_by_page(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        let first = GrantId::from_parts(at(0), 1);
        let key = key(&seed, course);
        grants::insert_of_orders(&mut tx, &[of_order(&seed, first, &key, term(1, None), None)], at(2)).await.unwrap();
        let by_hand: Vec<ManualGrant> = [(2, course), (3, file)]
            .map(|(number, content)| ManualGrant {
                id: GrantId::from_parts(at(0), number),
                customer: seed.customer,
                content,
                term: term(1, None),
                granted_by: "tok_1".into(),
                note: Some("a gift".into()),
            })
            .into();
        grants::insert_manual(&mut tx, &by_hand).await.unwrap();
        let [second, third] = [by_hand[0].id, by_hand[1].id];
        for (filter, expected) in [
            (GrantFilter::Customer(seed.customer), vec![third, second, first]),
            (GrantFilter::Content(course), vec![second, first]),
            (GrantFilter::Content(file), vec![third]),
            (GrantFilter::Both(seed.customer, course), vec![second, first]),
            (GrantFilter::Both(seed.customer, file), vec![third]),
        ] {
            let (mut found, mut before) = (Vec::new(), None);
            while let Some(grant) = grants::list(&mut tx, filter, before, 1).await.unwrap().pop() {
                before = Some(grant.grant.id);
                found.push(grant.grant.id);
            }
            assert_eq!(found, expected, "{filter:?}");
        }
        let listed = grants::list(&mut tx, GrantFilter::Content(course), None, 10).await.unwrap();
        assert_eq!(listed[1].line, Some((seed.order, ext("1001"), key.line)));
        assert_eq!((listed[0].granted_by.as_deref(), listed[0].note.as_deref()), (Some("tok_1"), Some("a gift")));
    }
}
