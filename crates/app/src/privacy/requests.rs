//! What stores ask about their customers' data: recorded when it comes, answered by the worker when it is an erasure, and by
//! an administrator when a customer wants to have what is kept.

use std::collections::BTreeSet;

use connectors::{PrivacyWish, WhoseData};
use domain::audit::{Actor, Cause, Event};
use domain::{CustomerId, OrderId, PrivacyRequestId, StoreId, Timestamp};
use serde_json::json;
use storage::inbox::ClaimedDelivery;
use storage::jobs::{self, ClaimedJob};
use storage::privacy::requests::{self, NewRequest, RequestKind};
use storage::privacy::{erasing, marks};
use storage::{Access, StorageError, Tx, catalogue, customers, deliveries};

pub use storage::privacy::requests::{PrivacyRequest, WhichRequests};

use super::{BATCH, PrivacyError, find_person};
use crate::App;
use crate::administration::Whom;
use crate::recompute::Step;
use crate::worker::{Job, WorkError};

/// How long a store gives us to answer.
const DUE_DAYS: u32 = 30;
/// How many customers of a store are erased in one step.
const CUSTOMERS: i64 = 20;
/// How many deliveries of a store lose their content in one step.
const DELIVERIES: i64 = 1_000;
/// How many requests a page holds at most.
pub const LONGEST_PAGE: u32 = 200;

/// A page of requests, the newest first.
#[derive(Clone, Debug, Default)]
pub struct PrivacyRequestsPage {
    /// The requests.
    pub items: Vec<PrivacyRequest>,
    /// The request before which the next page begins; `None` when there is none.
    pub next: Option<PrivacyRequestId>,
}

/// Why a request is not written down as answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// There is no such request.
    #[error("there is no request of that id")]
    NoSuchRequest,
    /// It was answered before.
    #[error("it was answered before")]
    AlreadyAnswered,
    /// It asks to erase, which the worker does and writes down.
    #[error("it asks to erase: the worker does that, and writes it down itself")]
    ByTheWorker,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is looked through once somebody is erased.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Sweep {
    /// The whole inbox.
    Inbox,
    /// Nothing: the whole store's deliveries lose their content anyway.
    Nothing,
}

/// Where the erasure of a store's data stands.
enum Place {
    Orders(Option<OrderId>),
    Names,
    Deliveries,
}

impl Place {
    fn read(cursor: Option<&str>) -> Self {
        match cursor {
            None => Self::Orders(None),
            Some("names") => Self::Names,
            Some("deliveries") => Self::Deliveries,
            Some(order) => Self::Orders(order.parse().ok()),
        }
    }

    fn write(&self) -> Option<String> {
        match self {
            Self::Orders(order) => order.map(|order| order.to_string()),
            Self::Names => Some("names".to_owned()),
            Self::Deliveries => Some("deliveries".to_owned()),
        }
    }
}

impl App {
    /// Records what a delivery asks about people's data. An erasure of somebody who is known is a job; whoever is not known
    /// here has been answered already.
    pub(crate) async fn record_wishes(
        &self,
        tx: &mut Tx,
        delivery: &ClaimedDelivery,
        wishes: &[PrivacyWish],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut events = Vec::new();
        for wish in wishes {
            let (kind, customer) = match wish {
                PrivacyWish::Export(of) => {
                    (RequestKind::Export, find(tx, delivery.store, of).await?)
                }
                PrivacyWish::Erase(of) => (RequestKind::Erase, find(tx, delivery.store, of).await?),
                PrivacyWish::EraseStore => (RequestKind::EraseStore, None),
            };
            let is_void = customer.is_none() && kind != RequestKind::EraseStore;
            let new = NewRequest {
                id: self.new_id(now, PrivacyRequestId::from_parts),
                store: delivery.store,
                kind,
                customer,
                delivery: delivery.id,
                requested_at: delivery.received_at,
                due_at: delivery.received_at.plus_days(DUE_DAYS),
                done_at: is_void.then_some(now),
            };
            if !requests::insert(tx, &new).await? {
                continue;
            }
            if kind != RequestKind::Export && !is_void {
                self.enqueue(tx, &Job::AnswerPrivacy(new.id), now).await?;
            }
            events.push(Event {
                customer,
                after: Some(json!({ "kind": kind.name() })),
                ..Event::of("privacy_request.received", new.id)
            });
        }
        let by = Cause {
            delivery: Some(delivery.id),
            ..Cause::by(Actor::Store(delivery.store))
        };
        self.record(tx, now, &by, events).await
    }

