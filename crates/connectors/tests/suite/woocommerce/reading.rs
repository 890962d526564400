//! What each captured webhook says, in one line.

use std::fmt::Write;

use connectors::{ParseError, Reading};
use domain::order::{OrderFact, Saying};

use super::{names, read, version};

/// Writes a fact in one line.
pub(crate) fn line(fact: &OrderFact) -> String {
    let mut text = format!("{} ", fact.order);
    match &fact.saying {
        Saying::Order(order) => {
            let state = &order.state;
            write!(text, "{:?} at {}", state.status, version(fact)).unwrap();
            let paid_at = state.paid_at.map(|at| format!(", paid {at}"));
            text += &paid_at.unwrap_or_default();
            write!(text, ", {} {}", state.captured_minor, state.currency).unwrap();
            let email = state
                .email
                .as_ref()
                .map(|email| format!(", {}", email.as_str()));
            text += &email.unwrap_or_default();
            let customer = state.external_customer.as_ref().map(|id| format!(" #{id}"));
            text += &customer.unwrap_or_default();
            for line in &state.lines {
                let id = |id: &Option<domain::ExternalId>| {
                    id.as_ref().map_or("-".to_owned(), ToString::to_string)
                };
                let (product, variant) = (id(&line.item.product), id(&line.item.variant));
                write!(
                    text,
                    ", {}x{} {product}/{variant}",
                    line.external_id, line.quantity
                )
                .unwrap();
            }
            let refunds = state.complete_refunds.iter().flatten();
            let refunds: Vec<_> = refunds.map(ToString::to_string).collect();
            if !refunds.is_empty() {
                write!(text, ", refunds {}", refunds.join(" ")).unwrap();
            }
        }
        Saying::Refund(id, refund) => {
            let state = &refund.state;
            let (status, at) = (state.status, version(fact));
            write!(
                text,
                "refund {id} {status:?} at {at}, {}",
                state.amount_minor
            )
            .unwrap();
            for (line, quantity) in &state.lines {
                write!(text, ", {line}x{quantity}").unwrap();
            }
        }
        Saying::Dispute(..) => panic!("WooCommerce tells of no disputes"),
    }
    text
}

fn lines(reading: Result<Reading, ParseError>) -> String {
    match reading {
        Ok(reading) => {
            let facts = reading.facts.iter().map(line);
            let look_up = reading
                .look_up
                .iter()
                .map(|subject| format!("ask {subject}"));
            facts.chain(look_up).collect::<Vec<_>>().join("; ")
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_capture_says_what_the_shop_meant() {
    let signed = names().into_iter().filter(|name| {
        let capture = super::capture(name);
        capture.headers.contains_key("x-wc-webhook-signature")
    });
    let said: Vec<_> = signed
        .map(|name| format!("{name} {}", lines(read(&name))))
        .collect();
    let expected = include_str!("readings.txt");
    assert_eq!(said.join("\n"), expected.trim_end());
}
