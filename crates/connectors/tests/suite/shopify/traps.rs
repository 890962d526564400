//! Where Shopify's words mislead.

use connectors::{ParseError, Subject};
use domain::ExternalId;
use domain::order::{OrderStatus, RefundStatus, Saying};
use domain::payment::{EndReason, StorePolicy, line_pays};
use serde_json::{Value, json};

use super::delivery::{Delivery, NOW, changed, order, refund, told};
use super::history::learn;

fn id(text: &str) -> ExternalId {
    text.parse().unwrap()
}

fn pays(facts: &[domain::order::OrderFact], line: &str) -> Result<(), EndReason> {
    line_pays(&learn(facts), &id(line), StorePolicy::default()).map(|_| ())
}

#[test]
fn the_admins_test_notification_tells_nothing() {
    let nothing = connectors::Reading::default();
    assert_eq!(Delivery::recorded("01").parse(), Ok(nothing.clone()));
    // Nor would it if it were paid and looked real.
    let paid = changed("01", "orders/paid", |order| {
        order["financial_status"] = json!("paid");
        order["cancelled_at"] = Value::Null;
        order["test"] = json!(false);
    });
    assert_eq!(paid, nothing);
    for (number, topic) in [
        ("15", "refunds/create"),
        ("17", "orders/delete"),
        ("18", "disputes/create"),
    ] {
        let reading = changed(number, topic, |body| {
            let name = if topic == "orders/delete" {
                "id"
            } else {
                "order_id"
            };
            body[name] = json!(820_982_911_946_154_508_u64);
        });
        assert_eq!(reading, nothing, "{topic}");
    }
}

#[test]
fn a_test_order_is_one_by_its_body_or_by_its_header() {
    let by_body = changed("02", "orders/paid", |order| order["test"] = json!(true));
    assert!(order(&by_body.facts).is_test);
    assert_eq!(pays(&by_body.facts, "1071823184"), Err(EndReason::Unpaid));

    let mut by_header = Delivery::recorded("02");
    by_header.set("x-shopify-test", "true");
    assert!(order(&by_header.parse().unwrap().facts).is_test);
}

#[test]
fn a_guest_without_email_pays_for_an_order_that_nobody_owns_yet() {
    let facts = Delivery::recorded("03").parse().unwrap().facts;
    assert_eq!(order(&facts).email, None);
    assert_eq!(order(&facts).external_customer, None);
    assert_eq!(pays(&facts, "1071823181"), Ok(()));
}

#[test]
fn an_empty_email_gives_way_to_the_contact_email() {
    let reading = changed("02", "orders/paid", |order| {
        order["email"] = json!("");
        order["contact_email"] = json!("Ada@Example.com");
    });
    let email = order(&reading.facts).email.as_ref().unwrap();
    assert_eq!(email.as_str(), "ada@example.com");
}

#[test]
fn a_refund_names_no_customer_and_ends_its_line_only() {
    let mut facts = changed("08", "orders/updated", |order| {
        order["financial_status"] = json!("paid");
        order["refunds"] = json!([]);
        for line in order["line_items"].as_array_mut().unwrap() {
            line["current_quantity"] = json!(1);
        }
    })
    .facts;
    assert_eq!(pays(&facts, "466157049"), Ok(()));

    let body = Delivery::recorded("12").json();
    assert!(body.get("customer").is_none() && body.get("email").is_none());
    facts.extend(Delivery::recorded("12").parse().unwrap().facts);

    assert_eq!(pays(&facts, "466157049"), Err(EndReason::Refunded));
    assert_eq!(pays(&facts, "703073504"), Err(EndReason::Refunded));
    assert_eq!(pays(&facts, "518995019"), Ok(()));
}

#[test]
fn a_refund_ends_its_line_though_current_quantity_is_untouched() {
    let facts = changed("08", "orders/updated", |order| {
        for line in order["line_items"].as_array_mut().unwrap() {
            line["current_quantity"] = json!(1);
        }
    })
    .facts;
    assert!(
        order(&facts)
            .lines
            .iter()
            .all(|line| line.returned_quantity == 0)
    );
    assert_eq!(pays(&facts, "466157049"), Err(EndReason::Refunded));
    assert_eq!(pays(&facts, "518995019"), Ok(()));
}

#[test]
fn an_order_that_is_refunded_in_full_ends_every_line_whatever_its_quantities_say() {
    let facts = changed("10", "orders/updated", |order| {
        order["cancelled_at"] = Value::Null;
    })
    .facts;
    assert_eq!(order(&facts).status, OrderStatus::Refunded);
    assert_eq!(pays(&facts, "518995019"), Err(EndReason::Refunded));
}

