//! Courses.

use domain::{CourseId, ProductId, Timestamp};

use crate::column::{Text, Time, id_list, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO courses (
          id, product_id, title, description, slug, cover_key, published_at, revision, created_at, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)";
    TOUCH = "
        UPDATE courses
        SET revision = revision + 1, updated_at = $2
        WHERE id = $1";
    SET_COVER = "
        UPDATE courses
        SET cover_key = $2
        WHERE id = $1";
    UPDATE = "
        UPDATE courses
        SET product_id = $2, title = $3, description = $4, slug = $5, revision = revision + 1, updated_at = $6
        WHERE id = $1 AND deleted_at IS NULL";
    SET_PUBLICATION = "
        UPDATE courses
        SET published_at = $2, revision = revision + 1, updated_at = $3
        WHERE id = $1 AND deleted_at IS NULL";
    TOUCH_OF_PRODUCT = "
        UPDATE courses
        SET revision = revision + 1, updated_at = $2
        WHERE product_id = $1 AND deleted_at IS NULL";
    // A deleted course gives its slug free: no slug that anybody can choose holds a '~'.
    DELETE = "
        UPDATE courses
        SET deleted_at = $2, slug = slug || '~' || id, revision = revision + 1, updated_at = $2
        WHERE id = $1 AND deleted_at IS NULL";
    DELETE_MODULES = "
        UPDATE course_modules
        SET deleted_at = $2
        WHERE course_id = $1 AND deleted_at IS NULL";
    DELETE_VIDEOS = "
        UPDATE course_videos
        SET deleted_at = $2
        WHERE module_id IN (SELECT id FROM course_modules WHERE course_id = $1) AND deleted_at IS NULL";
    FIND = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE id = $1 AND deleted_at IS NULL";
    FIND_BY_SLUG = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE slug = $1 AND deleted_at IS NULL";
    LIST_BY_ID = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND deleted_at IS NULL
        ORDER BY created_at DESC, id DESC
        LIMIT 1000";
    LIST = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE id > $1 AND deleted_at IS NULL
        ORDER BY id
        LIMIT $2";
    LIST_OF_PRODUCT = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE product_id = $3 AND id > $1 AND deleted_at IS NULL
        ORDER BY id
        LIMIT $2";
}

/// A course without its modules.
#[derive(Clone, Debug)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// The product it belongs to.
    pub product: ProductId,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Its name in addresses and for imports; unique.
    pub slug: String,
    /// The object of its cover.
    pub cover_key: Option<String>,
    /// When it was or will be published; `None` for a draft.
    pub published_at: Option<Timestamp>,
    /// Grows with every change of the course, so that what was made of it can be kept.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct CourseRow {
    id: Text<CourseId>,
    product_id: Text<ProductId>,
    title: String,
    description: String,
    slug: String,
    cover_key: Option<String>,
    published_at: Option<Time>,
    revision: i64,
    created_at: Time,
}

impl From<CourseRow> for Course {
    fn from(row: CourseRow) -> Self {
        Self {
            id: row.id.0,
            product: row.product_id.0,
            title: row.title,
            description: row.description,
            slug: row.slug,
            cover_key: row.cover_key,
            published_at: time(row.published_at),
            revision: row.revision,
            created_at: row.created_at.0,
        }
    }
}

/// Inserts a course; its revision is 1 whatever `course` says.
///
/// # Errors
/// The slug is taken, or the database failed.
pub async fn insert(tx: &mut Tx, course: &Course) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(course.id))
            .bind(Text(course.product))
            .bind(course.title.as_str())
            .bind(course.description.as_str())
            .bind(course.slug.as_str())
            .bind(course.cover_key.as_deref())
            .bind(course.published_at.map(Time))
            .bind(Time(course.created_at))
    )?;
    Ok(())
}

/// Notes that the course changed, so that nobody shows what was kept of it. Call it in every transaction that does.
///
/// # Errors
/// The database failed.
pub async fn touch(tx: &mut Tx, id: CourseId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(TOUCH).bind(Text(id)).bind(Time(now)))?;
    Ok(())
}

/// Gives the course another cover.
///
/// # Errors
/// The database failed.
pub async fn update_cover(tx: &mut Tx, id: CourseId, cover_key: &str) -> Result<()> {
    execute!(tx, sqlx::query(SET_COVER).bind(Text(id)).bind(cover_key))?;
    Ok(())
}

/// Writes product, title, description and slug of `course`, and notes that it changed.
///
/// # Errors
/// The slug is taken, or the database failed.
pub async fn update(tx: &mut Tx, course: &Course, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE)
            .bind(Text(course.id))
            .bind(Text(course.product))
            .bind(course.title.as_str())
            .bind(course.description.as_str())
            .bind(course.slug.as_str())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes when a course was published, `None` for a draft, and notes that it changed.
///
/// # Errors
/// The database failed.
pub async fn update_publication(
    tx: &mut Tx,
    id: CourseId,
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

/// Notes that all courses of a product changed: each shows the product's files.
///
/// # Errors
/// The database failed.
pub async fn touch_of_product(tx: &mut Tx, product: ProductId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(TOUCH_OF_PRODUCT)
            .bind(Text(product))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Deletes a course with its modules and videos; grants and what customers have watched stay written down.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: CourseId, now: Timestamp) -> Result<()> {
    for statement in [DELETE_VIDEOS, DELETE_MODULES, DELETE] {
        execute!(tx, sqlx::query(statement).bind(Text(id)).bind(Time(now)))?;
    }
    Ok(())
}

/// Finds a course.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: CourseId) -> Result<Option<Course>> {
    let row: Option<CourseRow> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Course::from))
}

/// Finds a course by its slug.
///
/// # Errors
/// The database failed.
pub async fn find_by_slug(access: &mut impl Access, slug: &str) -> Result<Option<Course>> {
    let row: Option<CourseRow> = on!(access, |c| sqlx::query_as(FIND_BY_SLUG)
        .bind(slug)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Course::from))
}

/// Lists the courses of these ids, newest first, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_by_id(access: &mut impl Access, ids: &[CourseId]) -> Result<Vec<Course>> {
    let rows: Vec<CourseRow> = on!(access, |c| sqlx::query_as(LIST_BY_ID)
        .bind(id_list(ids))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(Course::from).collect())
}

/// Lists courses by id, those after `after` first, at most `limit`; of one product when it is named.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    product: Option<ProductId>,
    after: Option<CourseId>,
    limit: i64,
) -> Result<Vec<Course>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<CourseRow> = match product {
        None => on!(access, |c| sqlx::query_as(LIST)
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await)?,
        Some(product) => on!(access, |c| sqlx::query_as(LIST_OF_PRODUCT)
            .bind(after)
            .bind(limit)
            .bind(Text(product))
            .fetch_all(c)
            .await)?,
    };
    Ok(rows.into_iter().map(Course::from).collect())
}
