//! What is done for every store from time to time, without anybody asking: reading what changed every quarter of an hour,
//! everything of the last weeks once a day, and a look at its webhooks every hour.

use std::time::Duration;

use connectors::Reading;
use connectors::api::{CredentialsError, Cursor};
use domain::audit::{Cause, Event};
use domain::{JobId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::jobs::{self, ClaimedJob};
use storage::syncs::{self, Round, StoreSync};
use storage::{StorageError, Tx, stores};

use super::{DEFAULT_DAYS, SyncDepth, SyncError, next_of};
use crate::App;
use crate::ingest::Learning;
use crate::recompute::Step;
use crate::stores::StoreError;
use crate::worker::{Job, WorkError};

/// How often each store is read.
const SYNC_SECONDS: i64 = 15 * 60;
/// How often it is read deeply.
const DEEP_SYNC_SECONDS: i64 = 24 * 3_600;
/// How often its webhooks are looked at.
const WEBHOOK_CHECK_SECONDS: i64 = 3_600;
/// How far before the watermark a round begins: for clocks that differ, and for changes that show up late.
const OVERLAP_SECONDS: i64 = 15 * 60;
/// How often old devices are forgotten.
const CLEANING_SECONDS: i64 = 3_600;
/// How often we look which rounds are due.
const LOOK_AROUND: Duration = Duration::from_secs(20);
/// How often a page is tried before the round is given up; the next round comes soon enough.
const MOST_TRIES: i64 = 5;

/// Where a round stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Place {
    since: i64,
    began_at: i64,
    listing: Listing,
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Listing {
    Orders,
    Items,
}

impl App {
    /// Begins the rounds that are due, for ever. A process that has just started reads every store at once: it cannot know
    /// what it missed.
    pub(crate) async fn keep_rounds(&self) {
        if let Err(error) = self.rush_rounds().await {
            tracing::error!(%error, "the stores cannot be read at once");
        }
        let mut next_cleaning = self.now();
        loop {
            if self.now() >= next_cleaning {
                next_cleaning = self.now().plus_seconds(CLEANING_SECONDS);
                if let Err(error) = self.forget_devices().await {
                    tracing::error!(%error, "old devices cannot be forgotten");
                }
            }
            if let Err(error) = self.begin_rounds().await {
                tracing::error!(%error, "the rounds that are due cannot be begun");
            }
            if let Err(error) = self.queue_waiting_mails().await {
                tracing::error!(%error, "the mails that wait cannot be queued");
            }
            if let Err(error) = self.queue_weekly_mails().await {
                tracing::error!(%error, "the week's mails to administrators cannot be queued");
            }
            if let Err(error) = self.tidy().await {
                tracing::error!(%error, "what is too old cannot be forgotten");
            }
            if let Err(error) = self.forget_limits().await {
                tracing::error!(%error, "what is not needed any more to count tries cannot be deleted");
            }
            tokio::time::sleep(LOOK_AROUND).await;
        }
    }

    async fn rush_rounds(&self) -> Result<(), StorageError> {
        let mut tx = self.parts.db.begin().await?;
        syncs::rush(&mut tx, self.now()).await?;
        tx.commit().await
    }

    /// Queues a job for every round that is due.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_rounds(&self) -> Result<(), StorageError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let stores = syncs::list(&mut reader).await?;
        drop(reader);
        for store in stores.into_iter().filter(|store| is_due(store, now)) {
            let mut tx = self.parts.db.begin().await?;
            self.begin_rounds_of(&mut tx, &store, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// A round whose like has not ended yet is left out: that one began when it was due, and reads on.
    async fn begin_rounds_of(
        &self,
        tx: &mut Tx,
        sync: &StoreSync,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let store = sync.store;
        let deep = Job::SyncStore(store, SyncDepth::Deep);
        let rounds = [
            (Round::DeepSync, DEEP_SYNC_SECONDS),
            (Round::Sync, SYNC_SECONDS),
            (Round::WebhookCheck, WEBHOOK_CHECK_SECONDS),
        ];
        for (round, seconds) in rounds {
            if !syncs::take(tx, store, round, now, now.plus_seconds(seconds)).await? {
                continue;
            }
            let job = match round {
                Round::DeepSync => deep.clone(),
                Round::Sync => Job::SyncStore(store, SyncDepth::Recent),
                Round::WebhookCheck => Job::CheckWebhooks(store),
            };
            // A store that was never read is read deeply, which is all that a first round would read.
            let is_first = round == Round::Sync && sync.watermark.is_none();
            if self.is_under_way(tx, &job).await?
                || is_first && self.is_under_way(tx, &deep).await?
            {
                continue;
            }
            self.enqueue(tx, &job, now).await?;
        }
        Ok(())
    }

    /// Queues a round of its own: what changed from `since` on, or what a round of that depth reads anyway. One that waits
    /// already is that round.
    ///
    /// # Errors
    /// The store is not known, its API is not read, or the database failed.
    pub async fn queue_sync(
        &self,
        by: &Cause,
        store: StoreId,
        since: Option<Timestamp>,
        depth: SyncDepth,
    ) -> Result<JobId, SyncError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let store = stores::find(&mut tx, store).await?;
        let store = store.ok_or(StoreError::NoSuchStore)?;
        if store.api.is_none() {
            return Err(CredentialsError::Missing.into());
        }
        let job = Job::SyncStore(store.id, depth);
        let job = self.begin_job(&mut tx, &job, now).await?;
        if let Some(since) = since {
            let place = Place::from(since, now);
            let place = serde_json::to_string(&place).map_err(|_| StoreError::Settings)?;
            jobs::begin_at(&mut tx, job, &place).await?;
        }
        let depth = match depth {
            SyncDepth::Recent => "recent",
            SyncDepth::Deep => "deep",
        };
        let queued = Event {
            after: Some(json!({ "depth": depth, "since": since.map(|at| at.to_string()) })),
            ..Event::of("store.sync_queued", store.id)
        };
        self.record(&mut tx, now, by, vec![queued]).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Reads the next page of a round. What its listing only hints at is asked by jobs of their own.
    pub(crate) async fn sync_step(
        &self,
        job: &ClaimedJob,
        by: &Cause,
        store: StoreId,
        depth: SyncDepth,
    ) -> Result<Step, WorkError> {
        let now = self.now();
        if let Some(until) = self.outages.rests_until(store, now) {
            return self.put_off(job, until).await;
        }
        match self.read_page(job, by, store, depth, now).await {
            Err(WorkError::Api(error)) if error.is_temporary() && job.tries < MOST_TRIES => {
                Err(error.into())
            }
            Err(WorkError::Api(error)) => self.give_up_round(store, &error.to_string()).await,
            Err(WorkError::Credentials(error)) => {
                self.give_up_round(store, &error.to_string()).await
            }
            result => result,
        }
    }

    async fn read_page(
        &self,
        job: &ClaimedJob,
        by: &Cause,
        store: StoreId,
        depth: SyncDepth,
        now: Timestamp,
    ) -> Result<Step, WorkError> {
        let mut reader = self.parts.db.reader().await?;
        let store = self.load_store(&mut reader, store).await?;
        let known = syncs::find(&mut reader, store.id).await?;
        drop(reader);
        let api = self.store_api(&store)?;
        let watermark = known.and_then(|sync| sync.watermark);
        let cursor = job.progress.cursor.as_deref();
        let place = cursor
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| Place::begin(depth, watermark, now));
        let from = place.cursor.clone().map(Cursor);
        let mut progress = job.progress.clone();
        let (reading, next, read) = match place.listing {
            Listing::Orders => {
                let since = Timestamp::from_microseconds(place.since);
                let page = self
                    .list_changed(&store, api.as_ref(), since, from.as_ref())
                    .await?;
                progress.total = page.total.and_then(|total| i64::try_from(total).ok());
                let read = page.content.orders().count();
                (page.content, page.next, read)
            }
            Listing::Items => {
                let page = api.list_items(from.as_ref()).await?;
                let read = page.content.len();
                self.record_catalogue(by, store.id, page.content).await?;
                (Reading::default(), page.next, read)
            }
        };
        let next = place.clone().after(depth, next_of(from.as_ref(), next)?);
        progress.done += i64::try_from(read).unwrap_or(0);
        let facts = reading.facts;
        self.learn_facts(by, &store, facts, Learning::ForGood)
            .await?;
        let mut tx = self.parts.db.begin().await?;
        for subject in reading.look_up {
            self.enqueue(&mut tx, &Job::LookUp(store.id, subject), now)
                .await?;
        }
        let step = if let Some(next) = next {
            progress.cursor = serde_json::to_string(&next).ok();
            jobs::advance(&mut tx, job.id, job.attempt, &progress, now).await?;
            Step::Advanced
        } else {
            let began_at = Timestamp::from_microseconds(place.began_at);
            // A gap between the watermark and a later beginning would stay unread.
            let since = Timestamp::from_microseconds(place.since);
            if watermark.is_none_or(|watermark| since <= watermark) {
                syncs::save_synced(&mut tx, store.id, began_at, now).await?;
            }
            Step::Done
        };
        tx.commit().await?;
        Ok(step)
    }

    async fn give_up_round(&self, store: StoreId, error: &str) -> Result<Step, WorkError> {
        tracing::warn!(%store, error, "a store could not be read");
        let mut tx = self.parts.db.begin().await?;
        syncs::save_failure(&mut tx, store, error).await?;
        tx.commit().await?;
        Ok(Step::Done)
    }
}

impl Place {
    fn begin(depth: SyncDepth, watermark: Option<Timestamp>, now: Timestamp) -> Self {
        Self::from(begin_of(depth, watermark, now), now)
    }

    fn from(since: Timestamp, now: Timestamp) -> Self {
        Self {
            since: since.as_microseconds(),
            began_at: now.as_microseconds(),
            listing: Listing::Orders,
            cursor: None,
        }
    }

    /// Returns where it goes on after a page; `None` at the end.
    fn after(self, depth: SyncDepth, next: Option<Cursor>) -> Option<Self> {
        let (listing, cursor) = match (next, self.listing, depth) {
            (Some(cursor), listing, _) => (listing, Some(cursor.0)),
            (None, Listing::Orders, SyncDepth::Deep) => (Listing::Items, None),
            (None, Listing::Orders, SyncDepth::Recent) | (None, Listing::Items, _) => return None,
        };
        Some(Self {
            listing,
            cursor,
            ..self
        })
    }
}

/// Says from when on a round reads.
pub(super) fn begin_of(
    depth: SyncDepth,
    watermark: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let weeks_ago = now.plus_seconds(-DEFAULT_DAYS * 86_400);
    match depth {
        SyncDepth::Deep => weeks_ago,
        SyncDepth::Recent => watermark.map_or(weeks_ago, |watermark| {
            watermark.plus_seconds(-OVERLAP_SECONDS)
        }),
    }
}

fn is_due(store: &StoreSync, now: Timestamp) -> bool {
    store.next_sync_at <= now
        || store.next_deep_sync_at <= now
        || store.next_webhook_check_at <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_begins_before_the_watermark_and_reads_the_catalogue_only_once_a_day() {
        let now = Timestamp::from_seconds(100 * 86_400);
        let recent = Place::begin(SyncDepth::Recent, Some(now), now);
        assert_eq!(recent.since, now.plus_seconds(-900).as_microseconds());
        assert_eq!(recent.clone().after(SyncDepth::Recent, None), None);
        let deep = Place::begin(SyncDepth::Deep, Some(now), now);
        assert_eq!(deep.since, now.plus_seconds(-60 * 86_400).as_microseconds());
        let items = deep.after(SyncDepth::Deep, None).unwrap();
        assert_eq!(items.listing, Listing::Items);
        assert_eq!(items.after(SyncDepth::Deep, None), None);
        let first = Place::begin(SyncDepth::Recent, None, now);
        assert_eq!(
            first.since,
            now.plus_seconds(-60 * 86_400).as_microseconds()
        );
        let more = recent.after(SyncDepth::Recent, Some(Cursor("2".into())));
        assert_eq!(more.unwrap().cursor.as_deref(), Some("2"));
    }
}
