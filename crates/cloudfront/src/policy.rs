//! The texts that are signed, without any white space, as CloudFront wants them.

use std::fmt::Write as _;

use crate::address::AddressRange;
use crate::pattern::{PatternError, ResourcePattern};
use crate::url::ResourceUrl;

/// A policy of one's own: what may be fetched, until when, from when, from where.
///
/// It travels with each URL or cookie, so one signature serves every object that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomPolicy {
    resource: ResourcePattern,
    expires: u64,
    starts: Option<u64>,
    addresses: Option<AddressRange>,
}

impl CustomPolicy {
    /// Makes a policy that opens the resource while the time is before `expires` (unix seconds).
    #[must_use]
    pub fn new(resource: ResourcePattern, expires: u64) -> Self {
        Self {
            resource,
            expires,
            starts: None,
            addresses: None,
        }
    }

    /// Makes a policy for one exact object.
    ///
    /// # Errors
    /// [`PatternError::Query`] when the URL has a query of its own: its `?` would be a wildcard.
    pub fn for_object(url: &ResourceUrl, expires: u64) -> Result<Self, PatternError> {
        Ok(Self::new(ResourcePattern::exact(url)?, expires))
    }

    /// Opens the resource only after this second (unix seconds; the second itself is too early).
    #[must_use]
    pub fn starting_after(self, seconds: u64) -> Self {
        Self {
            starts: Some(seconds),
            ..self
        }
    }

    /// Opens the resource only to viewers in this range of addresses.
    #[must_use]
    pub fn only_from(self, addresses: AddressRange) -> Self {
        Self {
            addresses: Some(addresses),
            ..self
        }
    }

    /// Returns what the policy covers.
    #[must_use]
    pub fn resource(&self) -> &ResourcePattern {
        &self.resource
    }

    /// Returns the second (unix) from which on the policy opens nothing any more.
    #[must_use]
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// Returns the second (unix) after which the policy opens, if it has one.
    #[must_use]
    pub fn starts(&self) -> Option<u64> {
        self.starts
    }

    /// Returns the exact text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.resource.as_str().len() + 192);
        push_opening(&mut text, self.resource.as_str(), self.expires);
        if let Some(starts) = self.starts {
            text.push_str(",\"DateGreaterThan\":{\"AWS:EpochTime\":");
            push_display(&mut text, starts);
            text.push('}');
        }
        if let Some(addresses) = self.addresses {
            text.push_str(",\"IpAddress\":{\"AWS:SourceIp\":\"");
            push_display(&mut text, addresses);
            text.push_str("\"}");
        }
        text.push_str(CLOSING);
        text
    }
}

/// Returns the text of the canned policy, which CloudFront builds again from the request. The
/// resource is a checked URL: no character of it needs escaping in JSON.
pub(crate) fn canned_text(resource: &str, expires: u64) -> String {
    let mut text = String::with_capacity(resource.len() + 112);
    push_opening(&mut text, resource, expires);
    text.push_str(CLOSING);
    text
}

const CLOSING: &str = "}}]}";

fn push_opening(text: &mut String, resource: &str, expires: u64) {
    text.push_str("{\"Statement\":[{\"Resource\":\"");
    text.push_str(resource);
    text.push_str("\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":");
    push_display(text, expires);
    text.push('}');
}

/// Appends a value; writing to a string has no way to fail.
pub(crate) fn push_display(text: &mut String, value: impl std::fmt::Display) {
    let _ = write!(text, "{value}");
}
