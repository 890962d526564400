//! Modules on the shelves.

use app::App;
use app::contents::{ModuleChange, Title};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{CourseId, ModuleId, VideoId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::contents::bodies::ShelvedModule;
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// A module to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewModuleRequest {
    /// One line.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    title: Title,
    /// Its place in the course, from 1; at the end when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1)]
    place: Option<u32>,
}

/// What to change of a module; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleChangeRequest {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<Title>,
    /// Its place in the course, from 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1)]
    place: Option<u32>,
}

/// The videos of a module in the order that they shall have: exactly those that are there, each once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VideoOrder {
    #[schema(value_type = Vec<String>)]
    order: Vec<VideoId>,
}

/// Where the videos of a module shall go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveVideosRequest {
    /// Another module of the same course.
    #[schema(value_type = String, example = "mod_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    module_id: ModuleId,
}

/// Makes a module in a course.
#[utoipa::path(post, path = "/api/admin/courses/{course_id}/modules", operation_id = "create_module", tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course")),
    request_body = NewModuleRequest,
    responses(
        (status = 201, body = ShelvedModule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 422, description = "The request is not of this form, or there is no such place")))]
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(course): Id<CourseId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<NewModuleRequest>,
) -> Result<Response, Problem> {
    let created = app.create_module(&admin.cause, course, request.title, request.place);
    answer(&app, created.await?, StatusCode::CREATED).await
}

/// Returns a module with its videos, whatever their state.
#[utoipa::path(get, path = "/api/admin/modules/{module_id}", operation_id = "show_module", tag = "contents",
    security(("token" = ["content:read"])),
    params(("module_id" = String, Path, description = "The module")),
    responses(
        (status = 200, body = ShelvedModule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<ModuleId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    answer(&app, id, StatusCode::OK).await
}

/// Renames a module, or moves it to another place.
#[utoipa::path(patch, path = "/api/admin/modules/{module_id}", operation_id = "change_module", tag = "contents",
    security(("token" = ["content:write"])),
    params(("module_id" = String, Path, description = "The module")),
    request_body = ModuleChangeRequest,
    responses(
        (status = 200, body = ShelvedModule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 422, description = "The request is not of this form, or there is no such place")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<ModuleId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<ModuleChangeRequest>,
) -> Result<Response, Problem> {
    let change = ModuleChange {
        title: request.title,
        place: request.place,
    };
    app.change_module(&admin.cause, id, change).await?;
    answer(&app, id, StatusCode::OK).await
}

/// Puts the videos of a module in order.
#[utoipa::path(put, path = "/api/admin/modules/{module_id}/order", operation_id = "order_videos", tag = "contents",
    security(("token" = ["content:write"])),
    params(("module_id" = String, Path, description = "The module")),
    request_body = VideoOrder,
    responses(
        (status = 200, body = ShelvedModule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 409, description = "The list is not exactly the videos that are there"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn order(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<ModuleId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<VideoOrder>,
) -> Result<Response, Problem> {
    app.order_videos(&admin.cause, id, &request.order).await?;
    answer(&app, id, StatusCode::OK).await
}

/// Moves all videos of a module behind those of another module of the same course, which is returned.
#[utoipa::path(post, path = "/api/admin/modules/{module_id}/move-videos", operation_id = "move_videos",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("module_id" = String, Path, description = "The module that the videos are in")),
    request_body = MoveVideosRequest,
    responses(
        (status = 200, body = ShelvedModule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 422, description = "The request is not of this form, or the other module is none of the course")))]
pub(crate) async fn move_videos(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<ModuleId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<MoveVideosRequest>,
) -> Result<Response, Problem> {
    app.move_videos(&admin.cause, id, request.module_id).await?;
    answer(&app, request.module_id, StatusCode::OK).await
}

async fn answer(app: &App, id: ModuleId, status: StatusCode) -> Result<Response, Problem> {
    let (course, shelved) = app.find_shelved_module(id).await?;
    Ok(json::answer(status, &ShelvedModule::of(course, shelved)))
}
