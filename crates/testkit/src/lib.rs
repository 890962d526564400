//! One test shop for everybody: real databases, real signatures, real webhooks. A dev-dependency only.
//!
//! - [`database`]: a fresh SQLite file or PostgreSQL database; [`both_engines!`] runs a test on each.
//! - [`shop`]: the application on such a database, with a store that signs its webhooks and courses to sell.
//! - [`admins`]: administrators who have set up how they sign in.
//! - [`woocommerce`]: a WooCommerce shop that can be told to misbehave.
//! - [`mail`]: a mail server that keeps what it is sent, and may refuse it.
//! - [`time`] and [`random`]: a clock that stands until it is set, and randomness that repeats.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up should stop with a message"
)]

pub mod admins;
pub mod database;
pub mod mail;
pub mod random;
pub mod shop;
pub mod time;
pub mod woocommerce;

pub use database::TestDatabase;
pub use shop::{BY, TestShop};
