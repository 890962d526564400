//! How far each store is read by its API, when it is to be read next, and how it stands with its webhooks.

use domain::{StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO store_syncs (store_id, next_sync_at, next_deep_sync_at, next_webhook_check_at)
        VALUES ($1, $2, $2, $2)
        ON CONFLICT (store_id) DO UPDATE
        SET next_sync_at = $2, next_deep_sync_at = $2, next_webhook_check_at = $2";
    DELETE = "
        DELETE FROM store_syncs
        WHERE store_id = $1";
    FIND = "
        SELECT store_id, watermark, next_sync_at, next_deep_sync_at, next_webhook_check_at, synced_at, sync_error, webhooks,
          webhooks_checked_at, webhooks_restored_at
        FROM store_syncs
        WHERE store_id = $1";
    LIST = "
        SELECT store_id, watermark, next_sync_at, next_deep_sync_at, next_webhook_check_at, synced_at, sync_error, webhooks,
          webhooks_checked_at, webhooks_restored_at
        FROM store_syncs
        ORDER BY store_id
        LIMIT 1000";
    RUSH = "
        UPDATE store_syncs
        SET next_sync_at = CASE WHEN next_sync_at > $1 THEN $1 ELSE next_sync_at END";
    // Whoever moves the hand enqueues the work: two processes never both do.
    TAKE_SYNC = "
        UPDATE store_syncs
        SET next_sync_at = $3
        WHERE store_id = $1 AND next_sync_at <= $2";
    TAKE_DEEP_SYNC = "
        UPDATE store_syncs
        SET next_deep_sync_at = $3
        WHERE store_id = $1 AND next_deep_sync_at <= $2";
    TAKE_WEBHOOK_CHECK = "
        UPDATE store_syncs
        SET next_webhook_check_at = $3
        WHERE store_id = $1 AND next_webhook_check_at <= $2";
    SYNCED = "
        UPDATE store_syncs
        SET watermark = CASE WHEN watermark IS NULL OR watermark < $2 THEN $2 ELSE watermark END, synced_at = $3,
          sync_error = NULL
        WHERE store_id = $1";
    SYNC_FAILED = "
        UPDATE store_syncs
        SET sync_error = $2
        WHERE store_id = $1";
    WEBHOOKS_CHECKED = "
        UPDATE store_syncs
        SET webhooks = $2, webhooks_checked_at = $3
        WHERE store_id = $1";
    WEBHOOKS_RESTORED = "
        UPDATE store_syncs
        SET webhooks_restored_at = $2, next_sync_at = $2
        WHERE store_id = $1";
}

/// What is done for a store from time to time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Round {
    /// Reading what changed since the watermark.
    Sync,
    /// Reading everything of the last weeks, and the catalogue.
    DeepSync,
    /// Looking whether its webhooks are there and on.
    WebhookCheck,
}

/// How far a store is read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreSync {
    /// The store.
    pub store: StoreId,
    /// Changes before this moment are known; `None` before the first synchronisation.
    pub watermark: Option<Timestamp>,
    /// When it is read next.
    pub next_sync_at: Timestamp,
    /// When it is read deeply next.
    pub next_deep_sync_at: Timestamp,
    /// When its webhooks are looked at next.
    pub next_webhook_check_at: Timestamp,
    /// When a synchronisation last came to its end.
    pub synced_at: Option<Timestamp>,
    /// Why the latest did not.
    pub sync_error: Option<String>,
    /// How its webhooks were found: `active`, or what is wrong with them.
    pub webhooks: Option<String>,
    /// When.
    pub webhooks_checked_at: Option<Timestamp>,
    /// When we last made or switched on webhooks of this store.
    pub webhooks_restored_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    store_id: Text<StoreId>,
    watermark: Option<Time>,
    next_sync_at: Time,
    next_deep_sync_at: Time,
    next_webhook_check_at: Time,
    synced_at: Option<Time>,
    sync_error: Option<String>,
    webhooks: Option<String>,
    webhooks_checked_at: Option<Time>,
    webhooks_restored_at: Option<Time>,
}

impl From<Row> for StoreSync {
    fn from(row: Row) -> Self {
        let time = |time: Option<Time>| time.map(|time| time.0);
        Self {
            store: row.store_id.0,
            watermark: time(row.watermark),
            next_sync_at: row.next_sync_at.0,
            next_deep_sync_at: row.next_deep_sync_at.0,
            next_webhook_check_at: row.next_webhook_check_at.0,
            synced_at: time(row.synced_at),
            sync_error: row.sync_error,
            webhooks: row.webhooks,
            webhooks_checked_at: time(row.webhooks_checked_at),
            webhooks_restored_at: time(row.webhooks_restored_at),
        }
    }
}

/// Begins to read a store from time to time, from `now` on; one that is read already is read at once.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, store: StoreId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(INSERT).bind(Text(store)).bind(Time(now)))?;
    Ok(())
}

/// Ceases to read a store.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, store: StoreId) -> Result<()> {
    execute!(tx, sqlx::query(DELETE).bind(Text(store)))?;
    Ok(())
}

/// Finds how far a store is read; `None` when its API is not read.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, store: StoreId) -> Result<Option<StoreSync>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(store))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(StoreSync::from))
}

/// Lists the stores that are read, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access) -> Result<Vec<StoreSync>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    Ok(rows.into_iter().map(StoreSync::from).collect())
}

/// Has every store read now.
///
/// # Errors
/// The database failed.
pub async fn rush(tx: &mut Tx, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(RUSH).bind(Time(now)))?;
    Ok(())
}

/// Takes a round that is due upon oneself, and says when the next one is; false when it is not due, or somebody else took
/// it.
///
/// # Errors
/// The database failed.
pub async fn take(
    tx: &mut Tx,
    store: StoreId,
    round: Round,
    now: Timestamp,
    next: Timestamp,
) -> Result<bool> {
    let statement = match round {
        Round::Sync => TAKE_SYNC,
        Round::DeepSync => TAKE_DEEP_SYNC,
        Round::WebhookCheck => TAKE_WEBHOOK_CHECK,
    };
    let taken = execute!(
        tx,
        sqlx::query(statement)
            .bind(Text(store))
            .bind(Time(now))
            .bind(Time(next))
    )?;
    Ok(taken == 1)
}

/// Writes down that every change before `watermark` is known.
///
/// # Errors
/// The database failed.
pub async fn save_synced(
    tx: &mut Tx,
    store: StoreId,
    watermark: Timestamp,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SYNCED)
            .bind(Text(store))
            .bind(Time(watermark))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes down why a store could not be read.
///
/// # Errors
/// The database failed.
pub async fn save_failure(tx: &mut Tx, store: StoreId, error: &str) -> Result<()> {
    execute!(tx, sqlx::query(SYNC_FAILED).bind(Text(store)).bind(error))?;
    Ok(())
}

/// Writes down how a store's webhooks were found.
///
/// # Errors
/// The database failed.
pub async fn save_webhooks(
    tx: &mut Tx,
    store: StoreId,
    webhooks: &str,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(WEBHOOKS_CHECKED)
            .bind(Text(store))
            .bind(webhooks)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes down that a store's webhooks were mended, and has the store read at once: what they should have told is missing.
///
/// # Errors
/// The database failed.
pub async fn save_restored(tx: &mut Tx, store: StoreId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(WEBHOOKS_RESTORED)
            .bind(Text(store))
            .bind(Time(now))
    )?;
    Ok(())
}
