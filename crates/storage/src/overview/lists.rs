//! The rows behind the figures, page by page.

use domain::gap::GapCause;
use domain::order::StoreItem;
use domain::{
    BlockId, ContentId, CourseId, CustomerId, DeliveryId, ExternalId, FileId, GrantId, JobId,
    OrderId, StoreId, StoreName, Timestamp,
};

use super::drafts;
use crate::access::content;
use crate::column::{Text, Time, corrupt, text, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;
use crate::store_items::unnamed;

statements! {
    LIST_GAPS = "
        SELECT o.customer_id, g.order_id, o.store_id, s.name AS store, o.external_id, g.line_id, l.title,
          l.external_product, l.external_variant, l.sku, g.content_id, g.since,
          (
            SELECT MIN(b.id)
            FROM access_blocks b
            WHERE b.customer_id = o.customer_id AND b.lifted_at IS NULL
              AND (b.course_id = g.content_id OR b.file_id = g.content_id)
          ) AS block_id
        FROM access_gaps g
        JOIN orders o ON o.id = g.order_id
        JOIN stores s ON s.id = o.store_id
        LEFT JOIN order_lines l ON l.order_id = g.order_id AND l.external_id = g.line_id
        WHERE g.cause = $1 AND (g.ends_at IS NULL OR g.ends_at > $7) AND (g.since, g.order_id, g.line_id, g.content_id) > ($2, $3, $4, $5)
        ORDER BY g.since, g.order_id, g.line_id, g.content_id
        LIMIT $6";
    LIST_DRAFTS = concat!(
        "
        SELECT d.id, d.customer_id, d.course_id, d.file_id, d.granted_at, d.order_id, s.name AS store, o.external_id,
          d.line_id, l.title
        FROM (",
        drafts!("a.id, a.customer_id, a.course_id, a.file_id, a.granted_at, a.order_id, a.line_id"),
        ") AS d
        JOIN orders o ON o.id = d.order_id
        JOIN stores s ON s.id = o.store_id
        LEFT JOIN order_lines l ON l.order_id = d.order_id AND l.external_id = d.line_id
        WHERE d.id > $2
        ORDER BY d.id
        LIMIT $3"
    );
    LIST_FAILED_DELIVERIES = "
        SELECT d.id, s.name, d.received_at, d.error
        FROM deliveries d
        JOIN stores s ON s.id = d.store_id
        WHERE d.state = 'dead' AND d.id > $1
        ORDER BY d.id
        LIMIT $2";
    LIST_FAILED_JOBS = "
        SELECT id, kind, subject, state, attempts, done, total, error, created_at, run_at, finished_at
        FROM jobs
        WHERE state = 'dead' AND id > $1
        ORDER BY id
        LIMIT $2";
    LIST_WAITING_JOBS = "
        SELECT id, kind, subject, state, attempts, done, total, error, created_at, run_at, finished_at
        FROM jobs
        WHERE state IN ('queued', 'working')
        ORDER BY run_at, id
        LIMIT $1";
}

/// Behind which gap a page of them begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinePlace {
    /// Since when the gap is known.
    pub since: Timestamp,
    /// Its order.
    pub order: OrderId,
    /// Its line.
    pub line: ExternalId,
    /// Its content, when it is one content and not the whole line.
    pub content: Option<ContentId>,
}

/// A line that pays and opens nothing, with its names.
#[derive(Clone, Debug)]
pub struct LineGap {
    /// Who is locked out.
    pub customer: CustomerId,
    /// The order's store.
    pub store: StoreId,
    /// What the store is called.
    pub store_name: StoreName,
    /// The store's id of the order.
    pub order_external: ExternalId,
    /// Where it is in the list.
    pub place: LinePlace,
    /// What the store calls the line.
    pub title: Option<String>,
    /// What was bought.
    pub item: StoreItem,
    /// The block that stands, when one does.
    pub block: Option<BlockId>,
}

/// A grant of an order that is live on a draft.
#[derive(Clone, Debug)]
pub struct DraftGap {
    /// The grant.
    pub grant: GrantId,
    /// Who is locked out.
    pub customer: CustomerId,
    /// The draft.
    pub content: ContentId,
    /// When the grant began.
    pub granted_at: Timestamp,
    /// The order.
    pub order: OrderId,
    /// What its store is called.
    pub store_name: StoreName,
    /// The store's id of the order.
    pub order_external: ExternalId,
    /// The store's id of the line.
    pub line: ExternalId,
    /// What the store calls the line.
    pub title: Option<String>,
}

/// A delivery that failed for good.
#[derive(Clone, Debug)]
pub struct FailedDeliveryGap {
    /// Its id.
    pub id: DeliveryId,
    /// The store that sent it.
    pub store_name: StoreName,
    /// When it came.
    pub received_at: Timestamp,
    /// What went wrong.
    pub error: String,
}

/// A job as its row tells it.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// `queued`, `working` or `dead`.
    pub state: String,
    /// How often it was tried, steps of a long job counted each.
    pub attempts: i64,
    /// How many things are done.
    pub done: i64,
    /// How many there are, as counted at its beginning.
    pub total: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is due; while it is worked on, until when the worker has it.
    pub run_at: Timestamp,
    /// When it failed for good.
    pub finished_at: Option<Timestamp>,
}

