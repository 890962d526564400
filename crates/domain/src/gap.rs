//! Lines that pay and open nothing: what a shop has to mend so that no paying customer is locked out unseen.
//!
//! What needs the facts of one order is found here. What lies outside of it (drafts, failed deliveries) is counted by
//! whoever reads the figure.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::grant::Order;
use crate::id::{ContentId, CustomerId, ExternalId};
use crate::order::{OrderLine, OrderState};
use crate::payment::line_pays;

/// Why a line that pays opens nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GapCause {
    /// Nobody has said which product the item stands for, nor that it stands for none.
    UnmappedItem,
    /// The product contains no course and no file.
    EmptyProduct,
    /// An administrator's block stands.
    Blocked,
    /// The order names neither an address nor a customer of the store: nobody can prove that it is hers.
    NoOwner,
    /// The store calls the order paid and does not say when.
    NoPaymentTime,
}

impl GapCause {
    /// Every cause.
    pub const ALL: [Self; 5] = [
        Self::UnmappedItem,
        Self::EmptyProduct,
        Self::Blocked,
        Self::NoOwner,
        Self::NoPaymentTime,
    ];

    /// Returns the cause's stable name, as the database and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnmappedItem => "unmapped_item",
            Self::EmptyProduct => "empty_product",
            Self::Blocked => "blocked",
            Self::NoOwner => "no_owner",
            Self::NoPaymentTime => "no_payment_time",
        }
    }

    /// Finds the cause of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// One line that pays and opens nothing, or not this content.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Gap {
    /// The line, by the store's id.
    pub line: ExternalId,
    /// Why.
    pub cause: GapCause,
    /// What stays closed, when it is one content and not the whole line.
    pub content: Option<ContentId>,
}

/// Finds the gaps of an order. `blocks` are the blocks that stand against its owner; `ignored` are the lines whose items
/// are known to grant nothing, such as a T-shirt.
#[must_use]
pub fn gaps(
    order: &Order<'_>,
    catalogue: &Catalogue,
    blocks: &BTreeSet<(CustomerId, ContentId)>,
    ignored: &BTreeSet<ExternalId>,
) -> BTreeSet<Gap> {
    let Some(known) = &order.history.order else {
        return BTreeSet::new();
    };
    let paying = known.state.lines.iter().filter(|line| {
        !ignored.contains(&line.external_id)
            && line_pays(order.history, &line.external_id, order.policy).is_ok()
    });
    paying
        .flat_map(|line| gaps_of_line(order, &known.state, line, catalogue, blocks))
        .collect()
}

fn gaps_of_line(
    order: &Order<'_>,
    state: &OrderState,
    line: &OrderLine,
    catalogue: &Catalogue,
    blocks: &BTreeSet<(CustomerId, ContentId)>,
) -> Vec<Gap> {
    let gap = |cause, content| Gap {
        line: line.external_id.clone(),
        cause,
        content,
    };
    let Some(mapped) = order.mapping.get(&line.external_id) else {
        return vec![gap(GapCause::UnmappedItem, None)];
    };
    let contents = catalogue.contents_of(mapped.product);
    if contents.is_empty() {
        return vec![gap(GapCause::EmptyProduct, None)];
    }
    if state.paid_at.is_none() {
        return vec![gap(GapCause::NoPaymentTime, None)];
    }
    if state.email.is_none() && state.external_customer.is_none() {
        return vec![gap(GapCause::NoOwner, None)];
    }
    let blocked = contents
        .into_iter()
        .filter(|content| blocks.contains(&(order.owner, *content)));
    blocked
        .map(|content| gap(GapCause::Blocked, Some(content)))
        .collect()
}
