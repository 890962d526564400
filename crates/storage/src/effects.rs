//! Whom it touches when a course, module, video or file is taken away.

use domain::{CourseId, FileId, ModuleId, Timestamp, VideoId};

use crate::column::{Text, Time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    // The decision of RULES §5 over everybody at once; a test holds it against `domain::access::decide`.
    COUNT_ON_COURSE = "
        SELECT COUNT(DISTINCT a.customer_id)
        FROM customer_access a
        JOIN courses c ON c.id = a.course_id
        WHERE a.course_id = $1 AND c.published_at <= $2 AND c.deleted_at IS NULL
          AND a.revoked_at IS NULL AND a.granted_at <= $2
          AND (a.expires_at IS NULL OR a.expires_at > $2 OR a.extended_until > $2)
          AND NOT EXISTS (
            SELECT 1
            FROM access_blocks b
            WHERE b.customer_id = a.customer_id AND b.course_id = $1 AND b.lifted_at IS NULL
          )";
    COUNT_ON_FILE = "
        SELECT COUNT(DISTINCT a.customer_id)
        FROM customer_access a
        JOIN files f ON f.id = a.file_id
        WHERE a.file_id = $1 AND f.published_at <= $2 AND f.deleted_at IS NULL
          AND a.revoked_at IS NULL AND a.granted_at <= $2
          AND (a.expires_at IS NULL OR a.expires_at > $2 OR a.extended_until > $2)
          AND NOT EXISTS (
            SELECT 1
            FROM access_blocks b
            WHERE b.customer_id = a.customer_id AND b.file_id = $1 AND b.lifted_at IS NULL
          )";
    COUNT_LEARNERS_OF_COURSE = "
        SELECT COUNT(DISTINCT p.customer_id)
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id AND v.deleted_at IS NULL
        JOIN video_progress p ON p.video_id = v.id
        WHERE m.course_id = $1";
    COUNT_LEARNERS_OF_MODULE = "
        SELECT COUNT(DISTINCT p.customer_id)
        FROM course_videos v
        JOIN video_progress p ON p.video_id = v.id
        WHERE v.module_id = $1 AND v.deleted_at IS NULL";
    COUNT_LEARNERS_OF_VIDEO = "
        SELECT COUNT(*)
        FROM video_progress
        WHERE video_id = $1";
}

/// Counts the customers who may open the course now.
///
/// # Errors
/// The database failed.
pub async fn count_on_course(
    access: &mut impl Access,
    id: CourseId,
    now: Timestamp,
) -> Result<i64> {
    let count: i64 = on!(access, |c| sqlx::query_scalar(COUNT_ON_COURSE)
        .bind(Text(id))
        .bind(Time(now))
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Counts the customers who may download the file now.
///
/// # Errors
/// The database failed.
pub async fn count_on_file(access: &mut impl Access, id: FileId, now: Timestamp) -> Result<i64> {
    let count: i64 = on!(access, |c| sqlx::query_scalar(COUNT_ON_FILE)
        .bind(Text(id))
        .bind(Time(now))
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Counts the customers with progress in a video of the course.
///
/// # Errors
/// The database failed.
pub async fn count_learners_of_course(access: &mut impl Access, id: CourseId) -> Result<i64> {
    count(access, COUNT_LEARNERS_OF_COURSE, id.to_string()).await
}

/// Counts the customers with progress in a video of the module.
///
/// # Errors
/// The database failed.
pub async fn count_learners_of_module(access: &mut impl Access, id: ModuleId) -> Result<i64> {
    count(access, COUNT_LEARNERS_OF_MODULE, id.to_string()).await
}

/// Counts the customers with progress in the video.
///
/// # Errors
/// The database failed.
pub async fn count_learners_of_video(access: &mut impl Access, id: VideoId) -> Result<i64> {
    count(access, COUNT_LEARNERS_OF_VIDEO, id.to_string()).await
}

async fn count(access: &mut impl Access, statement: &'static str, id: String) -> Result<i64> {
    let count: i64 = on!(access, |c| sqlx::query_scalar(statement)
        .bind(id)
        .fetch_one(c)
        .await)?;
    Ok(count)
}
