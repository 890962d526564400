//! Who loses access when products no longer contain what they contain now.

use domain::{ContentId, StoreItemId, Timestamp};
use serde_json::{Value, json};

use crate::column::{Time, id_list};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    // The decision of RULES §5, before and after, over everybody at once; a test holds it against what happens.
    COUNT = "
        WITH lost (item, content) AS (
          SELECT value ->> 'item', value ->> 'content' FROM json_each(CAST($1 AS TEXT))
        ),
        gone (content) AS (
          SELECT value ->> 'id' FROM json_each(CAST($2 AS TEXT))
        ),
        ending (id) AS (
          SELECT a.id
          FROM lost
          JOIN order_lines l ON l.item_id = lost.item
          JOIN customer_access a ON a.order_id = l.order_id AND a.line_id = l.external_id
            AND COALESCE(a.course_id, a.file_id) = lost.content
          UNION
          SELECT a.id FROM gone JOIN customer_access a ON a.course_id = gone.content
          UNION
          SELECT a.id FROM gone JOIN customer_access a ON a.file_id = gone.content
        ),
        concerned (content) AS (
          SELECT id
          FROM courses
          WHERE id IN (SELECT content FROM lost UNION SELECT content FROM gone)
            AND published_at <= $3 AND deleted_at IS NULL
          UNION ALL
          SELECT id
          FROM files
          WHERE id IN (SELECT content FROM lost UNION SELECT content FROM gone)
            AND published_at <= $3 AND deleted_at IS NULL
        ),
        live (id, customer_id, content) AS (
          SELECT a.id, a.customer_id, concerned.content
          FROM concerned
          JOIN customer_access a ON a.course_id = concerned.content OR a.file_id = concerned.content
          WHERE a.revoked_at IS NULL AND a.granted_at <= $3
            AND (a.expires_at IS NULL OR a.expires_at > $3 OR a.extended_until > $3)
        ),
        locked_out (customer_id, content) AS (
          SELECT live.customer_id, live.content
          FROM live
          LEFT JOIN ending ON ending.id = live.id
          GROUP BY live.customer_id, live.content
          HAVING COUNT(*) = COUNT(ending.id)
        )
        SELECT COUNT(DISTINCT o.customer_id)
        FROM locked_out o
        WHERE NOT EXISTS (
          SELECT 1
          FROM access_blocks b
          WHERE b.customer_id = o.customer_id AND COALESCE(b.course_id, b.file_id) = o.content AND b.lifted_at IS NULL
        )";
}

/// What no longer is there for some.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    /// What a line of an item no longer grants.
    pub of_items: Vec<(StoreItemId, ContentId)>,
    /// What is deleted, whoever has it.
    pub deleted: Vec<ContentId>,
}

/// Counts the customers who may open something of it now and then may not: those whom no other grant lets in.
///
/// # Errors
/// The database failed.
pub async fn count(access: &mut impl Access, losses: &Losses, now: Timestamp) -> Result<i64> {
    let of_items = losses.of_items.iter();
    let of_items = of_items.map(|(item, content)| json!({ "item": item, "content": content }));
    let of_items = of_items.collect::<Value>().to_string();
    let count: i64 = on!(access, |c| sqlx::query_scalar(COUNT)
        .bind(of_items)
        .bind(id_list(&losses.deleted))
        .bind(Time(now))
        .fetch_one(c)
        .await)?;
    Ok(count)
}
