//! What is read from each sample of what Stripe sends.

use std::collections::BTreeMap;
use std::path::Path;

use domain::order::OrderStatus;
use serde_json::Value;

use super::{in_short, look_ups, order_state, read};

/// All samples by the names of their files, without `.json`.
pub(super) fn captures() -> BTreeMap<String, Value> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/captures/stripe"
    ));
    let mut captures = BTreeMap::new();
    for year in ["2020", "2025"] {
        for entry in std::fs::read_dir(root.join(year)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let body = std::fs::read(&path).unwrap();
            captures.insert(
                format!("{year}/{name}"),
                serde_json::from_slice(&body).unwrap(),
            );
        }
    }
    captures
}

const INVOICE: &str = "in_1KJdKkJDPojXS6LNSwSWkZSN";

/// The facts and the look-ups of each sample of which there are any.
fn expected() -> BTreeMap<&'static str, (Vec<&'static str>, Vec<&'static str>)> {
    let refunded = vec!["in_1KJdKkJDPojXS6LNSwSWkZSN re_3Kl36gJDPojXS6LN0eP4yPDz Succeeded 2500"];
    let refund = vec!["pi_1GszsK2eZvKYlo2CfhZyoZLp re_1Nispe2eZvKYlo2Cd31jOCgZ Succeeded 1000"];
    let failed = vec!["pi_1GszsK2eZvKYlo2CfhZyoZLp re_1Nispe2eZvKYlo2Cd31jOCgZ Failed 1000"];
    let refund_payment = vec!["payment:pi_1GszsK2eZvKYlo2CfhZyoZLp"];
    let inquiry = vec!["pi_1IqtG9JDPojXS6LNOGnYrIqq dp_1MLuxQJDPojXS6LNrukJCBBG Inquiry"];
    let disputed = vec!["payment:pi_1IqtG9JDPojXS6LNOGnYrIqq"];
    let intent = vec!["payment:pi_1IqxJOJDPojXS6LN9uOebAea"];
    let charged = vec!["order:in_1KJdKkJDPojXS6LNSwSWkZSN"];
    let paid = vec!["order:in_1KJqKBJDPojXS6LNJbvLUgEy"];
    BTreeMap::from([
        ("2020/charge_captured", (vec![], charged.clone())),
        (
            "2020/charge_dispute_closed",
            (inquiry.clone(), disputed.clone()),
        ),
        (
            "2020/charge_dispute_created",
            (inquiry.clone(), disputed.clone()),
        ),
        (
            "2020/charge_dispute_funds_reinstated",
            (inquiry.clone(), disputed.clone()),
        ),
        (
            "2020/charge_dispute_funds_withdrawn",
            (inquiry.clone(), disputed.clone()),
        ),
        ("2020/charge_dispute_updated", (inquiry, disputed)),
        ("2020/charge_expired", (vec![], charged.clone())),
        ("2020/charge_refunded", (refunded, charged.clone())),
        ("2020/charge_succeeded", (vec![], charged.clone())),
        // The invoice that is made of it is the order.
        ("2020/checkout_session_completed", (vec![], paid.clone())),
        ("2020/invoice_deleted", (vec!["in_xyz Deleted 0"], vec![])),
        (
            "2020/invoice_finalized",
            (vec!["in_1KJdKkJDPojXS6LNSwSWkZSN Pending 0"], charged),
        ),
        (
            "2020/invoice_paid",
            (vec!["in_1KJqKBJDPojXS6LNJbvLUgEy Paid 0"], paid.clone()),
        ),
        (
            "2020/invoice_payment_paid",
            (vec![], vec!["order:in_103Q0w2eZvKYlo2C5PYwf6Wf"]),
        ),
        (
            "2020/invoice_updated",
            (
                vec!["in_1KJrLsJDPojXS6LN8xJ2QLQt Draft 0"],
                vec!["order:in_1KJrLsJDPojXS6LN8xJ2QLQt"],
            ),
        ),
        (
            "2020/invoice_voided",
            (vec!["in_1KJqKBJDPojXS6LNJbvLUgEy Cancelled 0"], paid),
        ),
        ("2020/payment_intent_canceled", (vec![], intent.clone())),
        ("2020/payment_intent_succeeded", (vec![], intent)),
        (
            "2020/refund_created",
            (refund.clone(), refund_payment.clone()),
        ),
        ("2020/refund_failed", (failed, refund_payment.clone())),
        ("2020/refund_updated", (refund, refund_payment)),
        (
            "2025/checkout_session_completed",
            (vec![], vec!["payment:pi_"]),
        ),
    ])
}

#[test]
fn each_sample_gives_the_facts_and_the_look_ups_that_it_should() {
    let expected = expected();
    let captures = captures();
    assert_eq!(captures.len(), 37);
    let unknown = expected.keys().find(|name| !captures.contains_key(**name));
    assert_eq!(unknown, None);
    for (name, event) in &captures {
        let reading = read(event);
        let (facts, asked) = expected.get(name.as_str()).cloned().unwrap_or_default();
        assert_eq!(in_short(&reading.facts), facts, "{name}");
        let look_ups = look_ups(&reading);
        assert_eq!(look_ups.len(), asked.len(), "{name}: {look_ups:?}");
        for (look_up, start) in look_ups.iter().zip(asked) {
            assert!(look_up.starts_with(start), "{name}: {look_up}");
        }
    }
}

#[test]
fn the_sample_of_a_paid_subscription_pays_for_its_period() {
    let captures = captures();
    let reading = read(&captures["2020/invoice_paid"]);
    let order = order_state(&reading.facts);
    assert_eq!(order.status, OrderStatus::Paid);
    assert!(order.is_test);
    assert_eq!(order.paid_at.unwrap().as_seconds(), 1_642_649_110);
    assert_eq!(order.currency, "USD");
    assert_eq!(
        order.external_customer.as_ref().unwrap().as_str(),
        "cus_JsuO3bmrj0QlAw"
    );
    let [line] = &order.lines[..] else {
        panic!("{:?}", order.lines);
    };
    assert_eq!(line.external_id.as_str(), "il_1KJqKBJDPojXS6LND42vdxtT");
    assert_eq!(
        line.item.product.as_ref().unwrap().as_str(),
        "prod_Ip4vqwv3EJ7Mi0"
    );
    assert_eq!(
        line.item.variant.as_ref().unwrap().as_str(),
        "price_1IDQm5JDPojXS6LNM31hxKzp"
    );
    assert_eq!(line.title, "1 × Free tier (at $0.00 / month)");
    assert_eq!(line.period_end.unwrap().as_seconds(), 1_645_323_680);
}

#[test]
fn the_sample_of_a_line_that_was_bought_once_has_no_period() {
    let captures = captures();
    let reading = read(&captures["2020/invoice_deleted"]);
    assert_eq!(order_state(&reading.facts).lines[0].period_end, None);
    assert_eq!(
        in_short(&read(&captures["2020/invoice_finalized"]).facts),
        [format!("{INVOICE} Pending 0")]
    );
}
