//! Lines that pay and open nothing: what a shop has to mend so that no paying customer is locked out unseen.
//!
//! What needs the facts of one order is found here. What lies outside of it (drafts, failed deliveries) is counted by
//! whoever reads the figure.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::grant::{MappedProduct, Order, end_of_period, extended, term_of_line};
use crate::id::{ContentId, CustomerId, ExternalId};
use crate::order::OrderLine;
use crate::payment::line_pays;
use crate::time::Timestamp;

/// Why a line that pays opens nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GapCause {
    /// Nobody has said which product the item stands for, nor that it stands for none; or the product was deleted.
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
    /// When the access that was paid for is over, and with it the gap; `None` is never.
    pub ends_at: Option<Timestamp>,
}

/// What decides about an order's gaps beside its facts and the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The blocks that stand against its owner.
    pub blocks: &'a BTreeSet<(CustomerId, ContentId)>,
    /// The lines whose items are known to grant nothing, such as a T-shirt.
    pub ignored: &'a BTreeSet<ExternalId>,
    /// Whether neither an address nor a store's customer is known of its owner, so that nobody can prove to be her.
    pub owner_is_nobody: bool,
}

/// Finds the gaps of an order.
#[must_use]
pub fn gaps(
    order: &Order<'_>,
    catalogue: &Catalogue,
    circumstances: &Circumstances<'_>,
) -> BTreeSet<Gap> {
    let Some(known) = &order.history.order else {
        return BTreeSet::new();
    };
    let paying = known.state.lines.iter().filter(|line| {
        !circumstances.ignored.contains(&line.external_id)
            && line_pays(order.history, &line.external_id, order.policy).is_ok()
    });
    paying
        .flat_map(|line| gaps_of_line(order, line, catalogue, circumstances))
        .collect()
}

/// Finds the product that a line's item stands for. One that was deleted is none: nothing can be put into it any more, so
/// the item has to be mapped anew.
pub(crate) fn stands_for<'a>(
    order: &Order<'a>,
    line: &OrderLine,
    catalogue: &Catalogue,
) -> Option<&'a MappedProduct> {
    let mapped = order.mapping.get(&line.external_id);
    mapped.filter(|mapped| catalogue.products.contains_key(&mapped.product))
}

