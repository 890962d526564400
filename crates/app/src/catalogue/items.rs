//! What the stores sell, and what each of it stands for at present.

use std::collections::BTreeMap;

use domain::mapping::choose;
use domain::{ProductId, StoreItemId, Timestamp};
use storage::store_items::{self, ItemFilter, ItemState, KeptItem, PaidPlace, Waiting};
use storage::{Access, StorageError, products};

use super::CatalogueError;
use super::suggesting::{load_titles, suggest};
use crate::App;

/// How many items are told at once.
const MOST: i64 = 1_000;

/// A store item with what it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedItem {
    /// The item.
    pub item: KeptItem,
    /// The product that it stands for, by itself or by a less exact item.
    pub product: Option<ProductId>,
    /// The product that its title suggests, when nothing is said of it. It stands for it once that is confirmed.
    pub suggestion: Option<ProductId>,
    /// Who has paid for it and gets nothing until somebody says what it stands for.
    pub waiting: Waiting,
}

impl ListedItem {
    /// Returns its place among the items that were paid for.
    #[must_use]
    pub fn paid_place(&self) -> PaidPlace {
        PaidPlace {
            lines: self.waiting.lines,
            item: self.item.id,
        }
    }
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
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        list(&mut reader, filter, after, limit.min(MOST), now).await
    }

    /// Lists the store items that were paid for and open nothing, those for which most lines wait first: behind a place,
    /// at most `limit` and at most 1000. Those that nobody has mapped are found by the state `Unmapped`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_paid_items(
        &self,
        filter: ItemFilter,
        after: Option<PaidPlace>,
        limit: i64,
    ) -> Result<Vec<ListedItem>, StorageError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let limit = limit.min(MOST);
        let paid = store_items::list_paid(&mut reader, filter, after, limit, now).await?;
        let waiting = paid.iter().map(|paid| (paid.item.id, paid.waiting));
        let waiting = waiting.collect();
        let kept: Vec<KeptItem> = paid.into_iter().map(|paid| paid.item).collect();
        tell_with(&mut reader, kept, &waiting).await
    }

    /// Finds a store item.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn find_store_item(&self, id: StoreItemId) -> Result<ListedItem, CatalogueError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let found = store_items::find(&mut reader, id).await?;
        let told = tell(&mut reader, found.into_iter().collect(), now).await?;
        told.into_iter().next().ok_or(CatalogueError::NoSuchItem)
    }
}

/// Lists store items; at most 1000 at once.
pub(super) async fn list(
    access: &mut impl Access,
    filter: ItemFilter,
    after: Option<StoreItemId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<ListedItem>, StorageError> {
    let kept = store_items::list(access, filter, after, limit).await?;
    tell(access, kept, now).await
}

/// Tells of at most 1000 items what they stand for and who waits for them.
pub(super) async fn tell(
    access: &mut impl Access,
    kept: Vec<KeptItem>,
    now: Timestamp,
) -> Result<Vec<ListedItem>, StorageError> {
    let ids: Vec<StoreItemId> = kept.iter().map(|item| item.id).collect();
    let waiting = store_items::count_waiting(access, &ids, now).await?;
    tell_with(access, kept, &waiting).await
}

async fn tell_with(
    access: &mut impl Access,
    kept: Vec<KeptItem>,
    waiting: &BTreeMap<StoreItemId, Waiting>,
) -> Result<Vec<ListedItem>, StorageError> {
    let covered: Vec<StoreItemId> = kept
        .iter()
        .filter(|item| item.state == ItemState::Covered)
        .map(|item| item.id)
        .collect();
    let mut covering = list_products(access, &covered).await?;
    for product in covering.values().copied().collect::<Vec<_>>() {
        if products::find(access, product).await?.is_none() {
            covering.retain(|_, other| *other != product);
        }
    }
    let titles = load_titles(access, &kept).await?;
    let listed = kept.into_iter().map(|item| ListedItem {
        product: item.product.or_else(|| covering.get(&item.id).copied()),
        suggestion: suggest(&titles, &item),
        waiting: waiting.get(&item.id).copied().unwrap_or_default(),
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
