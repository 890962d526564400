//! Paying customers without access, one by one.

use app::App;
use app::gaps::{AccessGap, Cause, GapPlace};
use axum::extract::State;
use axum::response::Response;
use domain::{ContentId, CustomerId, DeliveryId, ExternalId, JobId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{AccessRead, Admin};
use crate::json;
use crate::mending::{ItemName, MendingBody, OrderName};
use crate::problem::Problem;
use crate::query::{PageLength, QueryParameters};
use crate::wire::{Text, Time};

/// How many gaps a page holds at most, and when the asker does not say.
const LONGEST_PAGE: u32 = 200;
const USUAL_PAGE: u32 = 50;

/// Which gaps are meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GapQuery {
    /// Of one cause only: `unmapped_item`, `empty_product`, `blocked`, `no_owner`, `no_payment_time`, `not_published`,
    /// `failed_delivery` or `failed_job`.
    #[param(value_type = Option<String>)]
    cause: Option<NamedCause>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many gaps, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

struct NamedCause(Cause);

impl<'de> Deserialize<'de> for NamedCause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let cause = Cause::from_name(&name).map(Self);
        cause.ok_or_else(|| D::Error::custom("not a cause"))
    }
}

struct Cursor(GapPlace);

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// Paying customers without access, by cause.
#[derive(Serialize, ToSchema)]
pub(crate) struct GapList {
    items: Vec<Gap>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<GapPlace>>,
}

/// A paying customer without access, or a failure that may keep some out.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gap {
    #[schema(example = "unmapped_item")]
    cause: &'static str,
    /// Who; null: nobody knows.
    #[schema(value_type = Option<String>, required = true)]
    customer_id: Option<Text<CustomerId>>,
    /// By which order she paid.
    #[schema(required = true)]
    order: Option<OrderName>,
    /// The store's id of the line.
    #[schema(value_type = Option<String>, required = true)]
    line_id: Option<Text<ExternalId>>,
    /// What the store calls it.
    #[schema(required = true)]
    line_title: Option<String>,
    /// What was bought.
    #[schema(required = true)]
    item: Option<ItemName>,
    /// What stays closed; null: all of the line.
    #[schema(value_type = Option<String>, required = true)]
    content: Option<Text<ContentId>>,
    /// The delivery that failed.
    #[schema(value_type = Option<String>, required = true)]
    delivery_id: Option<Text<DeliveryId>>,
    /// The job that failed.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
    /// What went wrong with it.
    #[schema(required = true)]
    error: Option<String>,
    since: Time,
    /// What would mend it.
    #[schema(required = true)]
    mending: Option<MendingBody>,
}

impl From<AccessGap> for Gap {
    fn from(gap: AccessGap) -> Self {
        let (line_id, line_title) = gap.line.unzip();
        Self {
            cause: gap.cause.name(),
            customer_id: gap.customer.map(Text),
            order: gap.order.map(OrderName::from),
            line_id: line_id.map(Text),
            line_title: line_title.flatten(),
            item: gap.item.map(ItemName::from),
            content: gap.content.map(Text),
            delivery_id: gap.delivery.map(Text),
            job_id: gap.job.map(Text),
            error: gap.error,
            since: Time(gap.since),
            mending: gap.mending.as_ref().map(MendingBody::from),
        }
    }
}

/// Lists paying customers without access, cause by cause, with what would mend each. What is mended is gone from the list
/// at once; nothing has to be recomputed.
#[utoipa::path(get, path = "/api/admin/access/gaps", operation_id = "list_gaps", tag = "admin",
    security(("token" = ["access:read"])),
    params(GapQuery),
    responses(
        (status = 200, body = GapList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    QueryParameters(query): QueryParameters<GapQuery>,
) -> Result<Response, Problem> {
    let limit = PageLength::of(query.limit, USUAL_PAGE);
    let cause = query.cause.map(|cause| cause.0);
    let cursor = query.cursor.map(|cursor| cursor.0);
    let page = app.list_gaps(cause, cursor.as_ref(), limit).await;
    let page = page.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&GapList {
        items: page.items.into_iter().map(Gap::from).collect(),
        next: page.next.map(Text),
    }))
}
