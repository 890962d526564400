//! What stores ask about their customers' data: recorded when it came, open until somebody has answered.

use domain::{CustomerId, DeliveryId, OrderId, PrivacyRequestId, StoreId, StoreName, Timestamp};

use crate::column::{Text, Time, corrupt, text, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// Whole requests, chosen and put in order by what follows.
macro_rules! listed {
    ($tail:literal) => {
        concat!(
            "
            SELECT r.id, r.store_id, s.name, r.kind, r.customer_id, r.delivery_id, r.requested_at, r.due_at, r.done_at
            FROM privacy_requests r
            JOIN stores s ON s.id = r.store_id
            ",
            $tail
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO privacy_requests (id, store_id, kind, customer_id, delivery_id, requested_at, due_at, done_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (delivery_id) DO NOTHING";
    FIND = listed!("WHERE r.id = $1");
    LIST = listed!("WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2");
    LIST_OPEN = listed!("WHERE r.done_at IS NULL AND r.id < $1 ORDER BY r.id DESC LIMIT $2");
    SETTLE = "
        UPDATE privacy_requests
        SET done_at = $2
        WHERE id = $1 AND done_at IS NULL";
    COUNT_OPEN = "
        SELECT COUNT(*)
        FROM privacy_requests
        WHERE done_at IS NULL";
    FIND_OWNER = "
        SELECT customer_id
        FROM orders
        WHERE store_id = $1 AND external_id = $2";
    // Whether another store than this one knows her.
    FIND_OTHER_STORE = "
        SELECT 1
        FROM orders
        WHERE customer_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND store_id <> $2
        UNION ALL
        SELECT 1
        FROM identities
        WHERE customer_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND store_id <> $2
        LIMIT 1";
    // Of orders that still name somebody.
    LIST_OWNERS = "
        SELECT id, customer_id
        FROM orders
        WHERE store_id = $1 AND id > $2 AND (email IS NOT NULL OR external_customer IS NOT NULL)
        ORDER BY id
        LIMIT $3";
    LIST_KNOWN = "
        SELECT customer_id
        FROM identities
        WHERE store_id = $1
        ORDER BY external_id
        LIMIT $2";
}

/// What is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestKind {
    /// A customer wants to have what is kept about her.
    Export,
    /// What the store told of a customer is to be erased.
    Erase,
    /// What the store told of all its customers is to be erased.
    EraseStore,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Export, Self::Erase, Self::EraseStore];

    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erase => "erase",
            Self::EraseStore => "erase_store",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest {
    /// Its id.
    pub id: PrivacyRequestId,
    /// The store that asks.
    pub store: StoreId,
    /// What is asked.
    pub kind: RequestKind,
    /// Of whom, when she is known.
    pub customer: Option<CustomerId>,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// When it came.
    pub requested_at: Timestamp,
    /// Until when it has to be answered.
    pub due_at: Timestamp,
    /// When it was answered, when there is nothing to do.
    pub done_at: Option<Timestamp>,
}

/// A request as it is kept.
#[derive(Clone, Debug)]
pub struct PrivacyRequest {
    /// Its id.
    pub id: PrivacyRequestId,
    /// The store that asks.
    pub store: StoreId,
    /// The store's name.
    pub store_name: StoreName,
    /// What is asked.
    pub kind: RequestKind,
    /// Of whom; `None` of a whole store, or when nothing is kept about her.
    pub customer: Option<CustomerId>,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// When it came.
    pub requested_at: Timestamp,
    /// Until when it has to be answered.
    pub due_at: Timestamp,
    /// When it was answered.
    pub done_at: Option<Timestamp>,
}

type Row = (
    Text<PrivacyRequestId>,
    Text<StoreId>,
    Text<StoreName>,
    String,
    Option<Text<CustomerId>>,
    Text<DeliveryId>,
    Time,
    Time,
    Option<Time>,
);

fn request(row: Row) -> Result<PrivacyRequest> {
    let (id, store, store_name, kind, customer, delivery, requested_at, due_at, done_at) = row;
    let kind = RequestKind::from_name(&kind).ok_or_else(|| corrupt("privacy_requests.kind"))?;
    Ok(PrivacyRequest {
        id: id.0,
        store: store.0,
        store_name: store_name.0,
        kind,
        customer: text(customer),
        delivery: delivery.0,
        requested_at: requested_at.0,
        due_at: due_at.0,
        done_at: time(done_at),
    })
}

/// Inserts a request; false when its delivery has brought it before.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, new: &NewRequest) -> Result<bool> {
    let inserted = execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(new.id))
            .bind(Text(new.store))
            .bind(new.kind.name())
            .bind(new.customer.map(Text))
            .bind(Text(new.delivery))
            .bind(Time(new.requested_at))
            .bind(Time(new.due_at))
            .bind(new.done_at.map(Time))
    )?;
    Ok(inserted == 1)
}

