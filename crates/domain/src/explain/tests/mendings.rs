//! What decides which mendings are offered, and in which order.

use super::*;

#[test]
fn what_is_published_this_very_moment_is_not_waited_for() {
    let mut facts = known(Vec::new());
    facts.published_at = Some(now());
    assert_eq!(said(&facts).2, ["grant_by_hand"]);
}

#[test]
fn an_ended_grant_is_mended_after_what_is_nearly_open_and_before_any_other_line() {
    let expired = Grant {
        expires_at: Some(at("2027-02-20")),
        ..grant(1)
    };
    let mut facts = known(vec![of_order("1001", expired)]);
    facts.lines = vec![
        closed("1002", Closed::Unmapped(item())),
        closed("1003", Closed::OpensFromStore),
    ];
    assert_eq!(
        said(&facts).2,
        ["come_from_store", "extend", "map_item", "grant_by_hand"]
    );
}

#[test]
fn a_lifted_block_is_not_lifted_again() {
    let mut facts = known(Vec::new());
    facts.blocks = vec![lifted(1), block(2)];
    let mending = explain(&facts, now()).mending;
    let expected = [
        Mending::LiftBlock(block(2).id),
        Mending::GrantByHand(content()),
    ];
    assert_eq!(mending, expected);
}
