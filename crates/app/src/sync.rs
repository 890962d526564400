//! Synchronisation: asking a store for itself what changed, because webhooks get lost (RULES §1.3).
//!
//! - [`sync_store`](App::sync_store) reads a store from beginning to end while somebody watches, for good or to see what
//!   would change.
//! - `rounds` does the same by itself, from time to time and page by page, as jobs.
//! - `webhooks` looks after the webhooks that should have told us.

mod rounds;
mod webhooks;

use std::collections::BTreeSet;

use connectors::StoreApi;
use connectors::api::{ApiError, CatalogueItem, CredentialsError, Cursor, Page};
use domain::audit::{Cause, Event};
use domain::{ContentId, CustomerId, ExternalId, StoreId, Timestamp};
use storage::{StorageError, catalogue, contents, syncs};

pub use self::webhooks::WebhookRepair;
use crate::App;
use crate::ingest::{Learning, LearntOrder};
use crate::reconcile::ReconcileError;
use crate::stores::{ConnectedStore, StoreError};

/// How far back a store is read when nothing says where to begin: as far as Shopify lets an app read by default.
pub const DEFAULT_DAYS: i64 = 60;

/// How much a round reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SyncDepth {
    /// What changed since the watermark.
    Recent,
    /// What changed in the last 60 days, and the catalogue.
    Deep,
}

/// Whether a synchronisation changes anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SyncMode {
    /// What is learnt counts.
    ForGood,
    /// Nothing is changed; the report says what would be.
    DryRun,
}

/// Why a synchronisation ended early. What it had learnt by then stays.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The store's API cannot be read with what is known of it.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The store did not answer as it should.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The database failed, or the store's settings cannot be read.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

impl From<StorageError> for SyncError {
    fn from(error: StorageError) -> Self {
        Self::Reconcile(error.into())
    }
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Reconcile(error.into())
    }
}

/// How far a synchronisation has come, for whoever watches.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SyncProgress {
    /// Orders read.
    pub orders: u64,
    /// How many there are, when the store tells.
    pub total: Option<u64>,
    /// Things for sale read.
    pub items: u64,
}

/// Somebody's access that changed, or would.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessChange {
    /// Whose.
    pub customer: CustomerId,
    /// To what.
    pub content: ContentId,
    /// What it is called.
    pub title: String,
    /// By which order, as the store calls it.
    pub order: ExternalId,
    /// What happened.
    pub change: Turn,
}

/// Which way access turned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Turn {
    /// There is a grant that was not, or that had ended.
    Gained,
    /// A grant ended.
    Lost,
}

/// What a synchronisation came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SyncReport {
    /// Orders read.
    pub orders: u64,
    /// Those of which something was not known before.
    pub news: u64,
    /// Things for sale read.
    pub items: u64,
    /// Who gained and lost what.
    pub changes: Vec<AccessChange>,
}

impl App {
    /// Reads a store from `since` on (by default from the watermark, or the last 60 days), with everything that its listing
    /// only hints at, and its catalogue.
    ///
    /// # Errors
    /// See [`SyncError`].
    pub async fn sync_store(
        &self,
        by: &Cause,
        store: StoreId,
        since: Option<Timestamp>,
        mode: SyncMode,
        mut watch: impl FnMut(SyncProgress) + Send,
    ) -> Result<SyncReport, SyncError> {
        let store = self.show_store(store).await?;
        let api = self.store_api(&store)?;
        let began_at = self.now();
        let mut reader = self.parts.db.reader().await?;
        let known = syncs::find(&mut reader, store.id).await?;
        drop(reader);
        let watermark = known.and_then(|sync| sync.watermark);
        let from =
            since.unwrap_or_else(|| rounds::begin_of(SyncDepth::Recent, watermark, began_at));
        let mut syncing = Syncing {
            app: self,
            by,
            store: &store,
            api: api.as_ref(),
            mode,
            report: SyncReport::default(),
            seen: BTreeSet::new(),
        };
        syncing.read_orders(from, &mut watch).await?;
        syncing.read_items(&mut watch).await?;
        let report = syncing.report;
        // A gap between the watermark and a later beginning would stay unread.
        let closes_gap = watermark.is_none_or(|watermark| from <= watermark);
        if mode == SyncMode::ForGood && closes_gap {
            let mut tx = self.parts.db.begin().await?;
            syncs::save_synced(&mut tx, store.id, began_at, self.now()).await?;
            tx.commit().await?;
        }
        Ok(report)
    }

