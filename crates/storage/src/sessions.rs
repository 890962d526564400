//! Sessions, and the one-time links that open them. Only hashes of tokens are kept.

use domain::{CustomerId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO sessions (token_hash, customer_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)";
    FIND = "
        SELECT customer_id
        FROM sessions
        WHERE token_hash = $1 AND expires_at > $2";
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

/// Finds whose session it is, while it lasts.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<CustomerId>> {
    let row: Option<(Text<CustomerId>,)> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id,)| id.0))
}

/// Ends a session; nothing happens when there is none.
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
