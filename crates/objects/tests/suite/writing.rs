use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;

use objects::{CHUNK_BYTES, Folder, PutError};
use tokio::io::AsyncReadExt;

use crate::{Store, files_below, key, video};

#[tokio::test]
async fn what_is_put_is_there_after_opening_the_folder_again() {
    let store = Store::new();
    store.put("v/1.mp4", b"film").await;
    store.put("v/empty", b"").await;
    let again = Folder::open(store.root()).unwrap();
    let info = again.head(&key("v/1.mp4")).await.unwrap().unwrap();
    assert_eq!((info.size, info.content_type.as_str()), (4, "video/mp4"));
    assert_eq!(store.get("v/empty").await.unwrap(), b"");
}

#[tokio::test]
async fn an_existing_object_is_never_overwritten() {
    let store = Store::new();
    store.put("a", b"first").await;
    let second = store.folder.put(&key("a"), video(), &b"second"[..]).await;
    assert!(matches!(second, Err(PutError::AlreadyExists)));
    assert_eq!(store.get("a").await.unwrap(), b"first");
    assert_eq!(store.drafts(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_of_one_key_exactly_one_wins_and_is_whole() {
    let store = Store::new();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16_u8 {
        let folder = store.folder.clone();
        writers.spawn(async move {
            let content = vec![writer; CHUNK_BYTES + 1];
            folder.put(&key("deep/er/a"), video(), &content[..]).await
        });
    }
    let results = writers.join_all().await;
    let winners: Vec<_> = results
        .iter()
        .filter_map(|result| result.as_ref().ok())
        .collect();
    assert_eq!(winners.len(), 1);
    let lost = |result: &&Result<_, _>| matches!(result, Err(PutError::AlreadyExists));
    assert_eq!(results.iter().filter(lost).count(), 15);

    let content = store.get("deep/er/a").await.unwrap();
    assert_eq!(content, vec![content[0]; CHUNK_BYTES + 1]);
    let info = store.folder.head(&key("deep/er/a")).await.unwrap().unwrap();
    assert_eq!(info.etag, format!("\"{}\"", hex::encode(winners[0].sha256)));
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn an_object_and_a_folder_may_have_one_name() {
    let store = Store::new();
    store.put("a", b"1").await;
    store.put("a/b", b"2").await;
    store.put("a/b/record", b"3").await;
    store.put("a/body", b"4").await;
    assert_eq!(store.get("a").await.unwrap(), b"1");
    assert_eq!(store.get("a/b").await.unwrap(), b"2");
    assert_eq!(store.get("a/b/record").await.unwrap(), b"3");
    assert_eq!(store.get("a/body").await.unwrap(), b"4");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_behind() {
    let store = Store::new();
    let breaks = broken_after_two_chunks();
    let result = store.folder.put(&key("a/b"), video(), breaks).await;
    assert!(matches!(result, Err(PutError::Source(_))), "{result:?}");
    assert!(store.get("a/b").await.is_none());
    assert_eq!(files_below(&store.root()), ["lock"]);
    assert_eq!(store.drafts(), 0);
}

/// Gives a few chunks, then an error.
fn broken_after_two_chunks() -> impl tokio::io::AsyncRead + Unpin {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }
    tokio::io::repeat(1)
        .take(2 * CHUNK_BYTES as u64 + 1)
        .chain(Broken)
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing_behind() {
    let store = Store::new();
    let (mut sender, receiver) = tokio::io::duplex(CHUNK_BYTES);
    let folder = store.folder.clone();
    let upload = tokio::spawn(async move { folder.put(&key("a"), video(), receiver).await });
    let chunk = vec![1; CHUNK_BYTES];
    // The pipe holds one chunk, so after the third the first is in the draft.
    for _ in 0..3 {
        tokio::io::AsyncWriteExt::write_all(&mut sender, &chunk)
            .await
            .unwrap();
    }
    assert_eq!(store.drafts(), 1);
    upload.abort();
    assert!(upload.await.unwrap_err().is_cancelled());
    // A chunk that is being written holds the draft until it is done.
    while store.drafts() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(store.get("a").await.is_none());
}

#[tokio::test]
async fn leftovers_of_a_crash_are_removed_at_the_next_start_but_never_under_a_neighbour() {
    let store = Store::new();
    let leftover = store.root().join("drafts/crashed");
    fs::create_dir(&leftover).unwrap();
    fs::write(leftover.join("body"), b"half").unwrap();

    let neighbour = Folder::open(store.root()).unwrap();
    assert!(leftover.exists(), "the first one could be writing it");

    let root = store.root();
    drop(neighbour);
    drop(store.folder);
    let _alone = Folder::open(root).unwrap();
    assert!(!leftover.exists());
}

#[tokio::test]
async fn a_deleted_object_is_gone_and_its_key_is_free() {
    let store = Store::new();
    store.put("a/b", b"1").await;
    assert!(store.folder.delete(&key("a/b")).await.unwrap());
    assert!(!store.folder.delete(&key("a/b")).await.unwrap());
    assert!(store.get("a/b").await.is_none());
    assert_eq!(files_below(&store.root()), ["lock"]);
    store.put("a/b", b"2").await;
    assert_eq!(store.get("a/b").await.unwrap(), b"2");
}

#[tokio::test]
async fn only_the_owner_may_look() {
    let store = Store::new();
    store.put("v/1", b"film").await;
    let mode = |path: &str| {
        let metadata = fs::metadata(store.root().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    for folder in ["", "data", "drafts", "data/v", "data/v/1@"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for file in ["lock", "data/v/1@/body", "data/v/1@/record"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_local_file_is_stored_with_progress() {
    let store = Store::new();
    let path = store.place.path().join("film");
    fs::write(&path, vec![9; 2 * CHUNK_BYTES + 1]).unwrap();
    let mut seen = Vec::new();
    let stored = store
        .folder
        .put_file(&key("a"), video(), &path, |written| seen.push(written))
        .await
        .unwrap();
    let chunk = CHUNK_BYTES as u64;
    assert_eq!(seen, [chunk, 2 * chunk, 2 * chunk + 1]);
    assert_eq!(stored.size, 2 * chunk + 1);

    let absent = path.with_extension("no");
    let missing = store
        .folder
        .put_file(&key("b"), video(), &absent, |_| ())
        .await;
    assert!(matches!(missing, Err(PutError::Source(_))));
}

#[tokio::test]
async fn what_was_received_can_be_looked_into_and_is_no_object_until_it_is_published() {
    let store = Store::new();
    let mut seen = Vec::new();
    let progress = |so_far| seen.push(so_far);
    let received = store.folder.receive(&b"film"[..], 4, progress).await;
    let received = received.unwrap();
    assert_eq!(fs::read(received.path()).unwrap(), b"film");
    assert_eq!((received.size(), seen), (4, vec![4]));
    assert_eq!(files_below(&store.root().join("data")), [""; 0]);
    let stored = received.publish(&key("v/1"), video()).await.unwrap();
    assert_eq!(stored.size, 4);
    assert_eq!(store.get("v/1").await.unwrap(), b"film");
    assert_eq!(store.drafts(), 0);

    let refused = store.folder.receive(&b"notes"[..], 5, |_| ()).await;
    assert_eq!(store.drafts(), 1);
    drop(refused);
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn a_body_that_is_too_long_leaves_nothing_behind() {
    let store = Store::new();
    let longest = CHUNK_BYTES as u64 + 1;
    for (length, fits) in [(longest, true), (longest + 1, false)] {
        let body = tokio::io::repeat(1).take(length);
        let received = store.folder.receive(body, longest, |_| ()).await;
        assert_eq!(received.is_ok(), fits, "{length}");
        assert_eq!(matches!(received, Err(PutError::TooLarge)), !fits);
        drop(received);
        assert_eq!(store.drafts(), 0);
    }
}
