//! Signing in and out, and proving once more who she is.

use domain::audit::{Actor, Cause, Event};
use domain::device::DeviceLabel;
use domain::{AdminId, EmailAddress, SessionId, Timestamp};
use storage::admin_sessions::{self, AdminSession, NewAdminSession};
use storage::admins::{self, Admin};
use storage::{StorageError, Tx};

use crate::App;
use crate::admins::team::TeamMember;
use crate::admins::{AdminHolder, Failure, passwords, setup, totp};
use crate::limits::Person;
use crate::random::{hash_token, new_token};

/// How long a session lasts while she stays away.
const IDLE_SECONDS: i64 = 8 * 3_600;
/// How long a session lasts at most.
const LIFE_SECONDS: i64 = 24 * 3_600;
/// How often it is written down that she was here.
const NOTED_EVERY_SECONDS: i64 = 3_600;
/// How long a proof is good for what is dangerous.
const PROOF_SECONDS: i64 = 600;

/// The browser that asks.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// What it is, such as "Firefox on Linux".
    pub label: DeviceLabel,
    /// The network address that the request came from.
    pub origin: Option<String>,
    /// The token of the session that came with the request: it ends when another is opened.
    pub session: Option<String>,
    /// The token by which the browser is known again.
    pub device: Option<String>,
}

/// A session that was just opened.
#[derive(Clone)]
pub struct NewAdminLogin {
    /// The secret that the browser keeps.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The secret by which the browser is known again. It opens nothing: it says that strangers' bad tries are not hers.
    pub device: String,
}

/// What she signs in with.
#[derive(Clone)]
pub struct SignInAttempt {
    /// Her address; `None` when what was typed is none.
    pub email: Option<EmailAddress>,
    /// Her password.
    pub password: String,
    /// The code of her app, or one of her recovery codes.
    pub code: String,
}

/// What she proves once more.
#[derive(Clone)]
pub enum Evidence {
    /// Her password.
    Password(String),
    /// The code of her app.
    Code(String),
}

/// Why nobody was signed in, or nothing was proven.
#[derive(Debug, thiserror::Error)]
pub enum AdminSignInError {
    /// Address, password or code is wrong: one answer for all.
    #[error("address, password or code is wrong")]
    Refused,
    /// Something failed on our side.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StorageError> for AdminSignInError {
    fn from(error: StorageError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<passwords::HashingFailed> for AdminSignInError {
    fn from(error: passwords::HashingFailed) -> Self {
        Self::Failure(error.into())
    }
}

/// What she is told about herself.
#[derive(Clone)]
pub struct AdminAccount {
    /// Who she is.
    pub member: TeamMember,
    /// How many recovery codes she has left.
    pub recovery_codes_left: i64,
}

impl App {
    /// Signs an administrator in. The session that came with the request ends. Whoever fails learns nothing of what was wrong,
    /// not even by the time it takes.
    ///
    /// # Errors
    /// See [`AdminSignInError`].
    pub async fn sign_in_admin(
        &self,
        browser: &Browser,
        attempt: SignInAttempt,
    ) -> Result<NewAdminLogin, AdminSignInError> {
        let now = self.now();
        let found = self.find_who_may_sign_in(attempt.email.as_ref()).await?;
        let hash = found.as_ref().and_then(|admin| admin.password_hash.clone());
        let is_right = self.passwords.is_right(attempt.password, hash).await?;
        let mut tx = self.parts.db.begin().await?;
        let code = &attempt.code;
        if let Some(admin) = found.as_ref().filter(|_| is_right)
            && let Some(event) = self.use_second_factor(&mut tx, admin, code, now).await?
        {
            let session = self.open_admin_session(&mut tx, browser, admin, now);
            let session = session.await?;
            let by = cause(browser, Actor::Admin(admin.id));
            self.record(&mut tx, now, &by, vec![event]).await?;
            tx.commit().await?;
            return Ok(session);
        }
        let who = found.map_or_else(|| "unknown".to_owned(), |admin| admin.id.to_string());
        let failed = vec![Event::of("admin.sign_in_failed", who)];
        self.record(&mut tx, now, &cause(browser, Actor::Nobody), failed)
            .await?;
        tx.commit().await?;
        Err(AdminSignInError::Refused)
    }

    async fn find_who_may_sign_in(
        &self,
        email: Option<&EmailAddress>,
    ) -> Result<Option<Admin>, StorageError> {
        let Some(email) = email else { return Ok(None) };
        let mut reader = self.parts.db.reader().await?;
        let found = admins::find_by_email(&mut reader, email).await?;
        Ok(found.filter(|admin| admin.disabled_at.is_none()))
    }

    /// Uses the code of her app up, or a recovery code, and says what to record; `None` when it is neither.
    async fn use_second_factor(
        &self,
        tx: &mut Tx,
        admin: &Admin,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Event>, Failure> {
        if self.use_app_code(tx, admin, code, now).await? {
            return Ok(Some(Event::of("admin.signed_in", admin.id)));
        }
        let recovery = hash_token(&setup::plain(code));
        let is_used = admins::use_code(tx, admin.id, &recovery, now).await?;
        Ok(is_used.then(|| Event::of("admin.signed_in_by_recovery_code", admin.id)))
    }

    async fn use_app_code(
        &self,
        tx: &mut Tx,
        admin: &Admin,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let Some(sealed) = &admin.totp else {
            return Ok(false);
        };
        let secret = self.open_authenticator(admin.id, sealed)?;
        match totp::find_step(&secret, code, now) {
            Some(step) => Ok(admins::use_step(tx, admin.id, step).await?),
            None => Ok(false),
        }
    }

    /// Opens a session in this browser, and ends the one that it had.
    pub(super) async fn open_admin_session(
        &self,
        tx: &mut Tx,
        browser: &Browser,
        admin: &Admin,
        now: Timestamp,
    ) -> Result<NewAdminLogin, StorageError> {
        if let Some(token) = &browser.session {
            let before = admin_sessions::find(tx, &hash_token(token), now).await?;
            if let Some(before) = before {
                admin_sessions::delete(tx, before.admin, before.id).await?;
            }
        }
        let token = new_token(self.parts.random.as_ref());
        let expires_at = now.plus_seconds(LIFE_SECONDS);
        let session = NewAdminSession {
            id: self.new_id(now, SessionId::from_parts),
            hash: &hash_token(&token),
            admin: admin.id,
            label: &browser.label.to_string(),
            idle_at: now.plus_seconds(IDLE_SECONDS),
            expires_at,
        };
        admin_sessions::insert(tx, &session, now).await?;
        let device = self.find_admin_device(tx, browser, admin, now).await?;
        Ok(NewAdminLogin {
            token,
            expires_at,
            device,
        })
    }

    /// Finds by which token the browser is known to her. One by which it is not is not taken on: whoever sent it may know it
    /// too.
    async fn find_admin_device(
        &self,
        tx: &mut Tx,
        browser: &Browser,
        admin: &Admin,
        now: Timestamp,
    ) -> Result<String, StorageError> {
        let person = Person::Admin(&admin.email);
        let brought = browser.device.as_deref();
        let device = if self.knows_browser(tx, person, brought).await? {
            brought.map(str::to_owned)
        } else {
            None
        };
        let device = device.unwrap_or_else(|| new_token(self.parts.random.as_ref()));
        self.know_browser(tx, person, &device, now).await?;
        Ok(device)
    }

    /// Finds who is signed in, read from the database every time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_admin_session(
        &self,
        token: &str,
    ) -> Result<Option<AdminHolder>, StorageError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let found = admin_sessions::find(&mut reader, &hash_token(token), now).await?;
        Ok(found.map(|found| AdminHolder {
            admin: found.admin,
            session: found.id,
            role: found.role,
            is_proven: now < found.proven_at.plus_seconds(PROOF_SECONDS),
            is_to_be_noted: found.seen_at.plus_seconds(NOTED_EVERY_SECONDS) <= now,
        }))
    }

    /// Writes down that she is here, so that the session stays open.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_admin_seen(&self, session: SessionId) -> Result<(), StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let idle_at = now.plus_seconds(IDLE_SECONDS);
        admin_sessions::update_seen(&mut tx, session, now, idle_at).await?;
        tx.commit().await
    }

