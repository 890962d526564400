//! How an administrator will sign in: by her one-time link a password and an app that shows codes, and later another password.

use domain::AdminId;
use domain::audit::{Actor, Cause, Event};
use storage::admins::{self, Admin, Credentials};
use storage::{StorageError, Tx, admin_sessions};

use crate::App;
use crate::admins::passwords::WeakPassword;
use crate::admins::sessions::{Browser, NewAdminLogin};
use crate::admins::totp::{self, QrPath};
use crate::admins::{AdminHolder, Failure, passwords};
use crate::random::{Random, hash_token};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// How many bytes each has: enough that its hash need not be slow.
const RECOVERY_BYTES: usize = 10;

/// What the page of a link shows.
#[derive(Clone)]
pub struct SetupStart {
    /// Her name.
    pub name: String,
    /// Her address, by which she will sign in.
    pub email: String,
    /// The secret of the app, to be typed where there is no camera.
    pub secret: String,
    /// The same as an address for apps.
    pub address: String,
    /// The same as a picture for cameras; `None` when it is too long for one.
    pub qr: Option<QrPath>,
}

/// What she has chosen.
#[derive(Clone)]
pub struct SetupChoice {
    /// Her password.
    pub password: String,
    /// The code that her app shows.
    pub code: String,
}

/// What setting up gave.
#[derive(Clone)]
pub struct SetupDone {
    /// The session that was opened.
    pub session: NewAdminLogin,
    /// Her recovery codes, each good once, shown once.
    pub recovery_codes: Vec<String>,
}

/// Why nothing was set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The link is unknown, used or too old: one answer for all.
    #[error("this link has been used or is too old")]
    LinkNotValid,
    /// The password is not taken.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The code is not the one that the app should show.
    #[error("this is not the code that the app shows now")]
    WrongCode,
    /// Something failed on our side.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// A password in the place of another.
#[derive(Clone)]
pub struct PasswordChange {
    /// The one that she has.
    pub password: String,
    /// The one that she wants.
    pub new_password: String,
}