#[test]
fn a_line_that_an_edit_took_out_no_longer_pays() {
    let facts = changed("02", "orders/updated", |order| {
        order["line_items"][0]["current_quantity"] = json!(0);
    })
    .facts;
    assert_eq!(pays(&facts, "1071823184"), Err(EndReason::Refunded));
}

#[test]
fn a_refund_of_shipping_ends_nothing_even_where_refunds_of_amounts_do() {
    let strict = StorePolicy {
        on_amount_refund: domain::payment::OnAmountRefund::Revoke,
        ..StorePolicy::default()
    };
    let mut facts = changed("02", "orders/updated", |order| {
        order["id"] = json!(450_789_469);
    })
    .facts;
    facts.extend(Delivery::recorded("14").parse().unwrap().facts);
    let line = id("1071823184");
    assert!(line_pays(&learn(&facts), &line, strict).is_ok());

    // The same money for any other reason.
    let goodwill = changed("14", "refunds/create", |refund| {
        refund["order_adjustments"][0]["kind"] = json!("refund_discrepancy");
    });
    assert!(!refund(&goodwill.facts).is_shipping);
    facts.extend(goodwill.facts);
    facts.remove(1);
    assert_eq!(
        line_pays(&learn(&facts), &line, strict).unwrap_err(),
        EndReason::Refunded
    );
}

#[test]
fn a_refund_of_shipping_is_known_by_its_lines_or_by_its_adjustment() {
    for other in ["refund_shipping_lines", "order_adjustments"] {
        let reading = changed("14", "refunds/create", |refund| refund[other] = json!([]));
        assert!(refund(&reading.facts).is_shipping, "{other}");
    }
    let neither = changed("14", "refunds/create", |refund| {
        refund["refund_shipping_lines"] = json!([]);
        refund["order_adjustments"] = json!([]);
    });
    assert!(!refund(&neither.facts).is_shipping);
}

#[test]
fn a_refund_counts_once_its_money_has_gone_back() {
    for (statuses, expected, amount) in [
        (vec!["success"], RefundStatus::Succeeded, 20_900),
        (vec!["pending"], RefundStatus::Pending, 0),
        (vec!["failure"], RefundStatus::Failed, 0),
        (vec!["error"], RefundStatus::Failed, 0),
        (vec!["new_word"], RefundStatus::Pending, 0),
        (vec!["failure", "success"], RefundStatus::Succeeded, 20_900),
        (vec!["failure", "pending"], RefundStatus::Pending, 0),
        (vec!["success", "success"], RefundStatus::Succeeded, 41_800),
        // Lines that were taken out of the order without any money.
        (vec![], RefundStatus::Succeeded, 0),
    ] {
        let reading = changed("12", "refunds/create", |refund| {
            let transaction = refund["transactions"][0].clone();
            let transactions = statuses.iter().map(|status| {
                let mut transaction = transaction.clone();
                transaction["status"] = json!(status);
                transaction
            });
            refund["transactions"] = transactions.collect();
        });
        let refund = refund(&reading.facts);
        assert_eq!(
            (refund.status, refund.amount_minor),
            (expected, amount),
            "{statuses:?}"
        );
    }
}

#[test]
fn a_record_without_money_and_lines_is_no_refund_yet() {
    let reading = changed("14", "refunds/create", |refund| {
        refund["transactions"] = json!([]);
    });
    assert_eq!(refund(&reading.facts).status, RefundStatus::Pending);
}

#[test]
fn money_that_was_only_reserved_is_set_free_and_not_given_back() {
    let reading = changed("12", "refunds/create", |refund| {
        refund["transactions"][0]["kind"] = json!("void");
    });
    let refund = refund(&reading.facts);
    assert_eq!(
        (refund.status, refund.amount_minor),
        (RefundStatus::Succeeded, 0)
    );
}

#[test]
fn a_pending_refund_that_fails_never_ends_access_though_the_order_counts_its_pieces() {
    let mut facts = Vec::new();
    for (status, minute) in [("pending", 1), ("failure", 2)] {
        facts.extend(
            changed("08", "orders/updated", |order| {
                order["updated_at"] = json!(format!("2025-07-02T12:0{minute}:00-05:00"));
                order["refunds"][0]["transactions"][0]["status"] = json!(status);
            })
            .facts,
        );
        assert_eq!(pays(&facts, "466157049"), Ok(()), "{status}");
    }
    let succeeded = changed("08", "orders/updated", |order| {
        order["updated_at"] = json!("2025-07-02T12:03:00-05:00");
    });
    facts.extend(succeeded.facts);
    assert_eq!(pays(&facts, "466157049"), Err(EndReason::Refunded));
}

