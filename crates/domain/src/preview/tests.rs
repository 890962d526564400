use super::*;
use crate::catalogue::Product;
use crate::grant::{Extensions, GrantKey, MappedProduct, Term};
use crate::id::{CourseId, CustomerId, OrderId, ProductId};
use crate::order::{OrderState, Saying, StoreItem};
use crate::payment::{OnAmountRefund, StorePolicy};

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + number * 86_400)
}

fn ext(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn course(number: u128) -> ContentId {
    ContentId::Course(CourseId::from_parts(day(0), number))
}

/// An order of two lines, each for a course of its own, the first bought twice; 100.00 captured.
struct Case {
    history: OrderHistory,
    policy: StorePolicy,
    mapping: BTreeMap<ExternalId, MappedProduct>,
    extensions: Extensions,
    catalogue: Catalogue,
    kept: Vec<KeptGrant>,
    held: BTreeMap<ContentId, Held>,
}

impl Case {
    fn new() -> Self {
        let mut case = Self {
            history: OrderHistory::default(),
            policy: StorePolicy::default(),
            mapping: BTreeMap::new(),
            extensions: Extensions::new(),
            catalogue: Catalogue::default(),
            kept: Vec::new(),
            held: BTreeMap::new(),
        };
        let lines = [(1_u128, 2), (2, 1)].map(|(number, quantity)| {
            let line = ext(&number.to_string());
            let product = ProductId::from_parts(day(0), number);
            case.catalogue.products.insert(
                product,
                Product {
                    contents: BTreeSet::from([course(number)]),
                    ..Product::default()
                },
            );
            let mapped_at = day(-1);
            case.mapping
                .insert(line.clone(), MappedProduct { product, mapped_at });
            case.keep(number, &line);
            OrderLine {
                external_id: line,
                item: StoreItem::default(),
                title: "Course".into(),
                quantity,
                returned_quantity: 0,
                period_end: None,
            }
        });
        let state = OrderState {
            status: OrderStatus::Paid,
            is_test: false,
            paid_at: Some(day(0)),
            email: "ada@example.com".parse().ok(),
            external_customer: None,
            currency: "EUR".into(),
            captured_minor: 10_000,
            lines: lines.into(),
            complete_refunds: Some(BTreeSet::new()),
            number: None,
        };
        let order = Saying::Order(Versioned::new(day(1), state));
        case.history.learn(order);
        case
    }

    fn keep(&mut self, number: u128, line: &ExternalId) {
        let id = GrantId::from_parts(day(0), number);
        let term = Term {
            granted_at: day(0),
            expires_at: None,
            extended_until: None,
        };
        self.kept.push(KeptGrant {
            id,
            key: GrantKey {
                order: OrderId::from_parts(day(0), 1),
                line: line.clone(),
                content: course(number),
                customer: CustomerId::from_parts(day(0), 1),
            },
            term,
            ended: None,
        });
        let held = self.held.entry(course(number)).or_default();
        held.published_at = Some(day(-1));
        held.grants.push(a_grant(id, None));
    }

    fn change(&mut self, change: impl FnOnce(&mut OrderState)) {
        change(&mut self.history.order.as_mut().unwrap().state);
    }

    fn preview(&self, refund: &Refund) -> Preview {
        let order = Order {
            id: OrderId::from_parts(day(0), 1),
            owner: CustomerId::from_parts(day(0), 1),
            history: &self.history,
            policy: self.policy,
            mapping: &self.mapping,
            extensions: &self.extensions,
        };
        preview(
            &order,
            &self.catalogue,
            refund,
            &self.kept,
            &self.held,
            day(2),
        )
    }

    /// What would close, and why nothing would.
    fn told(&self, refund: &Refund) -> (Vec<ContentId>, Option<&'static str>) {
        let preview = self.preview(refund);
        (
            preview.loses.into_iter().collect(),
            preview.unaffected.map(Unaffected::name),
        )
    }
}

fn a_grant(id: GrantId, expires_at: Option<Timestamp>) -> Grant {
    Grant {
        id,
        granted_at: day(0),
        expires_at,
        extended_until: None,
        revoked: None,
    }
}

fn lines(chosen: &[(&str, u32)]) -> Refund {
    let chosen = chosen.iter().map(|(line, quantity)| (ext(line), *quantity));
    Refund::Lines(chosen.collect())
}

#[test]
fn a_line_that_is_given_back_takes_its_course_along_and_no_other() {
    let case = Case::new();
    assert_eq!(case.told(&lines(&[("2", 1)])), (vec![course(2)], None));
    let preview = case.preview(&lines(&[("2", 1)]));
    let kept: Vec<_> = preview.keeps.iter().map(|kept| kept.content).collect();
    assert_eq!(kept, [course(1)]);
}

#[test]
fn a_whole_order_takes_all_along_also_one_that_captured_nothing() {
    let mut case = Case::new();
    for captured in [10_000, 0] {
        case.change(|order| order.captured_minor = captured);
        assert_eq!(
            case.told(&Refund::Whole),
            (vec![course(1), course(2)], None)
        );
    }
}

#[test]
fn of_two_one_is_enough() {
    let mut case = Case::new();
    assert_eq!(
        case.told(&lines(&[("1", 1)])),
        (vec![], Some("quantity_left"))
    );
    assert_eq!(case.told(&lines(&[("1", 2)])).0, [course(1)]);
    // The order itself tells of one that came back, and names no refund: the next one is the second.
    case.change(|order| order.lines[0].returned_quantity = 1);
    let line = case.history.order.as_ref().unwrap().state.lines[0].clone();
    assert_eq!(refundable(&case.history, &line), 1);
    assert_eq!(case.told(&lines(&[("1", 1)])).0, [course(1)]);
}

#[test]
fn another_order_keeps_a_course_open_until_its_own_end() {
    let mut case = Case::new();
    let other = GrantId::from_parts(day(0), 9);
    let held = case.held.get_mut(&course(2)).unwrap();
    held.grants.push(a_grant(other, Some(day(30))));
    let preview = case.preview(&lines(&[("2", 1)]));
    assert!(preview.loses.is_empty());
    assert_eq!(preview.unaffected, Some(Unaffected::KeptByOthers));
    let kept = preview
        .keeps
        .into_iter()
        .find(|kept| kept.content == course(2));
    let expected = Keeping {
        content: course(2),
        by: vec![other],
        until: Some(day(30)),
        until_now: None,
    };
    assert_eq!(kept, Some(expected));
}

#[test]
fn what_changes_nothing_says_why() {
    let mut case = Case::new();
    case.change(|order| order.status = OrderStatus::Refunded);
    assert_eq!(
        case.told(&Refund::Whole),
        (vec![], Some("already_refunded"))
    );
    case.change(|order| order.status = OrderStatus::Cancelled);
    let preview = case.preview(&Refund::Whole);
    let cancelled = Unaffected::NotPaying(EndReason::Cancelled);
    assert_eq!(preview.unaffected, Some(cancelled));
    let mut case = Case::new();
    case.mapping.clear();
    case.held.clear();
    case.kept.clear();
    assert_eq!(case.told(&Refund::Whole), (vec![], Some("grants_nothing")));
}

#[test]
fn lines_that_came_back_already_are_no_refund_of_an_amount() {
    let mut case = Case::new();
    case.policy.on_amount_refund = OnAmountRefund::Revoke;
    case.history = refunded(&case.history, &lines(&[("2", 1)]), day(1));
    for again in [lines(&[("2", 0)]), lines(&[])] {
        let preview = case.preview(&again);
        assert!(preview.loses.is_empty(), "{:?}", preview.loses);
        assert_eq!(preview.unaffected, Some(Unaffected::AlreadyRefunded));
        assert_eq!(refunded(&case.history, &again, day(2)), case.history);
    }
    // What is left of the whole order is an amount at least.
    assert_eq!(case.told(&Refund::Whole), (vec![course(1)], None));
}

#[test]
fn what_is_closed_anyhow_is_not_lost() {
    let mut case = Case::new();
    case.held.get_mut(&course(2)).unwrap().published_at = None;
    assert_eq!(
        case.told(&lines(&[("2", 1)])),
        (vec![], Some("closed_anyhow"))
    );
    let mut case = Case::new();
    let block = BlockId::from_parts(day(0), 1);
    case.held.get_mut(&course(2)).unwrap().blocks.push(block);
    assert_eq!(
        case.told(&lines(&[("2", 1)])),
        (vec![], Some("closed_anyhow"))
    );
}

#[test]
fn the_refund_counts_though_the_store_lists_its_refunds_completely() {
    let case = Case::new();
    let then = refunded(&case.history, &lines(&[("1", 2)]), day(-50));
    assert_eq!(then.succeeded_refunds().count(), 1);
    assert_eq!(case.history.refunds.len(), 0, "a copy was changed");
}

#[test]
fn every_reason_has_a_name_and_a_sentence() {
    let all = [
        Unaffected::AlreadyRefunded,
        Unaffected::NotPaying(EndReason::Unpaid),
        Unaffected::QuantityLeft,
        Unaffected::GrantsNothing,
        Unaffected::ClosedAnyhow,
        Unaffected::KeptByOthers,
    ];
    let names: BTreeSet<_> = all.into_iter().map(Unaffected::name).collect();
    assert_eq!(names.len(), all.len());
    assert!(all.into_iter().all(|reason| reason.words().ends_with('.')));
}

#[test]
fn what_is_left_is_given_back_and_no_more() {
    let mut case = Case::new();
    let before = RefundState {
        status: RefundStatus::Succeeded,
        amount_minor: 2_000,
        is_shipping: false,
        lines: BTreeMap::from([(ext("1"), 1)]),
    };
    let before = Versioned::new(day(1), before);
    case.history.refunds.insert(ext("before"), before);
    // Three were bought; one came back by a refund. The order's own count may say more than the refunds do.
    for (returned, left, told) in [(0, 2, 2), (2, 1, 2)] {
        case.change(|order| {
            order.complete_refunds = None;
            order.lines.truncate(1);
            order.lines[0].quantity = 3;
            order.lines[0].returned_quantity = returned;
        });
        let order = &case.history.order.as_ref().unwrap().state;
        assert_eq!(refundable(&case.history, &order.lines[0]), left);
        let then = refunded(&case.history, &Refund::Whole, day(2));
        let added = then.refunds.iter().find(|(id, _)| **id != ext("before"));
        let added = &added.unwrap().1.state;
        assert_eq!(added.lines, BTreeMap::from([(ext("1"), told)]));
        assert_eq!(added.amount_minor, 8_000, "of 10,000");
    }
    let then = refunded(&case.history, &lines(&[("1", 1)]), day(2));
    assert_eq!(then.order, case.history.order, "a part of it is not all");
}
