//! What stores sell, and which of our products it stands for.

mod listing;
mod waiting;

use domain::grant::MappedProduct;
use domain::mapping::KnownItem;
use domain::order::StoreItem;
use domain::{ExternalId, ProductId, StoreId, StoreItemId, Timestamp};

pub(crate) use self::listing::STATEMENTS as LISTING;
pub use self::listing::{
    Candidates, ItemFilter, ItemState, KeptItem, find, list, list_fitting, list_known_of,
};
pub(crate) use self::waiting::STATEMENTS as WAITING;
pub use self::waiting::{PaidItem, PaidPlace, Waiting, count_waiting, list_paid};
use crate::column::{Text, Time, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO store_items (id, store_id, external_product, external_variant, sku, title, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (store_id, external_product, external_variant, sku) DO NOTHING";
    FIND_ID = "
        SELECT id
        FROM store_items
        WHERE store_id = $1 AND external_product = $2 AND external_variant = $3 AND sku = $4";
    MAP = "
        UPDATE store_items
        SET product_id = $2, ignored_at = NULL
        WHERE id = $1";
    UNMAP = "
        UPDATE store_items
        SET product_id = NULL, ignored_at = NULL
        WHERE id = $1";
    IGNORE = "
        UPDATE store_items
        SET product_id = NULL, ignored_at = $2
        WHERE id = $1";
    REMEMBER_MAPPING = "
        INSERT INTO store_item_mappings (item_id, product_id, first_mapped_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (item_id, product_id) DO NOTHING";
    MAP_MANY = "
        UPDATE store_items
        SET product_id = $2, ignored_at = NULL
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))";
    // SQLite takes an ON CONFLICT after a SELECT for a join unless there is a WHERE.
    REMEMBER_MAPPINGS = "
        INSERT INTO store_item_mappings (item_id, product_id, first_mapped_at)
        SELECT value ->> 'id', CAST($2 AS TEXT), CAST($3 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))
        WHERE TRUE
        ON CONFLICT (item_id, product_id) DO NOTHING";
    // Each item has a first time of its own: a buyer for whom a more exact item speaks now, which stood for something else
    // before, begins anew and is not locked out at once.
    LIST_KNOWN = "
        SELECT i.external_product, i.external_variant, i.sku, i.product_id, m.first_mapped_at
        FROM store_items i
        LEFT JOIN store_item_mappings m ON m.item_id = i.id AND m.product_id = i.product_id
        WHERE i.store_id = $1
          AND i.external_product IN ($2, '')
          AND i.external_variant IN ($3, '')
          AND i.sku IN ($4, '')
          AND (i.product_id IS NOT NULL OR i.ignored_at IS NOT NULL)
        ORDER BY i.id
        LIMIT 8";
}

/// Writes what a store does not name as the empty text, so that uniqueness holds.
pub(crate) fn named(id: Option<&ExternalId>) -> &str {
    id.map_or("", ExternalId::as_str)
}

/// Reads what a store does not name.
pub(crate) fn unnamed(text: &str) -> Option<ExternalId> {
    text.parse().ok()
}

/// Reads the product that an item stands for, and since when.
fn mapped(product: Option<Text<ProductId>>, at: Option<Time>) -> Option<MappedProduct> {
    product.zip(at).map(|(product, at)| MappedProduct {
        product: product.0,
        mapped_at: at.0,
    })
}

/// Records that a store sells this, and returns the row's id; `id` is used when the item is new.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: StoreItemId,
    store: StoreId,
    item: &StoreItem,
    title: &str,
    now: Timestamp,
) -> Result<StoreItemId> {
    if execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(Text(store))
            .bind(named(item.product.as_ref()))
            .bind(named(item.variant.as_ref()))
            .bind(named(item.sku.as_ref()))
            .bind(title)
            .bind(Time(now))
    )? == 1
    {
        return Ok(id);
    }
    let row: (Text<StoreItemId>,) = on!(tx, |c| {
        sqlx::query_as(FIND_ID)
            .bind(Text(store))
            .bind(named(item.product.as_ref()))
            .bind(named(item.variant.as_ref()))
            .bind(named(item.sku.as_ref()))
            .fetch_one(c)
            .await
    })?;
    Ok(row.0.0)
}

/// Maps an item to a product; the first time of each such mapping is remembered.
///
/// # Errors
/// The database failed.
pub async fn map(tx: &mut Tx, item: StoreItemId, product: ProductId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(MAP).bind(Text(item)).bind(Text(product)))?;
    execute!(
        tx,
        sqlx::query(REMEMBER_MAPPING)
            .bind(Text(item))
            .bind(Text(product))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Maps many items to one product, as [`map`] does each.
///
/// # Errors
/// The database failed.
pub async fn map_many(
    tx: &mut Tx,
    items: &[StoreItemId],
    product: ProductId,
    now: Timestamp,
) -> Result<()> {
    let items = id_list(items);
    execute!(
        tx,
        sqlx::query(MAP_MANY)
            .bind(items.as_str())
            .bind(Text(product))
    )?;
    execute!(
        tx,
        sqlx::query(REMEMBER_MAPPINGS)
            .bind(items.as_str())
            .bind(Text(product))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Forgets what was said of an item, be it a product or that it stands for none.
///
/// # Errors
/// The database failed.
pub async fn unmap(tx: &mut Tx, item: StoreItemId) -> Result<()> {
    execute!(tx, sqlx::query(UNMAP).bind(Text(item)))?;
    Ok(())
}

/// Says that an item stands for nothing, on purpose.
///
/// # Errors
/// The database failed.
pub async fn ignore(tx: &mut Tx, item: StoreItemId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(IGNORE).bind(Text(item)).bind(Time(now)))?;
    Ok(())
}

/// Lists the items that may stand for what a line names, and of which somebody has said what they stand for.
///
/// # Errors
/// The database failed.
pub async fn list_known(
    access: &mut impl Access,
    store: StoreId,
    bought: &StoreItem,
) -> Result<Vec<KnownItem>> {
    type Row = (
        String,
        String,
        String,
        Option<Text<ProductId>>,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST_KNOWN)
            .bind(Text(store))
            .bind(named(bought.product.as_ref()))
            .bind(named(bought.variant.as_ref()))
            .bind(named(bought.sku.as_ref()))
            .fetch_all(c)
            .await
    })?;
    let known = rows
        .into_iter()
        .map(|(external, variant, sku, product, mapped_at)| KnownItem {
            item: StoreItem {
                product: unnamed(&external),
                variant: unnamed(&variant),
                sku: unnamed(&sku),
            },
            product: mapped(product, mapped_at),
        });
    Ok(known.collect())
}
