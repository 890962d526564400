//! The secrets that stores sign with.

use secrecy::{ExposeSecret, SecretString};

/// A store's signing secret, as its settings page shows it. `Debug` hides it, and it is wiped from memory when dropped.
#[derive(Clone, Debug)]
pub struct StoreSecret(SecretString);

impl StoreSecret {
    /// Takes in a secret of any form; [`Connector::check_secret`](crate::Connector::check_secret) tells whether it fits.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(SecretString::from(secret))
    }

    /// Shows the secret, to be encrypted for the database or handed to the person who sets the store up.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Tells what a signing secret should look like. It never repeats the secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SecretError {
    /// It is not base64.
    #[error("the secret is not standard base64 with padding, with or without whsec_ before it")]
    NotBase64,
    /// It is too short to be safe, or longer than any that is issued.
    #[error("the secret does not hold 24 to 64 bytes")]
    Length,
    /// It is not of the form that a Stripe webhook endpoint shows.
    #[error("the secret is not an endpoint's signing secret, which begins with whsec_")]
    NotStripe,
    /// It is not a text that the store would take as a secret, or too short to be safe.
    #[error("the secret must have 16 to 255 printable ASCII characters")]
    Text,
}