#[test]
fn what_a_customer_paid_in_another_currency_is_counted_in_it() {
    let reading = changed("08", "orders/updated", |order| {
        order["currency"] = json!("EUR");
        order["presentment_currency"] = json!("JPY");
        order["total_price"] = json!("100.00");
        order["total_price_set"] = json!({
            "shop_money": { "amount": "100.00", "currency_code": "EUR" },
            "presentment_money": { "amount": "16200", "currency_code": "JPY" },
        });
        let transaction = &mut order["refunds"][0]["transactions"][0];
        transaction["amount"] = json!("10500.0");
        transaction["currency"] = json!("JPY");
    });
    let state = order(&reading.facts);
    assert_eq!(
        (state.currency.as_str(), state.captured_minor),
        ("JPY", 16_200)
    );
    // More than the 10,000 cents that the order is in the shop's own currency.
    assert_eq!(refund(&reading.facts).amount_minor, 10_500);
    assert_eq!(pays(&reading.facts, "518995019"), Ok(()));
}

#[test]
fn only_a_paid_order_pays_whatever_it_is_called() {
    for (status, expected) in [
        ("paid", OrderStatus::Paid),
        ("partially_refunded", OrderStatus::Paid),
        ("refunded", OrderStatus::Refunded),
        ("voided", OrderStatus::Cancelled),
        ("pending", OrderStatus::Pending),
        ("authorized", OrderStatus::Authorised),
        ("partially_paid", OrderStatus::PartiallyPaid),
        ("expired", OrderStatus::Failed),
        ("new_word", OrderStatus::OnHold),
    ] {
        let reading = changed("02", "orders/updated", |order| {
            order["financial_status"] = json!(status);
        });
        let state = order(&reading.facts);
        assert_eq!(state.status, expected, "{status}");
        let was_paid = ["paid", "partially_refunded", "refunded"].contains(&status);
        assert_eq!(state.paid_at.is_some(), was_paid, "{status}");
        assert_eq!(state.captured_minor > 0, was_paid, "{status}");

        let cancelled = changed("02", "orders/cancelled", |order| {
            order["financial_status"] = json!(status);
            order["cancelled_at"] = json!("2025-07-02T12:31:25-05:00");
        });
        assert_eq!(order(&cancelled.facts).status, OrderStatus::Cancelled);
    }
    let unknown = changed("02", "orders/updated", |order| {
        order["financial_status"] = Value::Null;
    });
    assert_eq!(order(&unknown.facts).status, OrderStatus::OnHold);
}

#[test]
fn a_free_order_that_is_paid_pays() {
    let reading = changed("02", "orders/paid", |order| {
        order["total_price"] = json!("0.00");
        order["total_price_set"]["presentment_money"]["amount"] = json!("0.00");
    });
    assert_eq!(order(&reading.facts).captured_minor, 0);
    assert_eq!(pays(&reading.facts, "1071823184"), Ok(()));
}

#[test]
fn a_line_without_product_variant_and_sku_is_kept_as_one() {
    let facts = Delivery::recorded("04").parse().unwrap().facts;
    let line = &order(&facts).lines[0];
    assert_eq!(line.item, domain::order::StoreItem::default());
    assert_eq!(line.title, "Big Brown Bear Boots");
    assert_eq!(line.quantity, 3);
}

#[test]
fn a_sku_that_cannot_be_a_name_is_passed_over_and_the_order_counts() {
    for odd in ["水彩".repeat(60), "WATER\tCOLOUR".to_owned()] {
        let reading = changed("02", "orders/paid", |order| {
            order["line_items"][0]["sku"] = json!(odd);
        });
        assert_eq!(order(&reading.facts).lines[0].item.sku, None);
        assert_eq!(pays(&reading.facts, "1071823184"), Ok(()));
    }
}

#[test]
fn ids_beyond_fifty_three_bits_are_exact() {
    let huge = 9_007_199_254_740_993_u64;
    let reading = changed("02", "orders/paid", |order| {
        order["id"] = json!(huge);
        order["customer"]["id"] = json!(18_446_744_073_709_551_615_u64);
        order["line_items"][0]["id"] = json!(huge + 2);
        order["line_items"][0]["product_id"] = json!(huge + 4);
    });
    let text = told(&reading);
    for exact in [
        "9007199254740993 Paid",
        "customer 18446744073709551615",
        "[9007199254740995×1 9007199254740997/",
        "? order:9007199254740993",
    ] {
        assert!(text.contains(exact), "{text}");
    }
}

