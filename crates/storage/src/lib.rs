//! What Stoa keeps: one schema and one SQL text for SQLite and PostgreSQL.
//!
//! - [`db`]: the two engines behind one [`Db`]; in [`connection`] a [`Reader`] for reading and a [`Tx`] for writing; [`group`]
//!   commit for the hot writes.
//! - One module for each family of tables, its statements beside its functions. Statements are constants in
//!   [`STATEMENTS`]; a test prepares each on both engines, and one suite runs every function on both.
//! - Functions that only read take any [`Access`]; functions that write take a [`Tx`], so nothing is written outside a
//!   transaction. Verbs: `find` (may be absent), `list`, `insert`, `update`, `delete`, `lock` (load for writing).
//!
//! No business rules live here: what to write is decided in `domain` and `app`.

pub mod access;
pub mod admin_sessions;
pub mod admins;
pub mod api_tokens;
pub mod audit;
mod bell;
pub mod blocks;
pub mod bundles;
pub mod catalogue;
mod column;
pub mod connection;
pub mod contents;
pub mod courses;
pub mod customers;
pub mod db;
pub mod deliveries;
pub mod devices;
pub mod effects;
mod error;
pub mod extensions;
pub mod files;
pub mod gaps;
pub mod grants;
pub mod group;
pub mod hand_off_keys;
pub mod inbox;
pub mod jobs;
pub mod known_browsers;
pub mod losing;
pub mod mails;
pub mod merges;
pub mod modules;
pub mod orders;
pub mod overview;
pub mod playing;
pub mod privacy;
pub mod products;
pub mod progress;
pub mod rate_limits;
pub mod replay;
pub mod sealed;
pub mod sessions;
pub mod shelved_videos;
pub mod sign_ins;
pub mod sku_rules;
pub mod standing;
pub mod statement;
pub mod store_items;
pub mod store_origins;
pub mod stores;
pub mod syncs;
pub mod used_hand_offs;
pub mod videos;
pub mod why;
pub mod work;

pub use connection::{Access, Reader, Tx};
pub use db::Db;
pub use error::StorageError;

/// All statements, by module.
pub const STATEMENTS: &[&[statement::Statement]] = &[
    access::STATEMENTS,
    admin_sessions::STATEMENTS,
    admins::STATEMENTS,
    api_tokens::STATEMENTS,
    audit::STATEMENTS,
    blocks::STATEMENTS,
    bundles::STATEMENTS,
    catalogue::STATEMENTS,
    courses::STATEMENTS,
    customers::STATEMENTS,
    connection::STATEMENTS,
    contents::STATEMENTS,
    db::STATEMENTS,
    deliveries::STATEMENTS,
    devices::STATEMENTS,
    effects::STATEMENTS,
    extensions::STATEMENTS,
    files::STATEMENTS,
    gaps::STATEMENTS,
    grants::STATEMENTS,
    grants::BY_HAND,
    grants::LISTING,
    hand_off_keys::STATEMENTS,
    inbox::STATEMENTS,
    jobs::STATEMENTS,
    known_browsers::STATEMENTS,
    losing::STATEMENTS,
    mails::STATEMENTS,
    merges::STATEMENTS,
    modules::STATEMENTS,
    orders::STATEMENTS,
    orders::ADDRESSES,
    orders::AFFECTED,
    orders::BATCH,
    orders::LISTING,
    overview::STATEMENTS,
    overview::LISTS,
    playing::STATEMENTS,
    privacy::erasing::STATEMENTS,
    privacy::export::STATEMENTS,
    privacy::marks::STATEMENTS,
    privacy::requests::STATEMENTS,
    privacy::retention::STATEMENTS,
    products::STATEMENTS,
    progress::STATEMENTS,
    rate_limits::STATEMENTS,
    replay::STATEMENTS,
    sealed::STATEMENTS,
    sessions::STATEMENTS,
    shelved_videos::STATEMENTS,
    sign_ins::STATEMENTS,
    sku_rules::STATEMENTS,
    standing::STATEMENTS,
    store_items::LISTING,
    store_items::STATEMENTS,
    store_items::WAITING,
    store_origins::STATEMENTS,
    stores::STATEMENTS,
    syncs::STATEMENTS,
    used_hand_offs::STATEMENTS,
    videos::STATEMENTS,
    why::STATEMENTS,
];
