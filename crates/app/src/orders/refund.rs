//! What a refund would take away, before anybody gives the money back.

use std::collections::{BTreeMap, BTreeSet};

use domain::explain::Source;
use domain::order::{OrderHistory, OrderLine};
use domain::preview::{Held, Keeping, Preview, Refund, Unaffected, preview, refundable};
use domain::{ContentId, CourseId, CustomerId, ExternalId, FileId, GrantId, OrderId, Timestamp};
use storage::{Access, StorageError, access, courses, files, why};

use super::OrderError;
use crate::App;
use crate::reconcile::{ReconcileError, gather};

/// What would become of the customer's access.
#[derive(Clone, Debug)]
pub struct RefundPreview {
    /// Whose order it is.
    pub customer: CustomerId,
    /// The quantities that would be given back, by line.
    pub lines: BTreeMap<ExternalId, u32>,
    /// What would close.
    pub loses: Vec<LostContent>,
    /// What the order opens now and would stay open.
    pub keeps: Vec<KeptContent>,
    /// Why nothing would change, when nothing would.
    pub unaffected: Option<Unaffected>,
}

/// A content that would close.
#[derive(Clone, Debug)]
pub struct LostContent {
    /// The content.
    pub content: ContentId,
    /// What it is called.
    pub title: String,
}

/// A content that would stay open.
#[derive(Clone, Debug)]
pub struct KeptContent {
    /// The content.
    pub content: ContentId,
    /// What it is called.
    pub title: String,
    /// By which grants, with their sources.
    pub by: Vec<(GrantId, Source)>,
    /// Until when then; `None` is for ever.
    pub until: Option<Timestamp>,
    /// Until when now.
    pub until_now: Option<Timestamp>,
}

/// Why nothing can be foretold.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The order cannot be shown.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A line is not in the order.
    #[error("a line is not in the order")]
    NoSuchLine,
    /// A line is there twice.
    #[error("a line is named twice")]
    LineTwice,
    /// Not as many are left of a line.
    #[error("not as many are left of a line")]
    NotSoMany,
}

impl From<StorageError> for RefundError {
    fn from(error: StorageError) -> Self {
        Self::Order(error.into())
    }
}

impl From<ReconcileError> for RefundError {
    fn from(error: ReconcileError) -> Self {
        Self::Order(error.into())
    }
}

impl App {
    /// Foretells what a refund of an order would take away. `lines` are the store's ids of lines, each with `*2` behind
    /// it when two of it are meant, and all that is left of it otherwise; without any, it is the whole order.
    ///
    /// # Errors
    /// See [`RefundError`].
    pub async fn preview_refund(
        &self,
        id: OrderId,
        lines: &[String],
    ) -> Result<RefundPreview, RefundError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let gathered = gather(&mut reader, &[id]).await?;
        let order = gathered.orders.first().ok_or(OrderError::NoSuchOrder)?;
        let facts = order.facts();
        let refund = choose(facts.history, lines)?;
        let kept = order.grants.iter();
        let contents: BTreeSet<ContentId> = kept.map(|grant| grant.key.content).collect();
        let titled = list_contents(&mut reader, &contents).await?;
        let mut on = access::list_of_customer(&mut reader, facts.owner).await?;
        let held = titled.iter().map(|(content, shelved)| {
            let on = on.remove(content).unwrap_or_default();
            let held = Held {
                published_at: shelved.published_at,
                blocks: on.blocks,
                grants: on.grants,
            };
            (*content, held)
        });
        let held = held.collect();
        let foretold = preview(
            &facts,
            &gathered.catalogue,
            &refund,
            &order.grants,
            &held,
            now,
        );
        let lines = match &refund {
            Refund::Whole => left(facts.history),
            Refund::Lines(lines) => lines.clone(),
        };
        named(&mut reader, facts.owner, lines, foretold, &titled).await
    }
}

