//! What changed, and what is for sale.
//!
//! Stripe keeps events for 30 days. What changed within them is read from them; what is older, from the lists of completed
//! checkouts and paid invoices, by when they were made: a change from before 30 days ago to an order that was made before
//! `since` is not seen. All lists come newest first, which is safe, because a page begins after an id and not at a number: what
//! happens meanwhile shifts nothing, and comes with the next listing. One that breaks off has to be begun again.

use domain::Timestamp;

use super::StripeApi;
use crate::api::{ApiError, CatalogueItem, Cursor, Page};
use crate::fields;
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};
use crate::stripe::checkout::{self, Purchase};
use crate::stripe::event;
use crate::stripe::object::{expanded, reference, text};
use domain::order::StoreItem;

/// For how long events are there for certain.
const EVENTS_LAST_SECONDS: i64 = 29 * 86_400;

/// How far Stripe's clock may be ahead of ours.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// Which list a listing has come to, and after which id its next page begins.
#[derive(Debug)]
pub(super) struct Shown {
    list: List,
    after: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum List {
    Sessions,
    Invoices,
    Events,
}

impl List {
    const ALL: [Self; 3] = [Self::Sessions, Self::Invoices, Self::Events];

    const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Invoices => "invoices",
            Self::Events => "events",
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Sessions => Some(Self::Invoices),
            Self::Invoices => Some(Self::Events),
            Self::Events => None,
        }
    }
}

impl Shown {
    /// Begins a listing.
    pub(super) fn first(since: Timestamp, started_at: Timestamp) -> Self {
        let oldest_event = started_at.plus_seconds(-EVENTS_LAST_SECONDS);
        let list = if since < oldest_event {
            List::Sessions
        } else {
            List::Events
        };
        Self { list, after: None }
    }

    /// Goes on where a page ended.
    pub(super) fn from_cursor(cursor: &Cursor) -> Result<Self, ApiError> {
        let (name, after) = cursor.0.split_once(':').ok_or(ApiError::PagingLoop)?;
        let list = List::ALL.into_iter().find(|list| list.name() == name);
        Ok(Self {
            list: list.ok_or(ApiError::PagingLoop)?,
            after: Some(after.to_owned()).filter(|after| !after.is_empty()),
        })
    }

    fn cursor(&self) -> Cursor {
        let after = self.after.as_deref().unwrap_or_default();
        Cursor(format!("{}:{after}", self.list.name()))
    }
}

impl StripeApi {
    pub(super) async fn changed(
        &self,
        since: Timestamp,
        at: Shown,
        started_at: Timestamp,
    ) -> Result<Page<Reading>, ApiError> {
        let since = since.as_seconds().max(0).to_string();
        let since = ("created[gte]", since.as_str());
        let after = at.after.as_deref();
        let listed = match at.list {
            List::Sessions => {
                let query = [since, ("status", "complete")];
                let path = ["checkout", "sessions"];
                self.page(&path, &query, after, session).await?
            }
            List::Invoices => {
                let query = [since, ("status", "paid")];
                self.page(&["invoices"], &query, after, invoice).await?
            }
            List::Events => {
                let latest = started_at.plus_seconds(CLOCKS_DIFFER_SECONDS);
                let mut query = vec![since];
                query.extend(event::TYPES.map(|name| ("types[]", name)));
                // One event that cannot be read must not hide the others: what it is about is looked up.
                let read = |field: &Field<'_>| {
                    Ok(event::read(field, latest).unwrap_or_else(|_| event::hint_by_id(field)))
                };
                self.page(&["events"], &query, after, read).await?
            }
        };
        let mut content = Reading::default();
        for reading in listed.items {
            content.extend(reading);
        }
        let next = match listed.next {
            Some(after) => Some(Shown {
                list: at.list,
                after: Some(after),
            }),
            None => at.list.next().map(|list| Shown { list, after: None }),
        };
        Ok(Page {
            content,
            next: next.map(|shown| shown.cursor()),
            total: None,
        })
    }

    pub(super) async fn prices(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Vec<CatalogueItem>>, ApiError> {
        let query = [("active", "true"), ("expand[]", "data.product")];
        let after = cursor.map(|cursor| cursor.0.as_str());
        let listed = self.page(&["prices"], &query, after, price).await?;
        Ok(Page {
            content: listed.items.into_iter().flatten().collect(),
            next: listed.next.map(Cursor),
            total: None,
        })
    }
}

/// Only a hint: stated without its refunds, an order would look as if it had none.
fn session(object: &Field<'_>) -> Result<Reading, ParseError> {
    Ok(match checkout::purchase(object)? {
        // The list of invoices has it.
        Purchase::Invoice(_) | Purchase::InvoiceToCome | Purchase::Nothing => Reading::default(),
        Purchase::Payment(id) => Reading::of_hint(Subject::Payment(id)),
        Purchase::Session(id) => Reading::of_hint(Subject::Order(id)),
    })
}

fn invoice(object: &Field<'_>) -> Result<Reading, ParseError> {
    let id = object.required("id")?.id()?;
    Ok(Reading::of_hint(Subject::Order(id)))
}

/// Reads a price of a product that is still for sale.
fn price(object: &Field<'_>) -> Result<Option<CatalogueItem>, ParseError> {
    let Some(product) = expanded(object, "product")? else {
        return Ok(None);
    };
    let is_active = product.optional("active")?;
    if !is_active.map_or(Ok(false), |field| field.boolean())? {
        return Ok(None);
    }
    let name = text(&product, "name")?.unwrap_or_default();
    let title = match text(object, "nickname")? {
        Some(nickname) => format!("{name} – {nickname}"),
        None => name,
    };
    Ok(Some(CatalogueItem {
        item: StoreItem {
            product: reference(object, "product")?,
            variant: Some(object.required("id")?.id()?),
            sku: None,
        },
        title: fields::title(&title),
    }))
}
