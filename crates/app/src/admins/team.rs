//! Who is in the team, and what she is in it.

use domain::audit::{Cause, Event};
use domain::scope::Role;
use domain::{AdminId, EmailAddress, Timestamp};
use serde_json::{Value, json};
use storage::admins::{self, Admin, AdminLink};
use storage::{StorageError, Tx, admin_sessions};

use crate::App;
use crate::admins::{Failure, totp};
use crate::mail::Mail;
use crate::random::{hash_token, new_token};

/// How long a one-time link works.
const LINK_SECONDS: i64 = 24 * 3_600;

/// Somebody to take into the team.
#[derive(Clone)]
pub struct NewAdmin {
    /// Her address, by which she signs in.
    pub email: EmailAddress,
    /// Her name for people.
    pub name: String,
    /// What she shall be.
    pub role: Role,
}

/// What to change of somebody; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct AdminChange {
    /// Her name for people.
    pub name: Option<String>,
    /// What she shall be.
    pub role: Option<Role>,
    /// Whether she may not sign in.
    pub is_disabled: Option<bool>,
}

/// An administrator as the team sees her.
#[derive(Clone)]
pub struct TeamMember {
    /// Her id.
    pub id: AdminId,
    /// Her address.
    pub email: EmailAddress,
    /// Her name for people.
    pub name: String,
    /// What she is.
    pub role: Role,
    /// Tells whether she has a password and an authenticator app.
    pub is_set_up: bool,
    /// When she was added.
    pub created_at: Timestamp,
    /// Since when she may not sign in; `None` when she may.
    pub disabled_at: Option<Timestamp>,
}

