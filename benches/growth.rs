//! Measures what the access check costs in a database of 10,000 customers and a million grants against a nearly empty
//! one: reading all that the decision depends on, and deciding. Both are asked in turn in one run.
//!
//! `scripts/with-postgres cargo run --release -p benches --bin growth`

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use domain::access::{Decision, Standing, decide};
use domain::grant::Term;
use domain::viewer::Viewer;
use domain::{ContentId, CustomerId, GrantId, Timestamp};
use storage::grants::{self, ManualGrant};
use storage::{Db, customers, standing};
use testkit::{TestDatabase, TestShop};

const CUSTOMERS: u128 = 10_000;
const COURSES: usize = 100;
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ROUNDS: usize = 15;
const CHECKS: u128 = 2_000;
const TARGET: f64 = 1.5;

/// A database with the courses that its customers have, all of them each.
struct Filled {
    database: TestDatabase,
    courses: Vec<ContentId>,
    customers: u128,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sqlite = [TestDatabase::sqlite().await, TestDatabase::sqlite().await];
    compare("SQLite", sqlite).await?;
    let postgres = [
        TestDatabase::postgres().await,
        TestDatabase::postgres().await,
    ];
    compare("PostgreSQL", postgres).await
}

async fn compare(name: &str, [small, large]: [TestDatabase; 2]) -> anyhow::Result<()> {
    let small = fill(small, 1, 1).await?;
    let large = fill(large, CUSTOMERS, COURSES).await?;
    let mut ratios = Vec::new();
    println!(
        "{:<12} {:>14} {:>14} {:>8}",
        name, "nearly empty", "full", "ratio"
    );
    for round in 0..=ROUNDS {
        let few = check(&small).await?;
        let many = check(&large).await?;
        // The first round fills the caches of both.
        if round > 0 {
            println!(
                "{:<12} {few:>11.1} µs {many:>11.1} µs {:>8.2}",
                "",
                many / few
            );
            ratios.push(many / few);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ROUNDS / 2).copied().unwrap_or(f64::MAX);
    println!("{name}: median ratio {median:.2} (at most {TARGET})");
    ensure!(median <= TARGET, "the check grows with the database");
    Ok(())
}

/// Returns how long one check takes, in microseconds.
async fn check(filled: &Filled) -> anyhow::Result<f64> {
    let mut reader = filled.database.db.reader().await?;
    let began = Instant::now();
    for number in 0..CHECKS {
        let viewer = Viewer::of(customer(number * 7_919 % filled.customers));
        let place = usize::try_from(number * 13)? % filled.courses.len();
        let content = *filled.courses.get(place).context("no course")?;
        let on = standing::list_on_content(&mut reader, &viewer, content).await?;
        let facts = Standing {
            published_at: Some(Timestamp::default()),
            blocks: on.blocks,
            grants: on.grants,
        };
        ensure!(
            matches!(decide(&facts, NOW), Decision::Allowed { .. }),
            "refused"
        );
    }
    let checks = f64::from(u32::try_from(CHECKS)?);
    Ok(began.elapsed().as_secs_f64() * 1e6 / checks)
}

async fn fill(database: TestDatabase, count: u128, courses: usize) -> anyhow::Result<Filled> {
    let shop = TestShop::open(database.db.clone()).await;
    let mut contents = Vec::new();
    for number in 0..courses {
        let course = shop.sell_course(&format!("C{number}"), 1).await.course;
        contents.push(ContentId::Course(course));
    }
    let lanes = 8;
    let filling = (0..lanes).map(|lane| {
        let (db, contents) = (database.db.clone(), contents.clone());
        tokio::spawn(async move { grant(&db, &contents, lane, lanes, count).await })
    });
    for lane in filling.collect::<Vec<_>>() {
        lane.await??;
    }
    if database.address.starts_with("postgres") {
        // What the server does by itself within a minute.
        let analysed = Command::new("psql")
            .args([
                "--no-psqlrc",
                "--quiet",
                "--dbname",
                &database.address,
                "--command",
                "VACUUM ANALYZE",
            ])
            .status()?;
        ensure!(analysed.success(), "PostgreSQL refused to analyse");
    }
    Ok(Filled {
        database,
        courses: contents,
        customers: count,
    })
}

/// Makes every `lanes`-th customer, and grants her everything.
async fn grant(
    db: &Db,
    contents: &[ContentId],
    lane: u128,
    lanes: u128,
    count: u128,
) -> anyhow::Result<()> {
    let mut number = lane;
    while number < count {
        let mut tx = db.begin().await?;
        for _ in 0..20 {
            if number < count {
                grant_all(&mut tx, customer(number), number, contents).await?;
            }
            number += lanes;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn grant_all(
    tx: &mut storage::Tx,
    customer: CustomerId,
    number: u128,
    contents: &[ContentId],
) -> anyhow::Result<()> {
    let now = Timestamp::from_seconds(1);
    customers::insert(tx, customer, None, now).await?;
    for (place, content) in (0_u128..).zip(contents) {
        let grant = ManualGrant {
            id: GrantId::from_parts(now, number * 1_000 + place),
            customer,
            content: *content,
            term: Term {
                granted_at: now,
                expires_at: None,
                extended_until: None,
            },
            granted_by: "bench".to_owned(),
            note: None,
        };
        grants::insert_manual(tx, &[grant]).await?;
    }
    Ok(())
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_parts(Timestamp::from_seconds(1), number)
}
