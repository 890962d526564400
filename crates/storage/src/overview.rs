//! The figures of whoever runs the shop: who paid and has no access, and what waits or failed.

mod lists;

use std::collections::BTreeMap;

use domain::Timestamp;

pub(crate) use self::lists::STATEMENTS as LISTS;
pub use self::lists::{
    DraftGap, FailedDeliveryGap, JobRow, LineGap, LinePlace, list_drafts, list_failed_deliveries,
    list_failed_jobs, list_gaps, list_jobs,
};
use crate::column::Time;
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// What is granted live by an order and not published, though it was there when the order was paid. `$1` is now.
macro_rules! drafts {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "
             FROM courses c
             JOIN customer_access a ON a.course_id = c.id
             WHERE c.published_at IS NULL AND c.deleted_at IS NULL
               AND a.order_id IS NOT NULL AND a.revoked_at IS NULL
               AND a.granted_at <= $1 AND a.granted_at >= c.created_at
               AND (a.expires_at IS NULL OR a.expires_at > $1 OR a.extended_until > $1)
             UNION ALL
             SELECT ",
            $columns,
            "
             FROM files c
             JOIN customer_access a ON a.file_id = c.id
             WHERE c.published_at IS NULL AND c.deleted_at IS NULL
               AND a.order_id IS NOT NULL AND a.revoked_at IS NULL
               AND a.granted_at <= $1 AND a.granted_at >= c.created_at
               AND (a.expires_at IS NULL OR a.expires_at > $1 OR a.extended_until > $1)"
        )
    };
}
pub(crate) use drafts;

statements! {
    // The order says whose it is now; the gap, whose it was when it was found.
    COUNT_LOCKED_OUT = concat!(
        "
        WITH locked_out (cause, customer_id) AS (
          SELECT g.cause, o.customer_id
          FROM access_gaps g
          JOIN orders o ON o.id = g.order_id
          WHERE g.ends_at IS NULL OR g.ends_at > $1
          UNION
          SELECT 'not_published', d.customer_id
          FROM (",
        drafts!("a.customer_id"),
        ") AS d
        )
        SELECT cause, COUNT(*)
        FROM locked_out
        GROUP BY cause
        UNION ALL
        SELECT '', COUNT(DISTINCT customer_id)
        FROM locked_out"
    );
    COUNT_NEVER_SIGNED_IN = "
        SELECT COUNT(*)
        FROM customers c
        WHERE c.proven_at IS NULL AND c.merged_into IS NULL
          AND EXISTS (
            SELECT 1
            FROM customer_access a
            WHERE a.customer_id = c.id AND a.order_id IS NOT NULL AND a.revoked_at IS NULL AND a.granted_at <= $2
              AND (a.expires_at IS NULL OR a.expires_at > $1 OR a.extended_until > $1)
          )";
    COUNT_DELIVERIES = "
        SELECT state, COUNT(*)
        FROM deliveries
        WHERE state IN ('queued', 'working')
        GROUP BY state
        UNION ALL
        SELECT 'dead', COUNT(*)
        FROM deliveries
        WHERE state = 'dead'";
    COUNT_JOBS = "
        SELECT state, COUNT(*)
        FROM jobs
        WHERE state IN ('queued', 'working')
        GROUP BY state
        UNION ALL
        SELECT 'dead', COUNT(*)
        FROM jobs
        WHERE state = 'dead'";
}

/// Customers who paid and lack something, each counted once for each cause, and once in all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LockedOut {
    /// Whatever the cause.
    pub customers: i64,
    /// By the cause's name; what is absent is none.
    pub by_cause: BTreeMap<String, i64>,
}

/// Counts the customers who paid and lack something.
///
/// # Errors
/// The database failed.
pub async fn count_locked_out(access: &mut impl Access, now: Timestamp) -> Result<LockedOut> {
    let rows: Vec<(String, i64)> = on!(access, |c| sqlx::query_as(COUNT_LOCKED_OUT)
        .bind(Time(now))
        .fetch_all(c)
        .await)?;
    let mut found = LockedOut::default();
    for (cause, count) in rows {
        if cause.is_empty() {
            found.customers = count;
        } else {
            found.by_cause.insert(cause, count);
        }
    }
    Ok(found)
}

/// Counts the customers who could open something bought by `bought_by`, and have never proven who they are.
///
/// # Errors
/// The database failed.
pub async fn count_never_signed_in(
    access: &mut impl Access,
    now: Timestamp,
    bought_by: Timestamp,
) -> Result<i64> {
    let (count,): (i64,) = on!(access, |c| sqlx::query_as(COUNT_NEVER_SIGNED_IN)
        .bind(Time(now))
        .bind(Time(bought_by))
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Counts the deliveries that are not worked off, by state: `queued`, `working`, `dead`.
///
/// # Errors
/// The database failed.
pub async fn count_deliveries(access: &mut impl Access) -> Result<BTreeMap<String, i64>> {
    count_states(access, COUNT_DELIVERIES).await
}

/// Counts the jobs that are not done, by state: `queued`, `working`, `dead`.
///
/// # Errors
/// The database failed.
pub async fn count_jobs(access: &mut impl Access) -> Result<BTreeMap<String, i64>> {
    count_states(access, COUNT_JOBS).await
}

async fn count_states(
    access: &mut impl Access,
    statement: &'static str,
) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = on!(access, |c| sqlx::query_as(statement).fetch_all(c).await)?;
    let mut counts: BTreeMap<String, i64> = ["queued", "working", "dead"]
        .map(|state| (state.to_owned(), 0))
        .into();
    counts.extend(rows);
    Ok(counts)
}
