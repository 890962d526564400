//! What must hold of any facts: order and repetition do not matter, and one reconciliation is enough.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::catalogue::{Catalogue, Product};
use crate::grant::{Extensions, MappedProduct, Order, derive};
use crate::id::{ContentId, CourseId, CustomerId, ExternalId, OrderId, ProductId};
use crate::order::{
    DisputeState, DisputeStatus, OrderHistory, OrderLine, OrderState, OrderStatus, RefundState,
    RefundStatus, Saying, StoreItem, Versioned,
};
use crate::payment::StorePolicy;
use crate::reconcile::{KeptGrant, apply, plan};
use crate::time::Timestamp;

fn ext(number: u8) -> ExternalId {
    number.to_string().parse().unwrap()
}

fn product(number: u8) -> ProductId {
    ProductId::from_parts(Timestamp::default(), u128::from(number))
}

fn a_line() -> impl Strategy<Value = OrderLine> {
    (0_u8..3, 0_u32..3, 0_u32..2).prop_map(|(id, quantity, returned_quantity)| OrderLine {
        external_id: ext(id),
        item: StoreItem::default(),
        title: String::new(),
        quantity,
        returned_quantity,
        period_end: None,
    })
}

fn an_order() -> impl Strategy<Value = Saying> {
    let status = prop::sample::select(vec![
        OrderStatus::Draft,
        OrderStatus::Pending,
        OrderStatus::Paid,
        OrderStatus::Paid,
        OrderStatus::Refunded,
        OrderStatus::Cancelled,
        OrderStatus::Deleted,
    ]);
    let lines = prop::collection::vec(a_line(), 0..3);
    let listed = prop::option::of(prop::collection::btree_set(0_u8..3, 0..3));
    (0_i64..5, status, lines, listed).prop_map(|(at, status, lines, listed)| {
        let state = OrderState {
            status,
            is_test: false,
            paid_at: Some(Timestamp::from_seconds(1)),
            email: None,
            external_customer: None,
            currency: "EUR".to_owned(),
            captured_minor: 1_000,
            lines,
            complete_refunds: listed.map(|ids| ids.into_iter().map(ext).collect()),
            number: None,
        };
        Saying::Order(Versioned::new(Timestamp::from_seconds(at), state))
    })
}

fn a_refund() -> impl Strategy<Value = Saying> {
    let status = prop::sample::select(vec![
        RefundStatus::Pending,
        RefundStatus::Succeeded,
        RefundStatus::Failed,
    ]);
    let lines = prop::collection::btree_map((0_u8..3).prop_map(ext), 0_u32..3, 0..2);
    (0_u8..3, 0_i64..5, status, 0_i64..1_200, lines).prop_map(
        |(id, at, status, amount_minor, lines)| {
            let state = RefundState {
                status,
                amount_minor,
                is_shipping: false,
                lines,
            };
            Saying::Refund(ext(id), Versioned::new(Timestamp::from_seconds(at), state))
        },
    )
}

fn a_dispute() -> impl Strategy<Value = Saying> {
    let status = prop::sample::select(vec![
        DisputeStatus::Inquiry,
        DisputeStatus::Open,
        DisputeStatus::Won,
        DisputeStatus::Lost,
    ]);
    (0_u8..2, 0_i64..5, status).prop_map(|(id, at, status)| {
        let state = DisputeState { status };
        Saying::Dispute(ext(id), Versioned::new(Timestamp::from_seconds(at), state))
    })
}

fn sayings() -> impl Strategy<Value = Vec<Saying>> {
    prop::collection::vec(
        prop_oneof![an_order(), an_order(), a_refund(), a_dispute()],
        1..12,
    )
}

/// The same sayings, shuffled, some of them repeated.
fn sayings_retold() -> impl Strategy<Value = (Vec<Saying>, Vec<Saying>)> {
    sayings().prop_flat_map(|told| {
        let repeats = prop::collection::vec(prop::sample::select(told.clone()), 0..6);
        let again = repeats.prop_map({
            let told = told.clone();
            move |repeats| [told.clone(), repeats].concat()
        });
        (Just(told), again.prop_shuffle())
    })
}

fn learn(sayings: &[Saying]) -> OrderHistory {
    let mut history = OrderHistory::default();
    sayings
        .iter()
        .cloned()
        .for_each(|saying| history.learn(saying));
    history
}

fn shop() -> (BTreeMap<ExternalId, MappedProduct>, Catalogue) {
    let mapped = |number| MappedProduct {
        product: product(number),
        mapped_at: Timestamp::default(),
    };
    let mapping = (0..3).map(|number| (ext(number), mapped(number))).collect();
    let with = |number: u8| {
        let course = CourseId::from_parts(Timestamp::default(), u128::from(number));
        let contents = BTreeSet::from([ContentId::Course(course)]);
        (
            product(number),
            Product {
                contents,
                ..Product::default()
            },
        )
    };
    (
        mapping,
        Catalogue {
            products: (0..3).map(with).collect(),
        },
    )
}

fn with_order<T>(history: &OrderHistory, judge: impl FnOnce(&Order<'_>, &Catalogue) -> T) -> T {
    let (mapping, catalogue) = shop();
    let order = Order {
        id: OrderId::from_parts(Timestamp::default(), 1),
        owner: CustomerId::from_parts(Timestamp::default(), 1),
        history,
        policy: StorePolicy::default(),
        mapping: &mapping,
        extensions: &Extensions::new(),
    };
    judge(&order, &catalogue)
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter((told, retold) in sayings_retold()) {
        let (first, second) = (learn(&told), learn(&retold));
        prop_assert_eq!(&first, &second);
        let grants = |history: &OrderHistory| with_order(history, derive);
        prop_assert_eq!(grants(&first), grants(&second));
    }

    #[test]
    fn the_live_grants_are_the_deserved_ones_whatever_happened_in_between(told in sayings()) {
        let mut kept: Vec<KeptGrant> = Vec::new();
        for step in 1..=told.len() {
            let history = learn(&told[..step]);
            let (deserved, rest) = with_order(&history, |order, catalogue| {
                let changes = plan(order, catalogue, &kept, &BTreeSet::new());
                apply(&mut kept, changes);
                (derive(order, catalogue), plan(order, catalogue, &kept, &BTreeSet::new()))
            });
            let live: BTreeMap<_, _> = kept
                .iter()
                .filter(|grant| grant.ended.is_none())
                .map(|grant| (grant.key.clone(), grant.term))
                .collect();
            prop_assert_eq!(live, deserved);
            prop_assert!(rest.is_empty(), "a second pass has nothing left to do");
        }
    }
}
