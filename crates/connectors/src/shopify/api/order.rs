//! An order as the API shows it, in the terms of the webhooks.

use std::collections::BTreeSet;

use domain::order::{
    DisputeState, DisputeStatus, OrderFact, OrderLine, OrderState, Saying, StoreItem, Versioned,
};
use domain::{ExternalId, Timestamp};
use serde_json::json;

use super::graphql::{ACCESS_DENIED, GraphQl, Pages, next_page, number, optional_number};
use super::refund;
use crate::api::ApiError;
use crate::fields;
use crate::json::{Field, ParseError};
use crate::shopify::{dispute, state};

/// The fields of an order. `$lines` is the size of a page of lines, `$after` where it begins, `$refunds` how many
/// refunds are named.
pub(super) const FIELDS: &str = "id name updatedAt processedAt cancelledAt displayFinancialStatus test email \
    presentmentCurrencyCode customer { id } totalReceivedSet { presentmentMoney { amount } } \
    lineItems(first: $lines, after: $after) { nodes { id name quantity currentQuantity sku variant { id } product { id } } \
    pageInfo { hasNextPage endCursor } } refunds(first: $refunds) { id } disputes { id initiatedAs status }";

/// Lines of an order on one page, each of which costs 3 points.
const LINES: usize = 150;

/// How many refunds of an order are named, each for 1 point; the API has no second page of them.
const REFUNDS: usize = 100;

/// What an order's page shows.
pub(super) struct Shown {
    pub(super) id: ExternalId,
    pub(super) changed_at: Timestamp,
    pub(super) state: OrderState,
    pub(super) refunds: Vec<ExternalId>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) more_lines: Option<String>,
}

pub(super) struct Dispute {
    id: ExternalId,
    /// `None` when the order does not tell enough.
    pub(super) status: Option<DisputeStatus>,
}

/// Fetches an order's present state.
pub(super) async fn fetch(
    graphql: &GraphQl,
    id: &ExternalId,
    started_at: Timestamp,
) -> Result<Vec<OrderFact>, ApiError> {
    let Some(mut order) = whole_order(graphql, id).await? else {
        return Ok(Vec::new());
    };
    let mut refunds = Vec::new();
    for id in &order.refunds {
        if let Some(refund) = refund::fetch(graphql, id).await? {
            refunds.push((id.clone(), refund));
        }
    }
    for line in &mut order.state.lines {
        let states = refunds.iter().map(|(_, refund)| &refund.state);
        let pieces = state::pieces_not_given_back(&line.external_id, states);
        line.returned_quantity = line.returned_quantity.saturating_sub(pieces);
    }
    if order.refunds.len() < REFUNDS {
        order.state.complete_refunds = Some(order.refunds.iter().cloned().collect());
    }
    if order
        .disputes
        .iter()
        .any(|dispute| dispute.status.is_none())
    {
        decide_disputes(graphql, &mut order.disputes).await?;
    }
    let mut facts = facts(order, started_at);
    let order = facts.first().map(|fact| fact.order.clone());
    let refund_facts = refunds.into_iter().filter_map(|(id, refund)| {
        let at = refund.changed_at.max(started_at);
        Some(OrderFact {
            order: order.clone()?,
            saying: Saying::Refund(id, Versioned::new(at, refund.state)),
        })
    });
    facts.extend(refund_facts);
    Ok(facts)
}

/// Returns the facts of what is shown: the order's and its disputes'.
pub(super) fn facts(shown: Shown, started_at: Timestamp) -> Vec<OrderFact> {
    let at = shown.changed_at.max(started_at);
    let order = Saying::Order(Versioned::new(at, shown.state));
    let disputes = shown.disputes.into_iter().filter_map(|dispute| {
        let state = DisputeState {
            status: dispute.status?,
        };
        Some(Saying::Dispute(dispute.id, Versioned::new(at, state)))
    });
    std::iter::once(order)
        .chain(disputes)
        .map(|saying| OrderFact {
            order: shown.id.clone(),
            saying,
        })
        .collect()
}

async fn whole_order(graphql: &GraphQl, id: &ExternalId) -> Result<Option<Shown>, ApiError> {
    let query = format!(
        "query ($id: ID!, $lines: Int!, $after: String, $refunds: Int!) {{ order(id: $id) {{ {FIELDS} }} }}"
    );
    let mut pages = Pages::default();
    let mut whole: Option<Shown> = None;
    loop {
        let variables = json!({
            "id": format!("gid://shopify/Order/{id}"), "lines": LINES, "after": pages.after(),
            "refunds": REFUNDS,
        });
        let reply = graphql.ask(&query, variables).await?;
        let page = reply.read(|data| match data.optional("order")? {
            None => Ok(None),
            Some(order) => shown(&order).map(Some),
        })?;
        let Some(mut page) = page else {
            return Ok(None);
        };
        let has_more = pages.go_on(page.more_lines.take())?;
        // The latest page says how the order stands; an order that changed meanwhile is asked for again by its webhook.
        if let Some(earlier) = whole {
            let mut lines = earlier.state.lines;
            lines.append(&mut page.state.lines);
            page.state.lines = lines;
        }
        if !has_more {
            return Ok(Some(page));
        }
        whole = Some(page);
    }
}

