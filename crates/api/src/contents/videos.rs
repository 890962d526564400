//! Videos on the shelves.

use app::App;
use app::contents::{NewVideo, Title, VideoChange};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{ModuleId, VideoId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::contents::bodies::{Binary, ShelvedVideo};
use crate::contents::present;
use crate::contents::upload::VideoUpload;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// A video to add.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewVideoQuery {
    /// What it is called: one line.
    #[param(value_type = String, min_length = 1, max_length = 200)]
    title: Title,
    /// Its place in the module, from 1; at the end when absent.
    #[param(minimum = 1)]
    place: Option<u32>,
}

/// What to change of a video; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VideoChangeRequest {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<Title>,
    /// The module that it shall be in, of the same course.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "mod_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    module_id: Option<ModuleId>,
    /// Its place in the module, from 1; in another module at the end when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1)]
    place: Option<u32>,
}

/// Adds a video to a module. The body is the file: an MP4 that every browser can play, at most 50 GiB. It is seen only
/// once it has arrived whole and was looked into.
#[utoipa::path(post, path = "/api/admin/modules/{module_id}/videos", operation_id = "add_video", tag = "contents",
    security(("token" = ["content:write"])),
    params(("module_id" = String, Path, description = "The module"), NewVideoQuery),
    request_body(content = Binary, content_type = "video/mp4"),
    responses(
        (status = 201, body = ShelvedVideo),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 408, description = "Nothing has arrived for a while"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The content type is not video/mp4"),
        (status = 422, description = "The file cannot be played, or the query is not of this form")))]
pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(module): Id<ModuleId>,
    QueryParameters(query): QueryParameters<NewVideoQuery>,
    VideoUpload(body): VideoUpload,
) -> Result<Response, Problem> {
    let new = NewVideo {
        title: query.title,
        place: query.place,
    };
    let id = app.add_video(&admin.cause, module, new, body).await?;
    answer(&app, id, StatusCode::CREATED).await
}

/// Returns a video, whatever its state.
#[utoipa::path(get, path = "/api/admin/videos/{video_id}", operation_id = "show_video", tag = "contents",
    security(("token" = ["content:read"])),
    params(("video_id" = String, Path, description = "The video")),
    responses(
        (status = 200, body = ShelvedVideo),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such video"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<VideoId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    answer(&app, id, StatusCode::OK).await
}

/// Renames a video, or moves it to another place or module of its course.
#[utoipa::path(patch, path = "/api/admin/videos/{video_id}", operation_id = "change_video", tag = "contents",
    security(("token" = ["content:write"])),
    params(("video_id" = String, Path, description = "The video")),
    request_body = VideoChangeRequest,
    responses(
        (status = 200, body = ShelvedVideo),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such video"),
        (status = 422, description = "The request is not of this form, or there is no such module or place")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<VideoId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<VideoChangeRequest>,
) -> Result<Response, Problem> {
    let change = VideoChange {
        title: request.title,
        module: request.module_id,
        place: request.place,
    };
    app.change_video(&admin.cause, id, change).await?;
    answer(&app, id, StatusCode::OK).await
}

/// Gives a video other bytes. Its place and what customers have watched of it stay; links that are out lead to the bytes
/// before until they expire.
#[utoipa::path(put, path = "/api/admin/videos/{video_id}/content", operation_id = "replace_video", tag = "contents",
    security(("token" = ["content:write"])),
    params(("video_id" = String, Path, description = "The video")),
    request_body(content = Binary, content_type = "video/mp4"),
    responses(
        (status = 200, body = ShelvedVideo),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such video"),
        (status = 408, description = "Nothing has arrived for a while"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The content type is not video/mp4"),
        (status = 422, description = "The file cannot be played")))]
pub(crate) async fn replace(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<VideoId>,
    _: QueryParameters<NoQuery>,
    VideoUpload(body): VideoUpload,
) -> Result<Response, Problem> {
    app.replace_video(&admin.cause, id, body).await?;
    answer(&app, id, StatusCode::OK).await
}

async fn answer(app: &App, id: VideoId, status: StatusCode) -> Result<Response, Problem> {
    let shelved = app.find_shelved_video(id).await?;
    Ok(json::answer(status, &ShelvedVideo::from(shelved)))
}
