//! Who changed what, when and from where: the words of the audit log. Entries hold ids, never personal data.
//!
//! [`chain`] ties each entry to the one before; [`verify`] tells whether anything was changed since.

pub mod chain;
#[cfg(test)]
mod tests;
pub mod verify;

use std::fmt;

use serde_json::Value;

use crate::id::{AdminId, ContentId, CustomerId, DeliveryId, JobId, OrderId, StoreId, TokenId};

/// Who caused a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The holder of an API token.
    Token(TokenId),
    /// Whoever runs the command line on the server.
    CommandLine,
    /// A store, by what it said about an order.
    Store(StoreId),
    /// A job that recomputes what a change touched.
    Job(JobId),
    /// A customer, by what she proved.
    Customer(CustomerId),
    /// An administrator who is signed in.
    Admin(AdminId),
    /// Whoever tried to sign in and did not prove who it is.
    Nobody,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => id.fmt(f),
            Self::CommandLine => f.write_str("command line"),
            Self::Store(id) => id.fmt(f),
            Self::Job(id) => id.fmt(f),
            Self::Customer(id) => id.fmt(f),
            Self::Admin(id) => id.fmt(f),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// What a change comes from: who, from where, and by which delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cause {
    /// Who.
    pub actor: Actor,
    /// From where: the network address of the request, when there was one.
    pub origin: Option<String>,
    /// The delivery that said it, when it was a store.
    pub delivery: Option<DeliveryId>,
}

impl Cause {
    /// Makes a cause without place or delivery.
    #[must_use]
    pub const fn by(actor: Actor) -> Self {
        Self {
            actor,
            origin: None,
            delivery: None,
        }
    }
}

/// One change, as the audit log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What was done, as `kind.verb`: `grant.revoked`, `product.updated`.
    pub action: &'static str,
    /// The id of what was changed.
    pub subject: String,
    /// Whose access it is about.
    pub customer: Option<CustomerId>,
    /// To what.
    pub content: Option<ContentId>,
    /// By which order.
    pub order: Option<OrderId>,
    /// The state before; `None` when there was none.
    pub before: Option<Value>,
    /// The state after; `None` when there is none.
    pub after: Option<Value>,
}

impl Event {
    /// Begins an event; the rest is absent until it is set.
    #[must_use]
    pub fn of(action: &'static str, subject: impl fmt::Display) -> Self {
        Self {
            action,
            subject: subject.to_string(),
            customer: None,
            content: None,
            order: None,
            before: None,
            after: None,
        }
    }
}
