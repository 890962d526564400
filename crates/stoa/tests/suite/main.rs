//! The binary as its users meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod audit;
mod canaries;
mod command_line;
mod customers;
mod deliveries;
mod demo;
mod mapping;
mod process;
mod secrets;
mod serving;
mod stores;
mod telling;
