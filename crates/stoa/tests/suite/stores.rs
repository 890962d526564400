//! A WooCommerce shop, connected, tried and read from the command line.

use std::path::Path;

use app::clock::{Clock, SystemClock};
use serde_json::json;
use testkit::time::StandingClock;
use testkit::woocommerce::{KEY, Mood, SECRET, WooShop};

use crate::process::{printed, run};

const ADA: &str = "ada@example.com";

/// What a command said, all of it, and its exit code.
fn said(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(data, arguments);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    (output.status.code(), text)
}

/// Opens a shop by the real time, with the file of its secret beside the data folder.
async fn open(data: &Path) -> WooShop {
    let folder = data.parent().unwrap();
    std::fs::write(folder.join("api-secret"), format!("{SECRET}\n")).unwrap();
    WooShop::open(&StandingClock::at(SystemClock.now())).await
}

fn add<'a>(woo: &'a WooShop, key: &'a str) -> Vec<&'a str> {
    let api = ["--address", &woo.address, "--api-key", key];
    let command = ["store", "add", "woo", "--kind", "woocommerce"];
    [&command[..], &api, &["--api-secret-file", "api-secret"]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_is_connected_and_sends_its_webhooks_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let woo = open(&data).await;
    let (code, text) = said(&data, &add(&woo, KEY));
    assert_eq!(code, Some(0), "{text}");
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    assert_eq!(
        line("Webhooks of this store go to "),
        Some("http://127.0.0.1:8080/webhooks/woo")
    );
    let secret = line("Sign them with ").unwrap();
    let topics = line("The shop sends webhooks now: ").unwrap();
    assert_eq!(line("Connected with "), Some("Test shop"));
    assert!(text.contains("Next: stoa store sync woo reads"), "{text}");
    assert!(!text.contains("does not send webhooks"), "{text}");
    let webhooks = woo.webhooks();
    assert_eq!(webhooks.len(), topics.split(", ").count());
    assert!(webhooks.iter().all(|webhook| webhook["secret"] == secret));
    let listed = printed(&data, &["store", "list"]);
    assert!(
        listed.starts_with("woo  woocommerce  http://127.0.0.1:8080/webhooks/woo  api: not read yet  webhooks: active"),
        "{listed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_connect_nothing_and_a_shop_that_is_away_is_connected_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let woo = open(&data).await;
    let (code, text) = said(&data, &add(&woo, "nothing"));
    assert_eq!(code, Some(1));
    assert!(text.contains("ck_ and 40 characters"), "{text}");
    assert_eq!(text.matches("ck_ and 40 characters").count(), 1, "{text}");
    let all = add(&woo, KEY);
    let (code, text) = said(&data, &all[..all.len() - 2]);
    assert_eq!(code, Some(1));
    assert!(text.contains("give --api-secret-file"), "{text}");
    let (code, text) = said(&data, &["store", "add", "x", "--kind", "magento"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("known platforms: custom, "), "{text}");
    let keyless = ["store", "add", "x", "--api-key", KEY];
    assert_eq!(said(&data, &keyless).0, Some(2), "a key needs an address");
    assert_eq!(printed(&data, &["store", "list"]), "");
    woo.set_mood(Mood::Refuses);
    let (code, text) = said(&data, &all);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("refuses the API key (HTTP 401)"), "{text}");
    assert!(woo.webhooks().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_tried_and_the_exit_code_says_whether_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let woo = open(&data).await;
    printed(&data, &add(&woo, KEY));
    let attempt = ["store", "test", "woo"];
    let (code, text) = said(&data, &attempt);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "shop             Test shop",
        "api answers      yes",
        "permissions      yes",
        "webhooks         yes",
        "last webhook     -",
        "All is well.",
    ] {
        assert!(text.lines().any(|told| told == line), "{line}: {text}");
    }
    woo.change_webhooks("status", &json!("disabled"));
    let (code, text) = said(&data, &attempt);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("switched off its webhooks"), "{text}");
    assert!(
        text.contains("webhooks         no\n") && !text.contains("All is well"),
        "{text}"
    );
    let (code, text) = said(&data, &["store", "test", "woo", "--repair"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("made or switched on") && text.contains("All is well."),
        "{text}"
    );
    woo.set_mood(Mood::Broken);
    let (code, text) = said(&data, &attempt);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("cannot be read: the store answers HTTP 500."),
        "{text}"
    );
    assert!(text.contains("webhooks         -\n"), "{text}");
    printed(&data, &["store", "api", "woo", "--forget"]);
    let (code, text) = said(&data, &attempt);
    assert_eq!(code, Some(1));
    assert!(text.contains("no key to this shop's API"), "{text}");
    woo.set_mood(Mood::Well);
    woo.drop_webhooks();
    let api = ["store", "api", "woo", "--address", &woo.address];
    let key = ["--api-key", KEY, "--api-secret-file", "api-secret"];
    let (code, text) = said(&data, &[&api[..], &key].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(!woo.webhooks().is_empty());
    assert_eq!(said(&data, &attempt).0, Some(0));
    assert_eq!(said(&data, &["store", "api", "woo"]).0, Some(2));
    assert_eq!(said(&data, &["store", "test", "elsewhere"]).0, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_read_for_good_once_a_dry_run_has_said_who_gets_what() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let woo = open(&data).await;
    printed(&data, &add(&woo, KEY));
    std::fs::write(folder.path().join("Palette.txt"), "Three colours.").unwrap();
    let product = printed(&data, &["product", "add", "Watercolour"]);
    let file = printed(&data, &["file", "add", &product, "Palette.txt"]);
    printed(&data, &["store", "map", "woo", &product, "--sku", "WATER"]);
    woo.sell(7, ADA, &["WATER"]);
    woo.offer(70, "Watercolour", "WATER");
    let dry = printed(
        &data,
        &["store", "sync", "woo", "--since", "2026-01-01", "--dry-run"],
    );
    let end = |gains: &str| format!("  {gains}  {file}  Palette, by order 7");
    let lines: Vec<&str> = dry.lines().collect();
    assert!(
        lines[0].starts_with("cus_") && lines[0].ends_with(&end("would gain")),
        "{dry}"
    );
    assert_eq!(
        lines[1],
        "Orders read: 1, with news: 1. Things for sale: 1. Changes of access: 1."
    );
    let sync = || printed(&data, &["store", "sync", "woo"]);
    let read = sync();
    assert!(
        read.lines().next().unwrap().ends_with(&end("gained")),
        "{read}"
    );
    assert!(sync().ends_with("with news: 0. Things for sale: 1. Changes of access: 0."));
    assert!(printed(&data, &["store", "list"]).contains("  api: read 2"));
    woo.change(7, &json!({ "status": "refunded" }));
    assert!(sync().lines().next().unwrap().ends_with(&end("lost")));
    woo.set_mood(Mood::Garbles);
    let (code, text) = said(&data, &["store", "sync", "woo"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("answer cannot be read"), "{text}");
    let odd = ["store", "sync", "woo", "--since", "yesterday"];
    assert_eq!(said(&data, &odd).0, Some(2));
    printed(&data, &["store", "api", "woo", "--forget"]);
    assert_eq!(said(&data, &["store", "sync", "woo"]).0, Some(1));
}

#[test]
fn a_shop_without_an_api_is_tried_by_its_webhooks_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    printed(&data, &["store", "add", "own"]);
    let (code, text) = said(&data, &["store", "test", "own"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "last webhook     -\nAll is well.\n")
    );
}

#[test]
fn a_secret_that_the_platform_makes_is_never_made_by_us() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "whsec_0123456789abcdefghijklmnopqrstuv").unwrap();
    let secret = secret.display().to_string();
    printed(
        &data,
        &[
            "store",
            "add",
            "shop",
            "--kind",
            "stripe",
            "--webhook-secret-file",
            &secret,
        ],
    );
    let (code, text) = said(&data, &["store", "rotate-secret", "shop"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("stripe makes this secret itself"), "{text}");
}

#[test]
fn the_origins_of_a_shops_pages_are_set_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (shop, other) = ("https://shop.example.com", "https://www.shop.example.com");
    run(&data, &["store", "add", "mine", "--origin", shop]);
    let origins = |more: &[&str]| printed(&data, &[&["store", "origins", "mine"], more].concat());
    assert_eq!(origins(&[]), shop);
    assert_eq!(origins(&["--add", other]), format!("{shop}\n{other}"));
    assert_eq!(origins(&["--remove", shop]), other);
    for wrong in [
        "*",
        "null",
        "https://shop.example.com/",
        "http://shop.example.com",
    ] {
        let (code, text) = said(&data, &["store", "origins", "mine", "--add", wrong]);
        assert_eq!(code, Some(2), "{text}");
        assert!(
            text.contains("must be like https://shop.example.com"),
            "{text}"
        );
    }
    assert_eq!(origins(&[]), other);
}
