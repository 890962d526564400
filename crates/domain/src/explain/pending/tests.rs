use std::collections::BTreeMap;

use super::*;
use crate::catalogue::Product;
use crate::grant::{Extensions, MappedProduct};
use crate::id::{CourseId, ExternalId, OrderId, ProductId};
use crate::order::{
    OrderHistory, OrderLine, OrderState, OrderStatus, Saying, StoreItem, Versioned,
};
use crate::payment::{EndReason, StorePolicy};

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + number * 86_400)
}

fn ext(number: u128) -> ExternalId {
    number.to_string().parse().unwrap()
}

fn course(number: u128) -> ContentId {
    ContentId::Course(CourseId::from_parts(day(0), number))
}

fn product(number: u128) -> ProductId {
    ProductId::from_parts(day(0), number)
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_parts(day(0), number)
}

fn term(begins: i64, ends: Option<i64>) -> Term {
    Term {
        granted_at: day(begins),
        expires_at: ends.map(day),
        extended_until: None,
    }
}

fn line(number: u128) -> OrderLine {
    OrderLine {
        external_id: ext(number),
        item: StoreItem::default(),
        title: format!("Line {number}"),
        quantity: 1,
        returned_quantity: 0,
        period_end: None,
    }
}

/// An order that was paid on day 0 and granted nothing yet: lines 1 and 2 are for course 1, line 3 is for course 2.
struct Case {
    state: OrderState,
    mapping: BTreeMap<ExternalId, MappedProduct>,
    catalogue: Catalogue,
    kept: Vec<KeptGrant>,
    blocks: BTreeSet<(CustomerId, ContentId)>,
}

impl Case {
    fn new() -> Self {
        let products = [1, 2].map(|number| {
            let contents = [course(number)].into();
            let sold = Product {
                contents,
                ..Product::default()
            };
            (product(number), sold)
        });
        let mapping = [(1, 1), (2, 1), (3, 2)].map(|(line, number)| {
            let mapped = MappedProduct {
                product: product(number),
                mapped_at: day(-1),
            };
            (ext(line), mapped)
        });
        Self {
            state: OrderState {
                status: OrderStatus::Paid,
                is_test: false,
                paid_at: Some(day(0)),
                email: None,
                external_customer: None,
                currency: "EUR".into(),
                captured_minor: 3_000,
                lines: (1..=3).map(line).collect(),
                complete_refunds: None,
                number: None,
            },
            mapping: mapping.into(),
            catalogue: Catalogue {
                products: products.into(),
            },
            kept: Vec::new(),
            blocks: BTreeSet::new(),
        }
    }

    /// The same order with every grant that it deserves.
    fn granted() -> Self {
        let mut case = Self::new();
        for (line, content) in [(1, 1), (2, 1), (3, 2)] {
            case.kept.push(KeptGrant {
                id: GrantId::from_parts(day(0), line),
                key: GrantKey {
                    order: OrderId::from_parts(day(0), 1),
                    line: ext(line),
                    content: course(content),
                    customer: customer(1),
                },
                term: term(0, None),
                ended: None,
            });
        }
        case
    }

    /// Which lines open course 1 on day 2, and which are about to, each with its title.
    fn named(&self) -> [Vec<(String, Option<String>)>; 2] {
        let mut history = OrderHistory::default();
        let state = Versioned::new(day(0), self.state.clone());
        history.learn(Saying::Order(state));
        let order = Order {
            id: OrderId::from_parts(day(0), 1),
            owner: customer(1),
            history: &history,
            policy: StorePolicy::default(),
            mapping: &self.mapping,
            extensions: &Extensions::new(),
        };
        let name = NamedOrder {
            id: order.id,
            store: "shop".parse().unwrap(),
            external: "1001".parse().unwrap(),
        };
        let (catalogue, kept, blocks) = (&self.catalogue, &self.kept, &self.blocks);
        let (content, now) = (course(1), day(2));
        let open = open_lines(&name, &order, kept, content, now);
        let pending = pending_lines(&name, &order, catalogue, kept, blocks, content, now);
        [open, pending].map(|lines| {
            let named = lines.into_iter().map(|line| {
                assert_eq!(line.order, name);
                (line.line.to_string(), line.title)
            });
            named.collect()
        })
    }

    /// The same without the titles.
    fn told(&self) -> [String; 2] {
        self.named().map(|lines| {
            let lines: Vec<String> = lines.into_iter().map(|(line, _)| line).collect();
            lines.join(" ")
        })
    }
}

#[test]
fn lines_that_deserve_a_grant_are_pending_until_it_is_written_down() {
    assert_eq!(Case::new().told(), ["", "1 2"]);
    assert_eq!(Case::granted().told(), ["1 2", ""]);
}

#[test]
fn a_grant_that_ended_or_holds_for_another_time_is_pending_only_if_it_does_not_hold_yet() {
    let refunded = Some(EndReason::Refunded);
    for (kept, ended, expected) in [
        (term(0, None), refunded, ["2", "1"]),
        (term(0, Some(1)), None, ["2", "1"]),
        (term(0, Some(3)), None, ["1 2", ""]),
        (term(3, None), None, ["2", ""]),
    ] {
        let mut case = Case::granted();
        case.kept[0].term = kept;
        case.kept[0].ended = ended;
        assert_eq!(case.told(), expected, "{kept:?}, {ended:?}");
    }
}

#[test]
fn a_restored_grant_is_named_by_its_own_line() {
    let mut case = Case::granted();
    case.kept[1].ended = Some(EndReason::Refunded);
    assert_eq!(case.told(), ["1", "2"]);
}

#[test]
fn what_begins_later_is_pending_and_what_is_over_is_not() {
    let mut later = Case::new();
    later.state.paid_at = Some(day(3));
    assert_eq!(later.told(), ["", "1 2"]);
    let mut over = Case::new();
    let sold = over.catalogue.products.get_mut(&product(1)).unwrap();
    sold.access_days = Some(1);
    assert_eq!(over.told(), ["", ""]);
}

#[test]
fn a_blocked_line_is_not_pending() {
    let mut case = Case::new();
    case.blocks.insert((customer(1), course(1)));
    assert_eq!(case.told(), ["", ""]);
}

#[test]
fn a_grant_that_is_about_to_end_is_open_and_not_pending() {
    let mut case = Case::granted();
    case.state.status = OrderStatus::Cancelled;
    assert_eq!(case.told(), ["1 2", ""]);
}

#[test]
fn a_grant_of_somebody_else_leaves_the_line_pending_for_the_owner() {
    let mut case = Case::granted();
    case.kept[0].key.customer = customer(2);
    assert_eq!(case.told(), ["1 2", "1"]);
}

#[test]
fn a_line_has_its_own_title_and_none_when_it_left_the_order() {
    let mut case = Case::granted();
    case.state.lines.remove(0);
    case.kept.remove(1);
    let open = vec![("1".to_owned(), None)];
    let pending = vec![("2".to_owned(), Some("Line 2".to_owned()))];
    assert_eq!(case.named(), [open, pending]);
}
