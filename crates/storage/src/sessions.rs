//! Sessions with what they have proven. Only hashes of tokens are kept.

use domain::origin::Origin;
use domain::viewer::Viewer;
use domain::{CustomerId, DeviceId, ExternalId, SessionId, StoreId, Timestamp};

use crate::column::{Text, Time, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// At most 100 at once, so that no sign-in waits for a long clean-up.
macro_rules! delete_old {
    ($among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM sessions
        WHERE id ",
            $among,
            "(
          SELECT id
          FROM sessions
          WHERE expires_at < $1
          ORDER BY expires_at
          LIMIT 100
          ",
            $lock,
            $end
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO sessions (
          id, token_hash, customer_id, kind, store_id, origin, device_id, created_at, seen_at, idle_at, expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)";
    // What every request of a customer asks: one statement, and nothing is written.
    FIND = "
        SELECT s.id, s.customer_id, s.device_id, s.seen_at, p.customer_id, p.store_id, p.external_id
        FROM sessions s
        LEFT JOIN session_proofs p ON p.session_id = s.id
        WHERE s.token_hash = $1 AND s.kind = 'page' AND s.idle_at > $2 AND s.expires_at > $2
        LIMIT 1000";
    // The same of a page of a shop's, while its origin is one of the shop's.
    FIND_EMBED = "
        SELECT s.id, s.customer_id, s.device_id, s.seen_at, p.customer_id, p.store_id, p.external_id
        FROM sessions s
        JOIN store_origins o ON o.store_id = s.store_id AND o.origin = s.origin
        LEFT JOIN session_proofs p ON p.session_id = s.id
        WHERE s.token_hash = $1 AND s.kind = 'embed' AND s.origin = $3 AND s.idle_at > $2 AND s.expires_at > $2
        LIMIT 1000";
    // Several requests at once find it stale; one of them writes.
    UPDATE_SEEN = "
        UPDATE sessions
        SET seen_at = $2, idle_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END
        WHERE id = $1 AND seen_at <= $4 AND idle_at > $2 AND expires_at > $2";
    LIST = "
        SELECT s.id, d.label, s.created_at, s.seen_at
        FROM sessions s
        JOIN devices d ON d.id = s.device_id
        WHERE s.customer_id = $1 AND s.kind = 'page' AND s.idle_at > $2 AND s.expires_at > $2
        ORDER BY s.id DESC
        LIMIT 100";
    INSERT_PROOF = "
        INSERT INTO session_proofs (session_id, customer_id, store_id, external_id, proven_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING";
    LIST_PROOFS = "
        SELECT customer_id, store_id, external_id
        FROM session_proofs
        WHERE session_id = $1
        ORDER BY proven_at, customer_id
        LIMIT 1000";
    DELETE = "
        DELETE FROM sessions
        WHERE id = $1 AND customer_id = $2";
    DELETE_BY_TOKEN = "
        DELETE FROM sessions
        WHERE token_hash = $1";
    DELETE_OTHERS = "
        DELETE FROM sessions
        WHERE customer_id = $1 AND id <> $2";
    @Sqlite DELETE_OLD_SQLITE = delete_old!("IN ", "", ")");
    // Whoever else is cleaning up has these already.
    @Postgres DELETE_OLD_POSTGRES = delete_old!("= ANY(ARRAY", "FOR UPDATE SKIP LOCKED", "))");
    DELETE_OF_CUSTOMER = "
        DELETE FROM sessions
        WHERE customer_id = $1";
    DELETE_PROOFS_OF_ADDRESS = "
        DELETE FROM session_proofs
        WHERE customer_id = $1 AND store_id IS NULL";
}

/// SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// A session that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// Of the token that the browser keeps.
    pub token: &'a TokenHash,
    /// Whose it is.
    pub customer: CustomerId,
    /// Where it is.
    pub device: DeviceId,
    /// The store that vouches, and the origin of the page, when it is in one of a shop's and not in one of ours.
    pub embed: Option<(StoreId, &'a Origin)>,
    /// When it begins.
    pub created_at: Timestamp,
    /// When it ends if nothing is heard of it.
    pub idle_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// A session that lasts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who looks by it.
    pub viewer: Viewer,
    /// Where it is.
    pub device: DeviceId,
    /// When it was last written down that it is in use.
    pub seen_at: Timestamp,
}

/// A session as its customer sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedSession {
    /// Its id.
    pub id: SessionId,
    /// What its browser is called.
    pub label: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last in use, to the hour.
    pub seen_at: Timestamp,
}

/// Inserts a session.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, session: NewSession<'_>) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(session.id))
            .bind(session.token.as_slice())
            .bind(Text(session.customer))
            .bind(if session.embed.is_some() {
                "embed"
            } else {
                "page"
            })
            .bind(session.embed.map(|(store, _)| Text(store)))
            .bind(session.embed.map(|(_, origin)| origin.as_str()))
            .bind(Text(session.device))
            .bind(Time(session.created_at))
            .bind(Time(session.idle_at.min(session.expires_at)))
            .bind(Time(session.expires_at))
    )?;
    Ok(())
}

type Row = (
    Text<SessionId>,
    Text<CustomerId>,
    Text<DeviceId>,
    Time,
    Option<Text<CustomerId>>,
    Option<Text<StoreId>>,
    Option<Text<ExternalId>>,
);

