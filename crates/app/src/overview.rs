//! The figures of whoever runs the shop. The first of them has one goal: no paying customer is without access.

use std::collections::BTreeMap;

pub use storage::overview::JobRow;
use storage::{StorageError, overview};

use crate::App;
use crate::gaps::Cause;

/// A buyer who has not come for that long is shown as one who never signed in.
const DAYS_TO_COME: u32 = 3;
/// How many jobs of each kind are listed.
const MOST_JOBS: i64 = 500;

/// Who paid and has no access, and what waits or failed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Overview {
    /// Customers with a gap, each once, and each delivery and job that failed for good: of those nobody knows whom they
    /// keep out.
    pub paying_customers_without_access: i64,
    /// The same by cause; a customer counts once for each.
    pub by_cause: BTreeMap<Cause, i64>,
    /// Customers who could open something for three days or longer and have never come. Not in the figure: their door is
    /// open.
    pub never_signed_in: i64,
    /// The deliveries by state: `queued`, `working`, `dead`.
    pub deliveries: BTreeMap<String, i64>,
    /// The jobs by state: `queued`, `working`, `dead`.
    pub jobs: BTreeMap<String, i64>,
    /// The mails that are not sent by state: `queued`, `waiting` for a mail server, and `failed` in the last 30 days.
    pub mails: BTreeMap<String, i64>,
}

impl App {
    /// Counts it all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn overview(&self) -> Result<Overview, StorageError> {
        let now = self.now();
        let mut counted = self.count_gaps().await?;
        let bought_by = now.plus_seconds(-86_400 * i64::from(DAYS_TO_COME));
        let mut reader = self.parts.db.reader().await?;
        counted.never_signed_in =
            overview::count_never_signed_in(&mut reader, now, bought_by).await?;
        Ok(counted)
    }

    /// Counts what a machine asks for every few seconds: all but who never signed in.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_gaps(&self) -> Result<Overview, StorageError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let locked_out = overview::count_locked_out(&mut reader, now).await?;
        let deliveries = overview::count_deliveries(&mut reader).await?;
        let jobs = overview::count_jobs(&mut reader).await?;
        drop(reader);
        let mails = self.count_unsent_mails(now).await?;
        let dead = |counts: &BTreeMap<String, i64>| counts.get("dead").copied().unwrap_or(0);
        let by_cause = Cause::ALL.map(|cause| {
            let count = match cause {
                Cause::FailedDelivery => dead(&deliveries),
                Cause::FailedJob => dead(&jobs),
                Cause::Line(_) | Cause::NotPublished => {
                    let count = locked_out.by_cause.get(cause.name());
                    count.copied().unwrap_or(0)
                }
            };
            (cause, count)
        });
        Ok(Overview {
            paying_customers_without_access: locked_out.customers + dead(&deliveries) + dead(&jobs),
            by_cause: by_cause.into(),
            never_signed_in: 0,
            deliveries,
            jobs,
            mails,
        })
    }

    /// Lists the jobs that are worked on, wait or failed for good.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_jobs(&self) -> Result<Vec<JobRow>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let mut jobs = overview::list_jobs(&mut reader, MOST_JOBS).await?;
        jobs.extend(overview::list_failed_jobs(&mut reader, None, MOST_JOBS).await?);
        Ok(jobs)
    }

    /// Returns how long ago something was, in seconds.
    #[must_use]
    pub fn seconds_since(&self, then: domain::Timestamp) -> i64 {
        self.now()
            .as_seconds()
            .saturating_sub(then.as_seconds())
            .max(0)
    }
}
