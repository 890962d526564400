//! The examples of RULES §8 that orders alone can tell, by number. Those that need a database, a session or an
//! administrator are told by the use cases' tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Decision, Grant, Standing, decide};
use crate::catalogue::{Catalogue, Product};
use crate::grant::{Extensions, GrantKey, MappedProduct, Order, Term, derive};
use crate::id::{ContentId, CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, ProductId};
use crate::order::{
    DisputeState, DisputeStatus, OrderHistory, OrderLine, OrderState, OrderStatus, RefundState,
    RefundStatus, Saying, StoreItem, Versioned,
};
use crate::payment::{EndReason, OnAmountRefund, OnDispute, StorePolicy};
use crate::reconcile::{Change, KeptGrant, apply, plan};
use crate::time::Timestamp;

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + number * DAY)
}

fn ext(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn product(number: u128) -> ProductId {
    ProductId::from_parts(day(0), number)
}

fn course(number: u128) -> ContentId {
    ContentId::Course(CourseId::from_parts(day(0), number))
}

fn file(number: u128) -> ContentId {
    ContentId::File(FileId::from_parts(day(0), number))
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_parts(day(0), number)
}

fn order_id(number: u128) -> OrderId {
    OrderId::from_parts(day(0), number)
}

/// A shop with one order: product 1 is a course, product 2 a textbook, product 3 a bundle of both.
struct Shop {
    id: OrderId,
    owner: CustomerId,
    history: OrderHistory,
    policy: StorePolicy,
    mapping: BTreeMap<ExternalId, MappedProduct>,
    extensions: Extensions,
    catalogue: Catalogue,
}

impl Shop {
    fn new() -> Self {
        let mut catalogue = Catalogue::default();
        let with = |content| Product {
            contents: BTreeSet::from([content]),
            ..Product::default()
        };
        catalogue.products.insert(product(1), with(course(1)));
        catalogue.products.insert(product(2), with(file(2)));
        let bundled = BTreeSet::from([product(1), product(2)]);
        catalogue.products.insert(
            product(3),
            Product {
                bundled,
                ..Product::default()
            },
        );
        Self {
            id: order_id(1),
            owner: customer(1),
            history: OrderHistory::default(),
            policy: StorePolicy::default(),
            mapping: BTreeMap::new(),
            extensions: Extensions::new(),
            catalogue,
        }
    }

    /// A paid order of day 0 with one line for each product number, lines "1", "2", …
    fn with_paid(products: &[u128]) -> Self {
        let mut shop = Self::new();
        let lines = (1..).zip(products).map(|(line, number)| {
            let id = ext(&line.to_string());
            let mapped = MappedProduct {
                product: product(*number),
                mapped_at: day(-100),
            };
            shop.mapping.insert(id.clone(), mapped);
            a_line(&id)
        });
        let state = OrderState {
            lines: lines.collect(),
            ..paid_order()
        };
        shop.order_is(0, state);
        shop
    }

    fn order_is(&mut self, on_day: i64, state: OrderState) {
        self.history
            .learn(Saying::Order(Versioned::new(day(on_day), state)));
    }

    fn change(&mut self, on_day: i64, change: impl FnOnce(&mut OrderState)) {
        let mut state = self.history.order.clone().unwrap().state;
        change(&mut state);
        self.order_is(on_day, state);
    }

    fn refund(&mut self, id: &str, on_day: i64, status: RefundStatus, amount: i64, lines: &[&str]) {
        let lines = lines.iter().map(|line| (ext(line), 1)).collect();
        let state = RefundState {
            status,
            amount_minor: amount,
            is_shipping: false,
            lines,
        };
        self.history
            .learn(Saying::Refund(ext(id), Versioned::new(day(on_day), state)));
    }

    fn dispute(&mut self, on_day: i64, status: DisputeStatus) {
        let dispute = Versioned::new(day(on_day), DisputeState { status });
        self.history.learn(Saying::Dispute(ext("d"), dispute));
    }

    fn order(&self) -> Order<'_> {
        Order {
            id: self.id,
            owner: self.owner,
            history: &self.history,
            policy: self.policy,
            mapping: &self.mapping,
            extensions: &self.extensions,
        }
    }

    fn grants(&self) -> BTreeMap<GrantKey, Term> {
        derive(&self.order(), &self.catalogue)
    }

    fn contents(&self) -> BTreeSet<ContentId> {
        self.grants().into_keys().map(|key| key.content).collect()
    }

    fn plan(&self, kept: &[KeptGrant]) -> Vec<Change> {
        plan(&self.order(), &self.catalogue, kept, &BTreeSet::new())
    }
}

