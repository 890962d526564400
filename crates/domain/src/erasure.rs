//! Customers who were erased: what a store still says about them, and what is found of them in what it said.

use std::collections::BTreeSet;

use crate::email::EmailAddress;
use crate::id::ExternalId;
use crate::order::OrderState;
use crate::time::Timestamp;
use crate::viewer;

/// Whom an order names as its owner (RULES §6.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Named<'a> {
    /// The customer of an address.
    Address(&'a EmailAddress),
    /// The customer whom the store calls so.
    StoreCustomer(&'a ExternalId),
    /// Nobody in particular.
    Nobody,
}

impl<'a> Named<'a> {
    /// Reads whom an order names.
    #[must_use]
    pub fn by(order: &'a OrderState) -> Self {
        if let Some(email) = &order.email {
            return Self::Address(email);
        }
        let known = order.external_customer.as_ref();
        match known.filter(|id| !viewer::is_nobody(id)) {
            Some(id) => Self::StoreCustomer(id),
            None => Self::Nobody,
        }
    }
}

/// Tells whether an order belongs to the time before its owner was erased: it was paid by then, or never. Only a later
/// payment makes her a customer again.
#[must_use]
pub fn is_of_before(order: &OrderState, erased_at: Timestamp) -> bool {
    order.paid_at.is_none_or(|paid_at| paid_at <= erased_at)
}

/// Finds the addresses in a body: in the texts of a JSON document, else in the whole.
#[must_use]
pub fn addresses_in(body: &[u8]) -> BTreeSet<EmailAddress> {
    let mut found = BTreeSet::new();
    if let Ok(json) = serde_json::from_slice(body) {
        find_in_json(&json, &mut found);
    } else {
        // As forms write them.
        let text = String::from_utf8_lossy(body).replace("%40", "@");
        find_in_text(&text, &mut found);
    }
    found
}

fn find_in_json(json: &serde_json::Value, found: &mut BTreeSet<EmailAddress>) {
    match json {
        serde_json::Value::String(text) => find_in_text(text, found),
        serde_json::Value::Array(items) => {
            for item in items {
                find_in_json(item, found);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                find_in_text(name, found);
                find_in_json(value, found);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn find_in_text(text: &str, found: &mut BTreeSet<EmailAddress>) {
    if !text.contains('@') {
        return;
    }
    let words = text.split(|c: char| c.is_whitespace() || "<>\"'()[]{},;:&=?/\\".contains(c));
    let candidates = words.filter(|word| word.contains('@'));
    found.extend(candidates.filter_map(|word| word.trim_matches('.').parse().ok()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderStatus;

    fn order(paid_at: Option<i64>) -> OrderState {
        OrderState {
            status: OrderStatus::Paid,
            is_test: false,
            paid_at: paid_at.map(Timestamp::from_seconds),
            email: "ada@example.com".parse().ok(),
            external_customer: "7".parse().ok(),
            number: None,
            currency: "EUR".into(),
            captured_minor: 0,
            lines: Vec::new(),
            complete_refunds: None,
        }
    }

    #[test]
    fn only_a_payment_after_the_erasure_makes_somebody_a_customer_again() {
        let erased_at = Timestamp::from_seconds(10);
        for (paid_at, is_before) in [
            (None, true),
            (Some(9), true),
            (Some(10), true),
            (Some(11), false),
        ] {
            assert_eq!(
                is_of_before(&order(paid_at), erased_at),
                is_before,
                "{paid_at:?}"
            );
        }
    }

    #[test]
    fn an_order_names_its_address_first_and_no_guest() {
        let mut order = order(None);
        assert!(matches!(Named::by(&order), Named::Address(_)));
        order.email = None;
        assert!(matches!(Named::by(&order), Named::StoreCustomer(_)));
        order.external_customer = "0".parse().ok();
        assert_eq!(Named::by(&order), Named::Nobody);
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        for body in [
            r#"{"customer":{"email":" Ada@Example.com "}}"#,
            r#"[{"note":"from Ada Lovelace <ada@example.com>, by post"}]"#,
            r#"{"email":"\u0061da\u0040example.com"}"#,
            r#"{"ada@example.com":1}"#,
            "email=ada%40example.com&x=1",
            "no json: ada@example.com.",
        ] {
            let found = addresses_in(body.as_bytes());
            let only: Vec<&str> = found.iter().map(EmailAddress::as_str).collect();
            assert_eq!(only, ["ada@example.com"], "{body}");
        }
        assert!(addresses_in(br#"{"email":null,"at":"@"}"#).is_empty());
    }
}
