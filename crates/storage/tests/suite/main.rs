//! One suite for both engines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod access;
mod audit;
mod catalogue;
mod group;
mod hand_offs;
mod limits;
mod orders;
mod people;
mod plans;
mod playing;
mod privacy;
mod schema;
mod seed;
mod sessions;
mod shelves;
mod sign_ins;
mod viewers;
mod work;
