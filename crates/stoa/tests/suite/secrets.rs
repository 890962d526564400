//! The sealing key, replaced from the command line.

use std::path::{Path, PathBuf};

use app::clock::{Clock, SystemClock};
use connectors::{StoreSecret, custom};

use crate::process::{Server, printed, run};

fn key_file(data: &Path) -> PathBuf {
    data.join("keys/sealing.key")
}

fn keys(data: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(key_file(data)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Connects a store and returns its webhook secret.
fn connect(data: &Path) -> StoreSecret {
    let said = printed(data, &["store", "add", "shop"]);
    let secret = said
        .lines()
        .find_map(|line| line.strip_prefix("Sign them with "));
    StoreSecret::new(secret.unwrap().to_owned())
}

fn is_open(data: &Path) -> bool {
    run(data, &["store", "list"]).status.success()
}

fn is_whole(data: &Path) -> bool {
    run(data, &["audit", "verify"]).status.success()
}

#[test]
fn a_new_key_is_put_before_the_old_and_everything_is_sealed_under_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    connect(&data);
    let [old] = keys(&data).try_into().unwrap();
    let said = printed(&data, &["secrets", "rotate"]);
    assert_eq!(said, "Secrets sealed under the new key: 2");
    let [new, kept] = keys(&data).try_into().unwrap();
    assert_eq!((new.len(), &kept), (64, &old));
    assert_ne!(new, old);
    assert!(is_open(&data) && is_whole(&data));
    std::fs::write(key_file(&data), &new).unwrap();
    assert!(is_open(&data), "what is sealed needs the new key alone");
    assert!(!is_whole(&data), "the audit log needs the oldest");
    std::fs::write(key_file(&data), &old).unwrap();
    assert!(!is_open(&data), "the old key opens nothing any more");
}

#[test]
fn a_rotation_that_was_cut_off_is_finished_and_no_key_is_made_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    connect(&data);
    let [old] = keys(&data).try_into().unwrap();
    // As far as it comes when the power fails between its two steps.
    let new = "ab".repeat(32);
    std::fs::write(key_file(&data), format!("{new}\n{old}\n")).unwrap();
    assert!(is_open(&data) && is_whole(&data));
    printed(&data, &["secrets", "rotate"]);
    assert_eq!(keys(&data), [new.clone(), old.clone()]);
    std::fs::write(key_file(&data), &new).unwrap();
    assert!(is_open(&data));
    std::fs::write(key_file(&data), format!("{new}\n{old}\n")).unwrap();
    printed(&data, &["secrets", "rotate"]);
    assert_eq!(keys(&data)[1..], [new, old]);
    assert!(is_whole(&data));
}

#[test]
fn a_key_from_outside_is_taken_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    connect(&data);
    let [old] = keys(&data).try_into().unwrap();
    let file = folder.path().join("new.key");
    let rotate = ["secrets", "rotate", "--new-key-file", "new.key"];
    for odd in ["", "short", &format!("{old}\n{old}"), &"x".repeat(64)] {
        std::fs::write(&file, odd).unwrap();
        let output = run(&data, &rotate);
        assert_eq!(output.status.code(), Some(1), "{odd}");
        assert_eq!(keys(&data), std::slice::from_ref(&old), "{odd}");
    }
    let new = "cd".repeat(32);
    std::fs::write(&file, &new).unwrap();
    for renewed in ["2", "0"] {
        let said = printed(&data, &rotate);
        assert_eq!(said, format!("Secrets sealed under the new key: {renewed}"));
        assert_eq!(keys(&data), [new.clone(), old.clone()]);
    }
    std::fs::write(&file, &old).unwrap();
    let output = run(&data, &rotate);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("one of the older ones"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_takes_webhooks_on_while_the_key_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let secret = connect(&data);
    let server = Server::start(&data, "web").await;
    let send = async |id: &str| {
        let now = SystemClock.now();
        let url = format!("{}/webhooks/shop", server.url);
        let mut request = reqwest::Client::new().post(url);
        for (name, value) in custom::sign(&secret, id, now, b"{}").unwrap() {
            request = request.header(name, value);
        }
        let request = request.header("content-type", "application/json");
        request.body("{}").send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("msg_1").await, 204);
    printed(&data, &["secrets", "rotate"]);
    assert_eq!(send("msg_2").await, 204);
    assert!(is_whole(&data));
}
