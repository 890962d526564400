//! Products inside products.

use app::App;
use app::catalogue::Going;
use axum::extract::State;
use axum::response::Response;
use domain::ProductId;

use super::bodies::{CatalogueChange, CatalogueLoss, SeenLoss};
use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::id::Ids;
use crate::json;
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};

/// Puts a product into a bundle: those who bought the bundle get what is in it.
#[utoipa::path(put, path = "/api/admin/products/{product_id}/parts/{part_id}", operation_id = "add_part", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path, description = "The bundle"), ("part_id" = String, Path)),
    responses(
        (status = 200, body = CatalogueChange),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product"),
        (status = 409, description = "The bundle would contain itself"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Ids(bundle, part): Ids<ProductId, ProductId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let changed = app.add_to_bundle(&admin.cause, bundle, part).await?;
    Ok(json::ok(&CatalogueChange::from(changed)))
}

/// Says who loses access when the product is taken out of the bundle.
#[utoipa::path(get, path = "/api/admin/products/{product_id}/parts/{part_id}/effects",
    operation_id = "show_part_effects", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(("product_id" = String, Path, description = "The bundle"), ("part_id" = String, Path)),
    responses(
        (status = 200, body = CatalogueLoss),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product in that bundle"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn effects(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    Ids(bundle, part): Ids<ProductId, ProductId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let losing = app.list_losing(Going::Part { bundle, part }).await?;
    Ok(json::ok(&CatalogueLoss::from(losing)))
}

/// Takes a product out of a bundle: those who have what is in it by this bundle alone lose it within moments.
#[utoipa::path(delete, path = "/api/admin/products/{product_id}/parts/{part_id}", operation_id = "remove_part",
    tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("product_id" = String, Path, description = "The bundle"), ("part_id" = String, Path), SeenLoss),
    responses(
        (status = 200, body = CatalogueChange),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such product in that bundle"),
        (status = 409, description = "Say first how many customers lose access"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn remove(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Ids(bundle, part): Ids<ProductId, ProductId>,
    QueryParameters(seen): QueryParameters<SeenLoss>,
) -> Result<Response, Problem> {
    let changed = app
        .take_out_of_bundle(&admin.cause, bundle, part, seen.customers_with_access)
        .await?;
    Ok(json::ok(&CatalogueChange::from(changed)))
}
