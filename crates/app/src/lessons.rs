//! A course opened, a video played, and the learner's place in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::Decision;
use domain::link::LinkTerm;
use domain::progress::{Progress, Report, merge};
use domain::viewer::Viewer;
use domain::{ContentId, CourseId, ModuleId, Timestamp, VideoId};
use storage::courses::{self, Course};
use storage::files::{self, File};
use storage::modules::{self, Module};
use storage::videos::{self, Video};
use storage::{Reader, customers, progress, standing};

use crate::library::ShowError;
use crate::playing::{Learner, PlayError};
use crate::{App, decide_on};

/// How many courses are kept ready at most.
const KEPT_COURSES: usize = 1_000;

/// What is the same for everybody who opens a course within one bucket of time: its structure, with links.
#[derive(Debug)]
pub struct LinkedCourse {
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// A link to its cover.
    pub cover_url: Option<Arc<str>>,
    /// Its modules in their order.
    pub modules: Vec<LinkedModule>,
    /// All files of its product; which of them are open is decided for each customer.
    pub files: Vec<File>,
    revision: i64,
    expires: i64,
}

/// A module with its videos.
#[derive(Debug)]
pub struct LinkedModule {
    /// Its id.
    pub id: ModuleId,
    /// What it is called.
    pub title: String,
    /// Its place, from 1.
    pub order: i64,
    /// Its videos in their order.
    pub videos: Vec<LinkedVideo>,
}

/// A video with its link.
#[derive(Debug)]
pub struct LinkedVideo {
    /// Its id.
    pub id: VideoId,
    /// What it is called.
    pub title: String,
    /// Its place in the module, from 1.
    pub order: i64,
    /// How long it plays, in milliseconds.
    pub duration_ms: i64,
    /// The signed link to the video.
    pub url: Arc<str>,
}

/// Courses kept ready, each for one revision and one expiry of its links.
#[derive(Default)]
pub(crate) struct Shelf {
    courses: Mutex<HashMap<CourseId, Arc<LinkedCourse>>>,
}

/// A course as it opens for one customer.
#[derive(Debug)]
pub struct OpenedCourse {
    /// The course.
    pub id: CourseId,
    /// When access ends; `None` is never.
    pub access_until: Option<Timestamp>,
    /// When the links expire.
    pub links_expire_at: Timestamp,
    /// What is the same for everybody.
    pub linked: Arc<LinkedCourse>,
    /// What she has watched.
    pub progress: HashMap<VideoId, Progress>,
    /// Which of the files are open to her, by their place in the course's.
    pub open_files: Vec<usize>,
}

/// A video as it plays for one customer.
#[derive(Debug)]
pub struct OpenedVideo {
    /// The video.
    pub id: VideoId,
    /// The signed link.
    pub url: Arc<str>,
    /// When the link expires.
    pub link_expires_at: Timestamp,
    /// What is saved.
    pub progress: Option<Progress>,
}

