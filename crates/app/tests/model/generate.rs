//! Histories by chance: up to 40 facts, of which those of stores are delivered once to three times in any order among what
//! the administrators do.

use crate::facts::{
    CONTENTS, DAY, DEFAULT_POLICY, Dispute, DisputeStatus, History, ITEMS, Line, PRODUCTS, Person,
    Policy, Refund, RefundStatus, SPELLINGS, STORES, Seconds, Status, Step, Told, World,
};
use crate::random::Dice;

/// A history has at most so many facts.
const MOST_FACTS: usize = 40;
/// So many orders a store may have.
const ORDERS: usize = 3;
/// A time that lies further ahead than this is no fact but a wrong clock.
const LEEWAY: Seconds = 240;

/// What all states of an order have in common.
#[derive(Clone)]
struct Purchase {
    store: usize,
    order: usize,
    email: Option<usize>,
    account: Option<usize>,
    is_test: bool,
    paid_at: Seconds,
    captured: i64,
    lines: Vec<Line>,
}

/// Makes the history of a seed.
pub(crate) fn history(seed: u64) -> History {
    let mut dice = Dice::new(seed);
    let world = world(&mut dice);
    // Most histories are short, since the short ones find most; some are as long as may be.
    let count = 1 + few(&mut dice, MOST_FACTS);
    let of_stores = (0..count).filter(|_| dice.percent(55)).count();
    let mut steps = Vec::new();
    for _ in of_stores..count {
        steps.push(doing(&mut dice));
    }
    let steps = deliver(&mut dice, steps, of_stores);
    History { world, steps }
}

/// Draws a number below `end`, more often a small one.
fn few(dice: &mut Dice, end: usize) -> usize {
    let draws = [dice.below(end), dice.below(end), dice.below(end)];
    draws.into_iter().min().unwrap_or(0)
}

fn world(dice: &mut Dice) -> World {
    let days = [None, None, None, Some(5), Some(30)];
    let access_days = (0..PRODUCTS).map(|_| dice.one_of(&days)).collect();
    let homes = (0..CONTENTS).map(|_| dice.below(PRODUCTS)).collect();
    let is_published = (0..CONTENTS).map(|_| dice.percent(90)).collect();
    let mut mapped = Vec::new();
    // The last two items are mapped by the same name, so one of them is enough.
    for item in 0..ITEMS.len() - 1 {
        if dice.percent(60) {
            mapped.push((dice.below(STORES), item, dice.below(PRODUCTS)));
        }
    }
    let mut bundled = Vec::new();
    for bundle in 0..PRODUCTS {
        for part in 0..bundle {
            if dice.percent(12) {
                bundled.push((bundle, part));
            }
        }
    }
    World {
        access_days,
        homes,
        is_published,
        mapped,
        bundled,
    }
}

/// Something that an administrator does, or time that passes.
fn doing(dice: &mut Dice) -> Step {
    let product = dice.below(PRODUCTS);
    let content = dice.below(CONTENTS);
    let store = dice.below(STORES);
    let person = person(dice);
    let item = dice.below(ITEMS.len());
    let part = dice.below(PRODUCTS);
    // Ends lie within the days that a history may take; whoever acts refuses those that are over.
    let until = dice.between(1, 60) * DAY / 2;
    match dice.below(100) {
        0..9 => Step::Map {
            store,
            item,
            product,
        },
        9..13 => Step::Unmap { store, item },
        13..20 => Step::Bundle {
            bundle: product,
            part,
        },
        20..25 => Step::Unbundle {
            bundle: product,
            part,
        },
        // Only courses change their product.
        25..31 => Step::Move {
            content: content / 2 * 2,
            product,
        },
        31..33 => Step::Delete { content },
        33..38 => Step::SetAccessDays {
            product,
            days: dice.one_of(&[None, Some(1), Some(5), Some(30)]),
        },
        38..41 => Step::Publish { content },
        41..44 => Step::Unpublish { content },
        44..50 => Step::SetPolicy {
            store,
            policy: policy(dice),
        },
        50..57 => Step::Grant {
            person,
            content,
            until: dice.percent(40).then_some(until),
        },
        57..67 => Step::Revoke { person, content },
        67..73 => Step::Lift { person, content },
        73..79 => Step::ExtendLine {
            store,
            order: dice.below(ORDERS),
            line: 1 + dice.below(2),
            content,
            until,
        },
        79..82 => Step::ExtendByHand {
            person,
            content,
            until,
        },
        82..86 => Step::Merge {
            one: somebody(dice),
            other: somebody(dice),
        },
        _ => Step::Pass(dice.one_of(&[60, 3_600, DAY, 2 * DAY, 5 * DAY, 12 * DAY])),
    }
}