#[test]
fn a_dispute_holds_access_and_its_end_decides() {
    let mut facts = changed("02", "orders/paid", |order| {
        order["id"] = json!(820_982_911_946_154_500_u64);
    })
    .facts;
    let dispute = |kind: &str, status: &str, second: u32| {
        let mut body = Delivery::recorded("18").json();
        body["type"] = json!(kind);
        body["status"] = json!(status);
        let mut delivery = Delivery::signed("disputes/update", &body);
        let at = format!("2026-11-22T10:00:{second:02}Z");
        delivery.set("x-shopify-triggered-at", &at);
        delivery.parse().unwrap().facts
    };
    for (second, (kind, status, expected)) in (0_u32..).zip([
        ("inquiry", "needs_response", Ok(())),
        ("chargeback", "needs_response", Err(EndReason::Disputed)),
        ("chargeback", "under_review", Err(EndReason::Disputed)),
        ("chargeback", "won", Ok(())),
        ("chargeback", "lost", Err(EndReason::Disputed)),
        ("chargeback", "prevented", Ok(())),
    ]) {
        facts.extend(dispute(kind, status, second));
        assert_eq!(pays(&facts, "1071823184"), expected, "{kind} {status}");
    }
    assert_eq!(dispute("chargeback", "new_word", 59), []);
    // What came first does not count any more, however late it arrives.
    facts.extend(dispute("chargeback", "needs_response", 1));
    assert_eq!(pays(&facts, "1071823184"), Ok(()));
}

#[test]
fn a_dispute_without_an_order_tells_nothing() {
    let reading = changed("18", "disputes/create", |dispute| {
        dispute["order_id"] = Value::Null;
    });
    assert_eq!(reading, connectors::Reading::default());
}

#[test]
fn a_notice_without_a_believable_time_is_of_its_arrival() {
    for triggered in [None, Some("yesterday"), Some("2036-11-22T07:58:25Z")] {
        let mut delivery = Delivery::recorded("17");
        match triggered {
            Some(text) => delivery.set("x-shopify-triggered-at", text),
            None => {
                delivery.headers.remove("x-shopify-triggered-at");
            }
        }
        let facts = delivery.parse().unwrap().facts;
        let Saying::Order(deleted) = &facts[0].saying else {
            panic!("no order");
        };
        assert_eq!(deleted.version.at, NOW, "{triggered:?}");
    }
}

#[test]
fn no_recording_passes_for_the_end_of_its_order() {
    for number in ["02", "12", "18"] {
        let mut delivery = Delivery::recorded(number);
        delivery.set("x-shopify-topic", "orders/delete");
        assert!(delivery.parse().is_err(), "{number}");
    }
}

#[test]
fn an_edit_is_looked_up() {
    let reading = Delivery::recorded("16").parse().unwrap();
    assert_eq!(reading.facts, []);
    assert!(
        reading
            .look_up
            .contains(&Subject::Order(id("820982911946154500")))
    );
}

#[test]
fn what_is_not_about_orders_and_what_is_new_tells_nothing() {
    for topic in [
        "products/update",
        "order_transactions/create",
        "orders/teleported",
    ] {
        let mut delivery = Delivery::recorded("02");
        delivery.set("x-shopify-topic", topic);
        assert_eq!(
            delivery.parse(),
            Ok(connectors::Reading::default()),
            "{topic}"
        );
    }
}

#[test]
fn a_signed_error_object_is_a_failed_delivery() {
    let delivery = Delivery::signed("orders/updated", &json!({ "errors": "Not Found" }));
    assert_eq!(delivery.parse(), Err(ParseError::ErrorObject));
}

#[test]
fn a_body_that_cannot_be_read_is_refused_by_place_and_without_values() {
    for (change, problem) in [
        (json!({ "updated_at": null }), "updated_at is missing"),
        (
            json!({ "updated_at": "now" }),
            "updated_at must be an RFC 3339 time such as 2026-11-22T10:30:00Z",
        ),
        (json!({ "line_items": null }), "line_items is missing"),
        (
            json!({ "line_items": [{ "id": 1, "quantity": -1 }] }),
            "line_items[0].quantity must be a whole number, 0 or more",
        ),
        (
            json!({ "line_items": [{ "id": 1, "quantity": 1 }, { "id": 1, "quantity": 1 }] }),
            "line_items[1].id is the id of another line too",
        ),
    ] {
        let mut body = Delivery::recorded("02").json();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let delivery = Delivery::signed("orders/updated", &body);
        assert_eq!(delivery.parse().unwrap_err().to_string(), problem);
    }
}
