//! What an administrator does about access by hand (RULES §4): grant, revoke, lift a block, extend.
//!
//! Each act locks the customer, writes its fact, and reconciles the orders that the fact touches, all in one
//! transaction: what the answer says is so when it arrives. A single act and a whole list of them (`crate::bulk`) go the
//! same way: [`act`] says what an act is and locks what it may touch, `writing` decides what it writes, `acting` does it.

pub(crate) mod act;
pub(crate) mod acting;
mod listing;
mod writing;

pub use listing::{GrantsPage, LONGEST_PAGE};
pub use storage::grants::{GrantFilter, ListedGrant};

use domain::audit::Cause;
use domain::payment::EndReason;
use domain::{BlockId, ContentId, CustomerId, EmailAddress, ExtensionId, GrantId, Timestamp};
use storage::{StorageError, Tx, catalogue, customers, grants};

use self::act::{Act, Deed};
use self::acting::{Done, Made};
use crate::App;
use crate::mail::Mail;
use crate::reconcile::ReconcileError;

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

/// Who is told, by mail, of what is done by hand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Telling {
    /// The customer.
    Customer,
    /// Nobody.
    Nobody,
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
    /// How many grants of orders are live again, because no block stands any more.
    pub restored: usize,
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
    /// Whose.
    pub customer: CustomerId,
    /// To what.
    pub content: ContentId,
    /// The grants that are longer now.
    pub grants: Vec<ExtendedGrant>,
}

/// One grant made longer.
#[derive(Clone, Debug)]
pub struct ExtendedGrant {
    /// The extension. Grants of one order and product share one.
    pub extension: ExtensionId,
    /// The grant.
    pub grant: GrantId,
    /// When it ends now; `None` is never.
    pub ends_at: Option<Timestamp>,
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
    /// There is no grant that is not revoked.
    #[error("there is no grant that could be extended")]
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
        telling: Telling,
    ) -> Result<Granted, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let customer = match &whom {
            Whom::Customer(_) => find(&mut tx, &whom).await?,
            Whom::Email(email) => {
                let new = self.new_id(now, CustomerId::from_parts);
                customers::insert_by_email(&mut tx, new, email, now).await?
            }
        };
        let deed = Deed::Grant { expires_at, note };
        let act = Act::new(customer, content, deed);
        let done = self.act_alone(tx, now, by, act, telling).await?;
        let Made::Grant(id) = done.made else {
            return Err(AdministrationError::NoSuchGrant);
        };
        Ok(Granted {
            id,
            customer,
            granted_at: now,
            expires_at,
            restored: done.restored().count(),
            lifted: done.before.blocks,
        })
    }

    /// Ends all access to a content by hand, and blocks it, so that no later order, replay or synchronisation brings it
    /// back. The customer is told only when something ended.
    ///
    /// # Errors
    /// See [`AdministrationError`].
    pub async fn revoke_access(
        &self,
        by: &Cause,
        whom: Whom,
        content: ContentId,
        reason: Option<String>,
        telling: Telling,
    ) -> Result<Revoked, AdministrationError> {
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let customer = find(&mut tx, &whom).await?;
        let act = Act::new(customer, content, Deed::Revoke { reason });
        let done = self.act_alone(tx, now, by, act, telling).await?;
        let Made::Block(block) = done.made else {
            return Err(AdministrationError::NotBlocked);
        };
        Ok(Revoked {
            customer,
            block,
            grants: done.ended().count(),
        })
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
        let customer = find(&mut tx, &whom).await?;
        let act = Act::new(customer, content, Deed::Lift);
        let telling = Telling::Nobody;
        let done = self.act_alone(tx, now, by, act, telling).await?;
        Ok(Lifted {
            customer,
            grants: done.restored().count(),
            blocks: done.before.blocks,
        })
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
        let (customer, content, only) = match &longer {
            Longer::Grant(id) => {
                let found = grants::find(&mut tx, *id).await?;
                let held = found.ok_or(AdministrationError::NoSuchGrant)?;
                (held.customer, held.content, Some(*id))
            }
            Longer::Content(whom, content) => (find(&mut tx, whom).await?, *content, None),
        };
        let deed = Deed::Extend { only, until, note };
        let act = Act::new(customer, content, deed);
        let telling = Telling::Nobody;
        let done = self.act_alone(tx, now, by, act, telling).await?;
        Ok(extended(customer, content, until, &done))
    }

    /// Begins a transaction of acts. The catalogue stays as it is, and every customer herself, until it ends.
    pub(crate) async fn begin_act(&self) -> Result<Tx, StorageError> {
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        Ok(tx)
    }

    /// Does one act and commits it.
    async fn act_alone(
        &self,
        mut tx: Tx,
        now: Timestamp,
        by: &Cause,
        act: Act,
        telling: Telling,
    ) -> Result<Done, AdministrationError> {
        let customer = act.customer;
        let locked = act::lock(&mut tx, &[act.pair()]).await?;
        let (done, events) = self.act_in(&mut tx, now, by, &locked, &[act]).await?;
        // One act has one outcome.
        let done = done.into_iter().next();
        let done = done.unwrap_or(Err(AdministrationError::NoSuchContent))?;
        let mail = match telling {
            Telling::Customer => telling_of(customer, &done),
            Telling::Nobody => None,
        };
        if let Some(mail) = mail {
            self.queue_mail(&mut tx, now, mail).await?;
        }
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(done)
    }
}

/// Says what there is to tell of an act: a grant, or what a block has ended.
fn telling_of(customer: CustomerId, done: &Done) -> Option<Mail> {
    match &done.made {
        Made::Grant(grant) => Some(Mail::AccessGranted {
            customer,
            order: None,
            grants: vec![*grant],
        }),
        Made::Block(_) => {
            let grants: Vec<GrantId> = done.ended().collect();
            (!grants.is_empty()).then_some(Mail::AccessEnded {
                customer,
                order: None,
                grants,
                reason: EndReason::ByAdministrator,
            })
        }
        Made::Extensions(_) | Made::Nothing => None,
    }
}

/// Finds who is meant.
async fn find(tx: &mut Tx, whom: &Whom) -> Result<CustomerId, AdministrationError> {
    let found = match whom {
        Whom::Customer(id) => customers::find(tx, *id).await?.map(|customer| customer.id),
        Whom::Email(email) => customers::find_by_email(tx, email).await?,
    };
    found.ok_or(AdministrationError::NoSuchCustomer)
}

fn extended(customer: CustomerId, content: ContentId, until: Timestamp, done: &Done) -> Extended {
    let made: &[(ExtensionId, GrantId)] = match &done.made {
        Made::Extensions(made) => made,
        Made::Grant(_) | Made::Block(_) | Made::Nothing => &[],
    };
    let grants = made.iter().filter_map(|(extension, id)| {
        let held = done.after.grant(*id)?;
        Some(ExtendedGrant {
            extension: *extension,
            grant: *id,
            // A revoked grant takes the extension in only when it is live again.
            ends_at: held.grant.expiry().map(|end| end.max(until)),
            revoked: held.grant.revoked.map(|(_, reason)| reason),
        })
    });
    Extended {
        customer,
        content,
        grants: grants.collect(),
    }
}
