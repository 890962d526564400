//! The key that signs links, in the audit log. It comes from a file, so it is noted when a process begins to sign with it.

use domain::audit::{Cause, Event};
use serde_json::{Value, json};
use storage::StorageError;

use crate::App;
use crate::audit::AuditFilter;

/// What such entries are about: an installation signs with one key at a time.
const SUBJECT: &str = "signing_key";

impl App {
    /// Records with which key links are signed from now on, unless it is that of the last such entry.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_signing_key(&self, by: &Cause) -> Result<(), StorageError> {
        let key = self.parts.links.key();
        let is = json!({ "key_id": key.id().to_string(), "public_key": key.public_key_pem() });
        let before = self.find_noted_key().await?;
        if before.as_ref() == Some(&is) {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let used = Event {
            before,
            after: Some(is),
            ..Event::of("signing_key.used", SUBJECT)
        };
        self.record(&mut tx, now, by, vec![used]).await?;
        tx.commit().await
    }

    async fn find_noted_key(&self) -> Result<Option<Value>, StorageError> {
        let filter = AuditFilter {
            subject: Some(SUBJECT.into()),
            ..AuditFilter::default()
        };
        let noted = self.list_audit(&filter, None, 1).await?.items.pop();
        let after = noted.and_then(|entry| entry.after);
        Ok(after.and_then(|text| serde_json::from_str(&text).ok()))
    }
}
