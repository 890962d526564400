//! Lines that pay and open nothing, as the last reconciliation of each order found them.

use std::collections::BTreeSet;

use domain::gap::{Gap, GapCause};
use domain::{ContentId, CustomerId, ExternalId, OrderId, Timestamp};
use serde_json::json;

use crate::column::{Text, Time, corrupt, id_list, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST_OF_ORDERS = "
        SELECT order_id, line_id, cause, content_id, ends_at
        FROM access_gaps
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        LIMIT 100000";
    // SQLite takes an ON CONFLICT after a SELECT for a join unless there is a WHERE.
    SAVE = "
        INSERT INTO access_gaps (order_id, line_id, cause, content_id, customer_id, since, ends_at)
        SELECT value ->> 'order', value ->> 'line', value ->> 'cause', value ->> 'content', value ->> 'customer',
          CAST($2 AS BIGINT), CAST(value ->> 'ends_at' AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))
        WHERE TRUE
        ON CONFLICT (order_id, line_id, cause, content_id) DO UPDATE SET ends_at = excluded.ends_at";
    DELETE = "
        DELETE FROM access_gaps
        WHERE (order_id, line_id, cause, content_id) IN (
          SELECT value ->> 'order', value ->> 'line', value ->> 'cause', value ->> 'content'
          FROM json_each(CAST($1 AS TEXT))
        )";
}

/// What makes a gap one and the same: its order, line, cause and content.
pub type GapKey<'a> = (OrderId, &'a ExternalId, GapCause, Option<ContentId>);

/// A gap with the order that it is in.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OrderGap {
    /// The order.
    pub order: OrderId,
    /// Its gap.
    pub gap: Gap,
}

impl OrderGap {
    /// Returns what makes it this gap.
    #[must_use]
    pub fn key(&self) -> GapKey<'_> {
        let gap = &self.gap;
        (self.order, &gap.line, gap.cause, gap.content)
    }
}

/// Lists the gaps of these orders.
///
/// # Errors
/// The database failed.
pub async fn list_of_orders(
    access: &mut impl Access,
    orders: &[OrderId],
) -> Result<BTreeSet<OrderGap>> {
    type Row = (
        Text<OrderId>,
        Text<ExternalId>,
        String,
        String,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_OF_ORDERS)
        .bind(id_list(orders))
        .fetch_all(c)
        .await)?;
    let gaps = rows
        .into_iter()
        .map(|(order, line, cause, content, ends_at)| {
            let gap = Gap {
                line: line.0,
                cause: GapCause::from_name(&cause).ok_or_else(|| corrupt("access_gaps.cause"))?,
                content: unnamed(&content)?,
                ends_at: time(ends_at),
            };
            let order = order.0;
            Ok(OrderGap { order, gap })
        });
    gaps.collect()
}

/// Saves gaps with the customers who are locked out; one that is known stays known since when it was found.
///
/// # Errors
/// The database failed.
pub async fn save(tx: &mut Tx, gaps: &[(&OrderGap, CustomerId)], now: Timestamp) -> Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    let rows = gaps.iter().map(|(gap, customer)| {
        json!({ "order": gap.order, "line": gap.gap.line, "cause": gap.gap.cause.name(),
                "content": named(gap.gap.content), "customer": customer, "ends_at": gap.gap.ends_at })
    });
    let rows = rows.collect::<serde_json::Value>().to_string();
    execute!(tx, sqlx::query(SAVE).bind(rows.as_str()).bind(Time(now)))?;
    Ok(())
}

/// Deletes gaps that are closed.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, gaps: &[&OrderGap]) -> Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    let rows = gaps.iter().map(|gap| {
        json!({ "order": gap.order, "line": gap.gap.line, "cause": gap.gap.cause.name(),
                "content": named(gap.gap.content) })
    });
    let rows = rows.collect::<serde_json::Value>().to_string();
    execute!(tx, sqlx::query(DELETE).bind(rows.as_str()))?;
    Ok(())
}

/// Writes a gap of the whole line as the empty text, so that uniqueness holds.
fn named(content: Option<ContentId>) -> String {
    content.map(|id| id.to_string()).unwrap_or_default()
}

fn unnamed(text: &str) -> Result<Option<ContentId>> {
    if text.is_empty() {
        return Ok(None);
    }
    let content = text
        .parse()
        .map_err(|_| corrupt("access_gaps.content_id"))?;
    Ok(Some(content))
}
