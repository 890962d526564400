//! What an administrator does about access by hand: one act here, making longer in `extending`, many by a list in `bulk`;
//! and in `listing` the grants that there are.

mod bulk;
mod extending;
mod listing;

use app::App;
use app::administration::{AdministrationError, Telling, Whom};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{BlockId, ContentId, CustomerId, EmailAddress, GrantId};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{AccessWrite, Admin};
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::wire::{Note, Text, Time};

/// Routes what is done about access.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(grant, listing::list))
        .routes(routes!(revoke))
        .routes(routes!(lift))
        .routes(routes!(extending::extend))
        .routes(routes!(bulk::change))
}

/// Who is meant: exactly one of the two.
#[derive(Deserialize)]
pub(crate) enum CustomerReference {
    /// The customer of an id.
    #[serde(rename = "id")]
    Id(CustomerId),
    /// The customer of an e-mail address.
    #[serde(rename = "email")]
    Email(EmailAddress),
}

impl PartialSchema for CustomerReference {
    fn schema() -> RefOr<Schema> {
        let only = |name: &str| {
            ObjectBuilder::new()
                .property(name, ObjectBuilder::new().schema_type(Type::String))
                .required(name)
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let either = OneOfBuilder::new().item(only("id")).item(only("email"));
        either
            .description(Some("Who is meant: exactly one of the two"))
            .into()
    }
}

impl ToSchema for CustomerReference {}

impl From<CustomerReference> for Whom {
    fn from(reference: CustomerReference) -> Self {
        match reference {
            CustomerReference::Id(id) => Self::Customer(id),
            CustomerReference::Email(email) => Self::Email(email),
        }
    }
}

/// Access to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantRequest {
    customer: CustomerReference,
    /// The course (`crs_…`) or file (`fil_…`).
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    content: ContentId,
    /// When it ends; absent or null: never.
    expires_at: Option<Time>,
    /// Why, for other administrators.
    #[schema(value_type = Option<String>, max_length = 1000)]
    note: Option<Note<1_000>>,
    /// Whether the customer is told by mail; absent: no.
    #[serde(default)]
    notify: bool,
}

/// Access given.
#[derive(Serialize, ToSchema)]
pub(crate) struct Grant {
    #[schema(value_type = String, example = "acc_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<GrantId>,
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    granted_at: Time,
    /// Null: never.
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// The blocks that it lifted.
    #[schema(value_type = Vec<String>, example = json!(["blk_01JDV5T5ZK8Q0V4B1S6N2X7R3M"]))]
    lifted_blocks: Vec<Text<BlockId>>,
    /// How many grants of orders are live again, because no block stands any more.
    restored_grants: usize,
}

/// Access to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeRequest {
    customer: CustomerReference,
    /// The course (`crs_…`) or file (`fil_…`).
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    content: ContentId,
    /// Why, for other administrators.
    #[schema(value_type = Option<String>, max_length = 1000)]
    reason: Option<Note<1_000>>,
    /// Whether the customer is told by mail, without the reason, when something ended; absent: no.
    #[serde(default)]
    notify: bool,
}

/// Access ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revocation {
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    /// The block that keeps it ended.
    #[schema(value_type = String, example = "blk_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    block_id: Text<BlockId>,
    /// How many grants ended.
    ended_grants: usize,
}

/// A block to lift.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiftRequest {
    customer: CustomerReference,
    /// The course (`crs_…`) or file (`fil_…`).
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    content: ContentId,
}

/// A block lifted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Lift {
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    /// The blocks that stood.
    #[schema(value_type = Vec<String>, example = json!(["blk_01JDV5T5ZK8Q0V4B1S6N2X7R3M"]))]
    lifted_blocks: Vec<Text<BlockId>>,
    /// How many grants are live again: those of orders whose line still pays.
    restored_grants: usize,
}

/// Grants a content by hand. It lifts a block on it, and no order event ever ends it. A customer of an unknown address
/// is made.
#[utoipa::path(post, path = "/api/admin/access", operation_id = "grant_access", tag = "admin",
    security(("token" = ["access:write"])),
    request_body = GrantRequest,
    responses(
        (status = 201, body = Grant),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such content or customer"),
        (status = 422, description = "The request is not of this form, or the access would end before it begins")))]
pub(crate) async fn grant(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<GrantRequest>,
) -> Result<Response, Problem> {
    let expires_at = request.expires_at.map(|time| time.0);
    let note = request.note.map(|note| note.0);
    let whom = Whom::from(request.customer);
    let telling = telling(request.notify);
    let granted = app
        .grant_access(
            &admin.cause,
            whom,
            request.content,
            expires_at,
            note,
            telling,
        )
        .await
        .map_err(|error| refused(error, "expires_at"))?;
    let body = Grant {
        id: Text(granted.id),
        customer_id: Text(granted.customer),
        content: Text(request.content),
        granted_at: Time(granted.granted_at),
        expires_at: granted.expires_at.map(Time),
        lifted_blocks: granted.lifted.into_iter().map(Text).collect(),
        restored_grants: granted.restored,
    };
    Ok(json::answer(StatusCode::CREATED, &body))
}

/// Ends all access to a content by hand, and blocks it, so that no later order, replay or synchronisation brings it
/// back.
#[utoipa::path(post, path = "/api/admin/access/revoke", operation_id = "revoke_access", tag = "admin",
    security(("token" = ["access:write"])),
    request_body = RevokeRequest,
    responses(
        (status = 200, body = Revocation),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such content or customer"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn revoke(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<RevokeRequest>,
) -> Result<Response, Problem> {
    let reason = request.reason.map(|reason| reason.0);
    let whom = Whom::from(request.customer);
    let telling = telling(request.notify);
    let revoked = app
        .revoke_access(&admin.cause, whom, request.content, reason, telling)
        .await?;
    Ok(json::ok(&Revocation {
        customer_id: Text(revoked.customer),
        content: Text(request.content),
        block_id: Text(revoked.block),
        ended_grants: revoked.grants,
    }))
}

/// Lifts the block on a content: what orders still pay for is live again. Grants by hand that the revocation ended stay
/// ended.
#[utoipa::path(post, path = "/api/admin/access/lift", operation_id = "lift_block", tag = "admin",
    security(("token" = ["access:write"])),
    request_body = LiftRequest,
    responses(
        (status = 200, body = Lift),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such content or customer"),
        (status = 409, description = "No block stands"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn lift(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<LiftRequest>,
) -> Result<Response, Problem> {
    let whom = Whom::from(request.customer);
    let lifted = app.lift_block(&admin.cause, whom, request.content).await?;
    Ok(json::ok(&Lift {
        customer_id: Text(lifted.customer),
        content: Text(request.content),
        lifted_blocks: lifted.blocks.into_iter().map(Text).collect(),
        restored_grants: lifted.grants,
    }))
}

fn telling(notify: bool) -> Telling {
    if notify {
        Telling::Customer
    } else {
        Telling::Nobody
    }
}

/// Names the field that holds the end, which each request calls its own way.
fn refused(error: AdministrationError, end: &'static str) -> Problem {
    let is_about_end = matches!(error, AdministrationError::EndsBeforeItBegins);
    let problem = Problem::from(error);
    if is_about_end {
        problem.about(end)
    } else {
        problem
    }
}
