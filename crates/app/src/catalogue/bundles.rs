//! Products inside products.

use domain::ProductId;
use domain::audit::{Cause, Event};
use domain::catalogue::Catalogue;
use serde_json::json;
use storage::{bundles, products};

use super::losing::{Going, losing};
use super::{CatalogueError, Changed, must_exist};
use crate::App;
use crate::worker::Job;

impl App {
    /// Puts a product into a bundle; those who bought the bundle get what is in it.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn add_to_bundle(
        &self,
        by: &Cause,
        bundle: ProductId,
        part: ProductId,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        // Under this lock nobody else can close a circle with another part.
        let mut tx = self.begin_change().await?;
        let mut catalogue = Catalogue::default();
        for product in [bundle, part] {
            must_exist(products::find(&mut tx, product).await?)?;
            products::load_into(&mut tx, &mut catalogue, product).await?;
        }
        if catalogue.would_contain_itself(bundle, part) {
            return Err(CatalogueError::ContainsItself);
        }
        if !bundles::insert(&mut tx, bundle, part).await? {
            return Ok(Changed::NOBODY);
        }
        products::refresh_video_course(&mut tx, bundle).await?;
        let job = Job::ReconcileProduct(bundle);
        let job = self.begin_job(&mut tx, &job, now).await?;
        let added = Event {
            after: Some(json!({ "part_id": part })),
            ..Event::of("bundle.part_added", bundle)
        };
        self.record(&mut tx, now, by, vec![added]).await?;
        tx.commit().await?;
        Ok(Changed::by(job))
    }

    /// Takes a product out of a bundle; those who have what is in it by this bundle alone lose it within moments.
    ///
    /// # Errors
    /// See [`CatalogueError`]; `ConfirmationNeeded` when `customers_with_access` is not how many lose something now.
    pub async fn take_out_of_bundle(
        &self,
        by: &Cause,
        bundle: ProductId,
        part: ProductId,
        customers_with_access: Option<i64>,
    ) -> Result<Changed, CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let losing = losing(&mut tx, Going::Part { bundle, part }, now).await?;
        losing.check(customers_with_access)?;
        bundles::delete(&mut tx, bundle, part).await?;
        products::refresh_video_course(&mut tx, bundle).await?;
        let job = Job::ReconcileProduct(bundle);
        let job = self.begin_job(&mut tx, &job, now).await?;
        let removed = Event {
            before: Some(json!({
                "part_id": part, "customers_with_access": losing.customers_with_access,
            })),
            ..Event::of("bundle.part_removed", bundle)
        };
        self.record(&mut tx, now, by, vec![removed]).await?;
        tx.commit().await?;
        Ok(Changed::by(job))
    }
}
