//! Tokens for the admin API. Only hashes are kept.

use domain::{Timestamp, TokenId};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO api_tokens (id, name, token_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    FIND = "
        SELECT id
        FROM api_tokens
        WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
}

/// Inserts a token under a name for people.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: TokenId,
    name: &str,
    token: &TokenHash,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(name)
            .bind(token.as_slice())
            .bind(Time(now))
            .bind(expires_at.map(Time))
    )?;
    Ok(())
}

/// Finds the token that is valid now.
///
/// # Errors
/// The database failed.
pub async fn find(
    access: &mut impl Access,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<TokenId>> {
    let row: Option<(Text<TokenId>,)> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id,)| id.0))
}
