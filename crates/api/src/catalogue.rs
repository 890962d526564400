//! Products, the products in them, and what the stores sell. Whoever takes something away reads first who loses access,
//! and names the number that she has seen. The answer to a change names the job that brings it to those whom it touches.

mod bodies;
mod bundles;
mod item_place;
mod items;
mod products;
mod sku_rules;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::bodies::CatalogueLoss;
use crate::state::ApiState;

/// The routes of the catalogue.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::show, products::change, products::delete))
        .routes(routes!(products::effects))
        .routes(routes!(bundles::add, bundles::remove))
        .routes(routes!(bundles::effects))
        .routes(routes!(items::list, items::add))
        .routes(routes!(items::show))
        .routes(routes!(items::map, items::unmap))
        .routes(routes!(items::confirm))
        .routes(routes!(items::ignore, items::heed))
        .routes(routes!(sku_rules::list, sku_rules::create))
        .routes(routes!(sku_rules::delete))
}
