//! Products, and which store items stand for them.

use domain::catalogue::Catalogue;
use domain::order::StoreItem;
use domain::{ProductId, StoreId, StoreItemId};
use storage::products::{self, ProductRow};
use storage::{StorageError, bundles, store_items};

use crate::App;
use crate::worker::Job;

/// Why the catalogue was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// There is no such product.
    #[error("there is no product of that id")]
    NoSuchProduct,
    /// The bundle would contain itself.
    #[error("the bundle would contain itself")]
    ContainsItself,
    /// The item names neither product, variant nor SKU.
    #[error("name a product, a variant or a SKU of the store")]
    NamesNothing,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl App {
    /// Makes a product that contains nothing yet.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn create_product(
        &self,
        title: &str,
        access_days: Option<u32>,
    ) -> Result<ProductId, CatalogueError> {
        let now = self.now();
        let id = self.new_id(now, ProductId::from_parts);
        let mut tx = self.parts.db.begin().await?;
        let product = ProductRow {
            id,
            title: title.to_owned(),
            access_days,
        };
        products::insert(&mut tx, &product, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Lists the first 1000 products by age.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn list_products(&self) -> Result<Vec<ProductRow>, CatalogueError> {
        let mut reader = self.parts.db.reader().await?;
        Ok(products::list(&mut reader, None, 1_000).await?)
    }

    /// Puts a product into a bundle; those who bought the bundle get what is in it.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn add_to_bundle(
        &self,
        bundle: ProductId,
        part: ProductId,
    ) -> Result<(), CatalogueError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let mut catalogue = Catalogue::default();
        for product in [bundle, part] {
            products::load_into(&mut tx, &mut catalogue, product).await?;
            if !catalogue.products.contains_key(&product) {
                return Err(CatalogueError::NoSuchProduct);
            }
        }
        if catalogue.would_contain_itself(bundle, part) {
            return Err(CatalogueError::ContainsItself);
        }
        bundles::insert(&mut tx, bundle, part).await?;
        products::refresh_video_course(&mut tx, bundle).await?;
        self.enqueue(&mut tx, &Job::ReconcileProduct(bundle), now)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Maps what a store sells to a product. Orders that are known already are reconciled; no redelivery is needed.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn map_item(
        &self,
        store: StoreId,
        item: &StoreItem,
        product: ProductId,
    ) -> Result<(), CatalogueError> {
        if *item == StoreItem::default() {
            return Err(CatalogueError::NamesNothing);
        }
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        if products::find(&mut tx, product).await?.is_none() {
            return Err(CatalogueError::NoSuchProduct);
        }
        let id = self.new_id(now, StoreItemId::from_parts);
        let id = store_items::insert(&mut tx, id, store, item, "", now).await?;
        store_items::map(&mut tx, id, product, now).await?;
        // Orders are found through every mapping that an item ever had, so this reaches those of the product before, too.
        self.enqueue(&mut tx, &Job::ReconcileProduct(product), now)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lists what a store sells that stands for no product yet, with its title; at most 1000.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn list_unmapped(
        &self,
        store: StoreId,
    ) -> Result<Vec<(StoreItem, String)>, CatalogueError> {
        let mut reader = self.parts.db.reader().await?;
        Ok(store_items::list_unmapped(&mut reader, store).await?)
    }
}
