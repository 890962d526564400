//! How a viewer stands: the grants and blocks of every customer whom her session has proven to be, and the grants of the
//! orders that name a store's customer whom it has proven to be.
//!
//! A session that has proven one customer, as nearly all have, costs one statement. Each further proof costs one more.

use std::collections::btree_map::Entry;

use domain::viewer::Viewer;
use domain::{ContentId, CourseId, ExternalId, StoreId};

use crate::access::{self, ByContent, ContentRow, OnContent, by_content};
use crate::column::Text;
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    // Of these orders alone: whoever owns one of them may own others, which are none of the viewer's.
    LIST_OF_IDENTITY = "
        SELECT a.id, a.course_id, a.file_id, a.granted_at, a.expires_at, a.extended_until, a.revoked_at, a.revoke_reason
        FROM orders o
        JOIN customer_access a ON a.order_id = o.id
        WHERE o.store_id = $1 AND o.external_customer = $2
        LIMIT 100000";
}

/// Lists the viewer's grants and the blocks that stand against her on one content.
///
/// # Errors
/// The database failed.
pub async fn list_on_content(
    access: &mut impl Access,
    viewer: &Viewer,
    content: ContentId,
) -> Result<OnContent> {
    let mut found = OnContent::default();
    for customer in viewer.customers() {
        let of_customer = access::list_on_content(access, customer, content).await?;
        found.unite(of_customer);
    }
    for identity in viewer.identities() {
        let mut of_orders = list_of_identity(access, identity).await?;
        found.unite(of_orders.remove(&content).unwrap_or_default());
    }
    Ok(found)
}

/// Lists all grants of the viewer and all blocks that stand against her, by content.
///
/// # Errors
/// The database failed.
pub async fn list_of_viewer(access: &mut impl Access, viewer: &Viewer) -> Result<ByContent> {
    let mut found = ByContent::new();
    for customer in viewer.customers() {
        let of_customer = access::list_of_customer(access, customer).await?;
        unite(&mut found, of_customer);
    }
    add_identities(access, viewer, &mut found).await?;
    Ok(found)
}

/// Lists the viewer's grants on a course and on the files of its product, and all blocks that stand against her, by
/// content; grants on other contents may be among them.
///
/// # Errors
/// The database failed.
pub async fn list_around_course(
    access: &mut impl Access,
    viewer: &Viewer,
    course: CourseId,
) -> Result<ByContent> {
    let mut found = ByContent::new();
    for customer in viewer.customers() {
        let of_customer = access::list_around_course(access, customer, course).await?;
        unite(&mut found, of_customer);
    }
    add_identities(access, viewer, &mut found).await?;
    Ok(found)
}

async fn add_identities(
    access: &mut impl Access,
    viewer: &Viewer,
    found: &mut ByContent,
) -> Result<()> {
    for identity in viewer.identities() {
        let of_orders = list_of_identity(access, identity).await?;
        unite(found, of_orders);
    }
    Ok(())
}

/// Lists the grants of the orders that name this customer of a store, whoever owns them.
async fn list_of_identity(
    access: &mut impl Access,
    (store, external): &(StoreId, ExternalId),
) -> Result<ByContent> {
    let rows: Vec<ContentRow> = on!(access, |c| {
        sqlx::query_as(LIST_OF_IDENTITY)
            .bind(Text(*store))
            .bind(external.as_str())
            .fetch_all(c)
            .await
    })?;
    by_content(rows)
}

fn unite(found: &mut ByContent, more: ByContent) {
    for (content, on) in more {
        match found.entry(content) {
            Entry::Occupied(mut known) => known.get_mut().unite(on),
            Entry::Vacant(place) => {
                place.insert(on);
            }
        }
    }
}

impl OnContent {
    /// Takes in what another proof opens or closes; what both have counts once.
    fn unite(&mut self, more: Self) {
        if self.grants.is_empty() {
            self.grants = more.grants;
        } else {
            for grant in more.grants {
                if !self.grants.iter().any(|known| known.id == grant.id) {
                    self.grants.push(grant);
                }
            }
        }
        self.blocks.extend(more.blocks);
    }
}
