//! The router in process, over a real shop on both engines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod access;
mod admin;
mod administrators;
mod app_proxy;
mod audit;
mod bad_input;
mod catalogue;
mod contents;
mod cross_site;
mod customer;
mod deliveries;
mod described;
mod embed;
mod hand_off;
mod headers;
mod limits;
mod mapping;
mod matrix;
mod ownership;
mod playing;
mod privacy;
mod progress;
mod server_owned;
mod sessions;
mod sign_in;
mod site;
mod stores;
mod telling;
mod tending;
mod tokens;
mod uploads;
mod webhooks;
