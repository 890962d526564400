//! Tokens for the admin API.

use domain::TokenId;
use domain::audit::{Cause, Event};
use storage::StorageError;
use storage::api_tokens::{self, ApiToken};

use crate::App;
use crate::random::{hash_token, new_token};

impl App {
    /// Makes a token under a name for people. It is shown once and kept only as a hash.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_api_token(&self, by: &Cause, name: &str) -> Result<String, StorageError> {
        let now = self.now();
        let token = format!("stoa_{}", new_token(self.parts.random.as_ref()));
        let id = self.new_id(now, TokenId::from_parts);
        let mut tx = self.parts.db.begin().await?;
        api_tokens::insert(&mut tx, id, name, &hash_token(&token), now, None).await?;
        let created = vec![Event::of("token.created", id)];
        self.record(&mut tx, now, by, created).await?;
        tx.commit().await?;
        Ok(token)
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
    pub async fn find_api_token(&self, token: &str) -> Result<Option<TokenId>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        api_tokens::find(&mut reader, &hash_token(token), self.now()).await
    }
}
