//! Orders: one with its refunds, and all that changed.

use std::collections::BTreeSet;

use domain::order::{OrderFact, Saying};
use domain::{ExternalId, Timestamp};

use super::{Api, PER_PAGE, has_more, pages};
use crate::api::{Answer, ApiError, Cursor, Page};
use crate::json::Field;
use crate::reading::{Reading, Subject};
use crate::woocommerce::order::{self, FIELDS, Seen};
use crate::woocommerce::refund;

const REFUND_FIELDS: &str = "id,amount,date_created_gmt,line_items,shipping_lines";

/// Where a listing stands. It goes on by time, not by page number: an order that is changed while the pages are read moves
/// to the end, and would draw another one across the border of a page already read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Position {
    /// What changed after this second; the page is 1 unless a page came unsorted.
    After { second: i64, page: u64 },
    /// More orders than a page holds changed within this one second (an import, a bulk edit). They are read by id from the
    /// last page to the first: then one that is changed meanwhile, and leaves, moves the others only towards pages that are
    /// still to come. Page 0 asks how many pages there are.
    Within { second: i64, page: u64 },
}

impl Position {
    fn to_cursor(self) -> Cursor {
        Cursor(match self {
            Self::After { second, page } => format!("after:{second}:{page}"),
            Self::Within { second, page } => format!("within:{second}:{page}"),
        })
    }

    /// Reads a cursor; `None` when it is none of ours.
    fn from_cursor(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.0.split(':');
        let kind = parts.next()?;
        let second = parts.next()?.parse().ok()?;
        let page = parts.next()?.parse().ok()?;
        match kind {
            "after" => Some(Self::After { second, page }),
            "within" => Some(Self::Within { second, page }),
            _ => None,
        }
    }

    /// Tells whether an order that changed in this second was asked for.
    fn covers(self, changed_in: i64) -> bool {
        match self {
            Self::After { second, .. } => changed_in > second,
            Self::Within { second, .. } => changed_in == second,
        }
    }

    /// Returns where it goes on after this answer, whose orders changed in these seconds; `None` after the last.
    fn next(self, answer: &Answer, changed_in: &[Option<i64>]) -> Result<Option<Self>, ApiError> {
        Ok(match self {
            Self::After { second, page } => {
                has_more(answer, page)?.then(|| Self::after_page(second, page, changed_in))
            }
            Self::Within { second, page: 0 } => {
                let pages = pages(answer).or((changed_in.len() < PER_PAGE).then_some(1));
                let last = pages.ok_or(ApiError::Reported("a full page of no known number"))?;
                Some(if last > 1 {
                    Self::Within { second, page: last }
                } else {
                    Self::After { second, page: 1 }
                })
            }
            Self::Within { second, page: 1 } => Some(Self::After { second, page: 1 }),
            Self::Within { second, page } => Some(Self::Within {
                second,
                page: page.saturating_sub(1),
            }),
        })
    }

    /// Returns where it goes on after a full page. Others may have changed in the second of its last order.
    fn after_page(second: i64, page: u64, changed_in: &[Option<i64>]) -> Self {
        let last = changed_in.last().copied().flatten();
        match last.filter(|_| changed_in.is_sorted()) {
            Some(last) if last - 1 > second => Self::After {
                second: last - 1,
                page: 1,
            },
            Some(last) => Self::Within {
                second: last,
                page: 0,
            },
            // Sites that keep orders as posts sort by local time, which goes back by an hour once a year.
            None => Self::After {
                second,
                page: page.saturating_add(1),
            },
        }
    }
}

