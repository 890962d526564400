//! The inbox: every authentic webhook, as it came.

use domain::{DeliveryId, ExternalId, StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::work::{Outcome, claim, settle, settle_row};

statements! {
    INSERT = "
        INSERT INTO deliveries (
          id, store_id, fingerprint, topic, event_id, headers, body, received_at, state, attempts, run_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $8)
        ON CONFLICT DO NOTHING";
    @Sqlite CLAIM_SQLITE = claim!(
        "deliveries",
        "id, store_id, topic, event_id, headers, body, received_at, attempts",
        "",
        ""
    );
    @Postgres CLAIM_POSTGRES = claim!(
        "deliveries",
        "id, store_id, topic, event_id, headers, body, received_at, attempts",
        "",
        "FOR UPDATE SKIP LOCKED"
    );
    SETTLE = settle!("deliveries");
    // Somebody may have tried again meanwhile by the same number, after a replay.
    INSERT_FAILURE = "
        INSERT INTO delivery_failures (delivery_id, attempt, failed_at, error)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (delivery_id, attempt) DO UPDATE
        SET failed_at = excluded.failed_at, error = excluded.error";
    INSERT_ORDER = "
        INSERT INTO delivery_orders (store_id, order_external_id, delivery_id)
        VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";
    COUNT = "
        SELECT COUNT(*)
        FROM deliveries
        WHERE state = $1";
}

/// A webhook to put into the inbox.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The store it came from.
    pub store: StoreId,
    /// SHA-256 of what makes two deliveries the same.
    pub fingerprint: Vec<u8>,
    /// What the store calls the kind of event.
    pub topic: Option<String>,
    /// The store's id of the event.
    pub event_id: Option<String>,
    /// The headers worth keeping, as JSON.
    pub headers: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A delivery that a worker has claimed.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The store it came from.
    pub store: StoreId,
    /// What the store calls the kind of event.
    pub topic: Option<String>,
    /// The store's id of the event.
    pub event_id: Option<String>,
    /// The headers that were kept, as JSON.
    pub headers: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: i64,
}

/// Puts a delivery into the inbox; false when the same one already waits there untouched.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, delivery: &NewDelivery) -> Result<bool> {
    let is_new = execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(delivery.id))
            .bind(Text(delivery.store))
            .bind(delivery.fingerprint.as_slice())
            .bind(delivery.topic.as_deref())
            .bind(delivery.event_id.as_deref())
            .bind(delivery.headers.as_str())
            .bind(delivery.body.as_slice())
            .bind(Time(delivery.received_at))
    )? == 1;
    if is_new {
        tx.wake_workers();
    }
    Ok(is_new)
}

/// Claims the next due delivery until `lease_until`.
///
/// # Errors
/// The database failed.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<ClaimedDelivery>> {
    type Row = (
        Text<DeliveryId>,
        Text<StoreId>,
        Option<String>,
        Option<String>,
        String,
        Vec<u8>,
        Time,
        i64,
    );
    let statement = if tx.is_postgres() {
        CLAIM_POSTGRES
    } else {
        CLAIM_SQLITE
    };
    let row: Option<Row> = on!(tx, |c| {
        sqlx::query_as(statement)
            .bind(Time(now))
            .bind(Time(lease_until))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(
        |(id, store, topic, event_id, headers, body, received_at, attempt)| ClaimedDelivery {
            id: id.0,
            store: store.0,
            topic,
            event_id,
            headers,
            body,
            received_at: received_at.0,
            attempt,
        },
    ))
}

/// Settles an attempt, and writes down how it failed; false when somebody else has claimed the delivery since.
///
/// # Errors
/// The database failed.
pub async fn settle(
    tx: &mut Tx,
    id: DeliveryId,
    attempt: i64,
    outcome: Outcome<'_>,
    now: Timestamp,
) -> Result<bool> {
    let is_settled = settle_row(tx, SETTLE, id.to_string(), attempt, outcome, now).await?;
    if let (true, Outcome::Retry { error, .. } | Outcome::Dead { error }) = (is_settled, outcome) {
        execute!(
            tx,
            sqlx::query(INSERT_FAILURE)
                .bind(Text(id))
                .bind(attempt)
                .bind(Time(now))
                .bind(error)
        )?;
    }
    Ok(is_settled)
}

/// Writes down that a delivery spoke of an order.
///
/// # Errors
/// The database failed.
pub async fn insert_order(
    tx: &mut Tx,
    id: DeliveryId,
    store: StoreId,
    order: &ExternalId,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_ORDER)
            .bind(Text(store))
            .bind(order.as_str())
            .bind(Text(id))
    )?;
    Ok(())
}

/// Counts the deliveries in a state: `queued`, `working`, `done` or `dead`.
///
/// # Errors
/// The database failed.
pub async fn count(access: &mut impl Access, state: &str) -> Result<i64> {
    let row: (i64,) = on!(access, |c| sqlx::query_as(COUNT)
        .bind(state)
        .fetch_one(c)
        .await)?;
    Ok(row.0)
}
