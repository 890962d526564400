//! Who has access: the grants of `customer_access`, read together with the blocks against them.

use std::collections::BTreeMap;

use domain::access::Grant;
use domain::grant::{GrantKey, Term};
use domain::payment::EndReason;
use domain::reconcile::KeptGrant;
use domain::{
    BlockId, ContentId, CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, StoreId,
    Timestamp,
};

use crate::column::{Text, Time, corrupt, text, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT_OF_ORDER = "
        INSERT INTO customer_access (
          id, customer_id, course_id, file_id, granted_at, source, store_id, order_id, line_id, expires_at, revoked_at,
          revoke_reason, created_at
        )
        VALUES ($1, $2, $3, $4, $5, 'order_confirmation', $6, $7, $8, $9, $10, $11, $12)";
    INSERT_MANUAL = "
        INSERT INTO customer_access (
          id, customer_id, course_id, file_id, granted_at, source, expires_at, granted_by, note, created_at
        )
        VALUES ($1, $2, $3, $4, $5, 'manual_assignment', $6, $7, $8, $5)";
    REVOKE = "
        UPDATE customer_access
        SET revoke_reason = $2, revoked_at = COALESCE(revoked_at, $3), revoked_by = $4
        WHERE id = $1";
    RESTORE = "
        UPDATE customer_access
        SET revoke_reason = NULL, revoked_at = NULL, revoked_by = NULL, restored_at = $4, granted_at = $2,
          expires_at = $3
        WHERE id = $1";
    ADJUST = "
        UPDATE customer_access
        SET granted_at = $2, expires_at = $3
        WHERE id = $1";
    LIST_OF_ORDER = "
        SELECT id, customer_id, course_id, file_id, line_id, granted_at, expires_at, revoke_reason
        FROM customer_access
        WHERE order_id = $1
        ORDER BY id
        LIMIT 100000";
    LIST_ON_COURSE = "
        SELECT id, granted_at, expires_at, extended_until, revoked_at, revoke_reason
        FROM customer_access
        WHERE customer_id = $1 AND course_id = $2
        UNION ALL
        SELECT id, created_at, NULL, NULL, NULL, NULL
        FROM access_blocks
        WHERE customer_id = $1 AND course_id = $2 AND lifted_at IS NULL
        LIMIT 1000";
    LIST_ON_FILE = "
        SELECT id, granted_at, expires_at, extended_until, revoked_at, revoke_reason
        FROM customer_access
        WHERE customer_id = $1 AND file_id = $2
        UNION ALL
        SELECT id, created_at, NULL, NULL, NULL, NULL
        FROM access_blocks
        WHERE customer_id = $1 AND file_id = $2 AND lifted_at IS NULL
        LIMIT 1000";
    LIST_AROUND_COURSE = "
        SELECT id, course_id, file_id, granted_at, expires_at, extended_until, revoked_at, revoke_reason
        FROM customer_access
        WHERE customer_id = $1 AND course_id = $2
        UNION ALL
        SELECT a.id, NULL, a.file_id, a.granted_at, a.expires_at, a.extended_until, a.revoked_at, a.revoke_reason
        FROM courses c
        JOIN files f ON f.product_id = c.product_id
        JOIN customer_access a ON a.customer_id = $1 AND a.file_id = f.id
        WHERE c.id = $2
        UNION ALL
        SELECT id, course_id, file_id, created_at, NULL, NULL, NULL, NULL
        FROM access_blocks
        WHERE customer_id = $1 AND lifted_at IS NULL
        LIMIT 100000";
    LIST_OF_CUSTOMER = "
        SELECT id, course_id, file_id, granted_at, expires_at, extended_until, revoked_at, revoke_reason
        FROM customer_access
        WHERE customer_id = $1
        UNION ALL
        SELECT id, course_id, file_id, created_at, NULL, NULL, NULL, NULL
        FROM access_blocks
        WHERE customer_id = $1 AND lifted_at IS NULL
        LIMIT 100000";
    LIST_MANUAL_LIVE = "
        SELECT id
        FROM customer_access
        WHERE customer_id = $1 AND (course_id = $2 OR file_id = $3) AND order_id IS NULL AND revoked_at IS NULL
        ORDER BY id
        LIMIT 1000";
    LIST_ORDERS_OF_GRANTS = "
        SELECT DISTINCT o.store_id, o.external_id
        FROM customer_access a
        JOIN orders o ON o.id = a.order_id
        WHERE a.customer_id = $1 AND (a.course_id = $2 OR a.file_id = $3)
        ORDER BY o.store_id, o.external_id
        LIMIT 1000";
}

