//! SKU rules, suggestions and what was paid for, on the command line.

use std::path::Path;

use serde_json::json;
use storage::Db;
use testkit::{BY, TestShop};

use crate::process::{printed, run};

/// A shop on the database of a data folder.
async fn open_shop(data: &Path) -> TestShop {
    printed(data, &["migrate"]);
    let keys = data.join("keys");
    std::fs::create_dir_all(&keys).unwrap();
    // The test shop's own key, so that the command opens what the shop has sealed.
    std::fs::write(keys.join("sealing.key"), "07".repeat(32)).unwrap();
    let address = format!("sqlite://{}", data.join("stoa.db").display());
    TestShop::open(Db::open(&address).await.unwrap()).await
}

#[tokio::test]
async fn a_rule_is_tried_made_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shop = open_shop(&data).await;
    shop.tell(&shop.paid_order("1", "ada@example.com", &["WATER-1"]))
        .await;
    let product = printed(&data, &["product", "add", "Watercolour"]);
    let add = ["store", "rule", "add", "WATER-*", &product];
    let dry = printed(&data, &[&add[..], &["--dry-run"]].concat());
    assert!(dry.contains("sku WATER-1  unmapped"), "{dry}");
    assert!(
        dry.contains("(1 paid and waiting, customers: 1, since "),
        "{dry}"
    );
    assert_eq!(printed(&data, &["store", "rule", "list"]), "");
    let made = printed(&data, &[&add[..], &["--store", "shop"]].concat());
    let (rule, mapped) = made.split_once('\n').unwrap();
    assert!(rule.starts_with("skr_") && mapped == dry, "{made}");
    let items = printed(&data, &["store", "items", "shop"]);
    assert!(
        items.contains(&format!("sku WATER-1  {product}")),
        "{items}"
    );
    let again = run(&data, &[&add[..], &["--store", "shop"]].concat());
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        said.contains("there is a rule of that pattern already"),
        "{said}"
    );
    let all = printed(&data, &add);
    let listed = printed(&data, &["store", "rule", "list", "--store", "shop"]);
    let expected = [
        format!("{rule}  shop  WATER-*  {product}"),
        format!("{all}  every store  WATER-*  {product}"),
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
    printed(&data, &["store", "rule", "remove", rule]);
    printed(&data, &["product", "delete", &product, "--yes"]);
    let listed = printed(&data, &["store", "rule", "list"]);
    let passed_over = format!("{}  (passed over: its product is deleted)", expected[1]);
    assert_eq!(listed, passed_over);
    for odd in ["*", "A*B", ""] {
        let refused = run(&data, &["store", "rule", "add", odd, &product]);
        assert_eq!(refused.status.code(), Some(2), "{odd}");
    }
}

#[tokio::test]
async fn what_is_suggested_is_listed_and_confirmed_one_by_one_or_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shop = open_shop(&data).await;
    let mut products = Vec::new();
    for title in ["Watercolour", "Oils", "Ink"] {
        let product = shop.app.create_product(&BY, title, None).await.unwrap();
        let mut order = shop.paid_order(title, "ada@example.com", &[title]);
        order["data"]["lines"][0]["title"] = json!(title.to_uppercase());
        shop.tell(&order).await;
        shop.clock.pass_seconds(1);
        products.push(product.to_string());
    }
    let listed = printed(&data, &["store", "confirm", "shop"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 3);
    for (line, product) in lines.iter().zip(&products) {
        assert!(line.contains("  unmapped  "), "{line}");
        assert!(line.contains(&format!("(suggested: {product})")), "{line}");
    }
    let oils = lines[1].split_whitespace().next().unwrap();
    let one = printed(&data, &["store", "confirm", "shop", "--item", oils]);
    assert_eq!(one, format!("{oils}  {}  OILS", products[1]));
    let again = run(&data, &["store", "confirm", "shop", "--item", oils]);
    assert_eq!(again.status.code(), Some(1));
    let rest = printed(&data, &["store", "confirm", "shop", "--all"]);
    assert!(rest.ends_with(&format!("{}  INK", products[2])), "{rest}");
    assert_eq!(rest.lines().count(), 2);
    assert_eq!(printed(&data, &["store", "confirm", "shop"]), "");
    let both = ["store", "confirm", "shop", "--all", "--item", oils];
    assert_eq!(run(&data, &both).status.code(), Some(2));
}

#[tokio::test]
async fn what_was_paid_for_and_is_unmapped_is_listed_with_what_most_wait_for_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shop = open_shop(&data).await;
    let begin = shop.now();
    for (number, sku) in [("1", "FEW"), ("2", "MANY"), ("3", "MANY")] {
        shop.tell(&shop.paid_order(number, "ada@example.com", &[sku]))
            .await;
    }
    printed(&data, &["store", "heed", "shop", "--sku", "UNPAID"]);
    let listed = printed(&data, &["store", "unmapped", "shop"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2);
    let waiting = format!("MANY  (2 paid and waiting, customers: 1, since {begin})");
    assert!(lines[0].ends_with(&waiting), "{listed}");
    assert!(lines[1].contains("sku FEW  "), "{listed}");
    let all = printed(&data, &["store", "unmapped", "shop", "--all"]);
    assert_eq!(all.lines().count(), 3);
}
