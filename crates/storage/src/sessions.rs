//! Sessions with what they have proven, and the one-time links that open them. Only hashes of tokens are kept.

use domain::viewer::Viewer;
use domain::{CustomerId, ExternalId, StoreId, Timestamp};

use crate::column::{Text, Time, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO sessions (token_hash, customer_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)";
    FIND = "
        SELECT s.customer_id, p.customer_id, p.store_id, p.external_id
        FROM sessions s
        LEFT JOIN session_proofs p ON p.token_hash = s.token_hash
        WHERE s.token_hash = $1 AND s.expires_at > $2
        ORDER BY p.store_id, p.external_id
        LIMIT 1000";
    INSERT_PROOF = "
        INSERT INTO session_proofs (token_hash, customer_id, store_id, external_id, proven_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING";
    DELETE = "
        DELETE FROM sessions
        WHERE token_hash = $1";
    INSERT_CODE = "
        INSERT INTO sign_in_codes (token_hash, customer_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)";
    TAKE_CODE = "
        UPDATE sign_in_codes
        SET used_at = $2
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
        RETURNING customer_id";
}

/// SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// Inserts a session.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    token: &TokenHash,
    customer: CustomerId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    insert_token(tx, INSERT, token, customer, now, expires_at).await
}

/// Finds who looks by that session, while it lasts.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Viewer>> {
    type Row = (
        Text<CustomerId>,
        Option<Text<CustomerId>>,
        Option<Text<StoreId>>,
        Option<Text<ExternalId>>,
    );
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_all(c)
            .await
    })?;
    let mut viewer: Option<Viewer> = None;
    for (owner, proven, store, external) in rows {
        let viewer = viewer.get_or_insert_with(|| Viewer::of(owner.0));
        if let Some(customer) = proven {
            let identity = text(store).zip(text(external));
            viewer.add(customer.0, identity);
        }
    }
    Ok(viewer)
}

/// Adds a proof to a session: of a customer by her address, or by a store's name for her. One that it has stays.
///
/// # Errors
/// There is no such session, or the database failed.
pub async fn insert_proof(
    tx: &mut Tx,
    token: &TokenHash,
    customer: CustomerId,
    identity: Option<(StoreId, &ExternalId)>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT_PROOF)
            .bind(token.as_slice())
            .bind(Text(customer))
            .bind(identity.map(|(store, _)| Text(store)))
            .bind(identity.map(|(_, external)| external.as_str()))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Ends a session with its proofs; nothing happens when there is none.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, token: &TokenHash) -> Result<()> {
    execute!(tx, sqlx::query(DELETE).bind(token.as_slice()))?;
    Ok(())
}

/// Inserts a one-time link's token.
///
/// # Errors
/// The database failed.
pub async fn insert_code(
    tx: &mut Tx,
    token: &TokenHash,
    customer: CustomerId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    insert_token(tx, INSERT_CODE, token, customer, now, expires_at).await
}

/// Uses a one-time link's token up, and returns whom it signs in; `None` when it is unknown, used or too old.
///
/// # Errors
/// The database failed.
pub async fn take_code(
    tx: &mut Tx,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<CustomerId>> {
    let row: Option<(Text<CustomerId>,)> = on!(tx, |c| {
        sqlx::query_as(TAKE_CODE)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id,)| id.0))
}

async fn insert_token(
    tx: &mut Tx,
    statement: &'static str,
    token: &TokenHash,
    customer: CustomerId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(statement)
            .bind(token.as_slice())
            .bind(Text(customer))
            .bind(Time(now))
            .bind(Time(expires_at))
    )?;
    Ok(())
}