impl JobRow {
    /// Returns how far the job has come, 0 to 100; `None` when nobody has counted what there is.
    #[must_use]
    pub fn percent(&self) -> Option<i64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some(
            self.done
                .saturating_mul(100)
                .checked_div(total)?
                .clamp(0, 100),
        )
    }
}

#[derive(sqlx::FromRow)]
struct GapRow {
    customer_id: Text<CustomerId>,
    order_id: Text<OrderId>,
    store_id: Text<StoreId>,
    store: Text<StoreName>,
    external_id: Text<ExternalId>,
    line_id: Text<ExternalId>,
    title: Option<String>,
    external_product: Option<String>,
    external_variant: Option<String>,
    sku: Option<String>,
    content_id: String,
    since: Time,
    block_id: Option<Text<BlockId>>,
}

/// Lists the gaps of a cause that are not over, the oldest first, after a place.
///
/// # Errors
/// The database failed.
pub async fn list_gaps(
    access: &mut impl Access,
    cause: GapCause,
    after: Option<&LinePlace>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<LineGap>> {
    let since = after.map_or(Timestamp::from_microseconds(i64::MIN), |place| place.since);
    let order = after.map(|place| place.order.to_string());
    let line = after.map_or("", |place| place.line.as_str());
    let content = after.and_then(|place| place.content);
    let rows: Vec<GapRow> = on!(access, |c| {
        sqlx::query_as(LIST_GAPS)
            .bind(cause.name())
            .bind(Time(since))
            .bind(order.unwrap_or_default())
            .bind(line)
            .bind(content.map(|id| id.to_string()).unwrap_or_default())
            .bind(limit)
            .bind(Time(now))
            .fetch_all(c)
            .await
    })?;
    rows.into_iter().map(GapRow::into_gap).collect()
}

impl GapRow {
    fn into_gap(self) -> Result<LineGap> {
        let content = match self.content_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| corrupt("access_gaps.content_id"))?),
        };
        let named = |text: Option<String>| text.as_deref().and_then(unnamed);
        Ok(LineGap {
            customer: self.customer_id.0,
            store: self.store_id.0,
            store_name: self.store.0,
            order_external: self.external_id.0,
            place: LinePlace {
                since: self.since.0,
                order: self.order_id.0,
                line: self.line_id.0,
                content,
            },
            title: self.title,
            item: StoreItem {
                product: named(self.external_product),
                variant: named(self.external_variant),
                sku: named(self.sku),
            },
            block: text(self.block_id),
        })
    }
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    id: Text<GrantId>,
    customer_id: Text<CustomerId>,
    course_id: Option<Text<CourseId>>,
    file_id: Option<Text<FileId>>,
    granted_at: Time,
    order_id: Text<OrderId>,
    store: Text<StoreName>,
    external_id: Text<ExternalId>,
    line_id: Text<ExternalId>,
    title: Option<String>,
}

/// Lists the grants of orders that are live on drafts, by id, after one of them.
///
/// # Errors
/// The database failed.
pub async fn list_drafts(
    access: &mut impl Access,
    now: Timestamp,
    after: Option<GrantId>,
    limit: i64,
) -> Result<Vec<DraftGap>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<DraftRow> = on!(access, |c| sqlx::query_as(LIST_DRAFTS)
        .bind(Time(now))
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let drafts = rows.into_iter().map(|row| {
        Ok(DraftGap {
            grant: row.id.0,
            customer: row.customer_id.0,
            content: content(row.course_id, row.file_id)?,
            granted_at: row.granted_at.0,
            order: row.order_id.0,
            store_name: row.store.0,
            order_external: row.external_id.0,
            line: row.line_id.0,
            title: row.title,
        })
    });
    drafts.collect()
}

/// Lists the deliveries that failed for good, by id, after one of them.
///
/// # Errors
/// The database failed.
pub async fn list_failed_deliveries(
    access: &mut impl Access,
    after: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<FailedDeliveryGap>> {
    type Row = (Text<DeliveryId>, Text<StoreName>, Time, Option<String>);
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_FAILED_DELIVERIES)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let failed = rows
        .into_iter()
        .map(|(id, store, received_at, error)| FailedDeliveryGap {
            id: id.0,
            store_name: store.0,
            received_at: received_at.0,
            error: error.unwrap_or_default(),
        });
    Ok(failed.collect())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<JobId>,
    kind: String,
    subject: String,
    state: String,
    attempts: i64,
    done: i64,
    total: Option<i64>,
    error: Option<String>,
    created_at: Time,
    run_at: Time,
    finished_at: Option<Time>,
}

impl From<Row> for JobRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            subject: row.subject,
            state: row.state,
            attempts: row.attempts,
            done: row.done,
            total: row.total,
            error: row.error,
            created_at: row.created_at.0,
            run_at: row.run_at.0,
            finished_at: time(row.finished_at),
        }
    }
}

/// Lists the jobs that failed for good, by id, after one of them.
///
/// # Errors
/// The database failed.
pub async fn list_failed_jobs(
    access: &mut impl Access,
    after: Option<JobId>,
    limit: i64,
) -> Result<Vec<JobRow>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_FAILED_JOBS)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(JobRow::from).collect())
}

/// Lists the jobs that are worked on or wait, what is due first.
///
/// # Errors
/// The database failed.
pub async fn list_jobs(access: &mut impl Access, limit: i64) -> Result<Vec<JobRow>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_WAITING_JOBS)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(JobRow::from).collect())
}
