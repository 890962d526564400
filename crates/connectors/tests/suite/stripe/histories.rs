//! Whole histories: whatever order their facts come in and however often, with an API that answers or not, they end in the state
//! that the rules demand.

use std::collections::BTreeMap;

use domain::order::{OrderFact, OrderHistory};
use domain::payment::EndReason;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::account::Account;
use super::captures::captures;
use super::{
    NOW, dispute, event, intent, invoice, order_id, payment_id, pays, read, refund, session, with,
};

/// What happened to one order.
struct Story {
    name: &'static str,
    events: Vec<Value>,
    /// A state that was fetched before the API stopped answering, so many seconds ago.
    earlier: Option<(i64, Account)>,
    /// What the API tells in the end.
    account: Account,
    order: &'static str,
    line: &'static str,
    /// Whether the line pays by what the events said, and the earlier state.
    without_api: Result<(), EndReason>,
    /// Whether it pays once the API has answered.
    with_api: Result<(), EndReason>,
}

fn checkout(intent_fields: &Value) -> Account {
    Account {
        sessions: vec![session()],
        intents: vec![with(intent(), intent_fields)],
        ..Account::empty()
    }
}

fn sale() -> Story {
    Story {
        name: "a sale",
        events: vec![
            event("checkout.session.completed", 4_000, &session()),
            event("payment_intent.succeeded", 4_000, &intent()),
        ],
        earlier: None,
        account: checkout(&json!({})),
        order: "pi_1",
        line: "li_1",
        // What was bought, only the API tells.
        without_api: Err(EndReason::Unpaid),
        with_api: Ok(()),
    }
}

fn renewal() -> Story {
    let payment = json!({
        "id": "inpay_1", "invoice": "in_1", "amount_paid": 2900, "status": "paid",
        "payment": { "type": "payment_intent", "payment_intent": "pi_1" }
    });
    let open = with(invoice(), &json!({ "status": "open", "amount_paid": 0 }));
    Story {
        name: "a renewal",
        events: vec![
            event("invoice.finalized", 3_700, &open),
            event("invoice.paid", 3_600, &invoice()),
            event("payment_intent.succeeded", 3_600, &intent()),
        ],
        earlier: None,
        account: Account {
            intents: vec![intent()],
            invoices: vec![invoice()],
            invoice_payments: vec![payment],
            ..Account::empty()
        },
        order: "in_1",
        line: "il_1",
        without_api: Ok(()),
        with_api: Ok(()),
    }
}

impl Story {
    fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn then(mut self, ago: i64, kind: &str, object: &Value) -> Self {
        self.events.push(event(kind, ago, object));
        self
    }

    /// The order was fetched long ago, and what is told now is told in vain.
    fn fetched_earlier(mut self) -> Self {
        self.earlier = Some((3_500, self.account.clone()));
        self.without_api = Ok(());
        self
    }

    fn finally(mut self, change: impl FnOnce(&mut Account)) -> Self {
        change(&mut self.account);
        self
    }

    fn ends(mut self, without_api: Result<(), EndReason>, with_api: Result<(), EndReason>) -> Self {
        self.without_api = without_api;
        self.with_api = with_api;
        self
    }
}

