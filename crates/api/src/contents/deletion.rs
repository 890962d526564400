//! Deleting, and whom it touches: said first.

use app::App;
use app::contents::{Confirmation, Removable};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::audit::Cause;
use domain::{CourseId, FileId, ModuleId, VideoId};

use crate::admin::{Admin, ContentRead, ContentWrite, Proven};
use crate::contents::bodies::{EffectsBody, Seen, SeenWithVideos};
use crate::id::Id;
use crate::json;
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// Tells whom it touches when a course is deleted, unpublished, or moved to another product.
#[utoipa::path(get, path = "/api/admin/courses/{course_id}/effects", operation_id = "show_course_effects", tag = "contents",
    security(("token" = ["content:read"])),
    params(("course_id" = String, Path, description = "The course")),
    responses(
        (status = 200, body = EffectsBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn course_effects(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<CourseId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    show(&app, Removable::Course(id)).await
}

/// Deletes a course with its modules and videos. It is out of every list and of playback at once; grants end within moments. What
/// customers have watched stays written down.
#[utoipa::path(delete, path = "/api/admin/courses/{course_id}", operation_id = "delete_course", tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course"), Seen),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn delete_course(
    State(app): State<App>,
    admin: Admin<Proven<ContentWrite>>,
    Id(id): Id<CourseId>,
    QueryParameters(seen): QueryParameters<Seen>,
) -> Result<StatusCode, Problem> {
    delete(&app, &admin.cause, Removable::Course(id), seen).await
}

/// Tells whom it touches when a module is deleted with its videos.
#[utoipa::path(get, path = "/api/admin/modules/{module_id}/effects", operation_id = "show_module_effects", tag = "contents",
    security(("token" = ["content:read"])),
    params(("module_id" = String, Path, description = "The module")),
    responses(
        (status = 200, body = EffectsBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn module_effects(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<ModuleId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    show(&app, Removable::Module(id)).await
}

/// Deletes a module together with its videos, when both numbers are named.
#[utoipa::path(delete, path = "/api/admin/modules/{module_id}", operation_id = "delete_module", tag = "contents",
    security(("token" = ["content:write"])),
    params(("module_id" = String, Path, description = "The module"), SeenWithVideos),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such module"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn delete_module(
    State(app): State<App>,
    admin: Admin<Proven<ContentWrite>>,
    Id(id): Id<ModuleId>,
    QueryParameters(seen): QueryParameters<SeenWithVideos>,
) -> Result<StatusCode, Problem> {
    delete(&app, &admin.cause, Removable::Module(id), seen).await
}

/// Tells whom it touches when a video is deleted.
#[utoipa::path(get, path = "/api/admin/videos/{video_id}/effects", operation_id = "show_video_effects", tag = "contents",
    security(("token" = ["content:read"])),
    params(("video_id" = String, Path, description = "The video")),
    responses(
        (status = 200, body = EffectsBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such video"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn video_effects(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<VideoId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    show(&app, Removable::Video(id)).await
}

/// Deletes a video. What customers have watched of it stays written down.
#[utoipa::path(delete, path = "/api/admin/videos/{video_id}", operation_id = "delete_video", tag = "contents",
    security(("token" = ["content:write"])),
    params(("video_id" = String, Path, description = "The video"), Seen),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such video"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn delete_video(
    State(app): State<App>,
    admin: Admin<Proven<ContentWrite>>,
    Id(id): Id<VideoId>,
    QueryParameters(seen): QueryParameters<Seen>,
) -> Result<StatusCode, Problem> {
    delete(&app, &admin.cause, Removable::Video(id), seen).await
}

/// Tells whom it touches when a file is deleted or unpublished.
#[utoipa::path(get, path = "/api/admin/files/{file_id}/effects", operation_id = "show_file_effects", tag = "contents",
    security(("token" = ["content:read"])),
    params(("file_id" = String, Path, description = "The file")),
    responses(
        (status = 200, body = EffectsBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn file_effects(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<FileId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    show(&app, Removable::File(id)).await
}

/// Deletes a file. It is out of every list and of downloads at once; grants end within moments.
#[utoipa::path(delete, path = "/api/admin/files/{file_id}", operation_id = "delete_file", tag = "contents",
    security(("token" = ["content:write"])),
    params(("file_id" = String, Path, description = "The file"), Seen),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn delete_file(
    State(app): State<App>,
    admin: Admin<Proven<ContentWrite>>,
    Id(id): Id<FileId>,
    QueryParameters(seen): QueryParameters<Seen>,
) -> Result<StatusCode, Problem> {
    delete(&app, &admin.cause, Removable::File(id), seen).await
}

async fn show(app: &App, of: Removable) -> Result<Response, Problem> {
    let effects = app.list_effects(of).await?;
    Ok(json::ok(&EffectsBody::from(effects)))
}

async fn delete(
    app: &App,
    by: &Cause,
    what: Removable,
    seen: impl Into<Confirmation>,
) -> Result<StatusCode, Problem> {
    app.delete_content(by, what, &seen.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
