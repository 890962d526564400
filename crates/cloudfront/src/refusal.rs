//! Why a request is not served.

use crate::url::UrlError;

/// Why a request is refused. It repeats nothing of the request, so it can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request has no signing parameters at all.
    #[error("the request is not signed")]
    MissingKey,
    /// No trusted key has the id that the request names.
    #[error("the request names a key that is not trusted")]
    UnknownKey,
    /// The request cannot be read as a signed one.
    #[error("the request is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The signature is right, but its time is over.
    #[error("the signature has expired")]
    Expired,
    /// The signature is right, but its time has not begun.
    #[error("the signature is not valid yet")]
    NotYet,
    /// The signature is right, but its policy is for another resource.
    #[error("the policy does not cover the resource")]
    WrongResource,
    /// The signature is right, but its policy is for viewers at other addresses.
    #[error("the policy does not cover the viewer's address")]
    WrongAddress,
    /// The signature does not fit: something was altered, or signed by another key.
    #[error("the signature does not fit the request")]
    BadSignature,
    /// The signature is over SHA-1, which this verifier does not accept.
    #[error("signatures over SHA-1 are not accepted")]
    Sha1Refused,
}

/// What is wrong with a request that cannot be read as a signed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The URL itself breaks a rule.
    #[error(transparent)]
    Url(UrlError),
    /// A signing parameter stands there twice.
    #[error("a signing parameter is repeated")]
    Repeated,
    /// A signing parameter's name is percent-encoded.
    #[error("a signing parameter's name is percent-encoded")]
    ParameterName,
    /// Some signing parameters are there, but not all that are needed.
    #[error("a signing parameter is missing")]
    Incomplete,
    /// Both `Expires` and `Policy` are there.
    #[error("Expires and Policy exclude each other")]
    ExpiresAndPolicy,
    /// `Expires` is not a plain decimal number of 63 bits.
    #[error("Expires is not a plain decimal number")]
    Expires,
    /// `Policy` is not the canonical base64 of a policy with one statement.
    #[error("Policy is not the base64 of a policy")]
    Policy,
    /// `Signature` is not canonical base64.
    #[error("Signature is not canonical base64")]
    Signature,
    /// `Key-Pair-Id` is not made of 1 to 64 capital letters and digits.
    #[error("Key-Pair-Id is not an id")]
    KeyPairId,
    /// `Hash-Algorithm` is there and is not exactly `SHA256`.
    #[error("Hash-Algorithm is not SHA256")]
    HashAlgorithm,
}
