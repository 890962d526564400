//! Tokens for the admin API.

use domain::TokenId;
use domain::audit::{Cause, Event};
use storage::{StorageError, api_tokens};

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

    /// Finds the token that is valid now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_api_token(&self, token: &str) -> Result<Option<TokenId>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        api_tokens::find(&mut reader, &hash_token(token), self.now()).await
    }
}
