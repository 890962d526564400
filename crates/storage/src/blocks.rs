//! Blocks: an administrator's "no" to one customer and one content.

use std::collections::BTreeSet;

use domain::{BlockId, ContentId, CourseId, CustomerId, FileId, Timestamp};

use crate::access::content;
use crate::column::{Text, Time, id_list};
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
    INSERT = "
        INSERT INTO access_blocks (id, customer_id, course_id, file_id, blocked_by, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIFT = "
        UPDATE access_blocks
        SET lifted_at = $4, lifted_by = $5
        WHERE customer_id = $1 AND (course_id = $2 OR file_id = $3) AND lifted_at IS NULL
        RETURNING id";
}

/// Inserts a block.
///
/// # Errors
/// The customer or content does not exist, or the database failed.
pub async fn insert(
    tx: &mut Tx,
    id: BlockId,
    customer: CustomerId,
    content: ContentId,
    by: &str,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(Text(customer))
            .bind(content.course().map(Text))
            .bind(content.file().map(Text))
            .bind(by)
            .bind(reason)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Lifts all blocks on the content; returns those that stood.
///
/// # Errors
/// The database failed.
pub async fn lift(
    tx: &mut Tx,
    customer: CustomerId,
    content: ContentId,
    by: &str,
    now: Timestamp,
) -> Result<Vec<BlockId>> {
    let rows: Vec<(Text<BlockId>,)> = on!(tx, |c| {
        sqlx::query_as(LIFT)
            .bind(Text(customer))
            .bind(content.course().map(Text))
            .bind(content.file().map(Text))
            .bind(Time(now))
            .bind(by)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
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
