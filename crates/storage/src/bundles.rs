//! Products inside products.

use domain::ProductId;

use crate::column::Text;
use crate::connection::{Tx, execute};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO bundle_items (bundle_id, product_id)
        VALUES ($1, $2)
        ON CONFLICT (bundle_id, product_id) DO NOTHING";
    DELETE = "
        DELETE FROM bundle_items
        WHERE bundle_id = $1 AND product_id = $2";
}

/// Puts a product into a bundle; nothing changes when it is there. Whether it may be is the caller's to decide.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, bundle: ProductId, part: ProductId) -> Result<()> {
    execute!(tx, sqlx::query(INSERT).bind(Text(bundle)).bind(Text(part)))?;
    Ok(())
}

/// Takes a product out of a bundle; false when it was not in it.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, bundle: ProductId, part: ProductId) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(DELETE).bind(Text(bundle)).bind(Text(part)))? == 1)
}
