//! Who is who (RULES §6.3, §6.4): what a session proves, and customers who turn out to be one person.

use domain::audit::{Cause, Event};
use domain::viewer::{Proof, Viewer, is_nobody};
use domain::{CustomerId, EmailAddress, ExternalId, SessionId, StoreId, Timestamp};
use serde_json::json;
use storage::{StorageError, Tx, catalogue, customers, merges, sessions, sign_ins};

use crate::App;
use crate::random::hash_token;
use crate::stores::StoreError;
use crate::worker::Job;

/// Why nothing was proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The session is unknown or over.
    #[error("there is no such session")]
    NoSession,
    /// The store's id of the customer is that of its guests.
    #[error("a guest of a store is nobody in particular")]
    Nobody,
    /// The store is not known, or its settings cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Customers who are one now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Merged {
    /// The one who is kept: the oldest.
    pub kept: CustomerId,
    /// Those who lead to her now.
    pub others: Vec<CustomerId>,
}

/// Why nobody was merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The session is unknown or over.
    #[error("there is no such session")]
    NoSession,
    /// The session has proven one customer only.
    #[error("the session has not proven two customers")]
    NothingToMerge,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A customer whom a proof is about, and by which store's name, when it is one.
pub(crate) type Proven = (CustomerId, Option<(StoreId, ExternalId)>);

impl App {
    /// Adds a proof to a session, and returns who looks by it from now on. Customers whom nobody knew are made.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub async fn prove(&self, token: &str, proof: &Proof) -> Result<Viewer, ProveError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let session = sessions::find(&mut tx, &hash_token(token), now).await?;
        let mut session = session.ok_or(ProveError::NoSession)?;
        let proven = self.prove_in(&mut tx, proof, now).await?;
        add_proofs(&mut tx, session.id, &mut session.viewer, proven, now).await?;
        tx.commit().await?;
        Ok(session.viewer)
    }

    /// Merges all customers whom one session has proven into the oldest of them: orders, grants, blocks, progress,
    /// identities and sessions. The orders are reconciled by jobs.
    ///
    /// # Errors
    /// See [`MergeError`].
    pub async fn merge_proven(&self, by: &Cause, token: &str) -> Result<Merged, MergeError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        // Nobody works on an order meanwhile, so none is given to a customer who is about to go.
        catalogue::lock_for_change(&mut tx).await?;
        let session = sessions::find(&mut tx, &hash_token(token), now).await?;
        let session = session.ok_or(MergeError::NoSession)?;
        let proven: Vec<CustomerId> = session.viewer.customers().collect();
        let mut proven = merges::lock(&mut tx, &proven).await?.into_iter();
        let kept = proven.next().ok_or(MergeError::NothingToMerge)?;
        let others: Vec<CustomerId> = proven.collect();
        if others.is_empty() {
            return Err(MergeError::NothingToMerge);
        }
        for other in &others {
            merges::merge(&mut tx, *other, kept).await?;
        }
        for (store, order) in merges::list_orders(&mut tx, kept).await? {
            self.enqueue(&mut tx, &Job::ReconcileOrder(store, order), now)
                .await?;
        }
        let events = others.iter().map(|other| merged(*other, kept)).collect();
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(Merged { kept, others })
    }

    /// Finds or makes the customers whom a proof is about, and writes down that they are proven.
    pub(crate) async fn prove_in(
        &self,
        tx: &mut Tx,
        proof: &Proof,
        now: Timestamp,
    ) -> Result<Vec<Proven>, ProveError> {
        let new = || self.new_id(now, CustomerId::from_parts);
        let mut found: Vec<Proven> = Vec::new();
        match proof {
            Proof::Address(email) => {
                let customer = customers::insert_by_email(tx, new(), email, now).await?;
                found.push((customer, None));
            }
            Proof::StoreCustomer {
                store,
                external_id,
                verified_email,
            } => {
                if is_nobody(external_id) {
                    return Err(ProveError::Nobody);
                }
                let policy = self.load_store(tx, *store).await?.policy;
                if let Some(email) = verified_email.as_ref().filter(|_| policy.trusts_emails) {
                    let customer = customers::insert_by_email(tx, new(), email, now).await?;
                    found.push((customer, None));
                }
                let customer =
                    customers::insert_by_identity(tx, new(), *store, external_id, now).await?;
                found.push((customer, Some((*store, external_id.clone()))));
            }
        }
        // In the order in which a merge locks them, so that nobody waits in a circle.
        let mut in_order: Vec<&mut Proven> = found.iter_mut().collect();
        in_order.sort_unstable_by_key(|(customer, _)| *customer);
        for (customer, identity) in in_order {
            // She may have been merged since she was found.
            let person = customers::lock_person(tx, *customer).await?;
            *customer = person.unwrap_or(*customer);
            let is_first = customers::mark_proven(tx, *customer, now).await?;
            if is_first && identity.is_none() {
                end_unproven(tx, *customer, now).await?;
            }
        }
        Ok(found)
    }

    /// Finds or makes the customer of an address that was proven just now.
    pub(crate) async fn prove_address(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<CustomerId, StorageError> {
        let new = self.new_id(now, CustomerId::from_parts);
        let customer = customers::insert_by_email(tx, new, email, now).await?;
        let person = customers::lock_person(tx, customer).await?;
        let person = person.unwrap_or(customer);
        if customers::mark_proven(tx, person, now).await? {
            end_unproven(tx, person, now).await?;
        }
        Ok(person)
    }
}

/// Ends all that stood on an address before it was proven for the first time, and the wishes of others to sign in by it:
/// whoever made them may be waiting for its owner.
async fn end_unproven(
    tx: &mut Tx,
    customer: CustomerId,
    now: Timestamp,
) -> Result<(), StorageError> {
    sessions::delete_of_address(tx, customer).await?;
    let known = customers::find(tx, customer).await?;
    if let Some(email) = known.and_then(|known| known.email) {
        sign_ins::end_of_email(tx, &email, now).await?;
    }
    Ok(())
}

/// Adds proofs to a session and to who looks by it.
pub(crate) async fn add_proofs(
    tx: &mut Tx,
    session: SessionId,
    viewer: &mut Viewer,
    proven: Vec<Proven>,
    now: Timestamp,
) -> Result<(), StorageError> {
    for (customer, identity) in proven {
        if identity.is_some() || customer != viewer.customer() {
            let by = identity.as_ref().map(|(store, id)| (*store, id));
            sessions::insert_proof(tx, session, customer, by, now).await?;
        }
        viewer.add(customer, identity);
    }
    Ok(())
}

fn merged(customer: CustomerId, into: CustomerId) -> Event {
    Event {
        customer: Some(into),
        after: Some(json!({ "merged_into": into })),
        ..Event::of("customer.merged", customer)
    }
}
