//! Progress in videos: of customer and video, not of a grant.

use std::collections::HashMap;

use domain::progress::Progress;
use domain::{CourseId, CustomerId, VideoId};

use crate::column::{Text, Time, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    FIND = "
        SELECT position_ms, position_at, completed_at
        FROM video_progress
        WHERE customer_id = $1 AND video_id = $2";
    @Postgres LOCK_POSTGRES = "
        SELECT position_ms, position_at, completed_at
        FROM video_progress
        WHERE customer_id = $1 AND video_id = $2
        FOR UPDATE";
    LIST_ON_COURSE = "
        SELECT p.video_id, p.position_ms, p.position_at, p.completed_at
        FROM course_modules m
        JOIN course_videos v ON v.module_id = m.id
        JOIN video_progress p ON p.video_id = v.id AND p.customer_id = $1
        WHERE m.course_id = $2
        LIMIT 10000";
    SAVE = "
        INSERT INTO video_progress (customer_id, video_id, position_ms, position_at, completed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (customer_id, video_id) DO UPDATE
        SET position_ms = excluded.position_ms, position_at = excluded.position_at, completed_at = excluded.completed_at";
}

type Row = (i64, Time, Option<Time>);

fn progress((position_ms, at, completed): Row) -> Progress {
    Progress {
        position_ms,
        position_at: at.0,
        completed_at: time(completed),
    }
}

/// Finds what is saved of a video.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    customer: CustomerId,
    video: VideoId,
) -> Result<Option<Progress>> {
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(Text(customer))
            .bind(Text(video))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(progress))
}

/// Loads what is saved of a video, for writing.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, customer: CustomerId, video: VideoId) -> Result<Option<Progress>> {
    let statement = if tx.is_postgres() {
        LOCK_POSTGRES
    } else {
        FIND
    };
    let row: Option<Row> = on!(tx, |c| {
        sqlx::query_as(statement)
            .bind(Text(customer))
            .bind(Text(video))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(progress))
}

/// Lists what is saved of the videos of a course.
///
/// # Errors
/// The database failed.
pub async fn list_on_course(
    access: &mut impl Access,
    customer: CustomerId,
    course: CourseId,
) -> Result<HashMap<VideoId, Progress>> {
    type Row = (Text<VideoId>, i64, Time, Option<Time>);
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST_ON_COURSE)
            .bind(Text(customer))
            .bind(Text(course))
            .fetch_all(c)
            .await
    })?;
    let saved = rows
        .into_iter()
        .map(|(video, ms, at, completed)| (video.0, progress((ms, at, completed))));
    Ok(saved.collect())
}

/// Saves progress over what was there.
///
/// # Errors
/// The customer or video does not exist, or the database failed.
pub async fn save(
    tx: &mut Tx,
    customer: CustomerId,
    video: VideoId,
    progress: &Progress,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SAVE)
            .bind(Text(customer))
            .bind(Text(video))
            .bind(progress.position_ms)
            .bind(Time(progress.position_at))
            .bind(progress.completed_at.map(Time))
    )?;
    Ok(())
}
