//! Every way to change a log is found, by the pure fold alone.

use serde_json::json;

use super::chain::{ChainKey, Entry, Head};
use super::verify::{Flaw, Mark, Verification};
use super::{Actor, Cause, Event};
use crate::id::{CustomerId, DeliveryId, OrderId, StoreId, TokenId};
use crate::time::Timestamp;

const NOTHING: Head = Head {
    seq: 0,
    hash: String::new(),
    seal: String::new(),
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + second)
}

fn key() -> ChainKey {
    ChainKey::derive(&[7; 32])
}

/// Six entries in three transactions, with every field present and absent.
fn a_log(key: &ChainKey) -> (Vec<Entry>, Head) {
    let token = Cause {
        origin: Some("203.0.113.9".into()),
        ..Cause::by(Actor::Token(TokenId::from_parts(at(0), 1)))
    };
    let store = Cause {
        delivery: Some(DeliveryId::from_parts(at(0), 1)),
        ..Cause::by(Actor::Store(StoreId::from_parts(at(0), 1)))
    };
    let granted = Event {
        customer: Some(CustomerId::from_parts(at(0), 1)),
        content: "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().ok(),
        order: Some(OrderId::from_parts(at(0), 1)),
        after: Some(json!({ "until": null })),
        ..Event::of("grant.created", "acc_1")
    };
    let updated = Event {
        before: Some(json!({ "title": "A" })),
        after: Some(json!({ "title": "B" })),
        ..Event::of("product.updated", "prd_1")
    };
    let steps = [
        (&token, vec![updated.clone()]),
        (&store, vec![granted.clone(), granted.clone(), granted]),
        (&token, vec![updated.clone(), updated]),
    ];
    let (mut log, mut head) = (Vec::new(), NOTHING);
    for (second, (by, events)) in (0..).zip(steps) {
        let (entries, moved) = key.extend(&head, at(second), by, &events);
        log.extend(entries);
        head = moved;
    }
    (log, head)
}

fn check(key: &ChainKey, log: &[Entry], head: &Head, noted: Option<Mark>) -> Result<Mark, Flaw> {
    let mut verification = Verification::begin(key, head, noted);
    for entry in log {
        verification.take(entry)?;
    }
    verification.end(head)
}

#[test]
fn a_log_as_it_was_written_holds_and_names_its_end() {
    let key = key();
    let (log, head) = a_log(&key);
    assert_eq!(log.len(), 6);
    let end = check(&key, &log, &head, None).unwrap();
    assert_eq!(end.to_string(), format!("6:{}", log[5].hash));
    assert_eq!(check(&key, &[], &NOTHING, None).unwrap().to_string(), "0:");
}

#[test]
fn another_value_in_any_column_is_found_at_its_entry() {
    let key = key();
    let (log, head) = a_log(&key);
    let edits: [fn(&mut Entry); 26] = [
        |e| e.at = Timestamp::from_microseconds(e.at.as_microseconds() + 1),
        |e| e.actor.push('x'),
        |e| e.actor.clear(),
        |e| e.origin = Some("203.0.113.8".into()),
        |e| e.origin = Some(String::new()),
        |e| e.origin = e.origin.clone().xor(Some(String::new())),
        |e| e.delivery = Some("del_2".into()),
        |e| e.delivery = e.delivery.clone().xor(Some(String::new())),
        |e| e.action = "grant.revoked".into(),
        |e| e.action.make_ascii_uppercase(),
        |e| e.subject = "acc_2".into(),
        |e| e.subject.push(' '),
        |e| e.customer = Some("cus_2".into()),
        |e| e.customer = e.customer.clone().xor(Some(String::new())),
        |e| e.content = Some("crs_2".into()),
        |e| e.content = e.content.clone().xor(Some(String::new())),
        |e| e.order = Some("ord_2".into()),
        |e| e.order = e.order.clone().xor(Some(String::new())),
        |e| e.before = Some("{}".into()),
        |e| e.before = e.before.clone().xor(Some("null".into())),
        |e| e.after = Some("{ }".into()),
        |e| e.after = e.after.clone().xor(Some("null".into())),
        |e| std::mem::swap(&mut e.before, &mut e.after),
        |e| std::mem::swap(&mut e.actor, &mut e.action),
        |e| e.hash = e.hash.replace(|c: char| c.is_ascii_digit(), "f"),
        |e| e.previous_hash.push('0'),
    ];
    for place in 0..log.len() {
        for (number, edit) in edits.iter().enumerate() {
            let mut edited = log.clone();
            edit(&mut edited[place]);
            let seq = log[place].seq;
            let expected = match number {
                25 => Flaw::OutOfPlace { seq },
                _ => Flaw::Altered { seq },
            };
            assert_eq!(
                check(&key, &edited, &head, None),
                Err(expected),
                "edit {number} of entry {seq}"
            );
        }
    }
}

