//! Administrators: one-time links to begin with, a password and an authenticator app to sign in, and the team.
//!
//! - [`team`]: who is in it, and what she is in it.
//! - [`setup`]: the link that the command line or an owner makes, and what she does with it.
//! - [`sessions`]: signing in and out, proving once more who she is, and what she has open.
//! - `passwords` and `totp`: the two things that she shows.

pub(crate) mod passwords;
pub mod sessions;
pub mod setup;
pub mod team;
pub mod totp;

use domain::AdminId;
use domain::scope::{Role, Scopes};
use storage::StorageError;

use crate::App;
use crate::admins::passwords::HashingFailed;
use crate::sealing::NotOurs;

pub use crate::admins::passwords::WeakPassword;

/// Why the work on administrators failed on our side.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The secret of an authenticator app cannot be opened.
    #[error(transparent)]
    Sealed(#[from] NotOurs),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An administrator who is signed in.
#[derive(Clone, Copy, Debug)]
pub struct AdminHolder {
    /// Who.
    pub admin: AdminId,
    /// By which session.
    pub session: domain::SessionId,
    /// What she is in the team.
    pub role: Role,
    /// Tells whether she proved lately enough who she is to do what is dangerous.
    pub is_proven: bool,
    /// Tells whether [`App::note_admin_seen`] is due.
    pub is_to_be_noted: bool,
}

impl AdminHolder {
    /// Returns what she may do.
    #[must_use]
    pub const fn scopes(&self) -> Scopes {
        self.role.scopes()
    }
}

impl App {
    /// Opens the sealed secret of an administrator's authenticator app.
    fn open_authenticator(&self, admin: AdminId, sealed: &[u8]) -> Result<Vec<u8>, NotOurs> {
        self.parts.sealing.open(sealed, &authenticator_of(admin))
    }

    fn seal_authenticator(&self, admin: AdminId, secret: &[u8]) -> Result<Vec<u8>, NotOurs> {
        let random = self.parts.random.as_ref();
        self.parts
            .sealing
            .seal(secret, &authenticator_of(admin), random)
    }
}

/// Returns the context under which the secret of an app is sealed, so that it cannot be moved to another administrator.
pub(crate) fn authenticator_of(admin: AdminId) -> String {
    format!("{admin} authenticator")
}