fn paid_order() -> OrderState {
    OrderState {
        status: OrderStatus::Paid,
        is_test: false,
        paid_at: Some(day(0)),
        email: None,
        external_customer: None,
        currency: "EUR".to_owned(),
        captured_minor: 10_000,
        lines: Vec::new(),
        complete_refunds: None,
        number: None,
    }
}

fn a_line(id: &ExternalId) -> OrderLine {
    OrderLine {
        external_id: id.clone(),
        item: StoreItem::default(),
        title: "a thing".to_owned(),
        quantity: 1,
        returned_quantity: 0,
        period_end: None,
    }
}

fn reconcile(shop: &Shop, kept: &mut Vec<KeptGrant>) {
    let changes = shop.plan(kept);
    apply(kept, changes);
    assert_eq!(shop.plan(kept), [], "a second pass has nothing left to do");
}

#[test]
fn example_1_a_paid_order_gives_access() {
    assert_eq!(
        Shop::with_paid(&[1]).contents(),
        BTreeSet::from([course(1)])
    );
}

#[test]
fn example_2_the_same_delivery_a_hundred_times_is_one_grant() {
    let mut shop = Shop::with_paid(&[1]);
    let same = shop.history.order.clone().unwrap();
    let mut kept = Vec::new();
    for _ in 0..100 {
        shop.history.learn(Saying::Order(same.clone()));
        reconcile(&shop, &mut kept);
    }
    assert_eq!(kept.len(), 1);
}

#[test]
fn example_3_a_refund_that_arrives_before_its_order_counts() {
    let mut shop = Shop::new();
    shop.refund("r", 1, RefundStatus::Succeeded, 10_000, &["1"]);
    assert!(shop.contents().is_empty());
    let bought = Shop::with_paid(&[1]);
    shop.mapping = bought.mapping;
    shop.history
        .learn(Saying::Order(bought.history.order.unwrap()));
    assert!(shop.contents().is_empty());
}

#[test]
fn example_4_refunding_one_order_leaves_the_grant_of_another() {
    let (mut a, mut b) = (Shop::with_paid(&[1]), Shop::with_paid(&[1]));
    (a.id, b.id) = (order_id(1), order_id(2));
    a.refund("r", 1, RefundStatus::Succeeded, 10_000, &["1"]);
    assert!(a.contents().is_empty());
    assert_eq!(b.contents(), BTreeSet::from([course(1)]));
}

#[test]
fn example_5_refunding_the_textbook_leaves_the_course() {
    let mut shop = Shop::with_paid(&[1, 2]);
    shop.refund("r", 1, RefundStatus::Succeeded, 3_000, &["2"]);
    assert_eq!(shop.contents(), BTreeSet::from([course(1)]));
}

#[test]
fn example_6_one_of_two_refunded_leaves_access() {
    let mut shop = Shop::with_paid(&[1]);
    shop.change(1, |order| order.lines[0].quantity = 2);
    shop.refund("r1", 2, RefundStatus::Succeeded, 100, &["1"]);
    assert_eq!(shop.contents().len(), 1);
    shop.refund("r2", 3, RefundStatus::Succeeded, 100, &["1"]);
    assert!(shop.contents().is_empty());
}

