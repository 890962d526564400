//! Blocks: an administrator's "no" to one customer and one content.

use std::collections::BTreeSet;

use domain::{BlockId, ContentId, CourseId, CustomerId, FileId, Timestamp};
use serde_json::{Value, json};

use crate::access::content;
use crate::column::{Text, Time, id_list, pair_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT customer_id, course_id, file_id
        FROM access_blocks
        WHERE customer_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND lifted_at IS NULL
        ORDER BY id
        LIMIT 100000";
    LIST_STANDING = "
        SELECT b.id, b.customer_id, b.course_id, b.file_id
        FROM (
          SELECT value ->> 'customer' AS customer, value ->> 'content' AS content
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        JOIN access_blocks b ON b.customer_id = n.customer AND b.lifted_at IS NULL
          AND COALESCE(b.course_id, b.file_id) = n.content
        ORDER BY b.id
        LIMIT 100000";
    INSERT = "
        INSERT INTO access_blocks (id, customer_id, course_id, file_id, blocked_by, reason, created_at)
        SELECT value ->> 'id', value ->> 'customer', value ->> 'course', value ->> 'file', value ->> 'by',
          value ->> 'reason', CAST($2 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))";
    LIFT = "
        UPDATE access_blocks
        SET lifted_at = $2, lifted_by = $3
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND lifted_at IS NULL";
}

/// A block to set.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Its id.
    pub id: BlockId,
    /// Against whom.
    pub customer: CustomerId,
    /// On what.
    pub content: ContentId,
    /// Who sets it.
    pub by: String,
    /// Why, for people.
    pub reason: Option<String>,
}

/// Inserts blocks.
///
/// # Errors
/// A customer or content does not exist, or the database failed.
pub async fn insert(tx: &mut Tx, blocks: &[NewBlock], now: Timestamp) -> Result<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    let rows = blocks.iter().map(|block| {
        json!({
            "id": block.id, "customer": block.customer, "course": block.content.course(), "file": block.content.file(),
            "by": block.by, "reason": block.reason,
        })
    });
    let rows = rows.collect::<Value>().to_string();
    execute!(tx, sqlx::query(INSERT).bind(rows.as_str()).bind(Time(now)))?;
    Ok(())
}

/// Lifts blocks; one that was lifted before stays as it was.
///
/// # Errors
/// The database failed.
pub async fn lift(tx: &mut Tx, blocks: &[BlockId], by: &str, now: Timestamp) -> Result<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    execute!(
        tx,
        sqlx::query(LIFT)
            .bind(id_list(blocks))
            .bind(Time(now))
            .bind(by)
    )?;
    Ok(())
}

/// Lists the blocks that stand against these customers on these contents, by id.
///
/// # Errors
/// The database failed.
pub async fn list_standing(
    access: &mut impl Access,
    pairs: &[(CustomerId, ContentId)],
) -> Result<Vec<(BlockId, CustomerId, ContentId)>> {
    type Row = (
        Text<BlockId>,
        Text<CustomerId>,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_STANDING)
        .bind(pair_list(pairs))
        .fetch_all(c)
        .await)?;
    let blocks = rows
        .into_iter()
        .map(|(id, customer, course, file)| Ok((id.0, customer.0, content(course, file)?)));
    blocks.collect()
}

/// Lists the contents on which blocks stand against these customers.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<BTreeSet<(CustomerId, ContentId)>> {
    type Row = (
        Text<CustomerId>,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    let blocked = rows
        .into_iter()
        .map(|(customer, course, file)| Ok((customer.0, content(course, file)?)));
    blocked.collect()
}