fn gaps_of_line(
    order: &Order<'_>,
    line: &OrderLine,
    catalogue: &Catalogue,
    circumstances: &Circumstances<'_>,
) -> Vec<Gap> {
    let whole = |cause, ends_at| {
        vec![Gap {
            line: line.external_id.clone(),
            cause,
            content: None,
            ends_at,
        }]
    };
    let period = end_of_period(order, line);
    let Some(mapped) = stands_for(order, line, catalogue) else {
        return whole(GapCause::UnmappedItem, period);
    };
    let contents = catalogue.contents_of(mapped.product);
    if contents.is_empty() {
        return whole(GapCause::EmptyProduct, period);
    }
    let Some(term) = term_of_line(order, line, mapped, catalogue) else {
        return whole(GapCause::NoPaymentTime, period);
    };
    if circumstances.owner_is_nobody {
        return whole(GapCause::NoOwner, term.expires_at);
    }
    let blocked = contents
        .into_iter()
        .filter(|content| circumstances.blocks.contains(&(order.owner, *content)));
    let gap = |content| Gap {
        line: line.external_id.clone(),
        cause: GapCause::Blocked,
        content: Some(content),
        ends_at: extended(order, mapped.product, content, term).expiry(),
    };
    blocked.map(gap).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::Product;
    use crate::grant::Extensions;
    use crate::id::{FileId, OrderId, ProductId};
    use crate::order::{OrderHistory, OrderState, OrderStatus, Saying, StoreItem, Versioned};
    use crate::payment::StorePolicy;
    use crate::time::Timestamp;

    const ZERO: Timestamp = Timestamp::from_seconds(0);

    fn ext(text: &str) -> ExternalId {
        text.parse().unwrap()
    }

    fn line(id: &str) -> OrderLine {
        OrderLine {
            external_id: ext(id),
            item: StoreItem::default(),
            title: String::new(),
            quantity: 1,
            returned_quantity: 0,
            period_end: None,
        }
    }

    fn paid() -> OrderState {
        OrderState {
            status: OrderStatus::Paid,
            is_test: false,
            paid_at: Some(ZERO),
            email: "ada@example.com".parse().ok(),
            external_customer: None,
            currency: "EUR".into(),
            captured_minor: 100,
            lines: vec![line("1"), line("2")],
            complete_refunds: None,
            number: None,
        }
    }

    fn product() -> ProductId {
        ProductId::from_parts(ZERO, 1)
    }

    fn file(number: u128) -> ContentId {
        ContentId::File(FileId::from_parts(ZERO, number))
    }

    /// Finds the gaps of an order whose first line alone is mapped, to a product of these contents.
    fn found(
        state: OrderState,
        contents: &[ContentId],
        blocked: &[ContentId],
        ignored: &[&str],
    ) -> Vec<(String, GapCause, Option<ContentId>)> {
        let product = Product {
            contents: contents.iter().copied().collect(),
            ..Product::default()
        };
        let products = BTreeMap::from([(self::product(), product)]);
        found_in(&Catalogue { products }, state, blocked, ignored)
    }

    fn found_in(
        catalogue: &Catalogue,
        state: OrderState,
        blocked: &[ContentId],
        ignored: &[&str],
    ) -> Vec<(String, GapCause, Option<ContentId>)> {
        let mut history = OrderHistory::default();
        let owner_is_nobody = state.email.is_none() && state.external_customer.is_none();
        history.learn(Saying::Order(Versioned::new(ZERO, state)));
        let mapped = MappedProduct {
            product: product(),
            mapped_at: ZERO,
        };
        let owner = CustomerId::from_parts(ZERO, 1);
        let order = Order {
            id: OrderId::from_parts(ZERO, 1),
            owner,
            history: &history,
            policy: StorePolicy::default(),
            mapping: &BTreeMap::from([(ext("1"), mapped)]),
            extensions: &Extensions::new(),
        };
        let blocks = blocked.iter().map(|content| (owner, *content)).collect();
        let ignored = ignored.iter().map(|line| ext(line)).collect();
        let circumstances = Circumstances {
            blocks: &blocks,
            ignored: &ignored,
            owner_is_nobody,
        };
        let gaps = gaps(&order, catalogue, &circumstances).into_iter();
        gaps.map(|gap| (gap.line.to_string(), gap.cause, gap.content))
            .collect()
    }

    #[test]
    fn a_paid_line_whose_item_nobody_has_placed_is_a_gap_until_it_is_known_to_grant_nothing() {
        let unmapped = ("2".to_owned(), GapCause::UnmappedItem, None);
        assert_eq!(found(paid(), &[file(1)], &[], &[]), [unmapped]);
        assert_eq!(found(paid(), &[file(1)], &[], &["2"]), []);
    }

    #[test]
    fn a_line_that_does_not_pay_is_no_gap() {
        let mut unpaid = paid();
        unpaid.status = OrderStatus::Pending;
        assert_eq!(found(unpaid, &[], &[], &[]), []);
        let mut returned = paid();
        returned.lines[1].returned_quantity = 1;
        assert_eq!(found(returned, &[file(1)], &[], &[]), []);
    }

    #[test]
    fn a_product_without_contents_is_a_gap_of_the_whole_line() {
        let empty = ("1".to_owned(), GapCause::EmptyProduct, None);
        assert_eq!(found(paid(), &[], &[], &["2"]), [empty]);
    }

    #[test]
    fn an_item_whose_product_was_deleted_stands_for_none() {
        let unmapped = ("1".to_owned(), GapCause::UnmappedItem, None);
        let emptied = Catalogue::default();
        assert_eq!(found_in(&emptied, paid(), &[], &["2"]), [unmapped]);
    }

    #[test]
    fn a_block_is_a_gap_of_the_blocked_content_alone() {
        let blocked = ("1".to_owned(), GapCause::Blocked, Some(file(2)));
        assert_eq!(
            found(paid(), &[file(1), file(2)], &[file(2), file(3)], &["2"]),
            [blocked]
        );
    }

    #[test]
    fn an_order_that_names_nobody_or_no_time_of_payment_is_a_gap() {
        let mut nobody = paid();
        nobody.email = None;
        let gap = |cause| [("1".to_owned(), cause, None)];
        assert_eq!(
            found(nobody.clone(), &[file(1)], &[], &["2"]),
            gap(GapCause::NoOwner)
        );
        nobody.external_customer = Some(ext("7"));
        assert_eq!(found(nobody, &[file(1)], &[], &["2"]), []);
        let mut timeless = paid();
        timeless.paid_at = None;
        assert_eq!(
            found(timeless, &[file(1)], &[], &["2"]),
            gap(GapCause::NoPaymentTime)
        );
    }

    #[test]
    fn a_cause_reads_back_by_its_name() {
        for cause in GapCause::ALL {
            assert_eq!(GapCause::from_name(cause.name()), Some(cause));
        }
        assert_eq!(GapCause::from_name("bad_luck"), None);
    }
}
