//! The weekly mail to administrators: what stands in somebody's way, once a week and only when there is something.

use domain::{AdminId, Timestamp};
use storage::mails;
use storage::privacy::requests;
use storage::{StorageError, syncs};

use super::outbox::Mail;
use crate::App;

/// A Monday's distance to the beginning of time, which was a Thursday.
const MONDAY_SECONDS: i64 = 3 * 86_400;
const WEEK_SECONDS: i64 = 7 * 86_400;

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Figure {
    /// Paying customers without access, without those whom nobody can name.
    Customers,
    /// Deliveries that failed for good.
    Deliveries,
    /// Jobs that failed for good.
    Jobs,
    /// Mails that failed.
    Mails,
    /// Stores that cannot be read, or whose webhooks are not as they should be.
    Stores,
    /// What stores ask about their customers' data, and nobody has answered.
    Requests,
}

impl Figure {
    /// Names the text that tells of it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Customers => "weekly_problems.customers",
            Self::Deliveries => "weekly_problems.deliveries",
            Self::Jobs => "weekly_problems.jobs",
            Self::Mails => "weekly_problems.mails",
            Self::Stores => "weekly_problems.stores",
            Self::Requests => "weekly_problems.requests",
        }
    }
}

/// Says what a week's mail is sent for, but to whom.
pub(super) fn occasion(week: i64) -> String {
    format!("weekly_problems/{week}/")
}

/// Numbers the week, which begins on Monday.
fn week_of(now: Timestamp) -> i64 {
    (now.as_seconds() + MONDAY_SECONDS).div_euclid(WEEK_SECONDS)
}

impl App {
    /// Queues the week's mail to each administrator who has not got it, when there is something to tell.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue_weekly_mails(&self) -> Result<(), StorageError> {
        let now = self.now();
        let week = week_of(now);
        let mut reader = self.parts.db.reader().await?;
        let untold: Vec<AdminId> = mails::list_untold(&mut reader, &occasion(week)).await?;
        drop(reader);
        if untold.is_empty() || self.list_problems().await?.is_empty() {
            return Ok(());
        }
        let mut tx = self.parts.db.begin().await?;
        for admin in untold {
            let mail = Mail::WeeklyProblems { admin, week };
            self.queue_mail(&mut tx, now, mail).await?;
        }
        tx.commit().await
    }

    /// Counts what stands in somebody's way; what does not is left out.
    pub(super) async fn list_problems(&self) -> Result<Vec<(Figure, i64)>, StorageError> {
        let overview = self.count_gaps().await?;
        let mut reader = self.parts.db.reader().await?;
        let stores = syncs::list(&mut reader).await?;
        let requests = requests::count_open(&mut reader).await?;
        drop(reader);
        let dead = |counts: &std::collections::BTreeMap<String, i64>, state: &str| {
            counts.get(state).copied().unwrap_or(0)
        };
        let (deliveries, jobs) = (
            dead(&overview.deliveries, "dead"),
            dead(&overview.jobs, "dead"),
        );
        let troubled = stores.iter().filter(|store| {
            let webhooks = store.webhooks.as_deref();
            let are_off = webhooks.is_some_and(|state| !is_fine(state));
            store.sync_error.is_some() || are_off
        });
        let all = [
            (
                Figure::Customers,
                overview.paying_customers_without_access - deliveries - jobs,
            ),
            (Figure::Deliveries, deliveries),
            (Figure::Jobs, jobs),
            (Figure::Mails, dead(&overview.mails, "failed")),
            (
                Figure::Stores,
                i64::try_from(troubled.count()).unwrap_or(i64::MAX),
            ),
            (Figure::Requests, requests),
        ];
        Ok(all.into_iter().filter(|(_, count)| *count > 0).collect())
    }
}

/// Tells whether the webhooks of a store were found as they should be, in the words of `sync::webhooks`.
fn is_fine(state: &str) -> bool {
    matches!(state, "active" | "set up in the shop")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        // 23 November 2026 is a Monday.
        let monday: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let week = week_of(monday);
        assert_eq!(week_of(monday.plus_seconds(WEEK_SECONDS - 1)), week);
        assert_eq!(week_of(monday.plus_seconds(-1)), week - 1);
        assert_eq!(week_of(monday.plus_seconds(WEEK_SECONDS)), week + 1);
    }
}
