//! What each store speaks: a webhook's bytes become order facts.
//!
//! The path of one webhook through this crate:
//!
//! 1. [`RawWebhook`]: headers and body, exactly as they came in.
//! 2. [`Connector::verify`]: the store's own signature over those bytes, or [`Refused`].
//! 3. [`VerifiedWebhook`]: the only thing that can be parsed. The inbox keeps it; a worker reads it back with
//!    [`VerifiedWebhook::from_inbox`].
//! 4. [`Connector::parse`]: the [facts](domain::order::OrderFact) that it states about orders and what it only hints at, as
//!    a [`Reading`], or [`ParseError`].
//! 5. [`Connector::open_api`]: a [`StoreApi`] fetches what was hinted at, lists what changed, and looks after the webhooks.
//!
//! [`hand_off`] is beside that path: a shop's word, in a signed token, on which of its customers comes to our pages.
//!
//! One folder a store. To add a store: write its folder, implement [`Connector`], name it in [`StoreKind`], and
//! hand it out in [`connector()`]. [`custom`] is the plain one, for shops that write their own webhooks;
//! `docs/custom-store.md` describes its body.

mod body_signature;
mod connector;
mod fields;
mod json;
mod money;
mod reading;
mod registry;
mod secret;
mod standard_webhooks;
mod webhook;

pub mod api;
pub mod custom;
pub mod hand_off;
pub mod medusa;
pub mod shopify;
pub mod stripe;
pub mod woocommerce;

pub use api::StoreApi;
pub use connector::{Connector, StoreKind};
pub use json::ParseError;
pub use reading::{NotASubject, PrivacyWish, Reading, Subject, WhoseData};
pub use registry::connector;
pub use secret::{SecretError, StoreSecret};
pub use webhook::{RawWebhook, Refused, VerifiedWebhook};
