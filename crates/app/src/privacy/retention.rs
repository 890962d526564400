//! Forgetting what nobody needs any more, batch by batch: the content of deliveries, which mails went out, wishes to sign in, and
//! sessions that are over. Each batch is a transaction of its own, so whoever is interrupted goes on where it was, and
//! nobody waits long.

use domain::sign_in::forgotten_before;
use domain::{DeliveryId, MailId, Timestamp};
use storage::privacy::retention;
use storage::{StorageError, sessions, sign_ins, used_hand_offs};

use crate::App;
use crate::hand_off::forgotten;

/// How many rows a batch takes.
const BATCH: i64 = 500;
/// How many rows of sessions and wishes the storage forgets at once.
const ROWS: u64 = 100;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tidied {
    /// Deliveries that lost their content.
    pub deliveries: u64,
    /// Mails.
    pub mails: u64,
    /// Sessions, wishes to sign in and used hand-offs.
    pub sign_ins: u64,
}

impl App {
    /// Forgets all that is older than the configuration says. Done again, it finds nothing more.
    ///
    /// # Errors
    /// The database failed; what was forgotten stays so.
    pub async fn tidy(&self) -> Result<Tidied, StorageError> {
        let now = self.now();
        Ok(Tidied {
            deliveries: self.expire_deliveries(now).await?,
            mails: self.forget_mails(now).await?,
            sign_ins: self.forget_sign_ins(now).await?,
        })
    }

    async fn expire_deliveries(&self, now: Timestamp) -> Result<u64, StorageError> {
        let kept = i64::from(self.parts.retention.deliveries_days);
        let before = DeliveryId::from_parts(now.plus_seconds(-86_400 * kept), 0);
        let mut expired = 0;
        loop {
            let mut reader = self.parts.db.reader().await?;
            let old = retention::list_deliveries(&mut reader, before, BATCH).await?;
            drop(reader);
            if old.is_empty() {
                return Ok(expired);
            }
            let mut tx = self.parts.db.begin().await?;
            expired += retention::expire(&mut tx, &old).await?;
            tx.commit().await?;
        }
    }

    async fn forget_mails(&self, now: Timestamp) -> Result<u64, StorageError> {
        let kept = i64::from(self.parts.retention.mails_days);
        let before = MailId::from_parts(now.plus_seconds(-86_400 * kept), 0);
        let mut count = 0;
        loop {
            let mut reader = self.parts.db.reader().await?;
            let old = retention::list_mails(&mut reader, before, BATCH).await?;
            drop(reader);
            if old.is_empty() {
                return Ok(count);
            }
            let mut tx = self.parts.db.begin().await?;
            count += retention::delete_mails(&mut tx, &old).await?;
            tx.commit().await?;
        }
    }

    async fn forget_sign_ins(&self, now: Timestamp) -> Result<u64, StorageError> {
        let mut count = 0;
        loop {
            let mut tx = self.parts.db.begin().await?;
            let rows = [
                sessions::delete_old(&mut tx, now).await?,
                sign_ins::delete_old(&mut tx, forgotten_before(now)).await?,
                used_hand_offs::delete_old(&mut tx, forgotten(now)).await?,
            ];
            tx.commit().await?;
            count += rows.iter().sum::<u64>();
            if rows.iter().all(|rows| *rows < ROWS) {
                return Ok(count);
            }
        }
    }
}
