//! The present state of an order, as the API tells it.

use domain::order::OrderStatus;
use domain::payment::EndReason;
use serde_json::{Value, json};

use super::account::Account;
use super::{
    NOW, dispute, history, in_short, intent, invoice, invoice_line, order_id, order_state,
    payment_id, pays, refund, session, session_line, versions, with,
};

fn checkout() -> Account {
    Account {
        sessions: vec![session()],
        intents: vec![intent()],
        ..Account::empty()
    }
}

fn invoice_payment() -> Value {
    json!({
        "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "amount_paid": 2900, "status": "paid",
        "payment": { "type": "payment_intent", "payment_intent": "pi_1" }
    })
}

fn subscription() -> Account {
    Account {
        intents: vec![with(intent(), &json!({ "amount_received": 2900 }))],
        invoices: vec![invoice()],
        invoice_payments: vec![invoice_payment()],
        ..Account::empty()
    }
}

#[tokio::test]
async fn a_paid_checkout_is_a_paid_order_with_its_lines() {
    let facts = checkout().fetch(payment_id("pi_1")).await;
    assert_eq!(in_short(&facts), ["pi_1 Paid 12900"]);
    assert_eq!(versions(&facts), [NOW]);
    let order = order_state(&facts);
    assert!(!order.is_test);
    assert_eq!(order.paid_at, Some(NOW.plus_seconds(-3_650)));
    assert_eq!(order.email.as_ref().unwrap().as_str(), "ada@example.com");
    assert_eq!(order.external_customer, None);
    assert_eq!(order.currency, "EUR");
    assert_eq!(order.complete_refunds, Some([].into()));
    let line = &order.lines[0];
    assert_eq!(line.external_id.as_str(), "li_1");
    assert_eq!(line.item.product.as_ref().unwrap().as_str(), "prod_2");
    assert_eq!(line.item.variant.as_ref().unwrap().as_str(), "price_2");
    assert_eq!((line.title.as_str(), line.period_end), ("Drawing", None));
}

#[tokio::test]
async fn an_order_is_found_by_its_payment_its_session_and_its_charge() {
    let expected = checkout().fetch(payment_id("pi_1")).await;
    let charges = vec![json!({ "id": "ch_1", "payment_intent": "pi_1" })];
    let account = Account {
        charges,
        ..checkout()
    };
    for subject in [order_id("pi_1"), order_id("cs_1"), payment_id("ch_1")] {
        let facts = account.clone().fetch(subject.clone()).await;
        assert_eq!(facts, expected, "{subject}");
    }
}

#[tokio::test]
async fn what_became_of_the_payment_decides_about_a_checkout() {
    for (status, expected) in [
        ("succeeded", OrderStatus::Paid),
        ("requires_capture", OrderStatus::Authorised),
        ("processing", OrderStatus::Pending),
        ("requires_payment_method", OrderStatus::Failed),
        ("requires_action", OrderStatus::Failed),
        ("canceled", OrderStatus::Cancelled),
        ("something_new", OrderStatus::OnHold),
    ] {
        // The session may be behind, or stay as it was.
        for payment_status in ["paid", "unpaid"] {
            let account = Account {
                sessions: vec![with(
                    session(),
                    &json!({ "payment_status": payment_status }),
                )],
                intents: vec![with(intent(), &json!({ "status": status }))],
                ..Account::empty()
            };
            let facts = account.fetch(payment_id("pi_1")).await;
            let order = order_state(&facts);
            assert_eq!(order.status, expected, "{status}");
            assert_eq!(
                order.paid_at.is_some(),
                expected == OrderStatus::Paid,
                "{status}"
            );
        }
    }
}

#[tokio::test]
async fn a_checkout_that_is_not_completed_grants_nothing() {
    for (status, expected) in [
        ("open", OrderStatus::Draft),
        ("expired", OrderStatus::Cancelled),
        ("something_new", OrderStatus::OnHold),
    ] {
        let account = Account {
            sessions: vec![with(session(), &json!({ "status": status }))],
            ..checkout()
        };
        let facts = account.fetch(payment_id("pi_1")).await;
        assert_eq!(order_state(&facts).status, expected, "{status}");
    }
}

