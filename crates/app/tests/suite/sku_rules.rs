//! Rules that map by SKU what nobody has mapped.

use app::audit::AuditFilter;
use app::bulk::Run;
use app::catalogue::{CatalogueError, ItemFilter, ItemState, ListedItem, MadeRule, NewSkuRule};
use domain::order::StoreItem;
use domain::sku_rule::SkuPattern;
use domain::{CourseId, ProductId, SkuRuleId, StoreId, Timestamp};
use serde_json::{Value, json};
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn pattern(text: &str) -> SkuPattern {
    text.parse().unwrap()
}

fn of_every_store(text: &str, product: ProductId) -> NewSkuRule {
    NewSkuRule {
        store: None,
        pattern: pattern(text),
        product,
    }
}

fn of_store(shop: &TestShop, text: &str, product: ProductId) -> NewSkuRule {
    NewSkuRule {
        store: Some(shop.store),
        ..of_every_store(text, product)
    }
}

/// Makes a rule and works off what follows.
async fn make(shop: &TestShop, new: NewSkuRule) -> MadeRule {
    let made = shop.app.create_sku_rule(&BY, new, Run::Real).await.unwrap();
    shop.app.work_until_idle().await.unwrap();
    made
}

/// A product with a course that nobody sells yet.
async fn shelve(shop: &TestShop, name: &str, days: Option<u32>) -> (ProductId, CourseId) {
    let product = shop.app.create_product(&BY, name, days).await.unwrap();
    (product, shop.stock(product, name, 1).await.course)
}

async fn items(shop: &TestShop) -> Vec<ListedItem> {
    let all = ItemFilter::default();
    shop.app.list_store_items(all, None, 100).await.unwrap()
}

async fn find(shop: &TestShop, sku: &str) -> ListedItem {
    let mut items = items(shop).await.into_iter();
    let is_it = |item: &ListedItem| {
        let named = item.item.item.sku.as_ref();
        named.is_some_and(|named| named.as_str() == sku)
    };
    items.find(is_it).unwrap()
}

/// What the SKU stands for.
async fn stands_for(shop: &TestShop, sku: &str) -> (ItemState, Option<ProductId>) {
    let found = find(shop, sku).await;
    (found.item.state, found.product)
}

fn skus(made: &MadeRule) -> Vec<String> {
    let items = made.items.iter();
    items
        .map(|listed| listed.item.item.sku.as_ref().unwrap().to_string())
        .collect()
}

async fn until(shop: &TestShop, email: &str, course: CourseId) -> Option<Timestamp> {
    let customer = customer(shop, email).await;
    shop.app
        .open_course(customer, course)
        .await
        .unwrap()
        .access_until
}

async fn audited(shop: &TestShop, action: &str) -> Vec<(String, String, Value)> {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let page = shop.app.list_audit(&filter, None, 50).await.unwrap();
    let entries = page.items.into_iter().map(|entry| {
        let after = entry.after.as_deref().map(serde_json::from_str);
        let after = after.transpose().unwrap().unwrap_or_default();
        (entry.actor, entry.subject, after)
    });
    entries.collect()
}

