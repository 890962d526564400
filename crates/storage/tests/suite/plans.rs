//! No statement reads a growing table from end to end: what the engines themselves say of every statement.
//!
//! SQLite plans without statistics, so an empty database tells. PostgreSQL plans by what the tables hold, so its database
//! is filled: 10,000 customers with a million grants.

use std::collections::BTreeSet;

use sqlx::{PgConnection, Row, SqliteConnection};
use storage::statement::{Engine, Statement};
use storage::{Db, Reader, STATEMENTS};
use testkit::TestDatabase;

/// The tables that grow with customers and orders. The others grow with what the shop sells.
const GROWING: [&str; 25] = [
    "access_blocks",
    "access_extensions",
    "access_gaps",
    "audit_log",
    "customer_access",
    "customers",
    "deliveries",
    "delivery_failures",
    "delivery_orders",
    "devices",
    "erasures",
    "identities",
    "jobs",
    "known_browsers",
    "mails",
    "order_facts",
    "order_lines",
    "orders",
    "playing_devices",
    "privacy_requests",
    "rate_limits",
    "session_proofs",
    "sessions",
    "sign_ins",
    "video_progress",
];

/// Statements that may read a growing table from end to end, each with its reason. None of them is part of a customer's
/// request or of the work on one order.
const MAY_SCAN: [(&str, &str); 9] = [
    (
        "devices::DELETE_UNUSED_POSTGRES",
        "once an hour it looks which old devices nobody is signed in on, and there it reads most of them",
    ),
    (
        "effects::COUNT_ON_COURSE",
        "said to an administrator before a course is deleted; blocks are few",
    ),
    (
        "effects::COUNT_ON_FILE",
        "said to an administrator before a file is deleted; blocks are few",
    ),
    (
        "losing::COUNT",
        "said to an administrator before a product goes away; it reads most of what its buyers have",
    ),
    ("inbox::COUNT", "tests count what is kept"),
    (
        "orders::affected::COUNT_OF_STORE",
        "a recomputation of a store's orders counts them once",
    ),
    (
        "store_items::waiting::LIST_PAID",
        "an administrator's list ranks all that wait, by the gaps, which are few or are mended",
    ),
    (
        "overview::COUNT_LOCKED_OUT",
        "counts the gaps, which are few or are mended",
    ),
    (
        "overview::COUNT_NEVER_SIGNED_IN",
        "an administrator's overview counts who never came",
    ),
];

/// Indexes that hold only what waits or failed: reading one from end to end reads no row that is done with.
const OF_WORK: [&str; 6] = [
    "deliveries_due",
    "deliveries_dead",
    "jobs_due",
    "jobs_dead",
    "jobs_under_way",
    "privacy_requests_open",
];

fn statements(engine: Engine) -> impl Iterator<Item = &'static Statement> {
    let all = STATEMENTS.iter().flat_map(|module| module.iter());
    all.filter(move |s| s.engine == Engine::Both || s.engine == engine)
}

fn name(statement: &Statement) -> String {
    let module = statement.module.trim_start_matches("storage::");
    format!("{module}::{}", statement.name)
}

fn may_scan(statement: &Statement) -> bool {
    let name = name(statement);
    MAY_SCAN.iter().any(|(allowed, _)| *allowed == name)
}

/// Finds the table that a plan calls by this name in the statement.
fn table_of(statement: &str, called: &str) -> Option<&'static str> {
    let words: Vec<&str> = statement
        .split(|c: char| c.is_whitespace() || "(),".contains(c))
        .filter(|word| !word.is_empty() && *word != "AS")
        .collect();
    let is_it =
        |table: &&str| *table == called || words.windows(2).any(|two| two == [*table, called]);
    GROWING.into_iter().find(|table| is_it(table))
}

async fn sqlite_plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.unwrap();
    rows.iter()
        .map(|row| row.get::<String, _>("detail"))
        .collect()
}

#[tokio::test]
async fn no_statement_scans_a_growing_table_on_sqlite() {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.db.reader().await.unwrap();
    let Reader::Sqlite(c) = &mut reader else {
        panic!("not SQLite")
    };
    let mut scans = BTreeSet::new();
    for statement in statements(Engine::Sqlite).filter(|s| !may_scan(s)) {
        for step in sqlite_plan(c, statement.sql).await {
            if OF_WORK.iter().any(|index| step.ends_with(index)) {
                continue;
            }
            let scanned = step
                .strip_prefix("SCAN ")
                .and_then(|rest| rest.split(' ').next());
            if scanned
                .and_then(|called| table_of(statement.sql, called))
                .is_some()
            {
                scans.insert(format!("{}: {step}", name(statement)));
            }
        }
    }
    assert_eq!(scans, BTreeSet::new());
}

#[tokio::test]
async fn claiming_work_reads_no_more_of_it_than_the_first_that_is_due() {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.db.reader().await.unwrap();
    let Reader::Sqlite(c) = &mut reader else {
        panic!("not SQLite")
    };
    for (claim, index) in [
        ("inbox::CLAIM_SQLITE", "deliveries_due"),
        ("jobs::CLAIM_SQLITE", "jobs_due"),
    ] {
        let statement = statements(Engine::Sqlite).find(|s| name(s) == claim);
        let plan = sqlite_plan(c, statement.unwrap().sql).await.join("; ");
        assert!(plan.contains(index) && !plan.contains("ORDER BY"), "{plan}");
    }
}

/// Fills the tables without their checks, which is fast, and lets the engine count what they hold.
async fn fill(connection: &mut PgConnection) {
    for sql in include_str!("plans.sql").split(";\n").map(str::trim) {
        if !sql.is_empty() {
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    }
}

/// Explains a statement as it is planned for any parameters.
async fn postgres_plan(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let prepare = sqlx::AssertSqlSafe(format!("PREPARE explained AS {sql}"));
    sqlx::raw_sql(prepare)
        .execute(&mut *connection)
        .await
        .unwrap();
    let count: i64 = sqlx::query_scalar(
        "SELECT COALESCE(CARDINALITY(parameter_types), 0)::BIGINT FROM pg_prepared_statements WHERE name = 'explained'",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    let nulls = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
    let arguments = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE explained{arguments}"));
    let rows: Vec<(String,)> = sqlx::query_as(explain)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    sqlx::raw_sql("DEALLOCATE explained")
        .execute(&mut *connection)
        .await
        .unwrap();
    rows.into_iter().map(|(line,)| line).collect()
}

async fn postgres_scans(db: &Db) -> BTreeSet<String> {
    let mut reader = db.reader().await.unwrap();
    let Reader::Postgres(c) = &mut reader else {
        panic!("not PostgreSQL")
    };
    fill(c).await;
    let mut scans = BTreeSet::new();
    for statement in statements(Engine::Postgres).filter(|s| !may_scan(s)) {
        for step in postgres_plan(c, statement.sql).await {
            let scanned = step
                .split("Seq Scan on ")
                .nth(1)
                .and_then(|rest| rest.split(' ').next());
            if scanned.is_some_and(|table| GROWING.contains(&table)) {
                scans.insert(format!("{}: {}", name(statement), step.trim()));
            }
        }
    }
    scans
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_scans_a_growing_table_on_postgres() {
    let database = TestDatabase::postgres().await;
    assert_eq!(postgres_scans(&database.db).await, BTreeSet::new());
}
