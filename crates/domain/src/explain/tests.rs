use super::*;
use crate::id::{BlockId, CourseId, GrantId, JobId, OrderId, ProductId};

mod mendings;
mod rules;
mod sentences;

const CONTENT: &str = "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn at(text: &str) -> Timestamp {
    format!("{text}T12:00:00Z").parse().unwrap()
}

fn now() -> Timestamp {
    at("2027-03-01")
}

fn content() -> ContentId {
    CONTENT.parse().unwrap()
}

fn line(number: &str) -> NamedLine {
    let id = number.parse::<u128>().unwrap();
    NamedLine {
        order: NamedOrder {
            id: OrderId::from_parts(now(), id),
            store: "shop".parse().unwrap(),
            external: number.parse().unwrap(),
        },
        line: "1".parse().unwrap(),
        title: Some("Watercolour course".into()),
    }
}

fn grant(number: u128) -> Grant {
    Grant {
        id: GrantId::from_parts(now(), number),
        granted_at: at("2027-01-01"),
        expires_at: None,
        extended_until: None,
        revoked: None,
    }
}

fn of_order(number: &str, grant: Grant) -> SourcedGrant {
    let source = Source::Line(line(number));
    SourcedGrant { grant, source }
}

fn by_hand(grant: Grant) -> SourcedGrant {
    let source = Source::ByHand {
        by: "command line".into(),
        note: None,
    };
    SourcedGrant { grant, source }
}

fn revoked(number: u128, reason: EndReason) -> Grant {
    Grant {
        revoked: Some((at("2027-02-03"), reason)),
        ..grant(number)
    }
}

fn block(number: u128) -> PlacedBlock {
    PlacedBlock {
        id: BlockId::from_parts(now(), number),
        by: "command line".into(),
        reason: Some("shared her account".into()),
        at: at("2027-02-03"),
        lifted: None,
    }
}

fn lifted(number: u128) -> PlacedBlock {
    PlacedBlock {
        lifted: Some((at("2027-02-04"), "command line".into())),
        ..block(number)
    }
}

fn closed(number: &str, why: Closed) -> ClosedLine {
    let line = line(number);
    ClosedLine { line, why }
}

fn unpaid(reason: EndReason, is_test: bool, is_in: bool) -> Closed {
    Closed::NotPaying {
        reason,
        is_test,
        is_in,
    }
}

fn job() -> JobId {
    JobId::from_parts(now(), 1)
}

fn item() -> StoreItem {
    StoreItem {
        sku: "WATER".parse().ok(),
        ..StoreItem::default()
    }
}

fn known(grants: Vec<SourcedGrant>) -> Known {
    Known {
        content: content(),
        published_at: Some(at("2026-01-01")),
        grants,
        blocks: Vec::new(),
        lines: Vec::new(),
        failed: Vec::new(),
    }
}

/// What is said of it: the reason, the sentence, and the names of what would mend it.
fn said(known: &Known) -> (&'static str, String, Vec<&'static str>) {
    let explanation = explain(known, now());
    assert_eq!(explanation.decision, decide(&known.standing(), now()));
    let mending = explanation.mending.iter().map(Mending::name).collect();
    (explanation.reason.name(), explanation.sentence, mending)
}

#[test]
fn what_is_open_says_until_when_and_by_what() {
    let until = Grant {
        expires_at: Some(at("2027-03-03")),
        ..grant(1)
    };
    let (reason, sentence, mending) = said(&known(vec![of_order("1001", until)]));
    assert_eq!(reason, "open");
    assert_eq!(
        sentence,
        "Open until 3 March 2027, by order 1001 (Watercolour course)."
    );
    assert!(mending.is_empty());
    // The one that lasts longest is named.
    let (_, sentence, _) = said(&known(vec![
        of_order("1002", revoked(3, EndReason::Refunded)),
        of_order("1001", until),
        by_hand(grant(2)),
    ]));
    assert_eq!(
        sentence,
        "Open without end, by a grant by hand and by one more grant."
    );
}

