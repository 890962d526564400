//! Products, what is in them, and which store items stand for them.
//!
//! - [`products`](ShownProduct): made, listed, shown, changed, deleted; `bundles` put products into products.
//! - [`items`](ListedItem): what the stores sell, and what it stands for; `mapping` says it.
//! - `recording` notes what they sell for the first time, [`sku_rules`](NewSkuRule) say at once what that stands for, and
//!   `suggesting` finds what its title says.
//! - [`losing`](Losing): who loses what when something goes away, said before it does.
//!
//! Every change begins with the lock that keeps reconciliations out, and ends with the job that recomputes whom it
//! touches, in the same transaction.

mod bundles;
mod items;
mod losing;
mod mapping;
mod products;
mod recording;
mod sku_rules;
mod suggesting;

use domain::{JobId, ProductId};
use serde_json::{Value, json};
use storage::StorageError;

pub use self::items::ListedItem;
pub use self::losing::{Going, Losing};
pub use self::products::{LONGEST_ACCESS_DAYS, Lasting, ProductChange, ShownProduct};
pub use self::sku_rules::{MadeRule, NewSkuRule};
pub use storage::products::ShelvedProduct;
pub use storage::sku_rules::KeptRule;
pub use storage::store_items::{ItemFilter, ItemState, KeptItem, PaidPlace, Waiting};

/// Why the catalogue was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// There is no such product.
    #[error("there is no product of that id")]
    NoSuchProduct,
    /// There is no product to map an item to.
    #[error("there is no product of that id to map the item to")]
    NoProductToMapTo,
    /// There is no such store.
    #[error("there is no store of that id")]
    NoSuchStore,
    /// There is no such store item.
    #[error("there is no store item of that id")]
    NoSuchItem,
    /// The product is not in the bundle.
    #[error("the product is not in the bundle")]
    NotInBundle,
    /// The bundle would contain itself.
    #[error("the bundle would contain itself")]
    ContainsItself,
    /// The title is none.
    #[error("a title is one line of 1 to 200 characters")]
    Title,
    /// The days of access are out of bounds.
    #[error("access lasts for 1 to {LONGEST_ACCESS_DAYS} days, or for ever")]
    AccessDays,
    /// The item names neither product, variant nor SKU.
    #[error("name a product, a variant or a SKU of the store")]
    NamesNothing,
    /// There is no such SKU rule.
    #[error("there is no SKU rule of that id")]
    NoSuchRule,
    /// The same stores have a rule of that pattern.
    #[error("there is a rule of that pattern already: remove it first")]
    RuleExists,
    /// The item's title suggests another product now, or none.
    #[error("the item's title does not suggest that product now")]
    SuggestionChanged,
    /// It was not said, or not truly, who loses access.
    #[error("say first who loses access: {} customers now", .0.customers_with_access)]
    ConfirmationNeeded(Losing),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What came of a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Changed {
    /// The job that brings it to those whom it touches; `None` when it touches nobody.
    pub job: Option<JobId>,
}

impl Changed {
    const NOBODY: Self = Self { job: None };

    fn by(job: JobId) -> Self {
        Self { job: Some(job) }
    }
}

fn must_exist(found: Option<ShelvedProduct>) -> Result<ShelvedProduct, CatalogueError> {
    found.ok_or(CatalogueError::NoSuchProduct)
}

/// Names a product in an event.
fn named(product: Option<ProductId>) -> Value {
    json!({ "product_id": product })
}