/// A link by which somebody sets up how she signs in. Whoever has it can.
#[derive(Clone)]
pub struct SetupLink {
    /// Whose.
    pub admin: AdminId,
    /// The secret of the link.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why the team stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// There is nobody of that id.
    #[error("there is no such administrator")]
    NoSuchAdmin,
    /// There is somebody of that address.
    #[error("there is an administrator of that address")]
    AddressTaken,
    /// Nobody could change the team any more.
    #[error("the team needs an owner who can sign in")]
    OwnerNeeded,
    /// She is disabled.
    #[error("this administrator is disabled")]
    Disabled,
    /// Something failed on our side.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StorageError> for TeamError {
    fn from(error: StorageError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Admin> for TeamMember {
    fn from(admin: Admin) -> Self {
        Self {
            id: admin.id,
            is_set_up: is_set_up(&admin),
            email: admin.email,
            name: admin.name,
            role: admin.role,
            created_at: admin.created_at,
            disabled_at: admin.disabled_at,
        }
    }
}

/// Tells whether she has all that it takes to sign in.
pub(super) fn is_set_up(admin: &Admin) -> bool {
    admin.password_hash.is_some() && admin.totp.is_some()
}

impl App {
    /// Takes somebody into the team, and makes the link by which she sets up how she signs in. The same link goes to her by mail.
    ///
    /// # Errors
    /// See [`TeamError`]: the first one is an owner.
    pub async fn create_admin(&self, by: &Cause, new: &NewAdmin) -> Result<SetupLink, TeamError> {
        let now = self.now();
        let id = self.new_id(now, AdminId::from_parts);
        let mut tx = self.parts.db.begin().await?;
        let team = admins::lock(&mut tx).await?;
        if new.role != Role::Owner && !has_owner(&team) {
            return Err(TeamError::OwnerNeeded);
        }
        if !admins::insert(&mut tx, id, &new.email, &new.name, new.role, now).await? {
            return Err(TeamError::AddressTaken);
        }
        let link = self.insert_link(&mut tx, id, now).await?;
        let created = Event {
            after: Some(json!({ "role": new.role.name() })),
            ..Event::of("admin.created", id)
        };
        self.record(&mut tx, now, by, vec![created]).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// Makes a new link for somebody who has lost what she signs in with, or the link before, and mails it to her. Until it is
    /// used, all stays as it is.
    ///
    /// # Errors
    /// See [`TeamError`].
    pub async fn create_admin_link(&self, by: &Cause, id: AdminId) -> Result<SetupLink, TeamError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let team = admins::lock(&mut tx).await?;
        let admin = team.iter().find(|admin| admin.id == id);
        let admin = admin.ok_or(TeamError::NoSuchAdmin)?;
        if admin.disabled_at.is_some() {
            return Err(TeamError::Disabled);
        }
        let link = self.insert_link(&mut tx, id, now).await?;
        let made = vec![Event::of("admin.link_created", id)];
        self.record(&mut tx, now, by, made).await?;
        tx.commit().await?;
        Ok(link)
    }

    async fn insert_link(
        &self,
        tx: &mut Tx,
        admin: AdminId,
        now: Timestamp,
    ) -> Result<SetupLink, Failure> {
        let random = self.parts.random.as_ref();
        let mail = self.queue_mail(tx, now, Mail::AdminLink(admin)).await?;
        // The mail can say only what follows from its id, so that is the link's token.
        let token = mail.map_or_else(|| new_token(random), |mail| self.admin_link_token(mail));
        let sealed = self.seal_authenticator(admin, &totp::new_secret(random))?;
        let expires_at = now.plus_seconds(LINK_SECONDS);
        let link = AdminLink {
            admin,
            totp: Some(sealed),
        };
        admins::replace_link(tx, &hash_token(&token), &link, now, expires_at).await?;
        Ok(SetupLink {
            admin,
            token,
            expires_at,
        })
    }

    /// Changes somebody's name, what she is, or whether she may sign in. Whoever is disabled is signed out at once, and her link
    /// works no more.
    ///
    /// # Errors
    /// See [`TeamError`]: the last owner stays one.
    pub async fn change_admin(
        &self,
        by: &Cause,
        id: AdminId,
        change: &AdminChange,
    ) -> Result<TeamMember, TeamError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let mut team = admins::lock(&mut tx).await?;
        let had_owner = has_owner(&team);
        let admin = team.iter_mut().find(|admin| admin.id == id);
        let admin = admin.ok_or(TeamError::NoSuchAdmin)?;
        let before = state(admin);
        let was_disabled = admin.disabled_at.is_some();
        apply(admin, change, now);
        let (changed, after) = (admin.clone(), state(admin));
        if had_owner && !has_owner(&team) {
            return Err(TeamError::OwnerNeeded);
        }
        admins::update_place(&mut tx, &changed).await?;
        if changed.disabled_at.is_some() && !was_disabled {
            admin_sessions::delete_all(&mut tx, id).await?;
            admins::delete_links(&mut tx, id).await?;
        }
        let event = Event {
            before: Some(before),
            after: Some(after),
            ..Event::of("admin.updated", id)
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(changed.into())
    }

    /// Lists the first 1000 of the team by age, the disabled ones too.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_admins(&self) -> Result<Vec<TeamMember>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let team = admins::list(&mut reader).await?;
        Ok(team.into_iter().map(TeamMember::from).collect())
    }

    /// Finds an administrator by her address.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_admin_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<AdminId>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let found = admins::find_by_email(&mut reader, email).await?;
        Ok(found.map(|admin| admin.id))
    }
}

fn apply(admin: &mut Admin, change: &AdminChange, now: Timestamp) {
    if let Some(name) = &change.name {
        admin.name.clone_from(name);
    }
    if let Some(role) = change.role {
        admin.role = role;
    }
    match change.is_disabled {
        Some(true) => admin.disabled_at = admin.disabled_at.or(Some(now)),
        Some(false) => admin.disabled_at = None,
        None => {}
    }
}

/// What the audit log tells of her: no name and no address.
fn state(admin: &Admin) -> Value {
    json!({ "role": admin.role.name(), "disabled": admin.disabled_at.is_some() })
}

fn has_owner(team: &[Admin]) -> bool {
    team.iter()
        .any(|admin| admin.role == Role::Owner && admin.disabled_at.is_none())
}
