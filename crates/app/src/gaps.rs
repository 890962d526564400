//! Paying customers without access, one by one, with what would mend it.
//!
//! What follows from one order is written down by every reconciliation of it (`domain::gap`); drafts, failed deliveries
//! and failed jobs are read as they are. So nothing here is ever recomputed, and nothing is stale.

mod place;

use domain::gap::GapCause;
use domain::mapping::choose;
use domain::mending::{Mending, NamedOrder};
use domain::order::StoreItem;
use domain::{ContentId, CustomerId, DeliveryId, ExternalId, JobId, ProductId, Timestamp};
use storage::overview::{self, DraftGap, FailedDeliveryGap, JobRow, LineGap, LinePlace};
use storage::{Access, Reader, StorageError, products, store_items};

pub use self::place::GapPlace;
use crate::App;

/// Why a paying customer is without access.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cause {
    /// Something about a line of her order.
    Line(GapCause),
    /// What the order grants is a draft, though it was there when she paid.
    NotPublished,
    /// A delivery failed for good: nobody knows whose order it tells of.
    FailedDelivery,
    /// A job failed for good: nobody knows whom it keeps out.
    FailedJob,
}

impl Cause {
    /// Every cause, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Line(GapCause::UnmappedItem),
        Self::Line(GapCause::EmptyProduct),
        Self::Line(GapCause::Blocked),
        Self::Line(GapCause::NoOwner),
        Self::Line(GapCause::NoPaymentTime),
        Self::NotPublished,
        Self::FailedDelivery,
        Self::FailedJob,
    ];

    /// Returns the cause's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line(cause) => cause.name(),
            Self::NotPublished => "not_published",
            Self::FailedDelivery => "failed_delivery",
            Self::FailedJob => "failed_job",
        }
    }

    /// Finds the cause of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// One paying customer without access, or one failure that may keep some out.
#[derive(Clone, Debug)]
pub struct AccessGap {
    /// Why.
    pub cause: Cause,
    /// Who; `None` where nobody knows.
    pub customer: Option<CustomerId>,
    /// By which order she paid.
    pub order: Option<NamedOrder>,
    /// The store's id of the line, and what it calls it.
    pub line: Option<(ExternalId, Option<String>)>,
    /// What was bought.
    pub item: Option<StoreItem>,
    /// What stays closed, when it is one content and not all of the line.
    pub content: Option<ContentId>,
    /// The delivery that failed.
    pub delivery: Option<DeliveryId>,
    /// The job that failed.
    pub job: Option<JobId>,
    /// What went wrong with it.
    pub error: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// What would mend it.
    pub mending: Option<Mending>,
    place: GapPlace,
}

/// A page of gaps.
#[derive(Clone, Debug)]
pub struct GapPage {
    /// Its gaps, cause by cause.
    pub items: Vec<AccessGap>,
    /// Behind which gap the next page begins; `None` when there is none.
    pub next: Option<GapPlace>,
}

impl App {
    /// Lists at most `limit` gaps behind a place, of one cause or of all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_gaps(
        &self,
        only: Option<Cause>,
        after: Option<&GapPlace>,
        limit: u32,
    ) -> Result<GapPage, StorageError> {
        let now = self.now();
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let begin = after.map(GapPlace::cause);
        let mut reader = self.parts.db.reader().await?;
        let mut items = Vec::new();
        for cause in Cause::ALL {
            let is_passed = begin.is_some_and(|begin| cause < begin);
            if is_passed || only.is_some_and(|only| only != cause) || items.len() > most {
                continue;
            }
            let left = most.saturating_sub(items.len()).saturating_add(1);
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            let after = after.filter(|place| place.cause() == cause);
            items.extend(list(&mut reader, cause, after, left, now).await?);
        }
        let is_more = items.len() > most;
        items.truncate(most);
        let next = items
            .last()
            .filter(|_| is_more)
            .map(|gap| gap.place.clone());
        Ok(GapPage { items, next })
    }
}

