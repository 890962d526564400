//! The two engines cannot drift: same tables, same columns, and every statement is good SQL on its engines.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Executor;
use storage::statement::Engine;
use storage::{Db, Reader, STATEMENTS};
use testkit::TestDatabase;

async fn failures(db: &Db, engine: Engine) -> Vec<String> {
    let mut failures = Vec::new();
    let mut reader = db.reader().await.unwrap();
    let statements = STATEMENTS.iter().flat_map(|module| module.iter());
    for statement in statements.filter(|s| s.engine == Engine::Both || s.engine == engine) {
        let outcome = match &mut reader {
            Reader::Sqlite(c) => (&mut **c)
                .prepare(sqlx::SqlStr::from_static(statement.sql))
                .await
                .map(drop),
            Reader::Postgres(c) => (&mut **c)
                .prepare(sqlx::SqlStr::from_static(statement.sql))
                .await
                .map(drop),
        };
        if let Err(error) = outcome {
            failures.push(format!("{}: {error}", statement.name));
        }
    }
    failures
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let database = TestDatabase::sqlite().await;
    assert_eq!(
        failures(&database.db, Engine::Sqlite).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    let database = TestDatabase::postgres().await;
    assert_eq!(
        failures(&database.db, Engine::Postgres).await,
        Vec::<String>::new()
    );
}

#[test]
fn every_statement_is_registered_and_names_its_columns() {
    let all: Vec<_> = STATEMENTS.iter().flat_map(|module| module.iter()).collect();
    assert!(all.len() > 50);
    for statement in all {
        assert!(!statement.sql.contains("SELECT *"), "{}", statement.name);
    }
}

type Schema = BTreeMap<String, BTreeSet<(String, String, bool)>>;

/// The types of both engines in one vocabulary.
fn common_type(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "bigint" | "integer" | "boolean" => "number".into(),
        "bytea" | "blob" => "bytes".into(),
        other => other.into(),
    }
}

async fn sqlite_schema(db: &Db) -> Schema {
    let mut reader = db.reader().await.unwrap();
    let Reader::Sqlite(c) = &mut reader else {
        panic!("not SQLite")
    };
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\"
         FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut **c)
    .await
    .unwrap();
    collect(rows)
}

async fn postgres_schema(db: &Db) -> Schema {
    let mut reader = db.reader().await.unwrap();
    let Reader::Postgres(c) = &mut reader else {
        panic!("not PostgreSQL")
    };
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT table_name::TEXT, column_name::TEXT, data_type::TEXT, is_nullable = 'NO'
         FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'",
    )
    .fetch_all(&mut **c)
    .await
    .unwrap();
    collect(rows)
}

fn collect(rows: Vec<(String, String, String, bool)>) -> Schema {
    let mut schema = Schema::new();
    for (table, column, kind, is_required) in rows {
        schema
            .entry(table)
            .or_default()
            .insert((column, common_type(&kind), is_required));
    }
    schema
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (TestDatabase::sqlite().await, TestDatabase::postgres().await);
    let schema = sqlite_schema(&sqlite.db).await;
    assert_eq!(schema, postgres_schema(&postgres.db).await);
    assert!(schema.len() > 20);
}

#[tokio::test]
async fn the_tables_that_the_shop_was_promised_have_exactly_those_columns() {
    let database = TestDatabase::sqlite().await;
    let schema = sqlite_schema(&database.db).await;
    let promised: [(&str, &[&str]); 5] = [
        ("products", &["id", "title", "is_video_course"]),
        (
            "courses",
            &[
                "id",
                "product_id",
                "title",
                "description",
                "created_at",
                "updated_at",
            ],
        ),
        ("course_modules", &["id", "course_id", "title", "order"]),
        (
            "course_videos",
            &["id", "module_id", "title", "s3_key", "order"],
        ),
        (
            "customer_access",
            &["id", "customer_id", "course_id", "granted_at", "source"],
        ),
    ];
    for (table, columns) in promised {
        let names: BTreeSet<_> = schema[table]
            .iter()
            .map(|(name, _, _)| name.as_str())
            .collect();
        for column in columns {
            assert!(names.contains(column), "{table}.{column}");
        }
    }
}

#[tokio::test]
async fn migrations_have_the_same_numbers_and_names_on_both_engines() {
    let names = |engine: &str| {
        let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
