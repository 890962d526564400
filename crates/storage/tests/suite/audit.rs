//! The audit log: appended and read, never changed; and whoever gets round the triggers is found.

use domain::audit::chain::{ChainKey, Head};
use domain::audit::verify::{Flaw, Mark, Verification};
use domain::audit::{Actor, Cause, Event};
use domain::{CustomerId, OrderId, TokenId};
use serde_json::json;
use storage::audit::{self, Filter};
use storage::connection::Connection;
use storage::{Access, Db, Tx};
use testkit::both_engines;

use crate::seed::at;

/// Every text column of the log.
const TEXTS: [&str; 12] = [
    "actor",
    "origin",
    "delivery_id",
    "action",
    "subject",
    "customer_id",
    "content_id",
    "order_id",
    "before",
    "after",
    "previous_hash",
    "hash",
];

fn key() -> ChainKey {
    ChainKey::derive(&[7; 32])
}

fn token() -> Actor {
    Actor::Token(TokenId::from_parts(at(0), 1))
}

async fn append(db: &Db, key: &ChainKey, second: i64, by: &Cause, events: &[Event]) {
    let mut tx = db.begin().await.unwrap();
    let head = audit::lock_head(&mut tx).await.unwrap();
    let (entries, head) = key.extend(&head, at(second), by, events);
    audit::append(&mut tx, &entries, &head).await.unwrap();
    tx.commit().await.unwrap();
}

fn granted(number: u128) -> Event {
    Event {
        customer: Some(CustomerId::from_parts(at(0), number)),
        content: "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().ok(),
        order: Some(OrderId::from_parts(at(0), number)),
        before: Some(json!({ "until": "2027-01-01T00:00:00Z" })),
        after: Some(json!({ "until": null, "why": "ä \"quoted\" \u{0} text" })),
        ..Event::of("grant.created", format!("acc_{number}"))
    }
}

/// Appends six entries in two transactions.
async fn write_some(db: &Db) {
    let by = Cause {
        origin: Some("203.0.113.9".into()),
        ..Cause::by(token())
    };
    append(db, &key(), 1, &by, &[granted(1), granted(2), granted(3)]).await;
    let by = Cause::by(Actor::CommandLine);
    let updated = Event::of("product.updated", "prd_1");
    append(db, &key(), 2, &by, &[granted(1), updated, granted(4)]).await;
}

/// Verifies as the application does, two entries at a time.
async fn verify(access: &mut impl Access, key: &ChainKey) -> Result<Mark, Flaw> {
    let head = audit::find_head(access).await.unwrap();
    let mut verification = Verification::begin(key, &head, None);
    let mut after = i64::MIN;
    loop {
        let batch = audit::list_after(access, after, 2).await.unwrap();
        let Some(last) = batch.last() else { break };
        after = last.seq;
        for entry in &batch {
            verification.take(entry)?;
        }
    }
    verification.end(&audit::find_head(access).await.unwrap())
}

async fn execute(tx: &mut Tx, sql: &str) -> Result<u64, sqlx::Error> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match tx.connection() {
        Connection::Sqlite(c) => sqlx::raw_sql(sql)
            .execute(c)
            .await
            .map(|done| done.rows_affected()),
        Connection::Postgres(c) => sqlx::raw_sql(sql)
            .execute(c)
            .await
            .map(|done| done.rows_affected()),
    }
}

/// Begins as somebody who may do everything in the database, and gets rid of the triggers. Nothing is committed.
async fn tamper(db: &Db, sql: &str) -> Tx {
    let mut tx = db.begin().await.unwrap();
    let triggers = match tx.connection() {
        Connection::Sqlite(_) => {
            "DROP TRIGGER audit_log_is_never_changed; DROP TRIGGER audit_log_is_never_deleted"
        }
        Connection::Postgres(_) => "DROP TRIGGER audit_log_is_never_changed ON audit_log",
    };
    execute(&mut tx, triggers).await.unwrap();
    let touched = execute(&mut tx, sql).await.unwrap();
    assert!(touched > 0, "{sql}");
    tx
}

async fn found(db: &Db, sql: &str) -> Option<Flaw> {
    verify(&mut tamper(db, sql).await, &key()).await.err()
}

