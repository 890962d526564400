//! A course as it is sent: written straight from what is kept ready for everybody and the learner's own progress. This is
//! the answer that is asked for most, so nothing is copied on the way.

use std::collections::HashMap;

use app::lessons::{LinkedVideo, OpenedCourse};
use domain::progress::Progress;
use domain::{CourseId, FileId, ModuleId, VideoId};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::wire::{Access, Caption, Completion, NO_CAPTIONS, Seconds, Text, Time, VideoProgress};

/// A course opened for one customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Course<'a> {
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<CourseId>,
    title: &'a str,
    description: &'a str,
    /// A signed link to its cover.
    #[schema(required = true)]
    cover_url: Option<&'a str>,
    access: Access,
    progress: Completion,
    /// When every link in this answer expires.
    links_expire_at: Time,
    /// In their order.
    #[schema(value_type = Vec<Module>)]
    modules: Modules<'a>,
    /// Downloads of the same product that are open to the customer.
    #[schema(value_type = Vec<File>)]
    files: Files<'a>,
}

/// A module of a course.
#[derive(Serialize, ToSchema)]
pub(crate) struct Module<'a> {
    #[schema(value_type = String, example = "mod_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<ModuleId>,
    title: &'a str,
    /// Its place, from 1.
    order: i64,
    /// In their order.
    #[schema(value_type = Vec<Video>)]
    videos: Videos<'a>,
}

/// A video of a module.
#[derive(Serialize, ToSchema)]
pub(crate) struct Video<'a> {
    #[schema(value_type = String, example = "vid_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<VideoId>,
    title: &'a str,
    /// Its place in the module, from 1.
    order: i64,
    duration_seconds: Seconds,
    /// The signed link to the MP4.
    url: &'a str,
    /// The playlist, when there is one.
    #[schema(required = true)]
    hls_url: Option<&'a str>,
    /// A signed link to the still picture, when there is one.
    #[schema(required = true)]
    poster_url: Option<&'a str>,
    /// A signed link to the preview pictures, when there are any.
    #[schema(required = true)]
    storyboard_url: Option<&'a str>,
    captions: &'static [Caption],
    progress: VideoProgress,
}

/// A file to download; ask for its link when it is wanted.
#[derive(Serialize, ToSchema)]
pub(crate) struct File<'a> {
    #[schema(value_type = String, example = "fil_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<FileId>,
    title: &'a str,
    size_bytes: i64,
    media_type: &'a str,
}

struct Modules<'a>(&'a OpenedCourse);

struct Videos<'a> {
    videos: &'a [LinkedVideo],
    progress: &'a HashMap<VideoId, Progress>,
}

struct Files<'a>(&'a OpenedCourse);

impl<'a> From<&'a OpenedCourse> for Course<'a> {
    fn from(opened: &'a OpenedCourse) -> Self {
        let linked = opened.linked.as_ref();
        Self {
            id: Text(opened.id),
            title: &linked.title,
            description: &linked.description,
            cover_url: linked.cover_url.as_deref(),
            access: Access {
                until: opened.access_until.map(Time),
            },
            progress: completion(opened),
            links_expire_at: Time(opened.links_expire_at),
            modules: Modules(opened),
            files: Files(opened),
        }
    }
}

impl Course<'_> {
    /// Returns about how many bytes the course takes, so that its buffer need not grow.
    pub(crate) fn size_hint(&self) -> usize {
        let lists = self.modules.0.linked.modules.iter();
        let videos: usize = lists.map(|module| module.videos.len()).sum();
        2_048 + self.description.len() + 768 * videos
    }
}

/// Counts the videos shown; a video that is not shown now does not count, though its progress is kept.
fn completion(opened: &OpenedCourse) -> Completion {
    let is_complete = |video: &&LinkedVideo| {
        let saved = opened.progress.get(&video.id);
        saved.is_some_and(|progress| progress.completed_at.is_some())
    };
    let modules = opened.linked.modules.iter();
    let total = modules.clone().map(|module| module.videos.len()).sum();
    let completed = if opened.progress.is_empty() {
        0
    } else {
        let videos = modules.flat_map(|module| &module.videos);
        videos.filter(is_complete).count()
    };
    Completion { completed, total }
}

impl Serialize for Modules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.linked.modules.iter().map(|module| Module {
            id: Text(module.id),
            title: &module.title,
            order: module.order,
            videos: Videos {
                videos: &module.videos,
                progress: &self.0.progress,
            },
        }))
    }
}

impl Serialize for Videos<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.videos.iter().map(|video| Video {
            id: Text(video.id),
            title: &video.title,
            order: video.order,
            duration_seconds: Seconds::from_ms(video.duration_ms),
            url: &video.url,
            hls_url: None,
            poster_url: None,
            storyboard_url: None,
            captions: NO_CAPTIONS,
            progress: self.progress.get(&video.id).into(),
        }))
    }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let files = &self.0.linked.files;
        let open = self
            .0
            .open_files
            .iter()
            .filter_map(|place| files.get(*place));
        serializer.collect_seq(open.map(|file| File {
            id: Text(file.id),
            title: &file.title,
            size_bytes: file.stored.size_bytes,
            media_type: &file.stored.media_type,
        }))
    }
}
