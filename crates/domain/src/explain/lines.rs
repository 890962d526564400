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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::Product;
    use crate::grant::{Extensions, MappedProduct};
    use crate::id::{CourseId, CustomerId, OrderId, ProductId};
    use crate::order::{OrderHistory, Saying, StoreItem, Versioned};
    use crate::payment::{EndReason, StorePolicy};
    use crate::time::Timestamp;

    const ZERO: Timestamp = Timestamp::from_seconds(0);

    fn product(number: u128) -> ProductId {
        ProductId::from_parts(ZERO, number)
    }

    fn line(number: u8) -> OrderLine {
        OrderLine {
            external_id: number.to_string().parse().unwrap(),
            item: StoreItem::default(),
            title: format!("Line {number}"),
            quantity: 1,
            returned_quantity: 0,
            period_end: None,
        }
    }

    /// Why each of four lines is closed: the first is mapped to what contains the content, the second to something else,
    /// the third to nothing, and the fourth is ignored.
    fn told(change: impl FnOnce(&mut OrderState), policy: StorePolicy) -> Vec<(String, Closed)> {
        let mut state = OrderState {
            status: OrderStatus::Paid,
            is_test: false,
            paid_at: Some(ZERO),
            email: None,
            external_customer: None,
            currency: "EUR".into(),
            captured_minor: 4_000,
            lines: (1..=4).map(line).collect(),
            complete_refunds: None,
            number: None,
        };
        change(&mut state);
        let mut history = OrderHistory::default();
        history.learn(Saying::Order(Versioned::new(ZERO, state)));
        let content = ContentId::Course(CourseId::from_parts(ZERO, 1));
        let full = Product {
            contents: [content].into(),
            ..Product::default()
        };
        let catalogue = Catalogue {
            products: BTreeMap::from([(product(1), full), (product(2), Product::default())]),
        };
        let mapped = |number| MappedProduct {
            product: product(number),
            mapped_at: ZERO,
        };
        let order = Order {
            id: OrderId::from_parts(ZERO, 1),
            owner: CustomerId::from_parts(ZERO, 1),
            history: &history,
            policy,
            mapping: &BTreeMap::from([
                (line(1).external_id, mapped(1)),
                (line(2).external_id, mapped(2)),
            ]),
            extensions: &Extensions::new(),
        };
        let name = NamedOrder {
            id: order.id,
            store: "shop".parse().unwrap(),
            external: "1001".parse().unwrap(),
        };
        let ignored = [line(4).external_id].into();
        let closed = closed_lines(&name, &order, &catalogue, &ignored, content);
        let told = closed.into_iter().map(|closed| {
            assert_eq!(
                (&closed.line.order, closed.line.title.is_some()),
                (&name, true)
            );
            (closed.line.line.to_string(), closed.why)
        });
        told.collect()
    }

    #[test]
    fn each_line_says_what_keeps_it_closed() {
        let expected = [
            ("2".to_owned(), Closed::NotIn(product(2))),
            ("3".to_owned(), Closed::Unmapped(StoreItem::default())),
            ("4".to_owned(), Closed::Ignored),
        ];
        assert_eq!(told(|_| {}, StorePolicy::default()), expected);
        let timeless = told(|state| state.paid_at = None, StorePolicy::default());
        assert_eq!(timeless[0], ("1".to_owned(), Closed::NoPaymentTime));
    }

    #[test]
    fn a_test_order_is_told_from_one_that_is_not_paid() {
        let accepting = StorePolicy {
            accept_test_orders: true,
            ..StorePolicy::default()
        };
        let first = |status, is_test, policy| {
            let change = |state: &mut OrderState| {
                state.status = status;
                state.is_test = is_test;
            };
            told(change, policy).swap_remove(0)
        };
        let unpaid = |is_test| {
            let reason = EndReason::Unpaid;
            let is_in = true;
            (
                "1".to_owned(),
                Closed::NotPaying {
                    reason,
                    is_test,
                    is_in,
                },
            )
        };
        let usual = StorePolicy::default();
        assert_eq!(first(OrderStatus::Paid, true, usual), unpaid(true));
        assert_eq!(first(OrderStatus::Pending, true, usual), unpaid(false));
        assert_eq!(first(OrderStatus::Pending, false, usual), unpaid(false));
        assert_eq!(first(OrderStatus::Pending, true, accepting), unpaid(false));
        assert_eq!(
            first(OrderStatus::Paid, true, accepting).0,
            "2",
            "the first is open"
        );
    }
    #[test]
    fn a_line_that_was_given_back_is_not_closed_for_being_a_test() {
        let accepting = StorePolicy {
            accept_test_orders: true,
            ..StorePolicy::default()
        };
        let returned = |is_test, policy| {
            let change = |state: &mut OrderState| {
                state.is_test = is_test;
                state.lines[0].returned_quantity = 1;
            };
            told(change, policy).swap_remove(0)
        };
        let why = Closed::NotPaying {
            reason: EndReason::Refunded,
            is_test: false,
            is_in: true,
        };
        let refunded = ("1".to_owned(), why);
        assert_eq!(returned(false, StorePolicy::default()), refunded);
        assert_eq!(returned(true, accepting), refunded);
    }

    #[test]
    fn an_unmapped_line_that_does_not_pay_contains_nothing() {
        let pending = |state: &mut OrderState| state.status = OrderStatus::Pending;
        let unmapped = told(pending, StorePolicy::default()).swap_remove(2);
        let why = Closed::NotPaying {
            reason: EndReason::Unpaid,
            is_test: false,
            is_in: false,
        };
        assert_eq!(unmapped, ("3".to_owned(), why));
    }
}
