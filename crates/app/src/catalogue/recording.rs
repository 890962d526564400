//! Recording what a store sells: the first time that an order or the store's own catalogue names it.

use domain::audit::Event;
use domain::order::StoreItem;
use domain::sku_rule::{SkuRule, SkuRules};
use domain::{StoreId, StoreItemId, Timestamp};
use serde_json::json;
use storage::store_items::{self, ItemState, KeptItem};
use storage::{StorageError, Tx, orders, sku_rules};

use super::mapping::state;
use crate::App;
use crate::worker::Job;

/// An item that is recorded now.
#[derive(Clone, Debug)]
pub(crate) struct RecordedItem {
    /// Its id.
    pub(crate) id: StoreItemId,
    /// Whether it was not known before.
    pub(crate) is_new: bool,
    /// What was changed by a rule, for the caller to record last.
    pub(crate) events: Vec<Event>,
}

impl App {
    /// Records what a store sells, in the caller's transaction. When it is new, nothing speaks for it and a SKU rule fits,
    /// it stands for the rule's product at once. What is known already stays as it is.
    ///
    /// The caller holds the catalogue's lock, shared or alone, so that no rule is made meanwhile; records many items in
    /// the order of [`StoreItem`], so that two of them do not wait for each other; and records the events last.
    pub(crate) async fn record_item(
        &self,
        tx: &mut Tx,
        store: StoreId,
        item: &StoreItem,
        title: &str,
        now: Timestamp,
    ) -> Result<RecordedItem, StorageError> {
        let new = self.new_id(now, StoreItemId::from_parts);
        let id = store_items::insert(tx, new, store, item, title, now).await?;
        let is_new = id == new;
        let events = if is_new {
            self.apply_sku_rules(tx, store, id, item, now).await?
        } else {
            Vec::new()
        };
        Ok(RecordedItem { id, is_new, events })
    }

    async fn apply_sku_rules(
        &self,
        tx: &mut Tx,
        store: StoreId,
        id: StoreItemId,
        item: &StoreItem,
        now: Timestamp,
    ) -> Result<Vec<Event>, StorageError> {
        let Some(sku) = &item.sku else {
            return Ok(Vec::new());
        };
        let rules = sku_rules::list_fitting(tx, store, sku).await?;
        let rules: SkuRules = rules.into_iter().collect();
        let Some(rule) = rules.choose(store, sku) else {
            return Ok(Vec::new());
        };
        // What a less exact item speaks for, be it that it grants nothing, a person has said.
        let kept = store_items::find(tx, id).await?;
        let Some(kept) = kept.filter(|kept| kept.state == ItemState::Unmapped) else {
            return Ok(Vec::new());
        };
        store_items::map(tx, id, rule.product, now).await?;
        // A new item that names little may speak for others that wait already; an order's own lines follow by themselves.
        if orders::list_items_like(tx, id, None, 2).await?.len() > 1 {
            self.enqueue(tx, &Job::ReconcileItem(id), now).await?;
        }
        Ok(vec![mapped_by(rule, &kept)])
    }
}

/// Tells that a rule has mapped an item.
pub(super) fn mapped_by(rule: &SkuRule, kept: &KeptItem) -> Event {
    Event {
        before: Some(state(kept)),
        after: Some(json!({ "product_id": rule.product, "sku_rule_id": rule.id })),
        ..Event::of("store_item.mapped", kept.id)
    }
}
