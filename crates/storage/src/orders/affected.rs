//! Which orders a change of a product or a store touches, page by page.

use domain::{OrderId, ProductId, StoreId, StoreItemId};

use crate::column::Text;
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST_ITEMS_OF_PRODUCT = "
        WITH RECURSIVE holders (id) AS (
          SELECT CAST($1 AS TEXT)
          UNION
          SELECT b.bundle_id FROM bundle_items b JOIN holders h ON h.id = b.product_id
        )
        SELECT DISTINCT x.id
        FROM holders h
        JOIN store_item_mappings m ON m.product_id = h.id
        JOIN store_items i ON i.id = m.item_id
        JOIN store_items x ON x.store_id = i.store_id
          AND i.external_product IN (x.external_product, '')
          AND i.external_variant IN (x.external_variant, '')
          AND i.sku IN (x.sku, '')
        WHERE x.id > $2
        ORDER BY x.id
        LIMIT $3";
    LIST_ITEMS_LIKE = "
        SELECT x.id
        FROM store_items i
        JOIN store_items x ON x.store_id = i.store_id
          AND i.external_product IN (x.external_product, '')
          AND i.external_variant IN (x.external_variant, '')
          AND i.sku IN (x.sku, '')
        WHERE i.id = $1 AND x.id > $2
        ORDER BY x.id
        LIMIT $3";
    LIST_OF_ITEM = "
        SELECT DISTINCT order_id
        FROM order_lines
        WHERE item_id = $1 AND order_id > $2
        ORDER BY order_id
        LIMIT $3";
    COUNT_OF_ITEM = "
        SELECT COUNT(DISTINCT order_id)
        FROM order_lines
        WHERE item_id = $1";
    LIST_OF_STORE = "
        SELECT id
        FROM orders
        WHERE store_id = $1 AND id > $2
        ORDER BY id
        LIMIT $3";
    COUNT_OF_STORE = "
        SELECT COUNT(id)
        FROM orders
        WHERE store_id = $1";
}

/// Lists the store items that stand, or once stood, for the product or a bundle around it: by id, after `after`.
///
/// # Errors
/// The database failed.
pub async fn list_items_of_product(
    access: &mut impl Access,
    product: ProductId,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<StoreItemId>> {
    list_items(
        access,
        LIST_ITEMS_OF_PRODUCT,
        product.to_string(),
        after,
        limit,
    )
    .await
}

/// Lists the store items that the item may speak for, itself among them: by id, after `after`.
///
/// # Errors
/// The database failed.
pub async fn list_items_like(
    access: &mut impl Access,
    item: StoreItemId,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<StoreItemId>> {
    list_items(access, LIST_ITEMS_LIKE, item.to_string(), after, limit).await
}

/// Lists the orders with a line of the item: by id, after `after`.
///
/// # Errors
/// The database failed.
pub async fn list_of_item(
    access: &mut impl Access,
    item: StoreItemId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>> {
    list(access, LIST_OF_ITEM, item.to_string(), after, limit).await
}

/// Counts the orders with a line of the item.
///
/// # Errors
/// The database failed.
pub async fn count_of_item(access: &mut impl Access, item: StoreItemId) -> Result<i64> {
    count(access, COUNT_OF_ITEM, item.to_string()).await
}

/// Lists the orders of a store: by id, after `after`.
///
/// # Errors
/// The database failed.
pub async fn list_of_store(
    access: &mut impl Access,
    store: StoreId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>> {
    list(access, LIST_OF_STORE, store.to_string(), after, limit).await
}

/// Counts the orders of a store.
///
/// # Errors
/// The database failed.
pub async fn count_of_store(access: &mut impl Access, store: StoreId) -> Result<i64> {
    count(access, COUNT_OF_STORE, store.to_string()).await
}

async fn list_items(
    access: &mut impl Access,
    statement: &'static str,
    of: String,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<StoreItemId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<(Text<StoreItemId>,)> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(of)
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

async fn list(
    access: &mut impl Access,
    statement: &'static str,
    of: String,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<(Text<OrderId>,)> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(of)
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

async fn count(access: &mut impl Access, statement: &'static str, of: String) -> Result<i64> {
    let (count,): (i64,) = on!(access, |c| sqlx::query_as(statement)
        .bind(of)
        .fetch_one(c)
        .await)?;
    Ok(count)
}
