//! What a session has proven, what it sees by that, and customers merged.

use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::progress::Progress;
use domain::{BlockId, ContentId, CustomerId, DeviceId, GrantId, Viewer};
use storage::blocks::NewBlock;
use storage::grants::{ManualGrant, OrderGrant};
use storage::orders::KeptOrder;
use storage::sessions::NewSession;
use storage::{Db, Tx, blocks, customers, grants, merges, orders, progress, sessions, standing};
use testkit::both_engines;

use crate::seed::{Seed, an_order, at, begin_session, ext, seed};

/// The store's id of the customer whom [`an_order`] names.
const STORE_CUSTOMER: &str = "820982911946154508";

fn term() -> Term {
    Term {
        granted_at: at(1),
        expires_at: None,
        extended_until: None,
    }
}

/// Who looks by the session of that number, two seconds after the beginning.
async fn viewer(tx: &mut Tx, number: u8) -> Viewer {
    let session = sessions::find(tx, &[number; 32], at(2)).await.unwrap();
    session.unwrap().viewer
}

fn other(number: u128) -> CustomerId {
    CustomerId::from_parts(at(0), 100 + number)
}

/// Begins with an order of the seed's customer that names a customer of the store.
async fn begin(db: &Db, seed: &Seed) -> Tx {
    let mut tx = db.begin().await.unwrap();
    let (id, owner) = (seed.order, seed.customer);
    let order = KeptOrder { id, owner };
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

async fn grant_of_order(
    tx: &mut Tx,
    seed: &Seed,
    number: u128,
    customer: CustomerId,
    ended: Option<EndReason>,
) -> GrantId {
    let id = GrantId::from_parts(at(0), number);
    let key = GrantKey {
        order: seed.order,
        line: ext("1"),
        content: ContentId::Course(seed.course),
        customer,
    };
    let grant = OrderGrant {
        id,
        store: seed.store,
        key,
        term: term(),
        ended,
    };
    let created = at(i64::try_from(number).unwrap());
    grants::insert_of_orders(tx, &[grant], created)
        .await
        .unwrap();
    id
}

async fn grant_by_hand(
    tx: &mut Tx,
    number: u128,
    customer: CustomerId,
    content: ContentId,
) -> GrantId {
    let id = GrantId::from_parts(at(0), number);
    let grant = ManualGrant {
        id,
        customer,
        content,
        term: term(),
        granted_by: "tok_1".into(),
        note: None,
    };
    grants::insert_manual(tx, &[grant]).await.unwrap();
    id
}

fn a_block(id: BlockId, customer: CustomerId, content: ContentId) -> NewBlock {
    NewBlock {
        id,
        customer,
        content,
        by: "tok_1".into(),
        reason: None,
    }
}

async fn add_customer(tx: &mut Tx, number: u128) -> CustomerId {
    let id = other(number);
    let email = format!("eve{number}@example.com").parse().unwrap();
    customers::insert(tx, id, Some(&email), at(number.try_into().unwrap()))
        .await
        .unwrap();
    id
}

/// The grants that the viewer has on a content, as all three ways of asking tell.
async fn seen(tx: &mut Tx, seed: &Seed, viewer: &Viewer, content: ContentId) -> Vec<GrantId> {
    let on = standing::list_on_content(tx, viewer, content)
        .await
        .unwrap();
    let mut all = standing::list_of_viewer(tx, viewer).await.unwrap();
    let around = standing::list_around_course(tx, viewer, seed.course).await;
    let mut around = around.unwrap();
    let all = all.remove(&content).unwrap_or_default();
    let around = around.remove(&content).unwrap_or_default();
    for other in [all, around] {
        assert_eq!((&other.grants, &other.blocks), (&on.grants, &on.blocks));
    }
    on.grants.iter().map(|grant| grant.id).collect()
}

both_engines! {
    async fn a_session_holds_each_proof_once_and_takes_them_along_when_it_ends(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let eve = add_customer(&mut tx, 1).await;
        let session = begin_session(&mut tx, 1, seed.customer, 0, 100).await;
        begin_session(&mut tx, 2, eve, 0, 100).await;
        let seven = ext("7");
        for _ in 0..2 {
            sessions::insert_proof(&mut tx, session, eve, None, at(1)).await.unwrap();
            sessions::insert_proof(&mut tx, session, eve, Some((seed.store, &seven)), at(1)).await.unwrap();
        }
        let mut expected = Viewer::of(seed.customer);
        expected.add(eve, Some((seed.store, seven)));
        assert_eq!(viewer(&mut tx, 1).await, expected);
        assert_eq!(viewer(&mut tx, 2).await, Viewer::of(eve));
        assert!(sessions::delete(&mut tx, seed.customer, session).await.unwrap());
        let session = NewSession {
            id: session,
            token: &[1; 32],
            customer: seed.customer,
            device: DeviceId::from_parts(at(0), 1),
            embed: None,
            created_at: at(1),
            idle_at: at(100),
            expires_at: at(100),
        };
        sessions::insert(&mut tx, session).await.unwrap();
        assert_eq!(viewer(&mut tx, 1).await, Viewer::of(seed.customer));
    }

    async fn a_stores_name_for_a_customer_opens_the_orders_that_name_it_and_nothing_else_of_their_owner(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        let of_order = grant_of_order(&mut tx, &seed, 1, seed.customer, None).await;
        let by_hand = grant_by_hand(&mut tx, 2, seed.customer, file).await;
        let eve = add_customer(&mut tx, 1).await;
        let mut viewer = Viewer::of(eve);
        assert_eq!(seen(&mut tx, &seed, &viewer, course).await, []);
        viewer.add(eve, Some((seed.store, ext("7"))));
        assert_eq!(seen(&mut tx, &seed, &viewer, course).await, []);
        viewer.add(eve, Some((seed.store, ext(STORE_CUSTOMER))));
        assert_eq!(seen(&mut tx, &seed, &viewer, course).await, [of_order]);
        assert_eq!(seen(&mut tx, &seed, &viewer, file).await, []);
        viewer.add(seed.customer, None);
        assert_eq!(seen(&mut tx, &seed, &viewer, course).await, [of_order], "one grant, though two proofs show it");
        assert_eq!(seen(&mut tx, &seed, &viewer, file).await, [by_hand]);
        let block = BlockId::from_parts(at(0), 1);
        blocks::insert(&mut tx, &[a_block(block, eve, file)], at(1)).await.unwrap();
        let on = standing::list_on_content(&mut tx, &viewer, file).await.unwrap();
        assert_eq!(on.blocks, [block]);
        seen(&mut tx, &seed, &viewer, file).await;
    }

    async fn a_merge_moves_everything_and_leads_on_from_the_address(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let (ada, eve) = (seed.customer, add_customer(&mut tx, 1).await);
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        let dead = grant_of_order(&mut tx, &seed, 1, ada, Some(EndReason::OwnerChanged)).await;
        let live = grant_of_order(&mut tx, &seed, 2, eve, None).await;
        let by_hand = grant_by_hand(&mut tx, 3, eve, file).await;
        let block = BlockId::from_parts(at(0), 1);
        blocks::insert(&mut tx, &[a_block(block, eve, file)], at(1)).await.unwrap();
        let session = begin_session(&mut tx, 1, eve, 0, 100).await;
        sessions::insert_proof(&mut tx, session, ada, None, at(1)).await.unwrap();
        sessions::insert_proof(&mut tx, session, eve, None, at(1)).await.unwrap();
        let nameless = customers::insert_by_identity(&mut tx, other(2), seed.store, &ext("7"), at(1)).await.unwrap();
        sessions::insert_proof(&mut tx, session, nameless, Some((seed.store, &ext("7"))), at(1)).await.unwrap();

        let locked = merges::lock(&mut tx, &[nameless, eve, ada]).await.unwrap();
        assert_eq!(locked, [ada, eve, nameless], "the oldest first");
        merges::merge(&mut tx, nameless, eve).await.unwrap();
        merges::merge(&mut tx, eve, ada).await.unwrap();

        for merged in [eve, nameless] {
            assert_eq!(customers::lock_person(&mut tx, merged).await.unwrap(), Some(ada), "in one step");
            assert_eq!(customers::find(&mut tx, merged).await.unwrap().unwrap().id, ada);
        }
        assert_eq!(customers::lock_person(&mut tx, other(9)).await.unwrap(), None);
        assert_eq!(merges::lock(&mut tx, &[nameless, eve, ada]).await.unwrap(), [ada]);
        let address = "eve1@example.com".parse().unwrap();
        assert_eq!(customers::find_by_email(&mut tx, &address).await.unwrap(), Some(ada));
        assert_eq!(customers::insert_by_email(&mut tx, other(8), &address, at(9)).await.unwrap(), ada);
        assert_eq!(customers::find_by_identity(&mut tx, seed.store, &ext("7")).await.unwrap(), Some(ada));
        let mut expected = Viewer::of(ada);
        expected.add(ada, Some((seed.store, ext("7"))));
        assert_eq!(viewer(&mut tx, 1).await, expected);
        let viewer = Viewer::of(ada);
        assert_eq!(seen(&mut tx, &seed, &viewer, course).await, [live], "the live one of {dead} and {live}");
        assert_eq!(seen(&mut tx, &seed, &viewer, file).await, [by_hand]);
        let on = standing::list_on_content(&mut tx, &viewer, file).await.unwrap();
        assert_eq!(on.blocks, [block]);
        let (kept, _) = orders::find(&mut tx, seed.store, &ext("1001")).await.unwrap();
        assert_eq!(kept.unwrap().owner, ada);
        assert_eq!(merges::list_orders(&mut tx, ada).await.unwrap(), [(seed.store, ext("1001"))]);
    }

    async fn of_two_ended_grants_the_older_is_kept_and_an_order_without_an_owner_left_is_still_found(db: Db) {
        let seed = seed(&db).await;
        let mut tx = begin(&db, &seed).await;
        let (eve, max) = (add_customer(&mut tx, 1).await, add_customer(&mut tx, 2).await);
        let older = grant_of_order(&mut tx, &seed, 1, max, Some(EndReason::OwnerChanged)).await;
        grant_of_order(&mut tx, &seed, 2, eve, Some(EndReason::OwnerChanged)).await;
        merges::merge(&mut tx, max, eve).await.unwrap();
        assert_eq!(seen(&mut tx, &seed, &Viewer::of(eve), ContentId::Course(seed.course)).await, [older]);
        assert_eq!(merges::list_orders(&mut tx, eve).await.unwrap(), [(seed.store, ext("1001"))]);
        assert_eq!(merges::list_orders(&mut tx, seed.customer).await.unwrap(), [(seed.store, ext("1001"))]);
    }

    async fn whoever_is_kept_takes_an_address_over_when_she_has_none(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let nameless = other(0);
        customers::insert(&mut tx, nameless, None, at(0)).await.unwrap();
        let eve = add_customer(&mut tx, 1).await;
        merges::merge(&mut tx, eve, nameless).await.unwrap();
        let kept = customers::find(&mut tx, eve).await.unwrap().unwrap();
        assert_eq!((kept.id, kept.email), (nameless, "eve1@example.com".parse().ok()));
        merges::merge(&mut tx, nameless, seed.customer).await.unwrap();
        let kept = customers::find(&mut tx, eve).await.unwrap().unwrap();
        assert_eq!((kept.id, kept.email), (seed.customer, "ada@example.com".parse().ok()));
        let address = "eve1@example.com".parse().unwrap();
        assert_eq!(customers::find_by_email(&mut tx, &address).await.unwrap(), Some(seed.customer));
    }

    async fn progress_is_united_for_a_viewer_and_by_a_merge(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let (ada, eve) = (seed.customer, add_customer(&mut tx, 1).await);
        let done = Progress { position_ms: 59_000, position_at: at(10), completed_at: Some(at(10)) };
        let newer = Progress { position_ms: 7_000, position_at: at(20), completed_at: None };
        progress::save(&mut tx, ada, seed.video, &done).await.unwrap();
        progress::save(&mut tx, eve, seed.video, &newer).await.unwrap();
        let united = Progress { completed_at: Some(at(10)), ..newer };
        for customers in [[ada, eve], [eve, ada]] {
            let mut viewer = Viewer::of(customers[0]);
            viewer.add(customers[1], None);
            assert_eq!(progress::find(&mut tx, &viewer, seed.video).await.unwrap(), Some(united));
            let on = progress::list_on_course(&mut tx, &viewer, seed.course).await.unwrap();
            assert_eq!(on[&seed.video], united);
            let lessons = storage::videos::list_lessons(&mut tx, &viewer, &[seed.course]).await.unwrap();
            assert_eq!(lessons.iter().map(|lesson| lesson.progress).collect::<Vec<_>>(), [Some(united)]);
        }
        merges::merge(&mut tx, eve, ada).await.unwrap();
        assert_eq!(progress::lock(&mut tx, ada, seed.video).await.unwrap(), Some(united));
        assert_eq!(progress::lock(&mut tx, eve, seed.video).await.unwrap(), None);
        progress::delete_completion(&mut tx, &Viewer::of(ada), seed.video).await.unwrap();
        assert_eq!(progress::lock(&mut tx, ada, seed.video).await.unwrap(), Some(newer));
    }
}
