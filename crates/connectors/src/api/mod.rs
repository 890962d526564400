//! What a store's API can be asked, whichever store it is.
//!
//! A connector [opens](crate::Connector::open_api) its API with [credentials](ApiCredentials); all of them go out by one
//! [`HttpClient`], which treats every answer as hostile: bounded in time and size, never redirected.

mod client;
mod error;

use std::future::Future;
use std::pin::Pin;

use domain::Timestamp;
use domain::order::{OrderFact, StoreItem};

pub(crate) use self::client::{Answer, ApiAddress, Call};
pub use self::client::{HttpClient, Limits};
pub use self::error::{ApiError, CredentialsError};
use crate::reading::{Reading, Subject};
use crate::secret::StoreSecret;

/// What lets us read a store's API. `Debug` hides the secret.
#[derive(Clone, Debug)]
pub struct ApiCredentials {
    /// Where the store is: `https://shop.example.com`, perhaps with a path. Plain `http` only on a loopback address.
    pub address: String,
    /// The public half of the key, for stores whose keys have two.
    pub key: Option<String>,
    /// The key, or its secret half.
    pub secret: StoreSecret,
}

/// The future of an answer.
pub type ApiFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Where a listing goes on: whatever the connector needs to know. Opaque to everybody else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor(pub String);

/// One page of a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// What stands on it.
    pub content: T,
    /// Where the next one begins; `None` on the last.
    pub next: Option<Cursor>,
    /// How many things the whole listing has, when the store tells.
    pub total: Option<u64>,
}

/// Something that a store has for sale.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CatalogueItem {
    /// What a line of an order would name.
    pub item: StoreItem,
    /// What the store calls it, for people.
    pub title: String,
}

/// What a look at the store's API showed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checkup {
    /// The time by the store's clock, from the answer's `Date`.
    pub store_time: Option<Timestamp>,
    /// What the credentials should be allowed and are not, in the store's own words.
    pub missing_scopes: Vec<String>,
    /// What the store calls itself.
    pub shop: Option<String>,
}

/// How it stands with the webhooks that the store should send us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WebhookState {
    /// All are there and active.
    Active,
    /// Some are missing: their topics, in the store's own words.
    Missing(Vec<String>),
    /// The store has switched some off, perhaps because they failed too often: their topics.
    Disabled(Vec<String>),
    /// The store's API does not tell; they are set up in the shop.
    Untold,
}

/// Reads one store's API. Each call that fetches states takes `started_at`, the moment just before it, because a state
/// that we fetched is at least as new as that (RULES §1.1).
pub trait StoreApi: Send + Sync {
    /// Fetches the present state of what a webhook or a listing named, with all its refunds and disputes. Empty when the
    /// store does not know it, which is no fact (RULES §1.3).
    fn fetch<'a>(
        &'a self,
        subject: &'a Subject,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Vec<OrderFact>>;

    /// Lists the orders that changed at `since` or later, the longest unchanged first, a page at a time.
    fn list_changed<'a>(
        &'a self,
        since: Timestamp,
        cursor: Option<&'a Cursor>,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Page<Reading>>;

    /// Lists what the store has for sale, a page at a time.
    fn list_items<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> ApiFuture<'a, Page<Vec<CatalogueItem>>>;

    /// Tries the credentials.
    fn check(&self) -> ApiFuture<'_, Checkup>;

    /// Tells how it stands with the webhooks that go to `address`, our own.
    fn find_webhooks<'a>(&'a self, address: &'a str) -> ApiFuture<'a, WebhookState>;

    /// Creates the webhooks that are missing and switches on those that are off; may run twice. They are to be signed
    /// with `secret` where the sender lets us choose; otherwise the secret that the store made is returned, to be kept
    /// beside those that are known.
    fn restore_webhooks<'a>(
        &'a self,
        address: &'a str,
        secret: &'a StoreSecret,
    ) -> ApiFuture<'a, Option<StoreSecret>>;
}
