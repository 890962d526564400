//! The chain of the audit log: each entry carries a keyed hash of itself and of the entry before, and the head seals how
//! long the chain is. `docs/audit-log.md` is this format for people.
//!
//! An entry's hash is HMAC-SHA256, in lower-case hexadecimal digits, over the fields of [`Entry`] in their order, `hash`
//! excepted: first the text `stoa audit entry 1`, then numbers as 8 bytes, big-endian, and texts as their length in bytes
//! (8 bytes, big-endian) and their UTF-8. A field that may be absent is preceded by one byte, 0 for absent and 1 for present.
//! So no two different entries are written alike. The head's seal is the same over `stoa audit head 1`, `seq` and `hash`.

use aws_lc_rs::hmac;

use crate::audit::{Cause, Event};
use crate::time::Timestamp;

/// The key of the chain. Who has only the database cannot write a chain that holds.
pub struct ChainKey(hmac::Key);

/// An entry of the audit log as it is kept. Texts, whatever they say: what was tampered with has to be read, too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its place, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as [`crate::audit::Actor`] writes itself.
    pub actor: String,
    /// From where.
    pub origin: Option<String>,
    /// By which delivery.
    pub delivery: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Whose access it is about.
    pub customer: Option<String>,
    /// To which content.
    pub content: Option<String>,
    /// By which order.
    pub order: Option<String>,
    /// The state before, as JSON.
    pub before: Option<String>,
    /// The state after, as JSON.
    pub after: Option<String>,
    /// The hash of the entry before; empty for the first.
    pub previous_hash: String,
    /// The hash of this entry.
    pub hash: String,
}

/// The end of the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The place of the last entry; 0 when there is none.
    pub seq: i64,
    /// The hash of the last entry; empty when there is none.
    pub hash: String,
    /// What proves that the chain ended here when we wrote it; empty when there is no entry.
    pub seal: String,
}

impl ChainKey {
    /// Derives the key from a secret that is not in the database.
    #[must_use]
    pub fn derive(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&secret, b"stoa audit log 1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Chains events to a head, and returns their entries with the new head.
    ///
    /// A seal that does not hold is carried on and never mended, so that a log whose end was cut off does not look whole
    /// again after the next entry.
    #[must_use]
    pub fn extend(
        &self,
        head: &Head,
        at: Timestamp,
        by: &Cause,
        events: &[Event],
    ) -> (Vec<Entry>, Head) {
        let mut end = head.clone();
        let mut entries = Vec::with_capacity(events.len());
        for event in events {
            let mut entry = entry(&end, at, by, event);
            entry.hash = self.hash(&entry);
            end.seq = entry.seq;
            end.hash.clone_from(&entry.hash);
            entries.push(entry);
        }
        if self.is_sealed(head) {
            end.seal = self.seal(end.seq, &end.hash);
        }
        (entries, end)
    }

    /// Computes the hash that an entry must have.
    #[must_use]
    pub fn hash(&self, entry: &Entry) -> String {
        let mut fields = Fields::begin(b"stoa audit entry 1");
        fields.number(entry.seq);
        fields.number(entry.at.as_microseconds());
        fields.text(&entry.actor);
        fields.optional(entry.origin.as_deref());
        fields.optional(entry.delivery.as_deref());
        fields.text(&entry.action);
        fields.text(&entry.subject);
        fields.optional(entry.customer.as_deref());
        fields.optional(entry.content.as_deref());
        fields.optional(entry.order.as_deref());
        fields.optional(entry.before.as_deref());
        fields.optional(entry.after.as_deref());
        fields.text(&entry.previous_hash);
        self.sign(&fields)
    }

    /// Tells whether we wrote this head. That of a log without entries is never sealed.
    #[must_use]
    pub fn is_sealed(&self, head: &Head) -> bool {
        if head.seq == 0 {
            return head.hash.is_empty() && head.seal.is_empty();
        }
        head.seal == self.seal(head.seq, &head.hash)
    }

    fn seal(&self, seq: i64, hash: &str) -> String {
        let mut fields = Fields::begin(b"stoa audit head 1");
        fields.number(seq);
        fields.text(hash);
        self.sign(&fields)
    }

    fn sign(&self, fields: &Fields) -> String {
        hex::encode(hmac::sign(&self.0, &fields.0))
    }
}

fn entry(head: &Head, at: Timestamp, by: &Cause, event: &Event) -> Entry {
    Entry {
        seq: head.seq.saturating_add(1),
        at,
        actor: by.actor.to_string(),
        origin: by.origin.clone(),
        delivery: by.delivery.map(|id| id.to_string()),
        action: event.action.to_owned(),
        subject: event.subject.clone(),
        customer: event.customer.map(|id| id.to_string()),
        content: event.content.map(|id| id.to_string()),
        order: event.order.map(|id| id.to_string()),
        before: event.before.as_ref().map(ToString::to_string),
        after: event.after.as_ref().map(ToString::to_string),
        previous_hash: head.hash.clone(),
        hash: String::new(),
    }
}

/// What is hashed: fields, each written so that none can be taken for another.
struct Fields(Vec<u8>);

impl Fields {
    fn begin(kind: &[u8]) -> Self {
        Self(kind.to_vec())
    }

    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.0.push(0),
            Some(text) => {
                self.0.push(1);
                self.text(text);
            }
        }
    }
}
