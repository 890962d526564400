//! Products.

use std::collections::BTreeMap;

use domain::catalogue::{Catalogue, Product};
use domain::{ProductId, Timestamp};

use crate::column::{Text, Time, corrupt};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO products (id, title, is_video_course, access_days, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    FIND = "
        SELECT id, title, is_video_course, access_days, created_at, updated_at
        FROM products
        WHERE id = $1 AND deleted_at IS NULL";
    LIST = "
        SELECT id, title, is_video_course, access_days, created_at, updated_at
        FROM products
        WHERE id > $1 AND deleted_at IS NULL
        ORDER BY id
        LIMIT $2";
    LIST_TITLES = "
        SELECT id, title
        FROM products
        WHERE deleted_at IS NULL
        ORDER BY id
        LIMIT 100000";
    UPDATE = "
        UPDATE products
        SET title = $2, access_days = $3, updated_at = $4
        WHERE id = $1 AND deleted_at IS NULL";
    // What it was in and what stood for it stay written down: by them the orders that it granted by are found.
    DELETE = "
        UPDATE products
        SET deleted_at = $2, updated_at = $2
        WHERE id = $1 AND deleted_at IS NULL";
    // Also the bundles around a product change when it gets its first course.
    MARK_VIDEO_COURSE = "
        WITH RECURSIVE holders (id) AS (
          SELECT CAST($1 AS TEXT)
          UNION
          SELECT b.bundle_id FROM bundle_items b JOIN holders h ON h.id = b.product_id
        )
        UPDATE products
        SET is_video_course = $2, updated_at = $3
        WHERE id IN (SELECT id FROM holders)";
    // What a product has follows from what is in it and is not deleted, and so it does for the bundles around it.
    REFRESH_VIDEO_COURSE = "
        WITH RECURSIVE holders (id) AS (
          SELECT CAST($1 AS TEXT)
          UNION
          SELECT b.bundle_id FROM bundle_items b JOIN holders h ON h.id = b.product_id
        ),
        inside (holder, id) AS (
          SELECT id, id FROM holders
          UNION
          SELECT i.holder, p.id
          FROM inside i
          JOIN bundle_items b ON b.bundle_id = i.id
          JOIN products p ON p.id = b.product_id AND p.deleted_at IS NULL
        )
        UPDATE products
        SET is_video_course = EXISTS (
          SELECT 1
          FROM inside i
          JOIN courses c ON c.product_id = i.id AND c.deleted_at IS NULL
          WHERE i.holder = products.id
        )
        WHERE id IN (SELECT id FROM holders)";
    LIST_INSIDE = "
        WITH RECURSIVE inside (id, access_days) AS (
          SELECT id, access_days FROM products WHERE id = $1 AND deleted_at IS NULL
          UNION
          SELECT p.id, p.access_days
          FROM inside i
          JOIN bundle_items b ON b.bundle_id = i.id
          JOIN products p ON p.id = b.product_id AND p.deleted_at IS NULL
        )
        SELECT id, access_days, 'product', id FROM inside
        UNION ALL
        SELECT i.id, NULL, 'content', c.id
        FROM inside i
        JOIN courses c ON c.product_id = i.id AND c.deleted_at IS NULL
        UNION ALL
        SELECT i.id, NULL, 'content', f.id
        FROM inside i
        JOIN files f ON f.product_id = i.id AND f.deleted_at IS NULL
        UNION ALL
        SELECT i.id, NULL, 'part', b.product_id
        FROM inside i
        JOIN bundle_items b ON b.bundle_id = i.id
        JOIN inside part ON part.id = b.product_id
        LIMIT 100000";
}

/// A product to insert.
#[derive(Clone, Debug)]
pub struct ProductRow {
    /// Its id.
    pub id: ProductId,
    /// What it is called.
    pub title: String,
    /// Days of access; `None` is for ever.
    pub access_days: Option<u32>,
}