/// Finds a session in one of our own pages and who looks by it, while it lasts.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Session>> {
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_all(c)
            .await
    })?;
    Ok(read(rows))
}

/// Finds a session in a shop's page of that origin and who looks by it, while it lasts and the origin is the store's.
///
/// # Errors
/// The database failed.
pub async fn find_embed(
    access: &mut impl Access,
    token: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Session>> {
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(FIND_EMBED)
            .bind(token.as_slice())
            .bind(Time(now))
            .bind(origin.as_str())
            .fetch_all(c)
            .await
    })?;
    Ok(read(rows))
}

fn read(rows: Vec<Row>) -> Option<Session> {
    let mut session: Option<Session> = None;
    for (id, owner, device, seen_at, proven, store, external) in rows {
        let session = session.get_or_insert_with(|| Session {
            id: id.0,
            viewer: Viewer::of(owner.0),
            device: device.0,
            seen_at: seen_at.0,
        });
        if let Some(customer) = proven {
            let identity = text(store).zip(text(external));
            session.viewer.add(customer.0, identity);
        }
    }
    session
}

/// Writes down that a session is in use, unless that was done after `stale_before`; false when it was, or when the session
/// is over.
///
/// # Errors
/// The database failed.
pub async fn update_seen(
    tx: &mut Tx,
    session: SessionId,
    now: Timestamp,
    idle_at: Timestamp,
    stale_before: Timestamp,
) -> Result<bool> {
    let updated = execute!(
        tx,
        sqlx::query(UPDATE_SEEN)
            .bind(Text(session))
            .bind(Time(now))
            .bind(Time(idle_at))
            .bind(Time(stale_before))
    )?;
    Ok(updated > 0)
}

/// Lists a customer's sessions in our own pages that last, the newest first, a hundred at most.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Vec<ListedSession>> {
    let rows: Vec<(Text<SessionId>, String, Time, Time)> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(customer))
        .bind(Time(now))
        .fetch_all(c)
        .await)?;
    let listed = rows
        .into_iter()
        .map(|(id, label, created_at, seen_at)| ListedSession {
            id: id.0,
            label,
            created_at: created_at.0,
            seen_at: seen_at.0,
        });
    Ok(listed.collect())
}

/// Adds a proof to a session: of a customer by her address, or by a store's name for her. One that it has stays.
///
/// # Errors
/// There is no such session, or the database failed.
pub async fn insert_proof(
    tx: &mut Tx,
    session: SessionId,
    customer: CustomerId,
    identity: Option<(StoreId, &ExternalId)>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_PROOF)
            .bind(Text(session))
            .bind(Text(customer))
            .bind(identity.map(|(store, _)| Text(store)))
            .bind(identity.map(|(_, external)| external.as_str()))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Lists what a session has proven besides whose it is: customers, each with a store's name for her when it was one that
/// proved it.
///
/// # Errors
/// The database failed.
pub async fn list_proofs(
    access: &mut impl Access,
    session: SessionId,
) -> Result<Vec<(CustomerId, Option<(StoreId, ExternalId)>)>> {
    type Row = (
        Text<CustomerId>,
        Option<Text<StoreId>>,
        Option<Text<ExternalId>>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_PROOFS)
        .bind(Text(session))
        .fetch_all(c)
        .await)?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(customer, store, external)| (customer.0, text(store).zip(text(external))))
        .collect())
}

/// Ends a session of a customer with its proofs; false when she has none of that id.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, customer: CustomerId, session: SessionId) -> Result<bool> {
    let deleted = execute!(
        tx,
        sqlx::query(DELETE).bind(Text(session)).bind(Text(customer))
    )?;
    Ok(deleted > 0)
}

/// Ends the session of a token with its proofs; nothing happens when there is none.
///
/// # Errors
/// The database failed.
pub async fn delete_by_token(tx: &mut Tx, token: &TokenHash) -> Result<()> {
    execute!(tx, sqlx::query(DELETE_BY_TOKEN).bind(token.as_slice()))?;
    Ok(())
}

/// Ends all sessions of a customer but one; returns how many.
///
/// # Errors
/// The database failed.
pub async fn delete_others(tx: &mut Tx, customer: CustomerId, kept: SessionId) -> Result<u64> {
    let deleted = execute!(
        tx,
        sqlx::query(DELETE_OTHERS)
            .bind(Text(customer))
            .bind(Text(kept))
    )?;
    Ok(deleted)
}

/// Forgets sessions that ended before a moment, the oldest 100 at most; returns how many.
///
/// # Errors
/// The database failed.
pub async fn delete_old(tx: &mut Tx, ended_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_OLD_POSTGRES
    } else {
        DELETE_OLD_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(ended_before)))?;
    Ok(deleted)
}

/// Ends all that stands on a customer's address: her sessions, and what other sessions have proven by it.
///
/// # Errors
/// The database failed.
pub async fn delete_of_address(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    for statement in [DELETE_OF_CUSTOMER, DELETE_PROOFS_OF_ADDRESS] {
        execute!(tx, sqlx::query(statement).bind(Text(customer)))?;
    }
    Ok(())
}
