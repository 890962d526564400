//! Measures how fast webhooks are acknowledged on SQLite, where an acknowledgement means that the delivery is on the disk.
//!
//! 1. 64 senders at once, one sender, and 64 senders to the same server whose `fsync` does nothing: the webhooks a second of
//!    each, beside the `fdatasync` calls a second of the same folder. The target for 64 senders is
//!    min(20 × the fdatasync rate, 0.6 × the server without), and the run fails below it.
//! 2. The time to the acknowledgement while a connected store's API hangs and many questions to it wait: p99 at most 500 ms.
//!
//! `cargo build --release -p stoa && cargo run --release -p benches --bin acks`. Needs `cc`.

mod server;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use app::clock::{Clock, SystemClock};
use connectors::{StoreSecret, custom};
use serde_json::json;
use testkit::time::StandingClock;
use testkit::woocommerce::{self, Mood, WooShop};

use crate::server::Server;

const SENDERS: usize = 64;
const SECONDS: u64 = 8;
const ROUNDS: usize = 3;
/// Webhooks of the shop that hangs, each a question that waits.
const WAITING: u64 = 200;
/// Webhooks a second, and for how long, while it hangs.
const STEADY: u64 = 50;
const STEADY_SECONDS: u64 = 20;
const MOST_P99: Duration = Duration::from_millis(500);

/// Makes every sync return at once.
const NO_SYNC: &str =
    "int fsync(int f) { (void)f; return 0; }\nint fdatasync(int f) { (void)f; return 0; }\n";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    acknowledge().await?;
    while_a_store_hangs().await
}

async fn acknowledge() -> anyhow::Result<()> {
    let syncs = fdatasync_rate(tempfile::tempdir()?.path())?;
    println!("{syncs:.0} fdatasync calls a second; webhooks acknowledged a second:");
    println!(
        "{:>12} {:>12} {:>14}",
        "64 senders", "one sender", "64, no sync"
    );
    let (mut together, mut alone, mut unsafely) = (0.0, 0.0, 0.0_f64);
    for _ in 0..ROUNDS {
        let rates = (
            rate(SENDERS, None).await?,
            rate(1, None).await?,
            rate(SENDERS, Some(NO_SYNC)).await?,
        );
        println!("{:>12.0} {:>12.0} {:>14.0}", rates.0, rates.1, rates.2);
        together = f64::max(together, rates.0);
        alone = f64::max(alone, rates.1);
        unsafely = f64::max(unsafely, rates.2);
    }
    let target = f64::min(20.0 * syncs, 0.6 * unsafely);
    println!(
        "best: {together:.0}, {:.1} times one by one (target {target:.0})",
        together / alone
    );
    ensure!(together >= target, "below the target");
    Ok(())
}

/// Sends for some seconds to a fresh server, and returns the webhooks acknowledged a second.
async fn rate(senders: usize, preload: Option<&str>) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let shim = preload
        .map(|code| compile(folder.path(), code))
        .transpose()?;
    let secret = connect(folder.path(), "shop", &[])?;
    // The web alone: a worker on the same two cores would measure something else.
    let mut settings = vec![("STOA_ROLES", "[\"web\"]".to_owned())];
    settings.extend(shim.map(|shim| ("LD_PRELOAD", shim.display().to_string())));
    let stoa = Server::with(folder.path(), &settings).await?;
    let address = format!("{}/webhooks/shop", stoa.url);
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let number = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..senders)
        .map(|_| {
            let (address, secret, number) = (address.clone(), secret.clone(), Arc::clone(&number));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut sent = 0_usize;
                while Instant::now() < until {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    send(&client, &address, &secret, number).await?;
                    sent += 1;
                }
                anyhow::Ok(sent)
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += task.await??;
    }
    Ok(count(sent) / Duration::from_secs(SECONDS).as_secs_f64())
}

