//! Courses, their modules and their videos.

use domain::{CourseId, CustomerId, ModuleId, ProductId, Timestamp, VideoId};

use crate::column::{Text, Time, text, time};
use crate::db::{Access, Tx, execute, on};
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
    INSERT_VIDEO = "
        INSERT INTO course_videos (
          id, module_id, title, s3_key, \"order\", duration_ms, size_bytes, checksum, state, renditions, created_at,
          updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', '[]', $9, $9)";
    REPLACE_VIDEO = "
        UPDATE course_videos
        SET s3_key = $2, duration_ms = $3, size_bytes = $4, checksum = $5, updated_at = $6
        WHERE id = $1";
    SET_VIDEO_ORDER = "
        UPDATE course_videos
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
    LIST_VIDEOS = "
        SELECT v.id, v.module_id, v.title, v.s3_key, v.\"order\", v.duration_ms, v.checksum
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        WHERE m.course_id = $1 AND v.state = 'ready'
        ORDER BY m.\"order\", m.id, v.\"order\", v.id
        LIMIT 10000";
    FIND_VIDEO = "
        SELECT v.id, v.module_id, v.title, v.s3_key, v.\"order\", v.duration_ms, v.checksum, m.course_id
        FROM course_videos v
        JOIN course_modules m ON m.id = v.module_id
        WHERE v.id = $1 AND v.state = 'ready'";
    LIST_LESSONS = "
        SELECT m.course_id, m.title, v.id, v.title, v.duration_ms, p.position_ms, p.position_at, p.completed_at
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        LEFT JOIN video_progress p ON p.video_id = v.id AND p.customer_id = $1
        WHERE v.state = 'ready'
          AND m.course_id IN (SELECT course_id FROM customer_access WHERE customer_id = $1)
        ORDER BY m.course_id, m.\"order\", m.id, v.\"order\", v.id
        LIMIT 100000";
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

/// Inserts a video that is ready to play.
///
/// # Errors
/// The object belongs to another video, or the database failed.
pub async fn insert_video(
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
        sqlx::query(INSERT_VIDEO)
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
pub async fn update_video_file(
    tx: &mut Tx,
    id: VideoId,
    file: &VideoFile,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(REPLACE_VIDEO)
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
pub async fn update_video_order(tx: &mut Tx, id: VideoId, order: i64) -> Result<()> {
    execute!(tx, sqlx::query(SET_VIDEO_ORDER).bind(Text(id)).bind(order))?;
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

/// Lists the lessons of the courses for which the customer has a grant, ended ones too, with her progress: by course, in
/// the order of the course.
///
/// # Errors
/// The database failed.
pub async fn list_lessons(access: &mut impl Access, customer: CustomerId) -> Result<Vec<Lesson>> {
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

/// Lists the videos of a course that are ready, in the order of the course.
///
/// # Errors
/// The database failed.
pub async fn list_videos(access: &mut impl Access, course: CourseId) -> Result<Vec<Video>> {
    let rows: Vec<VideoRow> = on!(access, |c| sqlx::query_as(LIST_VIDEOS)
        .bind(Text(course))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(Video::from).collect())
}

/// Finds a video that is ready, with its course.
///
/// # Errors
/// The database failed.
pub async fn find_video(
    access: &mut impl Access,
    id: VideoId,
) -> Result<Option<(Video, CourseId)>> {
    let row: Option<VideoRow> = on!(access, |c| sqlx::query_as(FIND_VIDEO)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.and_then(|mut row| {
        let course = text(row.course_id.take())?;
        Some((Video::from(row), course))
    }))
}