/// Finds the lines that are meant.
fn choose(history: &OrderHistory, texts: &[String]) -> Result<Refund, RefundError> {
    if texts.is_empty() {
        return Ok(Refund::Whole);
    }
    let mut chosen = BTreeMap::new();
    for text in texts {
        let (line, quantity) = find(history, text)?;
        let left = refundable(history, line);
        let quantity = quantity.unwrap_or(left);
        if quantity > left {
            return Err(RefundError::NotSoMany);
        }
        if chosen.insert(line.external_id.clone(), quantity).is_some() {
            return Err(RefundError::LineTwice);
        }
    }
    Ok(Refund::Lines(chosen))
}

/// Finds a line by its id, with a quantity when one follows. An id that is a line's as it stands is that line.
fn find<'a>(
    history: &'a OrderHistory,
    text: &str,
) -> Result<(&'a OrderLine, Option<u32>), RefundError> {
    let find = |id: &str| {
        let mut lines = history.order.iter().flat_map(|order| &order.state.lines);
        lines.find(|line| line.external_id.as_str() == id)
    };
    if let Some(line) = find(text) {
        return Ok((line, None));
    }
    let (id, quantity) = text.rsplit_once('*').ok_or(RefundError::NoSuchLine)?;
    let line = find(id).ok_or(RefundError::NoSuchLine)?;
    let quantity = quantity.parse().ok().filter(|quantity| *quantity > 0);
    Ok((line, Some(quantity.ok_or(RefundError::NotSoMany)?)))
}

fn left(history: &OrderHistory) -> BTreeMap<ExternalId, u32> {
    let lines = history.order.iter().flat_map(|order| &order.state.lines);
    lines
        .map(|line| (line.external_id.clone(), refundable(history, line)))
        .collect()
}

struct Shelved {
    title: String,
    published_at: Option<Timestamp>,
}

async fn list_contents(
    access: &mut impl Access,
    contents: &BTreeSet<ContentId>,
) -> Result<BTreeMap<ContentId, Shelved>, StorageError> {
    let ids: Vec<CourseId> = contents.iter().filter_map(|id| id.course()).collect();
    let courses = courses::list_by_id(access, &ids).await?;
    let ids: Vec<FileId> = contents.iter().filter_map(|id| id.file()).collect();
    let files = files::list_by_id(access, &ids).await?;
    let courses = courses.into_iter().map(|course| {
        (
            ContentId::Course(course.id),
            course.title,
            course.published_at,
        )
    });
    let files = files
        .into_iter()
        .map(|file| (ContentId::File(file.id), file.title, file.published_at));
    let titled = courses.chain(files).map(|(id, title, published_at)| {
        let shelved = Shelved {
            title,
            published_at,
        };
        (id, shelved)
    });
    Ok(titled.collect())
}

/// Adds to what is foretold what it is called, and where it comes from.
async fn named(
    access: &mut impl Access,
    customer: CustomerId,
    lines: BTreeMap<ExternalId, u32>,
    foretold: Preview,
    titled: &BTreeMap<ContentId, Shelved>,
) -> Result<RefundPreview, RefundError> {
    let title = |content: ContentId| {
        let shelved = titled.get(&content);
        shelved
            .map(|shelved| shelved.title.clone())
            .unwrap_or_default()
    };
    let mut keeps = Vec::new();
    for Keeping {
        content,
        by,
        until,
        until_now,
    } in foretold.keeps
    {
        let told = why::list_grants(access, customer, content).await?;
        let named = told.into_iter().map(|told| told.sourced);
        let named = named.filter(|sourced| by.contains(&sourced.grant.id));
        keeps.push(KeptContent {
            content,
            title: title(content),
            by: named
                .map(|sourced| (sourced.grant.id, sourced.source))
                .collect(),
            until,
            until_now,
        });
    }
    let loses = foretold.loses.into_iter().map(|content| LostContent {
        content,
        title: title(content),
    });
    Ok(RefundPreview {
        customer,
        lines,
        loses: loses.collect(),
        keeps,
        unaffected: foretold.unaffected,
    })
}
