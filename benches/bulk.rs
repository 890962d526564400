//! Measures lists of access of the greatest length: 10,000 lines in one transaction, dry and for good. 2,000 of the
//! customers have an order of the course, so that blocking and lifting derive orders anew.
//!
//! `scripts/with-postgres cargo run --release -p benches --bin bulk`

use std::fmt::Write;
use std::time::Instant;

use app::bulk::Run;
use domain::audit::{Actor, Cause};
use testkit::{TestDatabase, TestShop};

const BY: Cause = Cause::by(Actor::CommandLine);
const LINES: usize = 10_000;
const BUYERS: usize = 2_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!(
        "{:<12} {:<8} {:>10} {:>10}",
        "", "", "dry, s", "for good, s"
    );
    measure("SQLite", TestDatabase::sqlite().await).await?;
    measure("PostgreSQL", TestDatabase::postgres().await).await
}

async fn measure(engine: &str, database: TestDatabase) -> anyhow::Result<()> {
    let shop = TestShop::open(database.db.clone()).await;
    let course = shop.sell_course("WATER", 1).await.course;
    for number in 0..BUYERS {
        let order = shop.paid_order(&number.to_string(), &address(number), &["WATER"]);
        shop.deliver(&order).await;
    }
    shop.app.work_until_idle().await?;
    for action in ["grant", "revoke", "lift", "revoke", "grant"] {
        let mut list = String::from("action,email,content\n");
        for number in 0..LINES {
            writeln!(list, "{action},{},{course}", address(number))?;
        }
        let dry = seconds(&shop, &list, Run::Dry).await?;
        let real = seconds(&shop, &list, Run::Real).await?;
        println!("{engine:<12} {action:<8} {dry:>10.1} {real:>10.1}");
    }
    Ok(())
}

async fn seconds(shop: &TestShop, list: &str, run: Run) -> anyhow::Result<f64> {
    let began = Instant::now();
    shop.app
        .change_access_by_list(&BY, list.as_bytes(), run)
        .await?;
    Ok(began.elapsed().as_secs_f64())
}

fn address(number: usize) -> String {
    format!("customer{number}@example.com")
}
