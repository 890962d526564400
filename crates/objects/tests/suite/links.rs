use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use objects::PutError;

use crate::{Store, files_below, key, video};

/// A complete object outside the store, to be pointed at.
async fn outside(store: &Store) -> PathBuf {
    let other = Store::new();
    other.put("secret/file", b"not yours").await;
    let outside = store.place.path().join("outside");
    fs::rename(other.root().join("data"), &outside).unwrap();
    outside
}

#[tokio::test]
async fn a_link_in_place_of_a_folder_is_neither_read_nor_written_nor_emptied() {
    let store = Store::new();
    let outside = outside(&store).await;
    symlink(outside.join("secret"), store.root().join("data/secret")).unwrap();
    let before = files_below(&outside);

    assert!(store.folder.head(&key("secret/file")).await.is_err());
    assert!(store.folder.read(&key("secret/file"), 0..1).await.is_err());
    assert!(store.folder.delete(&key("secret/file")).await.is_err());
    for name in ["secret/new", "secret/deep/new"] {
        let refused = store.folder.put(&key(name), video(), &b"x"[..]).await;
        assert!(matches!(refused, Err(PutError::Store(_))), "{refused:?}");
    }
    assert_eq!(files_below(&outside), before);
    assert!(!outside.join("secret/deep").exists());
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn a_link_in_place_of_an_object_or_of_its_bytes_is_refused() {
    let store = Store::new();
    let outside = outside(&store).await;
    symlink(
        outside.join("secret/file@"),
        store.root().join("data/file@"),
    )
    .unwrap();
    assert!(store.folder.head(&key("file")).await.is_err());
    assert!(
        store
            .folder
            .put(&key("file"), video(), &b"x"[..])
            .await
            .is_err()
    );

    store.put("video", b"mine").await;
    let body = store.root().join("data/video@/body");
    fs::remove_file(&body).unwrap();
    symlink(outside.join("secret/file@/body"), &body).unwrap();
    assert!(store.folder.head(&key("video")).await.is_err());
    assert!(store.folder.read(&key("video"), 0..4).await.is_err());
}

#[tokio::test]
async fn a_store_may_itself_be_reached_through_a_link() {
    let store = Store::new();
    store.put("a", b"1").await;
    let link = store.place.path().join("link");
    symlink(store.root(), &link).unwrap();
    let folder = objects::Folder::open(&link).unwrap();
    assert_eq!(folder.head(&key("a")).await.unwrap().unwrap().size, 1);
}

#[tokio::test]
async fn no_error_names_a_path() {
    let store = Store::new();
    store.put("video", b"mine").await;
    fs::write(store.root().join("data/video@/record"), b"{").unwrap();
    let error = store.folder.head(&key("video")).await.unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(!told.contains("video") && !told.contains('/'), "{told}");
}
