//! The origins of the shops' pages.

use std::collections::BTreeSet;

use domain::StoreId;
use domain::audit::{Cause, Event};
use domain::origin::Origin;
use serde_json::json;
use storage::{StorageError, Tx, store_origins, stores};

use crate::App;
use crate::stores::StoreError;

/// How many origins a store may have.
pub const MOST_ORIGINS: usize = 20;

impl App {
    /// Lists the origins of a store's pages.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_store_origins(
        &self,
        store: StoreId,
    ) -> Result<BTreeSet<Origin>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        store_origins::list(&mut reader, store).await
    }

    /// Lists the origins of all stores' pages: whoever serves media lets their scripts read it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_origins(&self) -> Result<BTreeSet<Origin>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        store_origins::list_all(&mut reader).await
    }

    /// Tells whether an origin is one of any store's pages.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_store_origin(&self, origin: &Origin) -> Result<bool, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        store_origins::is_known(&mut reader, origin).await
    }

    /// Puts the origins of a store's pages in the place of those that it had. Tokens of one that goes end with it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_store_origins(
        &self,
        by: &Cause,
        store: StoreId,
        origins: &BTreeSet<Origin>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let known = stores::find(&mut tx, store).await?;
        known.ok_or(StoreError::NoSuchStore)?;
        let event = replace_origins(&mut tx, store, origins).await?;
        let Some(event) = event else {
            return Ok(());
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Replaces a store's origins as a part of more, and says so for the audit log; `None` when they are the same.
pub(crate) async fn replace_origins(
    tx: &mut Tx,
    store: StoreId,
    origins: &BTreeSet<Origin>,
) -> Result<Option<Event>, StoreError> {
    if origins.len() > MOST_ORIGINS {
        return Err(StoreError::TooManyOrigins);
    }
    let before = store_origins::list(tx, store).await?;
    if before == *origins {
        return Ok(None);
    }
    store_origins::replace(tx, store, origins).await?;
    let said = |origins: &BTreeSet<Origin>| {
        let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
        Some(json!({ "origins": origins }))
    };
    Ok(Some(Event {
        before: said(&before),
        after: said(origins),
        ..Event::of("store.origins_changed", store)
    }))
}
