//! The audit log on the command line.

use std::path::Path;

use serde_json::json;

use crate::process::{Server, printed, run};

/// What a command that must fail with status 1 said.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_head_that_was_noted_proves_the_log_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(printed(&data, &["audit", "verify"]), "0:");
    printed(&data, &["store", "add", "shop"]);
    let head = printed(&data, &["audit", "verify"]);
    let (seq, hash) = head.split_once(':').unwrap();
    assert_eq!(
        (seq, hash.len()),
        ("2", 64),
        "the store and its hand-off key"
    );
    printed(&data, &["admin", "token", "laptop"]);
    assert!(printed(&data, &["audit", "verify", "--head", &head]).starts_with("3:"));
    let later = format!("4:{hash}");
    let said = refused(&data, &["audit", "verify", "--head", &later]);
    assert!(
        said.contains("ends with entry 3, but it went on to entry 4"),
        "{said}"
    );
    let said = refused(
        &data,
        &[
            "audit",
            "verify",
            "--head",
            &format!("1:{}", "0".repeat(64)),
        ],
    );
    assert!(said.contains("entry 1 is not the one"), "{said}");
    // With another key the whole log is somebody else's.
    std::fs::write(data.join("keys/sealing.key"), "ab".repeat(32)).unwrap();
    let said = refused(&data, &["audit", "verify"]);
    assert!(said.contains("entry 1 is not as it was written"), "{said}");
}

#[test]
fn entries_are_listed_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    printed(&data, &["store", "add", "shop"]);
    printed(&data, &["admin", "token", "laptop"]);
    let tokens = printed(&data, &["admin", "tokens"]);
    let token = tokens.split_whitespace().next().unwrap();
    printed(&data, &["admin", "revoke-token", token]);
    assert!(printed(&data, &["admin", "tokens"]).contains("  laptop  revoked 2"));
    assert!(
        refused(&data, &["admin", "revoke-token", token]).contains("no token of that id works")
    );
    let listed = printed(&data, &["audit", "list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0].starts_with("4  2")
            && lines[0].ends_with(&format!("command line  token.revoked  {token}"))
    );
    assert!(lines[2].contains("store.hand_off_changed  sto_"));
    assert!(lines[3].contains("store.added  sto_") && lines[3].contains("\"name\":\"shop\""));
    let filtered = printed(
        &data,
        &["audit", "list", "--subject", token, "--limit", "1"],
    );
    assert_eq!(filtered, lines[0]);
    for command in ["list", "export"] {
        let (from, until) = ("2027-01-02T00:00:00Z", "2027-01-01T00:00:00Z");
        let backwards = ["audit", command, "--from", from, "--until", until];
        assert!(refused(&data, &backwards).contains("--until is not after --from"));
    }
    let csv = printed(&data, &["audit", "export", "--action", "token"]);
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.starts_with("seq,at,actor,"));
}

#[tokio::test]
async fn the_log_knows_from_where_a_request_came() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let course = folder.path().join("Watercolour/1 Welcome");
    std::fs::create_dir_all(&course).unwrap();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, course.join("Hello.mp4")).unwrap();
    let imported = printed(&data, &["course", "import", "Watercolour"]);
    let content = imported.split_whitespace().next().unwrap();
    let token = printed(&data, &["admin", "token", "laptop"]);
    let server = Server::start(&data, "web").await;
    let granted = reqwest::Client::new()
        .post(format!("{}/api/admin/access", server.url))
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body(json!({ "customer": { "email": "ada@example.com" }, "content": content }).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(granted.status(), 201);
    let listed = printed(&data, &["audit", "list", "--action", "grant"]);
    assert!(
        listed.contains("  grant.created  acc_") && listed.contains("  from 127.0.0.1  "),
        "{listed}"
    );
    assert!(!listed.contains("ada@"));
}
