//! A webhook before and after its signature was checked.

use std::fmt;

use domain::Timestamp;
use http::HeaderMap;

/// A webhook exactly as it came in: nothing decoded, nothing trimmed.
#[derive(Clone, Copy)]
pub struct RawWebhook<'a> {
    /// All headers of the request.
    pub headers: &'a HeaderMap,
    /// The bytes of the body.
    pub body: &'a [u8],
}

impl<'a> RawWebhook<'a> {
    /// Returns the value of a header that must be there once, as visible ASCII.
    pub(crate) fn only_header(&self, name: &'static str) -> Result<&'a str, Refused> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().ok_or(Refused::MissingHeader(name))?;
        if values.next().is_some() {
            return Err(Refused::RepeatedHeader(name));
        }
        value.to_str().map_err(|_| Refused::MalformedHeader(name))
    }
}

/// Checks the time that a signature covers, as `header` writes it: seconds since the epoch as a plain decimal number, at
/// most `tolerance_seconds` before or after the webhook's arrival.
pub(crate) fn check_age(
    header: &'static str,
    time: &str,
    received_at: Timestamp,
    tolerance_seconds: i64,
) -> Result<(), Refused> {
    let malformed = Refused::MalformedHeader(header);
    let seconds: i64 = time.parse().map_err(|_| malformed)?;
    if seconds.to_string() != time {
        return Err(malformed);
    }
    let age = received_at.as_seconds().saturating_sub(seconds);
    if age > tolerance_seconds {
        return Err(Refused::TooOld);
    }
    if age < -tolerance_seconds {
        return Err(Refused::TooNew);
    }
    Ok(())
}

/// Hides values: headers and body are personal.
impl fmt::Debug for RawWebhook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawWebhook({} bytes)", self.body.len())
    }
}

/// A webhook that its store has signed. Only [`Connector::verify`](crate::Connector::verify) makes one, or
/// [`VerifiedWebhook::from_inbox`], since the inbox holds verified ones only.
#[derive(Clone, Eq, PartialEq)]
pub struct VerifiedWebhook {
    body: Vec<u8>,
    topic: Option<String>,
    event_id: Option<String>,
    first_received_at: Timestamp,
    headers: Vec<(String, String)>,
}

impl VerifiedWebhook {
    /// Keeps what the inbox keeps of a webhook whose signature was found good.
    pub(crate) fn new(
        raw: &RawWebhook<'_>,
        kept_headers: &[&str],
        topic: Option<String>,
        event_id: Option<String>,
        received_at: Timestamp,
    ) -> Self {
        let headers = kept_headers.iter().filter_map(|name| {
            let value = raw.headers.get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        Self {
            body: raw.body.to_vec(),
            topic,
            event_id,
            first_received_at: received_at,
            headers: headers.collect(),
        }
    }

    /// Reads a webhook back from the inbox, where only verified ones are. Nothing is checked again, so never call it
    /// with bytes from elsewhere.
    #[must_use]
    pub fn from_inbox(
        body: Vec<u8>,
        topic: Option<String>,
        event_id: Option<String>,
        first_received_at: Timestamp,
        headers: Vec<(String, String)>,
    ) -> Self {
        Self {
            body,
            topic,
            event_id,
            first_received_at,
            headers,
        }
    }

    /// Returns the body, byte for byte as it was signed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns what the sender calls the kind of event, when it says so beside the body.
    #[must_use]
    pub fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// Returns a kept header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the sender's own id of the event, when it gives one. A hint for people and logs; whether it is unique
    /// differs from store to store.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// Returns when the webhook first arrived. It stands in for the time of notices that carry none (RULES §1.1), so
    /// a replay gives the same facts.
    #[must_use]
    pub const fn first_received_at(&self) -> Timestamp {
        self.first_received_at
    }

    /// Lists the headers kept, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }
}

/// Hides the body and the headers: they are personal.
impl fmt::Debug for VerifiedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedWebhook")
            .field("topic", &self.topic)
            .field("event_id", &self.event_id)
            .field("first_received_at", &self.first_received_at)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a webhook was not accepted: answered with 401 and kept nowhere. Messages never repeat what came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A header that the signature needs is missing.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A header is there more than once, so that two readers could read two things.
    #[error("the header {0} is there more than once")]
    RepeatedHeader(&'static str),
    /// A header's value is not of the form that the store writes.
    #[error("the header {0} is malformed")]
    MalformedHeader(&'static str),
    /// It was signed longer ago than is tolerated, so it may be a recording.
    #[error("the webhook was signed too long ago")]
    TooOld,
    /// It was signed further in the future than clocks may differ.
    #[error("the webhook was signed in the future")]
    TooNew,
    /// No signature matches any of the store's secrets.
    #[error("no signature matches")]
    BadSignature,
    /// The store has no secret of the right form, so nothing can be verified.
    #[error("the store has no usable signing secret")]
    NoSecret,
}