#[test]
fn example_7_a_goodwill_refund_leaves_access() {
    let mut shop = Shop::with_paid(&[1]);
    shop.refund("r", 1, RefundStatus::Succeeded, 500, &[]);
    assert_eq!(shop.contents().len(), 1);
    shop.policy.on_amount_refund = OnAmountRefund::Revoke;
    assert!(
        shop.contents().is_empty(),
        "unless the store says otherwise"
    );
}

#[test]
fn a_store_that_ends_access_by_any_amount_leaves_other_refunds_to_their_lines() {
    let mut shop = Shop::with_paid(&[1]);
    shop.policy.on_amount_refund = OnAmountRefund::Revoke;
    let postage = RefundState {
        status: RefundStatus::Succeeded,
        amount_minor: 500,
        is_shipping: true,
        lines: BTreeMap::new(),
    };
    let postage = Versioned::new(day(1), postage);
    shop.history.learn(Saying::Refund(ext("p"), postage));
    shop.change(1, |order| order.lines[0].quantity = 2);
    shop.refund("one", 2, RefundStatus::Succeeded, 500, &["1"]);
    assert_eq!(shop.contents().len(), 1);
}

#[test]
fn example_8_amount_refunds_end_access_with_the_last_one() {
    let mut shop = Shop::with_paid(&[1]);
    shop.refund("r1", 1, RefundStatus::Succeeded, 6_000, &[]);
    assert_eq!(shop.contents().len(), 1);
    shop.refund("r2", 2, RefundStatus::Succeeded, 4_000, &[]);
    assert!(shop.contents().is_empty());
}

#[test]
fn example_9_a_dispute_suspends_and_a_won_one_restores_the_same_grant() {
    let mut shop = Shop::with_paid(&[1]);
    let mut kept = Vec::new();
    reconcile(&shop, &mut kept);
    shop.dispute(1, DisputeStatus::Inquiry);
    reconcile(&shop, &mut kept);
    assert_eq!(kept[0].ended, None, "an inquiry is no dispute");
    shop.dispute(2, DisputeStatus::Open);
    reconcile(&shop, &mut kept);
    assert_eq!(kept[0].ended, Some(EndReason::Disputed));
    shop.dispute(3, DisputeStatus::Won);
    reconcile(&shop, &mut kept);
    assert_eq!((kept.len(), kept[0].ended), (1, None));
    shop.policy.on_dispute = OnDispute::Keep;
    shop.dispute(4, DisputeStatus::Lost);
    reconcile(&shop, &mut kept);
    assert_eq!(kept[0].ended, Some(EndReason::Disputed));
}

#[test]
fn example_10_a_block_outlives_a_resent_order_and_lifting_it_restores() {
    let shop = Shop::with_paid(&[1]);
    let block = BTreeSet::from([(customer(1), course(1))]);
    let mut kept = Vec::new();
    let changes = plan(&shop.order(), &shop.catalogue, &kept, &block);
    apply(&mut kept, changes);
    assert_eq!(kept[0].ended, Some(EndReason::Blocked));
    assert_eq!(plan(&shop.order(), &shop.catalogue, &kept, &block), []);
    reconcile(&shop, &mut kept);
    assert_eq!(kept[0].ended, None);
}

#[test]
fn example_12_a_course_added_to_a_bundle_reaches_its_buyers_and_one_taken_out_leaves_them() {
    let mut shop = Shop::with_paid(&[3]);
    let mut kept = Vec::new();
    reconcile(&shop, &mut kept);
    assert_eq!(shop.contents(), BTreeSet::from([course(1), file(2)]));
    shop.catalogue
        .products
        .get_mut(&product(3))
        .unwrap()
        .contents
        .insert(course(9));
    assert_eq!(shop.contents().len(), 3);
    shop.catalogue
        .products
        .get_mut(&product(3))
        .unwrap()
        .bundled
        .remove(&product(2));
    reconcile(&shop, &mut kept);
    let textbook = kept
        .iter()
        .find(|grant| grant.key.content == file(2))
        .unwrap();
    assert_eq!(textbook.ended, Some(EndReason::ContentRemoved));
}

