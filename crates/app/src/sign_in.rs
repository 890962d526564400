//! Signing in by a one-time link.

use domain::audit::{Cause, Event};
use domain::{CustomerId, EmailAddress};
use storage::customers::{self, Customer};
use storage::{StorageError, sessions};

use crate::App;
use crate::random::{hash_token, new_token};
use crate::sessions::{Browser, NewSession};

/// How long a one-time link works.
const LINK_SECONDS: i64 = 600;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The link is unknown, used or too old: one answer for all.
    #[error("this link has been used or is too old")]
    LinkNotValid,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Makes a one-time link's token for an address, good for ten minutes; the customer is made when there is none yet.
    /// Whoever gets the token can sign in: hand it only to the owner of the address.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_sign_in_link(
        &self,
        by: &Cause,
        email: &EmailAddress,
    ) -> Result<String, SignInError> {
        let now = self.now();
        let token = new_token(self.parts.random.as_ref());
        let new = self.new_id(now, CustomerId::from_parts);
        let mut tx = self.parts.db.begin().await?;
        let customer = customers::insert_by_email(&mut tx, new, email, now).await?;
        let expires_at = now.plus_seconds(LINK_SECONDS);
        sessions::insert_code(&mut tx, &hash_token(&token), customer, now, expires_at).await?;
        let created = Event {
            customer: Some(customer),
            ..Event::of("sign_in_link.created", customer)
        };
        self.record(&mut tx, now, by, vec![created]).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Uses a one-time link up and opens a session; the address counts as proven.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn confirm_sign_in(
        &self,
        link_token: &str,
        browser: Browser<'_>,
    ) -> Result<NewSession, SignInError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let customer = sessions::take_code(&mut tx, &hash_token(link_token), now).await?;
        let customer = customer.ok_or(SignInError::LinkNotValid)?;
        // She may have been merged since the link was made.
        let person = customers::lock_person(&mut tx, customer).await?;
        let customer = person.unwrap_or(customer);
        customers::mark_proven(&mut tx, customer, now).await?;
        let (_, session) = self.begin_session(&mut tx, customer, browser, now).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Finds a customer, or the one into whom she was merged.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_customer(&self, id: CustomerId) -> Result<Option<Customer>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        customers::find(&mut reader, id).await
    }
}