    /// Does what a store has asked: erases a customer, or the next of all its customers.
    pub(crate) async fn answer_privacy(
        &self,
        job: &ClaimedJob,
        id: PrivacyRequestId,
    ) -> Result<Step, WorkError> {
        let mut reader = self.parts.db.reader().await?;
        let found = requests::find(&mut reader, id).await?;
        drop(reader);
        let Some(request) = found.filter(|request| request.done_at.is_none()) else {
            return Ok(Step::Done);
        };
        let by = Cause {
            delivery: Some(request.delivery),
            ..Cause::by(Actor::Store(request.store))
        };
        match request.kind {
            RequestKind::Export => return Ok(Step::Done),
            RequestKind::Erase => {
                if let Some(customer) = request.customer {
                    self.erase_for_store(&by, customer, request.store, Sweep::Inbox)
                        .await?;
                }
            }
            RequestKind::EraseStore => {
                let place = Place::read(job.progress.cursor.as_deref());
                if let Some(next) = self.erase_some(&by, request.store, &place).await? {
                    let mut progress = job.progress.clone();
                    progress.cursor = next.write();
                    progress.done += 1;
                    let mut tx = self.parts.db.begin().await?;
                    jobs::advance(&mut tx, job.id, job.attempt, &progress, self.now()).await?;
                    tx.commit().await?;
                    return Ok(Step::Advanced);
                }
            }
        }
        self.settle_request(&by, &request).await?;
        Ok(Step::Done)
    }

