//! Administrators: who they are, how they sign in, and the links by which they set that up.

use domain::scope::Role;
use domain::{AdminId, EmailAddress, Timestamp};

use crate::column::{Text, Time, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO admins (id, email, name, role, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (email) DO NOTHING";
    FIND = "
        SELECT id, email, name, role, password_hash, totp, totp_step, created_at, disabled_at
        FROM admins
        WHERE id = $1";
    FIND_BY_EMAIL = "
        SELECT id, email, name, role, password_hash, totp, totp_step, created_at, disabled_at
        FROM admins
        WHERE email = $1";
    LIST = "
        SELECT id, email, name, role, password_hash, totp, totp_step, created_at, disabled_at
        FROM admins
        ORDER BY id
        LIMIT 1000";
    // Whoever changes the team waits for whoever changes it already, so that two owners cannot take each other out.
    @Postgres LOCK = "
        SELECT id
        FROM admins
        ORDER BY id
        LIMIT 1000
        FOR UPDATE";
    UPDATE_PLACE = "
        UPDATE admins
        SET name = $2, role = $3, disabled_at = $4
        WHERE id = $1";
    UPDATE_CREDENTIALS = "
        UPDATE admins
        SET password_hash = $2, totp = $3, totp_step = $4
        WHERE id = $1";
    UPDATE_PASSWORD = "
        UPDATE admins
        SET password_hash = $2
        WHERE id = $1";
    UPDATE_TOTP = "
        UPDATE admins
        SET totp = $3
        WHERE id = $1 AND totp = $2";
    USE_STEP = "
        UPDATE admins
        SET totp_step = $2
        WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)";
    INSERT_LINK = "
        INSERT INTO admin_links (token_hash, admin_id, totp, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    FIND_LINK = "
        SELECT l.admin_id, l.totp
        FROM admin_links l
        JOIN admins a ON a.id = l.admin_id
        WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND a.disabled_at IS NULL";
    USE_LINK = "
        UPDATE admin_links
        SET used_at = $2
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    DELETE_LINKS = "
        DELETE FROM admin_links
        WHERE admin_id = $1";
    DELETE_CODES = "
        DELETE FROM admin_recovery_codes
        WHERE admin_id = $1";
    INSERT_CODE = "
        INSERT INTO admin_recovery_codes (admin_id, code_hash)
        VALUES ($1, $2)";
    USE_CODE = "
        UPDATE admin_recovery_codes
        SET used_at = $3
        WHERE admin_id = $1 AND code_hash = $2 AND used_at IS NULL";
    COUNT_CODES = "
        SELECT COUNT(*)
        FROM admin_recovery_codes
        WHERE admin_id = $1 AND used_at IS NULL";
}

/// An administrator as she is kept.
#[derive(Clone)]
pub struct Admin {
    /// Her id.
    pub id: AdminId,
    /// Her address.
    pub email: EmailAddress,
    /// Her name for people.
    pub name: String,
    /// What she is in the team.
    pub role: Role,
    /// Her password's hash, as a PHC string; `None` until she has set one.
    pub password_hash: Option<String>,
    /// The secret of her authenticator app, sealed; `None` until she has confirmed one.
    pub totp: Option<Vec<u8>>,
    /// The last step of time whose code was used.
    pub totp_step: Option<i64>,
    /// When she was added.
    pub created_at: Timestamp,
    /// Since when she may not sign in; `None` when she may.
    pub disabled_at: Option<Timestamp>,
}

/// How an administrator signs in.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Her password's hash, as a PHC string.
    pub password_hash: &'a str,
    /// The secret of her authenticator app, sealed.
    pub totp: &'a [u8],
    /// The step of time whose code proved the app.
    pub totp_step: i64,
}

/// A link that works.
#[derive(Clone)]
pub struct AdminLink {
    /// Whose it is.
    pub admin: AdminId,
    /// The secret that her app is being set up with, sealed.
    pub totp: Option<Vec<u8>>,
}

/// Inserts an administrator; false when there is one of that address.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: AdminId,
    email: &EmailAddress,
    name: &str,
    role: Role,
    now: Timestamp,
) -> Result<bool> {
    let inserted = execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(email.as_str())
            .bind(name)
            .bind(Text(role))
            .bind(Time(now))
    )?;
    Ok(inserted > 0)
}

type Row = (
    Text<AdminId>,
    Text<EmailAddress>,
    String,
    Text<Role>,
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    Time,
    Option<Time>,
);

impl From<Row> for Admin {
    fn from(
        (id, email, name, role, password_hash, totp, totp_step, created_at, disabled_at): Row,
    ) -> Self {
        Self {
            id: id.0,
            email: email.0,
            name,
            role: role.0,
            password_hash,
            totp,
            totp_step,
            created_at: created_at.0,
            disabled_at: time(disabled_at),
        }
    }
}

/// Finds an administrator, the disabled ones too.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: AdminId) -> Result<Option<Admin>> {
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND).bind(Text(id)).fetch_optional(c).await
    })?;
    Ok(row.map(Admin::from))
}

