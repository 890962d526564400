//! Making signed URLs and cookies.

use crate::encoding;
use crate::key::SigningKey;
use crate::parameter::{EXPIRES, HASH_ALGORITHM, KEY_PAIR_ID, POLICY, SHA256, SIGNATURE};
use crate::pattern::ResourcePattern;
use crate::policy::{CustomPolicy, canned_text, push_display};
use crate::sign_error::SignError;
use crate::url::{MAX_URL_LENGTH, ResourceUrl};

/// The last second of the year 9999. CloudFront would take later times, but a number beyond this
/// is in truth a time in milliseconds, which it answers with `MalformedPolicy`.
const LAST_SECOND: u64 = 253_402_300_799;

/// Room for the names and separators of a canned URL, its time and a key pair id of usual length.
const CANNED_ROOM: usize = 96;

/// The four cookies of one signature, as names and values.
///
/// Send them with `Secure` and `HttpOnly`, and with the narrowest `Domain` and `Path` that hold
/// the objects.
pub type SignedCookies = [(&'static str, String); 4];

impl SigningKey {
    /// Signs one object with the canned policy and returns the whole URL, good while the time is
    /// before `expires` (unix seconds).
    ///
    /// # Errors
    /// [`SignError::NotSeconds`] and [`SignError::TooLong`].
    pub fn sign_canned(&self, url: &ResourceUrl, expires: u64) -> Result<String, SignError> {
        check_time(expires)?;
        let message = canned_text(url.as_str(), expires);
        let room = url.as_str().len() + self.signature_room() + CANNED_ROOM;
        let mut signed = String::with_capacity(room);
        signed.push_str(url.as_str());
        push_parameter(&mut signed, url.separator(), EXPIRES);
        push_display(&mut signed, expires);
        push_parameter(&mut signed, '&', SIGNATURE);
        self.push_signature(&mut signed, &message)?;
        self.push_key(&mut signed);
        check_length(signed)
    }

    /// Signs one object with the canned policy and returns the cookies
    /// `CloudFront-Expires`, `-Signature`, `-Key-Pair-Id` and `-Hash-Algorithm`.
    ///
    /// # Errors
    /// [`SignError::NotSeconds`].
    pub fn sign_canned_cookies(
        &self,
        url: &ResourceUrl,
        expires: u64,
    ) -> Result<SignedCookies, SignError> {
        check_time(expires)?;
        let signature = self.signature(&canned_text(url.as_str(), expires))?;
        Ok(self.cookies("CloudFront-Expires", expires.to_string(), signature))
    }

    /// Signs a custom policy, once for all the URLs that it covers.
    ///
    /// # Errors
    /// [`SignError::NotSeconds`] and [`SignError::EmptyPeriod`].
    pub fn sign_policy(&self, policy: &CustomPolicy) -> Result<SignedPolicy, SignError> {
        let text = checked_text(policy)?;
        let mut parameters = String::new();
        parameters.push_str(POLICY);
        parameters.push('=');
        encoding::push(&mut parameters, text.as_bytes());
        push_parameter(&mut parameters, '&', SIGNATURE);
        self.push_signature(&mut parameters, &text)?;
        self.push_key(&mut parameters);
        Ok(SignedPolicy {
            resource: policy.resource().clone(),
            parameters,
        })
    }

    /// Signs a custom policy and returns the cookies
    /// `CloudFront-Policy`, `-Signature`, `-Key-Pair-Id` and `-Hash-Algorithm`.
    ///
    /// # Errors
    /// [`SignError::NotSeconds`] and [`SignError::EmptyPeriod`].
    pub fn sign_policy_cookies(&self, policy: &CustomPolicy) -> Result<SignedCookies, SignError> {
        let text = checked_text(policy)?;
        let signature = self.signature(&text)?;
        Ok(self.cookies(
            "CloudFront-Policy",
            encoding::encode(text.as_bytes()),
            signature,
        ))
    }

    fn signature(&self, message: &str) -> Result<String, SignError> {
        let mut signature = String::with_capacity(self.signature_room());
        self.push_signature(&mut signature, message)?;
        Ok(signature)
    }

    fn cookies(&self, first: &'static str, value: String, signature: String) -> SignedCookies {
        [
            (first, value),
            ("CloudFront-Signature", signature),
            ("CloudFront-Key-Pair-Id", self.id().to_string()),
            ("CloudFront-Hash-Algorithm", SHA256.to_owned()),
        ]
    }

    fn push_key(&self, signed: &mut String) {
        push_parameter(signed, '&', KEY_PAIR_ID);
        signed.push_str(self.id().as_str());
        push_parameter(signed, '&', HASH_ALGORITHM);
        signed.push_str(SHA256);
    }
}

/// A custom policy with its signature. Its `Debug` form shows what it covers, not the signature.
#[derive(Clone)]
pub struct SignedPolicy {
    resource: ResourcePattern,
    parameters: String,
}

impl SignedPolicy {
    /// Returns the object's whole URL under this policy.
    ///
    /// # Errors
    /// [`SignError::NotCovered`] when the policy does not open it, and [`SignError::TooLong`].
    pub fn url(&self, url: &ResourceUrl) -> Result<String, SignError> {
        if !self.resource.covers(url) {
            return Err(SignError::NotCovered);
        }
        let mut signed = String::with_capacity(url.as_str().len() + 1 + self.parameters.len());
        signed.push_str(url.as_str());
        signed.push(url.separator());
        signed.push_str(&self.parameters);
        check_length(signed)
    }
}

impl std::fmt::Debug for SignedPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedPolicy")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

fn checked_text(policy: &CustomPolicy) -> Result<String, SignError> {
    check_time(policy.expires())?;
    match policy.starts() {
        Some(starts) if starts >= policy.expires() => Err(SignError::EmptyPeriod),
        _ => Ok(policy.text()),
    }
}

fn check_time(seconds: u64) -> Result<(), SignError> {
    if seconds > LAST_SECOND {
        Err(SignError::NotSeconds)
    } else {
        Ok(())
    }
}

fn check_length(signed: String) -> Result<String, SignError> {
    if signed.len() > MAX_URL_LENGTH {
        Err(SignError::TooLong)
    } else {
        Ok(signed)
    }
}

fn push_parameter(signed: &mut String, separator: char, name: &str) {
    signed.push(separator);
    signed.push_str(name);
    signed.push('=');
}
