//! The grants of orders and of administrators, written: the rows of `customer_access`, many in one statement.

mod by_hand;
mod listing;

use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::reconcile::KeptGrant;
use domain::{CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, StoreId, Timestamp};
use serde_json::{Value, json};

pub(crate) use self::by_hand::STATEMENTS as BY_HAND;
pub use self::by_hand::{HeldGrant, ManualGrant, extend_manual, find, insert_manual, list_held};
pub(crate) use self::listing::STATEMENTS as LISTING;
pub use self::listing::{GrantFilter, ListedGrant, list};
use crate::access::{content, end_reason};
use crate::column::{Text, Time, id_list, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT_OF_ORDERS = "
        INSERT INTO customer_access (
          id, customer_id, course_id, file_id, granted_at, source, store_id, order_id, line_id, expires_at,
          extended_until, revoked_at, revoke_reason, created_at
        )
        SELECT value ->> 'id', value ->> 'customer', value ->> 'course', value ->> 'file',
          CAST(value ->> 'granted_at' AS BIGINT), 'order_confirmation', value ->> 'store', value ->> 'order',
          value ->> 'line', CAST(value ->> 'expires_at' AS BIGINT), CAST(value ->> 'extended_until' AS BIGINT),
          CASE WHEN value ->> 'reason' IS NULL THEN NULL ELSE CAST($2 AS BIGINT) END, value ->> 'reason', CAST($2 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))";
    REVOKE = "
        UPDATE customer_access
        SET revoke_reason = n.reason, revoked_at = COALESCE(customer_access.revoked_at, $2), revoked_by = n.revoker
        FROM (
          SELECT value ->> 'id' AS id, value ->> 'reason' AS reason, value ->> 'by' AS revoker
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        WHERE customer_access.id = n.id";
    SET_TERM = "
        UPDATE customer_access
        SET revoke_reason = NULL, revoked_at = NULL, revoked_by = NULL, granted_at = n.granted_at,
          expires_at = n.expires_at, extended_until = n.extended_until,
          restored_at = CASE WHEN customer_access.revoked_at IS NULL THEN customer_access.restored_at ELSE $2 END
        FROM (
          SELECT value ->> 'id' AS id, CAST(value ->> 'granted_at' AS BIGINT) AS granted_at,
            CAST(value ->> 'expires_at' AS BIGINT) AS expires_at,
            CAST(value ->> 'extended_until' AS BIGINT) AS extended_until
          FROM json_each(CAST($1 AS TEXT))
        ) AS n
        WHERE customer_access.id = n.id";
    LIST_OF_ORDERS = "
        SELECT id, order_id, customer_id, course_id, file_id, line_id, granted_at, expires_at, extended_until,
          revoke_reason
        FROM customer_access
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY id
        LIMIT 1000000";
    LIST_CUSTOMERS_OF_ORDERS = "
        SELECT customer_id
        FROM orders
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        UNION
        SELECT customer_id
        FROM customer_access
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY customer_id
        LIMIT 100000";
}

/// A grant of an order to insert.
#[derive(Clone, Debug)]
pub struct OrderGrant {
    /// Its id.
    pub id: GrantId,
    /// The order's store.
    pub store: StoreId,
    /// What makes it one grant.
    pub key: GrantKey,
    /// From when until when.
    pub term: Term,
    /// Why it is revoked from the beginning.
    pub ended: Option<EndReason>,
}

/// A grant to end, or an ended one to give another reason.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// The grant.
    pub id: GrantId,
    /// Why.
    pub reason: EndReason,
    /// The administrator, when it was one.
    pub by: Option<String>,
}

/// Inserts grants of orders. The database refuses a second one of the same key.
///
/// # Errors
/// A grant exists, or the database failed.
pub async fn insert_of_orders(tx: &mut Tx, grants: &[OrderGrant], now: Timestamp) -> Result<()> {
    if grants.is_empty() {
        return Ok(());
    }
    let rows = grants.iter().map(|grant| {
        json!({
            "id": grant.id, "customer": grant.key.customer, "course": grant.key.content.course(),
            "file": grant.key.content.file(), "store": grant.store, "order": grant.key.order, "line": grant.key.line,
            "granted_at": grant.term.granted_at, "expires_at": grant.term.expires_at,
            "extended_until": grant.term.extended_until, "reason": grant.ended.map(EndReason::name),
        })
    });
    let rows = rows.collect::<Value>().to_string();
    execute!(
        tx,
        sqlx::query(INSERT_OF_ORDERS)
            .bind(rows.as_str())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Ends grants, or gives ended ones another reason. When a grant ended first stays as it was.
///
/// # Errors
/// The database failed.
pub async fn revoke(tx: &mut Tx, grants: &[Revocation], now: Timestamp) -> Result<()> {
    if grants.is_empty() {
        return Ok(());
    }
    let rows = grants
        .iter()
        .map(|grant| json!({ "id": grant.id, "reason": grant.reason.name(), "by": grant.by }));
    let rows = rows.collect::<Value>().to_string();
    execute!(tx, sqlx::query(REVOKE).bind(rows.as_str()).bind(Time(now)))?;
    Ok(())
}

/// Makes grants live for these terms: ended ones again, live ones for another time than before.
///
/// # Errors
/// The database failed.
pub async fn set_term(tx: &mut Tx, grants: &[(GrantId, Term)], now: Timestamp) -> Result<()> {
    if grants.is_empty() {
        return Ok(());
    }
    let rows = grants.iter().map(|(id, term)| {
        json!({ "id": id, "granted_at": term.granted_at, "expires_at": term.expires_at,
                "extended_until": term.extended_until })
    });
    let rows = rows.collect::<Value>().to_string();
    execute!(
        tx,
        sqlx::query(SET_TERM).bind(rows.as_str()).bind(Time(now))
    )?;
    Ok(())
}

/// Lists all grants of these orders.
///
/// # Errors
/// The database failed.
pub async fn list_of_orders(
    access: &mut impl Access,
    orders: &[OrderId],
) -> Result<Vec<KeptGrant>> {
    type Row = (
        Text<GrantId>,
        Text<OrderId>,
        Text<CustomerId>,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
        Text<ExternalId>,
        Time,
        Option<Time>,
        Option<Time>,
        Option<String>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_OF_ORDERS)
        .bind(id_list(orders))
        .fetch_all(c)
        .await)?;
    let kept = rows.into_iter().map(
        |(id, order, customer, course, file, line, from, until, extended, reason)| {
            let key = GrantKey {
                order: order.0,
                line: line.0,
                content: content(course, file)?,
                customer: customer.0,
            };
            Ok(KeptGrant {
                id: id.0,
                key,
                term: term(from, until, extended),
                ended: reason.as_deref().map(end_reason).transpose()?,
            })
        },
    );
    kept.collect()
}

/// Lists whom these orders concern, by id: their owners, and all who have or had a grant of them.
///
/// # Errors
/// The database failed.
pub async fn list_customers_of_orders(
    access: &mut impl Access,
    orders: &[OrderId],
) -> Result<Vec<CustomerId>> {
    let rows: Vec<(Text<CustomerId>,)> = on!(access, |c| sqlx::query_as(LIST_CUSTOMERS_OF_ORDERS)
        .bind(id_list(orders))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

fn term(from: Time, until: Option<Time>, extended: Option<Time>) -> Term {
    Term {
        granted_at: from.0,
        expires_at: time(until),
        extended_until: time(extended),
    }
}