/// Finds an administrator by her address, the disabled ones too.
///
/// # Errors
/// The database failed.
pub async fn find_by_email(
    access: &mut impl Access,
    email: &EmailAddress,
) -> Result<Option<Admin>> {
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND_BY_EMAIL)
            .bind(email.as_str())
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(Admin::from))
}

/// Lists the first 1000 administrators by age, the disabled ones too.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access) -> Result<Vec<Admin>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Admin::from).collect())
}

/// Locks the team until the transaction ends, and lists it.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx) -> Result<Vec<Admin>> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK))?;
    }
    list(tx).await
}

/// Updates name, role and whether she may sign in.
///
/// # Errors
/// The database failed.
pub async fn update_place(tx: &mut Tx, admin: &Admin) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE_PLACE)
            .bind(Text(admin.id))
            .bind(&admin.name)
            .bind(Text(admin.role))
            .bind(admin.disabled_at.map(Time))
    )?;
    Ok(())
}

/// Updates how she signs in.
///
/// # Errors
/// The database failed.
pub async fn update_credentials(tx: &mut Tx, id: AdminId, new: &Credentials<'_>) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE_CREDENTIALS)
            .bind(Text(id))
            .bind(new.password_hash)
            .bind(new.totp)
            .bind(new.totp_step)
    )?;
    Ok(())
}

/// Updates her password alone.
///
/// # Errors
/// The database failed.
pub async fn update_password(tx: &mut Tx, id: AdminId, hash: &str) -> Result<()> {
    execute!(tx, sqlx::query(UPDATE_PASSWORD).bind(Text(id)).bind(hash))?;
    Ok(())
}

/// Puts the secret of her app, sealed anew, in the place of `before`; nothing happens when she has another one meanwhile.
///
/// # Errors
/// The database failed.
pub async fn update_totp(tx: &mut Tx, id: AdminId, before: &[u8], anew: &[u8]) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE_TOTP)
            .bind(Text(id))
            .bind(before)
            .bind(anew)
    )?;
    Ok(())
}

/// Uses a step of time up; false when its code, or a later one, was used already.
///
/// # Errors
/// The database failed.
pub async fn use_step(tx: &mut Tx, id: AdminId, step: i64) -> Result<bool> {
    let used = execute!(tx, sqlx::query(USE_STEP).bind(Text(id)).bind(step))?;
    Ok(used > 0)
}

/// Inserts a link with the secret that her app will be set up with, sealed. Her links of before work no more.
///
/// # Errors
/// The database failed.
pub async fn replace_link(
    tx: &mut Tx,
    token: &TokenHash,
    link: &AdminLink,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_LINKS).bind(Text(link.admin)))?;
    execute!(
        tx,
        sqlx::query(INSERT_LINK)
            .bind(token.as_slice())
            .bind(Text(link.admin))
            .bind(link.totp.as_deref())
            .bind(Time(now))
            .bind(Time(expires_at))
    )?;
    Ok(())
}

/// Finds a link that works now, of somebody who may sign in.
///
/// # Errors
/// The database failed.
pub async fn find_link(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<AdminLink>> {
    let row: Option<(Text<AdminId>, Option<Vec<u8>>)> = on!(access, |c| {
        sqlx::query_as(FIND_LINK)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(admin, totp)| AdminLink {
        admin: admin.0,
        totp,
    }))
}

/// Uses a link up; false when it does not work any more.
///
/// # Errors
/// The database failed.
pub async fn use_link(tx: &mut Tx, token: &TokenHash, now: Timestamp) -> Result<bool> {
    let used = execute!(
        tx,
        sqlx::query(USE_LINK).bind(token.as_slice()).bind(Time(now))
    )?;
    Ok(used > 0)
}

/// Takes her links away: none works any more.
///
/// # Errors
/// The database failed.
pub async fn delete_links(tx: &mut Tx, id: AdminId) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_LINKS).bind(Text(id)))?;
    Ok(())
}

/// Replaces her recovery codes by others.
///
/// # Errors
/// The database failed.
pub async fn replace_codes(tx: &mut Tx, id: AdminId, codes: &[TokenHash]) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_CODES).bind(Text(id)))?;
    for code in codes {
        execute!(
            tx,
            sqlx::query(INSERT_CODE)
                .bind(Text(id))
                .bind(code.as_slice())
        )?;
    }
    Ok(())
}

/// Uses a recovery code up; false when it is none of hers or was used already.
///
/// # Errors
/// The database failed.
pub async fn use_code(tx: &mut Tx, id: AdminId, code: &TokenHash, now: Timestamp) -> Result<bool> {
    let used = execute!(
        tx,
        sqlx::query(USE_CODE)
            .bind(Text(id))
            .bind(code.as_slice())
            .bind(Time(now))
    )?;
    Ok(used > 0)
}

/// Counts the recovery codes that she has left.
///
/// # Errors
/// The database failed.
pub async fn count_codes(access: &mut impl Access, id: AdminId) -> Result<i64> {
    let row: (i64,) = on!(access, |c| {
        sqlx::query_as(COUNT_CODES)
            .bind(Text(id))
            .fetch_one(c)
            .await
    })?;
    Ok(row.0)
}
