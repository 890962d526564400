//! Files to download.

use domain::{FileId, ProductId, Timestamp};

use crate::column::{Text, Time, id_list, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO files (
          id, product_id, title, s3_key, \"order\", media_type, size_bytes, checksum, published_at, created_at,
          updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    REPLACE = "
        UPDATE files
        SET s3_key = $2, media_type = $3, size_bytes = $4, checksum = $5, updated_at = $6
        WHERE id = $1";
    SET_TITLE = "
        UPDATE files
        SET title = $2, updated_at = $3
        WHERE id = $1 AND deleted_at IS NULL";
    SET_PUBLICATION = "
        UPDATE files
        SET published_at = $2, updated_at = $3
        WHERE id = $1 AND deleted_at IS NULL";
    SET_ORDER = "
        UPDATE files
        SET \"order\" = $2
        WHERE id = $1";
    DELETE = "
        UPDATE files
        SET deleted_at = $2
        WHERE id = $1 AND deleted_at IS NULL";
    FIND = "
        SELECT f.id, f.product_id, p.title AS product_title, f.title, f.s3_key, f.media_type, f.size_bytes, f.checksum,
          f.published_at
        FROM files f
        JOIN products p ON p.id = f.product_id
        WHERE f.id = $1 AND f.deleted_at IS NULL";
    LIST_OF_PRODUCT = "
        SELECT f.id, f.product_id, p.title AS product_title, f.title, f.s3_key, f.media_type, f.size_bytes, f.checksum,
          f.published_at
        FROM files f
        JOIN products p ON p.id = f.product_id
        WHERE f.product_id = $1 AND f.deleted_at IS NULL
        ORDER BY f.\"order\", f.id
        LIMIT 1000";
    LIST_BY_ID = "
        SELECT f.id, f.product_id, p.title AS product_title, f.title, f.s3_key, f.media_type, f.size_bytes, f.checksum,
          f.published_at
        FROM files f
        JOIN products p ON p.id = f.product_id
        WHERE f.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND f.deleted_at IS NULL
        ORDER BY p.title, p.id, f.\"order\", f.id
        LIMIT 1000";
}

/// A file of a product.
#[derive(Clone, Debug)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The product it belongs to.
    pub product: ProductId,
    /// What that product is called.
    pub product_title: String,
    /// What the file is called.
    pub title: String,
    /// What is stored of it.
    pub stored: StoredFile,
    /// When it was or will be published; `None` for a draft.
    pub published_at: Option<Timestamp>,
}

/// What is stored of a file.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Its object.
    pub s3_key: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub size_bytes: i64,
    /// SHA-256 of its content.
    pub checksum: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<FileId>,
    product_id: Text<ProductId>,
    product_title: String,
    title: String,
    s3_key: String,
    media_type: String,
    size_bytes: i64,
    checksum: Vec<u8>,
    published_at: Option<Time>,
}

impl From<Row> for File {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            product: row.product_id.0,
            product_title: row.product_title,
            title: row.title,
            stored: StoredFile {
                s3_key: row.s3_key,
                media_type: row.media_type,
                size_bytes: row.size_bytes,
                checksum: row.checksum,
            },
            published_at: time(row.published_at),
        }
    }
}

/// Inserts a file at that place among the product's files; `product_title` is not looked at.
///
/// # Errors
/// The object belongs to another file, or the database failed.
pub async fn insert(tx: &mut Tx, file: &File, order: i64, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(file.id))
            .bind(Text(file.product))
            .bind(file.title.as_str())
            .bind(file.stored.s3_key.as_str())
            .bind(order)
            .bind(file.stored.media_type.as_str())
            .bind(file.stored.size_bytes)
            .bind(file.stored.checksum.as_slice())
            .bind(file.published_at.map(Time))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Gives a file another content.
///
/// # Errors
/// The object belongs to another file, or the database failed.
pub async fn update_stored(
    tx: &mut Tx,
    id: FileId,
    stored: &StoredFile,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(REPLACE)
            .bind(Text(id))
            .bind(stored.s3_key.as_str())
            .bind(stored.media_type.as_str())
            .bind(stored.size_bytes)
            .bind(stored.checksum.as_slice())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Gives a file another title.
///
/// # Errors
/// The database failed.
pub async fn update_title(tx: &mut Tx, id: FileId, title: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SET_TITLE)
            .bind(Text(id))
            .bind(title)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes when a file was published, `None` for a draft.
///
/// # Errors
/// The database failed.
pub async fn update_publication(
    tx: &mut Tx,
    id: FileId,
    published_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SET_PUBLICATION)
            .bind(Text(id))
            .bind(published_at.map(Time))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Moves a file to another place among the product's files.
///
/// # Errors
/// The database failed.
pub async fn update_order(tx: &mut Tx, id: FileId, order: i64) -> Result<()> {
    execute!(tx, sqlx::query(SET_ORDER).bind(Text(id)).bind(order))?;
    Ok(())
}

/// Gives the files the places of the list: 1, 2, 3 and so on.
///
/// # Errors
/// The database failed.
pub async fn update_orders(tx: &mut Tx, ids: &[FileId]) -> Result<()> {
    for (place, id) in (1_i64..).zip(ids) {
        update_order(tx, *id, place).await?;
    }
    Ok(())
}

/// Deletes a file; its grants stay written down.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: FileId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(DELETE).bind(Text(id)).bind(Time(now)))?;
    Ok(())
}

/// Finds a file.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: FileId) -> Result<Option<File>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(File::from))
}

/// Lists the files of a product in their order, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_of_product(access: &mut impl Access, product: ProductId) -> Result<Vec<File>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_OF_PRODUCT)
        .bind(Text(product))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(File::from).collect())
}

/// Lists the files of these ids, by product, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_by_id(access: &mut impl Access, ids: &[FileId]) -> Result<Vec<File>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_BY_ID)
        .bind(id_list(ids))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(File::from).collect())
}
