//! What Stoa keeps: one schema and one SQL text for SQLite and PostgreSQL.
//!
//! - [`db`]: the two engines behind one [`Db`]; [`Reader`] for reading, [`Tx`] for writing, group commit for the hot writes.
//! - One module for each family of tables, its statements beside its functions. Statements are constants in
//!   [`statement::ALL`]; a test prepares each on both engines, and one suite runs every function on both.
//! - Functions that only read take any [`Access`]; functions that write take a [`Tx`], so nothing is written outside a
//!   transaction. Verbs: `find` (may be absent), `list`, `insert`, `update`, `delete`, `lock` (load for writing).
//!
//! No business rules live here: what to write is decided in `domain` and `app`.

pub mod access;
pub mod api_tokens;
pub mod bundles;
mod column;
pub mod courses;
pub mod customers;
pub mod db;
mod error;
pub mod files;
pub mod group;
pub mod inbox;
pub mod jobs;
pub mod orders;
pub mod products;
pub mod progress;
pub mod sessions;
pub mod statement;
pub mod store_items;
pub mod stores;
pub mod work;

pub use db::{Access, Db, Reader, Tx};
pub use error::StorageError;
