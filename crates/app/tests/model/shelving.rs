//! How the shelves change: through the use cases, saying first who loses access, as an administrator does.

use app::catalogue::{Going, Lasting, ProductChange};
use testkit::BY;

use crate::stage::Play;

impl Play<'_> {
    /// Takes a product out of a bundle; false when it was not in it.
    pub(crate) async fn unbundle(&self, bundle: usize, part: usize) -> bool {
        let (bundle, part) = (self.shelves.products[bundle], self.shelves.products[part]);
        let app = &self.shop.app;
        let Ok(losing) = app.list_losing(Going::Part { bundle, part }).await else {
            return false;
        };
        let seen = Some(losing.customers_with_access);
        app.take_out_of_bundle(&BY, bundle, part, seen)
            .await
            .is_ok()
    }

    /// Gives a product another term.
    pub(crate) async fn set_access_days(&self, product: usize, days: Option<u32>) {
        let change = ProductChange {
            title: None,
            lasting: Some(days.map_or(Lasting::ForEver, Lasting::Days)),
        };
        let product = self.shelves.products[product];
        self.shop
            .app
            .change_product(&BY, product, change)
            .await
            .unwrap();
    }
}