async fn while_a_store_hangs() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let clock = StandingClock::at(SystemClock.now());
    let woo = WooShop::open(&clock).await;
    let webhooks = folder.path().join("woo-secret");
    std::fs::write(&webhooks, woocommerce::webhook_secret().expose())?;
    let key = folder.path().join("woo-key");
    std::fs::write(&key, woocommerce::SECRET)?;
    woo.set_mood(Mood::Hangs);
    let secret = connect(folder.path(), "shop", &[])?;
    let flags = [
        "--kind",
        "woocommerce",
        "--address",
        &woo.address,
        "--api-key",
        woocommerce::KEY,
        "--api-secret-file",
        &key.display().to_string(),
        "--webhook-secret-file",
        &webhooks.display().to_string(),
    ];
    // It says that the shop does not answer; the shop is connected all the same.
    connect(folder.path(), "woo", &flags)?;
    let stoa = Server::with(folder.path(), &[]).await?;
    let client = reqwest::Client::new();
    for number in 1..=WAITING {
        woo.sell(number, "ada@example.com", &["WATER"]);
        let (headers, body) = woo.webhook("order.created", number);
        let address = format!("{}/webhooks/woo", stoa.url);
        let answer = client
            .post(address)
            .headers(headers)
            .body(body)
            .send()
            .await?;
        ensure!(answer.status().is_success(), "woo: {}", answer.status());
    }
    let address = format!("{}/webhooks/shop", stoa.url);
    let mut ticks = tokio::time::interval(Duration::from_millis(1_000 / STEADY));
    let mut tasks = Vec::new();
    for number in 0..STEADY * STEADY_SECONDS {
        ticks.tick().await;
        let (client, address, secret) = (client.clone(), address.clone(), secret.clone());
        tasks.push(tokio::spawn(async move {
            let begun = Instant::now();
            send(&client, &address, &secret, number).await?;
            anyhow::Ok(begun.elapsed())
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.push(task.await??);
    }
    times.sort();
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "while a store hangs and {WAITING} questions to it wait, {STEADY} webhooks a second: p50 {:.1?}, p99 {:.1?} (at most {MOST_P99:?})",
        at(50),
        at(99)
    );
    ensure!(at(99) <= MOST_P99, "too slow");
    Ok(())
}

async fn send(
    client: &reqwest::Client,
    address: &str,
    secret: &StoreSecret,
    number: u64,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let body = serde_json::to_vec(&json!({
        "type": "order.updated",
        "timestamp": now.to_string(),
        "data": {
            "id": number.to_string(), "status": "paid", "paid_at": now.to_string(), "currency": "EUR", "captured": 4_900,
            "customer": { "email": format!("customer{number}@example.com") },
            "lines": [{ "id": "1", "sku": "WATER", "title": "Watercolour", "quantity": 1 }]
        }
    }))?;
    let mut request = client
        .post(address)
        .header("content-type", "application/json");
    for (name, value) in custom::sign(secret, &format!("msg_{number}"), now, &body)? {
        request = request.header(name, value);
    }
    let answer = request.body(body).send().await?;
    ensure!(answer.status().is_success(), "answered {}", answer.status());
    Ok(())
}

/// Connects a store by the command line, and returns the secret of its webhooks.
fn connect(data: &Path, name: &str, flags: &[&str]) -> anyhow::Result<StoreSecret> {
    let secret = custom::new_secret(&[9; 32]);
    let file = data.join("secret");
    std::fs::write(&file, secret.expose())?;
    let mut command = Command::new(server::beside_us("stoa")?);
    command.args(["store", "add", name, "--data"]).arg(data);
    if flags.is_empty() {
        command.arg("--webhook-secret-file").arg(&file);
    }
    let output = command.args(flags).output()?;
    ensure!(output.status.success(), "stoa store add failed");
    Ok(secret)
}

/// Counts the durable writes of a page a second, one after the other.
fn fdatasync_rate(folder: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("page"))?;
    let begun = Instant::now();
    let mut calls = 0_usize;
    while begun.elapsed() < Duration::from_secs(3) {
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        calls += 1;
    }
    Ok(count(calls) / begun.elapsed().as_secs_f64())
}

fn compile(folder: &Path, code: &str) -> anyhow::Result<PathBuf> {
    let (source, library) = (folder.join("no-sync.c"), folder.join("no-sync.so"));
    std::fs::write(&source, code)?;
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .status()
        .context("needs cc")?;
    ensure!(status.success(), "cc failed");
    Ok(library)
}

/// Returns a count as a number to divide.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
