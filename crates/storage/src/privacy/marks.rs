//! Marks of who was erased: keyed hashes, of which nobody can tell whose they are without the key and her address.

use std::collections::BTreeMap;

use domain::{CustomerId, Timestamp};
use serde_json::{Value, json};

use crate::column::{Text, Time, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    // Erased again, the later time counts.
    INSERT = "
        INSERT INTO erasures (mark, erased_at)
        SELECT value ->> 'id', CAST($2 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))
        WHERE TRUE
        ON CONFLICT (mark) DO UPDATE
        SET erased_at = excluded.erased_at";
    LIST = "
        SELECT mark, erased_at
        FROM erasures
        WHERE mark IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY mark
        LIMIT 100000";
    FIND_OF_CUSTOMER = "
        SELECT erased_at
        FROM customers
        WHERE id = $1 AND erased_at IS NOT NULL";
}

/// Writes down marks of somebody who is erased.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, marks: &[String], now: Timestamp) -> Result<()> {
    let rows = marks.iter().map(|mark| json!({ "id": mark }));
    let rows = rows.collect::<Value>().to_string();
    execute!(tx, sqlx::query(INSERT).bind(rows.as_str()).bind(Time(now)))?;
    Ok(())
}

/// Finds which of these marks are known, and when each was last made.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    marks: &[String],
) -> Result<BTreeMap<String, Timestamp>> {
    let rows: Vec<(String, Time)> = on!(access, |c| sqlx::query_as(LIST)
        .bind(id_list(marks))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(mark, at)| (mark, at.0)).collect())
}

/// Finds when a customer was erased; `None` when she was not.
///
/// # Errors
/// The database failed.
pub async fn find_of_customer(
    access: &mut impl Access,
    customer: CustomerId,
) -> Result<Option<Timestamp>> {
    let row: Option<(Time,)> = on!(access, |c| sqlx::query_as(FIND_OF_CUSTOMER)
        .bind(Text(customer))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(at,)| at.0))
}
