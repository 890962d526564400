use std::fs;
use std::io::ErrorKind;

use futures_util::{StreamExt, TryStreamExt};
use objects::{CHUNK_BYTES, Metadata};
use tokio::io::AsyncReadExt;

use crate::{Store, key, video};

#[tokio::test]
async fn an_absent_object_is_none() {
    let store = Store::new();
    store.put("a/b/c", b"1").await;
    for absent in ["x", "a", "a/b", "a/b/c/d", "a/b/c/body", "a/b/body"] {
        assert!(
            store.folder.head(&key(absent)).await.unwrap().is_none(),
            "{absent}"
        );
        assert!(
            store
                .folder
                .read(&key(absent), 0..0)
                .await
                .unwrap()
                .is_none(),
            "{absent}"
        );
    }
}

#[tokio::test]
async fn head_tells_what_was_stored() {
    let store = Store::new();
    let metadata = Metadata {
        content_type: "application/pdf".to_owned(),
        download_name: Some("Pälette.pdf".to_owned()),
    };
    let stored = store
        .folder
        .put(&key("f/1"), metadata, &b"abc"[..])
        .await
        .unwrap();
    assert_eq!(stored.size, 3);
    assert_eq!(
        hex::encode(stored.sha256),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );

    let info = store.folder.head(&key("f/1")).await.unwrap().unwrap();
    assert_eq!(info.size, 3);
    assert_eq!(info.content_type, "application/pdf");
    assert_eq!(info.download_name.as_deref(), Some("Pälette.pdf"));
    assert_eq!(info.etag, format!("\"{}\"", hex::encode(stored.sha256)));
    let written = fs::metadata(store.root().join("data/f/1@/body"))
        .unwrap()
        .modified()
        .unwrap();
    let written = written
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(info.modified, written);
}

#[tokio::test]
async fn a_range_gives_exactly_its_bytes() {
    let store = Store::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(3 * CHUNK_BYTES + 7).collect();
    store.put("a", &bytes).await;
    let size = bytes.len();
    let ranges = [
        0..0,
        0..1,
        0..size,
        size - 1..size,
        size..size,
        CHUNK_BYTES - 1..CHUNK_BYTES + 1,
        5..2 * CHUNK_BYTES + 5,
    ];
    for range in ranges {
        let wanted = range.start as u64..range.end as u64;
        let body = store.folder.read(&key("a"), wanted).await.unwrap().unwrap();
        assert_eq!(body.length(), range.len() as u64);
        let chunks: Vec<_> = body.try_collect().await.unwrap();
        assert_eq!(chunks.concat(), bytes[range]);
    }
}

#[tokio::test]
async fn a_range_outside_the_object_is_an_error_and_not_a_short_answer() {
    let store = Store::new();
    store.put("a", b"12345").await;
    let backwards = std::ops::Range { start: 3, end: 2 };
    for range in [0..6, 6..6, backwards, 0..u64::MAX] {
        let error = store.folder.read(&key("a"), range).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn a_large_object_is_held_one_chunk_at_a_time() {
    const SIZE: u64 = 64 * 1024 * 1024;
    let store = Store::new();
    let content = tokio::io::repeat(7).take(SIZE);
    store.folder.put(&key("a"), video(), content).await.unwrap();

    let mut body = store
        .folder
        .read(&key("a"), 0..SIZE)
        .await
        .unwrap()
        .unwrap();
    let (mut total, mut largest) = (0, 0);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.unwrap();
        total += chunk.len();
        largest = largest.max(chunk.len());
    }
    assert_eq!(total as u64, SIZE);
    assert_eq!(largest, CHUNK_BYTES);
}

#[tokio::test]
async fn a_file_that_shrinks_breaks_the_stream_instead_of_ending_it() {
    let store = Store::new();
    store.put("a", &vec![1; 2 * CHUNK_BYTES]).await;
    let mut body = store
        .folder
        .read(&key("a"), 0..2 * CHUNK_BYTES as u64)
        .await
        .unwrap()
        .unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(store.root().join("data/a@/body"))
        .unwrap();
    file.set_len(CHUNK_BYTES as u64 + 1).unwrap();

    assert_eq!(body.next().await.unwrap().unwrap().len(), CHUNK_BYTES);
    assert_eq!(
        body.next().await.unwrap().unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
    assert_eq!(
        store.folder.head(&key("a")).await.unwrap_err().kind(),
        ErrorKind::InvalidData,
        "and the next reader is told at once"
    );
}

#[tokio::test]
async fn an_object_deleted_while_it_is_read_is_read_to_its_end() {
    let store = Store::new();
    store.put("a", b"still here").await;
    let body = store.folder.read(&key("a"), 0..10).await.unwrap().unwrap();
    assert!(store.folder.delete(&key("a")).await.unwrap());
    assert!(store.get("a").await.is_none());
    let chunks: Vec<_> = body.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"still here");
}
