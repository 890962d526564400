//! What an item's title suggests, and who waits for it.

use app::catalogue::{CatalogueError, ItemFilter, ItemState, ListedItem, PaidPlace};
use domain::{ProductId, StoreItemId};
use serde_json::{Value, json};
use testkit::{BY, TestShop, both_engines};

use crate::seen::sees;

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// A paid order of one line with that title.
fn order(shop: &TestShop, number: &str, email: &str, sku: &str, title: &str) -> Value {
    let mut order = shop.paid_order(number, email, &[sku]);
    order["data"]["lines"][0]["title"] = json!(title);
    order
}

async fn find(shop: &TestShop, sku: &str) -> ListedItem {
    let all = ItemFilter::default();
    let items = shop.app.list_store_items(all, None, 100).await.unwrap();
    let is_it = |item: &ListedItem| item.item.item.sku == sku.parse().ok();
    items.into_iter().find(is_it).unwrap()
}

async fn suggestion(shop: &TestShop, sku: &str) -> Option<ProductId> {
    find(shop, sku).await.suggestion
}

/// Lists what is unmapped and was paid for, page by page of one: its SKU, its lines, its customers.
async fn waiting(shop: &TestShop, filter: ItemFilter) -> Vec<(String, i64, i64)> {
    let (mut listed, mut after): (Vec<_>, Option<PaidPlace>) = (Vec::new(), None);
    loop {
        let page = shop.app.list_paid_items(filter, after, 1).await.unwrap();
        let Some(found) = page.first() else {
            return listed;
        };
        assert_eq!(page.len(), 1);
        assert_eq!(
            found.waiting,
            find(shop, found.item.item.sku.as_ref().unwrap().as_str())
                .await
                .waiting
        );
        after = Some(found.paid_place());
        let sku = found.item.item.sku.as_ref().unwrap().to_string();
        listed.push((sku, found.waiting.lines, found.waiting.customers));
    }
}