/// Finds a request.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    id: PrivacyRequestId,
) -> Result<Option<PrivacyRequest>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(request).transpose()
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhichRequests {
    /// All.
    All,
    /// Those that are not answered.
    Open,
}

/// Lists the requests before one, the newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    which: WhichRequests,
    before: Option<PrivacyRequestId>,
    limit: i64,
) -> Result<Vec<PrivacyRequest>> {
    // Every id is less: ids begin with their prefix.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let statement = match which {
        WhichRequests::All => LIST,
        WhichRequests::Open => LIST_OPEN,
    };
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(statement)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(request).collect()
}

/// Writes down that a request was answered; false when it was before.
///
/// # Errors
/// The database failed.
pub async fn settle(tx: &mut Tx, id: PrivacyRequestId, now: Timestamp) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(SETTLE).bind(Text(id)).bind(Time(now)))? == 1)
}

/// Counts the requests that are not answered.
///
/// # Errors
/// The database failed.
pub async fn count_open(access: &mut impl Access) -> Result<i64> {
    let (count,): (i64,) = on!(access, |c| sqlx::query_as(COUNT_OPEN).fetch_one(c).await)?;
    Ok(count)
}

/// Finds whose an order of a store is.
///
/// # Errors
/// The database failed.
pub async fn find_owner(
    access: &mut impl Access,
    store: StoreId,
    order: &domain::ExternalId,
) -> Result<Option<CustomerId>> {
    let row: Option<(Text<CustomerId>,)> = on!(access, |c| sqlx::query_as(FIND_OWNER)
        .bind(Text(store))
        .bind(order.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(id,)| id.0))
}

/// Tells whether another store knows one of these customers.
///
/// # Errors
/// The database failed.
pub async fn is_known_elsewhere(
    access: &mut impl Access,
    customers: &[CustomerId],
    store: StoreId,
) -> Result<bool> {
    let row: Option<(i32,)> = on!(access, |c| sqlx::query_as(FIND_OTHER_STORE)
        .bind(crate::column::id_list(customers))
        .bind(Text(store))
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

/// Lists the orders of a store after one that still name somebody, each with its owner.
///
/// # Errors
/// The database failed.
pub async fn list_owners(
    access: &mut impl Access,
    store: StoreId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<(OrderId, CustomerId)>> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows: Vec<(Text<OrderId>, Text<CustomerId>)> =
        on!(access, |c| sqlx::query_as(LIST_OWNERS)
            .bind(Text(store))
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await)?;
    Ok(rows
        .into_iter()
        .map(|(order, owner)| (order.0, owner.0))
        .collect())
}

/// Lists some of those whom the store has a name for.
///
/// # Errors
/// The database failed.
pub async fn list_known(
    access: &mut impl Access,
    store: StoreId,
    limit: i64,
) -> Result<Vec<CustomerId>> {
    let rows: Vec<(Text<CustomerId>,)> = on!(access, |c| sqlx::query_as(LIST_KNOWN)
        .bind(Text(store))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}
