//! The inbox on the command line.

use std::path::Path;

use serde_json::json;
use storage::Db;
use testkit::TestShop;

use crate::process::{printed, run};

/// A shop on the database of a data folder: order 1001, and something that is none.
async fn shop_with_deliveries(data: &Path) -> TestShop {
    let address = format!("sqlite://{}", data.join("stoa.db").display());
    let shop = TestShop::open(Db::open(&address).await.unwrap()).await;
    shop.tell(&shop.paid_order("1001", "ada@example.com", &["WATER"]))
        .await;
    shop.clock.pass_seconds(10);
    let odd = json!({ "type": "order.updated", "timestamp": shop.now(), "data": {} });
    shop.tell(&odd).await;
    shop
}

fn list(data: &Path, more: &[&str]) -> Vec<String> {
    let listed = printed(data, &[&["delivery", "list"], more].concat());
    listed.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn deliveries_are_listed_and_shown_and_a_body_is_given_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shop = shop_with_deliveries(&data).await;
    let all = list(&data, &[]);
    assert_eq!(all.len(), 2);
    let end = format!("  {}  shop  dead  -  data.id is missing", shop.now());
    assert!(
        all[0].starts_with("dlv_") && all[0].ends_with(&end),
        "{all:?}"
    );
    assert!(all[1].ends_with("  shop  done  -"), "{all:?}");
    let store = shop.store.to_string();
    for (filter, expected) in [
        (&["--store", "shop"][..], &all[..]),
        (&["--store", &store, "--state", "done"], &all[1..]),
        (&["--state", "dead"], &all[..1]),
        (&["--order", "1001"], &all[1..]),
        (&["--order", "1002"], &[]),
        (&["--topic", "order.updated"], &[]),
        (&["--since", &shop.now()], &all[..1]),
        (&["--until", &shop.now()], &all[1..]),
        (&["--since", "2020-01-01", "--until", "2020-01-02"], &[]),
        (&["--limit", "1"], &all[..1]),
    ] {
        assert_eq!(list(&data, filter), expected, "{filter:?}");
    }
    let id = all[1].split("  ").next().unwrap();
    let shown = printed(&data, &["delivery", "show", id]);
    let body = run(&data, &["delivery", "show", id, "--body"]).stdout;
    let order: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(order["data"]["id"], "1001");
    for line in [
        format!("{id}  shop  done"),
        "attempts 1".into(),
        "order 1001".into(),
        "header content-type: application/json".into(),
        format!("body {} bytes, text", body.len()),
    ] {
        assert!(shown.lines().any(|told| told == line), "{line}: {shown}");
    }
    assert!(!shown.contains('@'), "{shown}");
    let failed = all[0].split("  ").next().unwrap();
    let shown = printed(&data, &["delivery", "show", failed]);
    let failure = format!("failed {}  attempt 1  data.id is missing", shop.now());
    assert!(shown.lines().any(|told| told == failure), "{shown}");
}

#[tokio::test]
async fn deliveries_are_replayed_by_a_filter_and_never_all_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _shop = shop_with_deliveries(&data).await;
    let replay = |more: &[&str]| run(&data, &[&["delivery", "replay"], more].concat());
    let some = "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for (arguments, code) in [
        (&[][..], 2),
        (&["--dry-run"], 2),
        (&[some, "--state", "dead"], 2),
        (&[some, "--dry-run"], 2),
        (&["--state", "failed"], 2),
        (&[some], 1),
        (&["--store", "elsewhere"], 1),
        (&["--since", "2027-01-02", "--until", "2027-01-01"], 1),
    ] {
        assert_eq!(replay(arguments).status.code(), Some(code), "{arguments:?}");
    }
    assert_eq!(list(&data, &["--state", "queued"]), [""; 0]);
    let count = |more: &[&str]| {
        let output = replay(more);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(count(&["--store", "shop", "--dry-run"]), "2\n");
    assert_eq!(list(&data, &["--state", "queued"]), [""; 0]);
    assert_eq!(count(&["--order", "1001"]), "1\n");
    assert_eq!(list(&data, &["--state", "queued"]).len(), 1);
    assert_eq!(count(&["--order", "1001"]), "0\n");
    let missing = run(&data, &["delivery", "show", some]);
    assert_eq!(missing.status.code(), Some(1));
}
