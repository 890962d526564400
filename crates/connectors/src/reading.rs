//! What a store's words amount to: facts, and things that only the store's API can tell.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use domain::order::OrderFact;
use domain::{EmailAddress, ExternalId};

/// What was read from a webhook or from a page of a listing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// What it states by itself. True, but perhaps not the whole of it.
    pub facts: Vec<OrderFact>,
    /// What to ask the store about: of these it told too little, or it was a hint at a state that has changed since
    /// (RULES §1.3).
    pub look_up: BTreeSet<Subject>,
    /// What it asks about people's data.
    pub wishes: Vec<PrivacyWish>,
}

/// What a store asks about people's data, for one of its customers or because the shop goes away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PrivacyWish {
    /// A customer wants to have what is kept about her.
    Export(WhoseData),
    /// What this store has told of a customer is to be erased.
    Erase(WhoseData),
    /// What this store has told of all its customers is to be erased.
    EraseStore,
}

/// Of whom a store speaks.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct WhoseData {
    /// The store's id of her.
    pub customer: Option<ExternalId>,
    /// Her address.
    pub email: Option<EmailAddress>,
    /// Orders of hers.
    pub orders: Vec<ExternalId>,
}

impl fmt::Debug for WhoseData {
    /// Hides who she is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WhoseData({} orders, …)", self.orders.len())
    }
}

impl Reading {
    /// A reading that says it all.
    #[must_use]
    pub fn of_facts(facts: Vec<OrderFact>) -> Self {
        Self {
            facts,
            ..Self::default()
        }
    }

    /// A reading that asks about people's data.
    #[must_use]
    pub fn of_wish(wish: PrivacyWish) -> Self {
        Self {
            wishes: vec![wish],
            ..Self::default()
        }
    }

    /// A reading that only hints at something.
    #[must_use]
    pub fn of_hint(subject: Subject) -> Self {
        Self::default().and_look_up(subject)
    }

    /// Adds something to ask the store about.
    #[must_use]
    pub fn and_look_up(mut self, subject: Subject) -> Self {
        self.look_up.insert(subject);
        self
    }

    /// Lists the orders that it speaks of, each once.
    pub fn orders(&self) -> impl Iterator<Item = &ExternalId> {
        let stated = self.facts.iter().map(|fact| &fact.order);
        let named = self.look_up.iter().filter_map(|subject| match subject {
            Subject::Order(order) => Some(order),
            Subject::Payment(_) => None,
        });
        stated.chain(named).collect::<BTreeSet<_>>().into_iter()
    }

    /// Takes in another reading.
    pub fn extend(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.look_up.extend(other.look_up);
        self.wishes.extend(other.wishes);
    }
}

/// Something to ask a store's API about. Its text, `order:1001`, is what a waiting job keeps.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Subject {
    /// An order, by the id that its facts have.
    Order(ExternalId),
    /// A payment, whose order the store has to tell.
    Payment(ExternalId),
}

/// Tells that a text names no subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a subject is order: or payment: and an id")]
pub struct NotASubject;

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => write!(f, "order:{id}"),
            Self::Payment(id) => write!(f, "payment:{id}"),
        }
    }
}

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let (kind, id) = text.split_once(':').ok_or(NotASubject)?;
        let id = id.parse().map_err(|_| NotASubject)?;
        match kind {
            "order" => Ok(Self::Order(id)),
            "payment" => Ok(Self::Payment(id)),
            _ => Err(NotASubject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_from_its_text() {
        for text in ["order:1001", "order:gid://shop/1:2", "payment:pay_1"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for text in ["", "order", "order:", "refund:1"] {
            assert_eq!(text.parse::<Subject>(), Err(NotASubject));
        }
    }
}
