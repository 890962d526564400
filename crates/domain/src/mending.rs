//! What would mend it: concrete doings, each with a stable name, what it is to be done to, and plain words.

use crate::id::{
    BlockId, ContentId, DeliveryId, ExternalId, GrantId, JobId, OrderId, ProductId, StoreName,
};
use crate::order::StoreItem;
use crate::time::Timestamp;

/// An order as people name it: by its store and the store's own id.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NamedOrder {
    /// Our id of it.
    pub id: OrderId,
    /// Its store.
    pub store: StoreName,
    /// The store's id of it.
    pub external: ExternalId,
}

/// One thing that somebody can do about access that is closed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mending {
    /// Lift a block.
    LiftBlock(BlockId),
    /// Publish a content.
    Publish(ContentId),
    /// Wait: it opens by itself then.
    Wait(Timestamp),
    /// Say which product an item stands for.
    MapItem {
        /// The store that sells it.
        store: StoreName,
        /// What the store calls it.
        item: StoreItem,
    },
    /// Make access longer.
    Extend(GrantId),
    /// Put a content into a product.
    PutIntoProduct {
        /// What was bought.
        product: ProductId,
        /// What is to be in it.
        content: ContentId,
    },
    /// Put any course or file into a product that has none.
    FillProduct(ProductId),
    /// Have the customer prove the address that the order names.
    ProveAddress(NamedOrder),
    /// Have the customer come from the store, where the order is hers.
    ComeFromStore(NamedOrder),
    /// Wait a moment: what follows from the order is being worked out.
    AwaitRecomputing(NamedOrder),
    /// Have the order name its customer.
    NameCustomer(NamedOrder),
    /// Have the store say when the order was paid.
    SayWhenPaid(NamedOrder),
    /// Have the order paid.
    AwaitPayment(NamedOrder),
    /// Let the store's test orders count.
    AcceptTestOrders(StoreName),
    /// See to the dispute of an order.
    SettleDispute(NamedOrder),
    /// Work off a delivery again.
    Replay(DeliveryId),
    /// Do a job again.
    RetryJob(JobId),
    /// Grant it by hand, whatever the orders say.
    GrantByHand(ContentId),
}

