#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]
//! What the crate promises, from outside: published vectors, another signer, and tampering.

mod keys;
mod material;
mod peer;
mod policies;
mod round_trips;
mod strategies;
mod tampering;
mod vectors;
mod verifying;
