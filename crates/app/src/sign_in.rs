//! Signing in by e-mail: a mail brings a link and a code, and either of them opens a session.
//!
//! Asking does the same work and gets the same answer whoever asks for whatever address: a row and a mail that is queued. Only
//! the job that sends the mail finds out whether the address is a customer's ([`App::sign_in_to_send`]), or whose address an
//! order names, when she asked by its number.

use domain::audit::{Cause, Event};
use domain::sign_in::{
    BrowserHash, MOST_MAILS, NoProof, Secret, SignInKind, SignInMeans, code, counted_since,
    expires_at, forgotten_before, link_id, link_token, try_code, try_link,
};
use domain::viewer::Viewer;
use domain::{CustomerId, EmailAddress, Language, SignInId, Timestamp};
use storage::customers::{self, Customer};
use storage::sign_ins::{self, NewSignIn, SignIn};
use storage::{StorageError, Tx, orders, sessions};

use crate::App;
use crate::limits::Person;
use crate::mail::Mail;
use crate::people::add_proofs;
use crate::random::{hash_token, new_token};
use crate::sessions::{Browser, NewSession};

/// What the sealing key makes codes and links for.
const PURPOSE: &str = "stoa customer's sign-in 1";

/// The mail that answers a wish to sign in.
#[derive(Clone)]
pub struct SignInMail {
    /// The address that the mail proves, and the only one it goes to.
    pub email: EmailAddress,
    /// The link, good in the browser that asked.
    pub link: String,
    /// The code, to be typed there.
    pub code: String,
    /// The language of that browser.
    pub language: Option<Language>,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The link is unknown, used, replaced or too old: one answer for all.
    #[error("this link has been used or is too old")]
    LinkNotValid,
    /// The link is good in the browser that asked for it.
    #[error("this link works in the browser that asked for it")]
    OtherBrowser,
    /// There is no code for this browser, or it was used, tried too often, or is too old: one answer for all.
    #[error("this code has been used or is too old")]
    CodeNotValid,
    /// That is not the code.
    #[error("that is not the code")]
    WrongCode,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Takes a wish to sign in, and returns the token that makes the asking browser known. It takes the place of an earlier
    /// wish of that browser.
    ///
    /// # Errors
    /// The database failed.
    pub async fn ask_to_sign_in(
        &self,
        means: SignInMeans,
        language: Option<Language>,
        browser: Browser<'_>,
    ) -> Result<String, StorageError> {
        let now = self.now();
        let id = self.new_id(now, SignInId::from_parts);
        let token = new_token(self.parts.random.as_ref());
        let mut tx = self.parts.db.begin().await?;
        let is_known = match means.email() {
            Some(email) => {
                let person = Person::Customer(email);
                self.knows_browser(&mut tx, person, browser.device).await?
            }
            None => false,
        };
        let new = NewSignIn {
            id,
            means,
            language: language.map(|language| language.to_string()),
            browser: Some(hash_token(&token)),
            is_known,
            created_at: now,
            expires_at: expires_at(now),
        };
        if let Some(earlier) = browser.sign_in {
            sign_ins::end_of_browser(&mut tx, &hash_token(earlier), now).await?;
        }
        sign_ins::delete_old(&mut tx, forgotten_before(now)).await?;
        sign_ins::insert(&mut tx, &new).await?;
        self.queue_mail(&mut tx, now, Mail::SignIn(id)).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Makes a one-time link's token for an address, good for ten minutes in any browser; the customer is made when there
    /// is none yet. Whoever gets the token can sign in: hand it only to the owner of the address.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_sign_in_link(
        &self,
        by: &Cause,
        email: &EmailAddress,
    ) -> Result<String, SignInError> {
        let now = self.now();
        let id = self.new_id(now, SignInId::from_parts);
        let new = NewSignIn {
            id,
            means: SignInMeans::Address(email.clone()),
            language: None,
            browser: None,
            is_known: false,
            created_at: now,
            expires_at: expires_at(now),
        };
        let customer = self.new_id(now, CustomerId::from_parts);
        let mut tx = self.parts.db.begin().await?;
        let customer = customers::insert_by_email(&mut tx, customer, email, now).await?;
        sign_ins::insert(&mut tx, &new).await?;
        let created = Event {
            customer: Some(customer),
            ..Event::of("sign_in_link.created", customer)
        };
        self.record(&mut tx, now, by, vec![created]).await?;
        tx.commit().await?;
        Ok(link_token(id, &self.sign_in_secret(id)))
    }

