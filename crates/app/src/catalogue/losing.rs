//! Who loses what when a product is deleted or taken out of a bundle: said first, and named by whoever goes on.

use std::collections::BTreeSet;

use domain::catalogue::Catalogue;
use domain::{ContentId, ProductId, StoreItemId, Timestamp};
use storage::losing::{Losses, count};
use storage::{Access, bundles, orders, products};

use super::{CatalogueError, items, must_exist};
use crate::App;

/// How many store items are walked through at once.
const ITEMS: i64 = 1_000;

/// What shall go away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Going {
    /// A product, with its own courses and files.
    Product(ProductId),
    /// A product out of a bundle.
    Part {
        /// The bundle.
        bundle: ProductId,
        /// The product in it.
        part: ProductId,
    },
}

/// Whom and what it touches when something goes away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Losing {
    /// The customers who can open something now that they then can not.
    pub customers_with_access: i64,
    /// The courses that are deleted, or no longer in the bundle.
    pub courses: usize,
    /// The files that are deleted, or no longer in the bundle.
    pub files: usize,
}

impl Losing {
    /// Lets through who has seen how many lose access.
    pub(super) fn check(self, customers_with_access: Option<i64>) -> Result<(), CatalogueError> {
        if customers_with_access == Some(self.customers_with_access) {
            Ok(())
        } else {
            Err(CatalogueError::ConfirmationNeeded(self))
        }
    }
}

impl App {
    /// Tells whom it touches when this goes away.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn list_losing(&self, going: Going) -> Result<Losing, CatalogueError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        losing(&mut reader, going, now).await
    }
}

/// Counts whom and what it touches when this goes away.
pub(super) async fn losing(
    access: &mut impl Access,
    going: Going,
    now: Timestamp,
) -> Result<Losing, CatalogueError> {
    let from = match going {
        Going::Product(id) => id,
        Going::Part { bundle, .. } => bundle,
    };
    must_exist(products::find(access, from).await?)?;
    let mut catalogue = Catalogue::default();
    products::load_into(access, &mut catalogue, from).await?;
    let deleted = match going {
        Going::Product(id) => own_contents(&catalogue, id),
        Going::Part { bundle, part } => {
            let parts = bundles::list_parts(access, bundle).await?;
            if !parts.iter().any(|known| known.id == part) {
                return Err(CatalogueError::NotInBundle);
            }
            BTreeSet::new()
        }
    };
    let sold = list_sold(access, &mut catalogue, from).await?;
    let rest = without(&catalogue, going);
    let missing = |product| &catalogue.contents_of(product) - &rest.contents_of(product);
    let of_items = sold.into_iter().flat_map(|(item, product)| {
        let contents = missing(product).into_iter();
        contents.map(move |content| (item, content))
    });
    let losses = Losses {
        of_items: of_items.collect(),
        deleted: deleted.iter().copied().collect(),
    };
    let gone = match going {
        Going::Product(_) => deleted,
        Going::Part { bundle, .. } => missing(bundle),
    };
    let courses = gone.iter().filter(|id| id.course().is_some()).count();
    Ok(Losing {
        customers_with_access: count(access, &losses, now).await?,
        courses,
        files: gone.len() - courses,
    })
}

/// Lists the items that stand for the product, or for a bundle around it, at present, with what each stands for; and loads
/// those products.
async fn list_sold(
    access: &mut impl Access,
    catalogue: &mut Catalogue,
    product: ProductId,
) -> Result<Vec<(StoreItemId, ProductId)>, CatalogueError> {
    let (mut sold, mut after) = (Vec::new(), None);
    loop {
        let page = orders::list_items_of_product(access, product, after, ITEMS).await?;
        let Some(last) = page.last() else {
            return Ok(sold);
        };
        after = Some(*last);
        for (item, product) in items::list_products(access, &page).await? {
            products::load_into(access, catalogue, product).await?;
            sold.push((item, product));
        }
    }
}

/// Returns the catalogue as it is when this is gone.
fn without(catalogue: &Catalogue, going: Going) -> Catalogue {
    let mut rest = catalogue.clone();
    match going {
        Going::Product(id) => drop(rest.products.remove(&id)),
        Going::Part { bundle, part } => {
            if let Some(bundle) = rest.products.get_mut(&bundle) {
                bundle.bundled.remove(&part);
            }
        }
    }
    rest
}

fn own_contents(catalogue: &Catalogue, product: ProductId) -> BTreeSet<ContentId> {
    let product = catalogue.products.get(&product);
    product
        .map(|product| product.contents.clone())
        .unwrap_or_default()
}