#[test]
fn fields_that_run_into_each_other_are_not_taken_for_one_another() {
    let key = key();
    let (log, _) = a_log(&key);
    let mut first = log[0].clone();
    (first.actor, first.action) = ("ab".into(), "c".into());
    let mut second = first.clone();
    (second.actor, second.action) = ("a".into(), "bc".into());
    assert_ne!(key.hash(&first), key.hash(&second));
    (second.origin, second.delivery) = (None, first.origin.clone());
    second.actor.clone_from(&first.actor);
    second.action.clone_from(&first.action);
    assert_ne!(key.hash(&first), key.hash(&second));
}

#[test]
fn deleted_entries_are_found_wherever_they_were() {
    let key = key();
    let (log, head) = a_log(&key);
    for first in 0..log.len() {
        for last in first..log.len() {
            let mut cut = log.clone();
            cut.drain(first..=last);
            let flaw = check(&key, &cut, &head, None).unwrap_err();
            let (from, to) = (log[first].seq, log[last].seq);
            let expected = if last + 1 == log.len() {
                Flaw::CutOff {
                    last: from - 1,
                    expected: 6,
                }
            } else {
                Flaw::Missing {
                    first: from,
                    last: to,
                }
            };
            assert_eq!(flaw, expected);
        }
    }
}

#[test]
fn deleted_entries_are_found_when_the_later_ones_are_numbered_anew() {
    let key = key();
    let (log, mut head) = a_log(&key);
    let mut cut = log.clone();
    cut.remove(2);
    for (seq, entry) in (1..).zip(&mut cut) {
        entry.seq = seq;
    }
    head.seq = 5;
    assert_eq!(
        check(&key, &cut, &head, None),
        Err(Flaw::OutOfPlace { seq: 3 })
    );
    cut[2].previous_hash.clone_from(&log[1].hash);
    assert_eq!(
        check(&key, &cut, &head, None),
        Err(Flaw::Altered { seq: 3 })
    );
}

#[test]
fn swapped_and_repeated_entries_are_found() {
    let key = key();
    let (log, head) = a_log(&key);
    for one in 0..log.len() {
        for other in one + 1..log.len() {
            let mut swapped = log.clone();
            swapped.swap(one, other);
            let (low, high) = (swapped[other].seq, swapped[one].seq);
            (swapped[one].seq, swapped[other].seq) = (low, high);
            let flaw = check(&key, &swapped, &head, None);
            assert_eq!(flaw, Err(Flaw::OutOfPlace { seq: low }));
        }
    }
    let mut repeated = log.clone();
    repeated.insert(3, log[2].clone());
    let flaw = check(&key, &repeated, &head, None);
    assert_eq!(flaw, Err(Flaw::OutOfPlace { seq: 3 }));
}

#[test]
fn a_chain_written_without_the_key_does_not_hold() {
    let key = key();
    let (log, _) = a_log(&key);
    let forger = ChainKey::derive(&[8; 32]);
    let (written, head) = a_log(&forger);
    assert_eq!(check(&forger, &written, &head, None).unwrap().seq, 6);
    assert_eq!(
        check(&key, &written, &head, None),
        Err(Flaw::Altered { seq: 1 })
    );
    let mut grafted = log.clone();
    let mut end = head.clone();
    for entry in grafted.iter_mut().skip(4) {
        entry.subject = "acc_9".into();
        entry.hash = forger.hash(entry);
        end.hash.clone_from(&entry.hash);
    }
    assert_eq!(
        check(&key, &grafted, &end, None),
        Err(Flaw::Altered { seq: 5 })
    );
}

#[test]
fn an_end_that_was_cut_off_with_its_head_is_found_by_the_seal() {
    let key = key();
    let (mut log, head) = a_log(&key);
    log.truncate(4);
    let cut = Head {
        seq: 4,
        hash: log[3].hash.clone(),
        seal: head.seal,
    };
    let found = Err(Flaw::HeadAltered { last: 4 });
    assert_eq!(check(&key, &log, &cut, None), found);
    let (more, moved) = key.extend(
        &cut,
        at(9),
        &Cause::by(Actor::CommandLine),
        &[Event::of("a.b", "c")],
    );
    log.extend(more);
    let found = Err(Flaw::HeadAltered { last: 5 });
    assert_eq!(
        check(&key, &log, &moved, None),
        found,
        "the next entry mends nothing"
    );
}

