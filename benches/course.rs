//! Measures `GET /api/courses/{id}` with 200 videos on SQLite against a bare axum handler that serializes the same JSON:
//! requests for each second of the server's CPU time, 32 connections, alternating rounds in one run. The session and the
//! access are read from the database every time; links and structure are those of a warm bucket.
//!
//! `cargo build --release -p stoa && cargo run --release -p benches --bin course`

mod load;
mod mirror;
mod server;

use anyhow::{Context, ensure};
use app::administration::{Telling, Whom};
use app::clock::{Clock, SystemClock};
use domain::audit::{Actor, Cause};
use domain::{ContentId, CourseId, CustomerId, EmailAddress, GrantId};
use storage::grants::ManualGrant;
use storage::{Db, customers, grants};
use testkit::{BY, TestShop};

use crate::mirror::Course;
use crate::server::Server;

const VIDEOS: usize = 200;
const COURSES: usize = 200;
const CUSTOMERS: u128 = 10_000;
const GRANTS_EACH: u128 = 10;
const CONNECTIONS: usize = 32;
const REQUESTS: usize = 4_000;
const ROUNDS: usize = 7;
const TARGET: f64 = 0.5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, file] = arguments.as_slice() {
        ensure!(role == "floor", "the only argument is the floor's own");
        return floor(file).await;
    }
    let folder = tempfile::tempdir()?;
    let (course, cookie) = seed(folder.path()).await?;
    let stoa = Server::stoa(folder.path()).await?;
    let url = format!("{}/api/courses/{course}", stoa.url);
    let body = load::fetch(&url, &cookie)
        .await
        .context("the course does not open")?;
    let file = folder.path().join("course.json");
    std::fs::write(&file, &body)?;
    let bare = Server::floor(&file)?;
    println!(
        "{VIDEOS} videos, {} bytes, {CONNECTIONS} connections, {REQUESTS} requests a round",
        body.len()
    );
    println!(
        "{:>14} {:>14} {:>8}",
        "stoa /CPU s", "floor /CPU s", "ratio"
    );
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let ours = rate(&stoa, &url, &cookie).await?;
        let floor = rate(&bare, &bare.url, &cookie).await?;
        println!("{ours:>14.0} {floor:>14.0} {:>8.2}", ours / floor);
        ratios.push(ours / floor);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ROUNDS / 2).copied().unwrap_or(0.0);
    println!("median ratio {median:.2} (target {TARGET})");
    ensure!(median >= TARGET, "below the target");
    Ok(())
}

/// Answers requests for each second of the server's CPU time.
async fn rate(server: &Server, url: &str, cookie: &str) -> anyhow::Result<f64> {
    let before = server.cpu_seconds()?;
    load::run(url, cookie, CONNECTIONS, REQUESTS).await?;
    let spent = server.cpu_seconds()? - before;
    Ok(load::count(REQUESTS) / spent)
}

/// Fills a data folder, and returns the course to open and the cookie of somebody who may.
async fn seed(folder: &std::path::Path) -> anyhow::Result<(CourseId, String)> {
    let now = SystemClock.now();
    let db = Db::open(&format!("sqlite://{}", folder.join("stoa.db").display())).await?;
    let shop = TestShop::open_at(db, now).await;
    let mut courses = Vec::new();
    for number in 0..COURSES {
        let product = shop.app.create_product(&BY, "Product", None).await?;
        let videos = if number == 0 { VIDEOS } else { 5 };
        courses.push(
            shop.stock(product, &format!("C{number}"), videos)
                .await
                .course,
        );
    }
    let course = *courses.first().context("no course")?;
    let mut tx = shop.app.db().begin().await?;
    for number in 0..CUSTOMERS {
        let customer = CustomerId::from_parts(now, number);
        customers::insert(&mut tx, customer, None, now).await?;
        for grant in 0..GRANTS_EACH {
            let place = usize::try_from(number * 7 + grant * 13)? % COURSES;
            let content = ContentId::Course(*courses.get(place).context("no course")?);
            let id = GrantId::from_parts(now, number * GRANTS_EACH + grant);
            let term = domain::grant::Term {
                granted_at: now,
                expires_at: None,
                extended_until: None,
            };
            let granted_by = "bench".to_owned();
            let manual = ManualGrant {
                id,
                customer,
                content,
                term,
                granted_by,
                note: None,
            };
            grants::insert_manual(&mut tx, &[manual]).await?;
        }
    }
    tx.commit().await?;
    let email: EmailAddress = "ada@example.com".parse()?;
    let content = ContentId::Course(course);
    shop.app
        .grant_access(
            &Cause::by(Actor::CommandLine),
            Whom::Email(email),
            content,
            None,
            None,
            Telling::Nobody,
        )
        .await?;
    let token = shop.sign_in("ada@example.com").await;
    shop.app.db().close().await;
    Ok((course, format!("stoa_session={token}")))
}

/// The bare handler: the same JSON, serialized from typed structures at every request.
async fn floor(file: &str) -> anyhow::Result<()> {
    let course: Course = serde_json::from_slice(&std::fs::read(file)?)?;
    let course: &'static Course = Box::leak(Box::new(course));
    let router =
        axum::Router::new().route("/", axum::routing::get(async move || axum::Json(course)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}
