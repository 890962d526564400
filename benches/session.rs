//! Measures the check of a session, as every request of a customer makes it, against one bare indexed read of the same
//! engine through the same connection: the customer of an address. On SQLite, and on PostgreSQL when `STOA_TEST_POSTGRES`
//! names a cluster.
//!
//! `scripts/with-postgres cargo run --release -p benches --bin session`

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use domain::device::DeviceLabel;
use domain::{CustomerId, DeviceId, EmailAddress, SessionId, Timestamp};
use storage::sessions::{NewSession, TokenHash};
use storage::{Db, Reader, customers, devices, sessions};
use testkit::TestDatabase;

const CUSTOMERS: u128 = 10_000;
const READS: u128 = 5_000;
const ROUNDS: usize = 9;
const TARGET: f64 = 2.0;
const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!("{CUSTOMERS} sessions, {READS} reads a round");
    println!(
        "{:>10} {:>10} {:>10} {:>6}",
        "engine", "session", "bare", "ratio"
    );
    measure("sqlite", &TestDatabase::sqlite().await.db).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the cluster is named by whoever measures"
    )]
    let has_cluster = std::env::var_os("STOA_TEST_POSTGRES").is_some();
    if has_cluster {
        measure("postgres", &TestDatabase::postgres().await.db).await?;
    }
    Ok(())
}

async fn measure(engine: &str, db: &Db) -> anyhow::Result<()> {
    seed(db).await?;
    let mut reader = db.reader().await?;
    // Each once beforehand, so that both statements are prepared and the pages are in memory.
    check(&mut reader).await?;
    bare(&mut reader).await?;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, floor) = (check(&mut reader).await?, bare(&mut reader).await?);
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        println!(
            "{engine:>10} {:>10.1?} {:>10.1?} {ratio:>6.2}",
            each(ours),
            each(floor)
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ROUNDS / 2).copied().context("no round")?;
    println!("{engine}: median ratio {median:.2} (target {TARGET})");
    ensure!(median <= TARGET, "above the target");
    Ok(())
}

fn each(all: Duration) -> Duration {
    all / u32::try_from(READS).unwrap_or(u32::MAX)
}

/// Spreads the numbers, so that neighbours are not read one after the other.
fn scattered(number: u128) -> u128 {
    number * 7_919 % CUSTOMERS
}

async fn check(reader: &mut Reader) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    for number in 0..READS {
        let found = sessions::find(reader, &token(scattered(number)), NOW).await?;
        ensure!(found.is_some(), "a session is missing");
    }
    Ok(begun.elapsed())
}

async fn bare(reader: &mut Reader) -> anyhow::Result<Duration> {
    let emails: Vec<EmailAddress> = (0..READS)
        .map(|number| email(scattered(number)))
        .collect::<anyhow::Result<_>>()?;
    let begun = Instant::now();
    for email in &emails {
        let found = customers::find_by_email(reader, email).await?;
        ensure!(found.is_some(), "a customer is missing");
    }
    Ok(begun.elapsed())
}

fn email(number: u128) -> anyhow::Result<EmailAddress> {
    Ok(format!("customer{number}@example.com").parse()?)
}

fn token(number: u128) -> TokenHash {
    app::random::hash_token(&number.to_string())
}

async fn seed(db: &Db) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for number in 0..CUSTOMERS {
        let customer = CustomerId::from_parts(NOW, number);
        let device = DeviceId::from_parts(NOW, number);
        let token = token(number);
        customers::insert(&mut tx, customer, Some(&email(number)?), NOW).await?;
        devices::insert(&mut tx, device, &token, DeviceLabel::default(), NOW).await?;
        let session = NewSession {
            id: SessionId::from_parts(NOW, number),
            token: &token,
            customer,
            device,
            embed: None,
            created_at: NOW,
            idle_at: NOW.plus_days(14),
            expires_at: NOW.plus_days(30),
        };
        sessions::insert(&mut tx, session).await?;
    }
    Ok(tx.commit().await?)
}
