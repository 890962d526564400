//! Grants by hand, and what customers hold of contents from whatever source: what an administrator's acts read and write.

use domain::access::Grant;
use domain::grant::Term;
use domain::{ContentId, CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, Timestamp};
use serde_json::{Value, json};

use super::term;
use crate::access::{content, end_reason};
use crate::column::{Text, Time, pair_list, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT_MANUAL = "
        INSERT INTO customer_access (
          id, customer_id, course_id, file_id, granted_at, source, expires_at, granted_by, note, created_at
        )
        SELECT value ->> 'id', value ->> 'customer', value ->> 'course', value ->> 'file',
          CAST(value ->> 'granted_at' AS BIGINT), 'manual_assignment', CAST(value ->> 'expires_at' AS BIGINT),
          value ->> 'by', value ->> 'note', CAST(value ->> 'granted_at' AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))";
    EXTEND_MANUAL = "
        UPDATE customer_access
        SET extended_until = CASE
          WHEN customer_access.extended_until > n.until THEN customer_access.extended_until ELSE n.until
        END
        FROM (
          SELECT value ->> 'id' AS id, CAST(value ->> 'until' AS BIGINT) AS until
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        WHERE customer_access.id = n.id AND customer_access.order_id IS NULL";
    LIST_HELD = "
        SELECT a.id, a.customer_id, a.course_id, a.file_id, a.order_id, a.line_id, a.granted_at, a.expires_at,
          a.extended_until, a.revoked_at, a.revoke_reason
        FROM (
          SELECT value ->> 'customer' AS customer, value ->> 'content' AS content
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        JOIN customer_access a ON a.customer_id = n.customer AND a.course_id = n.content
        UNION ALL
        SELECT a.id, a.customer_id, a.course_id, a.file_id, a.order_id, a.line_id, a.granted_at, a.expires_at,
          a.extended_until, a.revoked_at, a.revoke_reason
        FROM (
          SELECT value ->> 'customer' AS customer, value ->> 'content' AS content
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        JOIN customer_access a ON a.customer_id = n.customer AND a.file_id = n.content
        ORDER BY 1
        LIMIT 1000000";
    FIND = "
        SELECT id, customer_id, course_id, file_id, order_id, line_id, granted_at, expires_at, extended_until,
          revoked_at, revoke_reason
        FROM customer_access
        WHERE id = $1";
}

/// A grant by hand.
#[derive(Clone, Debug)]
pub struct ManualGrant {
    /// Its id.
    pub id: GrantId,
    /// Who may open it.
    pub customer: CustomerId,
    /// What.
    pub content: ContentId,
    /// From when until when.
    pub term: Term,
    /// Who granted it.
    pub granted_by: String,
    /// Why, for people.
    pub note: Option<String>,
}

/// A grant of any source.
#[derive(Clone, Debug)]
pub struct HeldGrant {
    /// Who may open it.
    pub customer: CustomerId,
    /// What.
    pub content: ContentId,
    /// The order and its line; `None` for a grant by hand.
    pub line: Option<(OrderId, ExternalId)>,
    /// How it stands.
    pub grant: Grant,
}

impl HeldGrant {
    /// Returns from when until when it holds.
    #[must_use]
    pub fn term(&self) -> Term {
        term(
            Time(self.grant.granted_at),
            self.grant.expires_at.map(Time),
            self.grant.extended_until.map(Time),
        )
    }
}

/// Inserts grants by hand.
///
/// # Errors
/// A customer or content does not exist, or the database failed.
pub async fn insert_manual(tx: &mut Tx, grants: &[ManualGrant]) -> Result<()> {
    if grants.is_empty() {
        return Ok(());
    }
    let rows = grants.iter().map(|grant| {
        json!({
            "id": grant.id, "customer": grant.customer, "course": grant.content.course(), "file": grant.content.file(),
            "granted_at": grant.term.granted_at, "expires_at": grant.term.expires_at, "by": grant.granted_by,
            "note": grant.note,
        })
    });
    let rows = rows.collect::<Value>().to_string();
    execute!(tx, sqlx::query(INSERT_MANUAL).bind(rows.as_str()))?;
    Ok(())
}

/// Extends grants by hand; a later extension stays.
///
/// # Errors
/// The database failed.
pub async fn extend_manual(tx: &mut Tx, extended: &[(GrantId, Timestamp)]) -> Result<()> {
    if extended.is_empty() {
        return Ok(());
    }
    let rows = extended
        .iter()
        .map(|(id, until)| json!({ "id": id, "until": until }));
    let rows = rows.collect::<Value>().to_string();
    execute!(tx, sqlx::query(EXTEND_MANUAL).bind(rows.as_str()))?;
    Ok(())
}

type HeldRow = (
    Text<GrantId>,
    Text<CustomerId>,
    Option<Text<CourseId>>,
    Option<Text<FileId>>,
    Option<Text<OrderId>>,
    Option<Text<ExternalId>>,
    Time,
    Option<Time>,
    Option<Time>,
    Option<Time>,
    Option<String>,
);

fn held(row: HeldRow) -> Result<HeldGrant> {
    let (id, customer, course, file, order, line, from, until, extended, revoked_at, reason) = row;
    let reason = reason.as_deref().map(end_reason).transpose()?;
    Ok(HeldGrant {
        customer: customer.0,
        content: content(course, file)?,
        line: order.zip(line).map(|(order, line)| (order.0, line.0)),
        grant: Grant {
            id: id.0,
            granted_at: from.0,
            expires_at: time(until),
            extended_until: time(extended),
            revoked: time(revoked_at).zip(reason),
        },
    })
}

/// Lists what these customers hold of these contents, ended grants too, by id.
///
/// # Errors
/// The database failed.
pub async fn list_held(
    access: &mut impl Access,
    pairs: &[(CustomerId, ContentId)],
) -> Result<Vec<HeldGrant>> {
    let rows: Vec<HeldRow> = on!(access, |c| sqlx::query_as(LIST_HELD)
        .bind(pair_list(pairs))
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(held).collect()
}

/// Finds a grant of any source.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: GrantId) -> Result<Option<HeldGrant>> {
    let row: Option<HeldRow> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(held).transpose()
}
