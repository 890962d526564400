//! The scenarios of RULES §8 in the words of histories. They hold the model itself to the table; and a hundred by chance, in
//! another order and with a delivery doubled, are played on each engine.

use crate::facts::{
    DAY, Dispute, DisputeStatus, History, Line, Person, Refund, RefundStatus, Seconds, Status,
    Step, Told, World,
};
use crate::model::{Model, Until};
use crate::random::Dice;

const ADA: Person = Person::Email("ada");
const EVE: Person = Person::Email("eve+shop");
const EVER: Option<Until> = Some(None);

/// One scenario: its steps, and until when what is open to whom at the end, if it is.
struct Scenario {
    name: &'static str,
    steps: Vec<Step>,
    ends: Vec<(Person, usize, Option<Until>)>,
}

/// Product 0 to 5 have the contents 0 to 5; items 0 to 3 stand for the products of their numbers. Product 3 is for 30 days.
fn world() -> World {
    World {
        access_days: vec![None, None, None, Some(30), Some(7), None],
        homes: (0..6).collect(),
        is_published: vec![true; 6],
        mapped: (0..4).map(|item| (0, item, item)).collect(),
        bundled: Vec::new(),
    }
}

/// A paid order of that second, one line for each item.
fn paid(order: usize, items: &[usize], at: Seconds) -> Told {
    let lines = (1..).zip(items).map(|(id, item)| Line {
        id,
        item: *item,
        quantity: 1,
        returned: 0,
        period_end: None,
    });
    Told {
        store: 0,
        order,
        at,
        status: Status::Paid,
        is_test: false,
        paid_at: Some(at),
        captured: 9_000,
        account: None,
        email: Some(0),
        lines: lines.collect(),
        refunds: None,
        disputes: Vec::new(),
    }
}

/// The same order later, otherwise.
fn later(mut told: Told, at: Seconds, change: impl FnOnce(&mut Told)) -> Step {
    told.at = at;
    change(&mut told);
    Step::Deliver(told)
}