#[test]
fn an_older_copy_of_the_whole_log_is_found_by_the_mark_that_was_noted() {
    let key = key();
    let (log, head) = a_log(&key);
    let noted = check(&key, &log, &head, None).unwrap();
    let (older, older_head) = key.extend(
        &NOTHING,
        at(0),
        &Cause::by(Actor::CommandLine),
        &[Event::of("a.b", "c")],
    );
    assert_eq!(check(&key, &older, &older_head, None).unwrap().seq, 1);
    let flaw = check(&key, &older, &older_head, Some(noted.clone()));
    assert_eq!(
        flaw,
        Err(Flaw::CutOff {
            last: 1,
            expected: 6
        })
    );
    let flaw = check(&key, &[], &NOTHING, Some(noted.clone()));
    assert_eq!(
        flaw,
        Err(Flaw::CutOff {
            last: 0,
            expected: 6
        })
    );
    let events = vec![Event::of("a.b", "c"); 7];
    let (other, other_head) = key.extend(&NOTHING, at(0), &Cause::by(Actor::CommandLine), &events);
    let flaw = check(&key, &other, &other_head, Some(noted.clone()));
    assert_eq!(flaw, Err(Flaw::AnotherHistory { seq: 6 }));
    assert_eq!(check(&key, &log, &head, Some(noted)).unwrap().seq, 6);
}

#[test]
fn an_altered_head_is_found() {
    let key = key();
    let (log, head) = a_log(&key);
    let edits: [fn(&mut Head); 4] = [
        |h| h.hash.push('0'),
        |h| h.seal.clear(),
        |h| h.seal.push('0'),
        |h| h.seq -= 1,
    ];
    for edit in edits {
        let mut edited = head.clone();
        edit(&mut edited);
        let flaw = check(&key, &log, &edited, None);
        assert_eq!(flaw, Err(Flaw::HeadAltered { last: 6 }));
    }
    let longer = Head { seq: 7, ..head };
    let flaw = check(&key, &log, &longer, None);
    assert_eq!(
        flaw,
        Err(Flaw::CutOff {
            last: 6,
            expected: 7
        })
    );
    assert_eq!(
        check(&key, &log, &NOTHING, None),
        Err(Flaw::HeadAltered { last: 6 })
    );
    let edits: [fn(&mut Head); 2] = [|h| h.hash.push('0'), |h| h.seal.push('0')];
    for edit in edits {
        let mut edited = NOTHING;
        edit(&mut edited);
        assert!(key.is_sealed(&NOTHING) && !key.is_sealed(&edited));
    }
}

#[test]
fn what_is_written_while_the_log_is_read_does_not_disturb() {
    let key = key();
    let (log, head) = a_log(&key);
    let (_, later) = key.extend(
        &head,
        at(9),
        &Cause::by(Actor::CommandLine),
        &[Event::of("a.b", "c")],
    );
    let mut verification = Verification::begin(&key, &head, None);
    for entry in &log {
        verification.take(entry).unwrap();
    }
    assert_eq!(verification.last().seq, 6);
    assert_eq!(verification.end(&later).unwrap().seq, 6);
}

#[test]
fn a_mark_is_read_as_it_is_written() {
    let hash = "0123456789abcdef".repeat(4);
    let mark: Mark = format!("12:{}", hash.to_uppercase()).parse().unwrap();
    assert_eq!(mark.to_string(), format!("12:{hash}"));
    assert_eq!("0:".parse::<Mark>().unwrap().seq, 0);
    for odd in [
        "",
        "12",
        ":",
        "-1:",
        "0:ab",
        "12:",
        "12:ab",
        &format!("12:{}", "g".repeat(64)),
        &format!("x:{hash}"),
    ] {
        assert!(odd.parse::<Mark>().is_err(), "{odd}");
    }
}

/// The hashes were computed by another program, from the description of the format.
#[test]
fn the_format_stays_what_it_is() {
    let key = key();
    let (log, head) = a_log(&key);
    let hashes: Vec<&str> = log.iter().map(|entry| &entry.hash[..16]).collect();
    assert_eq!(
        hashes,
        [
            "f6e5ce93bb34693e",
            "9bed6bc79c1b778e",
            "d90b5bbcc6bc6c5d",
            "292f3361922a9f63",
            "ba87797a5a58dc8f",
            "4da4c6ff5b3bc68c"
        ]
    );
    assert_eq!(&head.seal[..16], "d08e11d87d2415e0");
}
