//! Forgetting devices: where nobody is signed in or has played lately.

use domain::playing::counted_after;
use storage::{StorageError, devices, playing};

use crate::App;

impl App {
    /// Forgets where customers played more than 30 days ago, and the devices of as long ago on which nobody is signed in
    /// and nobody has played since; a hundred at a time, until there are no more. Returns how many rows have gone.
    ///
    /// # Errors
    /// The database failed; what was forgotten stays so.
    pub async fn forget_devices(&self) -> Result<u64, StorageError> {
        let old = counted_after(self.now());
        let mut forgotten = 0;
        loop {
            let mut tx = self.parts.db.begin().await?;
            let gone = playing::delete_old(&mut tx, old).await?
                + devices::delete_unused(&mut tx, old).await?;
            tx.commit().await?;
            forgotten += gone;
            if gone == 0 {
                return Ok(forgotten);
            }
        }
    }
}
