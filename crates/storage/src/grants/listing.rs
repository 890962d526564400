//! Grants as administrators look at them, newest first, page by page.

use domain::access::Grant;
use domain::{ContentId, CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, Timestamp};

use crate::access::{content, end_reason};
use crate::column::{Text, Time, text, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// Lists what fits all that is given; `$indexed` is the condition that an index answers.
macro_rules! list {
    ($indexed:literal) => {
        concat!(
            "
        SELECT a.id, a.customer_id, a.course_id, a.file_id, a.order_id, o.external_id AS order_external_id, a.line_id,
          a.granted_at, a.expires_at, a.extended_until, a.revoked_at, a.revoke_reason, a.revoked_by, a.restored_at,
          a.granted_by, a.note
        FROM customer_access a
        LEFT JOIN orders o ON o.id = a.order_id
        WHERE ",
            $indexed,
            "
          AND (CAST($3 AS TEXT) IS NULL OR a.id < $3)
        ORDER BY a.id DESC
        LIMIT $4"
        )
    };
}

statements! {
    LIST_OF_CUSTOMER = list!("a.customer_id = $1 AND CAST($2 AS TEXT) IS NULL");
    LIST_OF_COURSE = list!("a.course_id = $2 AND CAST($1 AS TEXT) IS NULL");
    LIST_OF_FILE = list!("a.file_id = $2 AND CAST($1 AS TEXT) IS NULL");
    LIST_ON_COURSE = list!("a.customer_id = $1 AND a.course_id = $2");
    LIST_ON_FILE = list!("a.customer_id = $1 AND a.file_id = $2");
}

/// Which grants are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantFilter {
    /// All of a customer.
    Customer(CustomerId),
    /// All of a content.
    Content(ContentId),
    /// Those of a customer and a content.
    Both(CustomerId, ContentId),
}

/// A grant with what administrators want to know of it.
#[derive(Clone, Debug)]
pub struct ListedGrant {
    /// Whose.
    pub customer: CustomerId,
    /// Of what.
    pub content: ContentId,
    /// How it stands.
    pub grant: Grant,
    /// The order, the store's id of it, and the line; `None` for a grant by hand.
    pub line: Option<(OrderId, ExternalId, ExternalId)>,
    /// Who ended it, when it was an administrator.
    pub revoked_by: Option<String>,
    /// When it was last live again after it had ended.
    pub restored_at: Option<Timestamp>,
    /// Who granted it, when it was by hand.
    pub granted_by: Option<String>,
    /// Why, for people.
    pub note: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<GrantId>,
    customer_id: Text<CustomerId>,
    course_id: Option<Text<CourseId>>,
    file_id: Option<Text<FileId>>,
    order_id: Option<Text<OrderId>>,
    order_external_id: Option<Text<ExternalId>>,
    line_id: Option<Text<ExternalId>>,
    granted_at: Time,
    expires_at: Option<Time>,
    extended_until: Option<Time>,
    revoked_at: Option<Time>,
    revoke_reason: Option<String>,
    revoked_by: Option<String>,
    restored_at: Option<Time>,
    granted_by: Option<String>,
    note: Option<String>,
}

impl Row {
    fn into_grant(self) -> Result<ListedGrant> {
        let reason = self.revoke_reason.as_deref().map(end_reason).transpose()?;
        let order = text(self.order_id).zip(text(self.order_external_id));
        let line = order.zip(text(self.line_id));
        Ok(ListedGrant {
            customer: self.customer_id.0,
            content: content(self.course_id, self.file_id)?,
            grant: Grant {
                id: self.id.0,
                granted_at: self.granted_at.0,
                expires_at: time(self.expires_at),
                extended_until: time(self.extended_until),
                revoked: time(self.revoked_at).zip(reason),
            },
            line: line.map(|((order, external), line)| (order, external, line)),
            revoked_by: self.revoked_by,
            restored_at: time(self.restored_at),
            granted_by: self.granted_by,
            note: self.note,
        })
    }
}

/// Lists grants, ended ones too, newest first, older than `before`.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    filter: GrantFilter,
    before: Option<GrantId>,
    limit: u32,
) -> Result<Vec<ListedGrant>> {
    let (statement, customer, content) = match filter {
        GrantFilter::Customer(customer) => (LIST_OF_CUSTOMER, Some(customer), None),
        GrantFilter::Content(content @ ContentId::Course(_)) => {
            (LIST_OF_COURSE, None, Some(content))
        }
        GrantFilter::Content(content @ ContentId::File(_)) => (LIST_OF_FILE, None, Some(content)),
        GrantFilter::Both(customer, content @ ContentId::Course(_)) => {
            (LIST_ON_COURSE, Some(customer), Some(content))
        }
        GrantFilter::Both(customer, content @ ContentId::File(_)) => {
            (LIST_ON_FILE, Some(customer), Some(content))
        }
    };
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(customer.map(Text))
            .bind(content.map(Text))
            .bind(before.map(Text))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })?;
    rows.into_iter().map(Row::into_grant).collect()
}
