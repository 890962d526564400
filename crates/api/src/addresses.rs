//! The addresses that a customer has proven, and making one customer of them (RULES §6.4).

use app::App;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::{Actor, Cause};
use domain::{CustomerId, EmailAddress};
use serde::Serialize;
use utoipa::ToSchema;

use crate::customer::SignedInCustomer;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::Text;

/// Whom the session has proven to be.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressList {
    /// The one whose session it is first.
    items: Vec<AddressBody>,
}

/// A customer whom the session has proven to be.
#[derive(Serialize, ToSchema)]
struct AddressBody {
    #[schema(value_type = String, example = "cus_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    customer_id: Text<CustomerId>,
    /// Her address; null: she is known by her shop's name for her.
    #[schema(value_type = Option<String>, required = true)]
    email: Option<EmailAddress>,
}

/// Lists the customers whom the session has proven to be. More than one of them can be made one by `POST /api/me/merge`.
#[utoipa::path(get, path = "/api/me/addresses", operation_id = "list_addresses", tag = "customer",
    security(("session" = [])),
    responses((status = 200, body = AddressList), (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn list(
    State(app): State<App>,
    customer: SignedInCustomer,
) -> Result<Response, Problem> {
    let mut items = Vec::new();
    for id in customer.viewer.customers() {
        let found = app.find_customer(id).await;
        let found = found.map_err(|error| Problem::unavailable(&error))?;
        items.extend(found.map(|found| AddressBody {
            customer_id: Text(found.id),
            email: found.email,
        }));
    }
    Ok(json::ok(&AddressList { items }))
}

/// Makes one customer of all whom the session has proven to be: the oldest is kept, with the orders, grants, blocks and progress
/// of all. It cannot be undone.
#[utoipa::path(post, path = "/api/me/merge", operation_id = "merge_me", tag = "customer",
    security(("session" = [])), request_body = Nothing,
    responses(
        (status = 200, description = "Who she is from now on", body = AddressList),
        (status = 401, description = "Nobody is signed in"),
        (status = 409, description = "The session has proven one address only")))]
pub(crate) async fn merge(
    State(state): State<ApiState>,
    State(app): State<App>,
    customer: SignedInCustomer,
    headers: HeaderMap,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    let token = state.cookies.session(&headers);
    let token = token.ok_or_else(Problem::not_signed_in)?;
    // Not from where: the audit log cannot forget, and she may ask to be forgotten.
    let by = Cause::by(Actor::Customer(customer.viewer.customer()));
    let merged = app.merge_proven(&by, token).await?;
    let found = app.find_customer(merged.kept).await;
    let found = found.map_err(|error| Problem::unavailable(&error))?;
    let items = found.into_iter().map(|found| AddressBody {
        customer_id: Text(found.id),
        email: found.email,
    });
    Ok(json::ok(&AddressList {
        items: items.collect(),
    }))
}
