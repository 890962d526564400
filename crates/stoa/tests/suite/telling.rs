//! Why, what a refund takes away, who is locked out, and what failed, on the command line.

use std::path::Path;

use app::administration::{Telling, Whom};
use domain::ContentId;
use serde_json::json;
use storage::Db;
use testkit::shop::TestCourse;
use testkit::{BY, TestShop};

use crate::process::{printed, run};

const ADA: &str = "ada@example.com";

/// A shop on the database of a data folder, with a course that Ada has bought in order 1001.
async fn shop_with_order(data: &Path) -> (TestShop, TestCourse) {
    let address = format!("sqlite://{}", data.join("stoa.db").display());
    let shop = TestShop::open(Db::open(&address).await.unwrap()).await;
    let course = shop.sell_course("WATER", 1).await;
    shop.tell(&shop.paid_order("1001", ADA, &["WATER", "NEW"]))
        .await;
    (shop, course)
}

#[tokio::test]
async fn why_says_the_decision_its_story_and_what_would_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (shop, course) = shop_with_order(&data).await;
    let id = course.course.to_string();
    let open = printed(&data, &["access", "why", ADA, &id]);
    let lines: Vec<&str> = open.lines().collect();
    assert_eq!(lines[0], "Open without end, by order 1001 (WATER).");
    assert!(
        lines[1].ends_with("  live  order 1001 of shop, line 1"),
        "{open}"
    );
    assert!(
        lines[2].contains("made on ") && lines[2].contains("(dlv_"),
        "{open}"
    );
    assert!(
        open.contains("order 1001 of shop, line 2: unmapped_item"),
        "{open}"
    );
    let content = ContentId::Course(course.course);
    let whom = Whom::Email(ADA.parse().unwrap());
    let revoked = shop
        .app
        .revoke_access(&BY, whom, content, None, Telling::Nobody)
        .await
        .unwrap();
    let closed = printed(
        &data,
        &["access", "why", &revoked.customer.to_string(), &id],
    );
    assert!(closed.starts_with("Closed: the block of "), "{closed}");
    assert!(closed.contains(" (rule 4.2)"), "{closed}");
    let mending = format!("What would mend it:\n1. Lift the block {}.", revoked.block);
    assert!(closed.ends_with(&mending), "{closed}");
    for nobody in ["eve@example.com", "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
        let output = run(&data, &["access", "why", nobody, &id]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !said.contains("eve@"), "{said}");
    }
}

#[tokio::test]
async fn a_refund_is_foretold_by_the_numbers_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (_shop, course) = shop_with_order(&data).await;
    let preview = |lines: &[&str]| {
        let command = ["order", "refund-preview", "shop", "1001"];
        printed(&data, &[&command, lines].concat())
    };
    let expected = format!(
        "loses  {}  Course WATER\nloses  {}  Notes WATER",
        course.course, course.file
    );
    assert_eq!(preview(&[]), expected);
    assert_eq!(preview(&["1*1"]), expected);
    assert!(preview(&["2"]).ends_with("It grants nothing."));
    let listed = printed(&data, &["order", "list", ADA]);
    assert!(listed.ends_with("  shop  1001  paid"), "{listed}");
    for arguments in [
        ["shop", "1002", "1"],
        ["shop", "1001", "3"],
        ["bazaar", "1001", "1"],
    ] {
        let command = ["order", "refund-preview"];
        let output = run(&data, &[&command[..], &arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
}

#[tokio::test]
async fn who_is_locked_out_and_what_failed_is_listed_with_what_would_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (shop, course) = shop_with_order(&data).await;
    let odd = json!({ "type": "order.updated", "timestamp": shop.now(), "data": {} });
    shop.tell(&odd).await;
    let gaps = printed(&data, &["access", "gaps"]);
    let lines: Vec<&str> = gaps.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("unmapped_item  "), "{gaps}");
    assert!(lines[0].ends_with("Map the item SKU NEW of the store shop to a product."));
    assert!(
        lines[0].contains("  order 1001 of shop, line 2  "),
        "{gaps}"
    );
    assert!(!gaps.contains('@') && !gaps.contains("Course"), "{gaps}");
    let failed = printed(&data, &["access", "gaps", "--cause", "failed_delivery"]);
    assert_eq!(failed, lines[1]);
    assert!(failed.contains("  data.id is missing  "), "{failed}");
    let delivery = failed
        .split_whitespace()
        .find(|word| word.starts_with("dlv_"));
    let delivery = delivery.unwrap().to_owned();
    printed(&data, &["delivery", "replay", &delivery]);
    // The command went by the real time, which the shop's clock is behind.
    shop.clock.pass_days(36_500);
    shop.app.work_until_idle().await.unwrap();
    printed(&data, &["delivery", "dismiss", &delivery]);
    assert_eq!(printed(&data, &["access", "gaps"]), lines[0]);
    let again = run(&data, &["delivery", "dismiss", &delivery]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(printed(&data, &["jobs"]), "");
    let product = course.product.to_string();
    printed(&data, &["course", "add", &product, "Oils"]);
    let jobs = printed(&data, &["jobs"]);
    assert!(jobs.contains("  queued  reconcile_product prd_"), "{jobs}");
    let job = jobs.split_whitespace().next().unwrap();
    let early = run(&data, &["jobs", "--retry", job]);
    assert_eq!(early.status.code(), Some(1), "it has not failed");
    let unknown = run(&data, &["access", "gaps", "--cause", "bad"]);
    assert_eq!(unknown.status.code(), Some(2));
}
