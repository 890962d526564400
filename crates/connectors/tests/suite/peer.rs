//! The official npm library, asked in one process for many answers.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

pub(crate) fn folder() -> &'static Path {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer"));
    assert!(
        folder.join("node_modules/standardwebhooks").is_dir(),
        "the peer library is missing: run `npm ci` in crates/connectors/tests/peer"
    );
    folder
}

pub(crate) fn ask(questions: Vec<Value>) -> Vec<Value> {
    let output = run(
        Command::new("node").arg("peer.mjs").current_dir(folder()),
        &Value::from(questions).to_string(),
    );
    serde_json::from_str(&output).unwrap()
}

/// Runs a program to its end and returns what it printed; its failure is the test's.
pub(crate) fn run(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} failed");
    String::from_utf8(output.stdout).unwrap()
}
