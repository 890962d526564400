use std::fs;

use http::{StatusCode, Uri};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::Cdn;

/// Paths that try to leave the store, to reach its own files, or to spell a key otherwise.
const ESCAPES: &[&str] = &[
    "/secret/v",
    "/v/../secret",
    "/v/../../secret",
    "/v/../../../../../../etc/passwd",
    "/v/./1.mp4",
    "/v/%2e%2e/secret",
    "/v/%2E%2E/%2E%2E/secret",
    "/v/.%2e/secret",
    "/v/..%2fsecret",
    "/v/..%2f..%2fsecret",
    "/v%2f1.mp4",
    "/v%2F1.mp4",
    "/v/%252e%252e/secret",
    "/v/..%252fsecret",
    "/v/..%c0%afsecret",
    "/v/%c0%ae%c0%ae/secret",
    "/v/%e0%80%ae%e0%80%ae/secret",
    "/v/..%5csecret",
    "/v/..\\secret",
    "/v\\1.mp4",
    "/v/1.mp4%00",
    "/v/1.mp4\0",
    "/v/1.mp4%00.txt",
    "/v/1.mp4/",
    "/v/1.mp4/.",
    "/v/1.mp4/..",
    "/v/1.mp4%20",
    "/v/1.mp4;a",
    "/v/1.mp4%3fa",
    "/v/%31.mp4",
    "//v/1.mp4",
    "/v//1.mp4",
    "//etc/passwd",
    "///etc/passwd",
    "/v/V/1.mp4",
    "/V/1.mp4",
    "/v/~root/x",
    "/v/file:///etc/passwd",
    "/v/1.mp4@/body",
    "/v/1.mp4@/record",
    "/v/1.mp4%40/body",
    "/v/.hidden",
    "/v/.git/config",
    "/v/con:",
    "/v/*",
    "/v/1.mp?",
    "/v/ä",
];

/// A store with a secret beside it and a query whose signature covers every path.
async fn store_with_secret() -> (Cdn, String) {
    let cdn = Cdn::with_video(b"film").await;
    fs::write(cdn.place.path().join("secret"), b"SECRET").unwrap();
    fs::write(cdn.place.path().join("objects/secret"), b"SECRET").unwrap();
    fs::write(cdn.place.path().join("objects/data/secret"), b"SECRET").unwrap();
    let query = cdn.sign_below("/*", "/v/1.mp4");
    (cdn, query)
}

#[tokio::test]
async fn no_spelling_of_a_path_leaves_the_store_or_names_an_object_twice() {
    let (cdn, query) = store_with_secret().await;
    let plain = cdn.get(&format!("/v/1.mp4?{query}"), &[]).await;
    assert_eq!((plain.status, plain.text()), (StatusCode::OK, "film"));

    for path in ESCAPES {
        for target in [format!("{path}?{query}"), (*path).to_owned()] {
            // What is no URI at all never reaches a router; `socket` sends it all the same.
            let Ok(uri) = target.parse::<Uri>() else {
                continue;
            };
            let answer = cdn.get(&uri.to_string(), &[]).await;
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
            assert!(
                refused.contains(&answer.status),
                "{path}: {}",
                answer.status
            );
            assert!(answer.text().starts_with("<?xml"), "{path}");
            assert!(!answer.text().contains("SECRET"), "{path}");
        }
    }
}

#[test]
fn no_path_at_all_gives_anything_but_its_own_object() {
    let paths = r"(/|v|1\.mp4|secret|\.|\.\.|%2e|%2f|%5c|%00|@|body|record|[a-z%]){0,9}";
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (cdn, query) = runtime.block_on(store_with_secret());
    let tried = TestRunner::default().run(&paths, |path| {
        let target = format!("/{path}?{query}");
        let answer = runtime.block_on(cdn.get(&target, &[]));
        if path == "v/1.mp4" {
            prop_assert_eq!(answer.text(), "film");
        } else {
            prop_assert!(answer.status.is_client_error());
            prop_assert!(!answer.text().contains("SECRET"));
        }
        Ok(())
    });
    assert_eq!(tried, Ok(()));
}
