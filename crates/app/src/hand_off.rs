//! The hand-off: a customer who is signed in to her shop comes to our pages with a token of the shop's, once.

mod keys;
mod proxy;

use connectors::hand_off::{Expected, HandOffRefused, verify};
use domain::viewer::Proof;
use domain::{StoreName, Timestamp};
use storage::{StorageError, used_hand_offs};

pub use self::keys::HandOffKeysError;
pub use self::proxy::ProxyVisitor;
use crate::App;
use crate::people::ProveError;
use crate::sessions::{Browser, NewSession};
use crate::stores::StoreError;

/// How long a used token is remembered after its end, in seconds: longer than any two machines' clocks differ, since
/// another process may still take what this one calls expired.
const MEMORY_SECONDS: i64 = 3_600;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum HandOffError {
    /// The token is genuine and too old.
    #[error("the token has expired")]
    Expired,
    /// The token is genuine and was used before.
    #[error("the token has been used")]
    Used,
    /// The token is not genuine, or the store is not known. The log says why; whoever sent it is not told.
    #[error("the token is not taken")]
    Refused,
    /// The store's keys cannot be used, or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StorageError> for HandOffError {
    fn from(error: StorageError) -> Self {
        Self::Store(StoreError::Storage(error))
    }
}

impl From<ProveError> for HandOffError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::NoSession | ProveError::Nobody => Self::Refused,
            ProveError::Store(error) => Self::Store(error),
            ProveError::Storage(error) => error.into(),
        }
    }
}

impl App {
    /// Opens a session for the customer whom a store's token names, and uses the token up, in one transaction: of the same
    /// token in several requests at once, one opens a session.
    ///
    /// It is always a new session, never one more proof for a session that the browser has already: whoever made the
    /// browser send this may be somebody else.
    ///
    /// # Errors
    /// See [`HandOffError`].
    pub async fn accept_hand_off(
        &self,
        store: &StoreName,
        token: &str,
        browser: Browser<'_>,
    ) -> Result<NewSession, HandOffError> {
        let now = self.now();
        let Some(connected) = self.find_store(store).await? else {
            tracing::info!(%store, "a hand-off was refused: no such store");
            return Err(HandOffError::Refused);
        };
        let keys = self.find_hand_off_keys(connected.id).await?;
        let expected = Expected {
            store,
            origin: &self.origin(),
        };
        let hand_off = verify(token, &keys, expected, now).map_err(|reason| {
            tracing::info!(%store, %reason, "a hand-off was refused");
            match reason {
                HandOffRefused::Expired => HandOffError::Expired,
                HandOffRefused::Malformed(_)
                | HandOffRefused::NoKey
                | HandOffRefused::Algorithm
                | HandOffRefused::BadSignature
                | HandOffRefused::Claim(_)
                | HandOffRefused::Nobody
                | HandOffRefused::TooNew => HandOffError::Refused,
            }
        })?;
        let proof = Proof::StoreCustomer {
            store: connected.id,
            external_id: hand_off.customer,
            verified_email: hand_off.verified_email,
        };
        let mut tx = self.parts.db.begin().await?;
        let (id, until) = (&hand_off.token_id, hand_off.expires_at);
        if !used_hand_offs::use_up(&mut tx, connected.id, id, until).await? {
            tracing::info!(%store, "a hand-off was refused: its token was used before");
            return Err(HandOffError::Used);
        }
        let session = self.open_session_in(&mut tx, &proof, browser, now).await?;
        used_hand_offs::delete_old(&mut tx, forgotten(now)).await?;
        tx.commit().await?;
        Ok(session)
    }
}

pub(crate) fn forgotten(now: Timestamp) -> Timestamp {
    now.plus_seconds(-MEMORY_SECONDS)
}
