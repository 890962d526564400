//! The inbox as people read it: lists, one delivery with all its tries, and working many off again.

use domain::{DeliveryId, ExternalId, StoreId, StoreName, Timestamp};

use crate::column::{Text, Time, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// Which deliveries a statement is about: the one narrowing that an index serves, then the others. Absent narrowings are ''
/// (or 0 and the end of time).
macro_rules! chosen {
    ($head:literal, $first:literal, $tail:literal) => {
        concat!(
            $head,
            "
             WHERE ",
            $first,
            "
               AND CAST($2 AS TEXT) IN (d.state, '')
               AND CAST($3 AS TEXT) IN (d.topic, '')
               AND d.received_at >= $4 AND d.received_at < $5 ",
            $tail
        )
    };
}

/// The newest of them, as lists show them.
macro_rules! listed {
    ($first:literal) => {
        chosen!(
            "SELECT d.id, d.store_id, s.name, d.topic, d.event_id, d.received_at, d.state, d.attempts, d.run_at, d.error,
               d.finished_at
             FROM deliveries d
             JOIN stores s ON s.id = d.store_id",
            $first,
            "  AND d.id < $7
             ORDER BY d.id DESC
             LIMIT $8"
        )
    };
}

/// The ids of the oldest that are through.
macro_rules! finished {
    ($first:literal) => {
        chosen!(
            "SELECT d.id
             FROM deliveries d",
            $first,
            "  AND d.state NOT IN ('queued', 'working') AND d.body_gone IS NULL AND d.id > $7
             ORDER BY d.id
             LIMIT $8"
        )
    };
}

statements! {
    LIST = listed!("CAST($1 AS TEXT) = '' AND CAST($6 AS TEXT) = ''");
    LIST_OF_STORE = listed!("d.store_id = $1 AND CAST($6 AS TEXT) = ''");
    LIST_OF_ORDER = listed!(
        "d.id IN (SELECT o.delivery_id FROM delivery_orders o WHERE o.order_external_id = $6)
             AND CAST($1 AS TEXT) IN (d.store_id, '')"
    );
    LIST_FINISHED = finished!("CAST($1 AS TEXT) = '' AND CAST($6 AS TEXT) = ''");
    LIST_FINISHED_OF_STORE = finished!("d.store_id = $1 AND CAST($6 AS TEXT) = ''");
    LIST_FINISHED_OF_ORDER = finished!(
        "d.id IN (SELECT o.delivery_id FROM delivery_orders o WHERE o.order_external_id = $6)
             AND CAST($1 AS TEXT) IN (d.store_id, '')"
    );
    FIND = "
        SELECT d.id, d.store_id, s.name, d.topic, d.event_id, d.received_at, d.state, d.attempts, d.run_at, d.error,
          d.finished_at
        FROM deliveries d
        JOIN stores s ON s.id = d.store_id
        WHERE d.id = $1";
    FIND_CONTENT = "
        SELECT headers, body, body_gone
        FROM deliveries
        WHERE id = $1";
    LIST_FAILURES = "
        SELECT attempt, failed_at, error
        FROM delivery_failures
        WHERE delivery_id = $1
        ORDER BY attempt
        LIMIT 100";
    LIST_ORDERS = "
        SELECT order_external_id
        FROM delivery_orders
        WHERE delivery_id = $1
        ORDER BY order_external_id
        LIMIT 1000";
    LIST_JOBS = "
        SELECT id, kind, subject, state, error
        FROM jobs
        WHERE delivery_id = $1
        ORDER BY id
        LIMIT 100";
    // Not 0: the same bytes that wait untouched are another row, and these must not collide with it.
    REPLAY = "
        UPDATE deliveries
        SET state = 'queued', attempts = 1, run_at = $2, error = NULL, finished_at = NULL
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
          AND state NOT IN ('queued', 'working') AND body_gone IS NULL";
}

/// Which deliveries are meant; what is absent lets all through.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeliveryFilter {
    /// Only of this store.
    pub store: Option<StoreId>,
    /// Only in this state: `queued`, `working`, `done`, `dead`, `dismissed` or `superseded`.
    pub state: Option<String>,
    /// Only of this kind of event, as the store calls it.
    pub topic: Option<String>,
    /// Only those that spoke of this order, by the store's id.
    pub order: Option<ExternalId>,
    /// Only those received at this moment or later.
    pub since: Option<Timestamp>,
    /// Only those received before this moment.
    pub until: Option<Timestamp>,
}

/// A delivery as lists show it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeliveryRow {
    /// Its id; the greater, the later it came.
    pub id: DeliveryId,
    /// The store it came from.
    pub store: StoreId,
    /// The store's name.
    pub store_name: StoreName,
    /// What the store calls the kind of event.
    pub topic: Option<String>,
    /// The store's id of the event.
    pub event_id: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: String,
    /// How often it was tried, since it was last replayed.
    pub attempts: i64,
    /// When it is tried next, while it waits.
    pub run_at: Timestamp,
    /// How the latest try failed.
    pub error: Option<String>,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
}

/// A try that failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeliveryFailure {
    /// Which try it was, from 1.
    pub attempt: i64,
    /// When it failed.
    pub failed_at: Timestamp,
    /// How.
    pub error: String,
}