fn refund(id: usize, status: RefundStatus, amount: i64, lines: &[(usize, i64)]) -> Refund {
    Refund {
        id,
        status,
        amount,
        is_shipping: false,
        lines: lines.to_vec(),
    }
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn scenarios() -> Vec<Scenario> {
    use RefundStatus::{Failed, Pending, Succeeded};
    let start = -10 * DAY;
    let next = start + 1;
    let order = |items: &[usize]| paid(0, items, start);
    let first = |items: &[usize]| Step::Deliver(order(items));
    let scenario = |name, steps, ends| Scenario { name, steps, ends };
    let disputed = |at, status| {
        later(order(&[0]), at, |told| {
            told.disputes.push(Dispute { id: 1, status });
        })
    };
    let refunded = |items: &[usize], at, refunds: Vec<Refund>| {
        later(order(items), at, |told| told.refunds = Some(refunds))
    };
    vec![
        scenario(
            "1 and 2",
            vec![first(&[0])],
            vec![(ADA, 0, EVER), (ADA, 1, None), (EVE, 0, None)],
        ),
        scenario(
            "3",
            vec![
                refunded(&[0], next, vec![refund(1, Succeeded, 9_000, &[(1, 1)])]),
                first(&[0]),
            ],
            vec![(ADA, 0, None)],
        ),
        scenario(
            "4",
            vec![
                first(&[0]),
                Step::Deliver(paid(1, &[0], start)),
                later(order(&[0]), next, |told| told.status = Status::Refunded),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "5",
            vec![
                first(&[0, 1]),
                refunded(&[0, 1], next, vec![refund(1, Succeeded, 3_000, &[(2, 1)])]),
            ],
            vec![(ADA, 0, EVER), (ADA, 1, None)],
        ),
        scenario(
            "6",
            vec![
                later(order(&[0]), start, |told| told.lines[0].quantity = 2),
                later(order(&[0]), next, |told| {
                    told.lines[0].quantity = 2;
                    told.refunds = Some(vec![refund(1, Succeeded, 100, &[(1, 1)])]);
                }),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "7",
            vec![
                first(&[0]),
                refunded(&[0], next, vec![refund(1, Succeeded, 500, &[])]),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "8, before the last",
            vec![
                first(&[0]),
                refunded(&[0], next, vec![refund(1, Succeeded, 8_999, &[])]),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "8",
            vec![
                first(&[0]),
                refunded(&[0], next, vec![refund(1, Succeeded, 4_500, &[])]),
                refunded(
                    &[0],
                    next + 1,
                    vec![
                        refund(1, Succeeded, 4_500, &[]),
                        refund(2, Succeeded, 4_500, &[]),
                    ],
                ),
            ],
            vec![(ADA, 0, None)],
        ),
        scenario(
            "9, suspended",
            vec![first(&[0]), disputed(next, DisputeStatus::Open)],
            vec![(ADA, 0, None)],
        ),
        scenario(
            "9",
            vec![
                first(&[0]),
                disputed(next, DisputeStatus::Inquiry),
                disputed(next + 1, DisputeStatus::Open),
                disputed(next + 2, DisputeStatus::Won),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "10",
            vec![
                // An earlier grant, so that she is known whatever comes first.
                Step::Grant {
                    person: ADA,
                    content: 2,
                    until: None,
                },
                first(&[0]),
                Step::Revoke {
                    person: ADA,
                    content: 0,
                },
                later(order(&[0]), next, |_| {}),
            ],
            vec![(ADA, 0, None), (ADA, 2, EVER)],
        ),
        scenario(
            "10, lifted",
            vec![
                Step::Grant {
                    person: ADA,
                    content: 0,
                    until: None,
                },
                Step::Grant {
                    person: ADA,
                    content: 1,
                    until: None,
                },
                first(&[0]),
                Step::Revoke {
                    person: ADA,
                    content: 0,
                },
                Step::Revoke {
                    person: ADA,
                    content: 1,
                },
                Step::Lift {
                    person: ADA,
                    content: 0,
                },
            ],
            vec![(ADA, 0, EVER), (ADA, 1, None)],
        ),
        scenario(
            "11",
            vec![
                Step::Grant {
                    person: ADA,
                    content: 0,
                    until: None,
                },
                first(&[0]),
                later(order(&[0]), next, |told| told.status = Status::Refunded),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "12",
            vec![
                first(&[2]),
                Step::Pass(30 * DAY),
                Step::Bundle { bundle: 2, part: 5 },
            ],
            vec![(ADA, 2, EVER), (ADA, 5, EVER), (ADA, 1, None)],
        ),
        scenario(
            "13",
            vec![
                Step::Deliver(paid(0, &[3], start)),
                Step::Pass(20 * DAY),
                Step::Deliver(paid(1, &[3], start + 20 * DAY)),
            ],
            // The items are mapped from second 0 on, so the first term runs from there.
            vec![(ADA, 3, Some(Some(start + 50 * DAY)))],
        ),
        scenario(
            "14",
            vec![later(order(&[0]), start, |told| told.email = Some(1))],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "15",
            vec![later(order(&[0]), start, |told| told.is_test = true)],
            vec![(ADA, 0, None)],
        ),
        scenario(
            "17",
            vec![
                Step::Deliver(paid(0, &[5], start)),
                Step::Pass(14 * DAY),
                Step::Map {
                    store: 0,
                    item: 5,
                    product: 4,
                },
            ],
            vec![(ADA, 4, Some(Some(21 * DAY)))],
        ),
        scenario(
            "18",
            vec![
                Step::Deliver(paid(0, &[3], start)),
                Step::SetAccessDays {
                    product: 3,
                    days: None,
                },
            ],
            vec![(ADA, 3, EVER)],
        ),
        scenario(
            "19",
            vec![
                first(&[0]),
                refunded(&[0], next, vec![refund(1, Pending, 9_000, &[(1, 1)])]),
                refunded(&[0], next + 1, vec![refund(1, Failed, 9_000, &[(1, 1)])]),
            ],
            vec![(ADA, 0, EVER)],
        ),
        scenario(
            "21, moved",
            vec![
                first(&[0]),
                later(order(&[0]), next, |told| told.email = Some(5)),
            ],
            vec![(ADA, 0, None), (EVE, 0, EVER)],
        ),
        scenario(
            "21",
            vec![
                first(&[0]),
                later(order(&[0]), next, |told| told.email = Some(5)),
                later(order(&[0]), next + 1, |_| {}),
            ],
            vec![(ADA, 0, EVER), (EVE, 0, None)],
        ),
        scenario(
            "22",
            vec![
                later(order(&[0]), start, |told| {
                    told.lines[0].period_end = Some(30 * DAY);
                }),
                Step::Deliver(Told {
                    status: Status::Cancelled,
                    ..paid(1, &[0], next)
                }),
            ],
            vec![(ADA, 0, Some(Some(33 * DAY)))],
        ),
    ]
}

/// Draws a scenario, shuffles what stores say among what administrators do in their order, and doubles a delivery.
pub(crate) fn by_chance(seed: u64) -> History {
    let mut dice = Dice::new(seed);
    let all = scenarios();
    let scenario = &all[dice.below(all.len())];
    let is_delivery = |step: &&Step| matches!(step, Step::Deliver(_));
    let (mut told, mut steps): (Vec<Step>, Vec<Step>) = scenario
        .steps
        .iter()
        .cloned()
        .partition(|step| is_delivery(&step));
    let doubled = told[dice.below(told.len())].clone();
    told.push(doubled);
    for step in told {
        // No delivery comes before what it tells about.
        let Step::Deliver(state) = &step else {
            continue;
        };
        let mut now = 0;
        let mut earliest = 0;
        for (place, step) in steps.iter().enumerate() {
            if let Step::Pass(seconds) = step {
                if state.at > now {
                    earliest = place + 1;
                }
                now += seconds;
            }
        }
        let place = earliest + dice.below(steps.len() - earliest + 1);
        steps.insert(place, step);
    }
    History {
        world: world(),
        steps,
    }
}

#[test]
fn the_model_says_what_the_table_of_the_rules_says() {
    for scenario in scenarios() {
        assert!(scenario.steps.len() <= 6);
        let mut model = Model::of(world());
        let mut now = 0;
        for step in scenario.steps {
            if let Step::Pass(seconds) = step {
                now += seconds;
            }
            model.happens(now, step);
        }
        let open = model.open_at(now);
        for (person, content, expected) in scenario.ends {
            let found = open.get(&(person, content)).copied();
            assert_eq!(
                found, expected,
                "example {}: content {content} for {person:?}",
                scenario.name
            );
        }
    }
}
