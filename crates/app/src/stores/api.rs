//! The credentials of stores' APIs: kept encrypted, tried out, and opened for whoever asks the store.

use std::sync::Arc;

use connectors::StoreSecret;
use connectors::api::{ApiCredentials, CredentialsError};
use connectors::{StoreApi, connector};
use domain::StoreId;
use domain::audit::{Cause, Event};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::{stores, syncs};

use super::{ConnectedStore, StoreError};
use crate::App;
use crate::sealing::StoreBox;

/// Credentials as they are sealed.
#[derive(Deserialize, Serialize)]
struct Sealed {
    address: String,
    key: Option<String>,
    secret: String,
}

impl App {
    /// Sets what reads a store's API, in place of what did. From now on the store is read from time to time, at once for
    /// the first time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_store_api(
        &self,
        by: &Cause,
        id: StoreId,
        credentials: &ApiCredentials,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let row = stores::find(&mut tx, id).await?;
        let row = row.ok_or(StoreError::NoSuchStore)?;
        let store = self.open_store(row.clone())?;
        connector(store.kind).open_api(&self.parts.http, credentials)?;
        let api = Some(self.seal_credentials(id, credentials)?);
        stores::update(&mut tx, &stores::Store { api, ..row }, now).await?;
        syncs::insert(&mut tx, id, now).await?;
        let changed = Event {
            before: Some(json!({ "has_api": store.api.is_some() })),
            after: Some(json!({ "has_api": true })),
            ..Event::of("store.api_changed", id)
        };
        self.record(&mut tx, now, by, vec![changed]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what reads a store's API; it is not read any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn forget_store_api(&self, by: &Cause, id: StoreId) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let row = stores::find(&mut tx, id).await?;
        let row = row.ok_or(StoreError::NoSuchStore)?;
        if row.api.is_none() {
            return Ok(());
        }
        stores::update(&mut tx, &stores::Store { api: None, ..row }, now).await?;
        syncs::delete(&mut tx, id).await?;
        let changed = Event {
            before: Some(json!({ "has_api": true })),
            after: Some(json!({ "has_api": false })),
            ..Event::of("store.api_changed", id)
        };
        self.record(&mut tx, now, by, vec![changed]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns a store's API, opened when it is not yet.
    ///
    /// # Errors
    /// See [`App::open_store_api`].
    pub(crate) fn store_api(
        &self,
        store: &ConnectedStore,
    ) -> Result<Arc<dyn StoreApi>, CredentialsError> {
        let credentials = store.api.as_ref().ok_or(CredentialsError::Missing)?;
        let open = || self.open_store_api(store);
        self.open_apis.find_or(store.id, credentials, open)
    }

    /// Opens a store's API anew: nothing that it remembers hides what is wrong with the credentials now.
    ///
    /// # Errors
    /// Nobody gave us credentials, or they do not fit any more.
    pub(crate) fn open_store_api(
        &self,
        store: &ConnectedStore,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        let credentials = store.api.as_ref().ok_or(CredentialsError::Missing)?;
        store.connector().open_api(&self.parts.http, credentials)
    }

    /// Returns where a store's webhooks come to.
    #[must_use]
    pub fn webhook_address(&self, store: &ConnectedStore) -> String {
        format!("{}/webhooks/{}", self.parts.public_url, store.name)
    }

    pub(super) fn seal_credentials(
        &self,
        id: StoreId,
        credentials: &ApiCredentials,
    ) -> Result<Vec<u8>, StoreError> {
        let sealed = Sealed {
            address: credentials.address.clone(),
            key: credentials.key.clone(),
            secret: credentials.secret.expose().to_owned(),
        };
        let text = serde_json::to_vec(&sealed).map_err(|_| StoreError::Settings)?;
        let random = self.parts.random.as_ref();
        Ok(self
            .parts
            .sealing
            .seal(&text, &StoreBox::Api.of(id), random)?)
    }

    pub(super) fn open_credentials(
        &self,
        id: StoreId,
        sealed: Option<&[u8]>,
    ) -> Result<Option<ApiCredentials>, StoreError> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let text = self.parts.sealing.open(sealed, &StoreBox::Api.of(id))?;
        let sealed: Sealed = serde_json::from_slice(&text).map_err(|_| StoreError::Settings)?;
        Ok(Some(ApiCredentials {
            address: sealed.address,
            key: sealed.key,
            secret: StoreSecret::new(sealed.secret),
        }))
    }
}