/// The grants and standing blocks on one content.
#[derive(Clone, Debug, Default)]
pub struct OnContent {
    /// All grants, ended ones too.
    pub grants: Vec<Grant>,
    /// The blocks that stand.
    pub blocks: Vec<BlockId>,
}

/// A grant by hand.
#[derive(Clone, Debug)]
pub struct ManualGrant {
    /// Its id.
    pub id: GrantId,
    /// Who may open it.
    pub customer: CustomerId,
    /// What.
    pub content: ContentId,
    /// From when until when.
    pub term: Term,
    /// Who granted it.
    pub granted_by: String,
    /// Why, for people.
    pub note: Option<String>,
}

/// Inserts a grant of an order. The database refuses a second one of the same key.
///
/// # Errors
/// The grant exists, or the database failed.
pub async fn insert_of_order(
    tx: &mut Tx,
    id: GrantId,
    store: StoreId,
    key: &GrantKey,
    term: Term,
    ended: Option<EndReason>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_OF_ORDER)
            .bind(Text(id))
            .bind(Text(key.customer))
            .bind(key.content.course().map(Text))
            .bind(key.content.file().map(Text))
            .bind(Time(term.granted_at))
            .bind(Text(store))
            .bind(Text(key.order))
            .bind(key.line.as_str())
            .bind(term.expires_at.map(Time))
            .bind(ended.map(|_| Time(now)))
            .bind(ended.map(EndReason::name))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Inserts a grant by hand.
///
/// # Errors
/// The customer or content does not exist, or the database failed.
pub async fn insert_manual(tx: &mut Tx, grant: &ManualGrant) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_MANUAL)
            .bind(Text(grant.id))
            .bind(Text(grant.customer))
            .bind(grant.content.course().map(Text))
            .bind(grant.content.file().map(Text))
            .bind(Time(grant.term.granted_at))
            .bind(grant.term.expires_at.map(Time))
            .bind(grant.granted_by.as_str())
            .bind(grant.note.as_deref())
    )?;
    Ok(())
}

/// Ends a grant, or gives an ended one another reason; `by` names the administrator, when it was one.
///
/// # Errors
/// The database failed.
pub async fn revoke(
    tx: &mut Tx,
    grant: GrantId,
    reason: EndReason,
    by: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(REVOKE)
            .bind(Text(grant))
            .bind(reason.name())
            .bind(Time(now))
            .bind(by)
    )?;
    Ok(())
}

/// Makes an ended grant live again.
///
/// # Errors
/// The database failed.
pub async fn restore(tx: &mut Tx, grant: GrantId, term: Term, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(RESTORE)
            .bind(Text(grant))
            .bind(Time(term.granted_at))
            .bind(term.expires_at.map(Time))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Gives a grant another term.
///
/// # Errors
/// The database failed.
pub async fn adjust(tx: &mut Tx, grant: GrantId, term: Term) -> Result<()> {
    execute!(
        tx,
        sqlx::query(ADJUST)
            .bind(Text(grant))
            .bind(Time(term.granted_at))
            .bind(term.expires_at.map(Time))
    )?;
    Ok(())
}

/// Lists all grants of an order.
///
/// # Errors
/// The database failed.
pub async fn list_of_order(access: &mut impl Access, order: OrderId) -> Result<Vec<KeptGrant>> {
    type Row = (
        Text<GrantId>,
        Text<CustomerId>,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
        Text<ExternalId>,
        Time,
        Option<Time>,
        Option<String>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_OF_ORDER)
        .bind(Text(order))
        .fetch_all(c)
        .await)?;
    let kept = rows
        .into_iter()
        .map(|(id, customer, course, file, line, from, until, reason)| {
            let content = content(course, file)?;
            let key = GrantKey {
                order,
                line: line.0,
                content,
                customer: customer.0,
            };
            let term = Term {
                granted_at: from.0,
                expires_at: time(until),
                extended_until: None,
            };
            Ok(KeptGrant {
                id: id.0,
                key,
                term,
                ended: reason.as_deref().map(end_reason).transpose()?,
            })
        });
    kept.collect()
}