#[tokio::test]
async fn a_free_checkout_is_paid_by_its_own_id() {
    for (payment_status, expected) in [
        ("no_payment_required", OrderStatus::Paid),
        ("paid", OrderStatus::Paid),
        ("unpaid", OrderStatus::Pending),
        ("something_new", OrderStatus::OnHold),
    ] {
        let free = json!({ "payment_intent": null, "payment_status": payment_status });
        let account = Account {
            sessions: vec![with(session(), &free)],
            ..Account::empty()
        };
        let facts = account.fetch(order_id("cs_1")).await;
        assert_eq!(in_short(&facts), [format!("cs_1 {expected:?} 0")]);
        assert_eq!(order_state(&facts).lines.len(), 1);
    }
}

#[tokio::test]
async fn anything_of_test_mode_makes_a_test_order() {
    let is_test = |session_live: bool, intent_live: bool| async move {
        let account = Account {
            sessions: vec![with(session(), &json!({ "livemode": session_live }))],
            intents: vec![with(intent(), &json!({ "livemode": intent_live }))],
            ..Account::empty()
        };
        order_state(&account.fetch(payment_id("pi_1")).await).is_test
    };
    assert!(!is_test(true, true).await);
    assert!(is_test(false, true).await);
    assert!(is_test(true, false).await);
}

#[tokio::test]
async fn refunds_and_disputes_come_with_the_order() {
    let account = Account {
        refunds: vec![
            refund("re_2", "pending", 400),
            refund("re_1", "succeeded", 500),
            with(
                refund("re_9", "succeeded", 1),
                &json!({ "payment_intent": "pi_9" }),
            ),
        ],
        disputes: vec![
            dispute("needs_response"),
            with(dispute("something_new"), &json!({ "id": "dp_2" })),
        ],
        ..checkout()
    };
    let facts = account.fetch(payment_id("pi_1")).await;
    let expected = [
        "pi_1 Paid 12900",
        "pi_1 re_2 Pending 400",
        "pi_1 re_1 Succeeded 500",
        "pi_1 dp_1 Open",
    ];
    assert_eq!(in_short(&facts), expected);
    assert_eq!(versions(&facts), [NOW; 4]);
    let listed = order_state(&facts).complete_refunds.clone().unwrap();
    let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["re_1", "re_2"]);
    assert_eq!(
        pays(&history("pi_1", &facts), "li_1"),
        Err(EndReason::Disputed)
    );
}

#[tokio::test]
async fn a_payment_of_an_invoice_is_the_invoices_and_no_order_of_its_own() {
    let account = Account {
        refunds: vec![refund("re_1", "succeeded", 2_900)],
        ..subscription()
    };
    let expected = ["in_1 Paid 2900", "in_1 re_1 Succeeded 2900"];
    for subject in [payment_id("pi_1"), order_id("pi_1"), order_id("in_1")] {
        let facts = account.clone().fetch(subject.clone()).await;
        assert_eq!(in_short(&facts), expected, "{subject}");
        assert_eq!(
            pays(&history("in_1", &facts), "il_1"),
            Err(EndReason::Refunded)
        );
    }
}

#[tokio::test]
async fn an_invoice_that_is_made_of_a_checkout_is_the_only_order() {
    let invoiced = json!({ "invoice_creation": { "enabled": true }, "invoice": "in_1" });
    let account = Account {
        sessions: vec![with(session(), &invoiced)],
        // The invoice does not list the payment that it was made of.
        invoice_payments: Vec::new(),
        refunds: vec![refund("re_1", "succeeded", 500)],
        ..subscription()
    };
    let facts = account.clone().fetch(payment_id("pi_1")).await;
    assert_eq!(
        in_short(&facts),
        ["in_1 Paid 2900", "in_1 re_1 Succeeded 500"]
    );
    // Asked for by itself, the invoice cannot know of the refund, and does not say that there is none.
    let alone = account.clone().fetch(order_id("in_1")).await;
    assert_eq!(in_short(&alone), ["in_1 Paid 2900"]);
    assert_eq!(order_state(&alone).complete_refunds, None);
    let to_come = with(
        session(),
        &json!({ "invoice_creation": { "enabled": true } }),
    );
    let account = Account {
        sessions: vec![to_come],
        ..account
    };
    assert_eq!(account.fetch(payment_id("pi_1")).await, []);
}

