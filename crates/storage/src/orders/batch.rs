//! Many orders at once, with all that is known of each.

use std::collections::BTreeMap;

use domain::order::{OrderHistory, OrderLine};
use domain::{CustomerId, ExternalId, OrderId, StoreId};

use super::rows::{FactRow, LineRow, OrderRow};
use crate::column::id_list;
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT id, store_id, external_id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at,
          email, external_customer, currency, captured_minor, complete_refunds, number
        FROM orders
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY id
        LIMIT 10000";
    LIST_LINES = "
        SELECT order_id, external_id, external_product, external_variant, sku, title, quantity, returned_quantity,
          period_end
        FROM order_lines
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY order_id, \"order\"
        LIMIT 1000000";
    LIST_FACTS = "
        SELECT f.store_id, f.order_external_id, f.kind, f.external_id, f.version_at, f.finality, f.payload_hash, f.state
        FROM orders o
        JOIN order_facts f ON f.store_id = o.store_id AND f.order_external_id = o.external_id
        WHERE o.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY f.store_id, f.order_external_id, f.kind, f.external_id
        LIMIT 1000000";
}

/// An order with all that is known of it.
#[derive(Clone, Debug)]
pub struct LoadedOrder {
    /// Its id.
    pub id: OrderId,
    /// Its store.
    pub store: StoreId,
    /// The store's id of it.
    pub external: ExternalId,
    /// Whose it is.
    pub owner: CustomerId,
    /// What is known of it.
    pub history: OrderHistory,
}

#[derive(sqlx::FromRow)]
struct OwnedFactRow {
    store_id: crate::column::Text<StoreId>,
    #[sqlx(flatten)]
    fact: FactRow,
}

/// Loads orders by id; those that are not known are left out.
///
/// # Errors
/// The database failed.
pub async fn load(access: &mut impl Access, ids: &[OrderId]) -> Result<Vec<LoadedOrder>> {
    let ids = id_list(ids);
    let rows: Vec<OrderRow> = on!(access, |c| sqlx::query_as(LIST)
        .bind(ids.as_str())
        .fetch_all(c)
        .await)?;
    let mut lines = list_lines(access, &ids).await?;
    let mut orders: BTreeMap<(StoreId, ExternalId), LoadedOrder> = BTreeMap::new();
    for row in rows {
        let (id, store, external) = (row.id.0, row.store_id.0, row.external_id.0.clone());
        let loaded = LoadedOrder {
            id,
            store,
            external: external.clone(),
            owner: row.customer_id.0,
            history: OrderHistory {
                order: Some(row.into_state(lines.remove(&id).unwrap_or_default())?),
                ..OrderHistory::default()
            },
        };
        orders.insert((store, external), loaded);
    }
    let facts: Vec<OwnedFactRow> = on!(access, |c| sqlx::query_as(LIST_FACTS)
        .bind(ids.as_str())
        .fetch_all(c)
        .await)?;
    for OwnedFactRow { store_id, fact } in facts {
        let key = (store_id.0, fact.order_external_id.0.clone());
        if let Some(order) = orders.get_mut(&key) {
            order.history.learn(fact.into_saying()?);
        }
    }
    Ok(orders.into_values().collect())
}

async fn list_lines(
    access: &mut impl Access,
    ids: &str,
) -> Result<BTreeMap<OrderId, Vec<OrderLine>>> {
    let rows: Vec<LineRow> = on!(access, |c| sqlx::query_as(LIST_LINES)
        .bind(ids)
        .fetch_all(c)
        .await)?;
    let mut lines: BTreeMap<OrderId, Vec<OrderLine>> = BTreeMap::new();
    for row in rows {
        let order = row.order_id.0;
        lines.entry(order).or_default().push(row.into_line()?);
    }
    Ok(lines)
}
