//! Orders: the latest state of each, their lines, refunds and disputes.

use std::collections::BTreeSet;

use domain::order::{
    OrderHistory, OrderLine, OrderState, OrderStatus, Saying, StoreItem, Version, Versioned,
};
use domain::{CustomerId, EmailAddress, ExternalId, OrderId, ProductId, StoreId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column::{Text, Time, corrupt, text, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::store_items::{named, unnamed};

statements! {
    // Whoever works on an order holds this, also when the order is not known yet.
    @Postgres LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    SAVE = "
        INSERT INTO orders (
          id, store_id, external_id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at, email,
          external_customer, currency, captured_minor, complete_refunds, created_at, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
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
          updated_at = excluded.updated_at
        WHERE (excluded.version_at, excluded.finality, excluded.payload_hash)
          > (orders.version_at, orders.finality, orders.payload_hash)";
    DELETE_LINES = "
        DELETE FROM order_lines
        WHERE order_id = $1";
    INSERT_LINE = "
        INSERT INTO order_lines (
          order_id, external_id, \"order\", external_product, external_variant, sku, title, quantity, returned_quantity,
          period_end
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
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
        SELECT id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at, email, external_customer,
          currency, captured_minor, complete_refunds
        FROM orders
        WHERE store_id = $1 AND external_id = $2";
    LIST_LINES = "
        SELECT external_id, external_product, external_variant, sku, title, quantity, returned_quantity, period_end
        FROM order_lines
        WHERE order_id = $1
        ORDER BY \"order\"
        LIMIT 10000";
    LIST_FACTS = "
        SELECT kind, external_id, version_at, finality, payload_hash, state
        FROM order_facts
        WHERE store_id = $1 AND order_external_id = $2
        ORDER BY kind, external_id
        LIMIT 10000";
    LIST_BY_PRODUCT = "
        WITH RECURSIVE holders (id) AS (
          SELECT CAST($1 AS TEXT)
          UNION
          SELECT b.bundle_id FROM bundle_items b JOIN holders h ON h.id = b.product_id
        )
        SELECT DISTINCT o.id, o.store_id, o.external_id
        FROM store_item_mappings m
        JOIN holders h ON h.id = m.product_id
        JOIN store_items i ON i.id = m.item_id
        JOIN orders o ON o.store_id = i.store_id AND o.id > $2
        JOIN order_lines l ON l.order_id = o.id
          AND i.external_product IN (l.external_product, '')
          AND i.external_variant IN (l.external_variant, '')
          AND i.sku IN (l.sku, '')
        ORDER BY o.id
        LIMIT $3";
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
        let lines = list_lines(access, row.id.0).await?;
        history.order = Some(row.into_state(lines)?);
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

/// Saves an order's state unless a later one is kept; false when it is.
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
    )? == 0
    {
        return Ok(false);
    }
    execute!(tx, sqlx::query(DELETE_LINES).bind(Text(order.id)))?;
    for (place, line) in (0_i64..).zip(&state.lines) {
        insert_line(tx, order.id, place, line).await?;
    }
    Ok(true)
}

async fn insert_line(tx: &mut Tx, order: OrderId, place: i64, line: &OrderLine) -> Result<()> {
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

/// Lists orders with a line that stands, or once stood, for the product or a bundle around it: by id, those after
/// `after` first.
///
/// # Errors
/// The database failed.
pub async fn list_by_product(
    access: &mut impl Access,
    product: ProductId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<(OrderId, StoreId, ExternalId)>> {
    type Row = (Text<OrderId>, Text<StoreId>, Text<ExternalId>);
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST_BY_PRODUCT)
            .bind(Text(product))
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(id, store, external)| (id.0, store.0, external.0))
        .collect())
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: Text<OrderId>,
    customer_id: Text<CustomerId>,
    version_at: Time,
    finality: i64,
    payload_hash: Vec<u8>,
    status: String,
    is_test: bool,
    paid_at: Option<Time>,
    email: Option<Text<EmailAddress>>,
    external_customer: Option<Text<ExternalId>>,
    currency: String,
    captured_minor: i64,
    complete_refunds: Option<String>,
}

impl OrderRow {
    fn into_state(self, lines: Vec<OrderLine>) -> Result<Versioned<OrderState>> {
        let refunds: Option<BTreeSet<ExternalId>> =
            self.complete_refunds.as_deref().map(parse).transpose()?;
        let status: OrderStatus = parse(&format!("\"{}\"", self.status))?;
        let state = OrderState {
            status,
            is_test: self.is_test,
            paid_at: time(self.paid_at),
            email: text(self.email),
            external_customer: text(self.external_customer),
            currency: self.currency,
            captured_minor: self.captured_minor,
            lines,
            complete_refunds: refunds,
        };
        let version = version(self.version_at, self.finality, self.payload_hash)?;
        Ok(Versioned { version, state })
    }
}

async fn list_lines(access: &mut impl Access, order: OrderId) -> Result<Vec<OrderLine>> {
    type Row = (
        Text<ExternalId>,
        String,
        String,
        String,
        String,
        i64,
        i64,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_LINES)
        .bind(Text(order))
        .fetch_all(c)
        .await)?;
    let lines = rows.into_iter().map(
        |(id, product, variant, sku, title, quantity, returned, end)| {
            Ok(OrderLine {
                external_id: id.0,
                item: StoreItem {
                    product: unnamed(&product),
                    variant: unnamed(&variant),
                    sku: unnamed(&sku),
                },
                title,
                quantity: count(quantity)?,
                returned_quantity: count(returned)?,
                period_end: time(end),
            })
        },
    );
    lines.collect()
}

#[derive(sqlx::FromRow)]
struct FactRow {
    kind: String,
    external_id: Text<ExternalId>,
    version_at: Time,
    finality: i64,
    payload_hash: Vec<u8>,
    state: String,
}

impl FactRow {
    fn into_saying(self) -> Result<Saying> {
        let version = version(self.version_at, self.finality, self.payload_hash)?;
        let id = self.external_id.0;
        Ok(match self.kind.as_str() {
            "refund" => Saying::Refund(
                id,
                Versioned {
                    version,
                    state: parse(&self.state)?,
                },
            ),
            "dispute" => Saying::Dispute(
                id,
                Versioned {
                    version,
                    state: parse(&self.state)?,
                },
            ),
            _ => return Err(corrupt("order_facts.kind").into()),
        })
    }
}

fn version(at: Time, finality: i64, hash: Vec<u8>) -> Result<Version> {
    let finality = i16::try_from(finality).map_err(|_| corrupt("finality"))?;
    let hash = hash.try_into().map_err(|_| corrupt("payload_hash"))?;
    Ok(Version {
        at: at.0,
        finality,
        hash,
    })
}

fn count(number: i64) -> Result<u32> {
    Ok(u32::try_from(number).map_err(|_| corrupt("order_lines.quantity"))?)
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|_| corrupt("a value without JSON form"))?)
}

/// Writes an enum's variant by its serialized name.
fn name(value: &impl Serialize) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text).map_err(|_| corrupt("a column with JSON"))?)
}