both_engines! {
    async fn the_one_product_of_an_items_title_is_suggested_and_stands_for_it_once_confirmed(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.app.create_product(&BY, "Water  colour", None).await.unwrap();
        let course = shop.stock(product, "WATER", 1).await.course;
        shop.tell(&order(&shop, "1", ADA, "W-1", " WATER colour")).await;
        shop.tell(&order(&shop, "2", ADA, "W-2", "Water colour - Plus")).await;
        assert_eq!(suggestion(&shop, "W-2").await, None);
        assert_eq!(suggestion(&shop, "W-1").await, Some(product));
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, course).await, "nothing is mapped by itself");
        let item = find(&shop, "W-1").await.item.id;
        let confirmed = shop.app.confirm_suggestion(&BY, item, product).await.unwrap();
        assert!(confirmed.job.is_some());
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course).await);
        let again = shop.app.confirm_suggestion(&BY, item, product).await.unwrap();
        assert_eq!(again.job, None, "twice changes nothing");
        assert_eq!(suggestion(&shop, "W-1").await, None, "something is said of it");
        shop.app.ignore_store_item(&BY, item).await.unwrap();
        assert_eq!(suggestion(&shop, "W-1").await, None);
    }

    async fn a_suggestion_that_has_changed_is_not_confirmed(db: Db) {
        let shop = TestShop::open(db).await;
        let first = shop.app.create_product(&BY, "Oils", None).await.unwrap();
        shop.tell(&order(&shop, "1", ADA, "O-1", "Oils")).await;
        let item = find(&shop, "O-1").await.item.id;
        let second = shop.app.create_product(&BY, "OILS", None).await.unwrap();
        assert_eq!(suggestion(&shop, "O-1").await, None, "two are called so");
        for product in [first, second] {
            let refused = shop.app.confirm_suggestion(&BY, item, product).await;
            assert!(matches!(refused, Err(CatalogueError::SuggestionChanged)), "{refused:?}");
        }
        shop.app.delete_product(&BY, first, Some(0)).await.unwrap();
        assert_eq!(suggestion(&shop, "O-1").await, Some(second));
        let refused = shop.app.confirm_suggestion(&BY, item, first).await;
        assert!(matches!(refused, Err(CatalogueError::SuggestionChanged)));
        shop.app.map_store_item(&BY, item, second).await.unwrap();
        let refused = shop.app.confirm_suggestion(&BY, item, first).await;
        assert!(matches!(refused, Err(CatalogueError::SuggestionChanged)));
        let missing = StoreItemId::from_parts(testkit::shop::OPENING, 77);
        let refused = shop.app.confirm_suggestion(&BY, missing, second).await;
        assert!(matches!(refused, Err(CatalogueError::NoSuchItem)));
    }

    async fn an_item_that_cannot_be_mapped_or_has_no_title_gets_no_suggestion(db: Db) {
        let shop = TestShop::open(db).await;
        shop.app.create_product(&BY, "Oils", None).await.unwrap();
        let mut nameless = order(&shop, "1", ADA, "-", "Oils");
        nameless["data"]["lines"][0]["sku"] = Value::Null;
        shop.tell(&nameless).await;
        shop.tell(&order(&shop, "2", ADA, "O-1", "")).await;
        let items = shop.app.list_store_items(ItemFilter::default(), None, 10).await.unwrap();
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|item| item.suggestion.is_none()), "{items:?}");
    }

    async fn what_most_wait_for_is_listed_first_with_customers_and_since_when(db: Db) {
        let shop = TestShop::open(db).await;
        let begin = app::clock::Clock::now(&shop.clock);
        let empty = shop.app.create_product(&BY, "Empty", None).await.unwrap();
        for (number, email, skus) in [
            ("1", ADA, ["FEW", "MANY"]),
            ("2", EVE, ["MANY", "EMPTY"]),
            ("3", ADA, ["MANY", "OTHER"]),
        ] {
            shop.tell(&shop.paid_order(number, email, &skus)).await;
            shop.clock.pass_days(1);
        }
        let mut pending = shop.paid_order("4", EVE, &["FEW"]);
        pending["data"]["status"] = json!("pending");
        shop.tell(&pending).await;
        shop.map("EMPTY", empty).await;
        let unmapped = ItemFilter { state: Some(ItemState::Unmapped), ..ItemFilter::default() };
        let row = |sku: &str, lines, customers| (sku.to_owned(), lines, customers);
        let expected = [row("MANY", 3, 2), row("FEW", 1, 1), row("OTHER", 1, 1)];
        assert_eq!(waiting(&shop, unmapped).await, expected);
        assert_eq!(find(&shop, "MANY").await.waiting.since, Some(begin));
        assert_eq!(find(&shop, "OTHER").await.waiting.since, Some(begin.plus_days(2)));
        let of_product = ItemFilter { product: Some(empty), ..ItemFilter::default() };
        assert_eq!(waiting(&shop, of_product).await, [row("EMPTY", 1, 1)]);
        let all = ItemFilter { store: Some(shop.store), ..ItemFilter::default() };
        assert_eq!(waiting(&shop, all).await.len(), 4);
        let nowhere = domain::StoreId::from_parts(begin, 77);
        let nowhere = ItemFilter { store: Some(nowhere), ..ItemFilter::default() };
        assert!(waiting(&shop, nowhere).await.is_empty());
        let many = find(&shop, "MANY").await.item.id;
        shop.app.ignore_store_item(&BY, many).await.unwrap();
        assert_eq!(waiting(&shop, unmapped).await, expected[1..], "at once, before the job");
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(find(&shop, "MANY").await.waiting, app::catalogue::Waiting::default());
    }

    async fn a_period_that_is_over_keeps_nobody_waiting(db: Db) {
        let shop = TestShop::open(db).await;
        let mut month = shop.paid_order("1", ADA, &["CLUB"]);
        let end = app::clock::Clock::now(&shop.clock).plus_days(30);
        month["data"]["lines"][0]["period_end"] = json!(end.to_string());
        shop.tell(&month).await;
        let unmapped = ItemFilter { state: Some(ItemState::Unmapped), ..ItemFilter::default() };
        assert_eq!(waiting(&shop, unmapped).await, [("CLUB".to_owned(), 1, 1)]);
        shop.clock.pass_days(34);
        assert!(waiting(&shop, unmapped).await.is_empty());
        assert_eq!(find(&shop, "CLUB").await.waiting.lines, 0);
    }
}
