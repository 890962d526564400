//! Grants as administrators look at them.

use domain::{ContentId, CustomerId, GrantId, Timestamp};
use storage::grants::{self, GrantFilter, ListedGrant};
use storage::{Access, contents, customers};

use super::AdministrationError;
use crate::App;

/// How many grants a page holds at most.
pub const LONGEST_PAGE: u32 = 200;

/// A page of grants, newest first.
#[derive(Clone, Debug)]
pub struct GrantsPage {
    /// Its grants.
    pub items: Vec<ListedGrant>,
    /// The grant after which the next page goes on; `None` when there is none.
    pub next: Option<GrantId>,
    /// When it was asked for.
    pub now: Timestamp,
}

impl App {
    /// Lists at most `limit` grants (200 at most) that are older than `before`, ended ones too, newest first. A customer
    /// who was merged is whom she was merged into.
    ///
    /// # Errors
    /// There is no such customer or content, or the database failed.
    pub async fn list_grants(
        &self,
        filter: GrantFilter,
        before: Option<GrantId>,
        limit: u32,
    ) -> Result<GrantsPage, AdministrationError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut reader = self.parts.db.reader().await?;
        let filter = match filter {
            GrantFilter::Customer(id) => GrantFilter::Customer(person(&mut reader, id).await?),
            GrantFilter::Content(id) => GrantFilter::Content(existing(&mut reader, id).await?),
            GrantFilter::Both(customer, content) => GrantFilter::Both(
                person(&mut reader, customer).await?,
                existing(&mut reader, content).await?,
            ),
        };
        let mut items = grants::list(&mut reader, filter, before, limit + 1).await?;
        let is_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if is_more {
            items.pop();
        }
        let next = items.last().filter(|_| is_more).map(|last| last.grant.id);
        let now = self.now();
        Ok(GrantsPage { items, next, now })
    }
}

async fn person(
    access: &mut impl Access,
    id: CustomerId,
) -> Result<CustomerId, AdministrationError> {
    let found = customers::find(access, id).await?;
    let person = found.ok_or(AdministrationError::NoSuchCustomer)?;
    Ok(person.id)
}

async fn existing(
    access: &mut impl Access,
    id: ContentId,
) -> Result<ContentId, AdministrationError> {
    if contents::is_known(access, id).await? {
        Ok(id)
    } else {
        Err(AdministrationError::NoSuchContent)
    }
}
