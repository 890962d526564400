//! Looking after the webhooks that stores should send us: one that a store dropped or switched off is restored, and the
//! store is read at once, because what happened meanwhile was told to nobody.

use connectors::StoreSecret;
use connectors::api::{ApiError, WebhookState};
use domain::StoreId;
use domain::audit::{Cause, Event};
use serde_json::json;
use storage::{StorageError, stores, syncs};

use super::SyncError;
use crate::App;
use crate::stores::{ConnectedStore, StoreError};
use crate::worker::WorkError;

/// What a look at a store's webhooks came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WebhookRepair {
    /// All were there and on, or the store's API does not tell.
    NotNeeded,
    /// These were missing or off, and are there and on now: their topics, in the store's words.
    Restored(Vec<String>),
}

impl App {
    /// Looks at a store's webhooks and restores them where that is needed.
    ///
    /// # Errors
    /// The store did not let us, or the database failed.
    pub async fn repair_webhooks(
        &self,
        by: &Cause,
        store: StoreId,
    ) -> Result<WebhookRepair, SyncError> {
        let store = self.show_store(store).await?;
        let api = self.store_api(&store)?;
        let address = self.webhook_address(&store);
        let topics = match api.find_webhooks(&address).await? {
            WebhookState::Active => {
                // Somebody else made them, so nobody has told us their secret: each is refused.
                let found = if store.secrets.is_empty() {
                    "on, but their signing secret is not known"
                } else {
                    "active"
                };
                self.note_webhooks(store.id, found).await?;
                return Ok(WebhookRepair::NotNeeded);
            }
            WebhookState::Untold => {
                self.note_webhooks(store.id, "set up in the shop").await?;
                return Ok(WebhookRepair::NotNeeded);
            }
            WebhookState::Missing(topics) | WebhookState::Disabled(topics) => topics,
        };
        // A platform that makes its own may not have made one yet.
        let secret = store.secrets.first().cloned();
        let secret = secret.unwrap_or_else(|| self.make_webhook_secret());
        let made = api.restore_webhooks(&address, &secret).await?;
        self.note_restored(by, &store, &topics, made).await?;
        tracing::warn!(store = %store.id, ?topics, "the store had dropped or switched off webhooks; they are restored");
        Ok(WebhookRepair::Restored(topics))
    }

    /// Does the same as a round. What the store does not let us do is written down, and is no failure of the job: the next
    /// look comes in an hour.
    pub(crate) async fn check_webhooks(&self, by: &Cause, store: StoreId) -> Result<(), WorkError> {
        let found = match self.repair_webhooks(by, store).await {
            Ok(_) => return Ok(()),
            Err(SyncError::Api(error)) => describe(&error),
            Err(SyncError::Credentials(error)) => error.to_string(),
            Err(SyncError::Reconcile(error)) => return Err(error.into()),
        };
        tracing::warn!(%store, error = found, "the webhooks of a store cannot be looked after");
        Ok(self.note_webhooks(store, &found).await?)
    }

    async fn note_webhooks(&self, store: StoreId, found: &str) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        syncs::save_webhooks(&mut tx, store, found, self.now()).await?;
        tx.commit().await
    }

    async fn note_restored(
        &self,
        by: &Cause,
        store: &ConnectedStore,
        topics: &[String],
        made: Option<StoreSecret>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        if let Some(secret) = made {
            let row = stores::find(&mut tx, store.id).await?;
            let row = row.ok_or(StoreError::NoSuchStore)?;
            let mut secrets = self.open_store(row.clone())?.secrets;
            secrets.insert(0, secret);
            // The new one, and one that webhooks under way may still be signed with.
            secrets.truncate(2);
            let secrets = self.seal_secrets(store.id, &secrets)?;
            stores::update(&mut tx, &stores::Store { secrets, ..row }, now).await?;
        }
        syncs::save_webhooks(&mut tx, store.id, "active", now).await?;
        syncs::save_restored(&mut tx, store.id, now).await?;
        let restored = Event {
            after: Some(json!({ "topics": topics })),
            ..Event::of("store.webhooks_restored", store.id)
        };
        self.record(&mut tx, now, by, vec![restored]).await?;
        Ok(tx.commit().await?)
    }
}

fn describe(error: &ApiError) -> String {
    match error {
        ApiError::Denied(_) => format!("{error}: may its key read and write webhooks?"),
        error => error.to_string(),
    }
}
