//! Who has access: the grants of `customer_access`, read together with the blocks against them.

use std::collections::BTreeMap;

use domain::access::Grant;
use domain::payment::EndReason;
use domain::{BlockId, ContentId, CourseId, CustomerId, FileId};

use crate::column::{Text, Time, corrupt, text, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
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
}

/// The grants and standing blocks on one content.
#[derive(Clone, Debug, Default)]
pub struct OnContent {
    /// All grants, ended ones too.
    pub grants: Vec<Grant>,
    /// The blocks that stand.
    pub blocks: Vec<BlockId>,
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

/// Grants and standing blocks, by content.
pub type ByContent = BTreeMap<ContentId, OnContent>;

pub(crate) type ContentRow = (
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

pub(crate) fn by_content(rows: Vec<ContentRow>) -> Result<ByContent> {
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

pub(crate) fn content(
    course: Option<Text<CourseId>>,
    file: Option<Text<FileId>>,
) -> Result<ContentId> {
    let course = text(course).map(ContentId::Course);
    Ok(course
        .or(text(file).map(ContentId::File))
        .ok_or_else(|| corrupt("a grant without content"))?)
}

pub(crate) fn end_reason(name: &str) -> Result<EndReason> {
    Ok(EndReason::from_name(name).ok_or_else(|| corrupt("customer_access.revoke_reason"))?)
}