both_engines! {
    async fn what_is_appended_comes_back_as_it_was_and_holds(db: Db) {
        write_some(&db).await;
        let mut reader = db.reader().await.unwrap();
        let end = verify(&mut reader, &key()).await.unwrap();
        assert_eq!(end.seq, 6);
        let first = audit::list_after(&mut reader, 0, 1).await.unwrap().remove(0);
        assert_eq!((first.seq, first.at, first.previous_hash.as_str()), (1, at(1), ""));
        assert_eq!(first.actor, token().to_string());
        assert_eq!(first.origin.as_deref(), Some("203.0.113.9"));
        assert_eq!((first.delivery, first.action.as_str(), first.subject.as_str()), (None, "grant.created", "acc_1"));
        assert_eq!(first.content.as_deref(), Some("crs_01ARZ3NDEKTSV4RRFFQ69G5FAV"));
        assert_eq!(first.after, granted(1).after.map(|value| value.to_string()));
        let other = ChainKey::derive(&[8; 32]);
        assert_eq!(verify(&mut reader, &other).await, Err(Flaw::Altered { seq: 1 }));
    }

    async fn the_database_refuses_to_change_or_delete_an_entry(db: Db) {
        write_some(&db).await;
        for sql in [
            "UPDATE audit_log SET action = 'grant.created' WHERE seq = 1",
            "UPDATE audit_log SET origin = NULL",
            "DELETE FROM audit_log WHERE seq = 6",
            "DELETE FROM audit_log",
        ] {
            let mut tx = db.begin().await.unwrap();
            let error = execute(&mut tx, sql).await.unwrap_err();
            assert!(error.to_string().contains("the audit log is append-only"), "{sql}: {error}");
        }
        let mut tx = db.begin().await.unwrap();
        if let Connection::Postgres(_) = tx.connection() {
            let error = execute(&mut tx, "TRUNCATE audit_log").await.unwrap_err();
            assert!(error.to_string().contains("the audit log is append-only"), "{error}");
        }
    }

    async fn a_change_of_any_column_is_found(db: Db) {
        write_some(&db).await;
        for column in TEXTS {
            let broken = match column {
                "previous_hash" => Flaw::OutOfPlace { seq: 4 },
                _ => Flaw::Altered { seq: 4 },
            };
            for value in ["'x'", "''"] {
                let sql = format!("UPDATE audit_log SET {column} = {value} WHERE seq = 4");
                assert_eq!(found(&db, &sql).await, Some(broken.clone()), "{sql}");
            }
        }
        for column in ["customer_id", "content_id", "order_id", "before", "after"] {
            let sql = format!("UPDATE audit_log SET {column} = NULL WHERE seq = 4");
            assert_eq!(found(&db, &sql).await, Some(Flaw::Altered { seq: 4 }), "{sql}");
        }
        let sql = "UPDATE audit_log SET at = at - 1 WHERE seq = 4";
        assert_eq!(found(&db, sql).await, Some(Flaw::Altered { seq: 4 }));
        let sql = "UPDATE audit_log SET seq = 9 WHERE seq = 4";
        assert_eq!(found(&db, sql).await, Some(Flaw::Missing { first: 4, last: 4 }));
    }

    async fn deleted_swapped_and_inserted_rows_are_found(db: Db) {
        write_some(&db).await;
        assert_eq!(found(&db, "DELETE FROM audit_log WHERE seq = 1").await, Some(Flaw::Missing { first: 1, last: 1 }));
        assert_eq!(found(&db, "DELETE FROM audit_log WHERE seq IN (3, 4)").await, Some(Flaw::Missing { first: 3, last: 4 }));
        let numbered_anew = "
            DELETE FROM audit_log WHERE seq = 3;
            UPDATE audit_log SET seq = 3 WHERE seq = 4;
            UPDATE audit_log SET seq = 4 WHERE seq = 5;
            UPDATE audit_log SET seq = 5 WHERE seq = 6";
        assert_eq!(found(&db, numbered_anew).await, Some(Flaw::OutOfPlace { seq: 3 }));
        let swapped = "
            UPDATE audit_log SET seq = 99 WHERE seq = 2;
            UPDATE audit_log SET seq = 2 WHERE seq = 4;
            UPDATE audit_log SET seq = 4 WHERE seq = 99";
        assert_eq!(found(&db, swapped).await, Some(Flaw::OutOfPlace { seq: 2 }));
        let copy = |seq: &str| format!("
            INSERT INTO audit_log (seq, at, actor, action, subject, previous_hash, hash)
            SELECT {seq}, at, actor, action, subject, hash, hash
            FROM audit_log
            WHERE seq = 6");
        assert_eq!(found(&db, &copy("7")).await, Some(Flaw::Altered { seq: 7 }));
        assert_eq!(found(&db, &copy("0")).await, Some(Flaw::OutOfPlace { seq: 0 }));
        assert_eq!(found(&db, &copy("-7")).await, Some(Flaw::OutOfPlace { seq: -7 }));
    }

    async fn a_cut_off_end_is_found_even_when_the_head_is_moved_back(db: Db) {
        write_some(&db).await;
        let cut = "DELETE FROM audit_log WHERE seq > 4";
        assert_eq!(found(&db, cut).await, Some(Flaw::CutOff { last: 4, expected: 6 }));
        let with_head = format!("{cut};
            UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_log WHERE seq = 4)");
        assert_eq!(found(&db, &with_head).await, Some(Flaw::HeadAltered { last: 4 }));
        let everything = "DELETE FROM audit_log";
        assert_eq!(found(&db, everything).await, Some(Flaw::CutOff { last: 0, expected: 6 }));
        // Later entries do not make it whole again.
        let mut tx = tamper(&db, &with_head).await;
        let head = audit::lock_head(&mut tx).await.unwrap();
        let (entries, head) = key().extend(&head, at(9), &Cause::by(token()), &[granted(9)]);
        audit::append(&mut tx, &entries, &head).await.unwrap();
        assert_eq!(verify(&mut tx, &key()).await, Err(Flaw::HeadAltered { last: 5 }));
        drop(tx);
        for sql in ["UPDATE audit_head SET seal = ''", "UPDATE audit_head SET hash = 'x'", "UPDATE audit_head SET seq = 5"] {
            assert_eq!(found(&db, sql).await, Some(Flaw::HeadAltered { last: 6 }), "{sql}");
        }
    }

    async fn a_log_that_was_written_anew_without_the_key_does_not_hold(db: Db) {
        write_some(&db).await;
        let mut tx = tamper(&db, "DELETE FROM audit_log").await;
        let forger = ChainKey::derive(b"what the database shows");
        let nothing = Head { seq: 0, hash: String::new(), seal: String::new() };
        let events = [granted(1), granted(2), granted(3)];
        let (entries, head) = forger.extend(&nothing, at(1), &Cause::by(token()), &events);
        audit::append(&mut tx, &entries, &head).await.unwrap();
        assert_eq!(verify(&mut tx, &forger).await.unwrap().seq, 3);
        assert_eq!(verify(&mut tx, &key()).await, Err(Flaw::Altered { seq: 1 }));
    }

    async fn appends_at_the_same_time_make_one_chain(db: Db) {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..32_u8 {
            let db = db.clone();
            tasks.spawn(async move {
                let events = vec![granted(number.into()); usize::from(number % 3 + 1)];
                append(&db, &key(), number.into(), &Cause::by(token()), &events).await;
            });
        }
        tasks.join_all().await;
        let mut reader = db.reader().await.unwrap();
        assert_eq!(verify(&mut reader, &key()).await.unwrap().seq, 63);
    }

    async fn a_filter_lets_through_what_fits_all_of_it_newest_first(db: Db) {
        write_some(&db).await;
        let mut reader = db.reader().await.unwrap();
        let customer = Some(CustomerId::from_parts(at(0), 1).to_string());
        let order = Some(OrderId::from_parts(at(0), 1).to_string());
        let content = Some("crs_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned());
        let none = Filter::default;
        let some = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (none(), vec![6, 5, 4, 3, 2, 1]),
            (Filter { subject: some("acc_1"), ..none() }, vec![4, 1]),
            (Filter { subject: some("acc"), ..none() }, vec![]),
            (Filter { customer: customer.clone(), ..none() }, vec![4, 1]),
            (Filter { order: order.clone(), ..none() }, vec![4, 1]),
            (Filter { content: content.clone(), ..none() }, vec![6, 4, 3, 2, 1]),
            (Filter { actor: some("command line"), ..none() }, vec![6, 5, 4]),
            (Filter { action: some("grant.created"), ..none() }, vec![6, 4, 3, 2, 1]),
            (Filter { action: some("grant"), ..none() }, vec![6, 4, 3, 2, 1]),
            (Filter { action: some("product"), ..none() }, vec![5]),
            (Filter { action: some("gran"), ..none() }, vec![]),
            (Filter { action: some("grant."), ..none() }, vec![]),
            (Filter { action: some("%"), ..none() }, vec![]),
            (Filter { from: Some(at(2)), ..none() }, vec![6, 5, 4]),
            (Filter { until: Some(at(2)), ..none() }, vec![3, 2, 1]),
            (Filter { from: Some(at(2)), until: Some(at(2)), ..none() }, vec![]),
            (Filter { customer, order, content, from: Some(at(2)), ..none() }, vec![4]),
            (Filter { subject: some("acc_1"), actor: some("command line"), ..none() }, vec![4]),
            (Filter { subject: some("prd_1"), action: some("grant"), ..none() }, vec![]),
        ] {
            let listed = audit::list(&mut reader, &filter, None, 100).await.unwrap();
            let listed: Vec<i64> = listed.iter().map(|entry| entry.seq).collect();
            assert_eq!(listed, expected, "{filter:?}");
        }
        let page = audit::list(&mut reader, &none(), Some(5), 2).await.unwrap();
        assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [4, 3]);
    }
}
