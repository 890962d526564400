//! What a paying line grants (RULES §3).

use std::collections::BTreeMap;

use crate::access::later;
use crate::catalogue::Catalogue;
use crate::id::{ContentId, CustomerId, ExternalId, OrderId, ProductId};
use crate::order::{OrderHistory, OrderLine};
use crate::payment::{EndReason, StorePolicy, line_pays};
use crate::time::Timestamp;

/// What makes a grant one grant: order (and by it the store), line, content and customer (RULES §3.2).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct GrantKey {
    /// The order.
    pub order: OrderId,
    /// The line, by the store's id.
    pub line: ExternalId,
    /// The course or file.
    pub content: ContentId,
    /// Who may open it.
    pub customer: CustomerId,
}

/// From when until when a grant holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Term {
    /// When it begins.
    pub granted_at: Timestamp,
    /// When it ends by derivation; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Until when an administrator extended it; the later of the two counts.
    pub extended_until: Option<Timestamp>,
}

impl Term {
    /// Returns the effective end (RULES §4.3).
    #[must_use]
    pub fn expiry(&self) -> Option<Timestamp> {
        later(self.expires_at, self.extended_until)
    }
}

/// What an administrator extended of one order (RULES §4.3): until when at the latest, by product and content, so that
/// it outlives a line that the store writes anew.
pub type Extensions = BTreeMap<(ProductId, ContentId), Timestamp>;

/// The product that a store item stands for, and since when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MappedProduct {
    /// The product.
    pub product: ProductId,
    /// When the item was first mapped to that product.
    pub mapped_at: Timestamp,
}

/// One order with what is needed to derive its grants.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Our id of it.
    pub id: OrderId,
    /// Whose it is (RULES §6.2).
    pub owner: CustomerId,
    /// What is known of it.
    pub history: &'a OrderHistory,
    /// Its store's settings.
    pub policy: StorePolicy,
    /// The products of its lines, by line; an unmapped line is absent.
    pub mapping: &'a BTreeMap<ExternalId, MappedProduct>,
    /// What an administrator extended.
    pub extensions: &'a Extensions,
}

/// Derives the grants that the order deserves now. Depends on nothing but its arguments, so any change of an order, a
/// mapping, a product, a bundle or a setting is met by deriving again.
#[must_use]
pub fn derive(order: &Order<'_>, catalogue: &Catalogue) -> BTreeMap<GrantKey, Term> {
    let Some(known) = &order.history.order else {
        return BTreeMap::new();
    };
    let lines = known.state.lines.iter();
    lines
        .flat_map(|line| grants_of_line(order, &line.external_id, catalogue))
        .collect()
}

fn grants_of_line(
    order: &Order<'_>,
    line: &ExternalId,
    catalogue: &Catalogue,
) -> Vec<(GrantKey, Term)> {
    let Ok(line) = line_pays(order.history, line, order.policy) else {
        return Vec::new();
    };
    let Some(mapped) = order.mapping.get(&line.external_id) else {
        return Vec::new();
    };
    let Some(term) = term_of_line(order, line, mapped, catalogue) else {
        return Vec::new();
    };
    let contents = catalogue.contents_of(mapped.product).into_iter();
    contents
        .map(|content| {
            let term = extended(order, mapped.product, content, term);
            (key(order, line, content), term)
        })
        .collect()
}

fn key(order: &Order<'_>, line: &OrderLine, content: ContentId) -> GrantKey {
    GrantKey {
        order: order.id,
        line: line.external_id.clone(),
        content,
        customer: order.owner,
    }
}

/// Adds what an administrator extended.
pub(crate) fn extended(
    order: &Order<'_>,
    product: ProductId,
    content: ContentId,
    term: Term,
) -> Term {
    Term {
        extended_until: order.extensions.get(&(product, content)).copied(),
        ..term
    }
}

/// When the period that a line pays for is over, with its days of grace.
pub(crate) fn end_of_period(order: &Order<'_>, line: &OrderLine) -> Option<Timestamp> {
    let end = line.period_end?;
    Some(end.plus_days(order.policy.grace_days))
}

/// The term of a line's grants before any extension (RULES §3.3, §3.4); `None` when the store did not say when the order was paid.
pub(crate) fn term_of_line(
    order: &Order<'_>,
    line: &OrderLine,
    mapped: &MappedProduct,
    catalogue: &Catalogue,
) -> Option<Term> {
    let paid_at = order.history.order.as_ref()?.state.paid_at?;
    let granted_at = paid_at.max(mapped.mapped_at);
    let days = catalogue
        .products
        .get(&mapped.product)
        .and_then(|product| product.access_days);
    let by_days = days.map(|days| granted_at.plus_days(days));
    let by_period = end_of_period(order, line);
    // A line may have both: the sooner end counts.
    let expires_at = [by_days, by_period].into_iter().flatten().min();
    Some(Term {
        granted_at,
        expires_at,
        extended_until: None,
    })
}

/// Tells why a grant that the order once made is no longer deserved. Call it only for a key that [`derive`] did not
/// return.
#[must_use]
pub fn end_reason(order: &Order<'_>, key: &GrantKey, catalogue: &Catalogue) -> EndReason {
    if let Err(reason) = line_pays(order.history, &key.line, order.policy) {
        return reason;
    }
    let Some(mapped) = order.mapping.get(&key.line) else {
        return EndReason::Unmapped;
    };
    if !catalogue.contents_of(mapped.product).contains(&key.content) {
        return EndReason::ContentRemoved;
    }
    if key.customer != order.owner {
        return EndReason::OwnerChanged;
    }
    // All that is left is a paid order that does not say when it was paid.
    EndReason::Unpaid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_ends_with_the_later_of_its_ends_and_never_when_it_had_none() {
        let at = |seconds| Some(Timestamp::from_seconds(seconds));
        let term = |expires_at, extended_until| Term {
            granted_at: Timestamp::default(),
            expires_at,
            extended_until,
        };
        assert_eq!(term(at(10), None).expiry(), at(10));
        assert_eq!(term(at(10), at(20)).expiry(), at(20));
        assert_eq!(term(at(10), at(5)).expiry(), at(10));
        assert_eq!(term(None, at(20)).expiry(), None);
    }
}
