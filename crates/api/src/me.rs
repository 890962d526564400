//! Who is signed in, and at which shop.

use app::App;
use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::customer::SignedInCustomer;
use crate::json;
use crate::problem::Problem;
use crate::wire::Text;

/// The customer and the shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me<'a> {
    customer: Customer<'a>,
    shop: Shop<'a>,
}

/// A customer.
#[derive(Serialize, ToSchema)]
struct Customer<'a> {
    #[schema(value_type = String, example = "cus_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<CustomerId>,
    /// Her address, when one is known.
    #[schema(required = true)]
    email: Option<&'a str>,
}

/// The shop as its customers know it.
#[derive(Serialize, ToSchema)]
struct Shop<'a> {
    name: &'a str,
    /// Where it is, when the pages shall lead there.
    #[schema(required = true)]
    url: Option<&'a str>,
}

/// Says who is signed in, and at which shop.
#[utoipa::path(get, path = "/api/me", operation_id = "me", tag = "customer", security(("session" = [])),
    responses((status = 200, body = Me), (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn show(
    State(app): State<App>,
    customer: SignedInCustomer,
) -> Result<Response, Problem> {
    let found = app.find_customer(customer.viewer.customer()).await;
    let found = found.map_err(|error| Problem::unavailable(&error))?;
    // Erased a moment ago: her session has gone with her.
    let found = found.ok_or_else(Problem::not_signed_in)?;
    let shop = app.shop();
    Ok(json::ok(&Me {
        customer: Customer {
            id: Text(found.id),
            email: found.email.as_ref().map(domain::EmailAddress::as_str),
        },
        shop: Shop {
            name: &shop.name,
            url: shop.url.as_deref(),
        },
    }))
}