#[test]
fn example_13_two_terms_of_thirty_days_end_with_the_second() {
    let mut first = Shop::with_paid(&[1]);
    first
        .catalogue
        .products
        .get_mut(&product(1))
        .unwrap()
        .access_days = Some(30);
    let mut second = Shop::with_paid(&[1]);
    second.catalogue = first.catalogue.clone();
    second.change(1, |order| order.paid_at = Some(day(20)));
    let terms = [first.grants(), second.grants()].into_iter().flatten();
    let grants = (1..).zip(terms).map(|(number, (_, term))| Grant {
        id: GrantId::from_parts(day(0), number),
        granted_at: term.granted_at,
        expires_at: term.expires_at,
        extended_until: None,
        revoked: None,
    });
    let standing = Standing {
        published_at: Some(day(-1)),
        blocks: Vec::new(),
        grants: grants.collect(),
    };
    let end = day(50);
    assert!(
        matches!(decide(&standing, day(25)), Decision::Allowed { until: Some(u), by } if u == end && by.len() == 2)
    );
    assert!(
        matches!(decide(&standing, day(49)), Decision::Allowed { until: Some(u), by } if u == end && by.len() == 1)
    );
    assert!(matches!(decide(&standing, end), Decision::Refused(_)));
}

#[test]
fn example_15_a_test_order_counts_only_where_the_store_says_so() {
    let mut shop = Shop::with_paid(&[1]);
    shop.change(1, |order| order.is_test = true);
    assert!(shop.contents().is_empty());
    shop.policy.accept_test_orders = true;
    assert_eq!(shop.contents().len(), 1);
}

#[test]
fn example_17_an_item_mapped_later_grants_from_the_mapping() {
    let mut shop = Shop::with_paid(&[1]);
    shop.catalogue
        .products
        .get_mut(&product(1))
        .unwrap()
        .access_days = Some(7);
    let mapped = shop.mapping.remove(&ext("1")).unwrap();
    assert!(shop.contents().is_empty());
    shop.mapping.insert(
        ext("1"),
        MappedProduct {
            mapped_at: day(14),
            ..mapped
        },
    );
    let term = *shop.grants().values().next().unwrap();
    assert_eq!(
        term,
        Term {
            granted_at: day(14),
            expires_at: Some(day(21)),
            extended_until: None,
        }
    );
}

#[test]
fn example_18_a_product_made_lifelong_adjusts_its_grants() {
    let mut shop = Shop::with_paid(&[1]);
    shop.catalogue
        .products
        .get_mut(&product(1))
        .unwrap()
        .access_days = Some(30);
    let mut kept = Vec::new();
    reconcile(&shop, &mut kept);
    shop.catalogue
        .products
        .get_mut(&product(1))
        .unwrap()
        .access_days = None;
    reconcile(&shop, &mut kept);
    assert_eq!((kept.len(), kept[0].term.expires_at), (1, None));
}

#[test]
fn example_19_a_refund_that_fails_never_ended_access() {
    let mut shop = Shop::with_paid(&[1]);
    for status in [RefundStatus::Pending, RefundStatus::Failed] {
        shop.refund("r", 1, status, 10_000, &["1"]);
        assert_eq!(shop.contents().len(), 1);
    }
}

#[test]
fn a_refund_missing_from_a_newer_complete_list_is_gone() {
    let mut shop = Shop::with_paid(&[1]);
    shop.refund("r", 1, RefundStatus::Succeeded, 10_000, &["1"]);
    assert!(shop.contents().is_empty());
    shop.change(2, |order| order.complete_refunds = Some(BTreeSet::new()));
    assert_eq!(shop.contents().len(), 1);
}

