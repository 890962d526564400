//! What an administrator does by hand (RULES §4): grant and revoke.

use domain::grant::Term;
use domain::payment::EndReason;
use domain::{
    BlockId, ContentId, CustomerId, EmailAddress, ExternalId, GrantId, StoreId, Timestamp, TokenId,
};
use storage::access::{self, ManualGrant};
use storage::{StorageError, Tx, blocks, courses, customers, files};

use crate::App;
use crate::worker::Job;

/// Who is meant.
#[derive(Clone, Debug)]
pub enum Whom {
    /// The customer of an id.
    Customer(CustomerId),
    /// The customer of an address; made when there is none yet.
    Email(EmailAddress),
}

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum Actor {
    /// The holder of an API token.
    Token(TokenId),
    /// Whoever runs the command line on the server.
    CommandLine,
}

impl Actor {
    fn name(self) -> String {
        match self {
            Self::Token(id) => id.to_string(),
            Self::CommandLine => "command line".to_owned(),
        }
    }
}

/// A grant made by hand.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Its id.
    pub id: GrantId,
    /// To whom.
    pub customer: CustomerId,
    /// When it begins.
    pub granted_at: Timestamp,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Access ended by hand.
#[derive(Clone, Debug)]
pub struct Revoked {
    /// Whose.
    pub customer: CustomerId,
    /// The block that keeps it ended.
    pub block: BlockId,
    /// How many grants ended.
    pub grants: usize,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// There is no such course or file.
    #[error("there is no course or file of that id")]
    NoSuchContent,
    /// There is no such customer.
    #[error("there is no customer like that")]
    NoSuchCustomer,
    /// The grant would end before it begins.
    #[error("the access would end before it begins")]
    EndsBeforeItBegins,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Grants a content by hand. It lifts a block on it, and no order event ever ends it.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn grant_access(
        &self,
        by: Actor,
        whom: Whom,
        content: ContentId,
        expires_at: Option<Timestamp>,
        note: Option<String>,
    ) -> Result<Granted, AdministrationError> {
        let now = self.now();
        if expires_at.is_some_and(|end| end <= now) {
            return Err(AdministrationError::EndsBeforeItBegins);
        }
        let mut tx = self.parts.db.begin().await?;
        must_exist(&mut tx, content).await?;
        let customer = self.find_or_insert(&mut tx, whom, now).await?;
        customers::lock(&mut tx, customer).await?;
        let term = Term {
            granted_at: now,
            expires_at,
            extended_until: None,
        };
        let id = self.new_id(now, GrantId::from_parts);
        let granted_by = by.name();
        let grant = ManualGrant {
            id,
            customer,
            content,
            term,
            granted_by,
            note,
        };
        access::insert_manual(&mut tx, &grant).await?;
        if blocks::lift(&mut tx, customer, content, &by.name(), now).await? > 0 {
            self.reconcile_later(&mut tx, customer, content, now)
                .await?;
        }
        tx.commit().await?;
        Ok(Granted {
            id,
            customer,
            granted_at: now,
            expires_at,
        })
    }

    /// Ends all access to a content by hand, and blocks it, so that no later order, replay or synchronisation brings it
    /// back.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn revoke_access(
        &self,
        by: Actor,
        whom: Whom,
        content: ContentId,
        reason: Option<String>,
    ) -> Result<Revoked, AdministrationError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        must_exist(&mut tx, content).await?;
        let customer = find(&mut tx, &whom).await?;
        customers::lock(&mut tx, customer).await?;
        let ended = end_grants(&mut tx, customer, content, &by.name(), now).await?;
        let block = self.new_id(now, BlockId::from_parts);
        blocks::lift(&mut tx, customer, content, &by.name(), now).await?;
        let reason = reason.as_deref();
        blocks::insert(&mut tx, block, customer, content, &by.name(), reason, now).await?;
        tx.commit().await?;
        Ok(Revoked {
            customer,
            block,
            grants: ended,
        })
    }

    async fn find_or_insert(
        &self,
        tx: &mut Tx,
        whom: Whom,
        now: Timestamp,
    ) -> Result<CustomerId, AdministrationError> {
        let Whom::Email(email) = &whom else {
            return find(tx, &whom).await;
        };
        let new = self.new_id(now, CustomerId::from_parts);
        Ok(customers::insert_by_email(tx, new, email, now).await?)
    }

    /// Has the orders behind the customer's grants of a content reconciled: those whose line still pays come back.
    async fn reconcile_later(
        &self,
        tx: &mut Tx,
        customer: CustomerId,
        content: ContentId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let orders: Vec<(StoreId, ExternalId)> =
            access::list_orders_of_grants(tx, customer, content).await?;
        for (store, order) in orders {
            self.enqueue(tx, &Job::ReconcileOrder(store, order), now)
                .await?;
        }
        Ok(())
    }
}

/// Ends what is live: manual grants for good, an order's grants for as long as the block stands.
async fn end_grants(
    tx: &mut Tx,
    customer: CustomerId,
    content: ContentId,
    by: &str,
    now: Timestamp,
) -> Result<usize, StorageError> {
    let manual = access::list_manual_live(tx, customer, content).await?;
    let on = access::list_on_content(tx, customer, content).await?;
    let live: Vec<GrantId> = on
        .grants
        .iter()
        .filter(|grant| grant.revoked.is_none())
        .map(|grant| grant.id)
        .collect();
    for grant in &live {
        let reason = if manual.contains(grant) {
            EndReason::ByAdministrator
        } else {
            EndReason::Blocked
        };
        access::revoke(tx, *grant, reason, Some(by), now).await?;
    }
    Ok(live.len())
}

async fn find(tx: &mut Tx, whom: &Whom) -> Result<CustomerId, AdministrationError> {
    let found = match whom {
        Whom::Customer(id) => customers::find(tx, *id).await?.map(|customer| customer.id),
        Whom::Email(email) => customers::find_by_email(tx, email).await?,
    };
    found.ok_or(AdministrationError::NoSuchCustomer)
}

async fn must_exist(tx: &mut Tx, content: ContentId) -> Result<(), AdministrationError> {
    let exists = match content {
        ContentId::Course(id) => courses::find(tx, id).await?.is_some(),
        ContentId::File(id) => files::find(tx, id).await?.is_some(),
    };
    if exists {
        Ok(())
    } else {
        Err(AdministrationError::NoSuchContent)
    }
}