/// A question to the store that a delivery caused.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::FromRow)]
pub struct CausedJob {
    /// The job's id.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Where it stands.
    pub state: String,
    /// How its latest try failed.
    pub error: Option<String>,
}

/// One delivery with all that is kept of it.
#[derive(Clone, Debug)]
pub struct KeptDelivery {
    /// What lists show.
    pub row: DeliveryRow,
    /// The headers that were kept, as a JSON list of pairs.
    pub headers: String,
    /// The body, byte for byte; empty when it is gone.
    pub body: Vec<u8>,
    /// Why headers and body are no longer kept: `expired` or `erased`.
    pub body_gone: Option<String>,
    /// The tries that failed.
    pub failures: Vec<DeliveryFailure>,
    /// The orders that it spoke of, by the store's ids.
    pub orders: Vec<ExternalId>,
    /// What it made us ask the store.
    pub jobs: Vec<CausedJob>,
}

type Row = (
    Text<DeliveryId>,
    Text<StoreId>,
    Text<StoreName>,
    Option<String>,
    Option<String>,
    Time,
    String,
    i64,
    Time,
    Option<String>,
    Option<Time>,
);

impl From<Row> for DeliveryRow {
    fn from(row: Row) -> Self {
        let (id, store, name, topic, event_id, received, state, attempts, run_at, error, finished) =
            row;
        Self {
            id: id.0,
            store: store.0,
            store_name: name.0,
            topic,
            event_id,
            received_at: received.0,
            state,
            attempts,
            run_at: run_at.0,
            error,
            finished_at: finished.map(|at| at.0),
        }
    }
}

impl DeliveryFilter {
    /// Chooses the statement whose index narrows most: an order has few deliveries, a store has many.
    fn choose(
        &self,
        of_all: &'static str,
        of_store: &'static str,
        of_order: &'static str,
    ) -> &'static str {
        match (&self.order, &self.store) {
            (Some(_), _) => of_order,
            (None, Some(_)) => of_store,
            (None, None) => of_all,
        }
    }
}

/// Binds what [`chosen`] asks for.
macro_rules! bind_filter {
    ($query:expr, $filter:expr) => {
        $query
            .bind($filter.store.map_or_else(String::new, |id| id.to_string()))
            .bind($filter.state.as_deref().unwrap_or_default())
            .bind($filter.topic.as_deref().unwrap_or_default())
            .bind(Time($filter.since.unwrap_or(Timestamp::from_seconds(0))))
            .bind(Time($filter.until.unwrap_or(Timestamp::LAST)))
            .bind($filter.order.as_ref().map_or("", ExternalId::as_str))
    };
}

/// Lists deliveries, the newest first, beginning after `before` (older than it).
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    filter: &DeliveryFilter,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryRow>> {
    // Every id is less: ids begin with their prefix.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let statement = filter.choose(LIST, LIST_OF_STORE, LIST_OF_ORDER);
    let rows: Vec<Row> = on!(access, |c| {
        bind_filter!(sqlx::query_as(statement), filter)
            .bind(before)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(DeliveryRow::from).collect())
}

/// Finds a delivery with all that is kept of it.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: DeliveryId) -> Result<Option<KeptDelivery>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let content: (String, Vec<u8>, Option<String>) = on!(access, |c| sqlx::query_as(FIND_CONTENT)
        .bind(Text(id))
        .fetch_one(c)
        .await)?;
    let failures: Vec<(i64, Time, String)> = on!(access, |c| sqlx::query_as(LIST_FAILURES)
        .bind(Text(id))
        .fetch_all(c)
        .await)?;
    let orders: Vec<(Text<ExternalId>,)> = on!(access, |c| sqlx::query_as(LIST_ORDERS)
        .bind(Text(id))
        .fetch_all(c)
        .await)?;
    let jobs: Vec<CausedJob> = on!(access, |c| sqlx::query_as(LIST_JOBS)
        .bind(Text(id))
        .fetch_all(c)
        .await)?;
    let failures = failures
        .into_iter()
        .map(|(attempt, failed_at, error)| DeliveryFailure {
            attempt,
            failed_at: failed_at.0,
            error,
        });
    Ok(Some(KeptDelivery {
        row: row.into(),
        headers: content.0,
        body: content.1,
        body_gone: content.2,
        failures: failures.collect(),
        orders: orders.into_iter().map(|(order,)| order.0).collect(),
        jobs,
    }))
}

/// Lists deliveries that could be worked off again, those that are done, given up or dismissed: the oldest first,
/// beginning after `after`.
///
/// # Errors
/// The database failed.
pub async fn list_finished(
    access: &mut impl Access,
    filter: &DeliveryFilter,
    after: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryId>> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let statement = filter.choose(
        LIST_FINISHED,
        LIST_FINISHED_OF_STORE,
        LIST_FINISHED_OF_ORDER,
    );
    let rows: Vec<(Text<DeliveryId>,)> = on!(access, |c| {
        bind_filter!(sqlx::query_as(statement), filter)
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Queues deliveries again that are not waiting, and returns how many those are.
///
/// # Errors
/// The database failed.
pub async fn replay(tx: &mut Tx, deliveries: &[DeliveryId], now: Timestamp) -> Result<u64> {
    let queued = execute!(
        tx,
        sqlx::query(REPLAY)
            .bind(id_list(deliveries))
            .bind(Time(now))
    )?;
    tx.wake_workers();
    Ok(queued)
}
