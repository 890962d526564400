//! Invoices as events show them, in the shapes of 2020 and of 2025.

use domain::Timestamp;
use domain::order::OrderStatus;
use domain::payment::EndReason;
use serde_json::{Value, json};

use super::{
    NOW, event, history, in_short, invoice, invoice_line, look_ups, order_state, pays, problem,
    read, seconds_ago, versions, with, with_lines,
};

/// The same invoice line as endpoints with an API version of before 2025 show it.
fn line_of_2020() -> Value {
    json!({
        "id": "il_1", "object": "line_item", "amount": 2900, "currency": "eur", "type": "subscription", "proration": false,
        "description": "1 × Watercolour (at €29.00 / month)", "quantity": 1, "subscription": "sub_1",
        "period": { "start": seconds_ago(3_600), "end": seconds_ago(-2_592_000) },
        "price": { "id": "price_1", "object": "price", "product": "prod_1" },
        "plan": { "id": "price_1", "object": "plan", "product": "prod_1" }
    })
}

fn lines(lines: &[Value]) -> Vec<(String, Option<i64>)> {
    let reading = read(&event("invoice.paid", 0, &with_lines(lines)));
    let lines = order_state(&reading.facts).lines.iter();
    lines
        .map(|line| {
            let end = line.period_end.map(Timestamp::as_seconds);
            (line.external_id.to_string(), end)
        })
        .collect()
}

#[test]
fn a_paid_invoice_is_a_paid_order_with_its_lines() {
    let reading = read(&event("invoice.paid", 60, &invoice()));
    assert_eq!(in_short(&reading.facts), ["in_1 Paid 2900"]);
    assert_eq!(look_ups(&reading), ["order:in_1"]);
    assert_eq!(versions(&reading.facts), [NOW.plus_seconds(-60)]);
    let order = order_state(&reading.facts);
    assert!(!order.is_test);
    assert_eq!(order.paid_at, Some(NOW.plus_seconds(-3_600)));
    assert_eq!(order.email.as_ref().unwrap().as_str(), "ada@example.com");
    assert_eq!(order.external_customer.as_ref().unwrap().as_str(), "cus_1");
    assert_eq!(order.currency, "EUR");
    assert_eq!(order.complete_refunds, None);
    let line = &order.lines[0];
    assert_eq!(line.item.product.as_ref().unwrap().as_str(), "prod_1");
    assert_eq!(line.item.variant.as_ref().unwrap().as_str(), "price_1");
    assert_eq!(line.item.sku, None);
    assert_eq!((line.quantity, line.returned_quantity), (1, 0));
    assert_eq!(line.period_end, Some(NOW.plus_seconds(2_592_000)));
}

#[test]
fn both_shapes_of_an_invoice_are_the_same_order() {
    let of_2025 = read(&event("invoice.paid", 0, &invoice()));
    let of_2020 = read(&event("invoice.paid", 0, &with_lines(&[line_of_2020()])));
    assert_eq!(of_2020, of_2025);
    // Before prices, a line had a plan alone.
    let mut of_2019 = line_of_2020();
    of_2019.as_object_mut().unwrap().remove("price");
    let of_2019 = read(&event("invoice.paid", 0, &with_lines(&[of_2019])));
    assert_eq!(of_2019, of_2025);
}

#[test]
fn each_status_of_an_invoice_has_its_meaning() {
    for (status, paid, expected) in [
        ("draft", 0, OrderStatus::Draft),
        ("open", 0, OrderStatus::Pending),
        ("open", 1_000, OrderStatus::PartiallyPaid),
        ("paid", 2_900, OrderStatus::Paid),
        ("paid", 0, OrderStatus::Paid),
        ("uncollectible", 0, OrderStatus::Failed),
        ("void", 0, OrderStatus::Cancelled),
        ("deleted", 0, OrderStatus::Deleted),
        ("something_new", 2_900, OrderStatus::OnHold),
    ] {
        let invoice = with(invoice(), &json!({ "status": status, "amount_paid": paid }));
        let reading = read(&event("invoice.updated", 0, &invoice));
        assert_eq!(order_state(&reading.facts).status, expected, "{status}");
    }
}

