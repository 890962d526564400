//! Products inside products.

use domain::ProductId;

use crate::column::Text;
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::products::{Row, ShelvedProduct};
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO bundle_items (bundle_id, product_id)
        VALUES ($1, $2)
        ON CONFLICT (bundle_id, product_id) DO NOTHING";
    DELETE = "
        DELETE FROM bundle_items
        WHERE bundle_id = $1 AND product_id = $2";
    LIST_PARTS = "
        SELECT p.id, p.title, p.is_video_course, p.access_days, p.created_at, p.updated_at
        FROM bundle_items b
        JOIN products p ON p.id = b.product_id
        WHERE b.bundle_id = $1 AND p.deleted_at IS NULL
        ORDER BY p.id
        LIMIT 1000";
    LIST_AROUND = "
        SELECT p.id, p.title, p.is_video_course, p.access_days, p.created_at, p.updated_at
        FROM bundle_items b
        JOIN products p ON p.id = b.bundle_id
        WHERE b.product_id = $1 AND p.deleted_at IS NULL
        ORDER BY p.id
        LIMIT 1000";
}

/// Puts a product into a bundle; false when it is there already. Whether it may be is the caller's to decide.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, bundle: ProductId, part: ProductId) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(INSERT).bind(Text(bundle)).bind(Text(part)))? == 1)
}

/// Takes a product out of a bundle; false when it was not in it.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, bundle: ProductId, part: ProductId) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(DELETE).bind(Text(bundle)).bind(Text(part)))? == 1)
}

/// Lists the products that are directly in the bundle, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_parts(
    access: &mut impl Access,
    bundle: ProductId,
) -> Result<Vec<ShelvedProduct>> {
    list(access, LIST_PARTS, bundle).await
}

/// Lists the bundles that the product is directly in, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_around(access: &mut impl Access, part: ProductId) -> Result<Vec<ShelvedProduct>> {
    list(access, LIST_AROUND, part).await
}

async fn list(
    access: &mut impl Access,
    statement: &'static str,
    of: ProductId,
) -> Result<Vec<ShelvedProduct>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(statement)
        .bind(Text(of))
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(Row::read).collect()
}