    /// Proves once more who she is; for ten minutes she may do what is dangerous.
    ///
    /// # Errors
    /// See [`AdminSignInError`].
    pub async fn prove_admin(
        &self,
        by: &Cause,
        holder: &AdminHolder,
        evidence: Evidence,
    ) -> Result<(), AdminSignInError> {
        let now = self.now();
        let admin = {
            let mut reader = self.parts.db.reader().await?;
            admins::find(&mut reader, holder.admin).await?
        };
        let admin = admin.ok_or(AdminSignInError::Refused)?;
        let (password, code) = match evidence {
            Evidence::Password(password) => (Some(password), None),
            Evidence::Code(code) => (None, Some(code)),
        };
        let is_password_right = match password {
            Some(password) => {
                let hash = admin.password_hash.clone();
                self.passwords.is_right(password, hash).await?
            }
            None => false,
        };
        let mut tx = self.parts.db.begin().await?;
        let is_code_right = match code {
            Some(code) => self.use_app_code(&mut tx, &admin, &code, now).await?,
            None => false,
        };
        let is_proven = is_password_right || is_code_right;
        let action = if is_proven {
            admin_sessions::update_proven(&mut tx, holder.session, now).await?;
            "admin.proven"
        } else {
            "admin.proof_failed"
        };
        let event = Event::of(action, admin.id);
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        is_proven.then_some(()).ok_or(AdminSignInError::Refused)
    }

    /// Ends one of her sessions; false when there is none of that id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_admin_session(
        &self,
        by: &Cause,
        admin: AdminId,
        session: SessionId,
    ) -> Result<bool, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if !admin_sessions::delete(&mut tx, admin, session).await? {
            return Ok(false);
        }
        let ended = vec![Event::of("admin.signed_out", session)];
        self.record(&mut tx, now, by, ended).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lists her open sessions, the newest first, at most 100.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_admin_sessions(
        &self,
        admin: AdminId,
    ) -> Result<Vec<AdminSession>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        admin_sessions::list(&mut reader, admin, self.now()).await
    }

    /// Tells an administrator about herself; `None` when she is no more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn show_admin(&self, id: AdminId) -> Result<Option<AdminAccount>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let Some(admin) = admins::find(&mut reader, id).await? else {
            return Ok(None);
        };
        let recovery_codes_left = admins::count_codes(&mut reader, id).await?;
        Ok(Some(AdminAccount {
            member: admin.into(),
            recovery_codes_left,
        }))
    }
}

fn cause(browser: &Browser, actor: Actor) -> Cause {
    Cause {
        origin: browser.origin.clone(),
        ..Cause::by(actor)
    }
}
