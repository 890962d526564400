//! The crate over real film and the real ffmpeg.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod probing;
mod rendering;

use std::path::{Path, PathBuf};

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/media/big-buck-bunny-720p-5s.mp4")
}
