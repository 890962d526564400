//! Bundles and products that change, and what that does to those who bought them.

use std::collections::BTreeSet;

use app::catalogue::{CatalogueError, Going, ItemFilter, ItemState, ProductChange};
use app::contents::ContentsError;
use domain::{ContentId, ProductId};
use serde_json::json;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const GRACE: &str = "grace@example.com";

/// Makes a product under a SKU, with these products in it.
async fn bundle(shop: &TestShop, sku: &str, parts: &[ProductId]) -> ProductId {
    let id = shop.app.create_product(&BY, sku, None).await.unwrap();
    for part in parts {
        shop.app.add_to_bundle(&BY, id, *part).await.unwrap();
    }
    shop.map(sku, id).await;
    id
}

/// Has the store tell of a paid order of one SKU by each.
async fn buy(shop: &TestShop, bought: &[(&str, &str)]) {
    for (email, sku) in bought {
        let number = format!("{email}/{sku}");
        shop.tell(&shop.paid_order(&number, email, &[sku])).await;
    }
}

async fn losing(shop: &TestShop, going: Going) -> (i64, usize, usize) {
    let losing = shop.app.list_losing(going).await.unwrap();
    (losing.customers_with_access, losing.courses, losing.files)
}

async fn is_video_course(shop: &TestShop, id: ProductId) -> bool {
    shop.app
        .show_product(id)
        .await
        .unwrap()
        .product
        .is_video_course
}

