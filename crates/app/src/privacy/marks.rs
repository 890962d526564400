//! Who was erased, without a name: marks are derived from the sealing key, so that nobody can guess an address and compare.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::erasure::{Named, is_of_before};
use domain::order::{OrderState, Saying, Versioned};
use domain::viewer::is_nobody;
use domain::{EmailAddress, ExternalId, StoreId};
use storage::orders::KeptOrder;
use storage::privacy::marks;
use storage::{StorageError, Tx};

use crate::App;

/// What marks are derived for.
const PURPOSE: &str = "stoa mark of somebody who was erased 1";

impl App {
    /// Marks an address, wherever it comes from.
    pub(crate) fn mark_of_address(&self, email: &EmailAddress) -> String {
        self.mark(&format!("address/{}", email.as_str()))
    }

    /// Marks an address as one store's alone.
    pub(crate) fn mark_of_address_in(&self, store: StoreId, email: &EmailAddress) -> String {
        self.mark(&format!("address/{store}/{}", email.as_str()))
    }

    /// Marks an address as that of one order alone: the store may say another than she has.
    pub(crate) fn mark_of_address_on(
        &self,
        store: StoreId,
        order: &ExternalId,
        email: &EmailAddress,
    ) -> String {
        self.mark(&format!("order/{store}/{}/{order}", email.as_str()))
    }

    /// Marks a store's name for a customer; `None` of its guests, who are nobody.
    pub(crate) fn mark_of_identity(&self, store: StoreId, id: &ExternalId) -> Option<String> {
        (!is_nobody(id)).then(|| self.mark(&format!("customer/{store}/{id}")))
    }

    fn mark(&self, subject: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.parts.sealing.derive(PURPOSE, subject))
    }

    /// Tells whether what a store says of an order is about somebody who was erased since. Nothing of it is learnt then.
    pub(crate) async fn is_forgotten(
        &self,
        tx: &mut Tx,
        store: StoreId,
        order: &ExternalId,
        kept: Option<&KeptOrder>,
        sayings: &[Saying],
    ) -> Result<bool, StorageError> {
        let owner_erased_at = match kept {
            Some(kept) => marks::find_of_customer(tx, kept.owner).await?,
            None => None,
        };
        let said = sayings.iter().filter_map(|saying| match saying {
            Saying::Order(order) => Some(order),
            Saying::Refund(..) | Saying::Dispute(..) => None,
        });
        let newest: Option<&Versioned<OrderState>> = said.max_by_key(|order| order.version);
        let Some(state) = newest.map(|order| &order.state) else {
            return Ok(owner_erased_at.is_some());
        };
        let of: Vec<String> = match Named::by(state) {
            Named::Address(email) => {
                let mut of = vec![
                    self.mark_of_address_in(store, email),
                    self.mark_of_address_on(store, order, email),
                ];
                // What belongs to somebody who is there goes on, whatever address she shares with whom.
                if kept.is_none() || owner_erased_at.is_some() {
                    of.push(self.mark_of_address(email));
                }
                of
            }
            Named::StoreCustomer(id) => self.mark_of_identity(store, id).into_iter().collect(),
            // It is whose it was.
            Named::Nobody => return Ok(owner_erased_at.is_some()),
        };
        let known = marks::list(tx, &of).await?;
        let erased_at = known.into_values().max();
        Ok(erased_at.is_some_and(|erased_at| is_of_before(state, erased_at)))
    }
}
