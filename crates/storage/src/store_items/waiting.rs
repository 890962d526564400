//! Who has paid for items that open nothing until somebody says what they stand for.
//!
//! The gaps lead: a healthy shop has few of them, and its items many lines.

use std::collections::BTreeMap;

use domain::gap::GapCause;
use domain::{StoreItemId, Timestamp};

use super::listing::{ItemFilter, ItemRow, ItemState, KeptItem, item_columns};
use crate::column::{Text, Time, id_list};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// Counts by item the gaps that mapping closes, those that are over left out: `$1` and `$2` are their causes, `$3` is now.
/// The order says whose it is now; the gap, whose it was when it was found.
macro_rules! waiting {
    ($which:literal) => {
        concat!(
            "SELECT l.item_id, COUNT(*) AS lines, COUNT(DISTINCT o.customer_id) AS customers, MIN(g.since) AS since
          FROM access_gaps g
          JOIN orders o ON o.id = g.order_id
          JOIN order_lines l ON l.order_id = g.order_id AND l.external_id = g.line_id
          WHERE g.cause IN ($1, $2) AND (g.ends_at IS NULL OR g.ends_at > $3)",
            $which,
            "
          GROUP BY l.item_id"
        )
    };
}

statements! {
    COUNT_WAITING = concat!(
        "
        WITH waiting AS (
          ",
        waiting!("
            AND l.item_id IN (SELECT value ->> 'id' FROM json_each(CAST($4 AS TEXT)))"),
        "
        )
        SELECT item_id, lines, customers, since
        FROM waiting
        ORDER BY item_id
        LIMIT 1000"
    );
    // Counted once, whatever the planner thinks of how many there are.
    LIST_PAID = concat!(
        "
        WITH waiting AS MATERIALIZED (
          ",
        waiting!(""),
        "
        ),
        items AS (
          SELECT w.lines, w.customers, w.since, ",
        item_columns!(),
        "
          FROM waiting w
          JOIN store_items i ON i.id = w.item_id
          LEFT JOIN products p ON p.id = i.product_id AND p.deleted_at IS NULL
          WHERE (w.lines < $4 OR (w.lines = $4 AND i.id > $5))
            AND CAST($6 AS TEXT) IN (i.store_id, '')
            AND CAST($7 AS TEXT) IN (p.id, '')
        )
        SELECT lines, customers, since, id, store_id, external_product, external_variant, sku, title, product_id, state
        FROM items
        WHERE CAST($8 AS TEXT) IN (state, '')
        ORDER BY lines DESC, id
        LIMIT $9"
    );
}

/// Who waits for an item.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Waiting {
    /// How many lines are paid for and open nothing.
    pub lines: i64,
    /// How many customers they are of.
    pub customers: i64,
    /// Since when the first of them is known; `None` when there is none.
    pub since: Option<Timestamp>,
}

/// An item that was paid for, with who waits for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaidItem {
    /// The item.
    pub item: KeptItem,
    /// Who waits for it.
    pub waiting: Waiting,
}

/// Where a page of items that were paid for begins: behind this one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaidPlace {
    /// How many lines waited for it.
    pub lines: i64,
    /// The item.
    pub item: StoreItemId,
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    lines: i64,
    customers: i64,
    since: Time,
}

impl From<WaitingRow> for Waiting {
    fn from(row: WaitingRow) -> Self {
        Self {
            lines: row.lines,
            customers: row.customers,
            since: Some(row.since.0),
        }
    }
}

#[derive(sqlx::FromRow)]
struct PaidRow {
    #[sqlx(flatten)]
    waiting: WaitingRow,
    #[sqlx(flatten)]
    item: ItemRow,
}

/// Tells for each of at most 1000 items who has paid for it and gets nothing because nobody has said what it stands for, or
/// because that is empty. Items for which nobody waits are left out.
///
/// # Errors
/// The database failed.
pub async fn count_waiting(
    access: &mut impl Access,
    items: &[StoreItemId],
    now: Timestamp,
) -> Result<BTreeMap<StoreItemId, Waiting>> {
    type Row = (Text<StoreItemId>, i64, i64, Time);
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(COUNT_WAITING)
            .bind(GapCause::UnmappedItem.name())
            .bind(GapCause::EmptyProduct.name())
            .bind(Time(now))
            .bind(id_list(items))
            .fetch_all(c)
            .await
    })?;
    let counted = rows.into_iter().map(|(item, lines, customers, since)| {
        let since = Some(since.0);
        let waiting = Waiting {
            lines,
            customers,
            since,
        };
        (item.0, waiting)
    });
    Ok(counted.collect())
}

/// Lists the items that were paid for and open nothing, those for which most lines wait first: behind a place, at most
/// `limit`. Whose number of lines changes between two pages may be there twice, or on none.
///
/// # Errors
/// The database failed.
pub async fn list_paid(
    access: &mut impl Access,
    filter: ItemFilter,
    after: Option<PaidPlace>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<PaidItem>> {
    let any = |text: Option<String>| text.unwrap_or_default();
    let rows: Vec<PaidRow> = on!(access, |c| {
        sqlx::query_as(LIST_PAID)
            .bind(GapCause::UnmappedItem.name())
            .bind(GapCause::EmptyProduct.name())
            .bind(Time(now))
            .bind(after.map_or(i64::MAX, |place| place.lines))
            .bind(any(after.map(|place| place.item.to_string())))
            .bind(any(filter.store.map(|id| id.to_string())))
            .bind(any(filter.product.map(|id| id.to_string())))
            .bind(filter.state.map_or("", ItemState::name))
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    let paid = rows.into_iter().map(|row| {
        Ok(PaidItem {
            item: row.item.read()?,
            waiting: row.waiting.into(),
        })
    });
    paid.collect()
}