    /// Says which mail a wish is to be answered with; `None` when it is over, when the address is nobody's, or when it has
    /// got as many mails as it may. Asked again for the same wish, it says the same.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sign_in_to_send(&self, id: SignInId) -> Result<Option<SignInMail>, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let Some(found) = sign_ins::find(&mut tx, id).await? else {
            return Ok(None);
        };
        let email = match (found.email, found.order) {
            (Some(email), _) => Some(email),
            (None, Some(number)) => orders::find_email_of_number(&mut tx, &number).await?,
            (None, None) => None,
        };
        let Some(email) = email else {
            return Ok(None);
        };
        let Some(customer) = customers::find_by_email(&mut tx, &email).await? else {
            return Ok(None);
        };
        // Mails to one address are counted one after the other.
        customers::lock(&mut tx, &[customer]).await?;
        let Some(found) = sign_ins::lock(&mut tx, id).await? else {
            return Ok(None);
        };
        if !found.wish.is_open(now) || found.wish.kind == SignInKind::Link {
            return Ok(None);
        }
        if !found.wish.is_mailed {
            let mailed =
                sign_ins::count_mailed(&mut tx, &email, counted_since(now), found.is_known).await?;
            if mailed >= MOST_MAILS {
                tracing::info!(sign_in = %id, "no further mail goes to an address that got many within an hour");
                return Ok(None);
            }
            sign_ins::mark_mailed(&mut tx, id, &email, now).await?;
        }
        tx.commit().await?;
        let secret = self.sign_in_secret(id);
        let token = link_token(id, &secret);
        Ok(Some(SignInMail {
            email,
            link: format!("{}/sign-in#token={token}", self.parts.public_url),
            code: code(&secret),
            language: found.language.and_then(|tag| tag.parse().ok()),
        }))
    }

    /// Opens a session by a link, which is used up; the address counts as proven.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn confirm_sign_in(
        &self,
        token: &str,
        browser: Browser<'_>,
    ) -> Result<NewSession, SignInError> {
        let now = self.now();
        let id = link_id(token).ok_or(SignInError::LinkNotValid)?;
        let asking = browser.sign_in.map(hash_token);
        let mut tx = self.parts.db.begin().await?;
        let found = sign_ins::find(&mut tx, id).await?;
        lock_owner(&mut tx, found.as_ref()).await?;
        let found = sign_ins::lock(&mut tx, id).await?;
        let found = found.ok_or(SignInError::LinkNotValid)?;
        let secret = self.sign_in_secret(id);
        let proven = try_link(&found.wish, token, &secret, asking.as_ref(), now);
        proven.map_err(|reason| match reason {
            NoProof::OtherBrowser => SignInError::OtherBrowser,
            NoProof::NotValid | NoProof::WrongCode => SignInError::LinkNotValid,
        })?;
        let email = found.email.as_ref().ok_or(SignInError::LinkNotValid)?;
        let session = self.finish(&mut tx, &found, email, browser, now);
        let session = session.await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Opens a session by a code that was typed in the browser that asked, which is used up; the address counts as proven.
    /// A wrong code counts, also when many are tried at once.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn confirm_sign_in_by_code(
        &self,
        typed: &str,
        browser: Browser<'_>,
    ) -> Result<NewSession, SignInError> {
        let now = self.now();
        let asking = browser.sign_in.ok_or(SignInError::CodeNotValid)?;
        let asking: BrowserHash = hash_token(asking);
        let mut tx = self.parts.db.begin().await?;
        let found = sign_ins::find_by_browser(&mut tx, &asking).await?;
        lock_owner(&mut tx, found.as_ref()).await?;
        let id = found.ok_or(SignInError::CodeNotValid)?.wish.id;
        let found = sign_ins::lock(&mut tx, id).await?;
        let found = found.ok_or(SignInError::CodeNotValid)?;
        let secret = self.sign_in_secret(id);
        match try_code(&found.wish, typed, &secret, now) {
            Ok(()) => {}
            Err(NoProof::WrongCode) => {
                sign_ins::count_try(&mut tx, id).await?;
                tx.commit().await?;
                return Err(SignInError::WrongCode);
            }
            Err(NoProof::NotValid | NoProof::OtherBrowser) => {
                return Err(SignInError::CodeNotValid);
            }
        }
        let email = found.email.as_ref().ok_or(SignInError::CodeNotValid)?;
        let session = self.finish(&mut tx, &found, email, browser, now);
        let session = session.await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Uses a wish up and opens the session.
    async fn finish(
        &self,
        tx: &mut Tx,
        found: &SignIn,
        email: &EmailAddress,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<NewSession, StorageError> {
        sign_ins::use_up(tx, found.wish.id, now).await?;
        let customer = self.prove_address(tx, email, now).await?;
        if let Some(language) = &found.language {
            customers::set_language(tx, customer, language).await?;
        }
        let session = self.begin_beside(tx, customer, browser, now).await?;
        let person = Person::Customer(email);
        self.know_browser(tx, person, &session.device, now).await?;
        Ok(session)
    }

    /// Begins the session of a customer who has just proven an address; when what the browser's session had proven is kept, she
    /// has proven that as well, and it stays whose it was.
    async fn begin_beside(
        &self,
        tx: &mut Tx,
        proven: CustomerId,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<NewSession, StorageError> {
        let earlier = match browser.session.filter(|_| browser.keeps_proofs) {
            Some(token) => sessions::find(tx, &hash_token(token), now).await?,
            None => None,
        };
        let Some(earlier) = earlier else {
            let (_, session) = self.begin_session(tx, proven, browser, now).await?;
            return Ok(session);
        };
        let mut proofs = sessions::list_proofs(tx, earlier.id).await?;
        proofs.push((proven, None));
        let mut viewer = Viewer::of(earlier.viewer.customer());
        let begun = self.begin_session(tx, viewer.customer(), browser, now);
        let (id, session) = begun.await?;
        add_proofs(tx, id, &mut viewer, proofs, now).await?;
        Ok(session)
    }

    fn sign_in_secret(&self, id: SignInId) -> Secret {
        self.parts.sealing.derive(PURPOSE, &id.to_string())
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

/// Locks the customer whom a wish is about before the wish itself, as everybody does.
async fn lock_owner(tx: &mut Tx, found: Option<&SignIn>) -> Result<(), StorageError> {
    let Some(email) = found.and_then(|found| found.email.as_ref()) else {
        return Ok(());
    };
    if let Some(customer) = customers::find_by_email(tx, email).await? {
        customers::lock(tx, &[customer]).await?;
    }
    Ok(())
}
