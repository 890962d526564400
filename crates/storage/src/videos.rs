//! Videos of courses.

use std::collections::HashMap;

use domain::viewer::Viewer;
use domain::{CourseId, CustomerId, ModuleId, Timestamp, VideoId};

use crate::column::{Text, Time, id_list, text, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO course_videos (
          id, module_id, title, s3_key, \"order\", duration_ms, size_bytes, checksum, state, renditions, created_at,
          updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', '[]', $9, $9)";
    REPLACE = "
        UPDATE course_videos
        SET s3_key = $2, duration_ms = $3, size_bytes = $4, checksum = $5, updated_at = $6
        WHERE id = $1";
    SET_ORDER = "
        UPDATE course_videos
        SET \"order\" = $2
        WHERE id = $1";
    SET_TITLE = "
        UPDATE course_videos
        SET title = $2, updated_at = $3
        WHERE id = $1";
    MOVE = "
        UPDATE course_videos
        SET module_id = $2, \"order\" = $3, updated_at = $4
        WHERE id = $1";
    DELETE = "
        UPDATE course_videos
        SET deleted_at = $2
        WHERE id = $1 AND deleted_at IS NULL";
    LIST = "
        SELECT v.id, v.module_id, v.title, v.s3_key, v.\"order\", v.duration_ms, v.checksum
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        WHERE m.course_id = $1 AND v.state = 'ready' AND v.deleted_at IS NULL
        ORDER BY m.\"order\", m.id, v.\"order\", v.id
        LIMIT 10000";
    FIND = "
        SELECT v.id, v.module_id, v.title, v.s3_key, v.\"order\", v.duration_ms, v.checksum, m.course_id
        FROM course_videos v
        JOIN course_modules m ON m.id = v.module_id
        WHERE v.id = $1 AND v.state = 'ready' AND v.deleted_at IS NULL";
    FIND_ON_SHELF = "
        SELECT v.id, v.module_id, v.title, v.\"order\", v.duration_ms, v.size_bytes, v.state, v.created_at,
          v.updated_at, m.course_id
        FROM course_videos v
        JOIN course_modules m ON m.id = v.module_id
        WHERE v.id = $1 AND v.deleted_at IS NULL";
    LIST_ON_SHELF = "
        SELECT v.id, v.module_id, v.title, v.\"order\", v.duration_ms, v.size_bytes, v.state, v.created_at,
          v.updated_at, m.course_id
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        WHERE m.course_id = $1 AND v.deleted_at IS NULL
        ORDER BY m.\"order\", m.id, v.\"order\", v.id
        LIMIT 10000";
    LIST_IN_MODULE = "
        SELECT id
        FROM course_videos
        WHERE module_id = $1 AND deleted_at IS NULL
        ORDER BY \"order\", id
        LIMIT 10000";
    LIST_LESSONS = "
        SELECT m.course_id, m.title, v.id, v.title, v.duration_ms, p.position_ms, p.position_at, p.completed_at
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        LEFT JOIN video_progress p ON p.video_id = v.id AND p.customer_id = $1
        WHERE v.state = 'ready' AND v.deleted_at IS NULL
          AND m.course_id IN (SELECT value ->> 'id' FROM json_each(CAST($2 AS TEXT)))
        ORDER BY m.course_id, m.\"order\", m.id, v.\"order\", v.id
        LIMIT 100000";
}

/// A video of a module.
#[derive(Clone, Debug)]
pub struct Video {
    /// Its id.
    pub id: VideoId,
    /// The module it is in.
    pub module: ModuleId,
    /// What it is called.
    pub title: String,
    /// Its object.
    pub s3_key: String,
    /// Its place in the module, from 1.
    pub order: i64,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
    /// SHA-256 of the file.
    pub checksum: Vec<u8>,
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

/// What is stored of a video's file.
#[derive(Clone, Debug)]
pub struct VideoFile {
    /// Its object.
    pub s3_key: String,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
    /// Its size.
    pub size_bytes: i64,
    /// SHA-256 of the file.
    pub checksum: Vec<u8>,
}

/// A video in a list of what a customer may watch, with her progress.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The course.
    pub course: CourseId,
    /// The title of its module.
    pub module_title: String,
    /// The video.
    pub video: VideoId,
    /// Its title.
    pub title: String,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
    /// What is saved, when anything is.
    pub progress: Option<domain::progress::Progress>,
}

#[derive(sqlx::FromRow)]
struct VideoRow {
    id: Text<VideoId>,
    module_id: Text<ModuleId>,
    title: String,
    s3_key: String,
    order: i64,
    duration_ms: i64,
    checksum: Vec<u8>,
    #[sqlx(default)]
    course_id: Option<Text<CourseId>>,
}

impl From<VideoRow> for Video {
    fn from(row: VideoRow) -> Self {
        Self {
            id: row.id.0,
            module: row.module_id.0,
            title: row.title,
            s3_key: row.s3_key,
            order: row.order,
            duration_ms: row.duration_ms,
            checksum: row.checksum,
        }
    }
}

#[derive(sqlx::FromRow)]
struct ShelvedRow {
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

impl From<ShelvedRow> for ShelvedVideo {
    fn from(row: ShelvedRow) -> Self {
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

/// Inserts a video that is ready to play.
///
/// # Errors
/// The object belongs to another video, or the database failed.
pub async fn insert(
    tx: &mut Tx,
    id: VideoId,
    module: ModuleId,
    title: &str,
    order: i64,
    file: &VideoFile,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(Text(module))
            .bind(title)
            .bind(file.s3_key.as_str())
            .bind(order)
            .bind(file.duration_ms)
            .bind(file.size_bytes)
            .bind(file.checksum.as_slice())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Gives a video another file; its progress stays.
///
/// # Errors
/// The object belongs to another video, or the database failed.
pub async fn update_file(tx: &mut Tx, id: VideoId, file: &VideoFile, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(REPLACE)
            .bind(Text(id))
            .bind(file.s3_key.as_str())
            .bind(file.duration_ms)
            .bind(file.size_bytes)
            .bind(file.checksum.as_slice())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Moves a video to another place in its module.
///
/// # Errors
/// The database failed.
pub async fn update_order(tx: &mut Tx, id: VideoId, order: i64) -> Result<()> {
    execute!(tx, sqlx::query(SET_ORDER).bind(Text(id)).bind(order))?;
    Ok(())
}

/// Gives the videos the places of the list: 1, 2, 3 and so on.
///
/// # Errors
/// The database failed.
pub async fn update_orders(tx: &mut Tx, ids: &[VideoId]) -> Result<()> {
    for (place, id) in (1_i64..).zip(ids) {
        update_order(tx, *id, place).await?;
    }
    Ok(())
}

/// Gives a video another title.
///
/// # Errors
/// The database failed.
pub async fn update_title(tx: &mut Tx, id: VideoId, title: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SET_TITLE)
            .bind(Text(id))
            .bind(title)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Moves a video to a place in a module, of another course too; its progress stays.
///
/// # Errors
/// There is no such module, or the database failed.
pub async fn update_module(
    tx: &mut Tx,
    id: VideoId,
    module: ModuleId,
    order: i64,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(MOVE)
            .bind(Text(id))
            .bind(Text(module))
            .bind(order)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Deletes a video; what customers have watched of it stays written down.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: VideoId, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(DELETE).bind(Text(id)).bind(Time(now)))?;
    Ok(())
}

/// Lists the lessons of these courses with the viewer's progress, that of all her customers united: by course, in the order
/// of the course.
///
/// # Errors
/// The database failed.
pub async fn list_lessons(
    access: &mut impl Access,
    viewer: &Viewer,
    courses: &[CourseId],
) -> Result<Vec<Lesson>> {
    let courses = id_list(courses);
    let mut lessons = list_lessons_of(access, viewer.customer(), &courses).await?;
    for customer in viewer.customers().skip(1) {
        let more = list_lessons_of(access, customer, &courses).await?;
        let theirs = more.into_iter();
        let theirs: HashMap<_, _> = theirs
            .filter_map(|lesson| Some((lesson.video, lesson.progress?)))
            .collect();
        for lesson in &mut lessons {
            if let Some(theirs) = theirs.get(&lesson.video) {
                let own = lesson.progress;
                lesson.progress = Some(own.map_or(*theirs, |own| own.united(*theirs)));
            }
        }
    }
    Ok(lessons)
}

async fn list_lessons_of(
    access: &mut impl Access,
    customer: CustomerId,
    courses: &str,
) -> Result<Vec<Lesson>> {
    type Row = (
        Text<CourseId>,
        String,
        Text<VideoId>,
        String,
        i64,
        Option<i64>,
        Option<Time>,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_LESSONS)
        .bind(Text(customer))
        .bind(courses)
        .fetch_all(c)
        .await)?;
    let lessons = rows.into_iter().map(
        |(course, module_title, video, title, duration_ms, position, at, completed)| Lesson {
            course: course.0,
            module_title,
            video: video.0,
            title,
            duration_ms,
            progress: position.zip(time(at)).map(|(position_ms, position_at)| {
                let completed_at = time(completed);
                domain::progress::Progress {
                    position_ms,
                    position_at,
                    completed_at,
                }
            }),
        },
    );
    Ok(lessons.collect())
}

/// Lists the videos of a course that are ready, in the order of the course.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access, course: CourseId) -> Result<Vec<Video>> {
    let rows: Vec<VideoRow> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(course))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(Video::from).collect())
}

/// Finds a video that is ready, with its course.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: VideoId) -> Result<Option<(Video, CourseId)>> {
    let row: Option<VideoRow> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.and_then(|mut row| {
        let course = text(row.course_id.take())?;
        Some((Video::from(row), course))
    }))
}

/// Finds a video whether it is ready or not.
///
/// # Errors
/// The database failed.
pub async fn find_on_shelf(access: &mut impl Access, id: VideoId) -> Result<Option<ShelvedVideo>> {
    let row: Option<ShelvedRow> = on!(access, |c| sqlx::query_as(FIND_ON_SHELF)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(ShelvedVideo::from))
}

/// Lists all videos of a course, ready or not, in the order of the course.
///
/// # Errors
/// The database failed.
pub async fn list_on_shelf(
    access: &mut impl Access,
    course: CourseId,
) -> Result<Vec<ShelvedVideo>> {
    let rows: Vec<ShelvedRow> = on!(access, |c| sqlx::query_as(LIST_ON_SHELF)
        .bind(Text(course))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(ShelvedVideo::from).collect())
}

/// Lists the videos of a module in their order.
///
/// # Errors
/// The database failed.
pub async fn list_in_module(access: &mut impl Access, module: ModuleId) -> Result<Vec<VideoId>> {
    let rows: Vec<(Text<VideoId>,)> = on!(access, |c| sqlx::query_as(LIST_IN_MODULE)
        .bind(Text(module))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}
