//! Publishing and unpublishing.

use app::App;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ContentId, CourseId, FileId};

use crate::admin::{Admin, ContentWrite};
use crate::contents::bodies::Seen;
use crate::id::Id;
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// Publishes a course: it opens to all who have it.
#[utoipa::path(put, path = "/api/admin/courses/{course_id}/publication", operation_id = "publish_course",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course")),
    responses(
        (status = 204, description = "It is published"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn publish_course(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<CourseId>,
    _: QueryParameters<NoQuery>,
) -> Result<StatusCode, Problem> {
    app.publish(&admin.cause, ContentId::Course(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a course back: it is closed to everybody until it is published again. Grants stay as they are.
#[utoipa::path(delete, path = "/api/admin/courses/{course_id}/publication", operation_id = "unpublish_course",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course"), Seen),
    responses(
        (status = 204, description = "It is a draft"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn unpublish_course(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<CourseId>,
    QueryParameters(seen): QueryParameters<Seen>,
) -> Result<StatusCode, Problem> {
    app.unpublish(&admin.cause, ContentId::Course(id), &seen.into())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publishes a file: it opens to all who have it.
#[utoipa::path(put, path = "/api/admin/files/{file_id}/publication", operation_id = "publish_file",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("file_id" = String, Path, description = "The file")),
    responses(
        (status = 204, description = "It is published"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn publish_file(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<FileId>,
    _: QueryParameters<NoQuery>,
) -> Result<StatusCode, Problem> {
    app.publish(&admin.cause, ContentId::File(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file back: it is closed to everybody until it is published again. Grants stay as they are.
#[utoipa::path(delete, path = "/api/admin/files/{file_id}/publication", operation_id = "unpublish_file",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("file_id" = String, Path, description = "The file"), Seen),
    responses(
        (status = 204, description = "It is a draft"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 409, description = "It was not said whom it touches, or that is no longer true"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn unpublish_file(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<FileId>,
    QueryParameters(seen): QueryParameters<Seen>,
) -> Result<StatusCode, Problem> {
    app.unpublish(&admin.cause, ContentId::File(id), &seen.into())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
