//! The audit log: what every writing use case records, and how it is read and verified.

mod export;

pub use export::AuditExport;
pub use storage::audit::Filter as AuditFilter;

use domain::Timestamp;
use domain::audit::chain::Entry;
use domain::audit::verify::{Flaw, Mark, Verification};
use domain::audit::{Cause, Event};
use storage::{StorageError, Tx, audit};

use crate::App;

/// How many entries are read at a time.
const BATCH: u32 = 1_000;
/// How many entries a page holds at most.
pub const LONGEST_PAGE: u32 = 200;

/// A page of the log, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// Its entries.
    pub items: Vec<Entry>,
    /// The place before which the next page begins; `None` when there is none.
    pub next: Option<i64>,
}

/// What a verification found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditVerdict {
    /// The last entry up to which the log is as it was written. When the log is whole, this is its end, to be noted.
    pub verified: Mark,
    /// The first thing that is wrong; `None` when the log is whole.
    pub flaw: Option<Flaw>,
}

/// A callback for progress: so many entries of so many have been verified.
pub type OnVerified<'a> = &'a mut (dyn FnMut(i64, i64) + Send);

impl App {
    /// Records what a transaction has changed: the last thing before its commit, because it locks the end of the chain.
    /// Nothing to record costs nothing.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        events: Vec<Event>,
    ) -> Result<(), StorageError> {
        if events.is_empty() {
            return Ok(());
        }
        let head = audit::lock_head(tx).await?;
        let key = self.parts.sealing.audit_key();
        let (entries, moved) = key.extend(&head, now, by, &events);
        if !key.is_sealed(&head) {
            tracing::error!(
                seq = head.seq,
                "the end of the audit log was not written by this installation"
            );
        }
        audit::append(tx, &entries, &moved).await
    }

    /// Lists at most `limit` entries (200 at most) before a place, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_audit(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, StorageError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut reader = self.parts.db.reader().await?;
        let mut items = audit::list(&mut reader, filter, before, limit + 1).await?;
        let is_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if is_more {
            items.pop();
        }
        let next = items.last().filter(|_| is_more).map(|entry| entry.seq);
        Ok(AuditPage { items, next })
    }

    /// Exports what a filter lets through as CSV, newest first, piece by piece.
    #[must_use]
    pub fn export_audit(&self, filter: AuditFilter) -> AuditExport {
        AuditExport::new(self.clone(), filter)
    }

    /// Verifies the log from its beginning. `noted` is a mark from outside the database, when there is one: it proves
    /// that nobody has put an older copy in the log's place.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_audit(
        &self,
        noted: Option<Mark>,
        on_verified: OnVerified<'_>,
    ) -> Result<AuditVerdict, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let head = audit::find_head(&mut reader).await?;
        let key = self.parts.sealing.audit_key();
        let mut verification = Verification::begin(key, &head, noted);
        // From before the first place on, so that nothing can be put there unseen.
        let mut after = i64::MIN;
        loop {
            let batch = audit::list_after(&mut reader, after, BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = last.seq;
            for entry in &batch {
                if let Err(flaw) = verification.take(entry) {
                    return Ok(AuditVerdict {
                        verified: verification.last().clone(),
                        flaw: Some(flaw),
                    });
                }
            }
            on_verified(after, head.seq);
        }
        // Only now: whatever was read is not behind this.
        let head = audit::find_head(&mut reader).await?;
        let verified = verification.last().clone();
        let flaw = verification.end(&head).err();
        Ok(AuditVerdict { verified, flaw })
    }
}
