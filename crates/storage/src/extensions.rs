//! Extensions: an administrator's "longer", for one manual grant or for what an order grants by a product.

use std::collections::BTreeMap;

use domain::grant::Extensions;
use domain::{ContentId, CourseId, ExtensionId, FileId, GrantId, OrderId, ProductId, Timestamp};
use serde_json::{Value, json};

use crate::access::content;
use crate::column::{Text, Time, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO access_extensions (
          id, grant_id, order_id, product_id, course_id, file_id, extended_until, extended_by, note, created_at
        )
        SELECT value ->> 'id', value ->> 'grant', value ->> 'order', value ->> 'product', value ->> 'course',
          value ->> 'file', CAST(value ->> 'until' AS BIGINT), value ->> 'by', value ->> 'note', CAST($2 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))";
    LIST_OF_ORDERS = "
        SELECT order_id, product_id, course_id, file_id, MAX(extended_until)
        FROM access_extensions
        WHERE order_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        GROUP BY order_id, product_id, course_id, file_id
        LIMIT 100000";
}

/// What is extended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extended {
    /// A grant by hand.
    Manual(GrantId),
    /// What an order grants by a product.
    OfOrder {
        /// The order.
        order: OrderId,
        /// The product that the line pays for.
        product: ProductId,
        /// The course or file.
        content: ContentId,
    },
}

/// One extension.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its id.
    pub id: ExtensionId,
    /// What is extended.
    pub what: Extended,
    /// Until when.
    pub until: Timestamp,
    /// Who did it.
    pub by: String,
    /// Why, for people.
    pub note: Option<String>,
}

/// Inserts extensions.
///
/// # Errors
/// What one names does not exist, or the database failed.
pub async fn insert(tx: &mut Tx, extensions: &[Extension], now: Timestamp) -> Result<()> {
    if extensions.is_empty() {
        return Ok(());
    }
    let rows = extensions.iter().map(row).collect::<Value>().to_string();
    execute!(tx, sqlx::query(INSERT).bind(rows.as_str()).bind(Time(now)))?;
    Ok(())
}

fn row(extension: &Extension) -> Value {
    let (grant, of_order) = match extension.what {
        Extended::Manual(grant) => (Some(grant), None),
        Extended::OfOrder {
            order,
            product,
            content,
        } => (None, Some((order, product, content))),
    };
    let content = of_order.map(|(_, _, content)| content);
    json!({
        "id": extension.id,
        "grant": grant,
        "order": of_order.map(|(order, _, _)| order),
        "product": of_order.map(|(_, product, _)| product),
        "course": content.and_then(ContentId::course),
        "file": content.and_then(ContentId::file),
        "until": extension.until,
        "by": extension.by,
        "note": extension.note,
    })
}

/// Lists what was extended of these orders, the latest time of each.
///
/// # Errors
/// The database failed.
pub async fn list_of_orders(
    access: &mut impl Access,
    orders: &[OrderId],
) -> Result<BTreeMap<OrderId, Extensions>> {
    type Row = (
        Text<OrderId>,
        Text<ProductId>,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
        Time,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_OF_ORDERS)
        .bind(id_list(orders))
        .fetch_all(c)
        .await)?;
    let mut found: BTreeMap<OrderId, Extensions> = BTreeMap::new();
    for (order, product, course, file, until) in rows {
        let key = (product.0, content(course, file)?);
        found.entry(order.0).or_default().insert(key, until.0);
    }
    Ok(found)
}
