use std::path::{Component, Path};

use objects::{InvalidKey, ObjectKey};
use proptest::prelude::*;

#[test]
fn ordinary_keys_are_accepted_as_they_are() {
    let longest_segment = "a".repeat(200);
    let longest_key = format!(
        "{}/{}/{}",
        "a".repeat(200),
        "b".repeat(200),
        "c".repeat(110)
    );
    assert_eq!(longest_key.len(), 512);
    for text in [
        "a",
        "v/crs_1/vid_2-v3/video.mp4",
        "0/-_/a..b",
        &longest_segment,
        &longest_key,
    ] {
        let key: ObjectKey = text.parse().unwrap();
        assert_eq!(key.as_str(), text);
        assert_eq!(key.to_string(), text);
        assert_eq!(ObjectKey::try_from(text.to_owned()), Ok(key));
    }
}

#[test]
fn anything_that_could_mean_something_else_is_refused() {
    let long_segment = "a".repeat(201);
    let long_key = vec!["a".repeat(170); 4].join("/");
    let refused = [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "a/../b",
        "a/./b",
        "./a",
        ".a",
        "a/.git/config",
        "A",
        "a b",
        "a\\b",
        "a\0b",
        "a%2fb",
        "a%2e",
        "a?b",
        "a#b",
        "a*b",
        "a@b",
        "a:b",
        "ä",
        "a\n",
        "a\u{2215}b",
        "c:/x",
        "~",
        "~root",
        &long_segment,
        &long_key,
    ];
    for text in refused {
        assert_eq!(ObjectKey::new(text), Err(InvalidKey), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_key_is_a_plain_relative_path(text in r"[a-z./_@A%\\-]{0,24}|.{0,24}") {
        if let Ok(key) = ObjectKey::new(text) {
            let parts: Vec<_> = Path::new(key.as_str()).components().collect();
            prop_assert!(parts.iter().all(|part| matches!(part, Component::Normal(_))));
            let joined: Vec<_> =
                parts.iter().map(|part| part.as_os_str().to_str().unwrap()).collect();
            prop_assert_eq!(joined.join("/"), key.as_str());
        }
    }
}
