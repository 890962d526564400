//! Orders as whoever runs the shop looks at them, and what a refund would take away.

mod body;

use app::App;
use app::orders::{LONGEST_PAGE, WhichOrders};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::{CustomerId, EmailAddress, ExternalId, OrderId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::body::{OrderBody, OrderHeadBody, PreviewBody};
use crate::admin::{AccessRead, AccessWrite, Admin};
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::wire::{StoreText, Text};

/// How many orders a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;
/// How many lines a preview takes at most.
const MOST_LINES: usize = 1_000;

/// Which orders are meant: a customer's or a store's.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// Of this customer (`cus_…`).
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// Of this store: its name, or its id (`sto_…`).
    #[param(value_type = Option<String>)]
    store: Option<StoreText>,
    /// The store's id of the order.
    #[param(value_type = Option<String>)]
    external_id: Option<ExternalId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<OrderId>,
    /// How many orders, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

impl OrderQuery {
    fn which(self) -> Result<WhichOrders, Problem> {
        match (self.customer, self.store, self.external_id) {
            (Some(customer), None, None) => Ok(WhichOrders::OfCustomer(customer)),
            (None, Some(store), None) => Ok(WhichOrders::OfStore(store.0)),
            (None, Some(store), Some(order)) => Ok(WhichOrders::Named(store.0, order)),
            (None, None, None) => Err(wrong("customer", "or `store` is missing")),
            (_, None, Some(_)) => Err(wrong("store", "is missing")),
            (Some(_), Some(_), _) => Err(wrong("store", "cannot be given beside `customer`")),
        }
    }
}

fn wrong(name: &'static str, what: &str) -> Problem {
    Problem::invalid_query(format!("`{name}` {what}")).about(name)
}

/// Orders, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderList {
    items: Vec<OrderHeadBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<OrderId>>,
}

/// Lists the orders of a customer or a store, the newest first, or finds the one that a store calls by an id.
#[utoipa::path(get, path = "/api/admin/orders", operation_id = "list_orders", tag = "admin",
    security(("token" = ["access:read"])),
    params(OrderQuery),
    responses(
        (status = 200, body = OrderList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such customer"),
        (status = 422, description = "A parameter is unknown, missing or not of its form, or there is no such store")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    QueryParameters(query): QueryParameters<OrderQuery>,
) -> Result<Response, Problem> {
    let (cursor, limit) = (query.cursor, PageLength::of(query.limit, USUAL_PAGE));
    let page = app.list_orders(&query.which()?, cursor, limit).await?;
    Ok(json::ok(&OrderList {
        items: page.items.into_iter().map(OrderHeadBody::from).collect(),
        next: page.next.map(Text),
    }))
}

/// Shows an order: its lines with what each pays for, its refunds and disputes, and what it grants.
#[utoipa::path(get, path = "/api/admin/orders/{order_id}", operation_id = "show_order", tag = "admin",
    security(("token" = ["access:read"])),
    params(("order_id" = String, Path)),
    responses(
        (status = 200, body = OrderBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such order"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    Id(id): Id<OrderId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    Ok(json::ok(&OrderBody::from(app.show_order(id).await?)))
}

/// The right address of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailCorrection {
    #[schema(value_type = String, example = "ada@example.com")]
    email: EmailAddress,
}

/// Puts an address in the place of one that was mistyped in the shop: the order and what it grants go to the customer of that
/// address. It holds until the shop says another; the address that the shop says takes the correction back.
#[utoipa::path(put, path = "/api/admin/orders/{order_id}/email", operation_id = "correct_order_email", tag = "admin",
    security(("token" = ["access:write"])),
    params(("order_id" = String, Path)),
    request_body = EmailCorrection,
    responses(
        (status = 200, description = "The order as it is now", body = OrderBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such order"),
        (status = 422, description = "This is no address")))]
pub(crate) async fn correct_email(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    Id(id): Id<OrderId>,
    _: QueryParameters<NoQuery>,
    JsonBody(correction): JsonBody<EmailCorrection>,
) -> Result<Response, Problem> {
    app.correct_order_email(&admin.cause, id, &correction.email)
        .await?;
    Ok(json::ok(&OrderBody::from(app.show_order(id).await?)))
}

/// Foretells what a refund of an order would take away, what the customer would keep, and by which order.
#[utoipa::path(get, path = "/api/admin/orders/{order_id}/refund-preview", operation_id = "preview_refund",
    tag = "admin", security(("token" = ["access:read"])),
    params(
        ("order_id" = String, Path),
        ("lines" = Option<Vec<String>>, Query,
            description = "The store's id of a line, with `*2` behind it when two of it are meant; all that is left of it \
                           otherwise. Repeat it for more lines; without any, it is the whole order.")),
    responses(
        (status = 200, body = PreviewBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such order"),
        (status = 422, description = "A line is not in the order, or not as many of it are left")))]
pub(crate) async fn preview(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    Id(id): Id<OrderId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let lines = lines(query.as_deref().unwrap_or_default())?;
    Ok(json::ok(&PreviewBody::from(
        app.preview_refund(id, &lines).await?,
    )))
}

/// Reads the one parameter that may be repeated.
fn lines(query: &str) -> Result<Vec<String>, Problem> {
    let mut lines = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "lines" {
            let name: String = name.chars().take(100).collect();
            return Err(Problem::invalid_query(format!("`{name}` is not known here")).about(name));
        }
        if lines.len() == MOST_LINES {
            return Err(wrong("lines", "is there too often"));
        }
        lines.push(value.into_owned());
    }
    Ok(lines)
}
