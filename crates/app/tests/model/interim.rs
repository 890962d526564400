//! Changes of the catalogue that have no use case yet: written into the database with the job that recomputes, as a use case
//! will do it.

use app::clock::Clock;
use domain::{JobId, ProductId};
use storage::{Tx, bundles, catalogue, jobs, products};

use crate::stage::Play;

impl Play<'_> {
    pub(crate) async fn unbundle(&self, bundle: usize, part: usize) -> bool {
        let (whole, part) = (self.shelves.products[bundle], self.shelves.products[part]);
        let mut tx = self.begin_change().await;
        let was_in_it = bundles::delete(&mut tx, whole, part).await.unwrap();
        self.recompute(tx, whole).await;
        was_in_it
    }

    pub(crate) async fn set_access_days(&self, product: usize, days: Option<u32>) {
        let product = self.shelves.products[product];
        let now = self.shop.clock.now();
        let mut tx = self.begin_change().await;
        products::update_access_days(&mut tx, product, days, now)
            .await
            .unwrap();
        self.recompute(tx, product).await;
    }

    async fn begin_change(&self) -> Tx {
        let mut tx = self.shop.app.db().begin().await.unwrap();
        catalogue::lock_for_change(&mut tx).await.unwrap();
        tx
    }

    async fn recompute(&self, mut tx: Tx, product: ProductId) {
        let now = self.shop.clock.now();
        products::refresh_video_course(&mut tx, product)
            .await
            .unwrap();
        let unique = u128::from(self.number) * 1_000 + u128::try_from(self.steps_taken).unwrap();
        let id = JobId::from_parts(now, unique);
        jobs::insert(&mut tx, id, "reconcile_product", &product.to_string(), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}