fn policy(dice: &mut Dice) -> Policy {
    Policy {
        keeps_disputed: dice.percent(50),
        revokes_on_amount: dice.percent(50),
        accepts_tests: dice.percent(50),
        grace_days: dice.one_of(&[0, 1, DEFAULT_POLICY.grace_days, 10]),
    }
}

/// Somebody whom an order may belong to.
fn person(dice: &mut Dice) -> Person {
    if dice.percent(10) {
        return Person::Guest(dice.below(STORES), dice.below(ORDERS));
    }
    somebody(dice)
}

/// Somebody who can prove who she is.
fn somebody(dice: &mut Dice) -> Person {
    let names: Vec<&str> = SPELLINGS.iter().filter_map(|(_, name)| *name).collect();
    if dice.percent(20) {
        Person::Account(dice.below(STORES), 1 + dice.below(2))
    } else {
        Person::Email(dice.one_of(&names))
    }
}

/// Puts the deliveries of the stores' facts among the doings, which keep their order.
fn deliver(dice: &mut Dice, doings: Vec<Step>, count: usize) -> Vec<Step> {
    let purchases: Vec<Purchase> = (0..STORES)
        .flat_map(|store| (0..ORDERS).map(move |order| (store, order)))
        .map(|(store, order)| purchase(dice, store, order))
        .collect();
    // Orders are drawn from a few, so that there is often more than one state of each.
    let drawn_from = 1 + dice.below(purchases.len());
    let mut told: Vec<Told> = Vec::new();
    let mut slots: Vec<Vec<Step>> = vec![Vec::new(); doings.len() + 1];
    for _ in 0..count {
        let times = 1 + few(dice, 3);
        let mut places: Vec<usize> = (0..times).map(|_| dice.below(slots.len())).collect();
        places.sort_unstable();
        let now = passed(&doings[..places[0]]);
        let purchase = dice.one_of(&purchases[..drawn_from]);
        let state = unambiguous(state(dice, &purchase, &told, now), &told);
        for place in places {
            let among = dice.below(slots[place].len() + 1);
            slots[place].insert(among, Step::Deliver(state.clone()));
        }
        told.push(state);
    }
    let mut steps = slots.remove(0);
    for (doing, delivered) in doings.into_iter().zip(slots) {
        steps.push(doing);
        steps.extend(delivered);
    }
    steps
}

fn passed(doings: &[Step]) -> Seconds {
    let seconds = |step: &Step| match step {
        Step::Pass(seconds) => *seconds,
        _ => 0,
    };
    doings.iter().map(seconds).sum()
}

fn purchase(dice: &mut Dice, store: usize, order: usize) -> Purchase {
    let count = 1 + few(dice, 3);
    Purchase {
        store,
        order,
        email: dice.percent(75).then(|| dice.below(SPELLINGS.len() - 1)),
        account: dice.percent(50).then(|| 1 + dice.below(2)),
        is_test: dice.percent(10),
        paid_at: -dice.between(0, 20) * DAY / 2,
        captured: if dice.percent(5) { 0 } else { 9_000 },
        lines: (1..=count).map(|id| line(dice, id)).collect(),
    }
}

fn line(dice: &mut Dice, id: usize) -> Line {
    Line {
        id,
        item: dice.below(ITEMS.len()),
        quantity: dice.one_of(&[1, 1, 1, 2, 3]),
        returned: 0,
        period_end: dice.percent(15).then(|| dice.between(-10, 20) * DAY),
    }
}