impl Api {
    /// Fetches an order with its refunds; empty when the shop does not have it.
    pub(super) async fn order(
        &self,
        order: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        // No other id is one of WooCommerce's, and as part of an address it might name something else.
        if !order.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Vec::new());
        }
        match self.order_and_refunds(order, started_at).await {
            Err(ApiError::NotFound) => Ok(Vec::new()),
            other => other,
        }
    }

    async fn order_and_refunds(
        &self,
        id: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let answer = self
            .get(&["orders", id.as_str()], &[("_fields", FIELDS)])
            .await?;
        let root = answer.json.root();
        let seen = Seen::Fetched(started_at);
        let fact = order::state(&root, seen)?;
        if fact.order != *id {
            return Err(root.wrong_at("id", "is not the one asked for").into());
        }
        let has_refunds = has_refunds(&fact);
        let mut facts = vec![fact];
        if has_refunds {
            let currency = order::currency(&root)?;
            facts.extend(self.refunds(id, &currency, seen).await?);
        }
        Ok(facts)
    }

    async fn refunds(
        &self,
        id: &ExternalId,
        currency: &str,
        seen: Seen,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let mut facts = Vec::new();
        let mut ids = BTreeSet::new();
        let mut page = 1_u64;
        loop {
            let number = page.to_string();
            let query = [
                ("per_page", "100"),
                ("page", &number),
                ("orderby", "id"),
                ("order", "asc"),
                ("_fields", REFUND_FIELDS),
            ];
            let answer = self
                .get(&["orders", id.as_str(), "refunds"], &query)
                .await?;
            for item in answer.json.root().items()? {
                if !ids.insert(order::id(&item)?) {
                    return Err(ApiError::PagingLoop);
                }
                facts.push(refund::state(&item, id, currency, seen)?);
            }
            if !has_more(&answer, page)? {
                return Ok(facts);
            }
            page = page.saturating_add(1);
        }
    }

    /// Lists a page of the orders that changed at `since` or later. A cursor that is none of ours begins anew.
    pub(super) async fn changed_orders(
        &self,
        since: Timestamp,
        cursor: Option<&Cursor>,
        started_at: Timestamp,
    ) -> Result<Page<Reading>, ApiError> {
        let first = Position::After {
            // WooCommerce lists what is later than it is asked for, in whole seconds.
            second: since.as_seconds().max(1) - 1,
            page: 1,
        };
        let position = cursor.and_then(Position::from_cursor).unwrap_or(first);
        let answer = self.page_at(position).await?;
        let mut content = Reading::default();
        let mut changed_in = Vec::new();
        for item in answer.json.root().items()? {
            let second = order::time(&item, "date_modified_gmt")?.map(Timestamp::as_seconds);
            if second.is_some_and(|second| !position.covers(second)) {
                // The site does not heed the query, and would give this page for ever.
                return Err(ApiError::PagingLoop);
            }
            changed_in.push(second);
            content.extend(listed(&item, started_at)?);
        }
        let total = answer.header("x-wp-total").and_then(|n| n.parse().ok());
        Ok(Page {
            content,
            next: position
                .next(&answer, &changed_in)?
                .map(Position::to_cursor),
            // Further on it would count what is left.
            total: total.filter(|_| cursor.is_none()),
        })
    }

    async fn page_at(&self, position: Position) -> Result<Answer, ApiError> {
        let (after, before, order_by, page) = match position {
            Position::After { second, page } => (second, None, "modified", page),
            Position::Within { second, page } => (second - 1, Some(second + 1), "id", page.max(1)),
        };
        let (after, page) = (without_zone(after), page.to_string());
        let before = before.map(without_zone);
        let mut query = vec![
            ("modified_after", after.as_str()),
            ("dates_are_gmt", "true"),
            ("orderby", order_by),
            ("order", "asc"),
            // "any" leaves the trash out.
            ("status", "any,trash"),
            ("per_page", "100"),
            ("page", page.as_str()),
            ("_fields", FIELDS),
        ];
        query.extend(before.as_deref().map(|before| ("modified_before", before)));
        self.get(&["orders"], &query).await
    }
}

/// Reads an order of a listing. One that cannot be read must not hide those behind it for ever, so it is looked up, where
/// its own fault is seen; so are refunds, whose lines the listing does not tell.
fn listed(item: &Field<'_>, started_at: Timestamp) -> Result<Reading, ApiError> {
    let subject = Subject::Order(order::id(item)?);
    Ok(match order::state(item, Seen::Fetched(started_at)) {
        Ok(fact) if has_refunds(&fact) => Reading::of_facts(vec![fact]).and_look_up(subject),
        Ok(fact) => Reading::of_facts(vec![fact]),
        Err(_) => Reading::of_hint(subject),
    })
}

fn has_refunds(fact: &OrderFact) -> bool {
    match &fact.saying {
        Saying::Order(order) => {
            let refunds = order.state.complete_refunds.as_ref();
            refunds.is_none_or(|ids| !ids.is_empty())
        }
        Saying::Refund(..) | Saying::Dispute(..) => false,
    }
}

/// Writes a second as WooCommerce compares it: with a zone it would be moved to the site's own before it is compared with
/// the times in UTC.
fn without_zone(second: i64) -> String {
    let text = Timestamp::from_seconds(second).to_string();
    text.trim_end_matches('Z').to_owned()
}
