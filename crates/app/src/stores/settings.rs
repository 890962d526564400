//! Changing a store's settings about access, and the secrets that its webhooks are signed with.

use std::collections::BTreeSet;

use connectors::{StoreSecret, connector};
use domain::audit::{Cause, Event};
use domain::origin::Origin;
use domain::payment::{OnAmountRefund, OnDispute, StorePolicy};
use domain::{StoreId, Timestamp};
use serde_json::{Value, json};
use storage::{Tx, stores};

use super::{ConnectedStore, StoreError};
use crate::App;
use crate::catalogue::Changed;
use crate::embed::replace_origins;
use crate::worker::Job;

/// The most days of access after the end of a paid period.
pub const LONGEST_GRACE_DAYS: u32 = 365;

/// What to change of a store's settings; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct StoreChange {
    /// Whether test orders count.
    pub accept_test_orders: Option<bool>,
    /// What an open dispute does.
    pub on_dispute: Option<OnDispute>,
    /// What a refund without lines does.
    pub on_amount_refund: Option<OnAmountRefund>,
    /// Days of access after the end of a paid period.
    pub grace_days: Option<u32>,
    /// Whether an address counts as proven because the store says so.
    pub trusts_emails: Option<bool>,
    /// The origins of the pages that may hold our elements.
    pub origins: Option<BTreeSet<Origin>>,
}

impl StoreChange {
    fn apply(&self, policy: StorePolicy) -> StorePolicy {
        let accepts = self.accept_test_orders;
        StorePolicy {
            accept_test_orders: accepts.unwrap_or(policy.accept_test_orders),
            on_dispute: self.on_dispute.unwrap_or(policy.on_dispute),
            on_amount_refund: self.on_amount_refund.unwrap_or(policy.on_amount_refund),
            grace_days: self.grace_days.unwrap_or(policy.grace_days),
            trusts_emails: self.trusts_emails.unwrap_or(policy.trusts_emails),
        }
    }
}

impl App {
    /// Finds the store of an id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn show_store(&self, id: StoreId) -> Result<ConnectedStore, StoreError> {
        let mut reader = self.parts.db.reader().await?;
        let found = stores::find(&mut reader, id).await?;
        self.open_store(found.ok_or(StoreError::NoSuchStore)?)
    }

    /// Changes a store's settings. They count for every order, also for those that are known already.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_store(
        &self,
        by: &Cause,
        id: StoreId,
        change: StoreChange,
    ) -> Result<Changed, StoreError> {
        if change
            .grace_days
            .is_some_and(|days| days > LONGEST_GRACE_DAYS)
        {
            return Err(StoreError::GraceDays);
        }
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let row = find(&mut tx, id).await?;
        let before = super::read_policy(Some(&row))?;
        let after = change.apply(before);
        let mut events = Vec::new();
        if let Some(origins) = &change.origins {
            events.extend(replace_origins(&mut tx, id, origins).await?);
        }
        if after != before {
            let policy = serde_json::to_string(&after).map_err(|_| StoreError::Settings)?;
            stores::update(&mut tx, &stores::Store { policy, ..row }, now).await?;
            events.push(Event {
                before: Some(json!({ "policy": before })),
                after: Some(json!({ "policy": after })),
                ..Event::of("store.updated", id)
            });
        }
        if events.is_empty() {
            return Ok(Changed { job: None });
        }
        let mut job = None;
        if decides_otherwise(before, after) {
            let reconcile = Job::ReconcileStore(id);
            job = Some(self.begin_job(&mut tx, &reconcile, now).await?);
        }
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(Changed { job })
    }

    /// Begins to rotate a store's webhook secret: from now on a webhook may be signed with the new one or with the old.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn add_store_secret(
        &self,
        by: &Cause,
        id: StoreId,
        secret: StoreSecret,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let row = find(&mut tx, id).await?;
        let store = self.open_store(row.clone())?;
        connector(store.kind).check_secret(&secret)?;
        let mut secrets = store.secrets;
        if secrets.len() > 1 {
            return Err(StoreError::RotationUnderWay);
        }
        if secrets.iter().any(|old| old.expose() == secret.expose()) {
            return Err(StoreError::SameSecret);
        }
        secrets.insert(0, secret);
        self.save_secrets(tx, by, row, &secrets, now).await
    }

    /// Ends the rotation: only the newest secret counts. Returns how many were dropped.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn drop_old_store_secrets(
        &self,
        by: &Cause,
        id: StoreId,
    ) -> Result<usize, StoreError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let row = find(&mut tx, id).await?;
        let mut secrets = self.open_store(row.clone())?.secrets;
        let dropped = secrets.len().saturating_sub(1);
        if dropped > 0 {
            secrets.truncate(1);
            self.save_secrets(tx, by, row, &secrets, now).await?;
        }
        Ok(dropped)
    }

    async fn save_secrets(
        &self,
        mut tx: Tx,
        by: &Cause,
        row: stores::Store,
        secrets: &[StoreSecret],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = row.id;
        let before = self.open_store(row.clone())?.secrets.len();
        let row = stores::Store {
            secrets: self.seal_secrets(id, secrets)?,
            ..row
        };
        stores::update(&mut tx, &row, now).await?;
        let rotated = Event {
            before: Some(count(before)),
            after: Some(count(secrets.len())),
            ..Event::of("store.secrets_changed", id)
        };
        self.record(&mut tx, now, by, vec![rotated]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Tells whether the settings decide otherwise about some order; whom the store vouches for is not about orders.
fn decides_otherwise(before: StorePolicy, after: StorePolicy) -> bool {
    let trusts_emails = before.trusts_emails;
    before
        != StorePolicy {
            trusts_emails,
            ..after
        }
}

fn count(secrets: usize) -> Value {
    json!({ "secrets": secrets })
}

async fn find(tx: &mut Tx, id: StoreId) -> Result<stores::Store, StoreError> {
    stores::find(tx, id).await?.ok_or(StoreError::NoSuchStore)
}