impl App {
    /// Opens a course for a viewer, with fresh links to its videos.
    ///
    /// # Errors
    /// See [`ShowError`].
    pub async fn open_course(
        &self,
        viewer: impl Into<Viewer>,
        id: CourseId,
    ) -> Result<OpenedCourse, ShowError> {
        let (viewer, now) = (viewer.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let course = courses::find(&mut reader, id)
            .await?
            .ok_or(ShowError::NotFound)?;
        let around = standing::list_around_course(&mut reader, &viewer, id).await?;
        let on_course = around.get(&ContentId::Course(id));
        let Decision::Allowed { until, .. } = decide_on(on_course, course.published_at, now) else {
            return Err(ShowError::NotFound);
        };
        let expires = LinkTerm::VIDEO.expiry(now, until);
        let linked = self.linked_course(&mut reader, course, expires).await?;
        let progress = progress::list_on_course(&mut reader, &viewer, id).await?;
        let is_open = |file: &File| {
            let on_file = around.get(&ContentId::File(file.id));
            matches!(
                decide_on(on_file, file.published_at, now),
                Decision::Allowed { .. }
            )
        };
        let places = linked.files.iter().enumerate();
        let open_files = places
            .filter(|(_, file)| is_open(file))
            .map(|(place, _)| place)
            .collect();
        let links_expire_at = Timestamp::from_seconds(expires);
        Ok(OpenedCourse {
            id,
            access_until: until,
            links_expire_at,
            linked,
            progress,
            open_files,
        })
    }

    /// Returns what is kept of the course, when it is of this revision and expiry; else makes it.
    async fn linked_course(
        &self,
        reader: &mut Reader,
        course: Course,
        expires: i64,
    ) -> Result<Arc<LinkedCourse>, ShowError> {
        let id = course.id;
        if let Some(kept) = self.shelf.find(id, course.revision, expires) {
            return Ok(kept);
        }
        let modules = modules::list(reader, id).await?;
        let videos = videos::list(reader, id).await?;
        let files = files::list_of_product(reader, course.product).await?;
        let made = Arc::new(self.make_links(course, &modules, videos, files, expires)?);
        self.shelf.keep(id, Arc::clone(&made));
        Ok(made)
    }

    fn make_links(
        &self,
        course: Course,
        modules: &[Module],
        videos: Vec<Video>,
        files: Vec<File>,
        expires: i64,
    ) -> Result<LinkedCourse, ShowError> {
        let link = |key: &str| self.parts.links.shared(key, expires);
        let mut videos_of: HashMap<ModuleId, Vec<LinkedVideo>> = HashMap::new();
        for video in videos {
            let url = link(&video.s3_key)?;
            let Video {
                id,
                module,
                title,
                order,
                duration_ms,
                ..
            } = video;
            let ready = LinkedVideo {
                id,
                title,
                order,
                duration_ms,
                url,
            };
            videos_of.entry(module).or_default().push(ready);
        }
        let modules = modules.iter().map(|module| LinkedModule {
            id: module.id,
            title: module.title.clone(),
            order: module.order,
            videos: videos_of.remove(&module.id).unwrap_or_default(),
        });
        let modules = modules.collect();
        let cover_url = course.cover_key.as_deref().map(link).transpose()?;
        let Course {
            title,
            description,
            revision,
            ..
        } = course;
        Ok(LinkedCourse {
            title,
            description,
            cover_url,
            modules,
            files,
            revision,
            expires,
        })
    }

    /// Gives a fresh link to one video, when the learner's device may play it.
    ///
    /// # Errors
    /// See [`PlayError`].
    pub async fn open_video(
        &self,
        learner: impl Into<Learner>,
        id: VideoId,
    ) -> Result<OpenedVideo, PlayError> {
        let (learner, now): (Learner, _) = (learner.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let (video, until) = find_open_video(&mut reader, &learner.viewer, id, now).await?;
        let progress = progress::find(&mut reader, &learner.viewer, id).await?;
        let count = self.to_count(&mut reader, &learner, now).await?;
        drop(reader);
        self.count_alone(&learner, count, now).await?;
        let expires = LinkTerm::VIDEO.expiry(now, until);
        let url = self.parts.links.shared(&video.s3_key, expires);
        let url = url.map_err(ShowError::Link)?;
        Ok(OpenedVideo {
            id,
            url,
            link_expires_at: Timestamp::from_seconds(expires),
            progress,
        })
    }

    /// Records how far the learner is in a video, and returns what is saved now. It becomes the progress of the customer
    /// whose session it is; what is saved for the viewer's other customers is neither lost nor overwritten by it.
    ///
    /// # Errors
    /// See [`PlayError`]. When there are too many devices, the report is saved all the same: nothing learnt is lost.
    pub async fn record_progress(
        &self,
        learner: impl Into<Learner>,
        id: VideoId,
        report: Report,
    ) -> Result<Progress, PlayError> {
        let (learner, now): (Learner, _) = (learner.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let (video, _) = find_open_video(&mut reader, &learner.viewer, id, now).await?;
        let count = self.to_count(&mut reader, &learner, now).await?;
        drop(reader);
        let (app, mut viewer) = (self.clone(), learner.viewer);
        let save = self.parts.db.write_grouped(Box::new(move |tx| {
            Box::pin(async move {
                // She may have been merged since the session was found; then all that was hers is the other's.
                let own = viewer.customer();
                let own = customers::lock_person(tx, own).await?.unwrap_or(own);
                viewer.add(own, None);
                let counted = app.count(tx, own, count, now).await?;
                progress::lock(tx, own, id).await?;
                let saved = progress::find(tx, &viewer, id).await?;
                let merged = merge(saved, &report, video.duration_ms, now);
                let is_mark_taken_away = merged.completed_at.is_none()
                    && saved.is_some_and(|saved| saved.completed_at.is_some());
                if is_mark_taken_away {
                    progress::delete_completion(tx, &viewer, id).await?;
                }
                progress::save(tx, own, id, &merged).await?;
                Ok((merged, counted))
            })
        }));
        let (merged, counted) = save.await?;
        counted.map_err(PlayError::TooMany)?;
        Ok(merged)
    }
}

/// Finds a video that is open to the viewer, and until when.
async fn find_open_video(
    reader: &mut Reader,
    viewer: &Viewer,
    id: VideoId,
    now: Timestamp,
) -> Result<(Video, Option<Timestamp>), ShowError> {
    let (video, course) = videos::find(reader, id).await?.ok_or(ShowError::NotFound)?;
    let course = courses::find(reader, course)
        .await?
        .ok_or(ShowError::NotFound)?;
    let on = standing::list_on_content(reader, viewer, ContentId::Course(course.id)).await?;
    match decide_on(Some(&on), course.published_at, now) {
        Decision::Allowed { until, .. } => Ok((video, until)),
        Decision::Refused(_) => Err(ShowError::NotFound),
    }
}

impl Shelf {
    fn find(&self, id: CourseId, revision: i64, expires: i64) -> Option<Arc<LinkedCourse>> {
        let courses = self.courses.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = courses.get(&id)?;
        (kept.revision == revision && kept.expires == expires).then(|| Arc::clone(kept))
    }

    fn keep(&self, id: CourseId, linked: Arc<LinkedCourse>) {
        let mut courses = self.courses.lock().unwrap_or_else(PoisonError::into_inner);
        if courses.len() >= KEPT_COURSES {
            courses.clear();
        }
        courses.insert(id, linked);
    }
}
