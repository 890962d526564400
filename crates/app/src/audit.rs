//! The audit log: what every writing use case records, and how it is read and verified.

use domain::Timestamp;
use domain::audit::{Cause, Event};
use storage::{StorageError, Tx, audit};

use crate::App;

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
        let (entries, head) = key.extend(&head, now, by, &events);
        audit::append(tx, &entries, &head).await
    }
}
