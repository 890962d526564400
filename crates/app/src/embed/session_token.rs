//! A token for a page of a Shopify shop, by the session token that Shopify gives to an app's own extensions.

use connectors::StoreKind;
use connectors::shopify::session_token;
use domain::StoreName;
use domain::origin::Origin;
use domain::viewer::Proof;

use super::{EmbedSession, check_origin};
use crate::App;
use crate::hand_off::{HandOffError, is_of};
use crate::sessions::Browser;

impl App {
    /// Gives a page of a Shopify shop a token for the customer whom a session token names. Shopify's token may be brought
    /// again until it ends: it gives nothing more than it gave the first time.
    ///
    /// The shop must be the one whose API the store's credentials are for, and the app the one that they are of.
    ///
    /// # Errors
    /// [`HandOffError::Refused`] unless all of it holds; the log tells what did not.
    pub async fn begin_embed_by_shopify(
        &self,
        store: &StoreName,
        token: &str,
        origin: &Origin,
        browser: Browser<'_>,
    ) -> Result<EmbedSession, HandOffError> {
        let now = self.now();
        let refuse = |reason: &dyn std::fmt::Display| {
            tracing::info!(%store, %reason, "a session token of Shopify's was refused");
            HandOffError::Refused
        };
        let found = self.find_store(store).await?;
        let connected = found.filter(|found| found.kind == StoreKind::Shopify);
        let connected = connected.ok_or_else(|| refuse(&"there is no such Shopify store"))?;
        let api = connected.api.as_ref();
        let api = api.ok_or_else(|| refuse(&"the store's address is not known"))?;
        let app = api.key.as_deref();
        let app = app.ok_or_else(|| refuse(&"the app's client id is not known"))?;
        let said = session_token::verify(token, app, &connected.secrets, now);
        let said = said.map_err(|reason| refuse(&reason))?;
        if !is_of(&said.visitor, api) {
            return Err(refuse(&"it is of another shop"));
        }
        let customer = said.visitor.customer;
        let customer = customer.ok_or_else(|| refuse(&"nobody is signed in to the shop"))?;
        let proof = Proof::StoreCustomer {
            store: connected.id,
            external_id: customer,
            verified_email: None,
        };
        let mut tx = self.parts.db.begin().await?;
        check_origin(&mut tx, connected.id, origin).await?;
        let session = self
            .open_embed(&mut tx, connected.id, &proof, origin, browser, now)
            .await?;
        tx.commit().await?;
        Ok(session)
    }
}
