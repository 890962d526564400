//! The grants that there are.

use app::App;
use app::administration::{GrantFilter, LONGEST_PAGE, ListedGrant};
use axum::extract::State;
use axum::response::Response;
use domain::access::GrantStanding;
use domain::payment::EndReason;
use domain::{ContentId, CustomerId, ExternalId, GrantId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{AccessRead, Admin};
use crate::json;
use crate::problem::Problem;
use crate::query::{PageLength, QueryParameters};
use crate::wire::{Text, Time};

/// How many grants a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;

/// Which grants are meant: at least one of `customer` and `content` is needed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GrantsQuery {
    /// Whose (`cus_…`).
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// Of what (`crs_…`, `fil_…`).
    #[param(value_type = Option<String>)]
    content: Option<ContentId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<GrantId>,
    /// How many grants, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

impl GrantsQuery {
    fn filter(&self) -> Result<GrantFilter, Problem> {
        match (self.customer, self.content) {
            (Some(customer), Some(content)) => Ok(GrantFilter::Both(customer, content)),
            (Some(customer), None) => Ok(GrantFilter::Customer(customer)),
            (None, Some(content)) => Ok(GrantFilter::Content(content)),
            (None, None) => {
                let detail = "`customer` or `content` is needed".to_owned();
                Err(Problem::invalid_query(detail).about("customer"))
            }
        }
    }
}

/// Grants, ended ones too, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantList {
    items: Vec<GrantItem>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<GrantId>>,
}

/// A grant.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantItem {
    #[schema(value_type = String, example = "acc_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<GrantId>,
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    /// `order_confirmation` or `manual_assignment`.
    source: &'static str,
    /// `live`, `future`, `expired` or `revoked`. A block or a draft closes the content all the same.
    standing: &'static str,
    granted_at: Time,
    /// When it ends by derivation; null: never.
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// Until when an administrator made it longer; the later of the two counts.
    #[schema(required = true)]
    extended_until: Option<Time>,
    #[schema(required = true)]
    revoked_at: Option<Time>,
    /// Why it ended, such as `refunded`.
    #[schema(required = true)]
    revoke_reason: Option<&'static str>,
    /// Who ended it, when it was an administrator.
    #[schema(required = true)]
    revoked_by: Option<String>,
    /// When it was last live again after it had ended.
    #[schema(required = true)]
    restored_at: Option<Time>,
    /// The order line that pays for it; null: it was granted by hand.
    #[schema(required = true)]
    order: Option<GrantingLine>,
    /// Who granted it, when it was by hand.
    #[schema(required = true)]
    granted_by: Option<String>,
    /// Why, for administrators.
    #[schema(required = true)]
    note: Option<String>,
}

/// An order line that grants.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantingLine {
    #[schema(value_type = String, example = "ord_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<OrderId>,
    /// The store's id of the order.
    #[schema(value_type = String)]
    external_id: Text<ExternalId>,
    /// The store's id of the line.
    #[schema(value_type = String)]
    line_id: Text<ExternalId>,
}

impl GrantItem {
    fn at(listed: ListedGrant, now: Timestamp) -> Self {
        let grant = listed.grant;
        let source = match listed.line {
            Some(_) => "order_confirmation",
            None => "manual_assignment",
        };
        Self {
            id: Text(grant.id),
            customer_id: Text(listed.customer),
            content: Text(listed.content),
            source,
            standing: standing(grant.standing(now)),
            granted_at: Time(grant.granted_at),
            expires_at: grant.expires_at.map(Time),
            extended_until: grant.extended_until.map(Time),
            revoked_at: grant.revoked.map(|(at, _)| Time(at)),
            revoke_reason: grant.revoked.map(|(_, reason)| EndReason::name(reason)),
            revoked_by: listed.revoked_by,
            restored_at: listed.restored_at.map(Time),
            order: listed.line.map(|(id, external, line)| GrantingLine {
                id: Text(id),
                external_id: Text(external),
                line_id: Text(line),
            }),
            granted_by: listed.granted_by,
            note: listed.note,
        }
    }
}

fn standing(standing: GrantStanding) -> &'static str {
    match standing {
        GrantStanding::Live { .. } => "live",
        GrantStanding::Future { .. } => "future",
        GrantStanding::Expired { .. } => "expired",
        GrantStanding::Revoked { .. } => "revoked",
    }
}

/// Lists the grants of a customer, of a content, or of both, ended ones too, newest first.
#[utoipa::path(get, path = "/api/admin/access", operation_id = "list_grants", tag = "admin", security(("token" = ["access:read"])),
    params(GrantsQuery),
    responses(
        (status = 200, body = GrantList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such content or customer"),
        (status = 422, description = "A parameter is missing, unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    QueryParameters(query): QueryParameters<GrantsQuery>,
) -> Result<Response, Problem> {
    let limit = PageLength::of(query.limit, USUAL_PAGE);
    let page = app
        .list_grants(query.filter()?, query.cursor, limit)
        .await?;
    let items = page.items.into_iter();
    Ok(json::ok(&GrantList {
        items: items.map(|grant| GrantItem::at(grant, page.now)).collect(),
        next: page.next.map(Text),
    }))
}
