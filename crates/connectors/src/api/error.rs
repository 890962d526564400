//! Why a store's API could not be read.

use std::time::Duration;

use crate::json::ParseError;

/// Why a store's API gave no usable answer. Messages never repeat what came in, nor an address.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ApiError {
    /// The store does not accept the credentials, or does not let them do this.
    #[error("the store refuses the credentials (HTTP {0})")]
    Denied(u16),
    /// The store does not know what was asked for.
    #[error("the store does not know it (HTTP 404)")]
    NotFound,
    /// The store asks to be left alone for a while.
    #[error("the store asks to wait")]
    Busy {
        /// For how long, when it tells.
        retry_after: Option<Duration>,
    },
    /// The store answers that it failed, or that our request was wrong.
    #[error("the store answers HTTP {0}")]
    Status(u16),
    /// The store reports an error in a well-formed answer. In its own words, which name no person.
    #[error("the store reports {0}")]
    Reported(&'static str),
    /// No answer in time.
    #[error("the store did not answer in time")]
    Timeout,
    /// No connection, or one that broke off.
    #[error("the store cannot be reached, or broke off its answer")]
    Unreachable,
    /// The answer leads elsewhere, where credentials do not go.
    #[error("the store redirects, which is not followed: is its address right?")]
    Redirected,
    /// The answer is longer than any that makes sense.
    #[error("the store's answer is too long")]
    TooLong,
    /// The answer is not what the store's API describes.
    #[error("the store's answer cannot be read: {0}")]
    Unreadable(#[from] ParseError),
    /// A listing leads back to where it was.
    #[error("the store's listing leads in a circle")]
    PagingLoop,
}

impl ApiError {
    /// Tells whether the same question may well be answered later, without anybody mending anything.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Timeout | Self::Unreachable => true,
            Self::Status(status) => *status >= 500,
            Self::Denied(_)
            | Self::NotFound
            | Self::Reported(_)
            | Self::Redirected
            | Self::TooLong
            | Self::Unreadable(_)
            | Self::PagingLoop => false,
        }
    }
}

/// Why an API cannot be opened at all. Messages never repeat a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialsError {
    /// Stores of this kind have no API that we read.
    #[error("stores of this kind have no API that could be read")]
    NoApi,
    /// Nobody has given us a key.
    #[error("there is no key to the store's API: set one with `stoa store api`")]
    Missing,
    /// The address is not a web address, or not a safe one.
    #[error(
        "the store's address must be https://… without user, query and fragment; http:// only on a loopback address"
    )]
    Address,
    /// The public half of the key is missing or misshapen.
    #[error("the key must look like {0}")]
    Key(&'static str),
    /// The secret half of the key is misshapen.
    #[error("the secret must look like {0}")]
    Secret(&'static str),
}
