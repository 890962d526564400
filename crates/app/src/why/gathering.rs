//! The lines that a customer bought and that do not open a content.

use std::collections::BTreeSet;

use domain::explain::{Closed, ClosedLine, Source, closed_lines};
use domain::grant::derive;
use domain::mending::NamedOrder;
use domain::{ContentId, CustomerId, OrderId, StoreName};
use storage::why::{self, ToldGrant};
use storage::{Access, stores};

use crate::administration::AdministrationError;
use crate::reconcile::{GatheredOrder, gather};

/// How many of the customer's orders are looked at, the newest first.
const MOST_ORDERS: i64 = 200;

/// Lists the lines of the customer's orders that do not open the content, and of orders that would if they named her.
pub(super) async fn closed_lines_of(
    access: &mut impl Access,
    customer: CustomerId,
    content: ContentId,
    told: &[ToldGrant],
) -> Result<Vec<ClosedLine>, AdministrationError> {
    let own = why::list_orders(access, customer, MOST_ORDERS).await?;
    let of_others = why::list_orders_of_others(access, customer, MOST_ORDERS).await?;
    let known: BTreeSet<OrderId> = told.iter().filter_map(order_of).collect();
    let mut lines = Vec::new();
    let gathered = gather(access, &own).await?;
    for order in &gathered.orders {
        let name = name(access, order).await?;
        let facts = order.facts();
        lines.extend(closed_lines(
            &name,
            &facts,
            &gathered.catalogue,
            &order.ignored,
            content,
        ));
    }
    let gathered = gather(access, &of_others).await?;
    for order in &gathered.orders {
        let name = name(access, order).await?;
        let grants = derive(&order.facts(), &gathered.catalogue);
        let opening = grants.into_keys().filter(|key| key.content == content);
        // What she lost with the order is told by its grant.
        let opening = opening.filter(|key| !known.contains(&key.order));
        lines.extend(opening.map(|key| ClosedLine {
            line: domain::explain::NamedLine {
                order: name.clone(),
                line: key.line,
                title: None,
            },
            why: Closed::OtherOwner,
        }));
    }
    Ok(lines)
}

fn order_of(told: &ToldGrant) -> Option<OrderId> {
    match &told.sourced.source {
        Source::Line(line) => Some(line.order.id),
        Source::ByHand { .. } => None,
    }
}

/// Names an order as people do.
pub(crate) async fn name(
    access: &mut impl Access,
    order: &GatheredOrder,
) -> Result<NamedOrder, AdministrationError> {
    let store = stores::find(access, order.order.store).await?;
    let store: Option<StoreName> = store.map(|store| store.name);
    Ok(NamedOrder {
        id: order.order.id,
        store: store.ok_or(AdministrationError::Reconcile(
            crate::stores::StoreError::Settings.into(),
        ))?,
        external: order.order.external.clone(),
    })
}
