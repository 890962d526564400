//! The use cases on both engines, over real webhooks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod administration;
mod audit;
mod bulk;
mod catalogue;
mod contents;
mod deletion;
mod embed;
mod gaps;
mod hand_offs;
mod import;
mod inbox;
mod lessons;
mod looking_up;
mod mails;
mod mapping;
mod merging;
mod orders;
mod peers;
mod people;
mod playing;
mod privacy;
mod privacy_requests;
mod proofs;
mod purchases;
mod races;
mod recomputing;
mod refunds;
mod secrets;
mod seen;
mod sessions;
mod settings;
mod sign_ins;
mod sku_rules;
mod suggestions;
mod syncing;
mod told;
mod uploads;
mod why;