/// A state of the order that may be delivered first at `now`.
fn state(dice: &mut Dice, purchase: &Purchase, told: &[Told], now: Seconds) -> Told {
    let status = match dice.below(100) {
        0..70 => Status::Paid,
        70..76 => Status::Refunded,
        76..82 => Status::Cancelled,
        82..86 => Status::Deleted,
        _ => dice.one_of(&[
            Status::Draft,
            Status::Pending,
            Status::Authorised,
            Status::OnHold,
            Status::PartiallyPaid,
            Status::Failed,
        ]),
    };
    // Sometimes two states are of the same second.
    let others: Vec<Seconds> = told
        .iter()
        .filter(|other| (other.store, other.order) == (purchase.store, purchase.order))
        .map(|other| other.at)
        .filter(|at| *at <= now)
        .collect();
    let at = if !others.is_empty() && dice.percent(20) {
        dice.one_of(&others)
    } else {
        now - dice.between(-100, 15 * DAY)
    };
    let changes_hands = dice.percent(12);
    let pays_later = dice.percent(10);
    let told = Told {
        store: purchase.store,
        order: purchase.order,
        at,
        status,
        is_test: purchase.is_test ^ dice.percent(3),
        paid_at: Some(if pays_later {
            now + dice.between(-DAY, 100)
        } else {
            purchase.paid_at
        }),
        captured: purchase.captured,
        account: purchase.account,
        email: if changes_hands {
            if purchase.email.is_some() {
                Some(dice.below(SPELLINGS.len() - 1))
            } else {
                None
            }
        } else {
            purchase.email
        },
        lines: lines(dice, &purchase.lines),
        refunds: dice.percent(60).then(|| refunds(dice, purchase)),
        disputes: disputes(dice),
    };
    if status == Status::Deleted && dice.percent(50) {
        bare(&told)
    } else {
        told
    }
}

/// What a store says of a deleted order when it says no more than that.
fn bare(told: &Told) -> Told {
    Told {
        paid_at: None,
        captured: 0,
        is_test: false,
        lines: Vec::new(),
        refunds: None,
        disputes: Vec::new(),
        ..told.clone()
    }
}

fn lines(dice: &mut Dice, lines: &[Line]) -> Vec<Line> {
    let mut kept = dice.some_of(lines, 92);
    for line in &mut kept {
        if dice.percent(8) {
            line.quantity = dice.between(0, 3);
        }
        if dice.percent(8) {
            line.returned = dice.between(1, 2);
        }
        if dice.percent(4) {
            line.item = dice.below(ITEMS.len());
        }
    }
    kept
}

fn refunds(dice: &mut Dice, purchase: &Purchase) -> Vec<Refund> {
    let ids = dice.some_of(&[1, 2, 3], 30);
    let status = [
        RefundStatus::Pending,
        RefundStatus::Succeeded,
        RefundStatus::Succeeded,
        RefundStatus::Failed,
    ];
    let refund = |id| {
        let mut lines = Vec::new();
        if dice.percent(60) {
            for line in &purchase.lines {
                if dice.percent(50) {
                    lines.push((line.id, dice.between(1, 2)));
                }
            }
        }
        Refund {
            id,
            status: dice.one_of(&status),
            amount: dice.one_of(&[0, 500, 3_000, 4_500, 9_000]),
            is_shipping: dice.percent(15),
            lines,
        }
    };
    ids.into_iter().map(refund).collect()
}

fn disputes(dice: &mut Dice) -> Vec<Dispute> {
    let ids = dice.some_of(&[1, 2], 10);
    let status = [
        DisputeStatus::Inquiry,
        DisputeStatus::Open,
        DisputeStatus::Open,
        DisputeStatus::Won,
        DisputeStatus::Lost,
    ];
    let dispute = |id| Dispute {
        id,
        status: dice.one_of(&status),
    };
    ids.into_iter().map(dispute).collect()
}

/// Moves the state on by seconds until time and finality tell it from every other: beyond them RULES §1.1 go by a hash of
/// the payload, which only says that everybody chooses alike.
fn unambiguous(mut state: Told, told: &[Told]) -> Told {
    while told.iter().any(|other| is_ambiguous(other, &state)) {
        state.at += 1;
    }
    state
}

fn is_ambiguous(a: &Told, b: &Told) -> bool {
    if (a.store, a.order, a.at) != (b.store, b.order, b.at) {
        return false;
    }
    let a_refunds = a.refunds.iter().flatten();
    a.status == b.status
        || a_refunds.into_iter().any(|refund| {
            let mut others = b.refunds.iter().flatten();
            others.any(|other| {
                (other.id, other.status) == (refund.id, refund.status) && other != refund
            })
        })
}

/// Tells whether every delivery may be what it says: nothing in it lies ahead of the clock, and no two states of an order
/// are told apart by their payload alone. Shrinking keeps to such histories.
pub(crate) fn is_sound(steps: &[Step]) -> bool {
    let mut now = 0;
    let mut told: Vec<&Told> = Vec::new();
    for step in steps {
        match step {
            Step::Pass(seconds) => now += seconds,
            Step::Deliver(state) => {
                let latest = state.at.max(state.paid_at.unwrap_or(state.at));
                let is_other = |other: &&Told| **other != *state && is_ambiguous(other, state);
                if latest > now + LEEWAY || told.iter().any(is_other) {
                    return false;
                }
                told.push(state);
            }
            _ => {}
        }
    }
    true
}
