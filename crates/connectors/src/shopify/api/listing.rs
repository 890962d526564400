//! Which orders changed.

use domain::Timestamp;
use serde_json::json;

use super::graphql::{GraphQl, next_page, number};
use super::order::{self, Shown};
use crate::api::{ApiError, Cursor, Page};
use crate::reading::{Reading, Subject};

/// Orders on one page: with [`LINES`] lines each, it costs 20 × 36 points or less.
const ORDERS: u32 = 20;

/// Lines of an order that are listed; an order with more is fetched.
const LINES: u32 = 8;

/// How many orders are listed before the listing begins anew at the last one's time. Shopify pages through 25,000 things
/// at most.
const STRETCH: u64 = 20_000;

/// Where a listing goes on.
struct Place {
    /// How many orders were listed since the last beginning.
    listed: u64,
    since: Timestamp,
    after: Option<String>,
}

impl Place {
    fn read(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.0.splitn(3, ' ');
        let listed = parts.next()?.parse().ok()?;
        let since = Timestamp::from_microseconds(parts.next()?.parse().ok()?);
        let after = parts.next().filter(|after| !after.is_empty());
        Some(Self {
            listed,
            since,
            after: after.map(str::to_owned),
        })
    }

    fn write(&self) -> Cursor {
        let (listed, since) = (self.listed, self.since.as_microseconds());
        let after = self.after.as_deref().unwrap_or_default();
        Cursor(format!("{listed} {since} {after}"))
    }
}

/// Lists the orders that changed at `since` or later, the longest unchanged first.
pub(super) async fn changed(
    graphql: &GraphQl,
    since: Timestamp,
    cursor: Option<&Cursor>,
    started_at: Timestamp,
) -> Result<Page<Reading>, ApiError> {
    let place = cursor.and_then(Place::read).unwrap_or(Place {
        listed: 0,
        since,
        after: None,
    });
    let query = format!(
        "query ($filter: String!, $orders: Int!, $from: String, $lines: Int!, $after: String, $refunds: Int!) \
         {{ orders(first: $orders, after: $from, query: $filter, sortKey: UPDATED_AT) \
         {{ nodes {{ {} }} pageInfo {{ hasNextPage endCursor }} }} }}",
        order::FIELDS
    );
    let variables = json!({
        "filter": format!("updated_at:>='{}'", place.since), "orders": ORDERS, "from": place.after,
        "lines": LINES, "after": null, "refunds": 1,
    });
    let reply = graphql.ask(&query, variables).await?;
    let mut content = Reading::default();
    let mut latest = None;
    let mut listed = place.listed;
    let next = reply.read(|data| {
        let orders = data.required("orders")?;
        for order in orders.required("nodes")?.items()? {
            listed = listed.saturating_add(1);
            if let Ok(shown) = order::shown(&order) {
                latest = Some(shown.changed_at);
                content.extend(reading(shown, started_at));
            } else {
                // It must not hold up the others: it fails when it is looked up.
                let id = number(&order.required("id")?)?;
                content.look_up.insert(Subject::Order(id));
            }
        }
        next_page(&orders)
    })?;
    if next.is_some() && next == place.after {
        return Err(ApiError::PagingLoop);
    }
    let next = next.map(|after| next_place(&place, listed, after, latest).write());
    Ok(Page {
        content,
        next,
        total: None,
    })
}

fn next_place(place: &Place, listed: u64, after: String, latest: Option<Timestamp>) -> Place {
    match latest.filter(|latest| listed >= STRETCH && *latest > place.since) {
        Some(latest) => Place {
            listed: 0,
            since: latest,
            after: None,
        },
        None => Place {
            listed,
            since: place.since,
            after: Some(after),
        },
    }
}

/// Returns the facts of an order that the listing shows whole, and the name of any other.
fn reading(order: Shown, started_at: Timestamp) -> Reading {
    let is_whole = order.more_lines.is_none()
        && order.refunds.is_empty()
        && order
            .disputes
            .iter()
            .all(|dispute| dispute.status.is_some());
    if !is_whole {
        return Reading::of_hint(Subject::Order(order.id));
    }
    let mut order = order;
    order.state.complete_refunds = Some(order.refunds.iter().cloned().collect());
    Reading::of_facts(order::facts(order, started_at))
}