#[test]
fn an_invoice_is_live_only_when_the_event_and_the_invoice_say_so() {
    let is_test = |event_live: Value, invoice_live: Value| {
        let invoice = with(invoice(), &json!({ "livemode": invoice_live }));
        let event = with(
            event("invoice.paid", 0, &invoice),
            &json!({ "livemode": event_live }),
        );
        order_state(&read(&event).facts).is_test
    };
    assert!(!is_test(json!(true), json!(true)));
    assert!(is_test(json!(false), json!(true)));
    assert!(is_test(json!(true), json!(false)));
    assert!(is_test(json!(null), json!(null)));
}

#[test]
fn a_credit_for_unused_time_buys_nothing_and_the_rest_of_the_period_does() {
    let end = seconds_ago(-1_000_000);
    let proration = |id: &str, amount: i64, parent: Value| {
        json!({
            "id": id, "amount": amount, "description": "Time on a plan", "quantity": 1,
            "period": { "start": seconds_ago(0), "end": end }, "parent": parent,
            "pricing": { "price_details": { "price": "price_1", "product": "prod_1" } }
        })
    };
    let by_item = json!({ "invoice_item_details": { "proration": true, "subscription": "sub_1" } });
    let by_subscription =
        json!({ "subscription_item_details": { "proration": true, "subscription": "sub_1" } });
    let of_2020 = json!({
        "id": "il_5", "type": "invoiceitem", "proration": true, "amount": 900, "subscription": "sub_1",
        "period": { "start": seconds_ago(0), "end": end }, "price": { "id": "price_1", "product": "prod_1" }
    });
    let credit_of_2020 = with(of_2020.clone(), &json!({ "id": "il_6", "amount": -900 }));
    let found = lines(&[
        proration("il_1", -1_500, by_item.clone()),
        proration("il_2", 3_100, by_item),
        proration("il_3", -1, by_subscription.clone()),
        proration("il_4", 0, by_subscription),
        of_2020,
        credit_of_2020,
    ]);
    let expected = ["il_2", "il_4", "il_5"].map(|id| (id.to_owned(), Some(end)));
    assert_eq!(found, expected);
}

#[test]
fn what_is_bought_once_beside_a_subscription_has_no_end() {
    let moment = json!({ "start": seconds_ago(0), "end": seconds_ago(0) });
    let once = with(
        invoice_line(),
        &json!({
            "id": "il_2", "period": moment,
            "parent": { "type": "invoice_item_details", "invoice_item_details": { "proration": false, "subscription": "sub_1" } }
        }),
    );
    let once_in_2020 = with(
        line_of_2020(),
        &json!({ "id": "il_3", "type": "invoiceitem", "period": moment }),
    );
    let found = lines(&[invoice_line(), once, once_in_2020]);
    let expected = [
        ("il_1", Some(seconds_ago(-2_592_000))),
        ("il_2", None),
        ("il_3", None),
    ];
    assert_eq!(found, expected.map(|(id, end)| (id.to_owned(), end)));
}

#[test]
fn a_line_without_a_price_or_a_quantity_is_kept() {
    let bare = json!({
        "id": "il_1", "amount": 500, "description": null, "quantity": null, "price": null, "plan": null,
        "type": "invoiceitem", "period": { "start": seconds_ago(0), "end": seconds_ago(0) }
    });
    let reading = read(&event("invoice.paid", 0, &with_lines(&[bare])));
    let line = &order_state(&reading.facts).lines[0];
    assert_eq!(line.item, domain::order::StoreItem::default());
    assert_eq!((line.quantity, line.title.as_str()), (1, ""));
}

#[test]
fn an_invoice_that_does_not_show_all_its_lines_is_only_looked_up() {
    let mut invoice = invoice();
    invoice["lines"]["has_more"] = json!(true);
    let reading = read(&event("invoice.paid", 0, &invoice));
    assert_eq!(reading.facts, []);
    assert_eq!(look_ups(&reading), ["order:in_1"]);
}

#[test]
fn a_deleted_draft_is_not_looked_up() {
    let invoice = with(invoice(), &json!({ "status": "deleted" }));
    let reading = read(&event("invoice.deleted", 0, &invoice));
    assert_eq!(in_short(&reading.facts), ["in_1 Deleted 2900"]);
    assert_eq!(look_ups(&reading), Vec::<String>::new());
}

