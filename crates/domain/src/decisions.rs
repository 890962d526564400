//! The decision at its edges: at the very moment of beginning, ending and publishing (RULES §5).

use crate::access::{Decision, Grant, GrantStanding, Refusal, Standing, decide};
use crate::id::{BlockId, GrantId};
use crate::payment::EndReason;
use crate::time::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn grant(number: u128) -> Grant {
    Grant {
        id: GrantId::from_parts(at(0), number),
        granted_at: at(10),
        expires_at: None,
        extended_until: None,
        revoked: None,
    }
}

fn standing(grants: &[Grant]) -> Standing {
    Standing {
        published_at: Some(at(0)),
        blocks: Vec::new(),
        grants: grants.to_vec(),
    }
}

fn is_open(standing: &Standing, second: i64) -> bool {
    matches!(decide(standing, at(second)), Decision::Allowed { .. })
}

#[test]
fn a_grant_opens_at_its_moment_and_not_before() {
    let standing = standing(&[grant(1)]);
    assert!(!is_open(&standing, 9));
    assert!(is_open(&standing, 10));
    let future = GrantStanding::Future { at: at(10) };
    assert_eq!(grant(1).standing(at(9)), future);
    assert_eq!(
        grant(1).standing(at(10)),
        GrantStanding::Live { until: None }
    );
    let refused = Refusal::NoLiveGrant {
        grants: vec![(grant(1).id, future)],
    };
    assert_eq!(decide(&standing, at(9)), Decision::Refused(refused));
}

#[test]
fn a_grant_closes_at_its_end_and_not_before() {
    let ending = Grant {
        expires_at: Some(at(20)),
        ..grant(1)
    };
    assert!(is_open(&standing(&[ending]), 19));
    assert!(!is_open(&standing(&[ending]), 20));
    assert_eq!(
        ending.standing(at(20)),
        GrantStanding::Expired { at: at(20) }
    );
}

#[test]
fn the_later_of_the_derived_and_the_extended_end_counts() {
    let ends = |expires_at, extended_until| Grant {
        expires_at,
        extended_until,
        ..grant(1)
    };
    assert_eq!(ends(Some(at(20)), Some(at(30))).expiry(), Some(at(30)));
    assert_eq!(ends(Some(at(20)), Some(at(15))).expiry(), Some(at(20)));
    assert_eq!(ends(Some(at(20)), None).expiry(), Some(at(20)));
    assert_eq!(ends(None, Some(at(15))).expiry(), None);
    assert!(is_open(&standing(&[ends(Some(at(20)), Some(at(30)))]), 29));
}

#[test]
fn an_extension_does_not_revive_a_revoked_grant() {
    let revoked = Grant {
        expires_at: Some(at(20)),
        extended_until: Some(at(99)),
        revoked: Some((at(12), EndReason::Refunded)),
        ..grant(1)
    };
    assert!(!is_open(&standing(&[revoked]), 15));
    let reason = EndReason::Refunded;
    assert_eq!(
        revoked.standing(at(15)),
        GrantStanding::Revoked { at: at(12), reason }
    );
}

#[test]
fn a_content_is_open_from_the_moment_of_its_publication() {
    let on = |published_at| Standing {
        published_at,
        ..standing(&[grant(1)])
    };
    assert!(is_open(&on(Some(at(15))), 15));
    for closed in [on(Some(at(16))), on(None)] {
        let decision = decide(&closed, at(15));
        assert_eq!(decision, Decision::Refused(Refusal::NotPublished));
    }
}

#[test]
fn a_block_refuses_whatever_grants_there_are() {
    let block = BlockId::from_parts(at(0), 1);
    let blocked = Standing {
        blocks: vec![block],
        ..standing(&[grant(1)])
    };
    let by = vec![block];
    assert_eq!(
        decide(&blocked, at(15)),
        Decision::Refused(Refusal::Blocked { by })
    );
}

#[test]
fn the_answer_names_the_live_grants_and_the_latest_end() {
    let until = |number, second| Grant {
        expires_at: Some(at(second)),
        ..grant(number)
    };
    let both = standing(&[until(1, 20), until(2, 30)]);
    let by = vec![grant(1).id, grant(2).id];
    let allowed = |by, until| Decision::Allowed { by, until };
    assert_eq!(decide(&both, at(15)), allowed(by, Some(at(30))));
    assert_eq!(
        decide(&both, at(25)),
        allowed(vec![grant(2).id], Some(at(30)))
    );
    let for_ever = standing(&[until(1, 20), grant(2)]);
    let by = vec![grant(1).id, grant(2).id];
    assert_eq!(decide(&for_ever, at(15)), allowed(by, None));
}

#[test]
fn who_never_had_a_grant_is_told_apart_from_who_lost_hers() {
    assert_eq!(
        decide(&standing(&[]), at(15)),
        Decision::Refused(Refusal::NeverGranted)
    );
}
