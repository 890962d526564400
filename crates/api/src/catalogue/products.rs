//! Products.

use app::App;
use app::catalogue::{Going, Lasting, ProductChange};
use app::contents::Title;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{JobId, ProductId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{
    AccessDays, CatalogueChange, CatalogueLoss, LONGEST_PAGE, NullableDays, ProductBody,
    ProductDetails, SeenLoss, USUAL_PAGE,
};
use crate::admin::{Admin, ContentRead, ContentWrite, Proven};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::wire::Text;

/// Which page of products is meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductQuery {
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ProductId>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// Products by age.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductList {
    items: Vec<ProductBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<ProductId>>,
}

/// A product to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    #[schema(value_type = String, max_length = 200)]
    title: Title,
    /// Days of access that a purchase gives; absent or null: for ever.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 36500)]
    access_days: Option<AccessDays>,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 200)]
    title: Option<Title>,
    /// Days of access that a purchase gives; null: for ever. It counts for those who bought before, too.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 36500)]
    access_days: Option<NullableDays>,
}

/// A changed product.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedProduct {
    product: ProductDetails,
    /// The job that brings it to those whom it touches; null: it touches nobody.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
}

/// Lists the products by age.
#[utoipa::path(get, path = "/api/admin/products", operation_id = "list_products", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(ProductQuery),
    responses(
        (status = 200, body = ProductList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    QueryParameters(query): QueryParameters<ProductQuery>,
) -> Result<Response, Problem> {
    let length = PageLength::of(query.limit, USUAL_PAGE);
    let found = app.list_products(query.cursor, i64::from(length) + 1).await;
    let mut products = found.map_err(|error| Problem::unavailable(&error))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let is_more = products.len() > length;
    products.truncate(length);
    let next = products.last().filter(|_| is_more);
    Ok(json::ok(&ProductList {
        next: next.map(|product| Text(product.id)),
        items: products.into_iter().map(ProductBody::from).collect(),
    }))
}

/// Makes a product that contains nothing yet.
#[utoipa::path(post, path = "/api/admin/products", operation_id = "create_product", tag = "catalogue",
    security(("token" = ["content:write"])),
    request_body = NewProduct,
    responses(
        (status = 201, body = ProductDetails),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(new): JsonBody<NewProduct>,
) -> Result<Response, Problem> {
    let days = new.access_days.map(|days| days.0);
    let id = app
        .create_product(&admin.cause, new.title.as_str(), days)
        .await?;
    let shown = app.show_product(id).await?;
    Ok(json::answer(
        StatusCode::CREATED,
        &ProductDetails::from(shown),
    ))
}

/// Shows a product with what is in it, what it is in, and which store items stand for it.
#[utoipa::path(get, path = "/api/admin/products/{product_id}", operation_id = "show_product", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(("product_id" = String, Path)),
    responses(
        (status = 200, body = ProductDetails),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    Id(id): Id<ProductId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let shown = app.show_product(id).await?;
    Ok(json::ok(&ProductDetails::from(shown)))
}

/// Changes a product.
#[utoipa::path(patch, path = "/api/admin/products/{product_id}", operation_id = "change_product", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path)),
    request_body = ProductPatch,
    responses(
        (status = 200, body = ChangedProduct),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<ProductId>,
    _: QueryParameters<NoQuery>,
    JsonBody(patch): JsonBody<ProductPatch>,
) -> Result<Response, Problem> {
    let change = ProductChange {
        title: patch.title.map(String::from),
        lasting: patch.access_days.map(Lasting::from),
    };
    let changed = app.change_product(&admin.cause, id, change).await?;
    Ok(json::ok(&ChangedProduct {
        product: app.show_product(id).await?.into(),
        job_id: changed.job.map(Text),
    }))
}

/// Says who loses access when the product is deleted.
#[utoipa::path(get, path = "/api/admin/products/{product_id}/effects", operation_id = "show_product_effects",
    tag = "catalogue",
    security(("token" = ["content:read"])),
    params(("product_id" = String, Path)),
    responses(
        (status = 200, body = CatalogueLoss),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn effects(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    Id(id): Id<ProductId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let losing = app.list_losing(Going::Product(id)).await?;
    Ok(json::ok(&CatalogueLoss::from(losing)))
}

/// Deletes a product with its own courses and files. What its buyers had by it ends within moments; what they have by
/// other products stays.
#[utoipa::path(delete, path = "/api/admin/products/{product_id}", operation_id = "delete_product", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path), SeenLoss),
    responses(
        (status = 200, body = CatalogueChange),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 409, description = "Say first how many customers lose access"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn delete(
    State(app): State<App>,
    admin: Admin<Proven<ContentWrite>>,
    Id(id): Id<ProductId>,
    QueryParameters(seen): QueryParameters<SeenLoss>,
) -> Result<Response, Problem> {
    let seen = seen.customers_with_access;
    let changed = app.delete_product(&admin.cause, id, seen).await?;
    Ok(json::ok(&CatalogueChange::from(changed)))
}