both_engines! {
    async fn example_17_holds_through_a_rule_seven_days_from_its_making_without_redelivery(db: Db) {
        let shop = TestShop::open(db).await;
        let (week, course) = shelve(&shop, "WEEK", Some(7)).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER-1"])).await;
        assert!(!sees(&shop, ADA, course).await);
        assert_eq!(find(&shop, "WATER-1").await.waiting.lines, 1);
        shop.clock.pass_days(14);
        let now = app::clock::Clock::now(&shop.clock);
        let made = make(&shop, of_store(&shop, "WATER-*", week)).await;
        assert_eq!((made.mapped, skus(&made)), (1, vec!["WATER-1".to_owned()]));
        assert!(made.job.is_some());
        assert_eq!(until(&shop, ADA, course).await, Some(now.plus_days(7)));
        let found = find(&shop, "WATER-1").await;
        assert_eq!((found.item.state, found.product, found.waiting.lines), (ItemState::Mapped, Some(week), 0));
    }

    async fn what_is_new_and_fits_opens_with_its_first_order_and_the_log_names_the_rule(db: Db) {
        let shop = TestShop::open(db).await;
        let (product, course) = shelve(&shop, "Water", None).await;
        let made = make(&shop, of_every_store("WATER-*", product)).await;
        assert_eq!((made.mapped, made.job), (0, None), "nothing was sold yet");
        shop.deliver(&shop.paid_order("1", ADA, &["WATER-9", "OILS", "WATER-9"])).await;
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course).await);
        assert_eq!(stands_for(&shop, "OILS").await, (ItemState::Unmapped, None));
        let item = find(&shop, "WATER-9").await;
        assert_eq!((item.item.state, item.waiting.lines), (ItemState::Mapped, 0));
        let rule = made.rule.unwrap().rule.id;
        let expected = json!({ "product_id": product, "sku_rule_id": rule });
        let mapped = audited(&shop, "store_item.mapped").await;
        assert_eq!(mapped, [(shop.store.to_string(), item.item.id.to_string(), expected)]);
        // Known now, it is left alone: whatever the store tells again, nothing is mapped twice.
        shop.tell(&shop.paid_order("2", EVE, &["WATER-9"])).await;
        assert!(sees(&shop, EVE, course).await);
        assert_eq!(audited(&shop, "store_item.mapped").await.len(), 1);
    }

    async fn the_most_specific_rule_whose_product_is_there_speaks(db: Db) {
        let shop = TestShop::open(db).await;
        let (a, _) = shelve(&shop, "A", None).await;
        let (b, _) = shelve(&shop, "B", None).await;
        let (c, course) = shelve(&shop, "C", None).await;
        make(&shop, of_every_store("W*", a)).await;
        make(&shop, of_every_store("WATER-1", b)).await;
        make(&shop, of_store(&shop, "WATER-*", c)).await;
        let sold = ["WATER-1", "WATER-2", "WASH"];
        shop.tell(&shop.paid_order("1", ADA, &sold)).await;
        for (sku, product) in [("WATER-1", c), ("WATER-2", c), ("WASH", a)] {
            assert_eq!(stands_for(&shop, sku).await, (ItemState::Mapped, Some(product)), "{sku}");
        }
        let losing = shop.app.delete_product(&BY, c, None).await;
        let Err(CatalogueError::ConfirmationNeeded(losing)) = losing else { panic!("not said") };
        shop.app.delete_product(&BY, c, Some(losing.customers_with_access)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, course).await);
        // The rule of the deleted product is passed over.
        shop.tell(&shop.paid_order("2", ADA, &["WATER-3", "WATER-4"])).await;
        assert_eq!(stands_for(&shop, "WATER-3").await, (ItemState::Mapped, Some(a)));
        let passed_over = shop.app.list_sku_rules(None, None, 10).await.unwrap();
        let passed_over: Vec<bool> = passed_over.iter().map(|kept| kept.is_passed_over).collect();
        assert_eq!(passed_over.iter().filter(|is_passed_over| **is_passed_over).count(), 1);
        // What stood for the deleted product waits, and a new rule finds it.
        assert_eq!(stands_for(&shop, "WATER-2").await, (ItemState::Unmapped, None));
        let again = of_store(&shop, "WATER-2", b);
        let made = make(&shop, again).await;
        assert_eq!(skus(&made), ["WATER-2"]);
    }

    async fn a_rule_leaves_what_a_person_has_said_and_what_a_more_exact_rule_says(db: Db) {
        let shop = TestShop::open(db).await;
        let mine = shop.sell_course("WATER-MAPPED", 1).await;
        let (ruled, course) = shelve(&shop, "Ruled", None).await;
        let (exact, _) = shelve(&shop, "Exact", None).await;
        let variant = |product: &str, sku: &str| {
            let mut order = shop.paid_order(sku, ADA, &[sku]);
            order["data"]["lines"][0]["product_id"] = json!(product);
            order
        };
        for (product, sku) in [("shirts", "WATER-SHIRT"), ("book", "WATER-BOOK")] {
            shop.tell(&variant(product, sku)).await;
        }
        shop.tell(&shop.paid_order("1", ADA, &["WATER-IGNORED", "WATER-OPEN", "WATER-EXACT"])).await;
        let of_product = |product: &str| StoreItem { product: product.parse().ok(), ..StoreItem::default() };
        let shirts = shop.app.add_store_item(&BY, shop.store, &of_product("shirts"), "").await.unwrap();
        shop.app.ignore_store_item(&BY, shirts).await.unwrap();
        shop.app.map_item(&BY, shop.store, &of_product("book"), mine.product).await.unwrap();
        let ignored = find(&shop, "WATER-IGNORED").await.item.id;
        shop.app.ignore_store_item(&BY, ignored).await.unwrap();
        // An exact rule speaks for what a person has unmapped again.
        make(&shop, of_every_store("WATER-EXACT", exact)).await;
        let unmapped = find(&shop, "WATER-EXACT").await.item.id;
        shop.app.unmap_store_item(&BY, unmapped).await.unwrap();

        let new = of_every_store("WATER-*", ruled);
        let dry = shop.app.create_sku_rule(&BY, new.clone(), Run::Dry).await.unwrap();
        assert_eq!((dry.mapped, skus(&dry), dry.job), (1, vec!["WATER-OPEN".to_owned()], None));
        assert!(dry.rule.is_none());
        assert_eq!(stands_for(&shop, "WATER-OPEN").await, (ItemState::Unmapped, None), "nothing was changed");
        assert_eq!(shop.app.list_sku_rules(None, None, 10).await.unwrap().len(), 1);
        let made = make(&shop, new).await;
        assert_eq!(made.items, dry.items);
        // New variants of what was ignored or mapped as a whole follow the whole.
        for (product, sku) in [("shirts", "WATER-SHIRT-L"), ("book", "WATER-BOOK-2")] {
            shop.tell(&variant(product, sku)).await;
        }
        for (sku, state, product) in [
            ("WATER-OPEN", ItemState::Mapped, Some(ruled)),
            ("WATER-MAPPED", ItemState::Mapped, Some(mine.product)),
            ("WATER-IGNORED", ItemState::Ignored, None),
            ("WATER-EXACT", ItemState::Unmapped, None),
            ("WATER-SHIRT", ItemState::Covered, None),
            ("WATER-SHIRT-L", ItemState::Covered, None),
            ("WATER-BOOK", ItemState::Covered, Some(mine.product)),
            ("WATER-BOOK-2", ItemState::Covered, Some(mine.product)),
        ] {
            assert_eq!(stands_for(&shop, sku).await, (state, product), "{sku}");
        }
        assert_eq!(reasons(&shop, ADA, course).await, [None], "by the one line");
    }

    async fn what_a_rule_has_mapped_stays_when_the_rule_is_gone(db: Db) {
        let shop = TestShop::open(db).await;
        let (product, course) = shelve(&shop, "Water", None).await;
        let rule = make(&shop, of_store(&shop, "WATER-*", product)).await.rule.unwrap().rule;
        shop.tell(&shop.paid_order("1", ADA, &["WATER-1"])).await;
        shop.app.delete_sku_rule(&BY, rule.id).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        shop.tell(&shop.paid_order("2", EVE, &["WATER-1", "WATER-2"])).await;
        assert!(sees(&shop, ADA, course).await && sees(&shop, EVE, course).await);
        assert_eq!(stands_for(&shop, "WATER-2").await, (ItemState::Unmapped, None));
        let said = json!({ "store_id": shop.store, "pattern": "WATER-*", "product_id": product });
        let created = audited(&shop, "sku_rule.created").await;
        assert_eq!(created, [("command line".to_owned(), rule.id.to_string(), said)]);
        let deleted = audited(&shop, "sku_rule.deleted").await;
        assert_eq!(deleted, [("command line".to_owned(), rule.id.to_string(), Value::Null)]);
        let gone = shop.app.delete_sku_rule(&BY, rule.id).await;
        assert!(matches!(gone, Err(CatalogueError::NoSuchRule)));
    }

    async fn what_is_noted_and_speaks_for_others_reaches_their_buyers(db: Db) {
        let shop = TestShop::open(db).await;
        let (product, course) = shelve(&shop, "Water", None).await;
        make(&shop, of_store(&shop, "WATER-1", product)).await;
        let mut order = shop.paid_order("1", ADA, &["WATER-1"]);
        order["data"]["lines"][0]["product_id"] = json!("book");
        shop.tell(&order).await;
        let exact = find(&shop, "WATER-1").await.item.id;
        shop.app.unmap_store_item(&BY, exact).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, course).await);
        // The SKU alone is new, fits, and stands for the book's line too.
        shop.tell(&shop.paid_order("2", EVE, &["WATER-1"])).await;
        assert!(sees(&shop, EVE, course).await && sees(&shop, ADA, course).await);
        let noted = StoreItem { sku: "WATER-1".parse().ok(), product: "noted".parse().ok(), variant: None };
        let noted = shop.app.add_store_item(&BY, shop.store, &noted, "").await.unwrap();
        assert_eq!(shop.app.find_store_item(noted).await.unwrap().item.state, ItemState::Covered);
    }

    async fn a_rule_that_cannot_be_is_refused_dry_or_not(db: Db) {
        let shop = TestShop::open(db).await;
        let (product, _) = shelve(&shop, "Water", None).await;
        make(&shop, of_every_store("WATER-*", product)).await;
        make(&shop, of_store(&shop, "WATER-*", product)).await;
        let missing = StoreId::from_parts(testkit::shop::OPENING, 77);
        let no_store = NewSkuRule { store: Some(missing), ..of_every_store("A", product) };
        let no_product = of_every_store("A", ProductId::from_parts(testkit::shop::OPENING, 77));
        for run in [Run::Dry, Run::Real] {
            for new in [of_every_store("WATER-*", product), of_store(&shop, "WATER-*", product)] {
                let refused = shop.app.create_sku_rule(&BY, new, run).await;
                assert!(matches!(refused, Err(CatalogueError::RuleExists)), "{refused:?}");
            }
            let refused = shop.app.create_sku_rule(&BY, no_store.clone(), run).await;
            assert!(matches!(refused, Err(CatalogueError::NoSuchStore)), "{refused:?}");
            let refused = shop.app.create_sku_rule(&BY, no_product.clone(), run).await;
            assert!(matches!(refused, Err(CatalogueError::NoProductToMapTo)), "{refused:?}");
        }
        let gone = SkuRuleId::from_parts(testkit::shop::OPENING, 77);
        let refused = shop.app.delete_sku_rule(&BY, gone).await;
        assert!(matches!(refused, Err(CatalogueError::NoSuchRule)));
    }

    async fn an_order_that_comes_while_a_rule_is_made_is_never_missed(db: Db) {
        let shop = TestShop::open(db).await;
        for round in 0..8 {
            let name = format!("R{round}");
            let (product, course) = shelve(&shop, &name, None).await;
            let order = shop.paid_order(&name, ADA, &[&format!("{name}-1")]);
            let new = of_store(&shop, &format!("{name}-*"), product);
            let (told, made) = tokio::join!(
                shop.tell(&order),
                shop.app.create_sku_rule(&BY, new, Run::Real),
            );
            let ((), made) = (told, made.unwrap());
            shop.app.work_until_idle().await.unwrap();
            assert!(sees(&shop, ADA, course).await, "{name}: {} mapped with the rule", made.mapped);
        }
    }
}
