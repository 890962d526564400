//! Videos as those who fill the shelves see them, whether they can be played or not.

use domain::{CourseId, ModuleId, Timestamp, VideoId};

use crate::column::{Text, Time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    FIND = "
        SELECT v.id, v.module_id, v.title, v.\"order\", v.duration_ms, v.size_bytes, v.state, v.created_at,
          v.updated_at, m.course_id
        FROM course_videos v
        JOIN course_modules m ON m.id = v.module_id
        WHERE v.id = $1 AND v.deleted_at IS NULL";
    LIST = "
        SELECT v.id, v.module_id, v.title, v.\"order\", v.duration_ms, v.size_bytes, v.state, v.created_at,
          v.updated_at, m.course_id
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        WHERE m.course_id = $1 AND v.deleted_at IS NULL
        ORDER BY m.\"order\", m.id, v.\"order\", v.id
        LIMIT 10000";
}

/// A video as those who fill the shelves see it, whether it can be played or not.
#[derive(Clone, Debug)]
pub struct ShelvedVideo {
    /// Its id.
    pub id: VideoId,
    /// The course it is in.
    pub course: CourseId,
    /// The module it is in.
    pub module: ModuleId,
    /// What it is called.
    pub title: String,
    /// Its place in the module, from 1.
    pub order: i64,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
    /// The size of its file.
    pub size_bytes: i64,
    /// How far it is: `ready` can be played.
    pub state: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<VideoId>,
    course_id: Text<CourseId>,
    module_id: Text<ModuleId>,
    title: String,
    order: i64,
    duration_ms: i64,
    size_bytes: i64,
    state: String,
    created_at: Time,
    updated_at: Time,
}

impl From<Row> for ShelvedVideo {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            course: row.course_id.0,
            module: row.module_id.0,
            title: row.title,
            order: row.order,
            duration_ms: row.duration_ms,
            size_bytes: row.size_bytes,
            state: row.state,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}

/// Finds a video whether it is ready or not.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: VideoId) -> Result<Option<ShelvedVideo>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(ShelvedVideo::from))
}

/// Lists all videos of a course, ready or not, in the order of the course.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access, course: CourseId) -> Result<Vec<ShelvedVideo>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(course))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(ShelvedVideo::from).collect())
}
