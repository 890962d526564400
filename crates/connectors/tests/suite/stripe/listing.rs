//! What changed since a time.

use connectors::Reading;
use connectors::api::{ApiError, Cursor, Page};
use serde_json::{Value, json};

use super::account::{Account, asked_types};
use super::{
    NOW, event, in_short, intent, invoice, look_ups, refund, seconds_ago, session, versions, with,
};
use crate::server::{Reply, Server};

fn numbered(number: i64, event: Value) -> Value {
    with(event, &json!({ "id": format!("evt_{number}") }))
}

fn content(pages: Vec<Page<Reading>>) -> Reading {
    let mut all = Reading::default();
    for page in pages {
        all.extend(page.content);
    }
    all
}

/// Newest first: a refund, a checkout, an invoice, and an event that we did not ask for.
fn events() -> Vec<Value> {
    vec![
        numbered(
            4,
            event("refund.created", 100, &refund("re_1", "succeeded", 500)),
        ),
        numbered(3, event("customer.created", 150, &json!({ "id": "cus_1" }))),
        numbered(2, event("checkout.session.completed", 200, &session())),
        numbered(1, event("invoice.paid", 300, &invoice())),
    ]
}

#[tokio::test]
async fn recent_changes_are_read_from_the_events() {
    let account = Account {
        events: events(),
        page_size: 2,
        ..Account::empty()
    };
    let opened = account.open().await;
    let pages = opened.list(NOW.plus_seconds(-3_600)).await;
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0].next, Some(Cursor("events:evt_2".into())));
    let all = content(pages);
    assert_eq!(
        in_short(&all.facts),
        ["pi_1 re_1 Succeeded 500", "in_1 Paid 2900"]
    );
    assert_eq!(
        versions(&all.facts),
        [NOW.plus_seconds(-100), NOW.plus_seconds(-300)]
    );
    assert_eq!(look_ups(&all), ["order:in_1", "payment:pi_1"]);
    let requests = opened.server.requests();
    for request in &requests {
        assert_eq!(request.path(), "/v1/events");
        assert_eq!(
            request.query("created[gte]"),
            Some(seconds_ago(3_600).to_string())
        );
        // Stripe refuses more than 20.
        assert_eq!(asked_types(request).len(), 18);
    }
    assert_eq!(
        requests[1].query("starting_after").as_deref(),
        Some("evt_2")
    );
}

#[tokio::test]
async fn what_happened_before_is_not_listed() {
    let account = Account {
        events: events(),
        ..Account::empty()
    };
    let pages = account.open().await.list(NOW.plus_seconds(-200)).await;
    assert_eq!(look_ups(&content(pages)), ["payment:pi_1"]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_looked_up_and_hides_no_other() {
    let damaged = |id: &str| json!({ "id": id, "object": "damaged" });
    let mut damaged: Vec<_> = ["in_7", "cs_7", "pi_7", "ch_7", "py_7", "dp_7", "7"]
        .map(|id| numbered(9, event("invoice.paid", 10, &damaged(id))))
        .into();
    damaged.push(json!({ "id": "evt_8", "type": "invoice.paid", "created": seconds_ago(20) }));
    let account = Account {
        events: [damaged, events()].concat(),
        ..Account::empty()
    };
    let all = content(account.open().await.list(NOW.plus_seconds(-3_600)).await);
    let expected = [
        "order:cs_7",
        "order:in_1",
        "order:in_7",
        "payment:ch_7",
        "payment:pi_1",
        "payment:pi_7",
        "payment:py_7",
    ];
    assert_eq!(look_ups(&all), expected);
    assert_eq!(all.facts.len(), 2);
}

fn old_account() -> Account {
    let free =
        json!({ "id": "cs_2", "payment_intent": null, "payment_status": "no_payment_required" });
    let invoiced = json!({ "id": "cs_3", "invoice": "in_3", "payment_intent": "pi_3" });
    Account {
        sessions: vec![
            session(),
            with(session(), &free),
            with(session(), &invoiced),
            with(
                session(),
                &json!({ "id": "cs_4", "status": "expired", "payment_intent": "pi_4" }),
            ),
        ],
        intents: vec![intent()],
        invoices: vec![
            with(invoice(), &json!({ "id": "in_3" })),
            invoice(),
            with(invoice(), &json!({ "id": "in_4", "status": "draft" })),
        ],
        events: vec![numbered(
            4,
            event("refund.created", 100, &refund("re_1", "succeeded", 500)),
        )],
        ..Account::empty()
    }
}

#[tokio::test]
async fn what_is_older_than_the_events_is_read_from_checkouts_and_invoices() {
    for page_size in [1, 2, 100] {
        let account = Account {
            page_size,
            ..old_account()
        };
        let opened = account.open().await;
        let all = content(
            opened
                .list(NOW.plus_days(0).plus_seconds(-90 * 86_400))
                .await,
        );
        let expected = ["order:cs_2", "order:in_1", "order:in_3", "payment:pi_1"];
        assert_eq!(look_ups(&all), expected);
        assert_eq!(in_short(&all.facts), ["pi_1 re_1 Succeeded 500"]);
        let mut lists: Vec<_> = opened
            .server
            .requests()
            .iter()
            .map(|r| r.path().to_owned())
            .collect();
        lists.dedup();
        assert_eq!(
            lists,
            ["/v1/checkout/sessions", "/v1/invoices", "/v1/events"]
        );
    }
}

#[tokio::test]
async fn the_events_of_29_days_are_relied_on_and_no_more() {
    for (days, first) in [(29, "/v1/events"), (30, "/v1/checkout/sessions")] {
        let opened = old_account().open().await;
        opened.list(NOW.plus_seconds(-days * 86_400)).await;
        assert_eq!(opened.server.requests()[0].path(), first, "{days}");
    }
}

#[tokio::test]
async fn from_the_beginning_of_time_is_from_1970() {
    let opened = old_account().open().await;
    opened.list(domain::Timestamp::from_seconds(-5)).await;
    let asked = opened.server.requests()[0].query("created[gte]");
    assert_eq!(asked.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_listing_that_leads_in_a_circle_is_refused() {
    let page = |items: Value| Reply::json(&json!({ "data": items, "has_more": true }));
    for (first, second) in [
        // Nothing, and yet more.
        (page(json!([])), None),
        (
            page(json!([event("invoice.paid", 0, &invoice())])),
            Some(page(json!([event("invoice.paid", 0, &invoice())]))),
        ),
        (
            page(json!([event("invoice.paid", 0, &invoice())])),
            Some(page(json!([]))),
        ),
    ] {
        let goes_on = second.is_some();
        let server = Server::scripted([Some(first), second].into_iter().flatten()).await;
        let api = super::account::open(&server.address, connectors::api::Limits::default());
        let since = NOW.plus_seconds(-3_600);
        let mut page = api.list_changed(since, None, NOW).await;
        if goes_on {
            let cursor = page.unwrap().next.unwrap();
            page = api.list_changed(since, Some(&cursor), NOW).await;
        }
        assert_eq!(page.unwrap_err(), ApiError::PagingLoop);
    }
}

#[tokio::test]
async fn a_cursor_of_somebody_else_is_refused() {
    let opened = Account::empty().open().await;
    for cursor in ["", "events", "orders:1"] {
        let cursor = Cursor(cursor.to_owned());
        let page = opened.api.list_changed(NOW, Some(&cursor), NOW).await;
        assert_eq!(page.unwrap_err(), ApiError::PagingLoop);
    }
    assert_eq!(opened.server.lines(), Vec::<String>::new());
}
