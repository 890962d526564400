//! What is known about one customer and one content, for whoever asks why: every grant with its source, every block and
//! extension, and what the audit log tells of them.

use std::collections::BTreeMap;

use domain::access::Grant;
use domain::explain::{NamedLine, PlacedBlock, Source, SourcedGrant};
use domain::mending::NamedOrder;
use domain::{
    BlockId, ContentId, CustomerId, DeliveryId, EmailAddress, ExtensionId, ExternalId, GrantId,
    JobId, OrderId, StoreName, Timestamp,
};

use crate::access::end_reason;
use crate::column::{Text, Time, corrupt, id_list, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// Lists a customer's grants of a content, with the lines that they come from.
macro_rules! list_grants {
    ($column:literal) => {
        concat!(
            "
        SELECT a.id, a.granted_at, a.expires_at, a.extended_until, a.revoked_at, a.revoke_reason, a.revoked_by,
          a.restored_at, a.granted_by, a.note, a.order_id, s.name AS store, o.external_id AS order_external_id,
          a.line_id, l.title AS line_title
        FROM customer_access a
        LEFT JOIN orders o ON o.id = a.order_id
        LEFT JOIN stores s ON s.id = o.store_id
        LEFT JOIN order_lines l ON l.order_id = a.order_id AND l.external_id = a.line_id
        WHERE a.customer_id = $1 AND a.",
            $column,
            " = $2
        ORDER BY a.id
        LIMIT 1000"
        )
    };
}

statements! {
    LIST_GRANTS_OF_COURSE = list_grants!("course_id");
    LIST_GRANTS_OF_FILE = list_grants!("file_id");
    LIST_BLOCKS = "
        SELECT id, blocked_by, reason, created_at, lifted_at, lifted_by
        FROM access_blocks
        WHERE customer_id = $1 AND (course_id = $2 OR file_id = $2)
        ORDER BY created_at, id
        LIMIT 1000";
    LIST_EXTENSIONS_OF_GRANTS = "
        SELECT id, grant_id, order_id, extended_until, extended_by, note, created_at
        FROM access_extensions
        WHERE grant_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY id
        LIMIT 1000";
    LIST_EXTENSIONS_OF_ORDERS = "
        SELECT id, grant_id, order_id, extended_until, extended_by, note, created_at
        FROM access_extensions
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
          AND (course_id = $2 OR file_id = $2)
        ORDER BY id
        LIMIT 1000";
    LIST_TRACES = "
        SELECT subject, action, at, actor, delivery_id
        FROM audit_log
        WHERE subject IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY seq
        LIMIT 10000";
    LIST_ORDERS = "
        SELECT id
        FROM orders
        WHERE customer_id = $1
        ORDER BY id DESC
        LIMIT $2";
    LIST_ORDER_NAMES = "
        SELECT s.name, o.external_id
        FROM orders o
        JOIN stores s ON s.id = o.store_id
        WHERE o.customer_id = $1
        ORDER BY o.id DESC
        LIMIT $2";
    LIST_ADDRESSES = "
        SELECT email
        FROM customers
        WHERE id = $1 AND email IS NOT NULL
        UNION ALL
        SELECT email
        FROM customers
        WHERE merged_into = $1 AND email IS NOT NULL
        LIMIT 1000";
    LIST_DEAD = "
        SELECT d.id, s.name AS store, d.received_at, d.error
        FROM deliveries d
        JOIN stores s ON s.id = d.store_id
        WHERE d.state = 'dead' AND length(d.body) <= $1
        ORDER BY d.received_at DESC, d.id DESC
        LIMIT $2";
    FIND_BODY = "
        SELECT body
        FROM deliveries
        WHERE id = $1";
    // Whichever job touches the order by its line: the ids say of what kind a subject is.
    FIND_FAILED_JOB = "
        SELECT id
        FROM jobs
        WHERE state = 'dead'
          AND (
            subject IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
            OR subject IN (
              SELECT i.id
              FROM order_lines l
              JOIN store_items x ON x.id = l.item_id
              JOIN store_items i ON i.store_id = x.store_id
                AND i.external_product IN (x.external_product, '')
                AND i.external_variant IN (x.external_variant, '')
                AND i.sku IN (x.sku, '')
              WHERE l.order_id = $2 AND l.external_id = $3
            )
          )
        ORDER BY id DESC
        LIMIT 1";
    LIST_ORDERS_OF_OTHERS = "
        SELECT o.id
        FROM identities i
        JOIN orders o ON o.store_id = i.store_id AND o.external_customer = i.external_id
        WHERE i.customer_id = $1 AND o.customer_id <> $1
        ORDER BY o.id DESC
        LIMIT $2";
}

/// A grant with all that its own row and its line tell.
#[derive(Clone, Debug)]
pub struct ToldGrant {
    /// The grant with its source.
    pub sourced: SourcedGrant,
    /// Which administrator revoked it, when one did.
    pub revoked_by: Option<String>,
    /// When it was last brought back.
    pub restored_at: Option<Timestamp>,
}

/// An extension of a grant, or of what an order grants.
#[derive(Clone, Debug)]
pub struct ToldExtension {
    /// Its id.
    pub id: ExtensionId,
    /// The grant by hand.
    pub grant: Option<GrantId>,
    /// The order.
    pub order: Option<OrderId>,
    /// Until when.
    pub until: Timestamp,
    /// Who did it.
    pub by: String,
    /// Why, for people.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What the audit log tells of one change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trace {
    /// What was done.
    pub action: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// The delivery that said it.
    pub delivery: Option<String>,
}

/// A delivery that failed for good.
#[derive(Clone, Debug)]
pub struct DeadDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The store that sent it.
    pub store: StoreName,
    /// When it came.
    pub received_at: Timestamp,
    /// What went wrong; names places, never values.
    pub error: String,
}

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Text<GrantId>,
    granted_at: Time,
    expires_at: Option<Time>,
    extended_until: Option<Time>,
    revoked_at: Option<Time>,
    revoke_reason: Option<String>,
    revoked_by: Option<String>,
    restored_at: Option<Time>,
    granted_by: Option<String>,
    note: Option<String>,
    order_id: Option<Text<OrderId>>,
    store: Option<Text<StoreName>>,
    order_external_id: Option<Text<ExternalId>>,
    line_id: Option<Text<ExternalId>>,
    line_title: Option<String>,
}

