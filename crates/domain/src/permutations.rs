//! Every scenario of RULES §8 in all orders of its facts (up to 720), each fact in turn coming twice, with a reconciliation
//! after every one: the way never matters, only what is known at its end.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Decision, Grant, Standing, decide};
use crate::catalogue::{Catalogue, Product};
use crate::grant::{Extensions, GrantKey, MappedProduct, Order, Term};
use crate::id::{
    BlockId, ContentId, CourseId, CustomerId, ExternalId, GrantId, OrderId, ProductId,
};
use crate::order::{
    DisputeState, DisputeStatus, OrderHistory, OrderLine, OrderState, OrderStatus, RefundState,
    RefundStatus, Saying, StoreItem, Versioned,
};
use crate::payment::{EndReason, OnAmountRefund, OnDispute, StorePolicy};
use crate::reconcile::{KeptGrant, apply, plan};
use crate::time::Timestamp;

const ADA: u128 = 1;
const EVE: u128 = 2;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + number * 86_400)
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

fn customer(number: u128) -> CustomerId {
    CustomerId::from_parts(day(0), number)
}

/// Something that is known. What administrators do has a day, as what stores say has a version.
#[derive(Clone, Debug)]
enum Fact {
    /// A store says something about an order of that number.
    Says(u128, Saying),
    /// An item stands for a product from that day on.
    Maps(&'static str, u128, i64),
    /// A product is for so many days, or for ever, from that day on.
    Lasts(u128, Option<u32>, i64),
    /// A product has a course.
    Has(u128, u128),
    /// A product is part of a bundle.
    IsPartOf(u128, u128),
    /// The store's settings from that day on.
    Policy(StorePolicy, i64),
    /// An administrator grants a course by hand.
    Grants(u128, u128, i64),
    /// An administrator revokes a course, and so blocks it.
    Revokes(u128, u128, i64),
    /// An administrator lifts the block.
    Lifts(u128, u128, i64),
    /// An administrator extends what an order grants by a product.
    Extends(u128, u128, u128, i64),
}

/// What is known at some point of the way, and the grants kept up to it.
#[derive(Default)]
struct Known {
    orders: BTreeMap<u128, OrderHistory>,
    facts: Vec<Fact>,
    kept: BTreeMap<u128, Vec<KeptGrant>>,
}

impl Known {
    fn learn(&mut self, fact: &Fact) {
        if let Fact::Says(order, saying) = fact {
            self.orders.entry(*order).or_default().learn(saying.clone());
        } else {
            self.facts.push(fact.clone());
        }
        self.reconcile();
    }

    /// Reconciles every order, as it is done after every fact.
    fn reconcile(&mut self) {
        let (catalogue, blocks, policy) = (self.catalogue(), self.blocks(), self.policy());
        for (number, history) in &self.orders {
            let Some(known) = &history.order else {
                continue;
            };
            let (mapping, extensions) = (self.mapping(&known.state), self.extensions(*number));
            let order = Order {
                id: OrderId::from_parts(day(0), *number),
                owner: owner(&known.state),
                history,
                policy,
                mapping: &mapping,
                extensions: &extensions,
            };
            let kept = self.kept.entry(*number).or_default();
            let changes = plan(&order, &catalogue, kept, &blocks);
            apply(kept, changes);
            assert_eq!(
                plan(&order, &catalogue, kept, &blocks),
                [],
                "a second pass has nothing left to do"
            );
        }
    }

    fn catalogue(&self) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let mut since: BTreeMap<u128, i64> = BTreeMap::new();
        for number in 1..=3 {
            let contents = BTreeSet::from([course(number)]);
            let stocked = Product {
                contents,
                ..Product::default()
            };
            catalogue.products.insert(product(number), stocked);
        }
        // Product 4 is an empty bundle.
        catalogue.products.insert(product(4), Product::default());
        for fact in &self.facts {
            match fact {
                Fact::Lasts(number, days, on_day) if since.get(number) <= Some(on_day) => {
                    since.insert(*number, *on_day);
                    let changed = catalogue.products.get_mut(&product(*number)).unwrap();
                    changed.access_days = *days;
                }
                Fact::Has(number, content) => {
                    let changed = catalogue.products.get_mut(&product(*number)).unwrap();
                    changed.contents.insert(course(*content));
                }
                Fact::IsPartOf(part, bundle) => {
                    let changed = catalogue.products.get_mut(&product(*bundle)).unwrap();
                    changed.bundled.insert(product(*part));
                }
                _ => {}
            }
        }
        catalogue
    }

