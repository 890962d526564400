//! A customer's data: all of it, and an end of it; and what stores ask about their customers'.

mod requests;

use app::App;
use app::administration::Whom;
use app::privacy::{CustomerExport, Erasure};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use axum::response::{IntoResponse, Response};
use domain::CustomerId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, PeopleWrite, Proven};
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::wire::Text;

/// Routes what is done about a customer's data.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(export))
        .routes(routes!(erase))
        .routes(routes!(requests::list))
        .routes(routes!(requests::answer))
}

/// All that is kept about a customer.
#[derive(ToSchema)]
#[schema(as = CustomerExport)]
#[expect(
    dead_code,
    reason = "only its description is used: the app writes the document"
)]
pub(crate) struct ExportBody {
    /// `stoa customer 1`.
    format: String,
    customer_id: String,
    exported_at: String,
    /// By section, such as `orders`: one object for each row.
    #[schema(value_type = Object)]
    sections: Value,
}

/// How to erase.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseRequest {
    /// Whether only to say what would be lost; absent: no.
    #[serde(default)]
    dry_run: bool,
}

/// What is erased, or would be.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureBody {
    /// Whether nothing was done.
    dry_run: bool,
    /// Her id, which stays.
    #[schema(value_type = String, example = "cus_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    customer_id: Text<CustomerId>,
    /// The ids that lead to her, since they were merged.
    #[schema(value_type = Vec<String>)]
    merged_ids: Vec<Text<CustomerId>>,
    /// How many addresses.
    addresses: usize,
    /// How many orders: their ids, states and sums stay.
    orders: i64,
    /// How many grants that are not revoked.
    grants: i64,
    /// How many blocks that stand: they do not hold against a new customer of her address.
    blocks: i64,
    /// How many videos of which she watched something.
    videos: i64,
    sessions: i64,
    mails: i64,
    /// How many times a delivery spoke of one of her orders: their content goes, and they cannot be replayed.
    deliveries: i64,
}

impl ErasureBody {
    fn of(erasure: Erasure, dry_run: bool) -> Self {
        let count = |name: &str| erasure.counts.get(name).copied().unwrap_or(0);
        Self {
            dry_run,
            customer_id: Text(erasure.customer),
            addresses: erasure.addresses,
            orders: count("orders"),
            grants: count("grants"),
            blocks: count("blocks"),
            videos: count("videos"),
            sessions: count("sessions"),
            mails: count("mails"),
            deliveries: count("deliveries"),
            merged_ids: erasure.merged.into_iter().map(Text).collect(),
        }
    }
}

/// Gives out everything that is kept about a customer, as one document. It is noted in the audit log.
#[utoipa::path(get, path = "/api/admin/customers/{customer_id}/export", operation_id = "export_customer", tag = "people",
    security(("token" = ["people:write"])),
    params(("customer_id" = String, Path)),
    responses(
        (status = 200, body = ExportBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such customer"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn export(
    State(app): State<App>,
    admin: Admin<PeopleWrite>,
    Id(id): Id<CustomerId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let whom = Whom::Customer(id);
    let export: CustomerExport = app.export_customer(&admin.cause, &whom).await?;
    let headers = [
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.json\"", export.customer),
        ),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, json::ok(&export.to_json())).into_response())
}

/// Erases a customer for good: addresses, names, sessions, mails, progress, grants, and what her orders said of her. What she
/// buys later makes a new customer.
#[utoipa::path(post, path = "/api/admin/customers/{customer_id}/erase", operation_id = "erase_customer", tag = "people",
    security(("token" = ["people:write"])),
    params(("customer_id" = String, Path)),
    request_body = EraseRequest,
    responses(
        (status = 200, body = ErasureBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such customer"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn erase(
    State(app): State<App>,
    admin: Admin<Proven<PeopleWrite>>,
    Id(id): Id<CustomerId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<EraseRequest>,
) -> Result<Response, Problem> {
    let whom = Whom::Customer(id);
    let erasure = if request.dry_run {
        app.preview_erasure(&whom).await?
    } else {
        app.erase_customer(&admin.cause, &whom).await?
    };
    Ok(json::ok(&ErasureBody::of(erasure, request.dry_run)))
}
