//! A customer's data: all of it, for her ([`App::export_customer`]), and an end of it ([`App::erase_customer`]).
//!
//! Who was erased is an id and nothing else. What a store still says of what she had paid before is not learnt
//! (`marks`), and deliveries that name her lose their content: those of her orders at once, all others by a job that
//! looks through the inbox (`sweeping`).

mod marks;
mod requests;
mod retention;
mod sweeping;

pub use self::requests::{
    AnswerError, LONGEST_PAGE, PrivacyRequest, PrivacyRequestsPage, WhichRequests,
};
pub use self::retention::Tidied;
pub use storage::privacy::requests::RequestKind;

use std::collections::BTreeMap;

use domain::audit::{Cause, Event};
use domain::{CustomerId, OrderId, Timestamp};
use serde_json::{Map, Value, json};
use storage::privacy::erasing::{self, Person};
use storage::privacy::{export, marks as kept_marks};
use storage::{Access, StorageError, Tx, catalogue, customers, merges};

use crate::App;
use crate::administration::Whom;
use crate::worker::Job;

/// How many orders are erased by one statement.
const BATCH: usize = 1_000;

/// Why nothing was exported or erased.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// There is no such customer, or she was erased.
    #[error("there is no customer like that")]
    NoSuchCustomer,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// All that is kept about a customer.
#[derive(Clone, Debug)]
pub struct CustomerExport {
    /// Whose it is.
    pub customer: CustomerId,
    /// The moment that it shows.
    pub exported_at: Timestamp,
    /// What is kept, by section: one object for each row.
    pub sections: BTreeMap<&'static str, Vec<Map<String, Value>>>,
}

/// What an erasure takes away, or would.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Erasure {
    /// Whose data it is; the id stays.
    pub customer: CustomerId,
    /// The other ids of the same person, who were merged into her.
    pub merged: Vec<CustomerId>,
    /// How many addresses are known.
    pub addresses: usize,
    /// How many of each: `orders`, live `grants`, standing `blocks`, `videos` watched, `sessions`, `mails`, and `deliveries`
    /// that spoke of her orders.
    pub counts: BTreeMap<String, i64>,
}

impl App {
    /// Gathers all that is kept about a customer, with all who were merged into her.
    ///
    /// # Errors
    /// See [`PrivacyError`].
    pub async fn export_customer(
        &self,
        by: &Cause,
        whom: &Whom,
    ) -> Result<CustomerExport, PrivacyError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let (customer, person) = find_person(&mut reader, whom).await?;
        let sections = export::list(&mut reader, &person.customers).await?;
        drop(reader);
        let mut tx = self.parts.db.begin().await?;
        let exported = Event {
            customer: Some(customer),
            ..Event::of("customer.exported", customer)
        };
        self.record(&mut tx, now, by, vec![exported]).await?;
        tx.commit().await?;
        Ok(CustomerExport {
            customer,
            exported_at: now,
            sections,
        })
    }

    /// Tells what [`App::erase_customer`] would take away.
    ///
    /// # Errors
    /// See [`PrivacyError`].
    pub async fn preview_erasure(&self, whom: &Whom) -> Result<Erasure, PrivacyError> {
        let mut reader = self.parts.db.reader().await?;
        let (customer, person) = find_person(&mut reader, whom).await?;
        Ok(erasure(&mut reader, customer, &person).await?)
    }

    /// Erases a customer, with all who were merged into her: for good, and in every table. The ids of her and her orders
    /// stay, with the orders' states and sums. What she buys later makes a new customer.
    ///
    /// # Errors
    /// See [`PrivacyError`].
    pub async fn erase_customer(&self, by: &Cause, whom: &Whom) -> Result<Erasure, PrivacyError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        // Nobody works on an order meanwhile, so nothing is learnt about her behind our back.
        catalogue::lock_for_change(&mut tx).await?;
        let (customer, person) = find_person(&mut tx, whom).await?;
        let (erasure, erased) = self.erase_in(&mut tx, now, customer, &person).await?;
        self.enqueue(&mut tx, &Job::ForgetDeliveries(customer), now)
            .await?;
        self.record(&mut tx, now, by, vec![erased]).await?;
        tx.commit().await?;
        Ok(erasure)
    }

    /// Erases a person in a transaction that holds the catalogue; returns what went, and the event that tells of it. The inbox
    /// has to be looked through afterwards.
    async fn erase_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        customer: CustomerId,
        person: &Person,
    ) -> Result<(Erasure, Event), StorageError> {
        merges::lock(tx, &person.customers).await?;
        let erasure = erasure(tx, customer, person).await?;
        let marks = self.marks_of(tx, person).await?;
        kept_marks::insert(tx, &marks, now).await?;
        let orders = erasing::list_orders(tx, &person.customers).await?;
        let orders: Vec<OrderId> = orders.into_iter().map(|(order, _)| order).collect();
        for orders in orders.chunks(BATCH) {
            erasing::erase_orders(tx, orders).await?;
        }
        erasing::erase_person(tx, person, now).await?;
        let erased = Event {
            customer: Some(customer),
            after: Some(json!(erasure.counts)),
            ..Event::of("customer.erased", customer)
        };
        Ok((erasure, erased))
    }

    async fn marks_of(&self, tx: &mut Tx, person: &Person) -> Result<Vec<String>, StorageError> {
        let identities = erasing::list_identities(tx, &person.customers).await?;
        let addresses = person.emails.iter();
        let addresses = addresses.map(|email| self.mark_of_address(email));
        let identities = identities.iter();
        let identities = identities.filter_map(|(store, id)| self.mark_of_identity(*store, id));
        let said = erasing::list_addresses_said(tx, &person.customers).await?;
        let said = said.iter();
        let said = said.map(|(store, order, email)| self.mark_of_address_on(*store, order, email));
        Ok(addresses.chain(identities).chain(said).collect())
    }
}

impl CustomerExport {
    /// Writes it as the one document that she gets.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "format": "stoa customer 1",
            "customer_id": self.customer,
            "exported_at": self.exported_at.to_string(),
            "sections": self.sections,
        })
    }
}

/// Finds who is meant, and all that she is.
async fn find_person(
    access: &mut impl Access,
    whom: &Whom,
) -> Result<(CustomerId, Person), PrivacyError> {
    let found = match whom {
        Whom::Customer(id) => customers::find(access, *id).await?.map(|found| found.id),
        Whom::Email(email) => customers::find_by_email(access, email).await?,
    };
    let customer = found.ok_or(PrivacyError::NoSuchCustomer)?;
    let person = erasing::list_person(access, customer).await?;
    if person.customers.is_empty() {
        return Err(PrivacyError::NoSuchCustomer);
    }
    Ok((customer, person))
}

async fn erasure(
    access: &mut impl Access,
    customer: CustomerId,
    person: &Person,
) -> Result<Erasure, StorageError> {
    let others = person.customers.iter().copied();
    Ok(Erasure {
        customer,
        merged: others.filter(|other| *other != customer).collect(),
        addresses: person.emails.len(),
        counts: erasing::count(access, &person.customers).await?,
    })
}
