//! The store as its callers see it, on a real disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod keys;
mod links;
mod reading;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use objects::{Folder, Metadata, ObjectKey};
use tempfile::TempDir;

/// A store in a folder of its own that goes away with the test.
struct Store {
    place: TempDir,
    folder: Folder,
}

impl Store {
    fn new() -> Self {
        let place = TempDir::new().unwrap();
        let folder = Folder::open(place.path().join("objects")).unwrap();
        Self { place, folder }
    }

    fn root(&self) -> PathBuf {
        self.place.path().join("objects")
    }

    async fn put(&self, name: &str, bytes: &[u8]) {
        self.folder.put(&key(name), video(), bytes).await.unwrap();
    }

    /// The whole object, or `None`.
    async fn get(&self, name: &str) -> Option<Vec<u8>> {
        let size = self.folder.head(&key(name)).await.unwrap()?.size;
        let body = self.folder.read(&key(name), 0..size).await.unwrap()?;
        let chunks: Vec<_> = body.try_collect().await.unwrap();
        Some(chunks.concat())
    }

    fn drafts(&self) -> usize {
        fs::read_dir(self.root().join("drafts")).unwrap().count()
    }
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

fn video() -> Metadata {
    Metadata {
        content_type: "video/mp4".to_owned(),
        download_name: None,
    }
}

/// Every file below `folder`, as sorted relative paths.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                let path = entry.path();
                found.push(
                    path.strip_prefix(folder)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    found.sort();
    found
}
