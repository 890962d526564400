//! One test shop for everybody: real databases, real webhooks, the router in process. A dev-dependency only.
//!
//! - [`database`]: a fresh SQLite file or PostgreSQL database; [`both_engines!`] runs a test on each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up should stop with a message"
)]

pub mod database;

pub use database::TestDatabase;
