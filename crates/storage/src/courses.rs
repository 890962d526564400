//! Courses and their modules.

use domain::{CourseId, CustomerId, ModuleId, ProductId, Timestamp};

use crate::column::{Text, Time, time};
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
    INSERT_MODULE = "
        INSERT INTO course_modules (id, course_id, title, \"order\")
        VALUES ($1, $2, $3, $4)";
    SET_MODULE_ORDER = "
        UPDATE course_modules
        SET \"order\" = $2
        WHERE id = $1";
    FIND = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE id = $1";
    FIND_BY_SLUG = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE slug = $1";
    LIST_GRANTED = "
        SELECT id, product_id, title, description, slug, cover_key, published_at, revision, created_at
        FROM courses
        WHERE id IN (SELECT course_id FROM customer_access WHERE customer_id = $1)
        ORDER BY created_at DESC, id DESC
        LIMIT 1000";
    LIST_MODULES = "
        SELECT id, title, \"order\"
        FROM course_modules
        WHERE course_id = $1
        ORDER BY \"order\", id
        LIMIT 10000";
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

/// A module of a course.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its id.
    pub id: ModuleId,
    /// What it is called.
    pub title: String,
    /// Its place, from 1.
    pub order: i64,
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

/// Inserts a module.
///
/// # Errors
/// The database failed.
pub async fn insert_module(tx: &mut Tx, course: CourseId, module: &Module) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_MODULE)
            .bind(Text(module.id))
            .bind(Text(course))
            .bind(module.title.as_str())
            .bind(module.order)
    )?;
    Ok(())
}

/// Moves a module to another place.
///
/// # Errors
/// The database failed.
pub async fn update_module_order(tx: &mut Tx, id: ModuleId, order: i64) -> Result<()> {
    execute!(tx, sqlx::query(SET_MODULE_ORDER).bind(Text(id)).bind(order))?;
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

/// Lists the courses for which the customer has a grant, ended ones too; newest first, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list_granted(access: &mut impl Access, customer: CustomerId) -> Result<Vec<Course>> {
    let rows: Vec<CourseRow> = on!(access, |c| sqlx::query_as(LIST_GRANTED)
        .bind(Text(customer))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(Course::from).collect())
}

/// Lists the modules of a course in their order.
///
/// # Errors
/// The database failed.
pub async fn list_modules(access: &mut impl Access, course: CourseId) -> Result<Vec<Module>> {
    let rows: Vec<(Text<ModuleId>, String, i64)> = on!(access, |c| sqlx::query_as(LIST_MODULES)
        .bind(Text(course))
        .fetch_all(c)
        .await)?;
    let modules = rows.into_iter().map(|(id, title, order)| Module {
        id: id.0,
        title,
        order,
    });
    Ok(modules.collect())
}
