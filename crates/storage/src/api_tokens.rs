//! Tokens for the admin API. Only hashes are kept.

use domain::{Timestamp, TokenId};

use crate::column::{Text, Time, time};
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
    LIST = "
        SELECT id, name, created_at, revoked_at
        FROM api_tokens
        ORDER BY id
        LIMIT 1000";
    REVOKE = "
        UPDATE api_tokens
        SET revoked_at = $2
        WHERE id = $1 AND revoked_at IS NULL";
}

/// A token as administrators see it; the token itself is not kept.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Its id.
    pub id: TokenId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked; `None` when it works.
    pub revoked_at: Option<Timestamp>,
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

/// Lists the first 1000 tokens by age.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access) -> Result<Vec<ApiToken>> {
    type Row = (Text<TokenId>, String, Time, Option<Time>);
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    let tokens = rows
        .into_iter()
        .map(|(id, name, created_at, revoked_at)| ApiToken {
            id: id.0,
            name,
            created_at: created_at.0,
            revoked_at: time(revoked_at),
        });
    Ok(tokens.collect())
}

/// Revokes a token for good; false when there is none of that id that works.
///
/// # Errors
/// The database failed.
pub async fn revoke(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<bool> {
    let revoked = execute!(tx, sqlx::query(REVOKE).bind(Text(id)).bind(Time(now)))?;
    Ok(revoked > 0)
}
