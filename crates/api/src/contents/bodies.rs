//! How the things on the shelves are written in JSON. Where their bytes are is nobody's business.

use app::contents::{self, Confirmation, Effects};
use domain::{CourseId, FileId, ModuleId, ProductId, VideoId};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::wire::{Seconds, Text, Time};

/// A course, published or not.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct ShelvedCourse {
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<CourseId>,
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: Text<ProductId>,
    title: String,
    description: String,
    /// Its name in addresses and for imports.
    #[schema(example = "watercolour-for-beginners")]
    slug: String,
    /// When it was published; null: a draft.
    #[schema(required = true)]
    published_at: Option<Time>,
    created_at: Time,
}

/// A course, published or not, with its modules and videos.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedCourseInFull {
    #[serde(flatten)]
    course: ShelvedCourse,
    modules: Vec<ShelvedModule>,
}

/// A page of courses by age, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedCourseList {
    items: Vec<ShelvedCourse>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<CourseId>>,
}

/// A module with its videos.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedModule {
    #[schema(value_type = String, example = "mod_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<ModuleId>,
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    course_id: Text<CourseId>,
    title: String,
    /// Its place in the course, from 1.
    place: i64,
    videos: Vec<ShelvedVideo>,
}

/// A video, ready or not.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedVideo {
    #[schema(value_type = String, example = "vid_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<VideoId>,
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    course_id: Text<CourseId>,
    #[schema(value_type = String, example = "mod_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    module_id: Text<ModuleId>,
    title: String,
    /// Its place in the module, from 1.
    place: i64,
    /// How far it is; only what is `ready` can be played.
    #[schema(example = "ready")]
    state: String,
    duration_seconds: Seconds,
    size_bytes: i64,
    created_at: Time,
    updated_at: Time,
}

/// A file, published or not.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedFile {
    #[schema(value_type = String, example = "fil_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<FileId>,
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: Text<ProductId>,
    title: String,
    #[schema(example = "application/pdf")]
    media_type: String,
    size_bytes: i64,
    /// When it was published; null: a draft.
    #[schema(required = true)]
    published_at: Option<Time>,
}

/// The files of a product in their order.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShelvedFileList {
    items: Vec<ShelvedFile>,
    /// The cursor of the next page. Null: there is none; one product's files fit on one page.
    #[schema(required = true)]
    next: Option<String>,
}

/// Whom it touches when something is taken away. Name `customers_with_access` when you go on.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Effects)]
pub(crate) struct EffectsBody {
    /// The customers who can open it now, and then can not.
    customers_with_access: i64,
    /// The customers who have watched something of it. What they have watched stays written down.
    customers_with_progress: i64,
    /// The videos that go with it.
    videos: i64,
}

/// What the asker has seen of the effects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Seen {
    /// How many customers can open it, as the effects say. What is not true, or no longer, is refused with the present
    /// numbers.
    customers_with_access: Option<i64>,
}

/// What the asker has seen of the effects of deleting a module.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeenWithVideos {
    /// How many customers can open its course, as the effects say.
    customers_with_access: Option<i64>,
    /// How many videos go with it, as the effects say; absent is 0.
    videos: Option<i64>,
}

/// The bytes of a file as they are.
pub(crate) struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let bytes = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        bytes.into()
    }
}

impl ToSchema for Binary {}

impl From<contents::Course> for ShelvedCourse {
    fn from(course: contents::Course) -> Self {
        Self {
            id: Text(course.id),
            product_id: Text(course.product),
            title: course.title,
            description: course.description,
            slug: course.slug,
            published_at: course.published_at.map(Time),
            created_at: Time(course.created_at),
        }
    }
}

impl From<contents::ShelvedCourse> for ShelvedCourseInFull {
    fn from(shelved: contents::ShelvedCourse) -> Self {
        let id = shelved.course.id;
        let modules = shelved.modules.into_iter();
        Self {
            course: shelved.course.into(),
            modules: modules
                .map(|module| ShelvedModule::of(id, module))
                .collect(),
        }
    }
}

impl ShelvedCourseList {
    /// Makes a page of at most `length` courses; one more than that says that there is a next page.
    pub(super) fn new(mut courses: Vec<contents::Course>, length: u32) -> Self {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let is_more = courses.len() > length;
        courses.truncate(length);
        let next = courses.last().filter(|_| is_more);
        Self {
            next: next.map(|course| Text(course.id)),
            items: courses.into_iter().map(ShelvedCourse::from).collect(),
        }
    }
}

impl ShelvedModule {
    pub(super) fn of(course: CourseId, shelved: contents::ShelvedModule) -> Self {
        Self {
            id: Text(shelved.module.id),
            course_id: Text(course),
            title: shelved.module.title,
            place: shelved.module.order,
            videos: shelved.videos.into_iter().map(ShelvedVideo::from).collect(),
        }
    }
}

impl From<contents::ShelvedVideo> for ShelvedVideo {
    fn from(video: contents::ShelvedVideo) -> Self {
        Self {
            id: Text(video.id),
            course_id: Text(video.course),
            module_id: Text(video.module),
            title: video.title,
            place: video.order,
            state: video.state,
            duration_seconds: Seconds::from_ms(video.duration_ms),
            size_bytes: video.size_bytes,
            created_at: Time(video.created_at),
            updated_at: Time(video.updated_at),
        }
    }
}

impl From<contents::File> for ShelvedFile {
    fn from(file: contents::File) -> Self {
        Self {
            id: Text(file.id),
            product_id: Text(file.product),
            title: file.title,
            media_type: file.stored.media_type,
            size_bytes: file.stored.size_bytes,
            published_at: file.published_at.map(Time),
        }
    }
}

impl From<Vec<contents::File>> for ShelvedFileList {
    fn from(files: Vec<contents::File>) -> Self {
        Self {
            items: files.into_iter().map(ShelvedFile::from).collect(),
            next: None,
        }
    }
}

impl From<Effects> for EffectsBody {
    fn from(effects: Effects) -> Self {
        Self {
            customers_with_access: effects.customers_with_access,
            customers_with_progress: effects.customers_with_progress,
            videos: effects.videos,
        }
    }
}

impl From<Seen> for Confirmation {
    fn from(seen: Seen) -> Self {
        Self {
            customers_with_access: seen.customers_with_access,
            videos: None,
        }
    }
}

impl From<SeenWithVideos> for Confirmation {
    fn from(seen: SeenWithVideos) -> Self {
        Self {
            customers_with_access: seen.customers_with_access,
            videos: seen.videos,
        }
    }
}