    /// Records what a store has for sale.
    async fn record_catalogue(
        &self,
        by: &Cause,
        store: StoreId,
        mut items: Vec<CatalogueItem>,
    ) -> Result<(), StorageError> {
        let now = self.now();
        // In one order for everybody, so that two who record the same new things do not wait for each other.
        items.sort_by(|a, b| a.item.cmp(&b.item));
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        let mut events = Vec::new();
        for CatalogueItem { item, title } in &items {
            let recorded = self.record_item(&mut tx, store, item, title, now).await?;
            events.extend(recorded.events);
        }
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await
    }
}

/// A synchronisation under way.
struct Syncing<'a> {
    app: &'a App,
    by: &'a Cause,
    store: &'a ConnectedStore,
    api: &'a dyn StoreApi,
    mode: SyncMode,
    report: SyncReport,
    /// The orders read so far: where two pages meet, a listing may name one twice.
    seen: BTreeSet<ExternalId>,
}

impl Syncing<'_> {
    async fn read_orders(
        &mut self,
        since: Timestamp,
        watch: &mut (impl FnMut(SyncProgress) + Send),
    ) -> Result<(), SyncError> {
        let mut cursor = None;
        let mut total = None;
        loop {
            let page = self
                .app
                .list_changed(self.store, self.api, since, cursor.as_ref())
                .await?;
            total = page.total.or(total);
            let mut facts = page.content.facts;
            for subject in &page.content.look_up {
                facts.extend(self.app.fetch(self.store.id, self.api, subject).await?);
            }
            let learning = match self.mode {
                SyncMode::ForGood => Learning::ForGood,
                SyncMode::DryRun => Learning::Dry,
            };
            let learnt = self
                .app
                .learn_facts(self.by, self.store, facts, learning)
                .await?;
            for order in learnt {
                self.take_in(order).await?;
            }
            watch(SyncProgress {
                orders: self.report.orders,
                total,
                items: 0,
            });
            cursor = next_of(cursor, page.next)?;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn read_items(
        &mut self,
        watch: &mut (impl FnMut(SyncProgress) + Send),
    ) -> Result<(), SyncError> {
        let mut cursor = None;
        loop {
            let page = self.api.list_items(cursor.as_ref()).await?;
            self.report.items += u64::try_from(page.content.len()).unwrap_or(0);
            if self.mode == SyncMode::ForGood {
                self.app
                    .record_catalogue(self.by, self.store.id, page.content)
                    .await?;
            }
            watch(SyncProgress {
                orders: self.report.orders,
                total: Some(self.report.orders),
                items: self.report.items,
            });
            cursor = next_of(cursor, page.next)?;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn take_in(&mut self, learnt: LearntOrder) -> Result<(), SyncError> {
        if !self.seen.insert(learnt.order.clone()) {
            return Ok(());
        }
        self.report.orders += 1;
        self.report.news += u64::from(learnt.is_news);
        for event in &learnt.events {
            let Some((change, customer, content)) = turn(event) else {
                continue;
            };
            let mut reader = self.app.parts.db.reader().await?;
            let title = contents::find_title(&mut reader, content).await?;
            self.report.changes.push(AccessChange {
                customer,
                content,
                title: title.unwrap_or_default(),
                order: learnt.order.clone(),
                change,
            });
        }
        Ok(())
    }
}

impl App {
    /// Lists a page of what changed in a store.
    async fn list_changed(
        &self,
        store: &ConnectedStore,
        api: &dyn StoreApi,
        since: Timestamp,
        cursor: Option<&Cursor>,
    ) -> Result<Page<connectors::Reading>, ApiError> {
        let page = api.list_changed(since, cursor, self.now()).await;
        self.outages.note(store.id, page.as_ref().err(), self.now());
        page
    }
}

/// Refuses a listing that leads back to the page it came from.
fn next_of(current: Option<Cursor>, next: Option<Cursor>) -> Result<Option<Cursor>, ApiError> {
    if next.is_some() && next == current {
        return Err(ApiError::PagingLoop);
    }
    Ok(next)
}

/// Reads from an event which way somebody's access turned.
fn turn(event: &Event) -> Option<(Turn, CustomerId, ContentId)> {
    let change = match event.action {
        "grant.created" | "grant.restored" => Turn::Gained,
        "grant.revoked" => Turn::Lost,
        _ => return None,
    };
    Some((change, event.customer?, event.content?))
}