    /// Items "1" to "4" stand for the products of these numbers since ever; others for what a fact says last.
    fn mapping(&self, order: &OrderState) -> BTreeMap<ExternalId, MappedProduct> {
        let mut mapping = BTreeMap::new();
        for line in &order.lines {
            let sku = line.item.sku.clone().unwrap();
            let number = sku.as_str().parse().ok();
            let mut stands_for = number.map(|number| MappedProduct {
                product: product(number),
                mapped_at: day(-100),
            });
            let mut since = -100;
            for fact in &self.facts {
                if let Fact::Maps(item, number, on_day) = fact
                    && *item == sku.as_str()
                    && since <= *on_day
                {
                    since = *on_day;
                    stands_for = Some(MappedProduct {
                        product: product(*number),
                        mapped_at: day(*on_day),
                    });
                }
            }
            mapping.extend(stands_for.map(|product| (line.external_id.clone(), product)));
        }
        mapping
    }

    fn policy(&self) -> StorePolicy {
        let set = self.facts.iter().filter_map(|fact| match fact {
            Fact::Policy(policy, on_day) => Some((on_day, *policy)),
            _ => None,
        });
        set.max_by_key(|(on_day, _)| *on_day)
            .map_or_else(StorePolicy::default, |(_, policy)| policy)
    }

    fn extensions(&self, order: u128) -> Extensions {
        let mut extensions = Extensions::new();
        for fact in &self.facts {
            if let Fact::Extends(of, number, content, until) = fact
                && *of == order
            {
                let end = extensions
                    .entry((product(*number), course(*content)))
                    .or_insert(day(*until));
                *end = day(*until).max(*end);
            }
        }
        extensions
    }

    /// What the administrator last said of a customer and a course, by its day.
    fn last_word(&self, who: u128, content: u128) -> Option<&Fact> {
        let acts = self.facts.iter().filter_map(|fact| match fact {
            Fact::Grants(w, c, on_day)
            | Fact::Revokes(w, c, on_day)
            | Fact::Lifts(w, c, on_day) => ((*w, *c) == (who, content)).then_some((on_day, fact)),
            _ => None,
        });
        let last = acts.max_by_key(|(on_day, _)| *on_day);
        last.map(|(_, fact)| fact)
    }

    fn blocks(&self) -> BTreeSet<(CustomerId, ContentId)> {
        let mut blocks = BTreeSet::new();
        for who in [ADA, EVE] {
            for content in 1..=9 {
                if matches!(self.last_word(who, content), Some(Fact::Revokes(..))) {
                    blocks.insert((customer(who), course(content)));
                }
            }
        }
        blocks
    }

    fn is_open(&self, who: u128, content: u128, on_day: i64) -> bool {
        let key = (customer(who), course(content));
        let of_orders = self
            .kept
            .values()
            .flatten()
            .filter(|grant| (grant.key.customer, grant.key.content) == key);
        let mut grants: Vec<Grant> = of_orders
            .map(|grant| Grant {
                id: grant.id,
                granted_at: grant.term.granted_at,
                expires_at: grant.term.expires_at,
                extended_until: grant.term.extended_until,
                revoked: grant.ended.map(|reason| (day(0), reason)),
            })
            .collect();
        // A later revocation ends a grant by hand for good.
        if let Some(Fact::Grants(_, _, from)) = self.last_word(who, content) {
            grants.push(Grant {
                id: GrantId::from_parts(day(0), 99),
                granted_at: day(*from),
                expires_at: None,
                extended_until: None,
                revoked: None,
            });
        }
        let is_blocked = self.blocks().contains(&key);
        let standing = Standing {
            published_at: Some(day(-100)),
            blocks: is_blocked
                .then(|| BlockId::from_parts(day(0), 1))
                .into_iter()
                .collect(),
            grants,
        };
        matches!(decide(&standing, day(on_day)), Decision::Allowed { .. })
    }

    fn live(&self) -> BTreeMap<GrantKey, Term> {
        let kept = self.kept.values().flatten();
        kept.filter(|grant| grant.ended.is_none())
            .map(|grant| (grant.key.clone(), grant.term))
            .collect()
    }

    fn ended(&self) -> BTreeMap<GrantKey, EndReason> {
        let kept = self.kept.values().flatten();
        kept.filter_map(|grant| Some((grant.key.clone(), grant.ended?)))
            .collect()
    }
}

fn owner(order: &OrderState) -> CustomerId {
    match &order.email {
        Some(email) if email.as_str().starts_with("eve") => customer(EVE),
        Some(_) | None => customer(ADA),
    }
}

