//! Measures how `stoa serve` starts and rests: the time from start to first answer with a database that exists, and the
//! memory (PSS) of the idle process.
//!
//! `cargo build --release -p stoa && cargo run --release -p benches --bin rest`

mod server;

use std::time::Duration;

use anyhow::ensure;

use crate::server::Server;

const ROUNDS: usize = 7;
const MOST_MILLISECONDS: u128 = 300;
const MOST_MEGABYTES: f64 = 40.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // The first start makes keys and database.
    drop(Server::stoa(folder.path()).await?);
    let (mut starts, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = Server::stoa(folder.path()).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        starts.push(server.first_answer.as_millis());
        memory.push(server.memory_megabytes()?);
    }
    starts.sort_unstable();
    memory.sort_by(f64::total_cmp);
    let start = starts.get(ROUNDS / 2).copied().unwrap_or(u128::MAX);
    let rest = memory.get(ROUNDS / 2).copied().unwrap_or(f64::INFINITY);
    println!("start to first answer: {start} ms, median of {ROUNDS} (at most {MOST_MILLISECONDS})");
    println!("memory at rest: {rest:.1} MB, median of {ROUNDS} (at most {MOST_MEGABYTES})");
    ensure!(
        start <= MOST_MILLISECONDS && rest <= MOST_MEGABYTES,
        "over the limit"
    );
    Ok(())
}