#[tokio::test]
async fn an_invoice_that_somebody_paid_in_cash_has_no_payment_to_ask_about() {
    let cash = json!({ "payment": { "type": "payment_record", "payment_record": "pr_1" } });
    let account = Account {
        invoice_payments: vec![with(invoice_payment(), &cash)],
        ..subscription()
    };
    let facts = account.fetch(order_id("in_1")).await;
    assert_eq!(in_short(&facts), ["in_1 Paid 2900"]);
    assert_eq!(order_state(&facts).complete_refunds, Some([].into()));
}

#[tokio::test]
async fn an_invoice_with_many_lines_is_read_to_its_end() {
    let line = |index: usize| with(invoice_line(), &json!({ "id": format!("il_{index}") }));
    let mut invoice = invoice();
    invoice["lines"]["has_more"] = json!(true);
    let account = Account {
        invoices: vec![invoice],
        invoice_lines: (0..25).map(line).collect(),
        page_size: 10,
        ..subscription()
    };
    let opened = account.open().await;
    let facts = opened.api.fetch(&order_id("in_1"), NOW).await.unwrap();
    assert_eq!(order_state(&facts).lines.len(), 25);
    let pages = opened.server.lines();
    assert!(
        pages.contains(&"GET /v1/invoices/in_1/lines?limit=100&starting_after=il_9".to_owned()),
        "{pages:?}"
    );
}

#[tokio::test]
async fn a_checkout_with_many_lines_is_read_to_its_end() {
    let line = |index: usize| with(session_line(), &json!({ "id": format!("li_{index}") }));
    let account = Account {
        session_lines: (0..25).map(line).collect(),
        page_size: 10,
        ..checkout()
    };
    let facts = account.fetch(payment_id("pi_1")).await;
    assert_eq!(order_state(&facts).lines.len(), 25);
}

#[tokio::test]
async fn what_stripe_does_not_know_is_no_fact() {
    for subject in [
        order_id("in_9"),
        order_id("cs_9"),
        order_id("pi_9"),
        payment_id("ch_9"),
        payment_id("py_9"),
        order_id("1001"),
        order_id("../account"),
    ] {
        assert_eq!(
            Account::empty().fetch(subject.clone()).await,
            [],
            "{subject}"
        );
    }
    // A payment that neither a checkout nor an invoice asked for names no products.
    let account = Account {
        intents: vec![intent()],
        ..Account::empty()
    };
    assert_eq!(account.fetch(payment_id("pi_1")).await, []);
}

#[tokio::test]
async fn requests_carry_the_key_and_pin_the_version() {
    let opened = checkout().open().await;
    opened.api.fetch(&payment_id("pi_1"), NOW).await.unwrap();
    let requests = opened.server.requests();
    assert_eq!(
        opened.server.lines(),
        [
            "GET /v1/payment_intents/pi_1?expand%5B%5D=latest_charge",
            "GET /v1/checkout/sessions?payment_intent=pi_1&limit=1",
            "GET /v1/checkout/sessions/cs_1/line_items?limit=100",
            "GET /v1/refunds?payment_intent=pi_1&limit=100",
            "GET /v1/disputes?payment_intent=pi_1&limit=100",
        ]
    );
    for request in requests {
        assert_eq!(
            request.header("authorization"),
            Some("Bearer rk_live_canary")
        );
        assert_eq!(request.header("stripe-version"), Some("2025-06-30.basil"));
    }
}
