//! Blocks: an administrator's "no" to one customer and one content.

use std::collections::BTreeSet;

use domain::{BlockId, ContentId, CourseId, CustomerId, FileId, Timestamp};

use crate::access::content;
use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT course_id, file_id
        FROM access_blocks
        WHERE customer_id = $1 AND lifted_at IS NULL
        ORDER BY id
        LIMIT 100000";
    INSERT = "
        INSERT INTO access_blocks (id, customer_id, course_id, file_id, blocked_by, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIFT = "
        UPDATE access_blocks
        SET lifted_at = $4, lifted_by = $5
        WHERE customer_id = $1 AND (course_id = $2 OR file_id = $3) AND lifted_at IS NULL";
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

/// Lifts all blocks on the content; returns how many stood.
///
/// # Errors
/// The database failed.
pub async fn lift(
    tx: &mut Tx,
    customer: CustomerId,
    content: ContentId,
    by: &str,
    now: Timestamp,
) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query(LIFT)
            .bind(Text(customer))
            .bind(content.course().map(Text))
            .bind(content.file().map(Text))
            .bind(Time(now))
            .bind(by)
    )?)
}

/// Lists the contents on which a block stands against the customer.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access, customer: CustomerId) -> Result<BTreeSet<ContentId>> {
    type Row = (Option<Text<CourseId>>, Option<Text<FileId>>);
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(customer))
        .fetch_all(c)
        .await)?;
    rows.into_iter()
        .map(|(course, file)| content(course, file))
        .collect()
}
