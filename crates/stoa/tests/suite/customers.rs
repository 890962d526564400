//! All that is kept about a customer, and an end of it, on the command line.

use std::path::Path;

use serde_json::Value;
use storage::Db;
use testkit::TestShop;

use crate::process::{printed, run};

const ADA: &str = "ada@example.com";

/// A shop on the database of a data folder, in which Ada has bought a course.
async fn shop_with_customer(data: &Path) {
    let address = format!("sqlite://{}", data.join("stoa.db").display());
    let shop = TestShop::open(Db::open(&address).await.unwrap()).await;
    shop.sell_course("WATER", 1).await;
    shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
}

/// What a command that must fail said.
fn refused(data: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(data, arguments);
    assert!(!output.status.success());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn all_that_is_kept_goes_into_a_file_that_only_its_maker_reads() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    shop_with_customer(&data).await;
    printed(&data, &["customer", "export", ADA, "--to", "ada.json"]);
    let file = folder.path().join("ada.json");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written["sections"]["customers"][0]["email"], ADA);
    assert_eq!(written["sections"]["orders"][0]["external_id"], "1001");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (_, said) = refused(&data, &["customer", "export", ADA, "--to", "ada.json"]);
    assert!(
        said.contains("cannot make ada.json"),
        "what is there stays: {said}"
    );
    let id = written["customer_id"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&printed(&data, &["customer", "export", id])).unwrap();
    assert_eq!(shown["sections"]["orders"], written["sections"]["orders"]);
}

#[tokio::test]
async fn nothing_is_erased_until_it_is_said_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    shop_with_customer(&data).await;
    let (foretold, said) = refused(&data, &["customer", "erase", ADA]);
    assert!(said.contains("say --yes"), "{said}");
    assert!(foretold.contains("Access that ends: 2"), "{foretold}");
    printed(&data, &["customer", "export", ADA]);
    let erased = printed(&data, &["customer", "erase", ADA, "--yes"]);
    assert_eq!(erased, foretold.trim());
    assert!(!erased.contains('@'), "{erased}");
    for command in ["export", "erase"] {
        let (_, said) = refused(&data, &["customer", command, ADA]);
        assert!(
            said.contains("no customer like that") && !said.contains("ada@"),
            "{said}"
        );
    }
    assert_eq!(printed(&data, &["privacy", "list"]), "");
}