/// One scenario: its facts, and who may open which course on which day once all are known.
struct Scenario {
    name: &'static str,
    facts: Vec<Fact>,
    ends: Vec<(u128, u128, i64, bool)>,
}

/// A paid order of that day, one line for each item.
fn order(items: &[&str], on_day: i64) -> OrderState {
    let lines = (1..).zip(items).map(|(number, item)| OrderLine {
        external_id: ext(&number.to_string()),
        item: StoreItem {
            sku: Some(ext(item)),
            ..StoreItem::default()
        },
        title: String::new(),
        quantity: 1,
        returned_quantity: 0,
        period_end: None,
    });
    OrderState {
        status: OrderStatus::Paid,
        is_test: false,
        paid_at: Some(day(on_day)),
        email: Some("ada@example.com".parse().unwrap()),
        external_customer: None,
        currency: "EUR".to_owned(),
        captured_minor: 10_000,
        lines: lines.collect(),
        complete_refunds: None,
        number: None,
    }
}

fn says(number: u128, on_day: i64, state: OrderState) -> Fact {
    Fact::Says(number, Saying::Order(Versioned::new(day(on_day), state)))
}

fn paid(number: u128, items: &[&str]) -> Fact {
    says(number, 0, order(items, 0))
}

fn changed(number: u128, items: &[&str], on_day: i64, change: impl Fn(&mut OrderState)) -> Fact {
    let mut state = order(items, 0);
    change(&mut state);
    says(number, on_day, state)
}

fn refund(
    number: u128,
    id: &str,
    on_day: i64,
    status: RefundStatus,
    amount: i64,
    lines: &[&str],
) -> Fact {
    let state = RefundState {
        status,
        amount_minor: amount,
        is_shipping: false,
        lines: lines.iter().map(|line| (ext(line), 1)).collect(),
    };
    let refund = Versioned::new(day(on_day), state);
    Fact::Says(number, Saying::Refund(ext(id), refund))
}

fn dispute(number: u128, on_day: i64, status: DisputeStatus) -> Fact {
    let dispute = Versioned::new(day(on_day), DisputeState { status });
    Fact::Says(number, Saying::Dispute(ext("d"), dispute))
}

