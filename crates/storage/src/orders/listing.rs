//! Finding orders for whoever runs the shop: heads of orders, newest first.

use domain::{CustomerId, ExternalId, OrderId, OrderNumber, StoreId, StoreName, Timestamp};

use crate::column::{Text, Time, text, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST_HEADS_OF_CUSTOMER = "
        SELECT o.id, s.name AS store, o.external_id, o.number, o.customer_id, o.status, o.is_test, o.paid_at, o.currency, o.captured_minor
        FROM orders o
        JOIN stores s ON s.id = o.store_id
        WHERE o.customer_id = $1 AND o.id < $2
        ORDER BY o.id DESC
        LIMIT $3";
    LIST_HEADS_OF_STORE = "
        SELECT o.id, s.name AS store, o.external_id, o.number, o.customer_id, o.status, o.is_test, o.paid_at, o.currency, o.captured_minor
        FROM orders o
        JOIN stores s ON s.id = o.store_id
        WHERE o.store_id = $1 AND o.id < $2
        ORDER BY o.id DESC
        LIMIT $3";
    FIND_HEAD = "
        SELECT o.id, s.name AS store, o.external_id, o.number, o.customer_id, o.status, o.is_test, o.paid_at, o.currency, o.captured_minor
        FROM orders o
        JOIN stores s ON s.id = o.store_id
        WHERE o.store_id = $1 AND o.external_id = $2";
}

/// An order without what is in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrderHead {
    /// Its id.
    pub id: OrderId,
    /// What its store is called.
    pub store: StoreName,
    /// The store's id of it.
    pub external: ExternalId,
    /// The number by which people speak of it.
    pub number: Option<OrderNumber>,
    /// Whose it is.
    pub customer: CustomerId,
    /// Where it stands.
    pub status: String,
    /// Whether it is a test order.
    pub is_test: bool,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// The currency's ISO 4217 code.
    pub currency: String,
    /// Money captured, in minor units.
    pub captured_minor: i64,
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    id: Text<OrderId>,
    store: Text<StoreName>,
    external_id: Text<ExternalId>,
    number: Option<Text<OrderNumber>>,
    customer_id: Text<CustomerId>,
    status: String,
    is_test: bool,
    paid_at: Option<Time>,
    currency: String,
    captured_minor: i64,
}

impl From<HeadRow> for OrderHead {
    fn from(row: HeadRow) -> Self {
        Self {
            id: row.id.0,
            store: row.store.0,
            external: row.external_id.0,
            number: text(row.number),
            customer: row.customer_id.0,
            status: row.status,
            is_test: row.is_test,
            paid_at: time(row.paid_at),
            currency: row.currency,
            captured_minor: row.captured_minor,
        }
    }
}

/// Lists a customer's orders, the newest first, those before `before`.
///
/// # Errors
/// The database failed.
pub async fn list_heads_of_customer(
    access: &mut impl Access,
    customer: CustomerId,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderHead>> {
    list(
        access,
        LIST_HEADS_OF_CUSTOMER,
        customer.to_string(),
        before,
        limit,
    )
    .await
}

/// Lists a store's orders, the newest first, those before `before`.
///
/// # Errors
/// The database failed.
pub async fn list_heads_of_store(
    access: &mut impl Access,
    store: StoreId,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderHead>> {
    list(
        access,
        LIST_HEADS_OF_STORE,
        store.to_string(),
        before,
        limit,
    )
    .await
}

/// Finds an order by the store's id of it.
///
/// # Errors
/// The database failed.
pub async fn find_head(
    access: &mut impl Access,
    store: StoreId,
    external: &ExternalId,
) -> Result<Option<OrderHead>> {
    let row: Option<HeadRow> = on!(access, |c| sqlx::query_as(FIND_HEAD)
        .bind(Text(store))
        .bind(external.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(OrderHead::from))
}

async fn list(
    access: &mut impl Access,
    statement: &'static str,
    of: String,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderHead>> {
    // Greater than every id, however the database sorts.
    let before = before.map_or_else(|| "ord_Z".to_owned(), |id| id.to_string());
    let rows: Vec<HeadRow> = on!(access, |c| sqlx::query_as(statement)
        .bind(of)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(OrderHead::from).collect())
}