impl Mending {
    /// Returns the doing's stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LiftBlock(_) => "lift_block",
            Self::Publish(_) => "publish",
            Self::Wait(_) => "wait",
            Self::MapItem { .. } => "map_item",
            Self::Extend(_) => "extend",
            Self::PutIntoProduct { .. } => "put_into_product",
            Self::FillProduct(_) => "fill_product",
            Self::ProveAddress(_) => "prove_address",
            Self::ComeFromStore(_) => "come_from_store",
            Self::AwaitRecomputing(_) => "await_recomputing",
            Self::NameCustomer(_) => "name_customer",
            Self::SayWhenPaid(_) => "say_when_paid",
            Self::AwaitPayment(_) => "await_payment",
            Self::AcceptTestOrders(_) => "accept_test_orders",
            Self::SettleDispute(_) => "settle_dispute",
            Self::Replay(_) => "replay_delivery",
            Self::RetryJob(_) => "retry_job",
            Self::GrantByHand(_) => "grant_by_hand",
        }
    }

    /// Returns what it is to be done to: an id of ours, or a store's name.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        Some(match self {
            Self::LiftBlock(id) => id.to_string(),
            Self::Publish(id) | Self::GrantByHand(id) => id.to_string(),
            Self::Wait(_) => return None,
            Self::MapItem { store, .. } | Self::AcceptTestOrders(store) => store.to_string(),
            Self::Extend(id) => id.to_string(),
            Self::PutIntoProduct { product, .. } | Self::FillProduct(product) => {
                product.to_string()
            }
            Self::ProveAddress(order)
            | Self::ComeFromStore(order)
            | Self::AwaitRecomputing(order)
            | Self::NameCustomer(order)
            | Self::SayWhenPaid(order)
            | Self::AwaitPayment(order)
            | Self::SettleDispute(order) => order.id.to_string(),
            Self::Replay(id) => id.to_string(),
            Self::RetryJob(id) => id.to_string(),
        })
    }

    /// Says it in one sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::LiftBlock(id) => format!("Lift the block {id}."),
            Self::Publish(content) => format!("Publish the {} {content}.", noun(*content)),
            Self::Wait(at) => format!("Wait until {}: it opens by itself then.", day(*at)),
            Self::MapItem { store, item } => {
                format!(
                    "Map the item {} of the store {store} to a product.",
                    item_words(item)
                )
            }
            Self::Extend(id) => format!("Extend the access of {id}."),
            Self::PutIntoProduct { product, content } => {
                format!(
                    "Put the {} {content} back into the product {product}.",
                    noun(*content)
                )
            }
            Self::FillProduct(id) => format!("Put a course or a file into the product {id}."),
            Self::ProveAddress(NamedOrder { external, .. }) => {
                format!("Ask the customer to sign in with the address of the order {external}.")
            }
            Self::ComeFromStore(NamedOrder {
                store, external, ..
            }) => format!(
                "Ask the customer to come from the store {store}, signed in there as the customer of the order {external}, or to sign in with the address of that order."
            ),
            Self::AwaitRecomputing(NamedOrder { external, .. }) => {
                format!("Wait a moment: what the order {external} opens is being worked out.")
            }
            Self::NameCustomer(NamedOrder {
                store, external, ..
            }) => format!(
                "Add the customer's address to the order {external} in the store {store}, or grant the access by hand."
            ),
            Self::SayWhenPaid(NamedOrder {
                store, external, ..
            }) => {
                format!("Have the store {store} say when the order {external} was paid.")
            }
            Self::AwaitPayment(NamedOrder {
                store, external, ..
            }) => {
                format!("Have the order {external} paid in the store {store}.")
            }
            Self::AcceptTestOrders(store) => {
                format!("Let test orders count in the settings of the store {store}.")
            }
            Self::SettleDispute(NamedOrder { external, .. }) => {
                format!("Win or settle the dispute of the order {external}.")
            }
            Self::Replay(id) => format!("Replay the delivery {id} that failed."),
            Self::RetryJob(id) => format!("Do the job {id} again that failed."),
            Self::GrantByHand(content) => {
                format!(
                    "Grant the {} {content} by hand, if she shall have it all the same.",
                    noun(*content)
                )
            }
        }
    }
}

/// Names the kind of a content.
pub(crate) const fn noun(content: ContentId) -> &'static str {
    match content {
        ContentId::Course(_) => "course",
        ContentId::File(_) => "file",
    }
}

/// Writes a day in UTC for people: `3 March 2027`.
pub(crate) fn day(at: Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(at.as_microseconds()) {
        Ok(time) => time.strftime("%-d %B %Y").to_string(),
        // Beyond the year 9999 nobody counts days.
        Err(_) => "the end of days".to_owned(),
    }
}

/// Says what a store calls an item, the most exact name first.
pub(crate) fn item_words(item: &StoreItem) -> String {
    let named = [
        ("SKU", &item.sku),
        ("variant", &item.variant),
        ("product", &item.product),
    ];
    let known = named.into_iter().filter_map(|(kind, id)| {
        let id = id.as_ref()?;
        Some(format!("{kind} {id}"))
    });
    let words = known.collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        return "without a name".to_owned();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_people_write_it() {
        let at: Timestamp = "2027-03-03T23:59:59Z".parse().unwrap();
        assert_eq!(day(at), "3 March 2027");
        assert_eq!(
            day(Timestamp::from_microseconds(i64::MAX)),
            "the end of days"
        );
    }

    #[test]
    fn an_item_is_called_by_all_its_names() {
        let item = StoreItem {
            sku: "WATER".parse().ok(),
            product: "77".parse().ok(),
            variant: None,
        };
        assert_eq!(item_words(&item), "SKU WATER, product 77");
        assert_eq!(item_words(&StoreItem::default()), "without a name");
    }
}
