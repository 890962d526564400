//! Modules of courses.

use domain::{CourseId, ModuleId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO course_modules (id, course_id, title, \"order\")
        VALUES ($1, $2, $3, $4)";
    SET_TITLE = "
        UPDATE course_modules
        SET title = $2
        WHERE id = $1";
    SET_ORDER = "
        UPDATE course_modules
        SET \"order\" = $2
        WHERE id = $1";
    DELETE = "
        UPDATE course_modules
        SET deleted_at = $2
        WHERE id = $1 AND deleted_at IS NULL";
    DELETE_VIDEOS = "
        UPDATE course_videos
        SET deleted_at = $2
        WHERE module_id = $1 AND deleted_at IS NULL";
    FIND = "
        SELECT id, title, \"order\", course_id
        FROM course_modules
        WHERE id = $1 AND deleted_at IS NULL";
    LIST = "
        SELECT id, title, \"order\"
        FROM course_modules
        WHERE course_id = $1 AND deleted_at IS NULL
        ORDER BY \"order\", id
        LIMIT 10000";
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

/// Inserts a module.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, course: CourseId, module: &Module) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(module.id))
            .bind(Text(course))
            .bind(module.title.as_str())
            .bind(module.order)
    )?;
    Ok(())
}

/// Gives a module another title.
///
/// # Errors
/// The database failed.
pub async fn update_title(tx: &mut Tx, id: ModuleId, title: &str) -> Result<()> {
    execute!(tx, sqlx::query(SET_TITLE).bind(Text(id)).bind(title))?;
    Ok(())
}

/// Moves a module to another place.
///
/// # Errors
/// The database failed.
pub async fn update_order(tx: &mut Tx, id: ModuleId, order: i64) -> Result<()> {
    execute!(tx, sqlx::query(SET_ORDER).bind(Text(id)).bind(order))?;
    Ok(())
}

/// Gives the modules the places of the list: 1, 2, 3 and so on.
///
/// # Errors
/// The database failed.
pub async fn update_orders(tx: &mut Tx, ids: &[ModuleId]) -> Result<()> {
    for (place, id) in (1_i64..).zip(ids) {
        update_order(tx, *id, place).await?;
    }
    Ok(())
}

/// Deletes a module with its videos; what customers have watched of them stays written down.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: ModuleId, now: Timestamp) -> Result<()> {
    for statement in [DELETE_VIDEOS, DELETE] {
        execute!(tx, sqlx::query(statement).bind(Text(id)).bind(Time(now)))?;
    }
    Ok(())
}

/// Finds a module, with its course.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: ModuleId) -> Result<Option<(Module, CourseId)>> {
    type Row = (Text<ModuleId>, String, i64, Text<CourseId>);
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(id, title, order, course)| {
        let module = Module {
            id: id.0,
            title,
            order,
        };
        (module, course.0)
    }))
}

/// Lists the modules of a course in their order.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access, course: CourseId) -> Result<Vec<Module>> {
    let rows: Vec<(Text<ModuleId>, String, i64)> = on!(access, |c| sqlx::query_as(LIST)
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