// RULES, example 22.
#[test]
fn a_subscription_that_is_cancelled_keeps_the_period_that_was_paid_for() {
    let paid = read(&event("invoice.paid", 0, &invoice()));
    let subscription = json!({ "id": "sub_1", "object": "subscription", "status": "canceled", "latest_invoice": "in_1" });
    for kind in [
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
    ] {
        let reading = read(&event(kind, -1, &subscription));
        assert_eq!(reading, connectors::Reading::default(), "{kind}");
    }
    let history = history("in_1", &paid.facts);
    assert_eq!(pays(&history, "il_1"), Ok(()));
}

#[test]
fn a_failed_renewal_pays_for_nothing_and_takes_nothing_from_the_last_period() {
    let paid = read(&event("invoice.paid", 100, &invoice()));
    let renewal = with(
        invoice(),
        &json!({ "id": "in_2", "status": "open", "amount_paid": 0 }),
    );
    let failed = read(&event("invoice.payment_failed", 0, &renewal));
    let facts = [paid.facts, failed.facts].concat();
    assert_eq!(pays(&history("in_1", &facts), "il_1"), Ok(()));
    assert_eq!(
        pays(&history("in_2", &facts), "il_1"),
        Err(EndReason::Unpaid)
    );
}

#[test]
fn of_two_events_of_one_second_the_more_final_one_counts() {
    let open = with(invoice(), &json!({ "status": "open", "amount_paid": 0 }));
    let finalized = read(&event("invoice.finalized", 60, &open));
    let paid = read(&event("invoice.paid", 60, &invoice()));
    for facts in [
        [finalized.facts.clone(), paid.facts.clone()].concat(),
        [paid.facts, finalized.facts].concat(),
    ] {
        assert_eq!(pays(&history("in_1", &facts), "il_1"), Ok(()));
    }
}

#[test]
fn an_event_from_the_future_of_a_test_clock_does_not_hide_what_comes_later() {
    let reading = read(&event("invoice.paid", -86_400, &invoice()));
    assert_eq!(versions(&reading.facts), [NOW.plus_seconds(300)]);
}

#[test]
fn a_damaged_invoice_is_refused_in_words_that_name_the_place() {
    for (fields, words) in [
        (json!({ "id": null }), "data.object.id is missing"),
        (
            json!({ "currency": "euro" }),
            "data.object.currency must be an ISO 4217 code of three letters such as EUR",
        ),
        (
            json!({ "amount_paid": -1 }),
            "data.object.amount_paid must be a whole number of minor units (cents), 0 or more",
        ),
        (json!({ "lines": null }), "data.object.lines is missing"),
        (
            json!({ "livemode": "yes" }),
            "data.object.livemode must be true or false",
        ),
        (
            json!({ "status_transitions": { "paid_at": "2026-11-22" } }),
            "data.object.status_transitions.paid_at must be a time in whole seconds since 1970",
        ),
    ] {
        let event = event("invoice.paid", 0, &with(invoice(), &fields));
        assert_eq!(problem(&event), words);
    }
    let twice = with_lines(&[invoice_line(), invoice_line()]);
    let twice = problem(&event("invoice.paid", 0, &twice));
    assert_eq!(
        twice,
        "data.object.lines.data[1].id is the id of another line too"
    );
    let endless = with(invoice_line(), &json!({ "period": null }));
    let endless = problem(&event("invoice.paid", 0, &with_lines(&[endless])));
    assert_eq!(endless, "data.object.lines.data[0].period is missing");
}

#[test]
fn an_invoice_has_its_number_once_it_is_finalised() {
    let number = |told: Value| {
        let reading = read(&event(
            "invoice.paid",
            0,
            &with(invoice(), &json!({ "number": told })),
        ));
        let number = order_state(&reading.facts).number.clone();
        number.map(|number| number.to_string())
    };
    assert_eq!(
        number(json!("1D2C3B4A-0001")).as_deref(),
        Some("1D2C3B4A-0001")
    );
    assert_eq!(number(json!(null)), None);
}