#[test]
fn each_way_of_ending_has_its_own_sentence_and_rule() {
    let mut sentences = std::collections::BTreeSet::new();
    for reason in EndReason::ALL {
        let facts = known(vec![of_order("1001", revoked(1, reason))]);
        let (code, sentence, _) = said(&facts);
        assert_eq!(code, reason.name());
        assert!(sentence.starts_with("Closed: "), "{sentence}");
        assert!(sentence.contains("3 February 2027"), "{sentence}");
        assert!(
            sentence.ends_with("; nothing else grants it."),
            "{sentence}"
        );
        assert!(sentences.insert(sentence));
        let standing = facts.grants[0].grant.standing(now());
        let rule = ending_rule(standing, &facts.grants[0].source).unwrap();
        assert!(!rule.section.is_empty() && rule.words.ends_with('.'));
    }
    assert!(
        sentences.contains(
            "Closed: order 1001 was refunded on 3 February 2027; nothing else grants it."
        )
    );
    let live = grant(1).standing(now());
    assert_eq!(ending_rule(live, &Source::Line(line("1001"))), None);
}

#[test]
fn of_several_ended_grants_the_one_that_ended_last_is_told() {
    let expired = Grant {
        expires_at: Some(at("2027-02-20")),
        ..grant(2)
    };
    let (reason, sentence, mending) = said(&known(vec![
        of_order("1001", revoked(1, EndReason::Refunded)),
        of_order("1002", expired),
    ]));
    assert_eq!(reason, "expired");
    assert_eq!(
        sentence,
        "Closed: the time that order 1002 paid for ended on 20 February 2027; the one other grant does not hold either."
    );
    assert_eq!(mending, ["extend", "grant_by_hand"]);
}

#[test]
fn a_grant_that_begins_later_is_waited_for() {
    let later = Grant {
        granted_at: at("2027-04-01"),
        ..grant(1)
    };
    let (reason, sentence, mending) = said(&known(vec![
        of_order("1001", revoked(2, EndReason::Cancelled)),
        of_order("1002", later),
    ]));
    assert_eq!(reason, "not_begun");
    assert!(sentence.contains("begins on 1 April 2027"), "{sentence}");
    assert_eq!(mending, ["wait", "grant_by_hand"]);
}

#[test]
fn a_block_is_lifted_and_nothing_more_when_a_grant_waits_behind_it() {
    let waiting = [
        of_order("1001", revoked(1, EndReason::Blocked)),
        by_hand(grant(1)),
    ];
    for grant in waiting {
        let mut facts = known(vec![grant]);
        facts.blocks = vec![block(1)];
        let (reason, sentence, mending) = said(&facts);
        assert_eq!(reason, "blocked");
        assert_eq!(
            sentence,
            "Closed: the block of 3 February 2027 (“shared her account”) stands."
        );
        assert_eq!(mending, ["lift_block"]);
    }
    // A grant by hand that the block ended is ended for good, and so is a refund; and what expired meanwhile stays so.
    let ended = [
        by_hand(revoked(1, EndReason::ByAdministrator)),
        of_order("1001", revoked(1, EndReason::Refunded)),
        of_order(
            "1001",
            Grant {
                expires_at: Some(at("2027-02-20")),
                ..revoked(1, EndReason::Blocked)
            },
        ),
    ];
    for grant in ended {
        let mut facts = known(vec![grant]);
        facts.blocks = vec![block(1)];
        assert_eq!(said(&facts).2, ["lift_block", "grant_by_hand"]);
    }
}

#[test]
fn a_lifted_block_refuses_nothing() {
    let mut facts = known(vec![by_hand(grant(1))]);
    facts.blocks = vec![lifted(1)];
    assert_eq!(said(&facts).0, "open");
}

#[test]
fn a_draft_is_published_and_a_scheduled_one_waited_for() {
    let mut facts = known(vec![of_order("1001", grant(1))]);
    facts.published_at = None;
    let (reason, sentence, mending) = said(&facts);
    assert_eq!((reason, mending), ("not_published", vec!["publish"]));
    assert_eq!(
        sentence,
        "Closed: the course is a draft, which opens for nobody."
    );
    facts.published_at = Some(at("2027-05-01"));
    let (_, sentence, mending) = said(&facts);
    assert_eq!(mending, ["wait"]);
    assert_eq!(sentence, "Closed: the course is published on 1 May 2027.");
}

