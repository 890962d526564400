//! Measures a recomputation that touches a million grants: an item that 100,000 orders bought is mapped to a product of
//! ten contents, then the product's days of access change, then the item is mapped to another product. All the while
//! somebody opens a course, to show that readers do not wait.
//!
//! `scripts/with-postgres cargo run --release -p benches --bin recompute -- postgres [ORDERS]`, or `sqlite`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use app::App;
use app::catalogue::{Lasting, ProductChange};
use app::clock::{Clock, SystemClock};
use domain::audit::{Actor, Cause};
use domain::order::{OrderLine, OrderState, OrderStatus, StoreItem, Versioned};
use domain::viewer::Viewer;
use domain::{CourseId, CustomerId, OrderId, ProductId, StoreId, StoreItemId, Timestamp};
use storage::orders::KeptOrder;
use storage::{Db, customers, orders, store_items};
use testkit::{TestDatabase, TestShop};

const BY: Cause = Cause::by(Actor::CommandLine);
const ORDERS: u128 = 100_000;
const CUSTOMERS: u128 = 10_000;
/// Each makes a course and a file.
const STOCKED: usize = 5;
/// What a recomputation must reach at least: a million grants in ten minutes.
const LEAST_RATE: u128 = 1_000_000 / 600;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let database = match arguments.first().map(String::as_str) {
        Some("postgres") => TestDatabase::postgres().await,
        Some("sqlite") => TestDatabase::sqlite().await,
        _ => bail!("say postgres or sqlite"),
    };
    let count = arguments.get(1).map_or(Ok(ORDERS), |text| text.parse())?;
    let shop = TestShop::open_at(database.db.clone(), SystemClock.now()).await;
    let (first, course) = product(&shop, "FIRST").await?;
    let (second, _) = product(&shop, "SECOND").await?;
    let began = Instant::now();
    let item = seed(&database.db, shop.store, count).await?;
    let grants = count * 2 * u128::try_from(STOCKED)?;
    println!(
        "{count} orders seeded in {:.0?}; {grants} grants a step",
        began.elapsed()
    );

    let seen = look(&shop.app, course, Duration::from_secs(3)).await?;
    println!(
        "{:<28} {:>8} {:>12} {:>10} {:>10}",
        "", "seconds", "grants/s", "open p50", "open p99"
    );
    println!(
        "{:<28} {:>8} {:>12} {:>10.2?} {:>10.2?}",
        "nothing else", "", "", seen.0, seen.1
    );
    shop.app.map_item(&BY, shop.store, &item, first).await?;
    step(&shop, "mapped: grants made", grants, course).await?;
    let yearly = ProductChange {
        lasting: Some(Lasting::Days(365)),
        ..ProductChange::default()
    };
    shop.app.change_product(&BY, first, yearly).await?;
    step(&shop, "access days: terms changed", grants, course).await?;
    shop.app.map_item(&BY, shop.store, &item, second).await?;
    step(&shop, "mapped anew: ended and made", grants * 2, course).await?;
    Ok(())
}

async fn product(shop: &TestShop, name: &str) -> anyhow::Result<(ProductId, CourseId)> {
    let product = shop.app.create_product(&BY, name, None).await?;
    let mut course = None;
    for number in 0..STOCKED {
        course = Some(
            shop.stock(product, &format!("{name}{number}"), 5)
                .await
                .course,
        );
    }
    Ok((product, course.context("no course")?))
}

/// Works off what is queued, looking at how long others wait, and prints what it took.
async fn step(shop: &TestShop, name: &str, grants: u128, course: CourseId) -> anyhow::Result<()> {
    let done = Arc::new(AtomicBool::new(false));
    let (app, is_done) = (shop.app.clone(), Arc::clone(&done));
    let looking = tokio::spawn(async move {
        let mut waits = Vec::new();
        while !is_done.load(Ordering::Relaxed) {
            waits.extend(open(&app, course, 20).await?);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(percentiles(waits))
    });
    let began = Instant::now();
    shop.app.work_until_idle().await?;
    let took = began.elapsed();
    done.store(true, Ordering::Relaxed);
    let (p50, p99) = looking.await??;
    let rate = u128::from(u64::try_from(grants)?) * 1_000 / took.as_millis().max(1);
    println!(
        "{name:<28} {:>8.1} {rate:>12} {p50:>10.2?} {p99:>10.2?}",
        took.as_secs_f64()
    );
    ensure!(rate >= LEAST_RATE, "longer than ten minutes for a million");
    Ok(())
}

async fn look(app: &App, course: CourseId, time: Duration) -> anyhow::Result<(Duration, Duration)> {
    let (began, mut waits) = (Instant::now(), Vec::new());
    while began.elapsed() < time {
        waits.extend(open(app, course, 20).await?);
    }
    Ok(percentiles(waits))
}

/// Has customers ask for a course, and returns how long each waited.
async fn open(app: &App, course: CourseId, count: u128) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    for number in 0..count {
        let viewer = Viewer::of(customer(number * 97 % CUSTOMERS));
        let began = Instant::now();
        // Refused or open: both read all that the decision depends on.
        let _ = app.open_course(&viewer, course).await;
        waits.push(began.elapsed());
    }
    Ok(waits)
}

fn percentiles(mut waits: Vec<Duration>) -> (Duration, Duration) {
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied();
    (at(50).unwrap_or_default(), at(99).unwrap_or_default())
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_parts(Timestamp::from_seconds(1), number)
}

/// Saves paid orders of one line each, many in a transaction, and returns what they bought.
async fn seed(db: &Db, store: StoreId, count: u128) -> anyhow::Result<StoreItem> {
    let now = Timestamp::from_seconds(1_700_000_000);
    let item = StoreItem {
        sku: Some("BENCH".parse()?),
        ..StoreItem::default()
    };
    let mut tx = db.begin().await?;
    for number in 0..CUSTOMERS {
        customers::insert(&mut tx, customer(number), None, now).await?;
    }
    store_items::insert(
        &mut tx,
        StoreItemId::from_parts(now, 1),
        store,
        &item,
        "",
        now,
    )
    .await?;
    for number in 0..count {
        let order = KeptOrder {
            id: OrderId::from_parts(now, number),
            owner: customer(number % CUSTOMERS),
        };
        let state = Versioned::new(now, paid(&item, number, now)?);
        let external = number.to_string().parse()?;
        orders::save(&mut tx, &order, store, &external, &state, now).await?;
        if number % 1_000 == 999 {
            tx.commit().await?;
            tx = db.begin().await?;
        }
    }
    tx.commit().await?;
    Ok(item)
}

fn paid(item: &StoreItem, number: u128, now: Timestamp) -> anyhow::Result<OrderState> {
    let line = OrderLine {
        external_id: "1".parse()?,
        item: item.clone(),
        title: "Everything".into(),
        quantity: 1,
        returned_quantity: 0,
        period_end: None,
    };
    Ok(OrderState {
        status: OrderStatus::Paid,
        is_test: false,
        paid_at: Some(now),
        email: None,
        external_customer: Some(format!("c{}", number % CUSTOMERS).parse()?),
        currency: "EUR".into(),
        captured_minor: 10_000,
        lines: vec![line],
        complete_refunds: None,
        number: None,
    })
}
