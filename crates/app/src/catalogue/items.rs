//! What the stores sell, and what each of it stands for at present.

use std::collections::BTreeMap;

use domain::mapping::choose;
use domain::{ProductId, StoreItemId};
use storage::store_items::{self, ItemFilter, ItemState, KeptItem};
use storage::{Access, StorageError, products};

use super::CatalogueError;
use crate::App;

/// A store item with what it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedItem {
    /// The item.
    pub item: KeptItem,
    /// The product that it stands for, by itself or by a less exact item.
    pub product: Option<ProductId>,
    /// How many of its lines are paid for and open nothing until somebody says what it stands for.
    pub waiting_lines: i64,
}

impl App {
    /// Lists store items by age, those behind `after`, at most `limit` and at most 1000.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_store_items(
        &self,
        filter: ItemFilter,
        after: Option<StoreItemId>,
        limit: i64,
    ) -> Result<Vec<ListedItem>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        list(&mut reader, filter, after, limit.min(1_000)).await
    }

    /// Finds a store item.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn find_store_item(&self, id: StoreItemId) -> Result<ListedItem, CatalogueError> {
        let only = ItemFilter {
            item: Some(id),
            ..ItemFilter::default()
        };
        let found = self.list_store_items(only, None, 1).await?.pop();
        found.ok_or(CatalogueError::NoSuchItem)
    }
}

/// Lists store items; at most 1000 at once.
pub(super) async fn list(
    access: &mut impl Access,
    filter: ItemFilter,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<ListedItem>, StorageError> {
    let kept = store_items::list(access, filter, after, limit).await?;
    let covered: Vec<StoreItemId> = kept
        .iter()
        .filter(|item| item.state == ItemState::Covered)
        .map(|item| item.id)
        .collect();
    let ids: Vec<StoreItemId> = kept.iter().map(|item| item.id).collect();
    let waiting = store_items::count_waiting(access, &ids).await?;
    let mut covering = list_products(access, &covered).await?;
    for product in covering.values().copied().collect::<Vec<_>>() {
        if products::find(access, product).await?.is_none() {
            covering.retain(|_, other| *other != product);
        }
    }
    let listed = kept.into_iter().map(|item| ListedItem {
        product: item.product.or_else(|| covering.get(&item.id).copied()),
        waiting_lines: waiting.get(&item.id).copied().unwrap_or(0),
        item,
    });
    Ok(listed.collect())
}

/// Finds the product, deleted or not, that each of at most 1000 items stands for; items that stand for none are left out.
pub(super) async fn list_products(
    access: &mut impl Access,
    items: &[StoreItemId],
) -> Result<BTreeMap<StoreItemId, ProductId>, StorageError> {
    let candidates = store_items::list_known_of(access, items).await?;
    let products = candidates.into_iter().filter_map(|(id, candidates)| {
        let chosen = choose(&candidates.known, &candidates.item)?;
        Some((id, chosen.product?.product))
    });
    Ok(products.collect())
}
