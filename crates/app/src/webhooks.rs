//! Taking webhooks in: verify, put into the inbox, commit; everything else is later work.

use aws_lc_rs::digest;
use connectors::{RawWebhook, Refused, VerifiedWebhook};
use domain::{DeliveryId, StoreName};
use storage::StorageError;
use storage::inbox::{self, NewDelivery};

use crate::App;
use crate::stores::StoreError;

/// Why a webhook was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No store has that name.
    #[error("no such store")]
    UnknownStore,
    /// It is not authentic.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It could not be kept; the sender must try again.
    #[error("the delivery could not be kept")]
    NotKept(#[source] StorageError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StorageError> for WebhookError {
    fn from(error: StorageError) -> Self {
        Self::NotKept(error)
    }
}

impl From<StoreError> for WebhookError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Storage(error) => Self::NotKept(error),
            other => Self::Store(other),
        }
    }
}

/// What was taken in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TakenIn {
    /// A delivery, which is durable now.
    Delivery,
    /// A call by which the platform tried the address. Nothing is kept of it.
    Ping,
}

impl App {
    /// Takes a webhook in. When this returns, an authentic delivery is durable; one that waits already, byte for byte and
    /// untouched, is not kept twice.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub async fn accept_webhook(
        &self,
        store: &StoreName,
        headers: &http::HeaderMap,
        body: &[u8],
    ) -> Result<TakenIn, WebhookError> {
        let now = self.now();
        let store = self
            .find_store(store)
            .await?
            .ok_or(WebhookError::UnknownStore)?;
        let raw = RawWebhook { headers, body };
        if store.connector().is_ping(&raw) {
            return Ok(TakenIn::Ping);
        }
        let webhook = store.connector().verify(&store.secrets, &raw, now)?;
        let delivery = NewDelivery {
            id: self.new_id(now, DeliveryId::from_parts),
            store: store.id,
            fingerprint: fingerprint(&webhook),
            topic: webhook.topic().map(str::to_owned),
            event_id: webhook.event_id().map(str::to_owned),
            // Pairs of texts serialize without fail.
            headers: serde_json::to_string(webhook.headers()).unwrap_or_default(),
            body: body.to_vec(),
            received_at: now,
        };
        let insert = self.parts.db.write_grouped(Box::new(move |tx| {
            Box::pin(async move { inbox::insert(tx, &delivery).await })
        }));
        insert.await?;
        Ok(TakenIn::Delivery)
    }
}

/// What makes two deliveries the same: the kind of event and the bytes of the body, and nothing that a store calls unique.
fn fingerprint(webhook: &VerifiedWebhook) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    // The same bytes may say two things: an order's id alone is a deletion here and a creation there.
    context.update(webhook.topic().unwrap_or_default().as_bytes());
    context.update(&[0]);
    context.update(webhook.body());
    context.finish().as_ref().to_vec()
}
