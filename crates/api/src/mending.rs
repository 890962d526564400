//! How what would mend it, and what an order and an item are called, is written in JSON.

use domain::mending::{Mending, NamedOrder};
use domain::order::StoreItem;
use domain::{ExternalId, OrderId, StoreName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::Text;

/// One thing that somebody can do about it.
#[derive(Serialize, ToSchema)]
#[schema(as = Mending)]
pub(crate) struct MendingBody {
    /// What is to be done, for programs.
    #[schema(example = "lift_block")]
    kind: &'static str,
    /// What it is to be done to: an id of ours, or a store's name.
    #[schema(required = true, example = "blk_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    target: Option<String>,
    /// The same in one sentence.
    words: String,
}

impl From<&Mending> for MendingBody {
    fn from(mending: &Mending) -> Self {
        Self {
            kind: mending.name(),
            target: mending.target(),
            words: mending.words(),
        }
    }
}

/// An order as people name it.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedOrder)]
pub(crate) struct OrderName {
    #[schema(value_type = String)]
    id: Text<OrderId>,
    /// The name of its store.
    #[schema(value_type = String)]
    store: Text<StoreName>,
    /// The store's id of it.
    #[schema(value_type = String)]
    external_id: Text<ExternalId>,
}

impl From<NamedOrder> for OrderName {
    fn from(order: NamedOrder) -> Self {
        Self {
            id: Text(order.id),
            store: Text(order.store),
            external_id: Text(order.external),
        }
    }
}

/// What a store calls what was bought.
#[derive(Serialize, ToSchema)]
#[schema(as = Item)]
pub(crate) struct ItemName {
    #[schema(value_type = Option<String>, required = true)]
    product_id: Option<Text<ExternalId>>,
    #[schema(value_type = Option<String>, required = true)]
    variant_id: Option<Text<ExternalId>>,
    #[schema(value_type = Option<String>, required = true)]
    sku: Option<Text<ExternalId>>,
}

impl From<StoreItem> for ItemName {
    fn from(item: StoreItem) -> Self {
        Self {
            product_id: item.product.map(Text),
            variant_id: item.variant.map(Text),
            sku: item.sku.map(Text),
        }
    }
}
