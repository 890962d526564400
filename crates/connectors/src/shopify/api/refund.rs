//! A refund as the API shows it, in the terms of the webhooks.

use std::collections::BTreeMap;

use domain::order::RefundState;
use domain::{ExternalId, Timestamp};
use serde_json::json;

use super::graphql::{GraphQl, Pages, next_page, number};
use super::order::nodes;
use crate::api::ApiError;
use crate::fields;
use crate::json::{Field, ParseError};
use crate::shopify::state::{self, Movement};

/// A page of a refund costs 1 + 2 × 200 for lines + 3 × 50 for transactions.
const QUERY: &str = "query ($id: ID!, $after: String) { refund(id: $id) { createdAt updatedAt \
    refundLineItems(first: 200, after: $after) { nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor } } \
    transactions(first: 50) { nodes { kind status amountSet { presentmentMoney { amount currencyCode } } } } \
    refundShippingLines(first: 1) { nodes { id } } orderAdjustments(first: 20) { nodes { reason } } } }";

/// A refund and when it changed last.
pub(super) struct Refund {
    pub(super) changed_at: Timestamp,
    pub(super) state: RefundState,
}

/// Fetches a refund; `None` when the shop does not know it any more.
pub(super) async fn fetch(graphql: &GraphQl, id: &ExternalId) -> Result<Option<Refund>, ApiError> {
    let mut lines = BTreeMap::new();
    let mut pages = Pages::default();
    loop {
        let gid = format!("gid://shopify/Refund/{id}");
        let variables = json!({ "id": gid, "after": pages.after() });
        let reply = graphql.ask(QUERY, variables).await?;
        let page = reply.read(|data| match data.optional("refund")? {
            None => Ok(None),
            Some(refund) => page(&refund).map(Some),
        })?;
        let Some(page) = page else {
            return Ok(None);
        };
        for (line, pieces) in page.lines {
            state::add_pieces(&mut lines, line, pieces);
        }
        if !pages.go_on(page.more_lines)? {
            return Ok(Some(Refund {
                changed_at: page.changed_at,
                state: state::refund(lines, &page.movements, page.is_shipping),
            }));
        }
    }
}

struct RefundPage {
    changed_at: Timestamp,
    lines: Vec<(ExternalId, u32)>,
    movements: Vec<Movement>,
    is_shipping: bool,
    more_lines: Option<String>,
}

fn page(refund: &Field<'_>) -> Result<RefundPage, ApiError> {
    let lines = refund.required("refundLineItems")?;
    let shipping = refund.required("refundShippingLines")?;
    let shipping = shipping.required("nodes")?.items()?.count();
    let adjustments = refund.required("orderAdjustments")?;
    let reasons = nodes(&adjustments, |adjustment| {
        Ok(adjustment.optional("reason")?.is_some())
    })?;
    // An adjustment with a reason says that more or less than the shipping was given back.
    let is_shipping = shipping > 0 && !reasons.contains(&true);
    let changed_at = match refund.optional("updatedAt")? {
        Some(time) => time.time()?,
        None => refund.required("createdAt")?.time()?,
    };
    Ok(RefundPage {
        changed_at,
        movements: nodes(&refund.required("transactions")?, movement)?,
        is_shipping,
        more_lines: next_page(&lines)?,
        lines: nodes(&lines, |item| {
            let line = item.required("lineItem")?;
            Ok((
                number(&line.required("id")?)?,
                item.required("quantity")?.quantity()?,
            ))
        })?,
    })
}

fn movement(transaction: &Field<'_>) -> Result<Movement, ParseError> {
    let amount = transaction.required("amountSet")?;
    let money = amount.required("presentmentMoney")?;
    let currency = fields::currency(&money.required("currencyCode")?)?;
    Ok(Movement {
        kind: transaction.required("kind")?.text()?.to_ascii_lowercase(),
        status: transaction.required("status")?.text()?.to_ascii_lowercase(),
        amount_minor: money.required("amount")?.decimal_amount(&currency)?,
    })
}