    /// Erases some of a store's customers, then what is left in its deliveries; returns where to go on.
    async fn erase_some(
        &self,
        by: &Cause,
        store: StoreId,
        place: &Place,
    ) -> Result<Option<Place>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        match place {
            Place::Orders(after) => {
                let owners = requests::list_owners(&mut reader, store, *after, CUSTOMERS).await?;
                drop(reader);
                let whose: BTreeSet<CustomerId> = owners.iter().map(|(_, owner)| *owner).collect();
                for owner in whose {
                    self.erase_for_store(by, owner, store, Sweep::Nothing)
                        .await?;
                }
                let last = owners.last().map(|(order, _)| *order);
                Ok(Some(
                    last.map_or(Place::Names, |last| Place::Orders(Some(last))),
                ))
            }
            Place::Names => {
                let known = requests::list_known(&mut reader, store, CUSTOMERS).await?;
                drop(reader);
                for customer in &known {
                    self.erase_for_store(by, *customer, store, Sweep::Nothing)
                        .await?;
                }
                let next = if known.is_empty() {
                    Place::Deliveries
                } else {
                    Place::Names
                };
                Ok(Some(next))
            }
            Place::Deliveries => {
                let of_store = deliveries::DeliveryFilter {
                    store: Some(store),
                    ..deliveries::DeliveryFilter::default()
                };
                let found =
                    deliveries::list_finished(&mut reader, &of_store, None, DELIVERIES).await?;
                drop(reader);
                let mut tx = self.parts.db.begin().await?;
                if found.is_empty() {
                    self.enqueue(&mut tx, &Job::Scrub, self.now()).await?;
                    tx.commit().await?;
                    return Ok(None);
                }
                erasing::redact(&mut tx, &found).await?;
                tx.commit().await?;
                Ok(Some(Place::Deliveries))
            }
        }
    }

    /// Erases a customer because a store asks: wholly when no other store knows her, else what this store has told.
    async fn erase_for_store(
        &self,
        by: &Cause,
        customer: CustomerId,
        store: StoreId,
        sweep: Sweep,
    ) -> Result<(), StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_for_change(&mut tx).await?;
        let (customer, person) = match find_person(&mut tx, &Whom::Customer(customer)).await {
            Ok(found) => found,
            Err(PrivacyError::NoSuchCustomer) => return Ok(()),
            Err(PrivacyError::Storage(error)) => return Err(error),
        };
        let event = if requests::is_known_elsewhere(&mut tx, &person.customers, store).await? {
            let names = erasing::list_identities(&mut tx, &person.customers).await?;
            let names = names.iter().filter(|(of, _)| *of == store);
            let names = names.filter_map(|(_, id)| self.mark_of_identity(store, id));
            let emails = person.emails.iter();
            let emails = emails.map(|email| self.mark_of_address_in(store, email));
            let all: Vec<String> = names.chain(emails).collect();
            marks::insert(&mut tx, &all, now).await?;
            let orders = erasing::list_orders(&mut tx, &person.customers).await?;
            let orders = orders.into_iter().filter(|(_, of)| *of == store);
            let orders: Vec<OrderId> = orders.map(|(order, _)| order).collect();
            for orders in orders.chunks(BATCH) {
                erasing::erase_orders(&mut tx, orders).await?;
            }
            erasing::erase_names_of_store(&mut tx, &person.customers, store).await?;
            Event {
                customer: Some(customer),
                after: Some(json!({ "store": store, "orders": orders.len() })),
                ..Event::of("customer.erased_in_store", customer)
            }
        } else {
            let (_, erased) = self.erase_in(&mut tx, now, customer, &person).await?;
            if sweep == Sweep::Inbox {
                let job = Job::ForgetDeliveries(customer);
                self.enqueue(&mut tx, &job, now).await?;
            }
            erased
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await
    }

    /// Lists what stores have asked, the newest first; at most `limit` (200 at most) before one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_privacy_requests(
        &self,
        which: WhichRequests,
        before: Option<PrivacyRequestId>,
        limit: u32,
    ) -> Result<PrivacyRequestsPage, StorageError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut reader = self.parts.db.reader().await?;
        let mut items = requests::list(&mut reader, which, before, i64::from(limit) + 1).await?;
        let has_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if has_more {
            items.pop();
        }
        let next = items.last().filter(|_| has_more).map(|request| request.id);
        Ok(PrivacyRequestsPage { items, next })
    }

    /// Writes down that a customer has got what she asked for.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub async fn answer_privacy_request(
        &self,
        by: &Cause,
        id: PrivacyRequestId,
    ) -> Result<(), AnswerError> {
        let mut reader = self.parts.db.reader().await?;
        let request = requests::find(&mut reader, id).await?;
        drop(reader);
        let request = request.ok_or(AnswerError::NoSuchRequest)?;
        match request.kind {
            RequestKind::Export => {}
            RequestKind::Erase | RequestKind::EraseStore => return Err(AnswerError::ByTheWorker),
        }
        if !self.settle_request(by, &request).await? {
            return Err(AnswerError::AlreadyAnswered);
        }
        Ok(())
    }

    async fn settle_request(
        &self,
        by: &Cause,
        request: &PrivacyRequest,
    ) -> Result<bool, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if !requests::settle(&mut tx, request.id, now).await? {
            return Ok(false);
        }
        let answered = Event {
            customer: request.customer,
            ..Event::of("privacy_request.answered", request.id)
        };
        self.record(&mut tx, now, by, vec![answered]).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Finds of whom a store speaks: by its own name for her, then by her address, then by her orders.
async fn find(
    access: &mut impl Access,
    store: StoreId,
    of: &WhoseData,
) -> Result<Option<CustomerId>, StorageError> {
    if let Some(id) = &of.customer
        && let Some(customer) = customers::find_by_identity(access, store, id).await?
    {
        return Ok(Some(customer));
    }
    if let Some(email) = &of.email
        && let Some(customer) = customers::find_by_email(access, email).await?
    {
        return Ok(Some(customer));
    }
    for order in &of.orders {
        let owner = requests::find_owner(access, store, order).await?;
        if let Some(owner) = owner
            && marks::find_of_customer(access, owner).await?.is_none()
        {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}
