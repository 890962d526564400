//! My Courses: what a customer may watch now, and how far she is.

use std::collections::HashMap;
use std::sync::Arc;

use domain::access::Decision;
use domain::link::LinkTerm;
use domain::viewer::Viewer;
use domain::{ContentId, CourseId, Timestamp, VideoId};
use storage::courses::Course;
use storage::videos::Lesson;
use storage::{StorageError, courses, standing, videos};

use crate::links::LinkError;
use crate::{App, decide_on};

/// A course in My Courses.
#[derive(Clone, Debug)]
pub struct LibraryCourse {
    /// Its id.
    pub id: CourseId,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// A link to its cover.
    pub cover_url: Option<Arc<str>>,
    /// When access ends; `None` is never.
    pub access_until: Option<Timestamp>,
    /// How many videos are completed.
    pub completed: usize,
    /// How many videos there are.
    pub total: usize,
    /// How long all videos play together, in milliseconds.
    pub duration_ms: i64,
    /// When a video of it was last watched.
    pub last_watched_at: Option<Timestamp>,
    /// Where to go on; `None` when it was not begun or is complete.
    pub continue_with: Option<ContinueWith>,
}

/// The place where a learner goes on.
#[derive(Clone, Debug)]
pub struct ContinueWith {
    /// The video.
    pub video: VideoId,
    /// What it is called.
    pub title: String,
    /// What its module is called.
    pub module_title: String,
    /// Where in the video, in milliseconds.
    pub position_ms: i64,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
}

/// Why something cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// It does not exist, or it is not open to this customer: one answer for both.
    #[error("there is no such thing in your library")]
    NotFound,
    /// A link could not be made.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Lists the courses that are open to the viewer now: the last watched first, then the newest.
    ///
    /// # Errors
    /// See [`ShowError`].
    pub async fn list_courses(
        &self,
        viewer: impl Into<Viewer>,
    ) -> Result<Vec<LibraryCourse>, ShowError> {
        let (viewer, now) = (viewer.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let by_content = standing::list_of_viewer(&mut reader, &viewer).await?;
        let ids: Vec<CourseId> = by_content.keys().filter_map(|id| id.course()).collect();
        let courses = courses::list_by_id(&mut reader, &ids).await?;
        let lessons = videos::list_lessons(&mut reader, &viewer, &ids).await?;
        drop(reader);
        let mut lessons_of: HashMap<CourseId, Vec<Lesson>> = HashMap::new();
        for lesson in lessons {
            lessons_of.entry(lesson.course).or_default().push(lesson);
        }
        let mut listed = Vec::new();
        for course in courses {
            let on = by_content.get(&ContentId::Course(course.id));
            if let Decision::Allowed { until, .. } = decide_on(on, course.published_at, now) {
                let lessons = lessons_of.remove(&course.id).unwrap_or_default();
                listed.push(self.library_course(course, until, &lessons, now)?);
            }
        }
        // The database gave the newest first; a stable sort keeps that among courses not begun.
        listed.sort_by_key(|course| std::cmp::Reverse(course.last_watched_at));
        Ok(listed)
    }

    fn library_course(
        &self,
        course: Course,
        until: Option<Timestamp>,
        lessons: &[Lesson],
        now: Timestamp,
    ) -> Result<LibraryCourse, ShowError> {
        let expires = LinkTerm::VIDEO.expiry(now, until);
        let link = |key: &String| self.parts.links.shared(key, expires);
        let saved = || lessons.iter().filter_map(|lesson| lesson.progress);
        Ok(LibraryCourse {
            id: course.id,
            cover_url: course.cover_key.as_ref().map(link).transpose()?,
            title: course.title,
            description: course.description,
            access_until: until,
            completed: saved()
                .filter(|progress| progress.completed_at.is_some())
                .count(),
            total: lessons.len(),
            duration_ms: lessons.iter().map(|lesson| lesson.duration_ms).sum(),
            last_watched_at: saved().map(|progress| progress.position_at).max(),
            continue_with: continue_with(lessons),
        })
    }
}

/// Finds where to go on: in the video last watched, or, when that is complete, in the next one after it that is not, or
/// the first one anywhere.
fn continue_with(lessons: &[Lesson]) -> Option<ContinueWith> {
    let watched = lessons.iter().enumerate();
    let (last, _) = watched
        .filter_map(|(place, lesson)| Some((place, lesson.progress?.position_at)))
        .max_by_key(|(_, at)| *at)?;
    let is_open = |lesson: &&Lesson| {
        lesson
            .progress
            .is_none_or(|progress| progress.completed_at.is_none())
    };
    let from_last = lessons.iter().skip(last).find(is_open);
    let lesson = from_last.or_else(|| lessons.iter().find(is_open))?;
    Some(ContinueWith {
        video: lesson.video,
        title: lesson.title.clone(),
        module_title: lesson.module_title.clone(),
        position_ms: lesson.progress.map_or(0, |progress| progress.position_ms),
        duration_ms: lesson.duration_ms,
    })
}

#[cfg(test)]
mod tests {
    use domain::progress::Progress;

    use super::*;

    fn lesson(number: u128, watched_at: Option<i64>, is_complete: bool) -> Lesson {
        let at = Timestamp::from_seconds;
        Lesson {
            course: CourseId::from_parts(at(0), 1),
            module_title: "Welcome".into(),
            video: VideoId::from_parts(at(0), number),
            title: number.to_string(),
            duration_ms: 60_000,
            progress: watched_at.map(|second| Progress {
                position_ms: 5_000,
                position_at: at(second),
                completed_at: is_complete.then(|| at(second)),
            }),
        }
    }

    fn title(lessons: &[Lesson]) -> Option<String> {
        continue_with(lessons).map(|found| found.title)
    }

    #[test]
    fn a_learner_goes_on_where_she_was() {
        let lessons = [
            lesson(1, Some(10), true),
            lesson(2, Some(30), false),
            lesson(3, Some(20), false),
        ];
        assert_eq!(title(&lessons).as_deref(), Some("2"));
    }

    #[test]
    fn after_a_completed_lesson_comes_the_next_open_one_and_at_the_end_the_first() {
        let lessons = [
            lesson(1, None, false),
            lesson(2, Some(30), true),
            lesson(3, Some(9), true),
            lesson(4, None, false),
        ];
        assert_eq!(title(&lessons).as_deref(), Some("4"));
        assert_eq!(title(&lessons[..3]).as_deref(), Some("1"));
    }

    #[test]
    fn a_course_not_begun_or_complete_has_no_place_to_go_on() {
        assert!(continue_with(&[lesson(1, None, false)]).is_none());
        assert!(continue_with(&[lesson(1, Some(1), true)]).is_none());
        assert!(continue_with(&[]).is_none());
    }
}
