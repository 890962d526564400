//! Sessions: opened by a proof, kept while they are in use, listed and ended by whom they belong to.
//!
//! Every request reads its session from the database, so that one that has ended is refused at once by every instance.

use domain::session::stale_before;
use domain::viewer::{Proof, Viewer};
use domain::{CustomerId, DeviceId, SessionId, Timestamp};
use storage::sessions::{self, ListedSession, Session};
use storage::{StorageError, Tx, devices};

use crate::App;
use crate::people::{ProveError, add_proofs};
use crate::random::{hash_token, new_token};

pub use domain::device::DeviceLabel;

/// The browser that asks to be signed in, with what it brought along.
#[derive(Clone, Copy, Default)]
pub struct Browser<'a> {
    /// The token of the session that it has; that session ends when another begins.
    pub session: Option<&'a str>,
    /// Whether the one that begins stays that customer's, and has proven what that session had.
    pub keeps_proofs: bool,
    /// The token by which the device is known again.
    pub device: Option<&'a str>,
    /// The token of its wish to sign in.
    pub sign_in: Option<&'a str>,
    /// What the device is called.
    pub label: DeviceLabel,
}

/// A session that was just opened.
#[derive(Clone)]
pub struct NewSession {
    /// The secret that the browser keeps.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The secret by which the browser is known again, whoever signs in there.
    pub device: String,
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// The customer has no session of that id.
    #[error("there is no such session")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Opens a session for whoever brings a proof. Hand its token only to her.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub async fn open_session(
        &self,
        proof: &Proof,
        browser: Browser<'_>,
    ) -> Result<NewSession, ProveError> {
        let mut tx = self.parts.db.begin().await?;
        let now = self.now();
        let session = self.open_session_in(&mut tx, proof, browser, now).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Does what [`App::open_session`] does, as a part of more.
    pub(crate) async fn open_session_in(
        &self,
        tx: &mut Tx,
        proof: &Proof,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<NewSession, ProveError> {
        let proven = self.prove_in(tx, proof, now).await?;
        let (owner, _) = proven.first().ok_or(ProveError::Nobody)?;
        let (owner, mut viewer) = (*owner, Viewer::of(*owner));
        let (id, session) = self.begin_session(tx, owner, browser, now).await?;
        add_proofs(tx, id, &mut viewer, proven, now).await?;
        Ok(session)
    }

    /// Begins a session that has proven its customer and nothing else, in the place of the one that the browser had.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        customer: CustomerId,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<(SessionId, NewSession), StorageError> {
        if let Some(token) = browser.session {
            sessions::delete_by_token(tx, &hash_token(token)).await?;
        }
        sessions::delete_old(tx, now).await?;
        let (device_id, device) = self.find_device(tx, browser, now).await?;
        let token = new_token(self.parts.random.as_ref());
        let id = self.new_id(now, SessionId::from_parts);
        let limits = self.parts.sessions;
        let expires_at = limits.expires_at(now);
        let new = sessions::NewSession {
            id,
            token: &hash_token(&token),
            customer,
            device: device_id,
            embed: None,
            created_at: now,
            idle_at: limits.idle_at(now),
            expires_at,
        };
        sessions::insert(tx, new).await?;
        let session = NewSession {
            token,
            expires_at,
            device,
        };
        Ok((id, session))
    }

    /// Finds the device by its token. A token that is not known is not taken on: whoever sent it may know it too.
    pub(crate) async fn find_device(
        &self,
        tx: &mut Tx,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<(DeviceId, String), StorageError> {
        if let Some(token) = browser.device {
            let known = devices::update(tx, &hash_token(token), browser.label).await?;
            if let Some(id) = known {
                return Ok((id, token.to_owned()));
            }
        }
        let token = new_token(self.parts.random.as_ref());
        let id = self.new_id(now, DeviceId::from_parts);
        devices::insert(tx, id, &hash_token(&token), browser.label, now).await?;
        Ok((id, token))
    }

    /// Finds the session of a token and who looks by it, read from the database every time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_session(&self, token: &str) -> Result<Option<Session>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        sessions::find(&mut reader, &hash_token(token), self.now()).await
    }

    /// Tells whether it is time to write down that a session is in use: once an hour.
    #[must_use]
    pub fn is_stale(&self, session: &Session) -> bool {
        session.seen_at <= stale_before(self.now())
    }

    /// Writes down that a session is in use, once an hour at most, so that it does not end for being idle.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refresh_session(&self, session: SessionId) -> Result<(), StorageError> {
        let now = self.now();
        let idle_at = self.parts.sessions.idle_at(now);
        let mut tx = self.parts.db.begin().await?;
        sessions::update_seen(&mut tx, session, now, idle_at, stale_before(now)).await?;
        tx.commit().await
    }

    /// Lists where a customer is signed in, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_sessions(
        &self,
        customer: CustomerId,
    ) -> Result<Vec<ListedSession>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        sessions::list(&mut reader, customer, self.now()).await
    }

    /// Ends one of a customer's sessions.
    ///
    /// # Errors
    /// See [`EndError`].
    pub async fn end_session(
        &self,
        customer: CustomerId,
        session: SessionId,
    ) -> Result<(), EndError> {
        let mut tx = self.parts.db.begin().await?;
        if !sessions::delete(&mut tx, customer, session).await? {
            return Err(EndError::NotFound);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of a customer's sessions but the one that asks.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_other_sessions(
        &self,
        customer: CustomerId,
        kept: SessionId,
    ) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        sessions::delete_others(&mut tx, customer, kept).await?;
        tx.commit().await
    }

    /// Ends a session; nothing happens when there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sign_out(&self, token: &str) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        sessions::delete_by_token(&mut tx, &hash_token(token)).await?;
        tx.commit().await
    }
}
