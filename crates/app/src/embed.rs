//! Our elements in a page of the shop: a token of ten minutes, in place of a cookie, for a customer whom her shop vouches for.
//!
//! The token works only in pages of the origin that asked for it, while that origin is one of the store's, and only for
//! what a customer looks at. When it ends, the page brings a fresh word of the shop's: there is nothing to renew it with.

mod origins;
mod session_token;

use domain::origin::Origin;
use domain::viewer::{Proof, Viewer};
use domain::{SessionId, StoreId, StoreName, Timestamp};
use storage::sessions::{self, Session};
use storage::{StorageError, Tx, store_origins, used_hand_offs};

pub use self::origins::MOST_ORIGINS;
pub(crate) use self::origins::replace_origins;
use crate::App;
use crate::hand_off::{HandOffError, forgotten};
use crate::people::add_proofs;
use crate::random::{hash_token, new_token};
use crate::sessions::Browser;

/// How long a token works, in seconds.
const LIFE_SECONDS: i64 = 600;
/// What every token begins with, so that one that got lost is recognised.
const PREFIX: &str = "stoa_em_";

/// A token that was just made.
#[derive(Clone)]
pub struct EmbedSession {
    /// The secret that the page keeps.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The secret by which the browser is known again in this shop's pages, whoever is signed in there.
    pub device: String,
}

impl App {
    /// Gives a page of a store's a token for the customer whom the store's hand-off names, and uses the hand-off up.
    ///
    /// # Errors
    /// [`HandOffError::Refused`] also when the origin is none of the store's.
    pub async fn begin_embed(
        &self,
        store: &StoreName,
        token: &str,
        origin: &Origin,
        browser: Browser<'_>,
    ) -> Result<EmbedSession, HandOffError> {
        let now = self.now();
        let (connected, hand_off) = self.verify_hand_off(store, token, now).await?;
        let proof = Proof::StoreCustomer {
            store: connected.id,
            external_id: hand_off.customer,
            verified_email: hand_off.verified_email,
        };
        let mut tx = self.parts.db.begin().await?;
        check_origin(&mut tx, connected.id, origin).await?;
        let (id, until) = (&hand_off.token_id, hand_off.expires_at);
        if !used_hand_offs::use_up(&mut tx, connected.id, id, until).await? {
            tracing::info!(%store, "a hand-off was refused: its token was used before");
            return Err(HandOffError::Used);
        }
        let session = self
            .open_embed(&mut tx, connected.id, &proof, origin, browser, now)
            .await?;
        used_hand_offs::delete_old(&mut tx, forgotten(now)).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Opens the session of a page. Its origin must have been checked.
    async fn open_embed(
        &self,
        tx: &mut Tx,
        store: StoreId,
        proof: &Proof,
        origin: &Origin,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<EmbedSession, HandOffError> {
        let proven = self.prove_in(tx, proof, now).await?;
        let (owner, _) = proven.first().ok_or(HandOffError::Refused)?;
        let (owner, mut viewer) = (*owner, Viewer::of(*owner));
        sessions::delete_old(tx, now).await?;
        let (device_id, device) = self.find_device(tx, browser, now).await?;
        let token = format!("{PREFIX}{}", new_token(self.parts.random.as_ref()));
        let id = self.new_id(now, SessionId::from_parts);
        let expires_at = now.plus_seconds(LIFE_SECONDS);
        let new = sessions::NewSession {
            id,
            token: &hash_token(&token),
            customer: owner,
            device: device_id,
            embed: Some((store, origin)),
            created_at: now,
            idle_at: expires_at,
            expires_at,
        };
        sessions::insert(tx, new).await?;
        add_proofs(tx, id, &mut viewer, proven, now).await?;
        Ok(EmbedSession {
            token,
            expires_at,
            device,
        })
    }

    /// Finds who looks by a token in a page of that origin, read from the database every time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_embed(
        &self,
        token: &str,
        origin: &Origin,
    ) -> Result<Option<Session>, StorageError> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let mut reader = self.parts.db.reader().await?;
        sessions::find_embed(&mut reader, &hash_token(token), origin, self.now()).await
    }
}

/// Refuses an origin that is none of the store's.
async fn check_origin(tx: &mut Tx, store: StoreId, origin: &Origin) -> Result<(), HandOffError> {
    if store_origins::list(tx, store).await?.contains(origin) {
        return Ok(());
    }
    tracing::info!(%store, "a page was refused a token: its origin is none of the store's");
    Err(HandOffError::Refused)
}
