//! Which lines of an order do not open a content, and why.

use std::collections::BTreeSet;

use super::{Closed, ClosedLine, NamedLine};
use crate::catalogue::Catalogue;
use crate::gap::stands_for;
use crate::grant::Order;
use crate::id::{ContentId, ExternalId};
use crate::mending::NamedOrder;
use crate::order::{OrderLine, OrderState, OrderStatus};
use crate::payment::line_pays;

/// Lists the lines of an order that do not open the content at present. `ignored` are the lines whose items are known
/// to grant nothing.
#[must_use]
pub fn closed_lines(
    name: &NamedOrder,
    order: &Order<'_>,
    catalogue: &Catalogue,
    ignored: &BTreeSet<ExternalId>,
    content: ContentId,
) -> Vec<ClosedLine> {
    let Some(known) = &order.history.order else {
        return Vec::new();
    };
    let lines = known.state.lines.iter().filter_map(|line| {
        let is_ignored = ignored.contains(&line.external_id);
        let why = why_closed(order, &known.state, line, catalogue, is_ignored, content)?;
        let line = NamedLine {
            order: name.clone(),
            line: line.external_id.clone(),
            title: Some(line.title.clone()),
        };
        Some(ClosedLine { line, why })
    });
    lines.collect()
}

fn why_closed(
    order: &Order<'_>,
    state: &OrderState,
    line: &OrderLine,
    catalogue: &Catalogue,
    is_ignored: bool,
    content: ContentId,
) -> Option<Closed> {
    if is_ignored {
        return Some(Closed::Ignored);
    }
    let mapped = stands_for(order, line, catalogue);
    let is_in = mapped.map(|mapped| {
        (
            mapped.product,
            catalogue.contents_of(mapped.product).contains(&content),
        )
    });
    if let Some((product, false)) = is_in {
        return Some(Closed::NotIn(product));
    }
    if let Err(reason) = line_pays(order.history, &line.external_id, order.policy) {
        return Some(Closed::NotPaying {
            reason,
            is_test: state.is_test
                && state.status == OrderStatus::Paid
                && !order.policy.accept_test_orders,
            is_in: mapped.is_some(),
        });
    }
    match mapped {
        None => Some(Closed::Unmapped(line.item.clone())),
        Some(_) if state.paid_at.is_none() => Some(Closed::NoPaymentTime),
        Some(_) => None,
    }
}
