//! Why a customer may open a content or not.

mod body;

use app::App;
use app::administration::Whom;
use axum::extract::State;
use axum::response::Response;
use domain::{ContentId, CustomerId, EmailAddress};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::body::WhyBody;
use crate::admin::{AccessRead, Admin};
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::Text;

/// Who and what is meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhyQuery {
    /// The customer (`cus_…`); never her address, which logs would keep.
    #[param(value_type = String)]
    customer: CustomerId,
    /// The course (`crs_…`) or file (`fil_…`).
    #[param(value_type = String)]
    content: ContentId,
}

/// Says why a customer may open a course or file or not: the decision in one sentence, every grant and block with its
/// story, the rule that ended each, and what would mend it.
#[utoipa::path(get, path = "/api/admin/access/why", operation_id = "explain_access", tag = "admin",
    security(("token" = ["access:read"])),
    params(WhyQuery),
    responses(
        (status = 200, body = WhyBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such content or customer"),
        (status = 422, description = "A parameter is unknown, missing or not of its form")))]
pub(crate) async fn explain(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    QueryParameters(query): QueryParameters<WhyQuery>,
) -> Result<Response, Problem> {
    let whom = Whom::Customer(query.customer);
    let why = app.explain_access(&whom, query.content).await?;
    Ok(json::ok(&WhyBody::of(query.customer, why)))
}

/// Who is looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindRequest {
    /// Her address.
    #[schema(value_type = String)]
    email: EmailAddress,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundCustomer {
    #[schema(value_type = String, example = "cus_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<CustomerId>,
}

/// Finds the customer of an address: in a body, so that no log keeps it.
#[utoipa::path(post, path = "/api/admin/customers/find", operation_id = "find_customer", tag = "admin",
    security(("token" = ["access:read"])),
    request_body = FindRequest,
    responses(
        (status = 200, body = FoundCustomer),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "Nobody has that address"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn find(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<FindRequest>,
) -> Result<Response, Problem> {
    let found = app.find_whom(&Whom::Email(request.email)).await;
    let found = found.map_err(|error| Problem::from(error).about("email"))?;
    Ok(json::ok(&FoundCustomer { id: Text(found) }))
}
