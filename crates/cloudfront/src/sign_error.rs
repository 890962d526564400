//! What can keep something from being signed.

use crate::url::MAX_URL_LENGTH;

/// Why something could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A time lies after the year 9999: it is in milliseconds.
    #[error("the time lies after the year 9999: give unix seconds, not milliseconds")]
    NotSeconds,
    /// The policy begins when it has already ended.
    #[error("the policy starts after it expires")]
    EmptyPeriod,
    /// The signed URL would be longer than the 8,192 bytes that CloudFront takes.
    #[error("the signed URL would be longer than {MAX_URL_LENGTH} bytes")]
    TooLong,
    /// The policy does not cover the URL.
    #[error("the policy does not cover the URL")]
    NotCovered,
    /// The cryptographic library failed.
    #[error("the signature could not be made")]
    Cryptography,
}
