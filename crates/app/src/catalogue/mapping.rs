//! Saying what a store item stands for: a product, nothing on purpose, or nothing yet.

use domain::audit::{Cause, Event};
use domain::order::StoreItem;
use domain::{ExternalId, ProductId, StoreId, StoreItemId, Timestamp};
use serde_json::{Value, json};
use storage::store_items::{self, ItemState, KeptItem};
use storage::{Tx, products, stores};

use super::{CatalogueError, Changed, named};
use crate::App;
use crate::worker::Job;

impl App {
    /// Maps what a store sells to a product. Orders that are known already are reconciled; no redelivery is needed. What
    /// the item leaves open matches anything, so one that names only a product stands for all its variants.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn map_item(
        &self,
        by: &Cause,
        store: StoreId,
        item: &StoreItem,
        product: ProductId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        must_name_something(item)?;
        must_be_connected(&mut tx, store).await?;
        // No rule is asked: the item is mapped by whoever says so.
        let new = self.new_id(now, StoreItemId::from_parts);
        let id = store_items::insert(&mut tx, new, store, item, "", now).await?;
        let events = (id == new).then(|| added(store, item, id));
        let events = events.into_iter().collect();
        let kept = find(&mut tx, id).await?;
        self.map_kept(tx, by, &kept, product, events, now).await
    }

    /// Notes that a store sells this, before anybody has bought it, or all that this matches. A SKU rule may say at once
    /// what it stands for.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn add_store_item(
        &self,
        by: &Cause,
        store: StoreId,
        item: &StoreItem,
        title: &str,
    ) -> Result<StoreItemId, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        must_name_something(item)?;
        must_be_connected(&mut tx, store).await?;
        let recorded = self.record_item(&mut tx, store, item, title, now).await?;
        let noted = recorded.is_new.then(|| added(store, item, recorded.id));
        let events = noted.into_iter().chain(recorded.events).collect();
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(recorded.id)
    }

    /// Maps a store item to a product, as [`App::map_item`] does.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn map_store_item(
        &self,
        by: &Cause,
        item: StoreItemId,
        product: ProductId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let kept = find(&mut tx, item).await?;
        self.map_kept(tx, by, &kept, product, Vec::new(), now).await
    }

    /// Forgets which product a store item stands for: what it granted ends, as unmapped, unless a less exact item speaks
    /// for it.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn unmap_store_item(
        &self,
        by: &Cause,
        item: StoreItemId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let kept = find(&mut tx, item).await?;
        if kept.state == ItemState::Ignored {
            return Ok(Changed::NOBODY);
        }
        self.say_nothing(tx, by, &kept, "store_item.unmapped", now)
            .await
    }

    /// Says that a store item grants nothing on purpose, such as a T-shirt. What it granted ends, and its buyers no longer
    /// count as waiting.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn ignore_store_item(
        &self,
        by: &Cause,
        item: StoreItemId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let kept = find(&mut tx, item).await?;
        must_name_something(&kept.item)?;
        if kept.state == ItemState::Ignored {
            return Ok(Changed::NOBODY);
        }
        store_items::ignore(&mut tx, item, now).await?;
        let ignored = Event {
            before: Some(named(kept.product)),
            after: Some(json!({ "ignored": true })),
            ..Event::of("store_item.ignored", item)
        };
        self.reach(tx, by, item, vec![ignored], now).await
    }

    /// Takes back that a store item grants nothing: it waits to be mapped, unless a less exact item speaks for it.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn heed_store_item(
        &self,
        by: &Cause,
        item: StoreItemId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let kept = find(&mut tx, item).await?;
        if kept.state != ItemState::Ignored {
            return Ok(Changed::NOBODY);
        }
        self.say_nothing(tx, by, &kept, "store_item.heeded", now)
            .await
    }

    async fn map_kept(
        &self,
        mut tx: Tx,
        by: &Cause,
        kept: &KeptItem,
        product: ProductId,
        mut events: Vec<Event>,
        now: Timestamp,
    ) -> Result<Changed, CatalogueError> {
        must_name_something(&kept.item)?;
        if products::find(&mut tx, product).await?.is_none() {
            return Err(CatalogueError::NoProductToMapTo);
        }
        if kept.product == Some(product) {
            return Ok(Changed::NOBODY);
        }
        store_items::map(&mut tx, kept.id, product, now).await?;
        events.push(Event {
            before: Some(state(kept)),
            after: Some(named(Some(product))),
            ..Event::of("store_item.mapped", kept.id)
        });
        self.reach(tx, by, kept.id, events, now).await
    }

    async fn say_nothing(
        &self,
        mut tx: Tx,
        by: &Cause,
        kept: &KeptItem,
        action: &'static str,
        now: Timestamp,
    ) -> Result<Changed, CatalogueError> {
        store_items::unmap(&mut tx, kept.id).await?;
        let said = Event {
            before: Some(state(kept)),
            after: Some(named(None)),
            ..Event::of(action, kept.id)
        };
        self.reach(tx, by, kept.id, vec![said], now).await
    }

    /// Ends a change of what an item stands for: the orders that it speaks for are looked at again.
    pub(super) async fn reach(
        &self,
        mut tx: Tx,
        by: &Cause,
        item: StoreItemId,
        events: Vec<Event>,
        now: Timestamp,
    ) -> Result<Changed, CatalogueError> {
        let job = Job::ReconcileItem(item);
        let job = self.begin_job(&mut tx, &job, now).await?;
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(Changed::by(job))
    }
}

/// Tells that an item was noted, before anybody has bought it.
fn added(store: StoreId, item: &StoreItem, id: StoreItemId) -> Event {
    let text = |id: &Option<ExternalId>| id.as_ref().map(ExternalId::to_string);
    Event {
        after: Some(json!({
            "store_id": store, "external_product_id": text(&item.product),
            "external_variant_id": text(&item.variant), "sku": text(&item.sku),
        })),
        ..Event::of("store_item.added", id)
    }
}

async fn must_be_connected(tx: &mut Tx, store: StoreId) -> Result<(), CatalogueError> {
    let found = stores::find(tx, store).await?;
    found.map(drop).ok_or(CatalogueError::NoSuchStore)
}

pub(super) async fn find(tx: &mut Tx, id: StoreItemId) -> Result<KeptItem, CatalogueError> {
    let found = store_items::find(tx, id).await?;
    found.ok_or(CatalogueError::NoSuchItem)
}

/// An item that names nothing would stand for everything.
fn must_name_something(item: &StoreItem) -> Result<(), CatalogueError> {
    if *item == StoreItem::default() {
        return Err(CatalogueError::NamesNothing);
    }
    Ok(())
}

pub(super) fn state(kept: &KeptItem) -> Value {
    match kept.state {
        ItemState::Ignored => json!({ "ignored": true }),
        ItemState::Mapped | ItemState::Covered | ItemState::Unmapped => named(kept.product),
    }
}