#[test]
fn what_never_was_granted_names_the_likeliest_cause() {
    let mut facts = known(Vec::new());
    assert_eq!(
        said(&facts),
        (
            "never_granted",
            "Closed: nothing has ever granted it.".into(),
            vec!["grant_by_hand"]
        )
    );
    facts.failed = vec![FailedDelivery {
        id: DeliveryId::from_parts(now(), 1),
        store: "shop".parse().unwrap(),
        received_at: at("2027-02-03"),
        error: "`data.id` is missing".into(),
    }];
    let (_, sentence, mending) = said(&facts);
    assert!(sentence.contains("could not be worked off"), "{sentence}");
    assert_eq!(mending, ["replay_delivery", "grant_by_hand"]);
    let product = ProductId::from_parts(now(), 1);
    facts.lines = vec![
        closed("1000", Closed::NotIn(product)),
        closed("1001", unpaid(EndReason::Unpaid, false, true)),
        closed("1002", Closed::Unmapped(item())),
        closed("1003", Closed::Unmapped(item())),
    ];
    let (_, sentence, mending) = said(&facts);
    assert_eq!(
        sentence,
        "Closed: order 1002 is paid, but its item SKU WATER stands for no product yet."
    );
    assert_eq!(
        mending,
        [
            "await_payment",
            "map_item",
            "replay_delivery",
            "grant_by_hand"
        ]
    );
}

#[test]
fn each_closed_line_is_mended_in_its_own_way_or_not_at_all() {
    let product = ProductId::from_parts(now(), 1);
    for (why, expected) in [
        (Closed::Unmapped(item()), Some("map_item")),
        (Closed::Ignored, None),
        (Closed::NotIn(product), None),
        (Closed::NoPaymentTime, Some("say_when_paid")),
        (Closed::OtherOwner, Some("prove_address")),
        (Closed::OpensFromStore, Some("come_from_store")),
        (
            Closed::Recomputing {
                failed: Some(job()),
            },
            Some("retry_job"),
        ),
        (
            unpaid(EndReason::Unpaid, true, true),
            Some("accept_test_orders"),
        ),
        (
            unpaid(EndReason::Unpaid, false, true),
            Some("await_payment"),
        ),
        (unpaid(EndReason::Unpaid, false, false), None),
        (unpaid(EndReason::Unpaid, true, false), None),
        (unpaid(EndReason::Disputed, false, false), None),
        (
            unpaid(EndReason::Disputed, false, true),
            Some("settle_dispute"),
        ),
        (unpaid(EndReason::Refunded, false, true), None),
        (unpaid(EndReason::Cancelled, false, true), None),
    ] {
        let mut facts = known(Vec::new());
        facts.lines = vec![closed("1001", why.clone())];
        let expected: Vec<&str> = expected.into_iter().chain(["grant_by_hand"]).collect();
        assert_eq!(said(&facts).2, expected, "{why:?}");
    }
}

#[test]
fn what_is_about_to_open_is_said_before_what_ended_and_needs_no_grant_by_hand() {
    let mut facts = known(vec![of_order("1001", revoked(1, EndReason::Refunded))]);
    facts.lines = vec![
        closed(
            "1002",
            Closed::Recomputing {
                failed: Some(job()),
            },
        ),
        closed("1001", Closed::OpensFromStore),
    ];
    let (reason, sentence, mending) = said(&facts);
    assert_eq!(reason, "refunded");
    assert_eq!(
        sentence,
        "Closed: order 1002 pays for it, but the job that was to open it has failed."
    );
    assert_eq!(mending, ["retry_job", "come_from_store", "grant_by_hand"]);
    let waiting = closed("1003", Closed::Recomputing { failed: None });
    facts.lines.push(waiting);
    let (_, sentence, mending) = said(&facts);
    assert_eq!(
        sentence,
        "Closed: order 1003 pays for it, and it is about to open: that is being worked out."
    );
    assert_eq!(
        mending,
        ["retry_job", "come_from_store", "await_recomputing"]
    );
    facts.blocks = vec![block(1)];
    let (reason, _, mending) = said(&facts);
    assert_eq!((reason, mending[0]), ("blocked", "lift_block"));
}