/// A product as it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShelvedProduct {
    /// Its id.
    pub id: ProductId,
    /// What it is called.
    pub title: String,
    /// Whether it, or a product in it, has a course.
    pub is_video_course: bool,
    /// Days of access; `None` is for ever.
    pub access_days: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its own row changed last.
    pub updated_at: Timestamp,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Text<ProductId>,
    title: String,
    is_video_course: bool,
    access_days: Option<i64>,
    created_at: Time,
    updated_at: Time,
}

impl Row {
    pub(crate) fn read(self) -> Result<ShelvedProduct> {
        Ok(ShelvedProduct {
            id: self.id.0,
            title: self.title,
            is_video_course: self.is_video_course,
            access_days: days(self.access_days)?,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

fn days(days: Option<i64>) -> Result<Option<u32>> {
    let days = days.map(u32::try_from).transpose();
    Ok(days.map_err(|_| corrupt("products.access_days"))?)
}

/// Inserts a product that contains nothing yet.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, product: &ProductRow, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(product.id))
            .bind(product.title.as_str())
            .bind(false)
            .bind(product.access_days.map(i64::from))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Finds a product that is not deleted.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: ProductId) -> Result<Option<ShelvedProduct>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(Row::read).transpose()
}

/// Lists the products that are not deleted by id, those behind `after`, at most `limit`.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    after: Option<ProductId>,
    limit: i64,
) -> Result<Vec<ShelvedProduct>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Lists the titles of all products that are not deleted.
///
/// # Errors
/// The database failed.
pub async fn list_titles(access: &mut impl Access) -> Result<Vec<(ProductId, String)>> {
    let rows: Vec<(Text<ProductId>, String)> =
        on!(access, |c| sqlx::query_as(LIST_TITLES).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id, title)| (id.0, title)).collect())
}

/// Writes a product's title and for how long it gives access; false when there is no such product.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx, product: &ProductRow, now: Timestamp) -> Result<bool> {
    let updated = execute!(
        tx,
        sqlx::query(UPDATE)
            .bind(Text(product.id))
            .bind(product.title.as_str())
            .bind(product.access_days.map(i64::from))
            .bind(Time(now))
    )?;
    Ok(updated == 1)
}

/// Deletes a product for everybody; its own courses and files are the caller's to delete.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: ProductId, now: Timestamp) -> Result<bool> {
    let deleted = execute!(tx, sqlx::query(DELETE).bind(Text(id)).bind(Time(now)))?;
    Ok(deleted == 1)
}

/// Writes down that a product, and so every bundle around it, has a video course.
///
/// # Errors
/// The database failed.
pub async fn mark_video_course(tx: &mut Tx, id: ProductId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(MARK_VIDEO_COURSE)
            .bind(Text(id))
            .bind(true)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes down anew whether a product, and each bundle around it, has a video course. Call it in every transaction
/// that adds, moves or deletes a course, a product or a part of a bundle.
///
/// # Errors
/// The database failed.
pub async fn refresh_video_course(tx: &mut Tx, id: ProductId) -> Result<()> {
    execute!(tx, sqlx::query(REFRESH_VIDEO_COURSE).bind(Text(id)))?;
    Ok(())
}

/// Adds a product and everything inside it that is not deleted to the catalogue; nothing when it is deleted itself.
///
/// # Errors
/// The database failed.
pub async fn load_into(
    access: &mut impl Access,
    catalogue: &mut Catalogue,
    id: ProductId,
) -> Result<()> {
    type Row = (Text<ProductId>, Option<i64>, String, String);
    if catalogue.products.contains_key(&id) {
        return Ok(());
    }
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_INSIDE)
        .bind(Text(id))
        .fetch_all(c)
        .await)?;
    let mut found: BTreeMap<ProductId, Product> = BTreeMap::new();
    for (id, access_days, kind, member) in rows {
        let product = found.entry(id.0).or_default();
        match kind.as_str() {
            "product" => product.access_days = days(access_days)?,
            "content" => drop(product.contents.insert(parse(&member)?)),
            _ => drop(product.bundled.insert(parse(&member)?)),
        }
    }
    catalogue.products.append(&mut found);
    Ok(())
}

fn parse<T: std::str::FromStr>(member: &str) -> Result<T> {
    member
        .parse()
        .map_err(|_| corrupt("a product's member").into())
}
