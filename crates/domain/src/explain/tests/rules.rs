//! Which rule is named for which end.

use super::*;

#[test]
fn a_grant_that_is_not_revoked_is_ruled_by_its_time_and_its_source() {
    let of_order = Source::Line(line("1001"));
    let by_hand = by_hand(grant(1)).source;
    let section = |standing, source| ending_rule(standing, source).map(|rule| rule.section);
    let (live, future, expired) = (
        GrantStanding::Live { until: None },
        GrantStanding::Future { at: now() },
        GrantStanding::Expired { at: now() },
    );
    assert_eq!(section(live, &of_order), None);
    assert_eq!(section(future, &of_order), Some("5"));
    assert_eq!(section(expired, &of_order), Some("3.3, 3.4"));
    assert_eq!(section(expired, &by_hand), Some("4.1"));
}

#[test]
fn each_way_of_ending_is_told_by_its_own_section_and_words() {
    let source = Source::Line(line("1001"));
    let mut words = std::collections::BTreeSet::new();
    let sections = EndReason::ALL.map(|reason| {
        let standing = revoked(1, reason).standing(now());
        let rule = ending_rule(standing, &source).unwrap();
        assert!(words.insert(rule.words), "{}", rule.words);
        (reason.name(), rule.section)
    });
    let expected = [
        ("refunded", "2.4, 2.5"),
        ("cancelled", "2.3"),
        ("disputed", "2.6"),
        ("order_deleted", "2.3"),
        ("line_removed", "2.3"),
        ("unpaid", "2.1, 2.2"),
        ("unmapped", "3.1"),
        ("content_removed", "3.1"),
        ("owner_changed", "6.2"),
        ("blocked", "4.2"),
        ("by_administrator", "4.2"),
    ];
    assert_eq!(sections, expected);
}