fn stories() -> Vec<Story> {
    [of_payments(), of_refunds(), of_disputes(), of_invoices()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_payments() -> Vec<Story> {
    let unpaid = || with(session(), &json!({ "payment_status": "unpaid" }));
    let nothing_known = Err(EndReason::Unpaid);
    vec![
        sale(),
        sale()
            .fetched_earlier()
            .called("a sale that was fetched before"),
        sale()
            .called("a delayed payment that arrives")
            .then(4_100, "checkout.session.completed", &unpaid())
            .then(100, "checkout.session.async_payment_succeeded", &session()),
        Story {
            events: Vec::new(),
            account: checkout(
                &json!({ "status": "requires_payment_method", "amount_received": 0 }),
            ),
            ..sale()
        }
        .called("a delayed payment that fails")
        .then(4_100, "checkout.session.completed", &unpaid())
        .then(100, "checkout.session.async_payment_failed", &unpaid())
        .ends(nothing_known, nothing_known),
        Story {
            account: checkout(&json!({ "status": "processing", "amount_received": 0 })),
            ..sale()
        }
        .called("a delayed payment on its way")
        .ends(nothing_known, nothing_known),
    ]
}

fn of_refunds() -> Vec<Story> {
    let refunded = Err(EndReason::Refunded);
    vec![
        sale()
            .called("a partial refund")
            .fetched_earlier()
            .then(900, "refund.created", &refund("re_1", "succeeded", 500))
            .finally(|account| account.refunds = vec![refund("re_1", "succeeded", 500)]),
        sale()
            .called("two refunds that add up to all")
            .fetched_earlier()
            .then(900, "refund.created", &refund("re_1", "succeeded", 12_400))
            .then(800, "refund.created", &refund("re_2", "succeeded", 500))
            .finally(|account| {
                account.refunds = vec![
                    refund("re_2", "succeeded", 500),
                    refund("re_1", "succeeded", 12_400),
                ];
            })
            .ends(refunded, refunded),
        // RULES, example 19.
        sale()
            .called("a refund that is pending and fails")
            .fetched_earlier()
            .then(900, "refund.created", &refund("re_1", "pending", 12_900))
            .then(800, "refund.failed", &refund("re_1", "failed", 12_900))
            .finally(|account| account.refunds = vec![refund("re_1", "failed", 12_900)]),
        sale()
            .called("a refund that succeeds and comes back")
            .fetched_earlier()
            .then(900, "refund.created", &refund("re_1", "succeeded", 12_900))
            .then(800, "refund.updated", &refund("re_1", "failed", 12_900))
            .then(800, "refund.failed", &refund("re_1", "failed", 12_900))
            .finally(|account| account.refunds = vec![refund("re_1", "failed", 12_900)]),
    ]
}

fn of_disputes() -> Vec<Story> {
    let disputed = Err(EndReason::Disputed);
    vec![
        sale()
            .called("an inquiry that is closed")
            .fetched_earlier()
            .then(
                900,
                "charge.dispute.created",
                &dispute("warning_needs_response"),
            )
            .then(800, "charge.dispute.closed", &dispute("warning_closed"))
            .finally(|account| account.disputes = vec![dispute("warning_closed")]),
        sale()
            .called("an inquiry that becomes a dispute")
            .fetched_earlier()
            .then(
                900,
                "charge.dispute.created",
                &dispute("warning_needs_response"),
            )
            .then(800, "charge.dispute.updated", &dispute("needs_response"))
            .then(
                800,
                "charge.dispute.funds_withdrawn",
                &dispute("needs_response"),
            )
            .finally(|account| account.disputes = vec![dispute("needs_response")])
            .ends(disputed, disputed),
        // RULES, example 9.
        sale()
            .called("a dispute that is won")
            .fetched_earlier()
            .then(900, "charge.dispute.created", &dispute("needs_response"))
            .then(800, "charge.dispute.closed", &dispute("won"))
            .then(800, "charge.dispute.funds_reinstated", &dispute("won"))
            .finally(|account| account.disputes = vec![dispute("won")]),
        sale()
            .called("a dispute that is lost")
            .fetched_earlier()
            .then(900, "charge.dispute.created", &dispute("needs_response"))
            .then(800, "charge.dispute.closed", &dispute("lost"))
            .finally(|account| account.disputes = vec![dispute("lost")])
            .ends(disputed, disputed),
    ]
}

fn of_invoices() -> Vec<Story> {
    let refunded = Err(EndReason::Refunded);
    let nothing_known = Err(EndReason::Unpaid);
    let charge = json!({
        "id": "ch_1", "payment_intent": "pi_1", "invoice": "in_1", "amount": 2900, "amount_refunded": 2900, "refunded": true,
        "refunds": { "data": [refund("re_1", "succeeded", 2_900)] }
    });
    vec![
        renewal(),
        // RULES, example 22.
        renewal()
            .called("a subscription that is cancelled")
            .then(
                100,
                "customer.subscription.updated",
                &json!({ "id": "sub_1", "cancel_at_period_end": true }),
            )
            .then(
                50,
                "customer.subscription.deleted",
                &json!({ "id": "sub_1", "status": "canceled" }),
            ),
        renewal()
            .called("an invoice refunded in the shape of 2020")
            .then(900, "charge.refunded", &charge)
            .finally(|account| account.refunds = vec![refund("re_1", "succeeded", 2_900)])
            .ends(refunded, refunded),
        renewal()
            .called("an invoice refunded in the shape of 2025, which only the API can tell")
            .then(900, "refund.created", &refund("re_1", "succeeded", 2_900))
            .finally(|account| account.refunds = vec![refund("re_1", "succeeded", 2_900)])
            .ends(Ok(()), refunded),
        renewal()
            .called("a partial refund that is told of the payment and of its invoice")
            .then(900, "refund.created", &refund("re_1", "succeeded", 1_500))
            .finally(|account| account.refunds = vec![refund("re_1", "succeeded", 1_500)])
            .ends(Ok(()), Ok(())),
        renewal()
            .called("an invoice that is given up after it was paid by nobody")
            .then(
                100,
                "invoice.marked_uncollectible",
                &with(
                    invoice(),
                    &json!({ "status": "uncollectible", "amount_paid": 0 }),
                ),
            )
            .finally(|account| {
                account.invoices = vec![with(
                    invoice(),
                    &json!({ "status": "uncollectible", "amount_paid": 0 }),
                )];
            })
            .ends(nothing_known, nothing_known),
    ]
}

/// All that is known of all orders.
type Known = BTreeMap<String, OrderHistory>;

fn learn(facts: &[OrderFact]) -> Known {
    let mut known = Known::new();
    for fact in facts {
        let history = known.entry(fact.order.to_string()).or_default();
        history.learn(fact.saying.clone());
    }
    known
}

/// Learns the facts in many orders, some twice, and checks that the end is the same.
fn learn_in_any_order(facts: &[OrderFact], name: &str) -> Known {
    let expected = learn(facts);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 50,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let repeated = [facts, facts].concat();
    let some = prop::sample::subsequence(facts.to_vec(), 0..=facts.len());
    let orders = (
        Just(repeated).prop_shuffle(),
        Just(facts.to_vec()).prop_shuffle(),
        some,
    );
    let tried = runner.run(&orders, |(repeated, shuffled, some)| {
        prop_assert_eq!(learn(&repeated), expected.clone());
        prop_assert_eq!(learn(&shuffled), expected.clone());
        prop_assert_eq!(learn(&[shuffled, some].concat()), expected.clone());
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{name}: {error}"));
    expected
}

fn verdict(known: &Known, story: &Story) -> Result<(), EndReason> {
    let nothing = OrderHistory::default();
    pays(known.get(story.order).unwrap_or(&nothing), story.line)
}

#[tokio::test]
async fn every_story_ends_as_the_rules_say_in_any_order_and_however_often() {
    for story in stories() {
        let mut facts = Vec::new();
        let mut asked = std::collections::BTreeSet::new();
        for event in &story.events {
            let reading = read(event);
            facts.extend(reading.facts);
            asked.extend(reading.look_up);
        }
        if let Some((ago, account)) = &story.earlier {
            let opened = account.clone().open().await;
            let at = NOW.plus_seconds(-ago);
            facts.extend(opened.api.fetch(&payment_id("pi_1"), at).await.unwrap());
        }
        let known = learn_in_any_order(&facts, story.name);
        assert_eq!(
            verdict(&known, &story),
            story.without_api,
            "{} without API",
            story.name
        );
        // Everything that the events hinted at is looked up, and nothing else has to be.
        assert!(!asked.is_empty(), "{}", story.name);
        let opened = story.account.clone().open().await;
        for subject in asked {
            facts.extend(opened.api.fetch(&subject, NOW).await.unwrap());
        }
        let known = learn_in_any_order(&facts, story.name);
        assert_eq!(
            verdict(&known, &story),
            story.with_api,
            "{} with API",
            story.name
        );
        // One purchase is one order, though something may be known of its payment.
        let orders = known.values().filter(|history| history.order.is_some());
        assert!(orders.count() <= 1, "{}: {known:?}", story.name);
    }
}

#[test]
fn the_samples_end_in_the_same_state_in_any_order_and_however_often() {
    let facts: Vec<_> = captures()
        .values()
        .flat_map(|event| read(event).facts)
        .collect();
    assert!(facts.len() > 10);
    let known = learn_in_any_order(&facts, "samples");
    // The newest of the samples about this refund and this invoice are of one second, so the more final one counts.
    let invoice = &known["in_1KJqKBJDPojXS6LNJbvLUgEy"];
    assert_eq!(
        pays(invoice, "il_1KJqKBJDPojXS6LND42vdxtT"),
        Err(EndReason::Cancelled)
    );
    assert_eq!(
        known["pi_1GszsK2eZvKYlo2CfhZyoZLp"]
            .succeeded_refunds()
            .count(),
        0
    );
}

#[tokio::test]
async fn one_look_up_answers_all_that_was_hinted_at_about_one_purchase() {
    let hints: Vec<_> = sale()
        .events
        .iter()
        .flat_map(|event| read(event).look_up)
        .collect();
    assert_eq!(hints, [payment_id("pi_1"), payment_id("pi_1")]);
    let by_order = checkout(&json!({})).fetch(order_id("pi_1")).await;
    assert_eq!(
        by_order,
        checkout(&json!({})).fetch(payment_id("pi_1")).await
    );
}
