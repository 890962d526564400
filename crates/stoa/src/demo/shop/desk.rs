//! What the shop's staff see and do in Stoa. Unlike the shop itself they call its use cases, as an administrator does by
//! the API, and leave the same entries in the audit log.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use app::administration::{AdministrationError, Longer, Telling, Whom};
use app::audit::AuditFilter;
use app::catalogue::{ItemFilter, ListedItem};
use app::gaps::AccessGap;
use app::orders::{RefundPreview, ShownOrder, WhichOrders};
use app::why::Why;
use domain::access::GrantStanding;
use domain::audit::chain::Entry;
use domain::{ContentId, CourseId, EmailAddress, OrderId, Timestamp};

use super::order::RefundOf;
use super::{DemoShop, STORE_NAME, ShopError};
use crate::commands::COMMAND_LINE;
use crate::demo::content::{MOST_PRODUCTS, item};
use crate::demo::lessons::{NEW_SKU, NEW_TITLE};

/// How often, and after which pauses, a page looks whether Stoa has worked off what it was told.
const LOOKS: usize = 40;
const PAUSE: Duration = Duration::from_millis(15);
/// More courses than anybody makes in a demo.
const MOST_COURSES: i64 = 100;
/// Gaps and entries of the audit log that are shown.
const SHOWN: u32 = 12;
/// How much longer an extension makes a grant.
const LONGER_DAYS: u32 = 30;
/// How long a short grant lasts.
const SHORT_DAYS: u32 = 7;
/// What the staff write down.
const NOTE: &str = "Granted at the shop’s desk";
const REASON: &str = "Closed at the shop’s desk";

/// What the staff may do about a course and a customer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Deed {
    /// Grant it by hand, for good.
    Grant,
    /// Grant it by hand, for a week.
    GrantShortly,
    /// End it, and block it.
    Revoke,
    /// Lift the block.
    Lift,
    /// Make longer what ends.
    Extend,
}

impl Deed {
    /// Every deed, with its name in forms.
    const NAMES: [(Self, &str); 5] = [
        (Self::Grant, "grant"),
        (Self::GrantShortly, "grant-shortly"),
        (Self::Revoke, "revoke"),
        (Self::Lift, "lift"),
        (Self::Extend, "extend"),
    ];

    /// Returns its name in forms.
    pub(super) fn name(self) -> &'static str {
        let named = Self::NAMES.into_iter().find(|(deed, _)| *deed == self);
        named.map_or("", |(_, name)| name)
    }

    /// Finds the deed of a name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let named = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        named.map(|(deed, _)| deed)
    }
}

/// What the staff see at a glance.
pub(super) struct Desk {
    /// Paying customers without access.
    pub(super) without_access: i64,
    /// The first of them, with what would mend it.
    pub(super) gaps: Vec<AccessGap>,
    /// Whether somebody has said what the new ware stands for.
    pub(super) is_new_mapped: bool,
}

/// The buyer of an order, and how she stands with every course.
pub(super) struct Buyer {
    /// Her address.
    pub(super) email: EmailAddress,
    /// The courses by title, with why each is open or closed.
    pub(super) courses: Vec<(CourseId, Why)>,
    /// What the audit log tells of her access, newest first.
    pub(super) entries: Vec<Entry>,
}

