//! Courses on the shelves.

use app::App;
use app::contents::{CourseChange, Description, NewCourse, Slug, Title};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{CourseId, ModuleId, ProductId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::contents::bodies::{Seen, ShelvedCourseInFull, ShelvedCourseList};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};

/// How many courses a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;

/// Which courses are meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CourseQuery {
    /// Of this product (`prd_…`) alone.
    #[param(value_type = Option<String>)]
    product: Option<ProductId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<CourseId>,
    /// How many courses, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<200>>,
}

/// A course to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCourseRequest {
    /// The product that it belongs to.
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: ProductId,
    /// One line.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    title: Title,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 10_000)]
    description: Option<Description>,
    /// Its name in addresses and for imports; made of the title when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<Slug>,
}

/// What to change of a course; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourseChangeRequest {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<Title>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 10_000)]
    description: Option<Description>,
    /// Its name in addresses and for imports.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<Slug>,
    /// The product that it belongs to. Another one changes who has it: name `customers_with_access` in the query.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: Option<ProductId>,
}

/// The modules of a course in the order that they shall have: exactly those that are there, each once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleOrder {
    #[schema(value_type = Vec<String>)]
    order: Vec<ModuleId>,
}

/// Lists courses, drafts too, the oldest first.
#[utoipa::path(get, path = "/api/admin/courses", operation_id = "list_shelved_courses", tag = "contents",
    security(("token" = ["content:read"])),
    params(CourseQuery),
    responses(
        (status = 200, body = ShelvedCourseList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "The query is not of this form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Admin<ContentRead>,
    QueryParameters(query): QueryParameters<CourseQuery>,
) -> Result<Response, Problem> {
    let length = PageLength::of(query.limit, USUAL_PAGE);
    let rows = i64::from(length) + 1;
    let listed = app.list_shelved_courses(query.product, query.cursor, rows);
    let courses = listed.await.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&ShelvedCourseList::new(courses, length)))
}

/// Makes a draft of a course. All who bought its product have it at once; it opens when it is published.
#[utoipa::path(post, path = "/api/admin/courses", operation_id = "create_course", tag = "contents",
    security(("token" = ["content:write"])),
    request_body = NewCourseRequest,
    responses(
        (status = 201, body = ShelvedCourseInFull),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 409, description = "Another course has that slug"),
        (status = 422, description = "The request is not of this form, or there is no such product")))]
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<NewCourseRequest>,
) -> Result<Response, Problem> {
    let new = NewCourse {
        product: request.product_id,
        title: request.title,
        description: request.description,
        slug: request.slug,
    };
    let id = app.create_course(&admin.cause, new).await?;
    answer(&app, id, StatusCode::CREATED).await
}

/// Returns a course with its modules and videos, whatever their state.
#[utoipa::path(get, path = "/api/admin/courses/{course_id}", operation_id = "show_shelved_course", tag = "contents",
    security(("token" = ["content:read"])),
    params(("course_id" = String, Path, description = "The course")),
    responses(
        (status = 200, body = ShelvedCourseInFull),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Admin<ContentRead>,
    Id(id): Id<CourseId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    answer(&app, id, StatusCode::OK).await
}

/// Changes a course. When it moves to another product, those who bought that one get it, the others lose it.
#[utoipa::path(patch, path = "/api/admin/courses/{course_id}", operation_id = "change_course", tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course"), Seen),
    request_body = CourseChangeRequest,
    responses(
        (status = 200, body = ShelvedCourseInFull),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 409, description = "Another course has that slug, or it was not said whom a move touches"),
        (status = 422, description = "The request is not of this form, or there is no such product")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<CourseId>,
    QueryParameters(seen): QueryParameters<Seen>,
    JsonBody(request): JsonBody<CourseChangeRequest>,
) -> Result<Response, Problem> {
    let change = CourseChange {
        title: request.title,
        description: request.description,
        slug: request.slug,
        product: request.product_id,
    };
    app.change_course(&admin.cause, id, change, &seen.into())
        .await?;
    answer(&app, id, StatusCode::OK).await
}

/// Puts the modules of a course in order.
#[utoipa::path(put, path = "/api/admin/courses/{course_id}/order", operation_id = "order_modules", tag = "contents",
    security(("token" = ["content:write"])),
    params(("course_id" = String, Path, description = "The course")),
    request_body = ModuleOrder,
    responses(
        (status = 200, body = ShelvedCourseInFull),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such course"),
        (status = 409, description = "The list is not exactly the modules that are there"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn order(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<CourseId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<ModuleOrder>,
) -> Result<Response, Problem> {
    app.order_modules(&admin.cause, id, &request.order).await?;
    answer(&app, id, StatusCode::OK).await
}

async fn answer(app: &App, id: CourseId, status: StatusCode) -> Result<Response, Problem> {
    let shelved = app.find_shelved_course(id).await?;
    Ok(json::answer(status, &ShelvedCourseInFull::from(shelved)))
}
