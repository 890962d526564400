//! Deciding, with public keys only, whether CloudFront would serve a request.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::credentials::{Credentials, Parameters, Promise};
use crate::key_pair_id::KeyPairId;
use crate::pattern;
use crate::policy::canned_text;
use crate::public_key::{Hash, PublicKey};
use crate::refusal::{Malformed, Refusal};
use crate::statement::{self, Statement};
use crate::url::Address;

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
