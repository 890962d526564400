//! Orders: the latest state of each, their lines, refunds and disputes.

mod addresses;
mod affected;
mod batch;
mod listing;
mod rows;

use domain::order::{OrderHistory, OrderLine, OrderState, Saying, Versioned};
use domain::{CustomerId, EmailAddress, ExternalId, OrderId, OrderNumber, StoreId, Timestamp};

pub(crate) use self::addresses::STATEMENTS as ADDRESSES;
pub use self::addresses::{correct, find_correction, find_email_of_number};
pub(crate) use self::affected::STATEMENTS as AFFECTED;
pub use self::affected::{
    count_of_item, count_of_store, list_items_like, list_items_of_product, list_of_item,
    list_of_store,
};
pub(crate) use self::batch::STATEMENTS as BATCH;
pub use self::batch::{LoadedOrder, load};
pub(crate) use self::listing::STATEMENTS as LISTING;
pub use self::listing::{OrderHead, find_head, list_heads_of_customer, list_heads_of_store};
use self::rows::{FactRow, LineRow, OrderRow, json, name};
use crate::column::{Text, Time, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::store_items::named;

statements! {
    // Whoever works on an order holds this, also when the order is not known yet.
    @Postgres LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    @Postgres LOCK_MANY = "
        SELECT pg_advisory_xact_lock(hashtextextended(o.name, 0))
        FROM (
          SELECT store_id || '/' || external_id AS name
          FROM orders
          WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
          ORDER BY id
        ) AS o";
    SAVE = "
        INSERT INTO orders (
          id, store_id, external_id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at, email,
          external_customer, currency, captured_minor, complete_refunds, created_at, updated_at, number
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17)
        ON CONFLICT (store_id, external_id) DO UPDATE
        SET customer_id = excluded.customer_id,
          version_at = excluded.version_at,
          finality = excluded.finality,
          payload_hash = excluded.payload_hash,
          status = excluded.status,
          is_test = excluded.is_test,
          paid_at = excluded.paid_at,
          email = excluded.email,
          external_customer = excluded.external_customer,
          currency = excluded.currency,
          captured_minor = excluded.captured_minor,
          complete_refunds = excluded.complete_refunds,
          number = excluded.number,
          updated_at = excluded.updated_at
        WHERE (excluded.version_at, excluded.finality, excluded.payload_hash)
          > (orders.version_at, orders.finality, orders.payload_hash)";
    DELETE_LINES = "
        DELETE FROM order_lines
        WHERE order_id = $1";
    INSERT_LINE = "
        INSERT INTO order_lines (
          order_id, external_id, \"order\", external_product, external_variant, sku, title, quantity, returned_quantity,
          period_end, item_id
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (
          SELECT id FROM store_items WHERE store_id = $11 AND external_product = $4 AND external_variant = $5 AND sku = $6
        ))";
    SAVE_FACT = "
        INSERT INTO order_facts (
          store_id, order_external_id, kind, external_id, version_at, finality, payload_hash, state
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (store_id, order_external_id, kind, external_id) DO UPDATE
        SET version_at = excluded.version_at,
          finality = excluded.finality,
          payload_hash = excluded.payload_hash,
          state = excluded.state
        WHERE (excluded.version_at, excluded.finality, excluded.payload_hash)
          > (order_facts.version_at, order_facts.finality, order_facts.payload_hash)";
    FIND = "
        SELECT id, store_id, external_id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at, email, external_customer,
          currency, captured_minor, complete_refunds, number
        FROM orders
        WHERE store_id = $1 AND external_id = $2";
    LIST_LINES = "
        SELECT order_id, external_id, external_product, external_variant, sku, title, quantity, returned_quantity, period_end
        FROM order_lines
        WHERE order_id = $1
        ORDER BY \"order\"
        LIMIT 10000";
    LIST_FACTS = "
        SELECT order_external_id, kind, external_id, version_at, finality, payload_hash, state
        FROM order_facts
        WHERE store_id = $1 AND order_external_id = $2
        ORDER BY kind, external_id
        LIMIT 10000";
}

/// An order as it is kept, with everything known of it.
#[derive(Clone, Debug)]
pub struct KeptOrder {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub owner: CustomerId,
}

/// Locks an order for writing until the transaction ends, also one that is not known yet.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, store: StoreId, external: &ExternalId) -> Result<()> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK).bind(format!("{store}/{external}")))?;
    }
    Ok(())
}

