//! What products contain: courses, files and, in bundles, other products.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{ContentId, ProductId};

/// One product as it is today.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Product {
    /// Days of access that a line for this very product grants; `None` is for ever.
    pub access_days: Option<u32>,
    /// Its own courses and files.
    pub contents: BTreeSet<ContentId>,
    /// The products inside it, when it is a bundle.
    pub bundled: BTreeSet<ProductId>,
}

/// The products that a decision needs, bundles' parts included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Catalogue {
    /// The products by id.
    pub products: BTreeMap<ProductId, Product>,
}

impl Catalogue {
    /// Lists the contents of a product with every bundle opened. Content reached by two paths is there once; a product
    /// that is not in the catalogue contains nothing.
    #[must_use]
    pub fn contents_of(&self, product: ProductId) -> BTreeSet<ContentId> {
        self.inside(product)
            .into_iter()
            .filter_map(|id| self.products.get(&id))
            .flat_map(|product| product.contents.iter().copied())
            .collect()
    }

    /// Lists the product itself and every product inside it, however deep.
    #[must_use]
    pub fn inside(&self, product: ProductId) -> BTreeSet<ProductId> {
        let mut found = BTreeSet::new();
        let mut open = vec![product];
        while let Some(next) = open.pop() {
            if found.insert(next) {
                let parts = self.products.get(&next).map(|product| &product.bundled);
                open.extend(parts.into_iter().flatten());
            }
        }
        found
    }

    /// Tells whether putting `part` into `bundle` would make a product contain itself.
    #[must_use]
    pub fn would_contain_itself(&self, bundle: ProductId, part: ProductId) -> bool {
        self.inside(part).contains(&bundle)
    }
}
