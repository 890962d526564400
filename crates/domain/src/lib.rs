//! The vocabulary of Stoa and its rules, as pure functions over sets of facts.
//!
//! Nothing here is asynchronous, reads a clock, draws a random number, or knows SQL or HTTP: facts and `now` come in,
//! decisions go out. The path of one order through this crate:
//!
//! 1. [`order`]: what stores say. Facts have versions; [`order::OrderHistory`] keeps the latest of each.
//! 2. [`payment`]: which lines of an order pay at present, and why the others do not.
//! 3. [`mapping`] and [`catalogue`]: which product a line means, and what it contains, bundles opened. What nobody has
//!    mapped yet is mapped by [`sku_rule`]s, or gets a [`suggestion`].
//! 4. [`grant`]: which grants the paying lines deserve.
//! 5. [`reconcile`]: the difference between the grants deserved and the grants kept.
//! 6. [`access`]: may this customer open this content now, and why.
//! 7. [`gap`]: which paid lines open nothing, so that nobody is locked out unseen.
//! 8. [`explain`] and [`preview`]: the decision in words, with what would mend it ([`mending`]), and what a refund would change.
//!
//! Beside them: [`viewer`] (who looks), [`sign_in`] (how she proves an address), [`session`] (for how long) and [`device`] (with what), [`playing`] (on how many at once), [`audit`] (who changed what), [`scope`] (who may administer what), [`rate_limit`] (how often), [`network`] (from where), [`progress`] (what never ends), [`link`] (how long a signed link may live), and the words everybody uses:
//! [`id`], [`order_number`], [`time`], [`email`], [`note`], [`language`], [`mail`], [`origin`].

pub mod access;
pub mod audit;
pub mod catalogue;
pub mod device;
pub mod email;
pub mod erasure;
pub mod explain;
pub mod gap;
pub mod grant;
pub mod id;
pub mod language;
pub mod link;
pub mod mail;
pub mod mapping;
pub mod mending;
pub mod network;
pub mod note;
pub mod order;
pub mod order_number;
pub mod origin;
pub mod payment;
pub mod playing;
pub mod preview;
pub mod progress;
pub mod rate_limit;
pub mod reconcile;
pub mod retention;
pub mod scope;
pub mod session;
pub mod sign_in;
pub mod sku_rule;
pub mod suggestion;
pub mod time;
pub mod viewer;

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod permutations;
#[cfg(test)]
mod properties;

pub use email::EmailAddress;
pub use id::{
    AdminId, BlockId, ContentId, CourseId, CustomerId, DeliveryId, DeviceId, ExtensionId,
    ExternalId, FileId, GrantId, JobId, MailId, ModuleId, OrderId, PrivacyRequestId, ProductId,
    SessionId, SignInId, SkuRuleId, StoreId, StoreItemId, StoreName, TokenId, VideoId,
};
pub use language::Language;
pub use order_number::OrderNumber;
pub use time::Timestamp;
pub use viewer::{Proof, Viewer};
