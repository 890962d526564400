//! No table forgets to forget: whatever refers to a customer is known to the erasure.

use std::collections::BTreeSet;

use storage::Reader;
use testkit::TestDatabase;

/// The tables that refer to customers, each with what an erasure does about it.
const REFERRING: [(&str, &str); 12] = [
    ("access_blocks", "deleted"),
    ("access_gaps", "deleted"),
    ("customer_access", "deleted"),
    ("customers", "cleared, and the merged ones with them"),
    ("identities", "deleted"),
    ("mails", "deleted"),
    ("orders", "cleared, and their lines deleted"),
    ("playing_devices", "deleted"),
    (
        "privacy_requests",
        "kept: ids only, which prove that she was answered",
    ),
    ("session_proofs", "deleted"),
    ("sessions", "deleted, and devices that nobody else uses"),
    ("video_progress", "deleted"),
];

/// The columns that hold addresses, each with what an erasure does about it.
const ADDRESSES: [(&str, &str); 6] = [
    ("admins.email", "an administrator's, whom the team removes"),
    ("customers.email", "cleared"),
    ("orders.corrected_email", "cleared"),
    ("orders.email", "cleared"),
    ("orders.mistyped_email", "cleared"),
    ("sign_ins.email", "deleted"),
];

async fn names(sql: &'static str) -> BTreeSet<String> {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.db.reader().await.unwrap();
    let Reader::Sqlite(c) = &mut reader else {
        panic!("not SQLite")
    };
    let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut **c).await.unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

fn known(list: &[(&str, &str)]) -> BTreeSet<String> {
    list.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[tokio::test]
async fn every_table_that_refers_to_customers_is_part_of_an_erasure() {
    let found = names(
        "SELECT t.name
         FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) k
         WHERE t.type = 'table' AND k.\"table\" = 'customers'",
    )
    .await;
    assert_eq!(found, known(&REFERRING));
}

#[tokio::test]
async fn every_column_of_addresses_is_part_of_an_erasure() {
    let found = names(
        "SELECT t.name || '.' || c.name
         FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND c.name LIKE '%email%'",
    )
    .await;
    assert_eq!(found, known(&ADDRESSES));
}
