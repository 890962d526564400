//! What an administrator does about access by hand (RULES §4): grant, revoke, lift a block, extend.
//!
//! Each act locks the customer, writes its fact, and reconciles the orders that the fact touches, all in one
//! transaction: what the answer says is so when it arrives.

mod acting;
mod extending;

use domain::audit::{Cause, Event};
use domain::payment::EndReason;
use domain::{
    BlockId, ContentId, CustomerId, EmailAddress, ExtensionId, GrantId, OrderId, Timestamp,
};
use storage::{StorageError, Tx, catalogue, courses, customers, files, grants};

use crate::App;
use crate::reconcile::{ReconcileError, lock_concerned};
use crate::worker::Job;

/// Who is meant.
#[derive(Clone, Debug)]
pub enum Whom {
    /// The customer of an id.
    Customer(CustomerId),
    /// The customer of an address; a grant makes one when there is none yet.
    Email(EmailAddress),
}

/// Which grants an extension is for.
#[derive(Clone, Debug)]
pub enum Longer {
    /// This one.
    Grant(GrantId),
    /// All that the customer has of the content, are not revoked and end.
    Content(Whom, ContentId),
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
    /// The blocks that it lifted.
    pub lifted: Vec<BlockId>,
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

/// A block lifted by hand.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// Whose.
    pub customer: CustomerId,
    /// The blocks that stood.
    pub blocks: Vec<BlockId>,
    /// How many grants are live again.
    pub grants: usize,
}

/// Access made longer by hand.
#[derive(Clone, Debug)]
pub struct Extended {
    /// The extensions, by the grants that they are for.
    pub extensions: Vec<ExtendedGrant>,
}

/// One grant made longer.
#[derive(Clone, Debug)]
pub struct ExtendedGrant {
    /// The extension.
    pub id: ExtensionId,
    /// The grant.
    pub grant: GrantId,
    /// Why the grant stays closed all the same: an extension revives nothing.
    pub revoked: Option<EndReason>,
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
    /// There is no such grant.
    #[error("there is no grant of that id")]
    NoSuchGrant,
    /// No block stands.
    #[error("no block stands against this customer and content")]
    NotBlocked,
    /// The access would end before it begins.
    #[error("the access would end before it begins")]
    EndsBeforeItBegins,
    /// There is no grant that ends and is not revoked.
    #[error("there is nothing that could be extended")]
    NothingToExtend,
    /// The grant never ends, or ends later already.
    #[error("the access lasts at least as long already")]
    LastsLonger,
    /// The grant's line stands for no product now.
    #[error("the order's line stands for no product at present")]
    Unmapped,
    /// The orders could not be reconciled.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

impl From<StorageError> for AdministrationError {
    fn from(error: StorageError) -> Self {
        Self::Reconcile(error.into())
    }
}

impl App {
    /// Grants a content by hand. It lifts a block on it, and no order event ever ends it.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn grant_access(
        &self,
        by: &Cause,
        whom: Whom,
        content: ContentId,
        expires_at: Option<Timestamp>,
        note: Option<String>,
    ) -> Result<Granted, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let (granted, events) = self
            .grant_in(&mut tx, now, by, &whom, content, expires_at, note)
            .await?;
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(granted)
    }

    /// Ends all access to a content by hand, and blocks it, so that no later order, replay or synchronisation brings it
    /// back.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn revoke_access(
        &self,
        by: &Cause,
        whom: Whom,
        content: ContentId,
        reason: Option<String>,
    ) -> Result<Revoked, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let (revoked, events) = self
            .revoke_in(&mut tx, now, by, &whom, content, reason.as_deref())
            .await?;
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(revoked)
    }

    /// Lifts the block on a content: the grants of orders that still pay are live again. Grants by hand that the block
    /// ended stay ended.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn lift_block(
        &self,
        by: &Cause,
        whom: Whom,
        content: ContentId,
    ) -> Result<Lifted, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let (lifted, events) = self.lift_in(&mut tx, now, by, &whom, content).await?;
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(lifted)
    }

    /// Makes access longer by hand: the later of the derived and the extended end counts. A revoked grant stays revoked.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn extend_access(
        &self,
        by: &Cause,
        longer: Longer,
        until: Timestamp,
        note: Option<String>,
    ) -> Result<Extended, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let (extended, events) = self
            .extend_in(&mut tx, now, by, &longer, until, note.as_deref())
            .await?;
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(extended)
    }

    /// Begins the transaction of one act or of many: until it ends the catalogue stays as it is, and nobody is merged.
    pub(crate) async fn begin_act(&self) -> Result<Tx, StorageError> {
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        Ok(tx)
    }

    /// Reconciles the orders that `lock_orders_of` found, and leaves those that came meanwhile to jobs. Returns what
    /// changed.
    async fn reconcile_locked(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        locked: &Locked,
    ) -> Result<Vec<Event>, AdministrationError> {
        let orders = grants::list_orders_of_content(tx, locked.customer, locked.content).await?;
        let late: Vec<OrderId> = orders
            .into_iter()
            .filter(|order| !locked.orders.contains(order))
            .collect();
        for order in storage::orders::load(tx, &late).await? {
            let job = Job::ReconcileOrder(order.store, order.external);
            self.enqueue(tx, &job, now).await?;
        }
        Ok(self.reconcile_in(tx, &locked.orders, by, now).await?)
    }
}

/// A customer who is locked, with the orders that ever granted her the content.
pub(crate) struct Locked {
    customer: CustomerId,
    content: ContentId,
    orders: Vec<OrderId>,
}

/// Locks the customer, and whoever else has to do with the orders that ever granted her the content.
async fn lock_orders_of(
    tx: &mut Tx,
    customer: CustomerId,
    content: ContentId,
) -> Result<Locked, StorageError> {
    let orders = grants::list_orders_of_content(tx, customer, content).await?;
    lock_concerned(tx, &orders, Some(customer)).await?;
    Ok(Locked {
        customer,
        content,
        orders,
    })
}

/// Finds who is meant.
pub(crate) async fn find(tx: &mut Tx, whom: &Whom) -> Result<CustomerId, AdministrationError> {
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
