//! Deliveries that failed for good and name the customer: her address anywhere, or one of her orders as what they are
//! about. What a store sends could not be understood, so this is a search, not a reading: it may miss one.

use std::collections::{BTreeMap, BTreeSet};

use domain::explain::FailedDelivery;
use domain::{CustomerId, EmailAddress, StoreName};
use serde_json::Value;
use storage::replay::{self, DeadDelivery};
use storage::{Access, StorageError, why};

/// How many failed deliveries are looked into, the newest first.
const MOST_DELIVERIES: i64 = 200;
/// The longest body that is looked into, in bytes.
const LONGEST_BODY: i64 = 256 * 1024;
/// How many of her orders are looked for.
const MOST_ORDERS: i64 = 200;
/// How deep in a body the order stands that it is about.
const DEPTH_OF_ORDER: usize = 3;

/// Her addresses, and her orders by store.
struct Names {
    addresses: Vec<EmailAddress>,
    orders: BTreeMap<StoreName, BTreeSet<String>>,
}

/// Lists the failed deliveries that name the customer or one of her orders.
pub(super) async fn list_failed(
    access: &mut impl Access,
    customer: CustomerId,
) -> Result<Vec<FailedDelivery>, StorageError> {
    let dead = replay::list_dead(access, LONGEST_BODY, MOST_DELIVERIES).await?;
    if dead.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Names {
        addresses: why::list_addresses(access, customer).await?,
        orders: BTreeMap::new(),
    };
    for (store, order) in why::list_order_names(access, customer, MOST_ORDERS).await? {
        names
            .orders
            .entry(store)
            .or_default()
            .insert(order.to_string());
    }
    let about_her = dead.into_iter().filter(|delivery| names.are_in(delivery));
    let failed = about_her.map(|delivery| FailedDelivery {
        id: delivery.id,
        store: delivery.store,
        received_at: delivery.received_at,
        error: delivery.error,
    });
    Ok(failed.collect())
}

impl Names {
    fn are_in(&self, delivery: &DeadDelivery) -> bool {
        let none = BTreeSet::new();
        let orders = self.orders.get(&delivery.store).unwrap_or(&none);
        if let Ok(body) = serde_json::from_slice(&delivery.body) {
            self.are_in_value(&body, orders, 0)
        } else {
            let text = String::from_utf8_lossy(&delivery.body).to_lowercase();
            let mut addresses = self.addresses.iter();
            addresses.any(|address| text.contains(address.as_str()))
        }
    }

    fn are_in_value(&self, value: &Value, orders: &BTreeSet<String>, depth: usize) -> bool {
        match value {
            Value::String(text) => match text.parse::<EmailAddress>() {
                Ok(address) => self.addresses.contains(&address),
                Err(_) => false,
            },
            Value::Array(items) => items
                .iter()
                .any(|item| self.are_in_value(item, orders, depth + 1)),
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                let is_order = depth < DEPTH_OF_ORDER && matches!(name.as_str(), "id" | "order_id");
                is_order && orders.contains(&bare(value))
                    || self.are_in_value(value, orders, depth + 1)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// Writes an id without quotes, whether it is a text or a number.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{DeliveryId, Timestamp};

    use super::*;

    fn names_are_in(body: &str) -> bool {
        let store: StoreName = "shop".parse().unwrap();
        let names = Names {
            addresses: vec!["ada@example.com".parse().unwrap()],
            orders: [(store.clone(), ["1001".to_owned()].into())].into(),
        };
        names.are_in(&DeadDelivery {
            id: DeliveryId::from_parts(Timestamp::default(), 1),
            store,
            received_at: Timestamp::default(),
            error: String::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn a_body_names_her_by_address_or_order() {
        for body in [
            r#"{"data":{"customer":{"email":" Ada@Example.com "}}}"#,
            r#"{"data":{"object":{"id":"1001"}}}"#,
            r#"{"order_id":1001}"#,
            "email=x&to=ADA@example.com",
        ] {
            assert!(names_are_in(body), "{body}");
        }
    }

    #[test]
    fn other_peoples_deliveries_are_none_of_hers() {
        for body in [
            r#"{"data":{"customer":{"email":"eve@example.com"},"id":"1002"}}"#,
            r#"{"data":{"total":1001}}"#,
            r#"{"a":{"b":{"c":{"id":"1001"}}}}"#,
            "",
        ] {
            assert!(!names_are_in(body), "{body}");
        }
    }
}