both_engines! {
    async fn a_part_taken_out_of_a_nested_bundle_ends_what_no_other_path_reaches(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, ink) = (shop.sell_course("WATER", 1).await, shop.sell_course("INK", 1).await);
        let inner = bundle(&shop, "INNER", &[water.product, ink.product]).await;
        let outer = bundle(&shop, "OUTER", &[inner, water.product]).await;
        let around = bundle(&shop, "AROUND", &[inner]).await;
        buy(&shop, &[(ADA, "OUTER"), (EVE, "AROUND"), (GRACE, "INNER"), (GRACE, "WATER")]).await;
        buy(&shop, &[("idle@example.com", "INNER")]).await;
        let blocked = app::administration::Whom::Email("idle@example.com".parse().unwrap());
        for content in [ContentId::Course(water.course), ContentId::File(water.file)] {
            shop.app.revoke_access(&BY, blocked.clone(), content, None, app::administration::Telling::Nobody).await.unwrap();
        }
        let going = Going::Part { bundle: inner, part: water.product };
        assert_eq!(losing(&shop, going).await, (1, 1, 1), "only Eve has it by this path alone, and may open it");
        for wrong in [None, Some(0), Some(2)] {
            let refused = shop.app.take_out_of_bundle(&BY, inner, water.product, wrong).await;
            let Err(CatalogueError::ConfirmationNeeded(losing)) = refused else { panic!("{refused:?}") };
            assert_eq!(losing.customers_with_access, 1);
        }
        shop.app.take_out_of_bundle(&BY, inner, water.product, Some(1)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        for (email, expected) in [(ADA, vec![None]), (EVE, vec![Some("content_removed")])] {
            assert_eq!(reasons(&shop, email, water.course).await, expected, "{email}");
            assert!(sees(&shop, email, ink.course).await, "{email}");
        }
        assert!(sees(&shop, GRACE, water.course).await, "she has it by an order of its own");
        for id in [inner, outer, around] {
            assert!(is_video_course(&shop, id).await);
        }
        let again = shop.app.take_out_of_bundle(&BY, inner, water.product, Some(0)).await;
        assert!(matches!(again, Err(CatalogueError::NotInBundle)));
        shop.app.add_to_bundle(&BY, inner, water.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, EVE, water.course).await, [None], "the same grant is live again");
    }

    async fn whether_a_bundle_has_a_video_course_follows_what_is_deep_inside_it(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let paper = shop.app.create_product(&BY, "Paper", None).await.unwrap();
        let inner = bundle(&shop, "INNER", &[paper]).await;
        let outer = bundle(&shop, "OUTER", &[inner]).await;
        assert!(!is_video_course(&shop, outer).await);
        shop.app.add_to_bundle(&BY, inner, water.product).await.unwrap();
        assert!(is_video_course(&shop, inner).await && is_video_course(&shop, outer).await);
        shop.app.take_out_of_bundle(&BY, inner, water.product, Some(0)).await.unwrap();
        assert!(!is_video_course(&shop, inner).await && !is_video_course(&shop, outer).await);
        shop.app.add_to_bundle(&BY, outer, water.product).await.unwrap();
        assert!(!is_video_course(&shop, inner).await && is_video_course(&shop, outer).await);
        shop.app.delete_product(&BY, water.product, Some(0)).await.unwrap();
        assert!(!is_video_course(&shop, outer).await);
    }

    async fn of_two_parts_that_close_a_circle_at_once_one_is_refused(db: Db) {
        let shop = std::sync::Arc::new(TestShop::open(db).await);
        for _ in 0..10 {
            let make = || shop.app.create_product(&BY, "Bundle", None);
            let (a, b, c) = (make().await.unwrap(), make().await.unwrap(), make().await.unwrap());
            shop.app.add_to_bundle(&BY, b, c).await.unwrap();
            let tasks = [(a, b), (c, a)].map(|(bundle, part)| {
                let shop = shop.clone();
                tokio::spawn(async move { shop.app.add_to_bundle(&BY, bundle, part).await })
            });
            let mut refused = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(_) => {}
                    Err(CatalogueError::ContainsItself) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
            assert_eq!(refused, 1);
            let itself = shop.app.add_to_bundle(&BY, a, a).await;
            assert!(matches!(itself, Err(CatalogueError::ContainsItself)));
        }
    }

    async fn a_deleted_product_takes_its_contents_along_and_is_found_nowhere(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, ink) = (shop.sell_course("WATER", 1).await, shop.sell_course("INK", 1).await);
        let all = bundle(&shop, "ALL", &[water.product, ink.product]).await;
        buy(&shop, &[(ADA, "ALL"), (EVE, "WATER"), (GRACE, "INK")]).await;
        let whom = app::administration::Whom::Email("guest@example.com".parse().unwrap());
        shop.app.grant_access(&BY, whom, ContentId::Course(water.course), None, None, app::administration::Telling::Nobody).await.unwrap();
        let going = Going::Product(water.product);
        assert_eq!(losing(&shop, going).await, (3, 1, 1), "Ada, Eve and the guest");
        let refused = shop.app.delete_product(&BY, water.product, Some(2)).await;
        assert!(matches!(refused, Err(CatalogueError::ConfirmationNeeded(_))));
        let deleted = shop.app.delete_product(&BY, water.product, Some(3)).await.unwrap();
        assert!(deleted.job.is_some());
        shop.app.work_until_idle().await.unwrap();
        for email in [ADA, EVE, "guest@example.com"] {
            assert!(!sees(&shop, email, water.course).await, "{email}");
        }
        for email in [ADA, EVE] {
            assert_eq!(reasons(&shop, email, water.course).await, [Some("content_removed")], "{email}");
        }
        assert!(sees(&shop, ADA, ink.course).await && sees(&shop, GRACE, ink.course).await);
        let eve = customer(&shop, EVE).await;
        assert!(shop.app.list_downloads(eve).await.unwrap().is_empty());
        let listed = shop.app.list_products(None, 10).await.unwrap();
        let listed: BTreeSet<ProductId> = listed.iter().map(|product| product.id).collect();
        assert_eq!(listed, BTreeSet::from([ink.product, all]));
        assert_eq!(shop.app.show_product(all).await.unwrap().parts.len(), 1);
        let gone = [
            shop.app.show_product(water.product).await.err(),
            shop.app.list_losing(going).await.err(),
            shop.app.delete_product(&BY, water.product, Some(0)).await.err(),
            shop.app.add_to_bundle(&BY, all, water.product).await.err(),
            shop.app.change_product(&BY, water.product, ProductChange::default()).await.err(),
        ];
        for error in gone {
            assert!(matches!(error, Some(CatalogueError::NoSuchProduct)), "{error:?}");
        }
        let course = shop.app.find_shelved_course(water.course).await;
        assert!(matches!(course, Err(ContentsError::NotFound)));
        // Whoever buys it now pays for nothing: somebody has to say what it stands for.
        buy(&shop, &[("late@example.com", "WATER")]).await;
        let unmapped = ItemFilter { state: Some(ItemState::Unmapped), ..ItemFilter::default() };
        let waiting = shop.app.list_store_items(unmapped, None, 10).await.unwrap();
        let [item] = &waiting[..] else { panic!("{waiting:?}") };
        assert_eq!((item.product, item.waiting.lines), (None, 2), "Eve's and the late one");
    }

    async fn a_deleted_bundle_leaves_its_parts_to_those_who_have_them_otherwise(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let all = bundle(&shop, "ALL", &[water.product]).await;
        buy(&shop, &[(ADA, "ALL"), (EVE, "ALL"), (EVE, "WATER")]).await;
        assert_eq!(losing(&shop, Going::Product(all)).await, (1, 0, 0));
        shop.app.delete_product(&BY, all, Some(1)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("content_removed")]);
        assert!(sees(&shop, EVE, water.course).await);
        assert!(is_video_course(&shop, water.product).await);
    }

    async fn whoever_has_it_by_an_expired_or_refunded_order_alone_loses_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let month = shop.app.create_product(&BY, "A month", Some(30)).await.unwrap();
        let course = shop.stock(month, "MONTH", 1).await;
        shop.map("MONTH", month).await;
        buy(&shop, &[(ADA, "MONTH")]).await;
        shop.clock.pass_days(20);
        buy(&shop, &[(EVE, "MONTH"), (GRACE, "MONTH")]).await;
        shop.clock.pass_seconds(10);
        let mut refunded = shop.paid_order(&format!("{GRACE}/MONTH"), GRACE, &["MONTH"]);
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert_eq!(losing(&shop, Going::Product(month)).await, (2, 1, 1));
        shop.clock.pass_days(10);
        assert_eq!(losing(&shop, Going::Product(month)).await, (1, 1, 1));
        assert!(sees(&shop, EVE, course.course).await && !sees(&shop, ADA, course.course).await);
    }

    async fn what_is_no_title_and_no_days_is_refused(db: Db) {
        let shop = TestShop::open(db).await;
        for title in ["", " ", "a\nb", &"x".repeat(201)] {
            let refused = shop.app.create_product(&BY, title, None).await;
            assert!(matches!(refused, Err(CatalogueError::Title)), "{title:?}");
        }
        for days in [0, 36_501, u32::MAX] {
            let refused = shop.app.create_product(&BY, "Course", Some(days)).await;
            assert!(matches!(refused, Err(CatalogueError::AccessDays)), "{days}");
        }
        shop.app.create_product(&BY, " Course ", Some(36_500)).await.unwrap();
        let listed = shop.app.list_products(None, 10).await.unwrap();
        assert_eq!(listed[0].title, "Course");
        assert_eq!(listed.len(), 1);
    }
}
