//! Progress in videos: of customer and video, not of a grant.

use std::collections::HashMap;

use domain::progress::Progress;
use domain::viewer::Viewer;
use domain::{CourseId, CustomerId, VideoId};

use crate::column::{Text, Time, time};
use crate::connection::{Access, Tx, execute, on};
use crate::customers;
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
    TAKE_MARK_AWAY = "
        UPDATE video_progress
        SET completed_at = NULL
        WHERE customer_id = $1 AND video_id = $2";
    SAVE = "
        INSERT INTO video_progress (customer_id, video_id, position_ms, position_at, completed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (customer_id, video_id) DO UPDATE
        SET position_ms = excluded.position_ms, position_at = excluded.position_at, completed_at = excluded.completed_at";
}

type Row = (i64, Time, Option<Time>);

/// Progress with its video, as it stands in the database.
pub(crate) type ProgressRow = (Text<VideoId>, i64, Time, Option<Time>);

fn progress((position_ms, at, completed): Row) -> Progress {
    Progress {
        position_ms,
        position_at: at.0,
        completed_at: time(completed),
    }
}

pub(crate) fn of_video((video, ms, at, completed): ProgressRow) -> (VideoId, Progress) {
    (video.0, progress((ms, at, completed)))
}

/// Finds what is saved of a video for any of the viewer's customers, united.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    viewer: &Viewer,
    video: VideoId,
) -> Result<Option<Progress>> {
    let mut found: Option<Progress> = None;
    for customer in viewer.customers() {
        let theirs = find_of(access, FIND, customer, video).await?;
        found = match (found, theirs) {
            (Some(one), Some(other)) => Some(one.united(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(found)
}

/// Loads what is saved of a video for one customer, for writing.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, customer: CustomerId, video: VideoId) -> Result<Option<Progress>> {
    if !tx.is_postgres() {
        return find_of(tx, FIND, customer, video).await;
    }
    let found = find_of(tx, LOCK_POSTGRES, customer, video).await?;
    if found.is_some() {
        return Ok(found);
    }
    // There is no row to lock yet: of two players that begin at once, the second shall see what the first saved.
    customers::lock(tx, &[customer]).await?;
    find_of(tx, LOCK_POSTGRES, customer, video).await
}

async fn find_of(
    access: &mut impl Access,
    statement: &'static str,
    customer: CustomerId,
    video: VideoId,
) -> Result<Option<Progress>> {
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(Text(customer))
            .bind(Text(video))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(progress))
}

/// Lists what is saved of the videos of a course for any of the viewer's customers, united.
///
/// # Errors
/// The database failed.
pub async fn list_on_course(
    access: &mut impl Access,
    viewer: &Viewer,
    course: CourseId,
) -> Result<HashMap<VideoId, Progress>> {
    let mut saved = HashMap::new();
    for customer in viewer.customers() {
        let rows: Vec<ProgressRow> = on!(access, |c| {
            sqlx::query_as(LIST_ON_COURSE)
                .bind(Text(customer))
                .bind(Text(course))
                .fetch_all(c)
                .await
        })?;
        for (video, theirs) in rows.into_iter().map(of_video) {
            let unite = |own: &mut Progress| *own = own.united(theirs);
            saved.entry(video).and_modify(unite).or_insert(theirs);
        }
    }
    Ok(saved)
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

/// Takes the mark of completion away for all of the viewer's customers.
///
/// # Errors
/// The database failed.
pub async fn delete_completion(tx: &mut Tx, viewer: &Viewer, video: VideoId) -> Result<()> {
    for customer in viewer.customers() {
        execute!(
            tx,
            sqlx::query(TAKE_MARK_AWAY)
                .bind(Text(customer))
                .bind(Text(video))
        )?;
    }
    Ok(())
}
