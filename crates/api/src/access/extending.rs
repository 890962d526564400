//! Making access longer.

use app::App;
use app::administration::{ExtendedGrant, Longer};
use axum::extract::State;
use axum::response::Response;
use domain::payment::EndReason;
use domain::{ContentId, CustomerId, ExtensionId, GrantId};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{CustomerReference, refused};
use crate::admin::{AccessWrite, Admin};
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::{Note, Text, Time};

/// Access to make longer, named in exactly one way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendRequest {
    grant_id: Option<GrantId>,
    customer: Option<CustomerReference>,
    content: Option<ContentId>,
    until: Time,
    note: Option<Note<1_000>>,
}

impl ExtendRequest {
    fn longer(&mut self) -> Result<Longer, Problem> {
        match (self.grant_id, self.customer.take(), self.content) {
            (Some(grant), None, None) => Ok(Longer::Grant(grant)),
            (None, Some(customer), Some(content)) => Ok(Longer::Content(customer.into(), content)),
            (Some(_), Some(_), _) => Err(not_both("customer")),
            (Some(_), None, Some(_)) => Err(not_both("content")),
            (None, None, Some(_)) => Err(missing("customer")),
            (None, Some(_), None) => Err(missing("content")),
            (None, None, None) => Err(missing("grant_id")),
        }
    }
}

fn not_both(field: &'static str) -> Problem {
    let detail = "name either `grant_id` or `customer` and `content`".to_owned();
    Problem::invalid_body(detail).about(field)
}

fn missing(field: &'static str) -> Problem {
    let detail =
        format!("`{field}` is missing: name either `grant_id` or `customer` and `content`");
    Problem::invalid_body(detail).about(field)
}

impl PartialSchema for ExtendRequest {
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(description))
        };
        let request = || {
            ObjectBuilder::new()
                .property("until", Time::schema())
                .required("until")
                .property(
                    "note",
                    text("Why, for other administrators").max_length(Some(1_000)),
                )
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let of_grant = request()
            .property("grant_id", text("The grant (`acc_…`)"))
            .required("grant_id");
        let of_content = request()
            .property("customer", Ref::from_schema_name(CustomerReference::name()))
            .required("customer")
            .property("content", text("The course (`crs_…`) or file (`fil_…`)"))
            .required("content");
        let either = OneOfBuilder::new().item(of_grant).item(of_content);
        let description = "Access to make longer: one grant, or all that a customer has of a content, are not revoked and end";
        either.description(Some(description)).into()
    }
}

impl ToSchema for ExtendRequest {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let name = CustomerReference::name().into_owned();
        schemas.push((name, CustomerReference::schema()));
    }
}

/// Access made longer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Extended {
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    /// The grants that are longer now.
    grants: Vec<Longest>,
}

/// A grant made longer.
#[derive(Serialize, ToSchema)]
#[schema(as = ExtendedGrant)]
pub(crate) struct Longest {
    #[schema(value_type = String, example = "acc_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<GrantId>,
    /// The fact that makes it longer; grants of one order and product share one.
    #[schema(value_type = String, example = "ext_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    extension_id: Text<ExtensionId>,
    /// When it ends now: the later of the derived and the extended end.
    #[schema(required = true)]
    ends_at: Option<Time>,
    /// Why it stays closed all the same, such as `refunded`; null: it is not revoked. An extension revives nothing.
    #[schema(required = true)]
    revoke_reason: Option<&'static str>,
}

impl From<ExtendedGrant> for Longest {
    fn from(grant: ExtendedGrant) -> Self {
        Self {
            id: Text(grant.grant),
            extension_id: Text(grant.extension),
            ends_at: grant.ends_at.map(Time),
            revoke_reason: grant.revoked.map(EndReason::name),
        }
    }
}

/// Makes access longer: the later of the derived and the extended end counts. It revives nothing that was revoked.
#[utoipa::path(post, path = "/api/admin/access/extend", operation_id = "extend_access", tag = "admin",
    security(("token" = ["access:write"])),
    request_body = ExtendRequest,
    responses(
        (status = 200, body = Extended),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such grant, content or customer"),
        (status = 409, description = "Nothing can be extended, or it lasts at least as long already"),
        (status = 422, description = "The request is not of this form, or the access would end before it begins")))]
pub(crate) async fn extend(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(mut request): JsonBody<ExtendRequest>,
) -> Result<Response, Problem> {
    let longer = request.longer()?;
    let note = request.note.map(|note| note.0);
    let extended = app
        .extend_access(&admin.cause, longer, request.until.0, note)
        .await
        .map_err(|error| refused(error, "until"))?;
    Ok(json::ok(&Extended {
        customer_id: Text(extended.customer),
        content: Text(extended.content),
        grants: extended.grants.into_iter().map(Longest::from).collect(),
    }))
}
