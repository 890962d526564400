//! What decides which sentence is said, and how it ends.

use super::*;

fn sentence(facts: &Known) -> String {
    said(facts).1
}

#[test]
fn the_number_of_grants_is_told_in_words_that_fit_it() {
    let untitled = |number| {
        let mut sourced = of_order("1001", grant(number));
        if let Source::Line(line) = &mut sourced.source {
            line.title = None;
        }
        sourced
    };
    let refunded = |number| of_order("1001", revoked(number, EndReason::Refunded));
    assert_eq!(
        sentence(&known((1..=4).map(untitled).collect())),
        "Open without end, by order 1001 and by 3 more grants."
    );
    assert_eq!(
        sentence(&known((1..=4).map(refunded).collect())),
        "Closed: order 1001 was refunded on 3 February 2027; the 3 other grants do not hold either."
    );
}

#[test]
fn of_several_blocks_one_that_stands_is_named() {
    let plain = PlacedBlock {
        reason: None,
        at: at("2027-02-05"),
        ..block(2)
    };
    let mut facts = known(Vec::new());
    facts.blocks = vec![lifted(1), plain];
    assert_eq!(
        sentence(&facts),
        "Closed: the block of 5 February 2027 stands."
    );
    facts.blocks.push(block(3));
    assert_eq!(
        sentence(&facts),
        "Closed: the block of 5 February 2027 stands, and it is not the only one."
    );
}

#[test]
fn of_several_grants_that_begin_later_the_soonest_is_told() {
    let begins = |number, day| Grant {
        granted_at: at(day),
        ..grant(number)
    };
    let (soon, late) = (begins(1, "2027-04-01"), begins(2, "2027-05-01"));
    for grants in [[soon, late], [late, soon]] {
        assert_eq!(
            sentence(&known(grants.map(by_hand).into())),
            "Closed: the grant by hand begins on 1 April 2027; the one other grant does not hold either."
        );
    }
}

#[test]
fn a_grant_by_hand_says_how_it_ended() {
    let expired = Grant {
        expires_at: Some(at("2027-02-20")),
        ..grant(1)
    };
    for (ended, expected) in [
        (expired, "the grant by hand ended on 20 February 2027"),
        (
            revoked(1, EndReason::ByAdministrator),
            "an administrator ended the grant by hand on 3 February 2027",
        ),
    ] {
        assert_eq!(
            sentence(&known(vec![by_hand(ended)])),
            format!("Closed: {expected}; nothing else grants it.")
        );
    }
}

#[test]
fn what_never_was_granted_and_opens_from_the_store_says_so() {
    let mut facts = known(Vec::new());
    facts.lines = vec![
        closed("1001", Closed::Unmapped(item())),
        closed("1002", Closed::OpensFromStore),
    ];
    assert_eq!(
        sentence(&facts),
        "Closed unless she comes from the store shop, signed in as the customer of order 1002."
    );
}

#[test]
fn the_likeliest_cause_is_said_first() {
    let mut facts = known(Vec::new());
    facts.lines = vec![
        closed("1001", unpaid(EndReason::Unpaid, false, true)),
        closed("1002", Closed::OtherOwner),
        closed("1003", Closed::NoPaymentTime),
        closed("1004", Closed::Unmapped(item())),
    ];
    for expected in [
        "Closed: order 1004 is paid, but its item SKU WATER stands for no product yet.",
        "Closed: order 1003 is paid, but the store does not say when.",
        "Closed: order 1002 names an address that this customer has not proven.",
        "Closed: order 1001 is not paid.",
        "Closed: nothing has ever granted it.",
    ] {
        assert_eq!(sentence(&facts), expected);
        facts.lines.pop();
    }
}

#[test]
fn a_line_that_does_not_pay_says_why_if_its_product_contains_the_content() {
    for (reason, is_test, expected) in [
        (EndReason::Refunded, false, "was refunded"),
        (EndReason::Cancelled, false, "was cancelled"),
        (EndReason::Disputed, false, "is disputed"),
        (EndReason::OrderDeleted, false, "was deleted by the store"),
        (
            EndReason::LineRemoved,
            false,
            "does not contain it any more",
        ),
        (EndReason::Unpaid, false, "is not paid"),
        (
            EndReason::Unpaid,
            true,
            "is a test order, and the store's test orders do not count",
        ),
    ] {
        let mut facts = known(Vec::new());
        facts.lines = vec![closed("1001", unpaid(reason, is_test, true))];
        assert_eq!(sentence(&facts), format!("Closed: order 1001 {expected}."));
        facts.lines = vec![closed("1001", unpaid(reason, is_test, false))];
        assert_eq!(sentence(&facts), "Closed: nothing has ever granted it.");
    }
}