#[test]
fn content_taken_out_of_a_product_is_put_back_into_that_product() {
    let product = ProductId::from_parts(now(), 1);
    let taken = revoked(1, EndReason::ContentRemoved);
    let mut facts = known(vec![of_order("1001", taken)]);
    let mut other_line = closed("1001", Closed::NotIn(ProductId::from_parts(now(), 3)));
    other_line.line.line = "2".parse().unwrap();
    facts.lines = vec![
        closed("1001", Closed::NotIn(product)),
        closed("1002", Closed::NotIn(ProductId::from_parts(now(), 2))),
        other_line,
    ];
    let mending = explain(&facts, now()).mending;
    let back = Mending::PutIntoProduct {
        product,
        content: content(),
    };
    assert_eq!(mending, [back, Mending::GrantByHand(content())]);
}

#[test]
fn an_order_that_changed_hands_asks_for_the_address_of_the_order() {
    let facts = known(vec![of_order("1001", revoked(1, EndReason::OwnerChanged))]);
    let mending = explain(&facts, now()).mending;
    let first = mending.first().unwrap();
    assert_eq!(first.name(), "prove_address");
    assert_eq!(
        first.words(),
        "Ask the customer to sign in with the address of the order 1001."
    );
    assert_eq!(first.target(), Some(line("1001").order.id.to_string()));
}

#[test]
fn every_mending_has_its_own_name_and_a_sentence() {
    let order = line("1001").order;
    let product = ProductId::from_parts(now(), 1);
    let all = [
        Mending::LiftBlock(block(1).id),
        Mending::Publish(ContentId::Course(CourseId::from_parts(now(), 1))),
        Mending::Wait(now()),
        Mending::MapItem {
            store: order.store.clone(),
            item: item(),
        },
        Mending::Extend(grant(1).id),
        Mending::PutIntoProduct {
            product,
            content: content(),
        },
        Mending::FillProduct(product),
        Mending::ProveAddress(order.clone()),
        Mending::ComeFromStore(order.clone()),
        Mending::AwaitRecomputing(order.clone()),
        Mending::NameCustomer(order.clone()),
        Mending::SayWhenPaid(order.clone()),
        Mending::AwaitPayment(order.clone()),
        Mending::AcceptTestOrders(order.store.clone()),
        Mending::SettleDispute(order.clone()),
        Mending::Replay(DeliveryId::from_parts(now(), 1)),
        Mending::RetryJob(job()),
        Mending::GrantByHand(content()),
    ];
    let names: std::collections::BTreeSet<_> = all.iter().map(Mending::name).collect();
    assert_eq!(names.len(), all.len());
    for mending in &all {
        let words = mending.words();
        assert!(words.ends_with('.') && words.len() > 10, "{words}");
        let is_named = mending
            .target()
            .is_none_or(|target| words.contains(&target) || words.contains("1001"));
        assert!(is_named, "{words}");
    }
}

#[test]
fn each_closed_line_has_a_name_of_its_own() {
    let not_paying = |reason, is_test| Closed::NotPaying {
        reason,
        is_test,
        is_in: true,
    };
    let named = [
        (Closed::Unmapped(StoreItem::default()), "unmapped_item"),
        (Closed::Ignored, "ignored_item"),
        (
            Closed::NotIn(ProductId::from_parts(now(), 1)),
            "not_in_product",
        ),
        (not_paying(EndReason::Unpaid, true), "test_order"),
        (not_paying(EndReason::Refunded, false), "refunded"),
        (Closed::NoPaymentTime, "no_payment_time"),
        (Closed::OtherOwner, "other_owner"),
        (Closed::OpensFromStore, "opens_from_store"),
        (Closed::Recomputing { failed: None }, "recomputing"),
    ];
    for (closed, name) in named {
        assert_eq!(closed.name(), name);
    }
}