/// Lists the customer's grants of a content, ended ones too.
///
/// # Errors
/// The database failed.
pub async fn list_grants(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
) -> Result<Vec<ToldGrant>> {
    let statement = match content {
        ContentId::Course(_) => LIST_GRANTS_OF_COURSE,
        ContentId::File(_) => LIST_GRANTS_OF_FILE,
    };
    let rows: Vec<GrantRow> = on!(access, |c| sqlx::query_as(statement)
        .bind(Text(customer))
        .bind(Text(content))
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(GrantRow::into_grant).collect()
}

impl GrantRow {
    fn into_grant(self) -> Result<ToldGrant> {
        let reason = self.revoke_reason.as_deref().map(end_reason).transpose()?;
        let grant = Grant {
            id: self.id.0,
            granted_at: self.granted_at.0,
            expires_at: time(self.expires_at),
            extended_until: time(self.extended_until),
            revoked: time(self.revoked_at).zip(reason),
        };
        let order = self.order_id.zip(self.store).zip(self.order_external_id);
        let source = match (order, self.line_id) {
            (Some(((id, store), external)), Some(line)) => Source::Line(NamedLine {
                order: NamedOrder {
                    id: id.0,
                    store: store.0,
                    external: external.0,
                },
                line: line.0,
                title: self.line_title,
            }),
            (None, None) => Source::ByHand {
                by: self.granted_by.unwrap_or_default(),
                note: self.note,
            },
            _ => return Err(corrupt("a grant with half an order").into()),
        };
        Ok(ToldGrant {
            sourced: SourcedGrant { grant, source },
            revoked_by: self.revoked_by,
            restored_at: time(self.restored_at),
        })
    }
}

/// Lists the blocks against the customer on a content, lifted ones too.
///
/// # Errors
/// The database failed.
pub async fn list_blocks(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
) -> Result<Vec<PlacedBlock>> {
    type Row = (
        Text<BlockId>,
        String,
        Option<String>,
        Time,
        Option<Time>,
        Option<String>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_BLOCKS)
        .bind(Text(customer))
        .bind(Text(content))
        .fetch_all(c)
        .await)?;
    let blocks = rows
        .into_iter()
        .map(|(id, by, reason, at, lifted_at, lifted_by)| PlacedBlock {
            id: id.0,
            by,
            reason,
            at: at.0,
            lifted: time(lifted_at).map(|at| (at, lifted_by.unwrap_or_default())),
        });
    Ok(blocks.collect())
}

