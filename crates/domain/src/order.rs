//! What stores say about orders: facts with versions, of which the latest counts (RULES §1).

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::id::ExternalId;
use crate::order_number::OrderNumber;
use crate::time::Timestamp;

/// Where an order stands in the store's own terms, from the least to the most final (RULES §1.1): of two states of the
/// same moment the more final one counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Not yet placed.
    Draft,
    /// Placed, not paid.
    Pending,
    /// The money is reserved, not taken.
    Authorised,
    /// Waiting for somebody.
    OnHold,
    /// Some of the money was taken.
    PartiallyPaid,
    /// The payment failed.
    Failed,
    /// Confirmed and paid in full, also when the total is zero.
    Paid,
    /// Refunded in full, as the store calls it.
    Refunded,
    /// Cancelled, voided or trashed.
    Cancelled,
    /// No longer there.
    Deleted,
}

/// How far a refund has come, from the least to the most final.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// The money went back.
    Succeeded,
    /// The money did not go back.
    Failed,
}

/// How a dispute stands, from the least to the most final.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// A question or warning: no dispute yet.
    Inquiry,
    /// The bank holds the money.
    Open,
    /// Decided for the shop.
    Won,
    /// Decided for the customer.
    Lost,
}

/// What a line of an order names: the store's product, variant and SKU, as far as the store tells them.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct StoreItem {
    /// The store's product.
    pub product: Option<ExternalId>,
    /// The store's variant of that product.
    pub variant: Option<ExternalId>,
    /// The stock-keeping unit.
    pub sku: Option<ExternalId>,
}

/// One line of an order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The store's id of the line.
    pub external_id: ExternalId,
    /// What was bought.
    pub item: StoreItem,
    /// What the store calls it, for people.
    pub title: String,
    /// How many were bought.
    pub quantity: u32,
    /// How many the order itself says came back; refunds that name lines are counted besides, the greater counts.
    pub returned_quantity: u32,
    /// The end of the period that the line pays for, when it is a subscription's.
    pub period_end: Option<Timestamp>,
}

/// The state of an order at one moment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OrderState {
    /// Where the order stands.
    pub status: OrderStatus,
    /// Whether it is a test order.
    pub is_test: bool,
    /// When it was paid, by the store's clock.
    pub paid_at: Option<Timestamp>,
    /// The e-mail address that the order names.
    pub email: Option<EmailAddress>,
    /// The store's id of the customer; guests have none.
    pub external_customer: Option<ExternalId>,
    /// ISO 4217 code, upper case.
    pub currency: String,
    /// Money captured before any refund, in minor units of the currency.
    pub captured_minor: i64,
    /// The lines now in the order.
    pub lines: Vec<OrderLine>,
    /// All refunds of the order at that moment, when the store lists them completely.
    pub complete_refunds: Option<BTreeSet<ExternalId>>,
    /// The number by which the shop and the customer speak of it, when the store tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<OrderNumber>,
}

/// An address that support has put in the place of one that was mistyped in the shop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CorrectedEmail {
    /// What the shop said then; `None`: no address.
    pub mistyped: Option<EmailAddress>,
    /// The right one.
    pub right: EmailAddress,
}

impl OrderState {
    /// Returns the address whose owner the order has. A correction holds while the shop says what was corrected: one that is
    /// mended in the shop counts from then on.
    #[must_use]
    pub fn owners_email<'a>(
        &'a self,
        corrected: Option<&'a CorrectedEmail>,
    ) -> Option<&'a EmailAddress> {
        match corrected {
            Some(corrected) if corrected.mistyped == self.email => Some(&corrected.right),
            Some(_) | None => self.email.as_ref(),
        }
    }
}

/// The state of a refund at one moment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RefundState {
    /// How far it has come.
    pub status: RefundStatus,
    /// Money given back, in minor units.
    pub amount_minor: i64,
    /// Whether it gives back shipping only.
    pub is_shipping: bool,
    /// The quantities given back, by line; empty for a refund of an amount.
    pub lines: BTreeMap<ExternalId, u32>,
}

/// The state of a dispute at one moment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct DisputeState {
    /// How it stands.
    pub status: DisputeStatus,
}

/// Which of two states of one thing is the later: by the store's time, then by finality, then by content, so that any
/// two states have one order whoever compares them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Version {
    /// When the store changed it.
    pub at: Timestamp,
    /// How final the state is; greater is more final.
    pub finality: i16,
    /// SHA-256 of the state.
    pub hash: [u8; 32],
}

/// A state that knows its version.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Versioned<T> {
    /// The version.
    pub version: Version,
    /// The state.
    pub state: T,
}

/// How final a state is among states of the same moment.
pub trait Finality: Serialize {
    /// Returns the rank; greater is more final.
    fn finality(&self) -> i16;
}

impl Finality for OrderState {
    fn finality(&self) -> i16 {
        match self.status {
            OrderStatus::Draft => 0,
            OrderStatus::Pending => 1,
            OrderStatus::Authorised => 2,
            OrderStatus::OnHold => 3,
            OrderStatus::PartiallyPaid => 4,
            OrderStatus::Failed => 5,
            OrderStatus::Paid => 6,
            OrderStatus::Refunded => 7,
            OrderStatus::Cancelled => 8,
            OrderStatus::Deleted => 9,
        }
    }
}

