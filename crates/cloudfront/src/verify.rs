//! Deciding, with public keys only, whether CloudFront would serve a request.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::credentials::{Credentials, Parameters, Promise};
use crate::key::KeyPairId;
use crate::pattern;
use crate::policy::canned_text;
use crate::public_key::{Hash, PublicKey};
use crate::statement::{self, Statement};
use crate::url::{Address, UrlError};

/// What to do with signatures over SHA-1, which older signers still make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sha1 {
    /// Verifies them like the others.
    Accept,
    /// Refuses them unseen.
    #[default]
    Refuse,
}

/// Verifies signed URLs and cookies against a set of public keys, as strictly as the format
/// allows: of every valid request exactly one spelling is accepted, but for the order of the
/// parameters.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: BTreeMap<KeyPairId, PublicKey>,
    sha1: Sha1,
}

impl Verifier {
    /// Makes a verifier that trusts these keys and refuses SHA-1. Of several keys with one id the
    /// last counts.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (KeyPairId, PublicKey)>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            sha1: Sha1::default(),
        }
    }

    /// Says what to do with signatures over SHA-1.
    #[must_use]
    pub fn accept_sha1(self, sha1: Sha1) -> Self {
        Self { sha1, ..self }
    }

    /// Verifies a URL by the signing parameters in its own query.
    ///
    /// `url` is the whole URL as the viewer asked for it (scheme, host, port unless it is the
    /// scheme's own, path, query), `now` is in unix seconds, `viewer` is asked for only by
    /// policies that name addresses.
    ///
    /// # Errors
    /// Says why the request is refused.
    pub fn verify_url(&self, url: &str, now: u64, viewer: Option<IpAddr>) -> Result<(), Refusal> {
        self.verify_cookies(url, &[], now, viewer)
    }

    /// Verifies a URL by the `CloudFront-…` cookies that came with it. If the URL has any signing
    /// parameter of its own, only those count and the cookies are not looked at.
    ///
    /// # Errors
    /// Says why the request is refused.
    pub fn verify_cookies(
        &self,
        url: &str,
        cookies: &[(&str, &str)],
        now: u64,
        viewer: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        let request = Address::parse(url).map_err(Malformed::Url)?;
        let (in_url, resource) = Parameters::in_url(&request)?;
        let parameters = if in_url.is_empty() {
            Parameters::in_cookies(cookies)?
        } else {
            in_url
        };
        let credentials = parameters.read()?;
        let signed = match &credentials.promise {
            Promise::Canned { expires } => &canned_text(&resource, *expires),
            Promise::Custom { policy } => policy,
        };
        self.verify_signature(&credentials, signed)?;
        match &credentials.promise {
            Promise::Canned { expires } => is_before(now, *expires),
            Promise::Custom { policy } => {
                let statement = statement::read(policy).ok_or(Malformed::Policy)?;
                is_kept(&statement, &resource, now, viewer)
            }
        }
    }

    /// Looks at nothing that the signer says before the signature is known to be right.
    fn verify_signature(&self, credentials: &Credentials<'_>, text: &str) -> Result<(), Refusal> {
        let key = self
            .keys
            .get(credentials.key_pair_id)
            .ok_or(Refusal::UnknownKey)?;
        if credentials.hash == Hash::Sha1 && self.sha1 == Sha1::Refuse {
            return Err(Refusal::Sha1Refused);
        }
        if key.has_signed(text, &credentials.signature, credentials.hash) {
            Ok(())
        } else {
            Err(Refusal::BadSignature)
        }
    }
}

fn is_kept(
    statement: &Statement,
    resource: &str,
    now: u64,
    viewer: Option<IpAddr>,
) -> Result<(), Refusal> {
    let request = Address::parse(resource).map_err(Malformed::Url)?;
    if !pattern::covers(&statement.resource, &request) {
        return Err(Refusal::WrongResource);
    }
    is_before(now, statement.expires)?;
    if statement.starts.is_some_and(|starts| now <= starts) {
        return Err(Refusal::NotYet);
    }
    match statement.addresses {
        Some(addresses) if !viewer.is_some_and(|viewer| addresses.contains(viewer)) => {
            Err(Refusal::WrongAddress)
        }
        _ => Ok(()),
    }
}

fn is_before(now: u64, expires: u64) -> Result<(), Refusal> {
    if now < expires {
        Ok(())
    } else {
        Err(Refusal::Expired)
    }
}

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