/// Lists the extensions of these grants by hand, and of what these orders grant of the content.
///
/// # Errors
/// The database failed.
pub async fn list_extensions(
    access: &mut impl Access,
    grants: &[GrantId],
    orders: &[OrderId],
    content: ContentId,
) -> Result<Vec<ToldExtension>> {
    type Row = (
        Text<ExtensionId>,
        Option<Text<GrantId>>,
        Option<Text<OrderId>>,
        Time,
        String,
        Option<String>,
        Time,
    );
    let mut rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_EXTENSIONS_OF_GRANTS)
        .bind(id_list(grants))
        .fetch_all(c)
        .await)?;
    let of_orders: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_EXTENSIONS_OF_ORDERS)
        .bind(id_list(orders))
        .bind(Text(content))
        .fetch_all(c)
        .await)?;
    rows.extend(of_orders);
    let extensions = rows
        .into_iter()
        .map(|(id, grant, order, until, by, note, at)| ToldExtension {
            id: id.0,
            grant: grant.map(|id| id.0),
            order: order.map(|id| id.0),
            until: until.0,
            by,
            note,
            at: at.0,
        });
    Ok(extensions.collect())
}

/// Lists what the audit log tells of these subjects, oldest first, by subject.
///
/// # Errors
/// The database failed.
pub async fn list_traces(
    access: &mut impl Access,
    subjects: &[String],
) -> Result<BTreeMap<String, Vec<Trace>>> {
    type Row = (String, String, Time, String, Option<String>);
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_TRACES)
        .bind(id_list(subjects))
        .fetch_all(c)
        .await)?;
    let mut traces: BTreeMap<String, Vec<Trace>> = BTreeMap::new();
    for (subject, action, at, actor, delivery) in rows {
        traces.entry(subject).or_default().push(Trace {
            action,
            at: at.0,
            actor,
            delivery,
        });
    }
    Ok(traces)
}

/// Lists the customer's newest orders.
///
/// # Errors
/// The database failed.
pub async fn list_orders(
    access: &mut impl Access,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<OrderId>> {
    list_ids(access, LIST_ORDERS, customer, limit).await
}

/// Lists the newest orders that name the customer by a store's id of her and belong to somebody else, by another address.
///
/// # Errors
/// The database failed.
pub async fn list_orders_of_others(
    access: &mut impl Access,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<OrderId>> {
    list_ids(access, LIST_ORDERS_OF_OTHERS, customer, limit).await
}

/// Lists the customer's newest orders as their stores name them.
///
/// # Errors
/// The database failed.
pub async fn list_order_names(
    access: &mut impl Access,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<(StoreName, ExternalId)>> {
    let rows: Vec<(Text<StoreName>, Text<ExternalId>)> =
        on!(access, |c| sqlx::query_as(LIST_ORDER_NAMES)
            .bind(Text(customer))
            .bind(limit)
            .fetch_all(c)
            .await)?;
    Ok(rows
        .into_iter()
        .map(|(store, order)| (store.0, order.0))
        .collect())
}

/// Lists the customer's addresses: her own, and those of whom was merged into her.
///
/// # Errors
/// The database failed.
pub async fn list_addresses(
    access: &mut impl Access,
    customer: CustomerId,
) -> Result<Vec<EmailAddress>> {
    let rows: Vec<(Text<EmailAddress>,)> = on!(access, |c| sqlx::query_as(LIST_ADDRESSES)
        .bind(Text(customer))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(email,)| email.0).collect())
}

/// Lists the newest dead deliveries whose bodies are not longer than `longest` bytes.
///
/// # Errors
/// The database failed.
pub async fn list_dead(
    access: &mut impl Access,
    longest: i64,
    limit: i64,
) -> Result<Vec<DeadDelivery>> {
    type Row = (Text<DeliveryId>, Text<StoreName>, Time, Option<String>);
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_DEAD)
        .bind(longest)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let dead = rows
        .into_iter()
        .map(|(id, store, received_at, error)| DeadDelivery {
            id: id.0,
            store: store.0,
            received_at: received_at.0,
            error: error.unwrap_or_default(),
        });
    Ok(dead.collect())
}

/// Finds the body of a delivery, byte for byte.
///
/// # Errors
/// The database failed.
pub async fn find_body(access: &mut impl Access, id: DeliveryId) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = on!(access, |c| sqlx::query_as(FIND_BODY)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(body,)| body))
}

/// Finds the newest job that failed for good and was to reconcile the order: for one of these subjects, or for an item
/// that may speak for what the line names.
///
/// # Errors
/// The database failed.
pub async fn find_failed_job(
    access: &mut impl Access,
    order: OrderId,
    line: &ExternalId,
    subjects: &[String],
) -> Result<Option<JobId>> {
    let row: Option<(Text<JobId>,)> = on!(access, |c| sqlx::query_as(FIND_FAILED_JOB)
        .bind(id_list(subjects))
        .bind(Text(order))
        .bind(line.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(id,)| id.0))
}

async fn list_ids(
    access: &mut impl Access,
    statement: &'static str,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<OrderId>> {
    let rows: Vec<(Text<OrderId>,)> = on!(access, |c| sqlx::query_as(statement)
        .bind(Text(customer))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}
