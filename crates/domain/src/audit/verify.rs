//! Whether the audit log is as it was written: a fold over its entries in their order.

use std::fmt;
use std::str::FromStr;

use crate::audit::chain::{ChainKey, Entry, Head};

/// A place in the chain that somebody has noted, written `SEQ:HASH`. Kept outside the database, it proves later that the
/// log up to it is still there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mark {
    /// The place of the entry; 0 for the beginning.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// Tells that a text is no mark.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a place in the audit log such as `stoa audit verify` prints: SEQ:HASH")]
pub struct MarkError;

/// Where the log was found changed, and how.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// Entries are missing before one that is there.
    #[error("entries {first} to {last} are missing")]
    Missing {
        /// The first that is missing.
        first: i64,
        /// The last that is missing.
        last: i64,
    },
    /// An entry does not continue the one before it.
    #[error(
        "entry {seq} does not follow on the entry before it: it was moved, put in, or its link was changed"
    )]
    OutOfPlace {
        /// Its place.
        seq: i64,
    },
    /// An entry is not as it was written.
    #[error("entry {seq} is not as it was written")]
    Altered {
        /// Its place.
        seq: i64,
    },
    /// The log ends before the place where it ended already.
    #[error("the log ends with entry {last}, but it went on to entry {expected} already")]
    CutOff {
        /// The last entry that is there; 0 when there is none.
        last: i64,
        /// The last that there must be.
        expected: i64,
    },
    /// The place that was noted holds another entry.
    #[error("entry {seq} is not the one whose hash was noted: this is another history")]
    AnotherHistory {
        /// The place.
        seq: i64,
    },
    /// The kept end of the chain is not what we wrote.
    #[error("the kept end of the log was changed: entries after {last} may have been cut off")]
    HeadAltered {
        /// The last entry that is there; 0 when there is none.
        last: i64,
    },
}

/// The verification, entry after entry.
pub struct Verification<'k> {
    key: &'k ChainKey,
    noted: Option<Mark>,
    /// The place that the log had reached when the verification began.
    reached: i64,
    last: Mark,
}

impl<'k> Verification<'k> {
    /// Begins at the beginning. `head` is the end as it is kept now, read before any entry; `noted` a mark from outside the
    /// database.
    #[must_use]
    pub fn begin(key: &'k ChainKey, head: &Head, noted: Option<Mark>) -> Self {
        let last = Mark {
            seq: 0,
            hash: String::new(),
        };
        Self {
            key,
            noted,
            reached: head.seq,
            last,
        }
    }

    /// Returns the last entry that was taken.
    #[must_use]
    pub const fn last(&self) -> &Mark {
        &self.last
    }

    /// Takes the next entry by its place.
    ///
    /// # Errors
    /// See [`Flaw`]; nothing after it can be trusted either.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Flaw> {
        let expected = self.last.seq.saturating_add(1);
        let seq = entry.seq;
        if seq > expected {
            let last = seq.saturating_sub(1);
            return Err(Flaw::Missing {
                first: expected,
                last,
            });
        }
        if seq < expected || entry.previous_hash != self.last.hash {
            return Err(Flaw::OutOfPlace { seq });
        }
        if entry.hash != self.key.hash(entry) {
            return Err(Flaw::Altered { seq });
        }
        self.last = Mark {
            seq,
            hash: entry.hash.clone(),
        };
        match &self.noted {
            Some(noted) if noted.seq == seq && *noted != self.last => {
                Err(Flaw::AnotherHistory { seq })
            }
            _ => Ok(()),
        }
    }

    /// Ends after the last entry. `head` is the end as it is kept now, read after the last entry. Returns the last entry,
    /// to be noted.
    ///
    /// # Errors
    /// See [`Flaw`].
    pub fn end(self, head: &Head) -> Result<Mark, Flaw> {
        let last = self.last.seq;
        let noted = self.noted.map_or(0, |mark| mark.seq);
        let expected = self.reached.max(noted);
        if last < expected {
            return Err(Flaw::CutOff { last, expected });
        }
        // Entries that were written meanwhile may lie between the last that was taken and the head.
        let is_behind = head.seq < last || (head.seq == last && head.hash != self.last.hash);
        if is_behind || !self.key.is_sealed(head) {
            return Err(Flaw::HeadAltered { last });
        }
        Ok(self.last)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for Mark {
    type Err = MarkError;
    fn from_str(text: &str) -> Result<Self, MarkError> {
        let (seq, hash) = text.split_once(':').ok_or(MarkError)?;
        let seq: i64 = seq.parse().map_err(|_| MarkError)?;
        let is_hash = match seq {
            0 => hash.is_empty(),
            1.. => hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
            _ => false,
        };
        if !is_hash {
            return Err(MarkError);
        }
        let hash = hash.to_ascii_lowercase();
        Ok(Self { seq, hash })
    }
}
