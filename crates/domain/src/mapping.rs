//! Which product a store item stands for.

use crate::id::ProductId;
use crate::order::StoreItem;
use crate::time::Timestamp;

/// A store item that is mapped to a product. What it leaves open (`None`) matches anything, so an item that names only a
/// product stands for all its variants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MappedItem {
    /// What the store calls it.
    pub item: StoreItem,
    /// The product it stands for.
    pub product: ProductId,
    /// When it was first mapped to that product.
    pub mapped_at: Timestamp,
}

/// Chooses the mapping for what a line names: the most exact one that matches; of two equally exact ones a variant beats
/// a SKU, and a SKU beats a product.
#[must_use]
pub fn choose<'a>(mapped: &'a [MappedItem], bought: &StoreItem) -> Option<&'a MappedItem> {
    let matching = mapped
        .iter()
        .filter(|candidate| matches(&candidate.item, bought));
    matching.max_by_key(|candidate| exactness(&candidate.item))
}

/// An item that names nothing at all stands for nothing.
fn matches(pattern: &StoreItem, bought: &StoreItem) -> bool {
    let fits = |pattern: &Option<_>, bought: &Option<_>| pattern.is_none() || pattern == bought;
    *pattern != StoreItem::default()
        && fits(&pattern.product, &bought.product)
        && fits(&pattern.variant, &bought.variant)
        && fits(&pattern.sku, &bought.sku)
}

fn exactness(item: &StoreItem) -> (usize, bool, bool) {
    let named = [
        item.product.is_some(),
        item.variant.is_some(),
        item.sku.is_some(),
    ];
    let count = named.into_iter().filter(|named| *named).count();
    (count, item.variant.is_some(), item.sku.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(product: &str, variant: &str, sku: &str) -> StoreItem {
        let id = |text: &str| text.parse().ok();
        StoreItem {
            product: id(product),
            variant: id(variant),
            sku: id(sku),
        }
    }

    fn mapped(number: u128, item: StoreItem) -> MappedItem {
        let product = ProductId::from_parts(Timestamp::default(), number);
        MappedItem {
            item,
            product,
            mapped_at: Timestamp::default(),
        }
    }

    #[test]
    fn the_most_exact_mapping_counts() {
        let all = [
            mapped(1, item("p", "", "")),
            mapped(2, item("p", "v", "")),
            mapped(3, item("", "", "s")),
        ];
        let chosen = |bought| choose(&all, &bought).map(|mapped| mapped.product);
        assert_eq!(chosen(item("p", "w", "")), Some(all[0].product));
        assert_eq!(chosen(item("p", "v", "s")), Some(all[1].product));
        assert_eq!(chosen(item("q", "", "s")), Some(all[2].product));
        assert_eq!(chosen(item("p", "", "s")), Some(all[2].product));
        assert_eq!(chosen(item("q", "", "")), None);
    }

    #[test]
    fn a_line_that_names_nothing_stands_for_nothing() {
        let all = [mapped(1, item("", "", ""))];
        assert_eq!(choose(&all, &item("", "", "")), None);
    }
}
