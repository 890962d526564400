//! The lines that a customer bought and that do not open a content.

use std::collections::BTreeSet;

use domain::catalogue::Catalogue;
use domain::explain::{
    Closed, ClosedLine, NamedLine, Source, closed_lines, open_lines, pending_lines,
};
use domain::mending::NamedOrder;
use domain::{ContentId, CustomerId, ExternalId, JobId, OrderId, StoreName, Timestamp};
use storage::why::{self, ToldGrant};
use storage::{Access, StorageError, blocks, stores};

use crate::administration::AdministrationError;
use crate::reconcile::{GatheredOrder, gather};

/// How many of the customer's orders are looked at, the newest first.
const MOST_ORDERS: i64 = 200;

/// What is asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) customer: CustomerId,
    pub(super) content: ContentId,
    pub(super) now: Timestamp,
}

/// Lists the lines of the customer's orders that do not open the content, and of orders that would if they named her.
pub(super) async fn closed_lines_of(
    access: &mut impl Access,
    asked: Asked,
    told: &[ToldGrant],
) -> Result<Vec<ClosedLine>, AdministrationError> {
    let own = why::list_orders(access, asked.customer, MOST_ORDERS).await?;
    let of_others = why::list_orders_of_others(access, asked.customer, MOST_ORDERS).await?;
    let mut lines = of_her_orders(access, asked, &own).await?;
    lines.extend(of_orders_of_others(access, asked, &of_others, told).await?);
    Ok(lines)
}

async fn of_her_orders(
    access: &mut impl Access,
    asked: Asked,
    orders: &[OrderId],
) -> Result<Vec<ClosedLine>, AdministrationError> {
    let gathered = gather(access, orders).await?;
    let blocks = blocks::list(access, &[asked.customer]).await?;
    let mut lines = Vec::new();
    for order in &gathered.orders {
        let name = name(access, order).await?;
        let facts = order.facts();
        let catalogue = &gathered.catalogue;
        let content = asked.content;
        let (kept, now) = (&order.grants, asked.now);
        lines.extend(closed_lines(
            &name,
            &facts,
            catalogue,
            &order.ignored,
            content,
        ));
        for line in pending_lines(&name, &facts, catalogue, kept, &blocks, content, now) {
            let failed = find_failed_job(access, catalogue, order, &line.line).await?;
            let why = Closed::Recomputing { failed };
            lines.push(ClosedLine { line, why });
        }
    }
    Ok(lines)
}

/// Finds the job that was to reconcile the order on account of that line, when it failed for good.
async fn find_failed_job(
    access: &mut impl Access,
    catalogue: &Catalogue,
    order: &GatheredOrder,
    line: &ExternalId,
) -> Result<Option<JobId>, StorageError> {
    let (id, store, external) = (order.order.id, order.order.store, &order.order.external);
    let mapped = order.mapping.get(line).into_iter();
    let products = mapped.flat_map(|mapped| catalogue.inside(mapped.product));
    let mut subjects: Vec<String> = products.map(|product| product.to_string()).collect();
    subjects.push(store.to_string());
    subjects.push(format!("{store}/{external}"));
    why::find_failed_job(access, id, line, &subjects).await
}

/// Lists the lines of orders that name the customer by a store's id of her alone: what they open is open to her sessions
/// that came from the store (RULES §6.3), and to no others.
async fn of_orders_of_others(
    access: &mut impl Access,
    asked: Asked,
    orders: &[OrderId],
    told: &[ToldGrant],
) -> Result<Vec<ClosedLine>, AdministrationError> {
    let known: BTreeSet<OrderId> = told.iter().filter_map(order_of).collect();
    let gathered = gather(access, orders).await?;
    let owners: BTreeSet<CustomerId> = gathered.orders.iter().map(|o| o.order.owner).collect();
    let owners: Vec<CustomerId> = owners.into_iter().collect();
    let blocks = blocks::list(access, &owners).await?;
    let mut lines = Vec::new();
    for order in &gathered.orders {
        let name = name(access, order).await?;
        let facts = order.facts();
        let (content, now) = (asked.content, asked.now);
        let (catalogue, kept) = (&gathered.catalogue, &order.grants);
        let open = open_lines(&name, &facts, kept, content, now);
        lines.extend(because(open, &Closed::OpensFromStore));
        // What she lost with the order is told by its grant.
        if !known.contains(&order.order.id) {
            let pending = pending_lines(&name, &facts, catalogue, kept, &blocks, content, now);
            lines.extend(because(pending, &Closed::OtherOwner));
        }
    }
    Ok(lines)
}

fn because(lines: Vec<NamedLine>, why: &Closed) -> impl Iterator<Item = ClosedLine> {
    lines.into_iter().map(|line| ClosedLine {
        line,
        why: why.clone(),
    })
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