/// Reads an order with one page of its lines.
pub(super) fn shown(order: &Field<'_>) -> Result<Shown, ApiError> {
    let lines = order.required("lineItems")?;
    let financial = order.optional("displayFinancialStatus")?;
    let financial = financial.map(|field| field.text()).transpose()?;
    let financial = financial.map(str::to_ascii_lowercase);
    let financial = financial.as_deref();
    let is_cancelled = order.optional("cancelledAt")?.is_some();
    let currency = fields::currency(&order.required("presentmentCurrencyCode")?)?;
    let received = order.required("totalReceivedSet")?;
    let received = received.required("presentmentMoney")?;
    let processed_at = order.optional("processedAt")?;
    let paid_at = processed_at.filter(|_| state::was_paid(financial));
    Ok(Shown {
        id: number(&order.required("id")?)?,
        changed_at: order.required("updatedAt")?.time()?,
        state: OrderState {
            status: state::order_status(financial, is_cancelled),
            is_test: order.required("test")?.boolean()?,
            paid_at: paid_at.map(|time| time.time()).transpose()?,
            email: fields::email(order.optional("email")?)?,
            external_customer: optional_number(order, "customer")?,
            captured_minor: received
                .required("amount")?
                .decimal_amount(&currency)?
                .max(0),
            currency,
            lines: nodes(&lines, line)?,
            complete_refunds: None,
            number: fields::order_number(order, "name")?,
        },
        refunds: list(&order.required("refunds")?, |refund| {
            number(&refund.required("id")?)
        })?,
        disputes: list(&order.required("disputes")?, dispute)?,
        more_lines: next_page(&lines)?,
    })
}

pub(super) fn nodes<T>(
    connection: &Field<'_>,
    read: impl Fn(&Field<'_>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    list(&connection.required("nodes")?, read)
}

fn list<T>(
    field: &Field<'_>,
    read: impl Fn(&Field<'_>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    field.items()?.map(|item| read(&item)).collect()
}

fn line(field: &Field<'_>) -> Result<OrderLine, ParseError> {
    let quantity = field.required("quantity")?.quantity()?;
    let current = field.required("currentQuantity")?.quantity()?;
    Ok(OrderLine {
        external_id: number(&field.required("id")?)?,
        item: StoreItem {
            product: optional_number(field, "product")?,
            variant: optional_number(field, "variant")?,
            sku: state::sku(field)?,
        },
        title: state::title(field.optional("name")?)?,
        quantity,
        returned_quantity: quantity.saturating_sub(current),
        period_end: None,
    })
}

/// Reads a dispute. An order tells only how its disputes began: one that began as an inquiry may be a chargeback by now.
fn dispute(field: &Field<'_>) -> Result<Dispute, ParseError> {
    let kind = field.required("initiatedAs")?.text()?.to_ascii_lowercase();
    let status = field.required("status")?.text()?.to_ascii_lowercase();
    let is_known = kind == "chargeback" || status == "won" || status == "prevented";
    Ok(Dispute {
        id: number(&field.required("id")?)?,
        status: dispute::status(&kind, &status).filter(|_| is_known),
    })
}

/// Asks what became of the inquiries. That needs a scope of its own; without it they are passed over, as if the order
/// did not name them.
async fn decide_disputes(graphql: &GraphQl, disputes: &mut [Dispute]) -> Result<(), ApiError> {
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ShopifyPaymentsDispute { id type status } } }";
    let undecided = disputes.iter().filter(|dispute| dispute.status.is_none());
    let ids: BTreeSet<String> = undecided
        .map(|dispute| format!("gid://shopify/ShopifyPaymentsDispute/{}", dispute.id))
        .collect();
    let reply = match graphql.ask(query, json!({ "ids": ids })).await {
        Err(error) if error == ACCESS_DENIED => return Ok(()),
        reply => reply?,
    };
    let told = reply.read(|data| Ok(list(&data.required("nodes")?, told)?))?;
    for (id, status) in told.into_iter().flatten() {
        for dispute in disputes.iter_mut().filter(|dispute| dispute.id == id) {
            dispute.status = dispute.status.or(status);
        }
    }
    Ok(())
}

type Told = Option<(ExternalId, Option<DisputeStatus>)>;

fn told(node: &Field<'_>) -> Result<Told, ParseError> {
    if node.is_null() {
        return Ok(None);
    }
    let Some(id) = node.optional("id")? else {
        return Ok(None);
    };
    let kind = node.required("type")?.text()?.to_ascii_lowercase();
    let status = node.required("status")?.text()?.to_ascii_lowercase();
    Ok(Some((number(&id)?, dispute::status(&kind, &status))))
}
