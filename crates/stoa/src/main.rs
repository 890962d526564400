//! The `stoa` binary: configuration, wiring, command line. What it does is written in `app`; how it speaks HTTP, in `api`
//! and `edge`.
//!
//! - [`cli`]: the commands and their arguments; [`commands`] does them.
//! - [`config`]: defaults, then `stoa.toml`, then `STOA_…`, then flags.
//! - [`keys`]: the keys that a first start makes; [`wiring`]: the parts, put together; [`serve`]: the roles, running.
//! - [`demo`]: a shop to try everything with, in one process.

mod cli;
mod commands;
mod config;
mod connection_code;
mod demo;
mod keys;
mod logging;
mod progress;
mod serve;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes, on one line; none of them holds a secret or an address.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