/// Locks orders for writing until the transaction ends, in the order of their ids. Take it before any customer is locked.
///
/// # Errors
/// The database failed.
pub async fn lock_many(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK_MANY).bind(id_list(orders)))?;
    }
    Ok(())
}

/// Finds the order and loads all that is known of it; facts may be known of an order that is not.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    store: StoreId,
    external: &ExternalId,
) -> Result<(Option<KeptOrder>, OrderHistory)> {
    let mut history = OrderHistory::default();
    let row: Option<OrderRow> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(Text(store))
            .bind(external.as_str())
            .fetch_optional(c)
            .await
    })?;
    let mut kept = None;
    if let Some(row) = row {
        kept = Some(KeptOrder {
            id: row.id.0,
            owner: row.customer_id.0,
        });
        let lines: Vec<LineRow> = on!(access, |c| sqlx::query_as(LIST_LINES)
            .bind(Text(row.id.0))
            .fetch_all(c)
            .await)?;
        let lines = lines.into_iter().map(LineRow::into_line);
        history.order = Some(row.into_state(lines.collect::<Result<_>>()?)?);
    }
    let rows: Vec<FactRow> = on!(access, |c| {
        sqlx::query_as(LIST_FACTS)
            .bind(Text(store))
            .bind(external.as_str())
            .fetch_all(c)
            .await
    })?;
    for row in rows {
        history.learn(row.into_saying()?);
    }
    Ok((kept, history))
}

/// Saves an order's state unless a later one is kept; false when it is. What its lines name must be among the store's
/// items already, so that the order is found through them.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    order: &KeptOrder,
    store: StoreId,
    external: &ExternalId,
    state: &Versioned<OrderState>,
    now: Timestamp,
) -> Result<bool> {
    let Versioned { version, state } = state;
    let refunds = state.complete_refunds.as_ref().map(json).transpose()?;
    if execute!(
        tx,
        sqlx::query(SAVE)
            .bind(Text(order.id))
            .bind(Text(store))
            .bind(external.as_str())
            .bind(Text(order.owner))
            .bind(Time(version.at))
            .bind(i64::from(version.finality))
            .bind(version.hash.as_slice())
            .bind(name(&state.status)?)
            .bind(state.is_test)
            .bind(state.paid_at.map(Time))
            .bind(state.email.as_ref().map(EmailAddress::as_str))
            .bind(state.external_customer.as_ref().map(ExternalId::as_str))
            .bind(state.currency.as_str())
            .bind(state.captured_minor)
            .bind(refunds)
            .bind(Time(now))
            .bind(state.number.as_ref().map(OrderNumber::as_str))
    )? == 0
    {
        return Ok(false);
    }
    execute!(tx, sqlx::query(DELETE_LINES).bind(Text(order.id)))?;
    for (place, line) in (0_i64..).zip(&state.lines) {
        insert_line(tx, store, order.id, place, line).await?;
    }
    Ok(true)
}

async fn insert_line(
    tx: &mut Tx,
    store: StoreId,
    order: OrderId,
    place: i64,
    line: &OrderLine,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_LINE)
            .bind(Text(order))
            .bind(line.external_id.as_str())
            .bind(place)
            .bind(named(line.item.product.as_ref()))
            .bind(named(line.item.variant.as_ref()))
            .bind(named(line.item.sku.as_ref()))
            .bind(line.title.as_str())
            .bind(i64::from(line.quantity))
            .bind(i64::from(line.returned_quantity))
            .bind(line.period_end.map(Time))
            .bind(Text(store))
    )?;
    Ok(())
}

/// Saves the state of a refund or dispute unless a later one is kept. A [`Saying::Order`] is saved by [`save`] and
/// passed over here.
///
/// # Errors
/// The database failed.
pub async fn save_fact(
    tx: &mut Tx,
    store: StoreId,
    order: &ExternalId,
    saying: &Saying,
) -> Result<()> {
    let (kind, external, version, state) = match saying {
        Saying::Order(_) => return Ok(()),
        Saying::Refund(id, refund) => ("refund", id, refund.version, json(&refund.state)?),
        Saying::Dispute(id, dispute) => ("dispute", id, dispute.version, json(&dispute.state)?),
    };
    execute!(
        tx,
        sqlx::query(SAVE_FACT)
            .bind(Text(store))
            .bind(order.as_str())
            .bind(kind)
            .bind(external.as_str())
            .bind(Time(version.at))
            .bind(i64::from(version.finality))
            .bind(version.hash.as_slice())
            .bind(state)
    )?;
    Ok(())
}
