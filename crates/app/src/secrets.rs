//! Sealing everything that is kept encrypted under the newest key, when there is a new one.
//!
//! A key is replaced in two steps, and between any two of them everything opens: the new key is put before the old ones where
//! the keys are kept, then what they sealed is sealed anew, in one transaction. The older keys stay: a backup may need them, and
//! the audit log does, whose chain is keyed by the oldest.

use domain::AdminId;
use domain::audit::{Cause, Event};
use serde_json::json;
use storage::admins;
use storage::sealed::{self, SealedStore};
use storage::{Access, StorageError};

use crate::App;
use crate::admins::authenticator_of;
use crate::sealing::{NotOurs, StoreBox};

/// How many stores are read at a time.
const BATCH: i64 = 500;

/// Why the secrets were not sealed anew; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// One of them was sealed under a key that is not there any more.
    #[error(transparent)]
    Sealed(#[from] NotOurs),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Counts the boxes that an older key than the newest has sealed.
    ///
    /// # Errors
    /// See [`RenewError`].
    pub async fn count_outdated_secrets(&self) -> Result<usize, RenewError> {
        let mut reader = self.parts.db.reader().await?;
        let renewed = self.renew_all(&mut reader).await?;
        let of_stores: usize = renewed.iter().map(|(_, boxes)| boxes).sum();
        Ok(of_stores + self.renew_authenticators(&mut reader).await?.len())
    }

    /// Seals anew, under the newest key, all that an older one has sealed, and returns how many boxes those are.
    ///
    /// # Errors
    /// See [`RenewError`].
    pub async fn renew_secrets(&self, by: &Cause) -> Result<usize, RenewError> {
        let now = self.now();
        // Whoever changes a store waits, or is waited for.
        let mut tx = self.begin_change().await?;
        let renewed = self.renew_all(&mut tx).await?;
        let mut count = 0;
        for (store, boxes) in renewed {
            sealed::update(&mut tx, &store, now).await?;
            count += boxes;
        }
        for (id, before, anew) in self.renew_authenticators(&mut tx).await? {
            admins::update_totp(&mut tx, id, &before, &anew).await?;
            count += 1;
        }
        if count > 0 {
            let event = Event {
                after: Some(json!({ "boxes": count })),
                ..Event::of("secrets.renewed", "stores")
            };
            self.record(&mut tx, now, by, vec![event]).await?;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Returns the stores of which something is outdated, sealed anew, with how many boxes that were.
    async fn renew_all(
        &self,
        access: &mut impl Access,
    ) -> Result<Vec<(SealedStore, usize)>, RenewError> {
        let mut renewed = Vec::new();
        let mut after = None;
        loop {
            let stores = sealed::list(access, after, BATCH).await?;
            let Some(last) = stores.last() else { break };
            after = Some(last.id);
            for mut store in stores {
                let boxes = self.renew_store(&mut store)?;
                if boxes > 0 {
                    renewed.push((store, boxes));
                }
            }
        }
        Ok(renewed)
    }

    /// Returns the administrators whose app's secret is outdated, with it and with it sealed anew. Links that still work keep
    /// theirs: they end within a day.
    async fn renew_authenticators(
        &self,
        access: &mut impl Access,
    ) -> Result<Vec<(AdminId, Vec<u8>, Vec<u8>)>, RenewError> {
        let random = self.parts.random.as_ref();
        let mut renewed = Vec::new();
        for admin in admins::list(access).await? {
            let Some(before) = admin.totp else { continue };
            let context = authenticator_of(admin.id);
            if let Some(anew) = self.parts.sealing.renew(&before, &context, random)? {
                renewed.push((admin.id, before, anew));
            }
        }
        Ok(renewed)
    }

    fn renew_store(&self, store: &mut SealedStore) -> Result<usize, NotOurs> {
        let id = store.id;
        let mut boxes = 0;
        let all = [
            (Some(&mut store.secrets), StoreBox::Webhooks),
            (store.api.as_mut(), StoreBox::Api),
            (store.hand_off.as_mut(), StoreBox::HandOff),
        ];
        for (sealed, what) in all {
            let Some(sealed) = sealed else { continue };
            let random = self.parts.random.as_ref();
            if let Some(anew) = self.parts.sealing.renew(sealed, &what.of(id), random)? {
                *sealed = anew;
                boxes += 1;
            }
        }
        Ok(boxes)
    }
}