/// Lists the customer's grants and standing blocks on one content.
///
/// # Errors
/// The database failed.
pub async fn list_on_content(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
) -> Result<OnContent> {
    type Row = (
        String,
        Time,
        Option<Time>,
        Option<Time>,
        Option<Time>,
        Option<String>,
    );
    let statement = match content {
        ContentId::Course(_) => LIST_ON_COURSE,
        ContentId::File(_) => LIST_ON_FILE,
    };
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(Text(customer))
            .bind(Text(content))
            .fetch_all(c)
            .await
    })?;
    let mut found = OnContent::default();
    for (id, from, until, extended, revoked_at, reason) in rows {
        found.add(&id, from, until, extended, revoked_at, reason.as_deref())?;
    }
    Ok(found)
}

/// The grants and standing blocks of one customer, by content.
pub type ByContent = BTreeMap<ContentId, OnContent>;

type ContentRow = (
    String,
    Option<Text<CourseId>>,
    Option<Text<FileId>>,
    Time,
    Option<Time>,
    Option<Time>,
    Option<Time>,
    Option<String>,
);

/// Lists all grants and standing blocks of the customer, by content.
///
/// # Errors
/// The database failed.
pub async fn list_of_customer(access: &mut impl Access, customer: CustomerId) -> Result<ByContent> {
    let rows: Vec<ContentRow> = on!(access, |c| sqlx::query_as(LIST_OF_CUSTOMER)
        .bind(Text(customer))
        .fetch_all(c)
        .await)?;
    by_content(rows)
}

/// Lists the customer's grants on a course and on the files of its product, and all blocks that stand, by content.
///
/// # Errors
/// The database failed.
pub async fn list_around_course(
    access: &mut impl Access,
    customer: CustomerId,
    course: CourseId,
) -> Result<ByContent> {
    let rows: Vec<ContentRow> = on!(access, |c| {
        sqlx::query_as(LIST_AROUND_COURSE)
            .bind(Text(customer))
            .bind(Text(course))
            .fetch_all(c)
            .await
    })?;
    by_content(rows)
}

fn by_content(rows: Vec<ContentRow>) -> Result<ByContent> {
    let mut found = ByContent::new();
    for (id, course, file, from, until, extended, revoked_at, reason) in rows {
        let content = content(course, file)?;
        let on = found.entry(content).or_default();
        on.add(&id, from, until, extended, revoked_at, reason.as_deref())?;
    }
    Ok(found)
}

impl OnContent {
    /// Takes in a row, which is a grant or a block as its id says.
    fn add(
        &mut self,
        id: &str,
        from: Time,
        until: Option<Time>,
        extended: Option<Time>,
        revoked_at: Option<Time>,
        reason: Option<&str>,
    ) -> Result<()> {
        if let Ok(block) = id.parse() {
            self.blocks.push(block);
            return Ok(());
        }
        let reason = reason.map(end_reason).transpose()?;
        self.grants.push(Grant {
            id: id.parse().map_err(|_| corrupt("customer_access.id"))?,
            granted_at: from.0,
            expires_at: time(until),
            extended_until: time(extended),
            revoked: time(revoked_at).zip(reason),
        });
        Ok(())
    }
}

/// Lists the live manual grants on the content.
///
/// # Errors
/// The database failed.
pub async fn list_manual_live(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
) -> Result<Vec<GrantId>> {
    let rows: Vec<(Text<GrantId>,)> = on!(access, |c| {
        sqlx::query_as(LIST_MANUAL_LIVE)
            .bind(Text(customer))
            .bind(content.course().map(Text))
            .bind(content.file().map(Text))
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Lists the orders, by store and the store's id, that ever granted the content to the customer.
///
/// # Errors
/// The database failed.
pub async fn list_orders_of_grants(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
) -> Result<Vec<(StoreId, ExternalId)>> {
    let rows: Vec<(Text<StoreId>, Text<ExternalId>)> = on!(access, |c| {
        sqlx::query_as(LIST_ORDERS_OF_GRANTS)
            .bind(Text(customer))
            .bind(content.course().map(Text))
            .bind(content.file().map(Text))
            .fetch_all(c)
            .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(store, external)| (store.0, external.0))
        .collect())
}

pub(crate) fn content(
    course: Option<Text<CourseId>>,
    file: Option<Text<FileId>>,
) -> Result<ContentId> {
    let course = text(course).map(ContentId::Course);
    Ok(course
        .or(text(file).map(ContentId::File))
        .ok_or_else(|| corrupt("a grant without content"))?)
}

fn end_reason(name: &str) -> Result<EndReason> {
    Ok(EndReason::from_name(name).ok_or_else(|| corrupt("customer_access.revoke_reason"))?)
}