#[test]
fn example_21_an_order_that_changes_hands_takes_its_grants_along_and_back() {
    let mut shop = Shop::with_paid(&[1]);
    let mut kept = Vec::new();
    reconcile(&shop, &mut kept);
    shop.owner = customer(2);
    reconcile(&shop, &mut kept);
    let ends: Vec<_> = kept
        .iter()
        .map(|grant| (grant.key.customer, grant.ended))
        .collect();
    assert_eq!(
        ends,
        [
            (customer(1), Some(EndReason::OwnerChanged)),
            (customer(2), None)
        ]
    );
    shop.owner = customer(1);
    reconcile(&shop, &mut kept);
    assert_eq!(
        (kept.len(), kept[0].ended),
        (2, None),
        "the first grant is live again"
    );
}

#[test]
fn example_22_a_subscription_runs_out_after_its_paid_period_and_grace() {
    let mut shop = Shop::with_paid(&[1]);
    shop.change(1, |order| order.lines[0].period_end = Some(day(30)));
    let term = *shop.grants().values().next().unwrap();
    assert_eq!(term.expires_at, Some(day(33)));
}

#[test]
fn what_is_not_paid_grants_nothing_and_says_why() {
    let reasons = [
        (OrderStatus::Draft, EndReason::Unpaid),
        (OrderStatus::Pending, EndReason::Unpaid),
        (OrderStatus::Authorised, EndReason::Unpaid),
        (OrderStatus::OnHold, EndReason::Unpaid),
        (OrderStatus::PartiallyPaid, EndReason::Unpaid),
        (OrderStatus::Failed, EndReason::Unpaid),
        (OrderStatus::Refunded, EndReason::Refunded),
        (OrderStatus::Cancelled, EndReason::Cancelled),
        (OrderStatus::Deleted, EndReason::OrderDeleted),
    ];
    for (status, reason) in reasons {
        let mut shop = Shop::with_paid(&[1]);
        let mut kept = Vec::new();
        reconcile(&shop, &mut kept);
        shop.change(1, |order| order.status = status);
        reconcile(&shop, &mut kept);
        assert_eq!(kept[0].ended, Some(reason), "{status:?}");
    }
}

#[test]
fn a_line_taken_out_of_the_order_ends_its_grant() {
    let mut shop = Shop::with_paid(&[1, 2]);
    let mut kept = Vec::new();
    reconcile(&shop, &mut kept);
    shop.change(1, |order| order.lines.truncate(1));
    reconcile(&shop, &mut kept);
    let ended: Vec<_> = kept.iter().filter_map(|grant| grant.ended).collect();
    assert_eq!(ended, [EndReason::LineRemoved]);
}

#[test]
fn a_free_order_that_is_paid_grants_and_is_not_refunded_in_full() {
    let mut shop = Shop::with_paid(&[1]);
    shop.change(1, |order| order.captured_minor = 0);
    shop.refund("r", 2, RefundStatus::Succeeded, 0, &[]);
    assert_eq!(shop.contents().len(), 1);
}

#[test]
fn a_bundle_that_would_contain_itself_is_noticed_and_survived() {
    let mut shop = Shop::with_paid(&[3]);
    assert!(shop.catalogue.would_contain_itself(product(1), product(3)));
    assert!(!shop.catalogue.would_contain_itself(product(3), product(1)));
    shop.catalogue
        .products
        .get_mut(&product(1))
        .unwrap()
        .bundled
        .insert(product(3));
    assert_eq!(shop.contents().len(), 2);
}

#[test]
fn an_extension_is_for_its_product_and_content_alone() {
    let mut shop = Shop::with_paid(&[1, 2]);
    let bought = shop.grants();
    let key = bought.keys().next().unwrap().clone();
    let product = shop.mapping[&key.line].product;
    let other = shop
        .mapping
        .values()
        .find(|mapped| mapped.product != product);
    shop.extensions.insert((product, key.content), day(99));
    shop.extensions
        .insert((other.unwrap().product, key.content), day(77));
    for (found, term) in shop.grants() {
        let expected = (found == key).then(|| day(99));
        assert_eq!(term.extended_until, expected);
    }
}
