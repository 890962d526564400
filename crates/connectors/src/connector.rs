//! What every store's connector can do.

use domain::Timestamp;

use crate::api::{ApiCredentials, CredentialsError, HttpClient, StoreApi};
use crate::json::ParseError;
use crate::reading::Reading;
use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

/// The stores that we speak with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum StoreKind {
    /// A shop that sends webhooks of the form that we define, signed by Standard Webhooks.
    Custom,
    /// A Stripe account that sells by Payment Links, Checkout, invoices or subscriptions.
    Stripe,
    /// A shop on Shopify.
    Shopify,
    /// A Medusa 2 server with our module, which sends the webhooks.
    Medusa,
    /// A WordPress site with WooCommerce.
    Woocommerce,
}

impl StoreKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Custom,
        Self::Medusa,
        Self::Shopify,
        Self::Stripe,
        Self::Woocommerce,
    ];

    /// Returns the kind's stable name, as the database, the API and the command line write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Stripe => "stripe",
            Self::Shopify => "shopify",
            Self::Medusa => "medusa",
            Self::Woocommerce => "woocommerce",
        }
    }

    /// Tells whether the platform makes the secret that its webhooks are signed with, so that we have to be told it;
    /// others take one of ours.
    #[must_use]
    pub const fn makes_secrets(self) -> bool {
        match self {
            Self::Shopify | Self::Stripe => true,
            Self::Custom | Self::Medusa | Self::Woocommerce => false,
        }
    }

    /// Tells whether such a store has an API that we read.
    #[must_use]
    pub const fn has_api(self) -> bool {
        match self {
            Self::Medusa | Self::Shopify | Self::Stripe | Self::Woocommerce => true,
            Self::Custom => false,
        }
    }

    /// Tells whether such a store hands its customers over, signed in. A Stripe account knows no customers who sign in.
    #[must_use]
    pub const fn hands_over(self) -> bool {
        match self {
            Self::Custom | Self::Medusa | Self::Shopify | Self::Woocommerce => true,
            Self::Stripe => false,
        }
    }

    /// Finds the kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Speaks one store's language. Pure: bytes and times come in, facts go out.
///
/// A webhook is a hint about the present (RULES §1.3): whatever order webhooks arrive in and however often, the facts
/// of all of them lead to the same state. A body that tells nothing about an order gives no facts, which is no error.
pub trait Connector: Send + Sync {
    /// Returns the kind of store that this connector speaks with.
    fn kind(&self) -> StoreKind;

    /// Checks the form of a signing secret before it is saved.
    ///
    /// # Errors
    /// What the secret should look like; never the secret.
    fn check_secret(&self, secret: &StoreSecret) -> Result<(), SecretError>;

    /// Lists, in lower case, the headers that the inbox keeps beside the body: what parsing and support need. Never a
    /// cookie, an authorization or a signature.
    fn kept_headers(&self) -> &'static [&'static str];

    /// Checks that the store sent exactly these bytes. Any of `secrets` may have signed them, so that a secret can be
    /// changed without losing a webhook; those that [`Connector::check_secret`] refuses are passed over. `received_at`
    /// is when the request arrived; the verified webhook remembers it.
    ///
    /// # Errors
    /// Why the request is to be answered with 401 and kept nowhere.
    fn verify(
        &self,
        secrets: &[StoreSecret],
        raw: &RawWebhook<'_>,
        received_at: Timestamp,
    ) -> Result<VerifiedWebhook, Refused>;

    /// Tells whether this is the call by which a platform tries a new address before it signs anything. It is answered
    /// with 200 and kept nowhere, so it must not be able to hold an order.
    fn is_ping(&self, raw: &RawWebhook<'_>) -> bool {
        let _ = raw;
        false
    }

    /// Reads what a webhook says about orders, and what it only hints at; empty when it is about something else. The
    /// same webhook always gives the same reading.
    ///
    /// # Errors
    /// What is wrong with the body, and where: the webhook is then kept as a failed delivery.
    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError>;

    /// Opens the API of the store that these credentials are for. Nothing is sent yet.
    ///
    /// # Errors
    /// The credentials cannot be those of such a store, or such stores have no API.
    fn open_api(
        &self,
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        let _ = (client, credentials);
        Err(CredentialsError::NoApi)
    }
}
