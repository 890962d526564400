//! Shopify's app proxy: a page of the shop's that we write. Shopify tells us who is signed in there; our page then holds a
//! token with which her browser comes to ours.

use connectors::StoreKind;
use connectors::api::ApiCredentials;
use connectors::hand_off::{Expected, HandOffAlgorithm, NewHandOff, mint};
use connectors::shopify::{ShopVisitor, app_proxy};
use domain::StoreName;

use super::HandOffError;
use crate::App;

/// Who looks at the shop's page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProxyVisitor {
    /// A customer who is signed in to the shop, and a token that signs her in here, once, within a minute.
    Customer(String),
    /// Nobody in particular.
    Nobody,
}

impl App {
    /// Makes a token for whoever is signed in to a Shopify shop, as its app proxy says in the query of its request, exactly
    /// as it stands in the address.
    ///
    /// The shop must be the one whose API the store's credentials are for: an app that is installed in two shops signs for
    /// both with one secret, and each numbers its own customers.
    ///
    /// # Errors
    /// [`HandOffError::Refused`] when this is not by the store's proxy, or the store is not set up for it, which the log
    /// tells.
    pub async fn receive_by_app_proxy(
        &self,
        store: &StoreName,
        query: &str,
    ) -> Result<ProxyVisitor, HandOffError> {
        let now = self.now();
        let refuse = |reason: &dyn std::fmt::Display| {
            tracing::info!(%store, %reason, "a request of an app proxy was refused");
            HandOffError::Refused
        };
        let found = self.find_store(store).await?;
        let connected = found.filter(|found| found.kind == StoreKind::Shopify);
        let connected = connected.ok_or_else(|| refuse(&"there is no such Shopify store"))?;
        let visitor = app_proxy::verify(query, &connected.secrets, now);
        let visitor = visitor.map_err(|reason| refuse(&reason))?;
        let api = connected.api.as_ref();
        let api = api.ok_or_else(|| refuse(&"the store's address is not known"))?;
        if !is_of(&visitor, api) {
            return Err(refuse(&"it is of another shop"));
        }
        let Some(customer) = visitor.customer else {
            return Ok(ProxyVisitor::Nobody);
        };
        let keys = self.find_hand_off_keys(connected.id).await?;
        let secret = keys
            .iter()
            .find(|key| key.algorithm() == HandOffAlgorithm::Hs256);
        let new = NewHandOff {
            expected: Expected {
                store,
                origin: &self.origin(),
            },
            customer: &customer,
            verified_email: None,
        };
        let mut random = [0; 16];
        self.parts.random.fill(&mut random);
        let token = secret.and_then(|secret| mint(secret, new, &random, now));
        let token = token.ok_or_else(|| refuse(&"the store has no hand-off secret"))?;
        Ok(ProxyVisitor::Customer(token))
    }
}

/// Tells whether the shop in the query is the one at the store's address.
pub(crate) fn is_of(visitor: &ShopVisitor, api: &ApiCredentials) -> bool {
    let rest = api.address.trim().strip_prefix("https://");
    let host = rest.and_then(|rest| rest.split('/').next());
    host.is_some_and(|host| host.eq_ignore_ascii_case(&visitor.shop))
}
