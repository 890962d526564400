//! Deliveries that failed for good and name the customer: her address anywhere, or one of her orders as what they are
//! about. What a store sends could not be understood, so this is a search, not a reading: it may miss one.
//!
//! Bodies are fetched and searched one at a time, and never taken apart into a tree, so that a question about one customer
//! costs little memory however many deliveries failed.

mod search;

use std::collections::{BTreeMap, BTreeSet};

use domain::explain::FailedDelivery;
use domain::{CustomerId, EmailAddress, StoreName};
use storage::why::{self, DeadDelivery};
use storage::{Access, StorageError};

/// How many failed deliveries are looked into, the newest first.
const MOST_DELIVERIES: i64 = 200;
/// The longest body that is looked into, in bytes.
const LONGEST_BODY: i64 = 256 * 1024;
/// How many of her orders are looked for.
const MOST_ORDERS: i64 = 200;

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
    let dead = why::list_dead(access, LONGEST_BODY, MOST_DELIVERIES).await?;
    if dead.is_empty() {
        return Ok(Vec::new());
    }
    let names = list_names(access, customer).await?;
    let mut failed = Vec::new();
    for delivery in dead {
        let body = why::find_body(access, delivery.id).await?;
        if body.is_some_and(|body| names.are_in(&delivery, &body)) {
            failed.push(FailedDelivery {
                id: delivery.id,
                store: delivery.store,
                received_at: delivery.received_at,
                error: delivery.error,
            });
        }
    }
    Ok(failed)
}

async fn list_names(access: &mut impl Access, customer: CustomerId) -> Result<Names, StorageError> {
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
    Ok(names)
}

impl Names {
    fn are_in(&self, delivery: &DeadDelivery, body: &[u8]) -> bool {
        let none = BTreeSet::new();
        let orders = self.orders.get(&delivery.store).unwrap_or(&none);
        let found = search::is_named(body, &self.addresses, orders);
        found.unwrap_or_else(|_| {
            // No JSON: her address may stand in it all the same.
            let text = String::from_utf8_lossy(body).to_lowercase();
            let mut addresses = self.addresses.iter();
            addresses.any(|address| text.contains(address.as_str()))
        })
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
        let delivery = DeadDelivery {
            id: DeliveryId::from_parts(Timestamp::default(), 1),
            store,
            received_at: Timestamp::default(),
            error: String::new(),
        };
        names.are_in(&delivery, body.as_bytes())
    }

    #[test]
    fn a_body_names_her_by_address_or_order() {
        for body in [
            r#"{"data":{"customer":{"email":" Ada@Example.com "}}}"#,
            r#"{"data":{"object":{"id":"1001"}}}"#,
            r#"{"order_id":1001}"#,
            r#"[{"email":"\u0061da@example.com"}]"#,
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
