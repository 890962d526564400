//! A course as it is sent. This is the answer that is asked for most, and nearly all of it is the same for everybody, so
//! it is written once as a [`CourseText`] with holes; for each request only the holes are filled.

use app::lessons::{LinkedCourse, LinkedVideo, OpenedCourse};
use domain::{CourseId, FileId, ModuleId, VideoId};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::wire::{Access, Caption, Completion, NO_CAPTIONS, Seconds, Text, Time, VideoProgress};

/// What a hole is written as. Within a JSON string the quotes would be escaped, so no title can look like one.
const HOLE: &str = r#"{"":0}"#;
/// What most of the holes are filled with: the progress in a video not begun.
const NOT_BEGUN: &str = r#"{"position_seconds":0.0,"completed_at":null,"updated_at":null}"#;

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
    #[schema(value_type = Access)]
    access: Hole,
    #[schema(value_type = Completion)]
    progress: Hole,
    /// When every link in this answer expires.
    links_expire_at: Time,
    /// In their order.
    #[schema(value_type = Vec<Module>)]
    modules: Modules<'a>,
    /// Downloads of the same product that are open to the customer.
    #[schema(value_type = Vec<File>)]
    files: Hole,
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
    #[schema(value_type = VideoProgress)]
    progress: Hole,
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

struct Hole;

struct Modules<'a>(&'a LinkedCourse);

struct Videos<'a>(&'a [LinkedVideo]);

struct Files<'a>(&'a OpenedCourse);

/// A course's JSON around what differs from customer to customer.
pub(crate) struct CourseText {
    /// Between any two parts is a hole: access, progress, one for each video, files.
    parts: Vec<Box<str>>,
    /// The videos in the order of their holes.
    videos: Vec<VideoId>,
}

impl CourseText {
    /// Writes what is the same for everybody who opens the course with these links.
    pub(crate) fn write(opened: &OpenedCourse) -> serde_json::Result<Self> {
        let linked = opened.linked.as_ref();
        let course = Course {
            id: Text(opened.id),
            title: &linked.title,
            description: &linked.description,
            cover_url: linked.cover_url.as_deref(),
            access: Hole,
            progress: Hole,
            links_expire_at: Time(opened.links_expire_at),
            modules: Modules(linked),
            files: Hole,
        };
        let text = serde_json::to_string(&course)?;
        let videos = linked.modules.iter().flat_map(|module| &module.videos);
        Ok(Self {
            parts: text.split(HOLE).map(Box::from).collect(),
            videos: videos.map(|video| video.id).collect(),
        })
    }

    /// Fills the holes for one customer.
    pub(crate) fn fill(&self, opened: &OpenedCourse) -> serde_json::Result<Vec<u8>> {
        let fixed: usize = self.parts.iter().map(|part| part.len()).sum();
        let mut filled = Filled {
            bytes: Vec::with_capacity(fixed + 2_048 + 96 * self.videos.len()),
            parts: self.parts.iter(),
        };
        filled.next_part();
        let until = opened.access_until.map(Time);
        filled.hole(&Access { until })?;
        filled.hole(&self.completion(opened))?;
        for video in &self.videos {
            match opened.progress.get(video) {
                None => filled.text(NOT_BEGUN),
                saved => filled.hole(&VideoProgress::from(saved))?,
            }
        }
        filled.hole(&Files(opened))?;
        Ok(filled.bytes)
    }

    /// Counts the videos shown; a video that is not shown now does not count, though its progress is kept.
    fn completion(&self, opened: &OpenedCourse) -> Completion {
        let is_complete = |video: &&VideoId| {
            let saved = opened.progress.get(video);
            saved.is_some_and(|progress| progress.completed_at.is_some())
        };
        let is_begun = !opened.progress.is_empty();
        Completion {
            completed: if is_begun {
                self.videos.iter().filter(is_complete).count()
            } else {
                0
            },
            total: self.videos.len(),
        }
    }
}

/// An answer being put together.
struct Filled<'a> {
    bytes: Vec<u8>,
    parts: std::slice::Iter<'a, Box<str>>,
}

impl Filled<'_> {
    fn next_part(&mut self) {
        let part = self.parts.next().map_or("", Box::as_ref);
        self.bytes.extend_from_slice(part.as_bytes());
    }

    /// Fills the next hole with a text that is JSON, and writes the part after it.
    fn text(&mut self, json: &str) {
        self.bytes.extend_from_slice(json.as_bytes());
        self.next_part();
    }

    /// Fills the next hole with a value, and writes the part after it.
    fn hole(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.bytes, value)?;
        self.next_part();
        Ok(())
    }
}

impl Serialize for Hole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("", 0)])
    }
}

impl Serialize for Modules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.modules.iter().map(|module| Module {
            id: Text(module.id),
            title: &module.title,
            order: module.order,
            videos: Videos(&module.videos),
        }))
    }
}

impl Serialize for Videos<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|video| Video {
            id: Text(video.id),
            title: &video.title,
            order: video.order,
            duration_seconds: Seconds::from_ms(video.duration_ms),
            url: &video.url,
            hls_url: None,
            poster_url: None,
            storyboard_url: None,
            captions: NO_CAPTIONS,
            progress: Hole,
        }))
    }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let files = &self.0.linked.files;
        let open = self.0.open_files.iter();
        let open = open.filter_map(|place| files.get(*place));
        serializer.collect_seq(open.map(|file| File {
            id: Text(file.id),
            title: &file.title,
            size_bytes: file.stored.size_bytes,
            media_type: &file.stored.media_type,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_be_taken_for_a_hole() {
        assert_eq!(serde_json::to_string(&Hole).unwrap(), HOLE);
        for title in [HOLE, "\"{\"\":0}\"", "{\\\"\":0}"] {
            let json = serde_json::to_string(title).unwrap();
            assert!(!json.contains(HOLE), "{json}");
        }
    }

    #[test]
    fn a_video_not_begun_is_written_as_any_other() {
        let progress = VideoProgress::from(None);
        assert_eq!(serde_json::to_string(&progress).unwrap(), NOT_BEGUN);
    }
}
