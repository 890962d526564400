//! Orders and their facts.

use domain::grant::MappedProduct;
use domain::mapping::KnownItem;
use domain::order::{
    DisputeState, DisputeStatus, OrderStatus, RefundState, RefundStatus, Saying, StoreItem,
    Versioned,
};
use domain::{OrderId, ProductId, StoreItemId};
use storage::orders::KeptOrder;
use storage::{bundles, orders, products, store_items};
use testkit::both_engines;

use crate::seed::{Seed, an_order, at, ext, seed};

fn kept(seed: &Seed) -> KeptOrder {
    KeptOrder {
        id: seed.order,
        owner: seed.customer,
    }
}

fn a_refund(second: i64, status: RefundStatus) -> Saying {
    let lines = [(ext("1"), 1)].into();
    let state = RefundState {
        status,
        amount_minor: 500,
        is_shipping: false,
        lines,
    };
    Saying::Refund(ext("r1"), Versioned::new(at(second), state))
}

both_engines! {
    async fn an_order_reads_back_as_it_was_saved(db: Db) {
        let seed = seed(&db).await;
        let order = an_order(1);
        let mut tx = db.begin().await.unwrap();
        orders::lock(&mut tx, seed.store, &ext("1001")).await.unwrap();
        assert!(orders::save(&mut tx, &kept(&seed), seed.store, &ext("1001"), &order, at(5)).await.unwrap());
        let (found, history) = orders::find(&mut tx, seed.store, &ext("1001")).await.unwrap();
        assert_eq!(found.unwrap().owner, seed.customer);
        assert_eq!(history.order, Some(order));
        tx.commit().await.unwrap();
    }

    async fn an_older_state_of_an_order_does_not_overwrite_a_newer_one(db: Db) {
        let seed = seed(&db).await;
        let (older, newer) = (an_order(1), an_order(2));
        let mut cancelled = an_order(2);
        cancelled.state.status = OrderStatus::Cancelled;
        let cancelled = Versioned::new(at(2), cancelled.state);
        let mut tx = db.begin().await.unwrap();
        let mut saved = Vec::new();
        for state in [&newer, &older, &newer, &cancelled, &newer] {
            saved.push(orders::save(&mut tx, &kept(&seed), seed.store, &ext("1001"), state, at(5)).await.unwrap());
        }
        assert_eq!(saved, [true, false, false, true, false]);
        let (_, history) = orders::find(&mut tx, seed.store, &ext("1001")).await.unwrap();
        assert_eq!(history.order, Some(cancelled));
    }

    async fn refunds_and_disputes_are_kept_before_their_order_and_only_in_their_latest_state(db: Db) {
        let seed = seed(&db).await;
        let dispute = Versioned::new(at(1), DisputeState { status: DisputeStatus::Open });
        let dispute = Saying::Dispute(ext("d1"), dispute);
        let mut tx = db.begin().await.unwrap();
        let told = [
            a_refund(2, RefundStatus::Succeeded),
            a_refund(1, RefundStatus::Pending),
            a_refund(2, RefundStatus::Succeeded),
            dispute.clone(),
        ];
        for saying in &told {
            orders::save_fact(&mut tx, seed.store, &ext("1001"), saying).await.unwrap();
        }
        let (found, history) = orders::find(&mut tx, seed.store, &ext("1001")).await.unwrap();
        assert!(found.is_none());
        let mut expected = domain::order::OrderHistory::default();
        expected.learn(a_refund(2, RefundStatus::Succeeded));
        expected.learn(dispute);
        assert_eq!(history, expected);
    }

    async fn the_orders_of_a_product_are_found_through_its_items_and_the_bundles_around_it(db: Db) {
        let seed = seed(&db).await;
        let bundle = ProductId::from_parts(at(0), 50);
        let mut tx = db.begin().await.unwrap();
        let row = products::ProductRow { id: bundle, title: "Both".into(), access_days: Some(30) };
        products::insert(&mut tx, &row, at(0)).await.unwrap();
        bundles::insert(&mut tx, bundle, seed.product).await.unwrap();
        bundles::insert(&mut tx, bundle, seed.product).await.unwrap();
        let sold = an_order(1).state.lines[0].item.clone();
        store_items::insert(&mut tx, StoreItemId::from_parts(at(0), 2), seed.store, &sold, "", at(0)).await.unwrap();
        for number in 0..3_u128 {
            let order = KeptOrder { id: OrderId::from_parts(at(0), number), owner: seed.customer };
            let external = ext(&number.to_string());
            orders::save(&mut tx, &order, seed.store, &external, &an_order(1), at(5)).await.unwrap();
        }
        let by_sku = StoreItem { sku: Some(ext("WATER")), ..StoreItem::default() };
        let item = StoreItemId::from_parts(at(0), 1);
        let item = store_items::insert(&mut tx, item, seed.store, &by_sku, "", at(0)).await.unwrap();
        assert!(orders::list_items_of_product(&mut tx, seed.product, None, 10).await.unwrap().is_empty());
        store_items::map(&mut tx, item, bundle, at(1)).await.unwrap();
        let mut found = Vec::new();
        for item in orders::list_items_of_product(&mut tx, seed.product, None, 10).await.unwrap() {
            let first = orders::list_of_item(&mut tx, item, None, 2).await.unwrap();
            let rest = orders::list_of_item(&mut tx, item, first.last().copied(), 2).await.unwrap();
            assert_eq!(orders::count_of_item(&mut tx, item).await.unwrap(), i64::try_from(first.len() + rest.len()).unwrap());
            found.push((first.len(), rest.len()));
        }
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (2, 1)], "the pattern itself was never sold, what it matches was");
        assert_eq!(orders::count_of_store(&mut tx, seed.store).await.unwrap(), 3);
        let of_store = orders::list_of_store(&mut tx, seed.store, None, 2).await.unwrap();
        assert_eq!(orders::load(&mut tx, &of_store).await.unwrap().len(), 2);
    }

    async fn the_first_time_of_a_mapping_is_remembered(db: Db) {
        let seed = seed(&db).await;
        let other = ProductId::from_parts(at(0), 60);
        let bought = an_order(1).state.lines[0].item.clone();
        let mut tx = db.begin().await.unwrap();
        let row = products::ProductRow { id: other, title: "Other".into(), access_days: None };
        products::insert(&mut tx, &row, at(0)).await.unwrap();
        let new = |number| StoreItemId::from_parts(at(0), number);
        let item = store_items::insert(&mut tx, new(1), seed.store, &bought, "Watercolour", at(0)).await.unwrap();
        let again = store_items::insert(&mut tx, new(2), seed.store, &bought, "Watercolour", at(0)).await.unwrap();
        assert_eq!(item, again);
        let kept = store_items::find(&mut tx, item).await.unwrap().unwrap();
        assert_eq!((kept.item, kept.title.as_str(), kept.product), (bought.clone(), "Watercolour", None));
        for (product, second) in [(seed.product, 10), (other, 20), (seed.product, 30)] {
            store_items::map(&mut tx, item, product, at(second)).await.unwrap();
        }
        let known = store_items::list_known(&mut tx, seed.store, &bought).await.unwrap();
        let product = MappedProduct { product: seed.product, mapped_at: at(10) };
        assert_eq!(known, [KnownItem { item: bought, product: Some(product) }]);
    }
}
