//! Tokens for the admin API. Only hashes are kept.

use domain::scope::Scopes;
use domain::{Timestamp, TokenId};

use crate::column::{Text, Time, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO api_tokens (id, name, token_hash, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "
        SELECT id, scopes, last_used_at
        FROM api_tokens
        WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    LIST = "
        SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at
        FROM api_tokens
        ORDER BY id
        LIMIT 1000";
    UPDATE_USE = "
        UPDATE api_tokens
        SET last_used_at = $2
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
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
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour; `None` when it never was.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; `None` when it works.
    pub revoked_at: Option<Timestamp>,
}

/// A token to insert.
#[derive(Clone, Copy, Debug)]
pub struct NewApiToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// Its name for people.
    pub name: &'a str,
    /// The hash of the token.
    pub hash: &'a TokenHash,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A token that is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ValidToken {
    /// Its id.
    pub id: TokenId,
    /// What it may do.
    pub scopes: Scopes,
    /// When its use was last noted.
    pub last_used_at: Option<Timestamp>,
}

/// Inserts a token.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, token: &NewApiToken<'_>, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(token.id))
            .bind(token.name)
            .bind(token.hash.as_slice())
            .bind(Text(token.scopes))
            .bind(Time(now))
            .bind(token.expires_at.map(Time))
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
) -> Result<Option<ValidToken>> {
    type Row = (Text<TokenId>, Text<Scopes>, Option<Time>);
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND)
            .bind(token.as_slice())
            .bind(Time(now))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id, scopes, last_used_at)| ValidToken {
        id: id.0,
        scopes: scopes.0,
        last_used_at: time(last_used_at),
    }))
}

/// Lists the first 1000 tokens by age.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access) -> Result<Vec<ApiToken>> {
    type Row = (
        Text<TokenId>,
        String,
        Text<Scopes>,
        Time,
        Option<Time>,
        Option<Time>,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    let tokens = rows.into_iter().map(
        |(id, name, scopes, created_at, expires_at, last_used_at, revoked_at)| ApiToken {
            id: id.0,
            name,
            scopes: scopes.0,
            created_at: created_at.0,
            expires_at: time(expires_at),
            last_used_at: time(last_used_at),
            revoked_at: time(revoked_at),
        },
    );
    Ok(tokens.collect())
}

/// Notes that a token was used; an earlier time than the one noted changes nothing.
///
/// # Errors
/// The database failed.
pub async fn update_use(tx: &mut Tx, id: TokenId, at: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query(UPDATE_USE).bind(Text(id)).bind(Time(at)))?;
    Ok(())
}

/// Revokes a token for good; false when there is none of that id that works.
///
/// # Errors
/// The database failed.
pub async fn revoke(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<bool> {
    let revoked = execute!(tx, sqlx::query(REVOKE).bind(Text(id)).bind(Time(now)))?;
    Ok(revoked > 0)
}
