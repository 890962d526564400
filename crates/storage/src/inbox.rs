//! The inbox: every authentic webhook, as it came.

use domain::{DeliveryId, StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;
use crate::work::{Outcome, claim, settle, settle_row};

statements! {
    INSERT = "
        INSERT INTO deliveries (id, store_id, fingerprint, event_id, headers, body, received_at, state, attempts, run_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $7)
        ON CONFLICT DO NOTHING";
    @Sqlite CLAIM_SQLITE = claim!("deliveries", "id, store_id, event_id, body, received_at, attempts", "");
    @Postgres CLAIM_POSTGRES =
        claim!("deliveries", "id, store_id, event_id, body, received_at, attempts", "FOR UPDATE SKIP LOCKED");
    SETTLE = settle!("deliveries");
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
    /// The store's id of the event.
    pub event_id: Option<String>,
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
        |(id, store, event_id, body, received_at, attempt)| ClaimedDelivery {
            id: id.0,
            store: store.0,
            event_id,
            body,
            received_at: received_at.0,
            attempt,
        },
    ))
}

/// Settles an attempt; false when somebody else has claimed the delivery since.
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
    settle_row(tx, SETTLE, id.to_string(), attempt, outcome, now).await
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
