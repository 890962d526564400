//! The keys that stores sign their hand-off tokens with: set, rotated, and kept encrypted.

use connectors::hand_off::{HandOffAlgorithm, HandOffKey, HandOffKeyError};
use domain::audit::{Cause, Event};
use domain::{StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::{Access, StorageError, Tx, hand_off_keys, stores};

use crate::App;
use crate::sealing::{NotOurs, StoreBox};
use crate::stores::StoreError;

/// Why a store's keys are as they were.
#[derive(Debug, thiserror::Error)]
pub enum HandOffKeysError {
    /// The store has a key, which shall not be lost by mistake.
    #[error("the store has a hand-off key already: rotate it instead")]
    HasKey,
    /// The store has two keys already.
    #[error("the store has two hand-off keys already: finish that rotation first")]
    RotationUnderWay,
    /// The store has that key.
    #[error("the store has that hand-off key already")]
    SameKey,
    /// There is no such store, its keys cannot be opened, or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StorageError> for HandOffKeysError {
    fn from(error: StorageError) -> Self {
        Self::Store(StoreError::Storage(error))
    }
}

/// A key as it is sealed.
#[derive(Deserialize, Serialize)]
struct KeptKey {
    algorithm: String,
    key: String,
}

impl App {
    /// Makes a secret for a store's hand-off tokens, of this machine's randomness. It is not kept yet.
    #[must_use]
    pub fn new_hand_off_secret(&self) -> HandOffKey {
        let mut bytes = [0; 32];
        self.parts.random.fill(&mut bytes);
        HandOffKey::new_secret(&bytes)
    }

    /// Gives a store its first hand-off key.
    ///
    /// # Errors
    /// See [`HandOffKeysError`].
    pub async fn set_hand_off_key(
        &self,
        by: &Cause,
        store: StoreId,
        key: HandOffKey,
    ) -> Result<(), HandOffKeysError> {
        let mut tx = self.begin_change().await?;
        let keys = self.open_keys(&mut tx, store).await?;
        if !keys.is_empty() {
            return Err(HandOffKeysError::HasKey);
        }
        self.save_keys(tx, by, store, &keys, &[&key]).await
    }

    /// Begins to rotate a store's hand-off key: from now on a token may be signed with the new one or with the old. A store
    /// without a key has this one then.
    ///
    /// # Errors
    /// See [`HandOffKeysError`].
    pub async fn add_hand_off_key(
        &self,
        by: &Cause,
        store: StoreId,
        key: HandOffKey,
    ) -> Result<(), HandOffKeysError> {
        let mut tx = self.begin_change().await?;
        let keys = self.open_keys(&mut tx, store).await?;
        if keys.len() > 1 {
            return Err(HandOffKeysError::RotationUnderWay);
        }
        if keys.iter().any(|old| old.expose() == key.expose()) {
            return Err(HandOffKeysError::SameKey);
        }
        let both: Vec<&HandOffKey> = std::iter::once(&key).chain(&keys).collect();
        self.save_keys(tx, by, store, &keys, &both).await
    }

    /// Ends the rotation: only the newest key counts. Returns how many were dropped.
    ///
    /// # Errors
    /// See [`HandOffKeysError`].
    pub async fn drop_old_hand_off_keys(
        &self,
        by: &Cause,
        store: StoreId,
    ) -> Result<usize, HandOffKeysError> {
        let mut tx = self.begin_change().await?;
        let keys = self.open_keys(&mut tx, store).await?;
        let newest: Vec<&HandOffKey> = keys.iter().take(1).collect();
        let dropped = keys.len() - newest.len();
        if dropped > 0 {
            self.save_keys(tx, by, store, &keys, &newest).await?;
        }
        Ok(dropped)
    }

    /// Finds a store's hand-off keys, the newest first.
    pub(super) async fn find_hand_off_keys(
        &self,
        store: StoreId,
    ) -> Result<Vec<HandOffKey>, StoreError> {
        let mut reader = self.parts.db.reader().await?;
        self.read_keys(&mut reader, store).await
    }

    /// Reads the keys of a store that must exist.
    async fn open_keys(&self, tx: &mut Tx, store: StoreId) -> Result<Vec<HandOffKey>, StoreError> {
        let known = stores::find(tx, store).await?;
        known.ok_or(StoreError::NoSuchStore)?;
        self.read_keys(tx, store).await
    }

    async fn read_keys(
        &self,
        access: &mut impl Access,
        store: StoreId,
    ) -> Result<Vec<HandOffKey>, StoreError> {
        let Some(sealed) = hand_off_keys::find(access, store).await? else {
            return Ok(Vec::new());
        };
        let kept = self
            .parts
            .sealing
            .open(&sealed, &StoreBox::HandOff.of(store))?;
        let kept: Vec<KeptKey> = serde_json::from_slice(&kept).map_err(|_| StoreError::Settings)?;
        let keys = kept.iter().map(|kept| {
            let algorithm = HandOffAlgorithm::from_name(&kept.algorithm);
            let key = HandOffKey::read(algorithm.ok_or(StoreError::Settings)?, &kept.key);
            key.map_err(|_: HandOffKeyError| StoreError::Settings)
        });
        keys.collect()
    }

    /// Gives a store that is just being connected its key, and says so for the audit log.
    pub(crate) async fn insert_hand_off_key(
        &self,
        tx: &mut Tx,
        store: StoreId,
        key: &HandOffKey,
        now: Timestamp,
    ) -> Result<Event, StoreError> {
        let sealed = self.seal_keys(store, &[key])?;
        hand_off_keys::update(tx, store, &sealed, now).await?;
        Ok(Event {
            before: Some(describe([])),
            after: Some(describe([key])),
            ..Event::of("store.hand_off_changed", store)
        })
    }

    async fn save_keys(
        &self,
        mut tx: Tx,
        by: &Cause,
        store: StoreId,
        before: &[HandOffKey],
        after: &[&HandOffKey],
    ) -> Result<(), HandOffKeysError> {
        let now = self.now();
        let sealed = self.seal_keys(store, after)?;
        if !hand_off_keys::update(&mut tx, store, &sealed, now).await? {
            return Err(StoreError::NoSuchStore.into());
        }
        let changed = Event {
            before: Some(describe(before)),
            after: Some(describe(after.iter().copied())),
            ..Event::of("store.hand_off_changed", store)
        };
        self.record(&mut tx, now, by, vec![changed]).await?;
        tx.commit().await?;
        Ok(())
    }

    fn seal_keys(&self, store: StoreId, keys: &[&HandOffKey]) -> Result<Vec<u8>, StoreError> {
        let kept: Vec<KeptKey> = keys
            .iter()
            .map(|key| KeptKey {
                algorithm: key.algorithm().name().to_owned(),
                key: key.expose().to_owned(),
            })
            .collect();
        let kept = serde_json::to_vec(&kept).map_err(|_| StoreError::Settings)?;
        let random = self.parts.random.as_ref();
        let sealed: Result<Vec<u8>, NotOurs> =
            self.parts
                .sealing
                .seal(&kept, &StoreBox::HandOff.of(store), random);
        Ok(sealed?)
    }
}

/// Says for the audit log which keys a store has, and none of the keys.
fn describe<'a>(keys: impl IntoIterator<Item = &'a HandOffKey>) -> Value {
    let names = keys.into_iter().map(|key| key.algorithm().name());
    json!({ "keys": names.collect::<Vec<_>>() })
}
