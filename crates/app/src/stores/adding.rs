//! Connecting a store.

use std::collections::BTreeSet;

use connectors::api::ApiCredentials;
use connectors::hand_off::HandOffKey;
use connectors::{StoreKind, StoreSecret, connector, custom};
use domain::audit::{Cause, Event};
use domain::origin::Origin;
use domain::payment::StorePolicy;
use domain::{StoreId, StoreName};
use serde_json::json;
use storage::{stores, syncs};

use super::StoreError;
use crate::App;
use crate::embed::replace_origins;

/// A store to connect.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Its name in addresses: its webhooks come to `/webhooks/{name}`.
    pub name: StoreName,
    /// Which platform it is.
    pub kind: StoreKind,
    /// Its settings about access.
    pub policy: StorePolicy,
    /// What its webhooks are signed with. When absent one is made; of a platform that makes them itself it is taken from
    /// the credentials (Shopify's client secret) or from the first webhook that we make there (Stripe).
    pub secret: Option<StoreSecret>,
    /// What reads its API, when it shall be read.
    pub api: Option<ApiCredentials>,
    /// The origins of its pages that may hold our elements.
    pub origins: BTreeSet<Origin>,
}

/// A store that has just been connected.
#[derive(Debug)]
pub struct AddedStore {
    /// Its id.
    pub id: StoreId,
    /// The webhook secret, when it was made: it is shown this once.
    pub made_secret: Option<StoreSecret>,
    /// The secret that the shop signs its hand-off tokens with, when the shop is to do that: it is shown this once.
    pub hand_off_secret: Option<HandOffKey>,
}

impl App {
    /// Connects a store, and reads it from now on when there are credentials for its API.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn connect_store(
        &self,
        by: &Cause,
        store: NewStore,
    ) -> Result<AddedStore, StoreError> {
        let is_made = store.secret.is_none() && !store.kind.makes_secrets();
        let made_secret = is_made.then(|| self.make_webhook_secret());
        let known = store.secret.clone().or_else(|| made_secret.clone());
        let secrets = match known {
            Some(secret) => vec![secret],
            None => secrets_of_platform(store.kind, store.api.as_ref())?,
        };
        let hand_off = store.kind.hands_over().then(|| self.new_hand_off_secret());
        // In a Shopify shop it is our own page that makes the tokens.
        let is_told = store.kind != StoreKind::Shopify;
        let id = self
            .insert_store(by, store, &secrets, hand_off.as_ref())
            .await?;
        Ok(AddedStore {
            id,
            made_secret,
            hand_off_secret: hand_off.filter(|_| is_told),
        })
    }

    /// Connects a store whose API is not read: its webhooks come to `/webhooks/{name}`, signed with one of `secrets`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_store(
        &self,
        by: &Cause,
        name: StoreName,
        kind: StoreKind,
        policy: StorePolicy,
        secrets: &[StoreSecret],
    ) -> Result<StoreId, StoreError> {
        let store = NewStore {
            name,
            kind,
            policy,
            secret: None,
            api: None,
            origins: BTreeSet::new(),
        };
        self.insert_store(by, store, secrets, None).await
    }

    /// Makes a secret that any kind of store can sign webhooks with when it lets us choose.
    #[must_use]
    pub fn make_webhook_secret(&self) -> StoreSecret {
        let mut bytes = [0; 32];
        self.parts.random.fill(&mut bytes);
        custom::new_secret(&bytes)
    }

    async fn insert_store(
        &self,
        by: &Cause,
        store: NewStore,
        secrets: &[StoreSecret],
        hand_off: Option<&HandOffKey>,
    ) -> Result<StoreId, StoreError> {
        let NewStore {
            name,
            kind,
            policy,
            api,
            origins,
            secret: _,
        } = store;
        let now = self.now();
        for secret in secrets {
            connector(kind).check_secret(secret)?;
        }
        let id = self.new_id(now, StoreId::from_parts);
        let sealed = match &api {
            Some(credentials) => {
                connector(kind).open_api(&self.parts.http, credentials)?;
                Some(self.seal_credentials(id, credentials)?)
            }
            None => None,
        };
        let store = stores::Store {
            id,
            name,
            kind: kind.name().to_owned(),
            policy: serde_json::to_string(&policy).map_err(|_| StoreError::Settings)?,
            secrets: self.seal_secrets(id, secrets)?,
            api: sealed,
        };
        let mut tx = self.parts.db.begin().await?;
        stores::insert(&mut tx, &store, now).await?;
        let name = store.name.as_str();
        let added = Event {
            after: Some(json!({ "name": name, "kind": store.kind, "policy": policy })),
            ..Event::of("store.added", id)
        };
        let mut events = vec![added];
        if store.api.is_some() {
            syncs::insert(&mut tx, id, now).await?;
            events.push(Event {
                after: Some(json!({ "has_api": true })),
                ..Event::of("store.api_changed", id)
            });
        }
        events.extend(replace_origins(&mut tx, id, &origins).await?);
        if let Some(key) = hand_off {
            events.push(self.insert_hand_off_key(&mut tx, id, key, now).await?);
        }
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Says what a platform that makes its own secrets will sign with, when nobody has told us.
fn secrets_of_platform(
    kind: StoreKind,
    api: Option<&ApiCredentials>,
) -> Result<Vec<StoreSecret>, StoreError> {
    match (kind, api) {
        // Apps sign with their client secret, which is half of the key by which they read.
        (StoreKind::Shopify, Some(api)) if api.key.is_some() => Ok(vec![api.secret.clone()]),
        // Whoever makes the webhook is told its secret.
        (StoreKind::Stripe, Some(_)) => Ok(Vec::new()),
        _ => Err(StoreError::SecretNeeded),
    }
}