async fn list(
    reader: &mut Reader,
    cause: Cause,
    after: Option<&GapPlace>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<AccessGap>, StorageError> {
    match cause {
        Cause::Line(cause) => {
            let after = after.and_then(GapPlace::line);
            let mut gaps = Vec::new();
            for gap in overview::list_gaps(reader, cause, after, limit, now).await? {
                gaps.push(of_line(reader, cause, gap).await?);
            }
            Ok(gaps)
        }
        Cause::NotPublished => {
            let after = after.and_then(GapPlace::grant);
            let drafts = overview::list_drafts(reader, now, after, limit).await?;
            Ok(drafts.into_iter().map(of_draft).collect())
        }
        Cause::FailedDelivery => {
            let after = after.and_then(GapPlace::delivery);
            let failed = overview::list_failed_deliveries(reader, after, limit).await?;
            Ok(failed.into_iter().map(of_delivery).collect())
        }
        Cause::FailedJob => {
            let after = after.and_then(GapPlace::job);
            let failed = overview::list_failed_jobs(reader, after, limit).await?;
            Ok(failed.into_iter().map(of_job).collect())
        }
    }
}

async fn of_line(
    access: &mut impl Access,
    cause: GapCause,
    gap: LineGap,
) -> Result<AccessGap, StorageError> {
    let order = NamedOrder {
        id: gap.place.order,
        store: gap.store_name.clone(),
        external: gap.order_external.clone(),
    };
    let map_item = || Mending::MapItem {
        store: gap.store_name.clone(),
        item: gap.item.clone(),
    };
    let mending = match cause {
        GapCause::UnmappedItem => Some(map_item()),
        GapCause::EmptyProduct => {
            let product = product(access, &gap).await?;
            Some(product.map_or_else(map_item, Mending::FillProduct))
        }
        GapCause::Blocked => gap.block.map(Mending::LiftBlock),
        GapCause::NoOwner => Some(Mending::NameCustomer(order.clone())),
        GapCause::NoPaymentTime => Some(Mending::SayWhenPaid(order.clone())),
    };
    let LinePlace {
        since,
        line,
        content,
        ..
    } = gap.place.clone();
    Ok(AccessGap {
        cause: Cause::Line(cause),
        customer: Some(gap.customer),
        order: Some(order),
        line: Some((line, gap.title)),
        item: Some(gap.item),
        content,
        delivery: None,
        job: None,
        error: None,
        since,
        mending,
        place: GapPlace::Line(cause, gap.place),
    })
}

/// Finds the product that the line's item stands for; `None` when it was deleted since.
async fn product(
    access: &mut impl Access,
    gap: &LineGap,
) -> Result<Option<ProductId>, StorageError> {
    let known = store_items::list_known(access, gap.store, &gap.item).await?;
    let chosen = choose(&known, &gap.item).and_then(|known| known.product);
    let Some(mapped) = chosen else {
        return Ok(None);
    };
    let product = products::find(access, mapped.product).await?;
    Ok(product.map(|product| product.id))
}

fn of_draft(draft: DraftGap) -> AccessGap {
    AccessGap {
        cause: Cause::NotPublished,
        customer: Some(draft.customer),
        order: Some(NamedOrder {
            id: draft.order,
            store: draft.store_name,
            external: draft.order_external,
        }),
        line: Some((draft.line, draft.title)),
        item: None,
        content: Some(draft.content),
        delivery: None,
        job: None,
        error: None,
        since: draft.granted_at,
        mending: Some(Mending::Publish(draft.content)),
        place: GapPlace::Draft(draft.grant),
    }
}

fn of_delivery(failed: FailedDeliveryGap) -> AccessGap {
    AccessGap {
        delivery: Some(failed.id),
        error: Some(failed.error),
        mending: Some(Mending::Replay(failed.id)),
        ..unknown(
            Cause::FailedDelivery,
            failed.received_at,
            GapPlace::Delivery(failed.id),
        )
    }
}

fn of_job(failed: JobRow) -> AccessGap {
    AccessGap {
        job: Some(failed.id),
        error: failed.error,
        mending: Some(Mending::RetryJob(failed.id)),
        ..unknown(
            Cause::FailedJob,
            failed.finished_at.unwrap_or(failed.created_at),
            GapPlace::Job(failed.id),
        )
    }
}

/// A gap of which nobody knows whom it keeps out.
fn unknown(cause: Cause, since: Timestamp, place: GapPlace) -> AccessGap {
    AccessGap {
        cause,
        customer: None,
        order: None,
        line: None,
        item: None,
        content: None,
        delivery: None,
        job: None,
        error: None,
        since,
        mending: None,
        place,
    }
}