/// Why her password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is not the one that she has.
    #[error("this is not the password that you have")]
    WrongPassword,
    /// The new one is not taken.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Something failed on our side.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StorageError> for PasswordError {
    fn from(error: StorageError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<passwords::HashingFailed> for PasswordError {
    fn from(error: passwords::HashingFailed) -> Self {
        Self::Failure(error.into())
    }
}

impl From<StorageError> for SetupError {
    fn from(error: StorageError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<passwords::HashingFailed> for SetupError {
    fn from(error: passwords::HashingFailed) -> Self {
        Self::Failure(error.into())
    }
}

impl App {
    /// Returns what the page of a link shows. It uses nothing up.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn begin_admin_setup(&self, link: &str) -> Result<SetupStart, SetupError> {
        let (admin, secret) = self.find_setup(link).await?;
        let email = admin.email.as_str().to_owned();
        let address = totp::address(&secret, &self.parts.shop.name, &email);
        Ok(SetupStart {
            name: admin.name,
            email,
            secret: totp::base32(&secret),
            qr: totp::draw(&address),
            address,
        })
    }

    /// Uses a link up: sets her password and her app, replaces her recovery codes, ends her other sessions and opens one.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn finish_admin_setup(
        &self,
        browser: &Browser,
        link: &str,
        choice: SetupChoice,
    ) -> Result<SetupDone, SetupError> {
        let now = self.now();
        let (admin, secret) = self.find_setup(link).await?;
        let step = totp::find_step(&secret, &choice.code, now).ok_or(SetupError::WrongCode)?;
        let known = [
            admin.name.clone(),
            admin.email.as_str().to_owned(),
            self.parts.shop.name.clone(),
        ];
        self.passwords
            .check(choice.password.clone(), known)
            .await??;
        let random = self.parts.random.as_ref();
        let password_hash = self.passwords.hash(choice.password, random).await?;
        let sealed = self
            .seal_authenticator(admin.id, &secret)
            .map_err(Failure::from)?;
        let mut tx = self.parts.db.begin().await?;
        if !admins::use_link(&mut tx, &hash_token(link), now).await? {
            return Err(SetupError::LinkNotValid);
        }
        let credentials = Credentials {
            password_hash: &password_hash,
            totp: &sealed,
            totp_step: step,
        };
        admins::update_credentials(&mut tx, admin.id, &credentials).await?;
        let recovery_codes = self.replace_recovery_codes(&mut tx, admin.id).await?;
        admin_sessions::delete_all(&mut tx, admin.id).await?;
        let session = self
            .open_admin_session(&mut tx, browser, &admin, now)
            .await?;
        let by = Cause {
            origin: browser.origin.clone(),
            ..Cause::by(Actor::Admin(admin.id))
        };
        let done = vec![Event::of("admin.set_up", admin.id)];
        self.record(&mut tx, now, &by, done).await?;
        tx.commit().await?;
        Ok(SetupDone {
            session,
            recovery_codes,
        })
    }

    /// Changes her password, which she proves to know, and ends her other sessions.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub async fn change_admin_password(
        &self,
        by: &Cause,
        holder: &AdminHolder,
        change: PasswordChange,
    ) -> Result<(), PasswordError> {
        let now = self.now();
        let admin = {
            let mut reader = self.parts.db.reader().await?;
            admins::find(&mut reader, holder.admin).await?
        };
        let admin = admin.ok_or(PasswordError::WrongPassword)?;
        let hash = admin.password_hash;
        if !self.passwords.is_right(change.password, hash).await? {
            let mut tx = self.parts.db.begin().await?;
            let failed = vec![Event::of("admin.proof_failed", admin.id)];
            self.record(&mut tx, now, by, failed).await?;
            tx.commit().await?;
            return Err(PasswordError::WrongPassword);
        }
        let known = [
            admin.name,
            admin.email.as_str().to_owned(),
            self.parts.shop.name.clone(),
        ];
        let new = change.new_password;
        self.passwords.check(new.clone(), known).await??;
        let random = self.parts.random.as_ref();
        let hash = self.passwords.hash(new, random).await?;
        let mut tx = self.parts.db.begin().await?;
        admins::update_password(&mut tx, admin.id, &hash).await?;
        admin_sessions::delete_others(&mut tx, admin.id, holder.session).await?;
        let changed = vec![Event::of("admin.password_changed", admin.id)];
        self.record(&mut tx, now, by, changed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Replaces her recovery codes; those of before work no more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_recovery_codes(
        &self,
        by: &Cause,
        admin: AdminId,
    ) -> Result<Vec<String>, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let codes = self.replace_recovery_codes(&mut tx, admin).await?;
        let renewed = vec![Event::of("admin.recovery_codes_renewed", admin)];
        self.record(&mut tx, now, by, renewed).await?;
        tx.commit().await?;
        Ok(codes)
    }

    async fn replace_recovery_codes(
        &self,
        tx: &mut Tx,
        admin: AdminId,
    ) -> Result<Vec<String>, StorageError> {
        let random = self.parts.random.as_ref();
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| new_code(random)).collect();
        let hashes: Vec<_> = codes.iter().map(|code| hash_token(&plain(code))).collect();
        admins::replace_codes(tx, admin, &hashes).await?;
        Ok(codes)
    }

    /// Finds whose link it is, and the secret of the app that it sets up.
    async fn find_setup(&self, link: &str) -> Result<(Admin, Vec<u8>), SetupError> {
        let mut reader = self.parts.db.reader().await?;
        let found = admins::find_link(&mut reader, &hash_token(link), self.now()).await?;
        let found = found.ok_or(SetupError::LinkNotValid)?;
        let admin = admins::find(&mut reader, found.admin).await?;
        let admin = admin.ok_or(SetupError::LinkNotValid)?;
        let sealed = found.totp.ok_or(SetupError::LinkNotValid)?;
        let secret = self.open_authenticator(admin.id, &sealed);
        Ok((admin, secret.map_err(Failure::from)?))
    }
}

/// Draws a recovery code: sixteen letters and digits in groups of four.
fn new_code(random: &dyn Random) -> String {
    let mut bytes = [0; RECOVERY_BYTES];
    random.fill(&mut bytes);
    let letters: Vec<char> = totp::base32(&bytes).to_lowercase().chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// Returns a code as it is hashed: however it was typed.
pub(super) fn plain(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
