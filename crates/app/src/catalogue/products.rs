//! Products: made, listed, shown, changed and deleted.

use domain::audit::{Cause, Event};
use domain::{ContentId, ProductId, Timestamp};
use serde_json::{Map, Value, json};
use storage::courses::{self, Course};
use storage::files::{self, File};
use storage::products::{self, ProductRow, ShelvedProduct};
use storage::{StorageError, Tx, bundles};

use super::losing::{Going, losing};
use super::{CatalogueError, Changed, ItemFilter, ListedItem, items, must_exist};
use crate::App;
use crate::contents::Title;
use crate::worker::Job;

/// The most days of access that a product may give: a hundred years.
pub const LONGEST_ACCESS_DAYS: u32 = 36_500;
/// More than any product has of anything.
const ALL: i64 = 1_000;

/// What to change of a product; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    /// What it is called.
    pub title: Option<String>,
    /// For how long it gives access.
    pub lasting: Option<Lasting>,
}

/// For how long a product gives access.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lasting {
    /// Never ends.
    ForEver,
    /// Days of 86 400 seconds.
    Days(u32),
}

/// A product with everything around it.
#[derive(Clone, Debug)]
pub struct ShownProduct {
    /// The product.
    pub product: ShelvedProduct,
    /// Its own courses.
    pub courses: Vec<Course>,
    /// Its own files.
    pub files: Vec<File>,
    /// The products directly in it.
    pub parts: Vec<ShelvedProduct>,
    /// The bundles that it is directly in.
    pub bundles: Vec<ShelvedProduct>,
    /// The store items that are mapped to it.
    pub items: Vec<ListedItem>,
}

impl App {
    /// Makes a product that contains nothing yet.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn create_product(
        &self,
        by: &Cause,
        title: &str,
        access_days: Option<u32>,
    ) -> Result<ProductId, CatalogueError> {
        let now = self.now();
        let product = ProductRow {
            id: self.new_id(now, ProductId::from_parts),
            title: check_title(title)?,
            access_days: check_days(access_days)?,
        };
        let mut tx = self.begin_change().await?;
        products::insert(&mut tx, &product, now).await?;
        let created = Event {
            after: Some(json!({ "title": product.title, "access_days": access_days })),
            ..Event::of("product.created", product.id)
        };
        self.record(&mut tx, now, by, vec![created]).await?;
        tx.commit().await?;
        Ok(product.id)
    }

    /// Lists products by age, those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_products(
        &self,
        after: Option<ProductId>,
        limit: i64,
    ) -> Result<Vec<ShelvedProduct>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        products::list(&mut reader, after, limit).await
    }

    /// Finds a product with everything around it, at most 1000 of a kind.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn show_product(&self, id: ProductId) -> Result<ShownProduct, CatalogueError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let of_product = ItemFilter {
            product: Some(id),
            ..ItemFilter::default()
        };
        Ok(ShownProduct {
            product: must_exist(products::find(&mut reader, id).await?)?,
            courses: courses::list(&mut reader, Some(id), None, ALL).await?,
            files: files::list_of_product(&mut reader, id).await?,
            parts: bundles::list_parts(&mut reader, id).await?,
            bundles: bundles::list_around(&mut reader, id).await?,
            items: items::list(&mut reader, of_product, None, ALL, now).await?,
        })
    }

    /// Changes a product. Other days of access reach those who bought it before, too.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn change_product(
        &self,
        by: &Cause,
        id: ProductId,
        change: ProductChange,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let before = must_exist(products::find(&mut tx, id).await?)?;
        let after = ProductRow {
            id,
            title: match change.title {
                Some(title) => check_title(&title)?,
                None => before.title.clone(),
            },
            access_days: match change.lasting {
                Some(Lasting::ForEver) => None,
                Some(Lasting::Days(days)) => check_days(Some(days))?,
                None => before.access_days,
            },
        };
        let (was, is) = differences(&before, &after);
        if is.is_empty() {
            return Ok(Changed::NOBODY);
        }
        products::update(&mut tx, &after, now).await?;
        let mut changed = Changed::NOBODY;
        if after.access_days != before.access_days {
            let job = Job::ReconcileProduct(id);
            changed = Changed::by(self.begin_job(&mut tx, &job, now).await?);
        }
        let updated = Event {
            before: Some(Value::Object(was)),
            after: Some(Value::Object(is)),
            ..Event::of("product.updated", id)
        };
        self.record(&mut tx, now, by, vec![updated]).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Deletes a product with its own courses and files. What its buyers had by it ends within moments, as content that
    /// was removed; what they have by other products stays.
    ///
    /// # Errors
    /// See [`CatalogueError`]; `ConfirmationNeeded` when `customers_with_access` is not how many lose something now.
    pub async fn delete_product(
        &self,
        by: &Cause,
        id: ProductId,
        customers_with_access: Option<i64>,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let product = must_exist(products::find(&mut tx, id).await?)?;
        let losing = losing(&mut tx, Going::Product(id), now).await?;
        losing.check(customers_with_access)?;
        let mut events = delete_contents(&mut tx, id, now).await?;
        products::delete(&mut tx, id, now).await?;
        products::refresh_video_course(&mut tx, id).await?;
        let job = self
            .begin_job(&mut tx, &Job::ReconcileProduct(id), now)
            .await?;
        events.push(Event {
            before: Some(json!({
                "title": product.title, "access_days": product.access_days,
                "customers_with_access": losing.customers_with_access,
            })),
            ..Event::of("product.deleted", id)
        });
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(Changed::by(job))
    }
}

async fn delete_contents(
    tx: &mut Tx,
    product: ProductId,
    now: Timestamp,
) -> Result<Vec<Event>, StorageError> {
    let mut events = Vec::new();
    for course in courses::list(tx, Some(product), None, i64::MAX).await? {
        courses::delete(tx, course.id, now).await?;
        events.push(Event {
            content: Some(ContentId::Course(course.id)),
            before: Some(
                json!({ "product_id": product, "title": course.title, "slug": course.slug }),
            ),
            ..Event::of("course.deleted", course.id)
        });
    }
    for file in files::list_of_product(tx, product).await? {
        files::delete(tx, file.id, now).await?;
        events.push(Event {
            content: Some(ContentId::File(file.id)),
            before: Some(json!({ "product_id": product, "title": file.title })),
            ..Event::of("file.deleted", file.id)
        });
    }
    Ok(events)
}

fn check_title(title: &str) -> Result<String, CatalogueError> {
    let title: Title = title.parse().map_err(|_| CatalogueError::Title)?;
    Ok(title.into())
}

fn check_days(days: Option<u32>) -> Result<Option<u32>, CatalogueError> {
    if days.is_none_or(|days| (1..=LONGEST_ACCESS_DAYS).contains(&days)) {
        Ok(days)
    } else {
        Err(CatalogueError::AccessDays)
    }
}

/// Returns what differs, before and after.
fn differences(
    before: &ShelvedProduct,
    after: &ProductRow,
) -> (Map<String, Value>, Map<String, Value>) {
    let pairs = [
        ("title", json!(before.title), json!(after.title)),
        (
            "access_days",
            json!(before.access_days),
            json!(after.access_days),
        ),
    ];
    let changed = pairs.into_iter().filter(|(_, was, is)| was != is);
    changed
        .map(|(name, was, is)| ((name.to_owned(), was), (name.to_owned(), is)))
        .unzip()
}
