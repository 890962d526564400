//! What the connectors promise, tried from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod body;
mod documentation;
mod medusa;
mod mistakes;
mod oracle;
mod peer;
mod properties;
mod server;
mod shop;
mod shopify;
mod signature;
mod stripe;
mod woocommerce;