impl DemoShop {
    /// Waits a moment for Stoa to work off what it was told, so that a page shows what came of it.
    pub(super) async fn settle(&self) -> Result<(), ShopError> {
        for _ in 0..LOOKS {
            let counted = self
                .0
                .app
                .count_gaps()
                .await
                .context("nothing is counted")?;
            let is_idle = |counts: &BTreeMap<String, i64>| {
                let waiting = ["queued", "working"].map(|state| counts.get(state).copied());
                waiting.into_iter().flatten().sum::<i64>() == 0
            };
            if is_idle(&counted.deliveries) && is_idle(&counted.jobs) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Returns what the staff see at a glance.
    pub(super) async fn desk(&self) -> Result<Desk, ShopError> {
        let app = &self.0.app;
        let counted = app.count_gaps().await.context("nothing is counted")?;
        let gaps = app.list_gaps(None, None, SHOWN).await;
        let new = self.find_new_item().await?;
        Ok(Desk {
            without_access: counted.paying_customers_without_access,
            gaps: gaps.context("nobody is listed")?.items,
            is_new_mapped: new.is_some_and(|item| item.product.is_some()),
        })
    }

    /// Says that the new ware stands for the new course.
    pub(super) async fn map_new(&self) -> Result<(), ShopError> {
        let app = &self.0.app;
        let products = app.list_products(None, MOST_PRODUCTS).await;
        let products = products.context("the products are not listed")?;
        let product = products.iter().find(|product| product.title == NEW_TITLE);
        let product = product.context("the new course is gone")?.id;
        let new = item(NEW_SKU)?;
        let mapped = app.map_item(&COMMAND_LINE, self.0.store, &new, product);
        mapped.await.context("the ware is not mapped")?;
        Ok(())
    }

    /// Forgets what the new ware stands for, so that it can be shown again.
    pub(super) async fn unmap_new(&self) -> Result<(), ShopError> {
        if let Some(new) = self.find_new_item().await? {
            let unmapped = self.0.app.unmap_store_item(&COMMAND_LINE, new.item.id);
            unmapped.await.context("the ware is not unmapped")?;
        }
        Ok(())
    }

    async fn find_new_item(&self) -> Result<Option<ListedItem>, ShopError> {
        let filter = ItemFilter {
            store: Some(self.0.store),
            ..ItemFilter::default()
        };
        let items = self.0.app.list_store_items(filter, None, MOST_PRODUCTS);
        let items = items.await.context("the wares are not listed")?;
        let new = item(NEW_SKU)?;
        Ok(items.into_iter().find(|listed| listed.item.item == new))
    }

    /// Lists what the courses are called.
    pub(super) async fn course_titles(&self) -> Result<BTreeMap<CourseId, String>, ShopError> {
        let courses = self.0.app.list_shelved_courses(None, None, MOST_COURSES);
        let courses = courses.await.context("the courses are not listed")?;
        Ok(courses
            .into_iter()
            .map(|course| (course.id, course.title))
            .collect())
    }

    /// Returns what Stoa knows of an order; `None` when it knows nothing of it.
    pub(super) async fn told_order(&self, number: u64) -> Result<Option<ShownOrder>, ShopError> {
        let Some(id) = self.find_told(number).await? else {
            return Ok(None);
        };
        let order = self.0.app.show_order(id).await;
        Ok(Some(order.context("the order is not shown")?))
    }

    async fn find_told(&self, number: u64) -> Result<Option<OrderId>, ShopError> {
        let store = STORE_NAME.parse().context("the store has no name")?;
        let external = number.to_string().parse();
        let which = WhichOrders::Named(store, external.context("the order has no name")?);
        let found = self.0.app.list_orders(&which, None, 1).await;
        let found = found.context("the orders are not listed")?;
        Ok(found.items.first().map(|order| order.id))
    }

    /// Foretells what refunds of an order would take away: of each line that is left, and of all of them.
    pub(super) async fn foretell(
        &self,
        number: u64,
    ) -> Result<Vec<(RefundOf, RefundPreview)>, ShopError> {
        let left = self.0.ledger.read(|ledger| {
            let order = ledger.find_order(number)?;
            let lines = order.lines.iter().map(|line| line.id);
            let left = lines.filter(|line| !order.is_refunded(*line));
            Some(left.collect::<Vec<u32>>())
        });
        let left = left.await.ok_or(ShopError::NoSuchOrder)?;
        let id = self.find_told(number).await?.ok_or(ShopError::NotTold)?;
        let mut refunds = vec![(RefundOf::Rest, Vec::new())];
        if left.len() > 1 {
            let lines = left.iter();
            refunds.extend(lines.map(|line| (RefundOf::Line(*line), vec![line.to_string()])));
        }
        let mut foretold = Vec::new();
        for (what, lines) in refunds {
            let preview = self.0.app.preview_refund(id, &lines).await;
            foretold.push((what, preview.context("the refund is not foretold")?));
        }
        Ok(foretold)
    }

    /// Returns how the buyer of an order stands with every course, and why.
    pub(super) async fn buyer(&self, number: u64) -> Result<Buyer, ShopError> {
        let email = self.address_of(number).await?;
        let whom = Whom::Email(email.clone());
        let app = &self.0.app;
        let customer = app.find_whom(&whom).await.map_err(unknown)?;
        let mut courses = Vec::new();
        for course in self.course_titles().await?.into_keys() {
            let why = app.explain_access(&whom, ContentId::Course(course)).await;
            courses.push((course, why.map_err(unknown)?));
        }
        courses.sort_by(|(_, one), (_, other)| one.title.cmp(&other.title));
        let filter = AuditFilter {
            customer: Some(customer.to_string()),
            ..AuditFilter::default()
        };
        let page = app.list_audit(&filter, None, SHOWN).await;
        Ok(Buyer {
            email,
            courses,
            entries: page.context("the audit log is not read")?.items,
        })
    }

    /// Does what the staff decided about a course and the buyer of an order.
    pub(super) async fn do_by_hand(
        &self,
        number: u64,
        course: CourseId,
        deed: Deed,
    ) -> Result<(), ShopError> {
        let whom = Whom::Email(self.address_of(number).await?);
        let (app, by, now) = (&self.0.app, &COMMAND_LINE, self.now());
        let content = ContentId::Course(course);
        let note = Some(NOTE.to_owned());
        match deed {
            Deed::Grant => {
                app.grant_access(by, whom, content, None, note, Telling::Nobody)
                    .await?;
            }
            Deed::GrantShortly => {
                let until = Some(now.plus_days(SHORT_DAYS));
                app.grant_access(by, whom, content, until, note, Telling::Nobody)
                    .await?;
            }
            Deed::Revoke => {
                let reason = Some(REASON.to_owned());
                app.revoke_access(by, whom, content, reason, Telling::Nobody)
                    .await?;
            }
            Deed::Lift => {
                app.lift_block(by, whom, content).await?;
            }
            Deed::Extend => {
                let why = app.explain_access(&whom, content).await?;
                let until = last_end(&why).map_or(now, |end| end.max(now));
                let longer = Longer::Content(whom, content);
                let until = until.plus_days(LONGER_DAYS);
                app.extend_access(by, longer, until, None).await?;
            }
        }
        Ok(())
    }

    async fn address_of(&self, number: u64) -> Result<EmailAddress, ShopError> {
        let find = |ledger: &super::Ledger| ledger.find_order(number).map(|o| o.email.clone());
        let email = self.0.ledger.read(find).await;
        let email = email.ok_or(ShopError::NoSuchOrder)?;
        email.parse().map_err(|_| ShopError::NotAnAddress)
    }
}

/// Returns when the last grant that is not revoked ends, when there is one and all end.
pub(super) fn last_end(why: &Why) -> Option<Timestamp> {
    let ends = why.grants.iter().filter_map(|grant| match grant.standing {
        GrantStanding::Live { until } => until,
        GrantStanding::Expired { at } => Some(at),
        GrantStanding::Future { .. } | GrantStanding::Revoked { .. } => None,
    });
    ends.max()
}

fn unknown(error: AdministrationError) -> ShopError {
    match error {
        AdministrationError::NoSuchCustomer => ShopError::NotTold,
        other => other.into(),
    }
}
