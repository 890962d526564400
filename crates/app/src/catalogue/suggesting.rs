//! Confirming the product that an item's title suggests.

use domain::audit::{Cause, Event};
use domain::order::StoreItem;
use domain::suggestion::Titles;
use domain::{ProductId, StoreItemId};
use serde_json::json;
use storage::store_items::{self, ItemState, KeptItem};
use storage::{Access, StorageError, products};

use super::mapping::{find, state};
use super::{CatalogueError, Changed};
use crate::App;

impl App {
    /// Maps an item to the product that its title suggests, as [`App::map_store_item`] does. The product is named by
    /// whoever confirms, so that nobody confirms what she has not seen. Confirming twice changes nothing.
    ///
    /// # Errors
    /// See [`CatalogueError`]; `SuggestionChanged` when another product is suggested now, or none.
    pub async fn confirm_suggestion(
        &self,
        by: &Cause,
        item: StoreItemId,
        product: ProductId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let kept = find(&mut tx, item).await?;
        if kept.product == Some(product) {
            return Ok(Changed::NOBODY);
        }
        let titles = load_titles(&mut tx, std::slice::from_ref(&kept)).await?;
        if suggest(&titles, &kept) != Some(product) {
            return Err(CatalogueError::SuggestionChanged);
        }
        store_items::map(&mut tx, item, product, now).await?;
        let mapped = Event {
            before: Some(state(&kept)),
            after: Some(json!({ "product_id": product, "suggested_by": "title" })),
            ..Event::of("store_item.mapped", item)
        };
        self.reach(tx, by, item, vec![mapped], now).await
    }
}

/// Suggests a product for an item that can be mapped, of which nothing is said and for which nothing less exact speaks.
pub(super) fn suggest(titles: &Titles, kept: &KeptItem) -> Option<ProductId> {
    if is_open(kept) {
        titles.suggest(&kept.title)
    } else {
        None
    }
}

/// Loads the products' titles, when one of the items needs them.
pub(super) async fn load_titles(
    access: &mut impl Access,
    items: &[KeptItem],
) -> Result<Titles, StorageError> {
    if !items.iter().any(is_open) {
        return Ok(Titles::default());
    }
    let titles = products::list_titles(access).await?;
    let titles = titles.iter();
    Ok(titles
        .map(|(product, title)| (*product, title.as_str()))
        .collect())
}

fn is_open(kept: &KeptItem) -> bool {
    kept.state == ItemState::Unmapped && kept.item != StoreItem::default()
}
