//! Files on the shelves.

use app::App;
use app::contents::{FileChange, FileName, NewFile, Title};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{FileId, ProductId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::contents::bodies::{Binary, ShelvedFile, ShelvedFileList};
use crate::contents::present;
use crate::contents::upload::FileUpload;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// A file to add.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewFileQuery {
    /// What it is called: one line.
    #[param(value_type = String, min_length = 1, max_length = 200)]
    title: Title,
    /// The name under which it is saved; it says what kind of file it is.
    #[param(value_type = String, min_length = 1, max_length = 200, example = "Palette.pdf")]
    filename: FileName,
}

/// The name of other bytes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileNameQuery {
    /// The name under which it is saved; it says what kind of file it is.
    #[param(value_type = String, min_length = 1, max_length = 200, example = "Palette.pdf")]
    filename: FileName,
}

/// What to change of a file; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileChangeRequest {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<Title>,
    /// Its place among the files of its product, from 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1)]
    place: Option<u32>,
}

/// The files of a product in the order that they shall have: exactly those that are there, each once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileOrder {
    #[schema(value_type = Vec<String>)]
    order: Vec<FileId>,
}

/// Lists the files of a product in their order, drafts too.
#[utoipa::path(get, path = "/api/admin/products/{product_id}/files", operation_id = "list_shelved_files",
    tag = "contents",
    security(("token" = ["content:read"])),
    params(("product_id" = String, Path, description = "The product")),
    responses(
        (status = 200, body = ShelvedFileList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(product): Id<ProductId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let files = app.list_shelved_files(product).await?;
    Ok(json::ok(&ShelvedFileList::from(files)))
}

/// Adds a draft of a file to a product. The body is the file, at most 50 GiB; pages and drawings that a browser would
/// run (HTML, SVG) are refused. All who bought the product have it at once; it opens when it is published.
#[utoipa::path(post, path = "/api/admin/products/{product_id}/files", operation_id = "add_file", tag = "contents",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path, description = "The product"), NewFileQuery),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ShelvedFile),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 408, description = "Nothing has arrived for a while"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The body is a form and not the file"),
        (status = 422, description = "The file is refused, or the query is not of this form")))]
pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(product): Id<ProductId>,
    QueryParameters(query): QueryParameters<NewFileQuery>,
    FileUpload(body): FileUpload,
) -> Result<Response, Problem> {
    let new = NewFile {
        title: query.title,
        name: query.filename,
    };
    let id = app.add_file(&admin.cause, product, new, body).await?;
    answer(&app, id, StatusCode::CREATED).await
}

/// Returns a file, published or not.
#[utoipa::path(get, path = "/api/admin/files/{file_id}", operation_id = "show_file", tag = "contents",
    security(("token" = ["content:read"])),
    params(("file_id" = String, Path, description = "The file")),
    responses(
        (status = 200, body = ShelvedFile),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<FileId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    answer(&app, id, StatusCode::OK).await
}

/// Renames a file, or moves it to another place.
#[utoipa::path(patch, path = "/api/admin/files/{file_id}", operation_id = "change_file", tag = "contents",
    security(("token" = ["content:write"])),
    params(("file_id" = String, Path, description = "The file")),
    request_body = FileChangeRequest,
    responses(
        (status = 200, body = ShelvedFile),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 422, description = "The request is not of this form, or there is no such place")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<FileId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<FileChangeRequest>,
) -> Result<Response, Problem> {
    let change = FileChange {
        title: request.title,
        place: request.place,
    };
    app.change_file(&admin.cause, id, change).await?;
    answer(&app, id, StatusCode::OK).await
}

/// Gives a file other bytes. Links that are out lead to the bytes before until they expire.
#[utoipa::path(put, path = "/api/admin/files/{file_id}/content", operation_id = "replace_file", tag = "contents",
    security(("token" = ["content:write"])),
    params(("file_id" = String, Path, description = "The file"), FileNameQuery),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = ShelvedFile),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such file"),
        (status = 408, description = "Nothing has arrived for a while"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "The body is a form and not the file"),
        (status = 422, description = "The file is refused, or the query is not of this form")))]
pub(crate) async fn replace(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<FileId>,
    QueryParameters(query): QueryParameters<FileNameQuery>,
    FileUpload(body): FileUpload,
) -> Result<Response, Problem> {
    app.replace_file(&admin.cause, id, &query.filename, body)
        .await?;
    answer(&app, id, StatusCode::OK).await
}

/// Puts the files of a product in order.
#[utoipa::path(put, path = "/api/admin/products/{product_id}/files/order", operation_id = "order_files",
    tag = "contents",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path, description = "The product")),
    request_body = FileOrder,
    responses(
        (status = 200, body = ShelvedFileList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 409, description = "The list is not exactly the files that are there"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn order(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(product): Id<ProductId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<FileOrder>,
) -> Result<Response, Problem> {
    app.order_files(&admin.cause, product, &request.order)
        .await?;
    let files = app.list_shelved_files(product).await?;
    Ok(json::ok(&ShelvedFileList::from(files)))
}

async fn answer(app: &App, id: FileId, status: StatusCode) -> Result<Response, Problem> {
    let shelved = app.find_shelved_file(id).await?;
    Ok(json::answer(status, &ShelvedFile::from(shelved)))
}