/// Examples 14, 15, 16 and 20 are told where sessions, stores and deliveries are; 2 is every scenario here.
#[expect(clippy::too_many_lines, reason = "a list")]
fn scenarios() -> Vec<Scenario> {
    use RefundStatus::{Failed, Pending, Succeeded};
    let scenario = |name, facts, ends| Scenario { name, facts, ends };
    let of_eve = |state: &mut OrderState| state.email = Some("eve@example.com".parse().unwrap());
    let suspend = StorePolicy::default();
    let keep = StorePolicy {
        on_dispute: OnDispute::Keep,
        ..suspend
    };
    let revoke = StorePolicy {
        on_amount_refund: OnAmountRefund::Revoke,
        ..suspend
    };
    vec![
        scenario(
            "1: a paid order opens its course and no other",
            vec![
                changed(1, &["1"], -2, |order| order.status = OrderStatus::Draft),
                changed(1, &["1"], -1, |order| order.status = OrderStatus::Pending),
                paid(1, &["1"]),
            ],
            vec![(ADA, 1, 0, true), (ADA, 2, 0, false), (EVE, 1, 0, false)],
        ),
        scenario(
            "3: a refund may come before its order",
            vec![
                paid(1, &["1"]),
                refund(1, "r", 1, Pending, 10_000, &["1"]),
                refund(1, "r", 2, Succeeded, 10_000, &["1"]),
            ],
            vec![(ADA, 1, 5, false)],
        ),
        scenario(
            "4: of two orders for one course, one is refunded",
            vec![
                paid(1, &["1"]),
                paid(2, &["1"]),
                refund(1, "r", 1, Succeeded, 10_000, &["1"]),
                changed(1, &["1"], 2, |order| order.status = OrderStatus::Refunded),
                dispute(2, 1, DisputeStatus::Open),
                dispute(2, 3, DisputeStatus::Won),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "5: the textbook is refunded, the course stays",
            vec![
                paid(1, &["1", "2"]),
                refund(1, "r", 1, Succeeded, 3_000, &["2"]),
                changed(1, &["1", "2"], 2, |order| order.captured_minor = 10_000),
            ],
            vec![(ADA, 1, 5, true), (ADA, 2, 5, false)],
        ),
        scenario(
            "6: of two pieces one is refunded",
            vec![
                changed(1, &["1"], 0, |order| order.lines[0].quantity = 2),
                refund(1, "r", 1, Succeeded, 100, &["1"]),
                refund(1, "s", 2, Failed, 100, &["1"]),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "7: goodwill leaves access alone, whatever the store was set to before",
            vec![
                paid(1, &["1"]),
                refund(1, "r", 1, Succeeded, 500, &[]),
                Fact::Policy(revoke, 2),
                Fact::Policy(suspend, 3),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "7: goodwill ends access where the store says so",
            vec![
                paid(1, &["1"]),
                refund(1, "r", 1, Succeeded, 500, &[]),
                Fact::Policy(suspend, 2),
                Fact::Policy(revoke, 3),
            ],
            vec![(ADA, 1, 5, false)],
        ),
        scenario(
            "8: amounts add up to what was captured",
            vec![
                paid(1, &["1"]),
                refund(1, "a", 1, Succeeded, 4_000, &[]),
                refund(1, "b", 2, Succeeded, 4_000, &[]),
                refund(1, "c", 3, Pending, 2_000, &[]),
                refund(1, "c", 4, Succeeded, 2_000, &[]),
            ],
            vec![(ADA, 1, 5, false)],
        ),
        scenario(
            "8: amounts do not add up to what was captured yet",
            vec![
                paid(1, &["1"]),
                refund(1, "a", 1, Succeeded, 4_000, &[]),
                refund(1, "b", 2, Succeeded, 5_999, &[]),
                refund(1, "c", 3, Pending, 1, &[]),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "9: a dispute is won",
            vec![
                paid(1, &["1"]),
                dispute(1, 1, DisputeStatus::Inquiry),
                dispute(1, 2, DisputeStatus::Open),
                dispute(1, 3, DisputeStatus::Won),
                Fact::Policy(keep, 1),
                Fact::Policy(suspend, 2),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "9: a dispute is open",
            vec![
                paid(1, &["1"]),
                dispute(1, 1, DisputeStatus::Inquiry),
                dispute(1, 2, DisputeStatus::Open),
            ],
            vec![(ADA, 1, 5, false)],
        ),
        scenario(
            "10: what an administrator revokes stays revoked",
            vec![
                paid(1, &["1"]),
                changed(1, &["1"], 2, |order| order.captured_minor = 10_001),
                Fact::Grants(ADA, 1, 1),
                Fact::Revokes(ADA, 1, 2),
            ],
            vec![(ADA, 1, 5, false)],
        ),
        scenario(
            "10: a lifted block brings back what is paid, not what was given by hand",
            vec![
                paid(1, &["1"]),
                Fact::Grants(ADA, 1, 1),
                Fact::Grants(ADA, 2, 1),
                Fact::Revokes(ADA, 1, 2),
                Fact::Revokes(ADA, 2, 2),
                Fact::Lifts(ADA, 1, 3),
            ],
            vec![(ADA, 1, 5, true), (ADA, 2, 5, false)],
        ),
        scenario(
            "11: no order ends what was given by hand",
            vec![
                Fact::Grants(ADA, 1, 1),
                paid(1, &["1"]),
                changed(1, &["1"], 2, |order| order.status = OrderStatus::Refunded),
                paid(2, &["2"]),
                changed(2, &["2"], 3, |order| order.status = OrderStatus::Cancelled),
            ],
            vec![(ADA, 1, 5, true), (ADA, 2, 5, false)],
        ),
        scenario(
            "12: a bundle grows",
            vec![
                paid(1, &["4"]),
                Fact::IsPartOf(1, 4),
                Fact::IsPartOf(2, 4),
                Fact::Has(2, 9),
                refund(1, "r", 1, Failed, 10_000, &["1"]),
            ],
            vec![
                (ADA, 1, 40, true),
                (ADA, 2, 40, true),
                (ADA, 9, 40, true),
                (ADA, 3, 40, false),
            ],
        ),
        scenario(
            "13: two terms of thirty days",
            vec![
                paid(1, &["1"]),
                says(2, 20, order(&["1"], 20)),
                Fact::Lasts(1, None, -2),
                Fact::Lasts(1, Some(30), -1),
            ],
            vec![(ADA, 1, 31, true), (ADA, 1, 49, true), (ADA, 1, 50, false)],
        ),
        scenario(
            "17: an item is mapped two weeks later",
            vec![
                paid(1, &["later"]),
                Fact::Maps("later", 1, 14),
                Fact::Lasts(1, Some(7), -1),
                changed(1, &["later"], 1, |order| order.captured_minor = 9_999),
            ],
            vec![(ADA, 1, 13, false), (ADA, 1, 20, true), (ADA, 1, 21, false)],
        ),
        scenario(
            "18: thirty days become a lifetime",
            vec![
                paid(1, &["1"]),
                Fact::Lasts(1, Some(30), 1),
                Fact::Lasts(1, None, 2),
                Fact::Extends(1, 1, 1, 60),
            ],
            vec![(ADA, 1, 4_000, true)],
        ),
        scenario(
            "19: a refund fails",
            vec![
                paid(1, &["1"]),
                refund(1, "r", 1, Pending, 10_000, &["1"]),
                refund(1, "r", 2, Failed, 10_000, &["1"]),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "1.2: a refund is missing from a newer complete list",
            vec![
                paid(1, &["1"]),
                refund(1, "r", 1, Succeeded, 10_000, &["1"]),
                changed(1, &["1"], 2, |order| {
                    order.complete_refunds = Some(BTreeSet::new());
                }),
            ],
            vec![(ADA, 1, 5, true)],
        ),
        scenario(
            "21: an order changes hands and comes back",
            vec![
                paid(1, &["1"]),
                changed(1, &["1"], 1, of_eve),
                changed(1, &["1"], 2, |_| {}),
                paid(2, &["2"]),
                changed(2, &["2"], 1, of_eve),
            ],
            vec![
                (ADA, 1, 5, true),
                (EVE, 1, 5, false),
                (ADA, 2, 5, false),
                (EVE, 2, 5, true),
            ],
        ),
        scenario(
            "22: a subscription is cancelled, and the paid period runs out",
            vec![
                changed(1, &["1"], 0, |order| {
                    order.lines[0].period_end = Some(day(30));
                }),
                changed(2, &["1"], 1, |order| {
                    order.lines[0].period_end = Some(day(60));
                    order.status = OrderStatus::Pending;
                }),
                changed(2, &["1"], 2, |order| {
                    order.lines[0].period_end = Some(day(60));
                    order.status = OrderStatus::Cancelled;
                }),
            ],
            vec![(ADA, 1, 32, true), (ADA, 1, 33, false)],
        ),
        scenario(
            "4.3: an extension lengthens and never revives",
            vec![
                paid(1, &["1", "2"]),
                Fact::Lasts(1, Some(30), 1),
                Fact::Lasts(2, Some(30), 1),
                Fact::Extends(1, 1, 1, 40),
                Fact::Extends(1, 2, 2, 40),
                refund(1, "r", 3, Succeeded, 3_000, &["2"]),
            ],
            vec![(ADA, 1, 39, true), (ADA, 1, 40, false), (ADA, 2, 5, false)],
        ),
    ]
}

/// Lists every order of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new()];
    for number in 0..count {
        let longer = found.iter().flat_map(|order: &Vec<usize>| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, number);
                longer
            })
        });
        found = longer.collect();
    }
    found
}

fn told<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Known {
    let mut known = Known::default();
    for fact in facts {
        known.learn(fact);
    }
    known
}

#[test]
fn six_facts_have_720_orders() {
    let all: BTreeSet<Vec<usize>> = orders(6).into_iter().collect();
    assert_eq!(all.len(), 720);
}

#[test]
fn every_scenario_ends_alike_in_all_orders_and_whatever_comes_twice() {
    for scenario in scenarios() {
        let facts = &scenario.facts;
        assert!(facts.len() <= 6, "{}", scenario.name);
        let first = told(facts);
        let mut reasons: BTreeMap<GrantKey, EndReason> = BTreeMap::new();
        for order in orders(facts.len()) {
            let again = std::iter::once(None).chain(order.iter().map(Some));
            for again in again {
                let way: Vec<usize> = order.iter().chain(again).copied().collect();
                let known = told(way.iter().map(|place| &facts[*place]));
                let at = || format!("{}, by the way {way:?}", scenario.name);
                assert_eq!(known.live(), first.live(), "{}", at());
                for (key, reason) in known.ended() {
                    let same = reasons.entry(key).or_insert(reason);
                    assert_eq!(*same, reason, "{}", at());
                }
                for (who, content, on_day, is_open) in &scenario.ends {
                    let found = known.is_open(*who, *content, *on_day);
                    assert_eq!(
                        found,
                        *is_open,
                        "course {content} for {who} on day {on_day}: {}",
                        at()
                    );
                }
            }
        }
    }
}
