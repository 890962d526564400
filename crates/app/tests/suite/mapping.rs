//! What a store item stands for, changed while people have bought it.

use app::catalogue::{CatalogueError, ItemFilter, ItemState, ListedItem};
use domain::order::StoreItem;
use domain::{StoreId, StoreItemId, Timestamp};
use serde_json::{Value, json};
use testkit::{BY, TestShop, both_engines};

use crate::seen::{reasons, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn sku(sku: &str) -> StoreItem {
    StoreItem {
        sku: sku.parse().ok(),
        ..StoreItem::default()
    }
}

fn of_product(product: &str) -> StoreItem {
    StoreItem {
        product: product.parse().ok(),
        ..StoreItem::default()
    }
}

/// A paid order of a variant of the store's product `book`.
fn order(shop: &TestShop, number: &str, email: &str, variant: &str) -> Value {
    let mut order = shop.paid_order(number, email, &["-"]);
    order["data"]["lines"][0]["product_id"] = json!("book");
    order["data"]["lines"][0]["variant_id"] = json!(variant);
    order["data"]["lines"][0]["sku"] = Value::Null;
    order
}

async fn find(shop: &TestShop, item: &StoreItem) -> ListedItem {
    let listed = shop
        .app
        .list_store_items(ItemFilter::default(), None, 100)
        .await;
    let mut listed = listed.unwrap().into_iter();
    listed.find(|listed| listed.item.item == *item).unwrap()
}

async fn id(shop: &TestShop, item: &StoreItem) -> StoreItemId {
    find(shop, item).await.item.id
}

/// When her access to the course ends.
async fn until(shop: &TestShop, email: &str, course: domain::CourseId) -> Option<Timestamp> {
    let customer = crate::seen::customer(shop, email).await;
    let opened = shop.app.open_course(customer, course).await.unwrap();
    opened.access_until
}

both_engines! {
    async fn an_item_mapped_back_keeps_its_first_time(db: Db) {
        let shop = TestShop::open(db).await;
        let week = shop.app.create_product(&BY, "A week", Some(7)).await.unwrap();
        let a = shop.stock(week, "A", 1).await;
        let b = shop.sell_course("B", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["ITEM"])).await;
        shop.map("ITEM", week).await;
        let first = until(&shop, ADA, a.course).await;
        assert!(first.is_some());
        shop.clock.pass_days(1);
        shop.map("ITEM", b.product).await;
        assert!(!sees(&shop, ADA, a.course).await && sees(&shop, ADA, b.course).await);
        shop.clock.pass_days(1);
        shop.map("ITEM", week).await;
        assert_eq!(until(&shop, ADA, a.course).await, first);
        assert_eq!(reasons(&shop, ADA, a.course).await, [None], "it is the same grant");
        assert_eq!(reasons(&shop, ADA, b.course).await, [Some("content_removed")]);
        let item = find(&shop, &sku("ITEM")).await;
        assert_eq!((item.item.state, item.product), (ItemState::Mapped, Some(week)));
        let again = shop.app.map_item(&BY, shop.store, &sku("ITEM"), week).await.unwrap();
        assert_eq!(again.job, None, "it touches nobody");
    }

    async fn what_is_unmapped_ends_and_mapped_again_is_back(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let item = id(&shop, &sku("WATER")).await;
        let unmapped = shop.app.unmap_store_item(&BY, item).await.unwrap();
        assert!(unmapped.job.is_some());
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("unmapped")]);
        let listed = shop.app.find_store_item(item).await.unwrap();
        assert_eq!((listed.item.state, listed.product, listed.waiting.lines), (ItemState::Unmapped, None, 1));
        shop.app.map_store_item(&BY, item, course.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None], "the same grant");
        assert_eq!(shop.app.find_store_item(item).await.unwrap().waiting.lines, 0);
    }

    async fn an_ignored_item_keeps_nobody_waiting(db: Db) {
        let shop = TestShop::open(db).await;
        for number in ["1", "2"] {
            shop.tell(&shop.paid_order(number, ADA, &["SHIRT"])).await;
        }
        let shirt = id(&shop, &sku("SHIRT")).await;
        for (ignored, state, waiting) in [
            (false, ItemState::Unmapped, 2),
            (true, ItemState::Ignored, 0),
            (true, ItemState::Ignored, 0),
            (false, ItemState::Unmapped, 2),
        ] {
            if ignored {
                shop.app.ignore_store_item(&BY, shirt).await.unwrap();
            } else {
                shop.app.heed_store_item(&BY, shirt).await.unwrap();
            }
            shop.app.work_until_idle().await.unwrap();
            let listed = shop.app.find_store_item(shirt).await.unwrap();
            assert_eq!((listed.item.state, listed.waiting.lines), (state, waiting));
        }
        let unmapped = shop.app.unmap_store_item(&BY, shirt).await.unwrap();
        assert!(unmapped.job.is_some(), "nothing was said of it, and it is looked at all the same");
    }

    async fn a_pattern_speaks_for_what_nothing_more_exact_speaks_for(db: Db) {
        let shop = TestShop::open(db).await;
        let (a, b) = (shop.sell_course("A", 1).await, shop.sell_course("B", 1).await);
        shop.tell(&order(&shop, "1", ADA, "paper")).await;
        shop.tell(&order(&shop, "2", EVE, "ebook")).await;
        let exact = |variant: &str| StoreItem { variant: variant.parse().ok(), ..of_product("book") };
        let (paper, ebook) = (id(&shop, &exact("paper")).await, id(&shop, &exact("ebook")).await);
        let pattern = shop.app.add_store_item(&BY, shop.store, &of_product("book"), "The book").await.unwrap();
        let again = shop.app.add_store_item(&BY, shop.store, &of_product("book"), "").await.unwrap();
        assert_eq!(pattern, again);
        let seen = async |expected: [(Option<&str>, bool); 2]| {
            shop.app.work_until_idle().await.unwrap();
            for (email, (by_a, by_b)) in [ADA, EVE].into_iter().zip(expected) {
                let reasons = reasons(&shop, email, a.course).await;
                let live = reasons.contains(&None);
                assert_eq!(live, by_a == Some("live"), "{email}: {reasons:?}");
                if let Some(reason) = by_a.filter(|reason| *reason != "live") {
                    assert_eq!(reasons, [Some(reason)], "{email}");
                }
                assert_eq!(sees(&shop, email, b.course).await, by_b, "{email}");
            }
        };
        // Mapped as a whole: both have A.
        shop.app.map_store_item(&BY, pattern, a.product).await.unwrap();
        seen([(Some("live"), false), (Some("live"), false)]).await;
        let covered = shop.app.find_store_item(ebook).await.unwrap();
        assert_eq!((covered.item.state, covered.product, covered.waiting.lines), (ItemState::Covered, Some(a.product), 0));
        // The paperback grants nothing.
        shop.app.ignore_store_item(&BY, paper).await.unwrap();
        seen([(Some("unmapped"), false), (Some("live"), false)]).await;
        assert_eq!(shop.app.find_store_item(paper).await.unwrap().waiting.lines, 0);
        // The e-book stands for B, whatever the whole does.
        shop.app.map_store_item(&BY, ebook, b.product).await.unwrap();
        seen([(Some("unmapped"), false), (Some("content_removed"), true)]).await;
        shop.app.ignore_store_item(&BY, pattern).await.unwrap();
        seen([(Some("unmapped"), false), (Some("content_removed"), true)]).await;
        // Without a word of its own, each follows the whole again.
        shop.app.unmap_store_item(&BY, ebook).await.unwrap();
        shop.app.heed_store_item(&BY, paper).await.unwrap();
        seen([(Some("unmapped"), false), (Some("unmapped"), false)]).await;
        shop.app.map_store_item(&BY, pattern, b.product).await.unwrap();
        seen([(Some("content_removed"), true), (Some("content_removed"), true)]).await;
        shop.app.unmap_store_item(&BY, pattern).await.unwrap();
        seen([(Some("unmapped"), false), (Some("unmapped"), false)]).await;
        let unmapped = ItemFilter { state: Some(ItemState::Unmapped), ..ItemFilter::default() };
        let listed = shop.app.list_store_items(unmapped, None, 10).await.unwrap();
        let waiting: Vec<_> = listed.iter().map(|item| (item.item.id, item.waiting.lines)).collect();
        let mut expected = [(paper, 1), (ebook, 1), (pattern, 0)];
        expected.sort();
        assert_eq!(waiting, expected);
    }

    async fn what_is_not_there_or_names_nothing_is_not_mapped(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let nothing = StoreItem::default();
        let refused = shop.app.map_item(&BY, shop.store, &nothing, course.product).await;
        assert!(matches!(refused, Err(CatalogueError::NamesNothing)));
        let at = testkit::shop::OPENING;
        let nowhere = StoreId::from_parts(at, 77);
        let refused = shop.app.add_store_item(&BY, nowhere, &sku("X"), "").await;
        assert!(matches!(refused, Err(CatalogueError::NoSuchStore)));
        let missing = StoreItemId::from_parts(at, 77);
        let refused = shop.app.map_store_item(&BY, missing, course.product).await;
        assert!(matches!(refused, Err(CatalogueError::NoSuchItem)));
        let item = id(&shop, &sku("WATER")).await;
        let missing = domain::ProductId::from_parts(at, 77);
        let refused = shop.app.map_store_item(&BY, item, missing).await;
        assert!(matches!(refused, Err(CatalogueError::NoProductToMapTo)));
        // A line that names nothing is kept as an item, and speaks for nothing but itself.
        let mut order = shop.paid_order("1", ADA, &["-"]);
        order["data"]["lines"][0]["sku"] = Value::Null;
        shop.tell(&order).await;
        let nameless = id(&shop, &nothing).await;
        let refused = [
            shop.app.map_store_item(&BY, nameless, course.product).await.err(),
            shop.app.ignore_store_item(&BY, nameless).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(CatalogueError::NamesNothing)), "{error:?}");
        }
    }
}
