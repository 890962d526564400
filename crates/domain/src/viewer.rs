//! Who looks (RULES §6.3): everything that one session has proven to be.

use crate::email::EmailAddress;
use crate::id::{CustomerId, ExternalId, StoreId};

/// The customers that a session has proven to be, and the names that stores have for her. She sees the grants of each of
/// those customers, and of every order that names one of those names, whoever owns it; a block on any of those customers
/// refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Viewer {
    customer: CustomerId,
    others: Vec<CustomerId>,
    identities: Vec<(StoreId, ExternalId)>,
}

impl Viewer {
    /// Makes the viewer who has proven to be one customer and nothing else.
    #[must_use]
    pub const fn of(customer: CustomerId) -> Self {
        Self {
            customer,
            others: Vec::new(),
            identities: Vec::new(),
        }
    }

    /// Adds a proof: another customer, and by which store's name, when it was one. The order and the number of times do
    /// not matter.
    pub fn add(&mut self, customer: CustomerId, identity: Option<(StoreId, ExternalId)>) {
        if !self.customers().any(|known| known == customer) {
            self.others.push(customer);
            self.others.sort_unstable();
        }
        if let Some(identity) = identity.filter(|identity| !self.identities.contains(identity)) {
            self.identities.push(identity);
            self.identities.sort_unstable();
        }
    }

    /// Returns the customer whose session it is: what the viewer does is written down as hers.
    #[must_use]
    pub const fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Returns all customers whom the viewer has proven to be, the one whose session it is first.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> + '_ {
        std::iter::once(self.customer).chain(self.others.iter().copied())
    }

    /// Returns the proven names that stores have for their customers.
    #[must_use]
    pub fn identities(&self) -> &[(StoreId, ExternalId)] {
        &self.identities
    }
}

impl From<CustomerId> for Viewer {
    fn from(customer: CustomerId) -> Self {
        Self::of(customer)
    }
}

impl From<&Self> for Viewer {
    fn from(viewer: &Self) -> Self {
        viewer.clone()
    }
}

/// What a session proves.
#[derive(Clone, Debug)]
pub enum Proof {
    /// An address: a code or a link that was sent there came back.
    Address(EmailAddress),
    /// A store's own customer: the store handed her over.
    StoreCustomer {
        /// The store.
        store: StoreId,
        /// Its id of the customer.
        external_id: ExternalId,
        /// The address that the store says it has verified; it counts when the store's policy trusts it to.
        verified_email: Option<EmailAddress>,
    },
}

/// Tells whether a store's id of a customer stands for nobody: all guests of a shop share it (RULES §6.2).
#[must_use]
pub fn is_nobody(external_id: &ExternalId) -> bool {
    let id = external_id.as_str().trim();
    id.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn customer(number: u128) -> CustomerId {
        CustomerId::from_parts(Timestamp::from_seconds(0), number)
    }

    #[test]
    fn a_viewer_is_each_customer_once_and_her_own_first_in_whatever_order_she_proves_it() {
        let store = StoreId::from_parts(Timestamp::from_seconds(0), 1);
        let name = |text: &str| Some((store, text.parse().unwrap()));
        let proofs = [
            (customer(3), None),
            (customer(1), name("8")),
            (customer(2), name("7")),
            (customer(1), name("7")),
        ];
        let (mut viewer, mut other) = (Viewer::of(customer(2)), Viewer::of(customer(2)));
        for (customer, identity) in proofs.clone() {
            viewer.add(customer, identity);
        }
        for (customer, identity) in proofs.into_iter().rev() {
            other.add(customer, identity);
        }
        assert_eq!(viewer, other);
        let customers: Vec<_> = viewer.customers().collect();
        assert_eq!(customers, [customer(2), customer(1), customer(3)]);
        assert_eq!(viewer.customer(), customer(2));
        let names: Vec<_> = viewer
            .identities()
            .iter()
            .map(|(_, id)| id.as_str())
            .collect();
        assert_eq!(names, ["7", "8"]);
    }

    #[test]
    fn zero_is_nobodys_id() {
        let is_nobody = |text: &str| is_nobody(&text.parse().unwrap());
        for nobody in ["0", " 0 ", "000", " "] {
            assert!(is_nobody(nobody), "{nobody:?}");
        }
        for somebody in ["7", "10", "cus_0", "gid://shopify/Customer/0a"] {
            assert!(!is_nobody(somebody), "{somebody:?}");
        }
    }
}
