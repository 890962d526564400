//! What an administrator puts on the shelves: courses with their modules and videos, and files.
//!
//! Whoever takes something away (`deletion`, `publication`, a course's other product) says first whom it touches: she
//! reads the effects, and names the number that she has seen. Bytes come in through `upload`.

mod bodies;
mod courses;
mod deletion;
mod files;
mod modules;
mod publication;
mod upload;
mod videos;

use serde::{Deserialize, Deserializer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) use self::bodies::EffectsBody;

/// The routes of the shelves.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(courses::list, courses::create))
        .routes(routes!(
            courses::show,
            courses::change,
            deletion::delete_course
        ))
        .routes(routes!(courses::order))
        .routes(routes!(deletion::course_effects))
        .routes(routes!(
            publication::publish_course,
            publication::unpublish_course
        ))
        .routes(routes!(modules::create))
        .routes(routes!(
            modules::show,
            modules::change,
            deletion::delete_module
        ))
        .routes(routes!(modules::order))
        .routes(routes!(modules::move_videos))
        .routes(routes!(deletion::module_effects))
        .routes(routes!(videos::add))
        .routes(routes!(
            videos::show,
            videos::change,
            deletion::delete_video
        ))
        .routes(routes!(videos::replace))
        .routes(routes!(deletion::video_effects))
        .routes(routes!(files::list, files::add))
        .routes(routes!(files::order))
        .routes(routes!(files::show, files::change, deletion::delete_file))
        .routes(routes!(files::replace))
        .routes(routes!(deletion::file_effects))
        .routes(routes!(
            publication::publish_file,
            publication::unpublish_file
        ))
}

/// Reads a field that may be absent but not null: absent means unchanged, and null would mean nothing.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