impl Finality for RefundState {
    fn finality(&self) -> i16 {
        match self.status {
            RefundStatus::Pending => 0,
            RefundStatus::Succeeded => 1,
            RefundStatus::Failed => 2,
        }
    }
}

impl Finality for DisputeState {
    fn finality(&self) -> i16 {
        match self.status {
            DisputeStatus::Inquiry => 0,
            DisputeStatus::Open => 1,
            DisputeStatus::Won => 2,
            DisputeStatus::Lost => 3,
        }
    }
}

impl<T: Finality> Versioned<T> {
    /// Gives a state its version: the store's time of change, the state's finality and its hash.
    #[must_use]
    pub fn new(at: Timestamp, state: T) -> Self {
        // A state serializes without fail: plain structs, string keys.
        let bytes = serde_json::to_vec(&state).unwrap_or_default();
        let digest = digest::digest(&digest::SHA256, &bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        let version = Version {
            at,
            finality: state.finality(),
            hash,
        };
        Self { version, state }
    }
}

/// One thing that a store said about one order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OrderFact {
    /// The store's id of the order.
    pub order: ExternalId,
    /// What it said.
    pub saying: Saying,
}

/// The kinds of things that a store says about an order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// The order's state.
    Order(Versioned<OrderState>),
    /// The state of one of its refunds, by the refund's own id.
    Refund(ExternalId, Versioned<RefundState>),
    /// The state of one of its disputes, by the dispute's own id.
    Dispute(ExternalId, Versioned<DisputeState>),
}

/// The latest known state of an order, its refunds and its disputes. Learning is blind to order and repetition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderHistory {
    /// The order; a refund may be known before it.
    pub order: Option<Versioned<OrderState>>,
    /// The refunds by id.
    pub refunds: BTreeMap<ExternalId, Versioned<RefundState>>,
    /// The disputes by id.
    pub disputes: BTreeMap<ExternalId, Versioned<DisputeState>>,
}

impl OrderHistory {
    /// Takes in what a store said; an older state than the one known changes nothing.
    pub fn learn(&mut self, saying: Saying) {
        match saying {
            Saying::Order(order) => {
                if self
                    .order
                    .as_ref()
                    .is_none_or(|known| known.version < order.version)
                {
                    self.order = Some(order);
                }
            }
            Saying::Refund(id, refund) => keep_latest(&mut self.refunds, id, refund),
            Saying::Dispute(id, dispute) => keep_latest(&mut self.disputes, id, dispute),
        }
    }

    /// Lists the refunds that count now: succeeded, and not missing from a newer complete list (RULES §1.2).
    pub fn succeeded_refunds(&self) -> impl Iterator<Item = &RefundState> {
        self.refunds
            .iter()
            .filter(|(id, refund)| !self.is_gone(id, refund))
            .map(|(_, refund)| &refund.state)
            .filter(|refund| refund.status == RefundStatus::Succeeded)
    }

    fn is_gone(&self, id: &ExternalId, refund: &Versioned<RefundState>) -> bool {
        let Some(order) = &self.order else {
            return false;
        };
        let Some(list) = &order.state.complete_refunds else {
            return false;
        };
        order.version.at > refund.version.at && !list.contains(id)
    }
}

fn keep_latest<T>(
    known: &mut BTreeMap<ExternalId, Versioned<T>>,
    id: ExternalId,
    new: Versioned<T>,
) {
    if known.get(&id).is_none_or(|old| old.version < new.version) {
        known.insert(id, new);
    }
}

#[cfg(test)]
mod tests {
    use super::OrderStatus as O;
    use super::*;

    fn rise<S>(statuses: impl IntoIterator<Item = S>, rank: impl Fn(S) -> i16) {
        let ranks: Vec<i16> = statuses.into_iter().map(rank).collect();
        assert!(ranks.is_sorted_by(|less, more| less < more), "{ranks:?}");
    }

    // RULES §1.1, §1.2, from the least final to the most.
    #[test]
    fn of_two_states_of_one_moment_the_more_final_one_counts() {
        let order = OrderState {
            status: OrderStatus::Draft,
            is_test: false,
            paid_at: None,
            email: None,
            external_customer: None,
            currency: "EUR".into(),
            captured_minor: 0,
            lines: Vec::new(),
            complete_refunds: None,
            number: None,
        };
        let orders = [
            O::Draft,
            O::Pending,
            O::Authorised,
            O::OnHold,
            O::PartiallyPaid,
            O::Failed,
            O::Paid,
            O::Refunded,
            O::Cancelled,
            O::Deleted,
        ];
        rise(orders, |status| {
            OrderState {
                status,
                ..order.clone()
            }
            .finality()
        });
        let refunds = [
            RefundStatus::Pending,
            RefundStatus::Succeeded,
            RefundStatus::Failed,
        ];
        let refund = |status| RefundState {
            status,
            amount_minor: 0,
            is_shipping: false,
            lines: BTreeMap::new(),
        };
        rise(refunds, |status| refund(status).finality());
        let disputes = [
            DisputeStatus::Inquiry,
            DisputeStatus::Open,
            DisputeStatus::Won,
            DisputeStatus::Lost,
        ];
        rise(disputes, |status| DisputeState { status }.finality());
    }
}
