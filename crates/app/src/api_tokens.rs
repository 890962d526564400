//! Tokens for the admin API.

pub use storage::api_tokens::ApiToken;

use domain::audit::{Cause, Event};
use domain::scope::{Scope, Scopes};
use domain::{Timestamp, TokenId};
use serde_json::json;
use storage::StorageError;
use storage::api_tokens::{self, NewApiToken, ValidToken};

use crate::App;
use crate::random::{hash_token, new_token};

/// How often the use of a token is written down.
const NOTED_EVERY_SECONDS: i64 = 3_600;

/// What a new token may do, and how long.
#[derive(Clone, Copy, Debug)]
pub struct TokenLimits {
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
}

impl TokenLimits {
    /// Everything, for ever.
    pub const NONE: Self = Self {
        scopes: Scopes::ALL,
        expires_at: None,
    };
}

/// A token that was just made.
#[derive(Clone)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// The token itself, shown once.
    pub token: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It would be allowed more than whoever makes it.
    #[error("nobody makes a token that may do more than she: {0} is missing")]
    BeyondMaker(Scope),
    /// It would be allowed nothing.
    #[error("a token needs a scope")]
    NoScope,
    /// It would never work.
    #[error("the token would end before it begins")]
    EndsBeforeItBegins,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Whoever holds a valid token.
#[derive(Clone, Copy, Debug)]
pub struct TokenHolder {
    /// Which token.
    pub id: TokenId,
    /// What it may do.
    pub scopes: Scopes,
    /// Tells whether [`App::note_token_use`] is due.
    pub is_use_to_be_noted: bool,
}

impl App {
    /// Makes a token under a name for people, for everything and for ever. It is shown once and kept only as a hash.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_api_token(&self, by: &Cause, name: &str) -> Result<String, StorageError> {
        let made = self.insert_token(by, name, TokenLimits::NONE).await?;
        Ok(made.token)
    }

    /// Makes a token under a name for people, that may do no more than its maker, whose scopes are `makers`.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn create_limited_token(
        &self,
        by: &Cause,
        makers: Scopes,
        name: &str,
        limits: TokenLimits,
    ) -> Result<NewToken, TokenError> {
        if let Some(scope) = limits.scopes.first_beyond(makers) {
            return Err(TokenError::BeyondMaker(scope));
        }
        if limits.scopes.is_empty() {
            return Err(TokenError::NoScope);
        }
        if limits.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(TokenError::EndsBeforeItBegins);
        }
        Ok(self.insert_token(by, name, limits).await?)
    }

    async fn insert_token(
        &self,
        by: &Cause,
        name: &str,
        TokenLimits { scopes, expires_at }: TokenLimits,
    ) -> Result<NewToken, StorageError> {
        let now = self.now();
        let token = format!("stoa_{}", new_token(self.parts.random.as_ref()));
        let id = self.new_id(now, TokenId::from_parts);
        let hash = &hash_token(&token);
        let mut tx = self.parts.db.begin().await?;
        let new = NewApiToken {
            id,
            name,
            hash,
            scopes,
            expires_at,
        };
        api_tokens::insert(&mut tx, &new, now).await?;
        let expires = expires_at.map(|end| end.to_string());
        let created = Event {
            after: Some(json!({ "scopes": scopes.to_string(), "expires_at": expires })),
            ..Event::of("token.created", id)
        };
        self.record(&mut tx, now, by, vec![created]).await?;
        tx.commit().await?;
        Ok(NewToken {
            id,
            token,
            created_at: now,
        })
    }

    /// Revokes a token for good; false when there is none of that id that works.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_api_token(&self, by: &Cause, id: TokenId) -> Result<bool, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if !api_tokens::revoke(&mut tx, id, now).await? {
            return Ok(false);
        }
        let revoked = vec![Event::of("token.revoked", id)];
        self.record(&mut tx, now, by, revoked).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lists the first 1000 tokens by age, the revoked ones too.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_api_tokens(&self) -> Result<Vec<ApiToken>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        api_tokens::list(&mut reader).await
    }

    /// Finds the token that is valid now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_api_token(&self, token: &str) -> Result<Option<TokenHolder>, StorageError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let found = api_tokens::find(&mut reader, &hash_token(token), now).await?;
        Ok(found.map(|found| TokenHolder {
            id: found.id,
            scopes: found.scopes,
            is_use_to_be_noted: is_use_to_be_noted(&found, now),
        }))
    }

    /// Writes down that a token was used now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_token_use(&self, id: TokenId) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        api_tokens::update_use(&mut tx, id, self.now()).await?;
        tx.commit().await
    }
}

fn is_use_to_be_noted(token: &ValidToken, now: Timestamp) -> bool {
    let due = |noted: Timestamp| noted.plus_seconds(NOTED_EVERY_SECONDS) <= now;
    token.last_used_at.is_none_or(due)
}
