//! Sessions of administrators. Only hashes of their tokens are kept.

use domain::scope::Role;
use domain::{AdminId, SessionId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO admin_sessions
          (id, token_hash, admin_id, label, created_at, proven_at, seen_at, idle_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7)";
    FIND = "
        SELECT s.id, s.admin_id, a.role, s.proven_at, s.seen_at
        FROM admin_sessions s
        JOIN admins a ON a.id = s.admin_id
        WHERE s.token_hash = $1 AND s.idle_at > $2 AND s.expires_at > $2 AND a.disabled_at IS NULL";
    LIST = "
        SELECT id, label, created_at, seen_at, expires_at
        FROM admin_sessions
        WHERE admin_id = $1 AND idle_at > $2 AND expires_at > $2
        ORDER BY id DESC
        LIMIT 100";
    UPDATE_SEEN = "
        UPDATE admin_sessions
        SET seen_at = $2, idle_at = $3
        WHERE id = $1 AND seen_at < $2";
    UPDATE_PROVEN = "
        UPDATE admin_sessions
        SET proven_at = $2
        WHERE id = $1";
    DELETE = "
        DELETE FROM admin_sessions
        WHERE admin_id = $1 AND id = $2";
    DELETE_ALL = "
        DELETE FROM admin_sessions
        WHERE admin_id = $1";
    DELETE_OTHERS = "
        DELETE FROM admin_sessions
        WHERE admin_id = $1 AND id <> $2";
    DELETE_ENDED = "
        DELETE FROM admin_sessions
        WHERE expires_at <= $1";
}

/// A session to insert.
pub struct NewAdminSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// The hash of its token.
    pub hash: &'a TokenHash,
    /// Whose.
    pub admin: AdminId,
    /// What the browser calls itself in a few words.
    pub label: &'a str,
    /// When it ends unless she comes back.
    pub idle_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session that is open, of somebody who may sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub admin: AdminId,
    /// What she is in the team.
    pub role: Role,
    /// When she last proved who she is.
    pub proven_at: Timestamp,
    /// When it was noted that she was here.
    pub seen_at: Timestamp,
}

/// A session as she sees it.
#[derive(Clone, Debug)]
pub struct AdminSession {
    /// Its id.
    pub id: SessionId,
    /// What the browser calls itself.
    pub label: String,
    /// When she signed in.
    pub created_at: Timestamp,
    /// When she was last there, to the hour.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Inserts a session, in which she has just proven who she is, and deletes those that have ended.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, session: &NewAdminSession<'_>, now: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_ENDED).bind(Time(now)))?;
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(session.id))
            .bind(session.hash.as_slice())
            .bind(Text(session.admin))
            .bind(session.label)
            .bind(Time(now))
            .bind(Time(session.idle_at))
            .bind(Time(session.expires_at))
    )?;
    Ok(())
}

/// Finds the session that is open now.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<OpenSession>> {
    type Row = (Text<SessionId>, Text<AdminId>, Text<Role>, Time, Time);
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(
        row.map(|(id, admin, role, proven_at, seen_at)| OpenSession {
            id: id.0,
            admin: admin.0,
            role: role.0,
            proven_at: proven_at.0,
            seen_at: seen_at.0,
        }),
    )
}

/// Lists her open sessions, the newest first, at most 100.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    admin: AdminId,
    now: Timestamp,
) -> Result<Vec<AdminSession>> {
    type Row = (Text<SessionId>, String, Time, Time, Time);
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST)
            .bind(Text(admin))
            .bind(Time(now))
            .fetch_all(c)
            .await
    })?;
    let sessions =
        rows.into_iter().map(
            |(id, label, created_at, seen_at, expires_at)| AdminSession {
                id: id.0,
                label,
                created_at: created_at.0,
                seen_at: seen_at.0,
                expires_at: expires_at.0,
            },
        );
    Ok(sessions.collect())
}

/// Notes that she was here, so that the session does not end before `idle_at`.
///
/// # Errors
/// The database failed.
pub async fn update_seen(
    tx: &mut Tx,
    id: SessionId,
    now: Timestamp,
    idle_at: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE_SEEN)
            .bind(Text(id))
            .bind(Time(now))
            .bind(Time(idle_at))
    )?;
    Ok(())
}

/// Notes that she has proven who she is.
///
/// # Errors
/// The database failed.
pub async fn update_proven(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE_PROVEN).bind(Text(id)).bind(Time(now))
    )?;
    Ok(())
}

/// Ends one of her sessions; false when there is none of that id.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, admin: AdminId, id: SessionId) -> Result<bool> {
    let deleted = execute!(tx, sqlx::query(DELETE).bind(Text(admin)).bind(Text(id)))?;
    Ok(deleted > 0)
}

/// Ends all of her sessions.
///
/// # Errors
/// The database failed.
pub async fn delete_all(tx: &mut Tx, admin: AdminId) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_ALL).bind(Text(admin)))?;
    Ok(())
}

/// Ends all of her sessions but one.
///
/// # Errors
/// The database failed.
pub async fn delete_others(tx: &mut Tx, admin: AdminId, kept: SessionId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(DELETE_OTHERS)
            .bind(Text(admin))
            .bind(Text(kept))
    )?;
    Ok(())
}
