//! Which product a store item stands for.

use crate::grant::MappedProduct;
use crate::order::StoreItem;

/// A store item of which an administrator has said what it stands for. What it leaves open (`None`) matches anything, so
/// an item that names only a product stands for all its variants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownItem {
    /// What the store calls it.
    pub item: StoreItem,
    /// The product it stands for; `None` for what grants nothing, such as a T-shirt.
    pub product: Option<MappedProduct>,
}

/// Chooses what is known of what a line names: the most exact item that matches; of two equally exact ones a variant beats
/// a SKU, and a SKU beats a product.
#[must_use]
pub fn choose<'a>(known: &'a [KnownItem], bought: &StoreItem) -> Option<&'a KnownItem> {
    let matching = known
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
    use crate::id::ProductId;
    use crate::time::Timestamp;

    fn item(product: &str, variant: &str, sku: &str) -> StoreItem {
        let id = |text: &str| text.parse().ok();
        StoreItem {
            product: id(product),
            variant: id(variant),
            sku: id(sku),
        }
    }

    fn mapped(number: u128, item: StoreItem) -> KnownItem {
        let product = MappedProduct {
            product: ProductId::from_parts(Timestamp::default(), number),
            mapped_at: Timestamp::default(),
        };
        KnownItem {
            item,
            product: Some(product),
        }
    }

    #[test]
    fn the_most_exact_mapping_counts() {
        let all = [
            mapped(1, item("p", "", "")),
            mapped(2, item("p", "v", "")),
            mapped(3, item("", "", "s")),
        ];
        let chosen = |bought| choose(&all, &bought).map(|known| known.product);
        assert_eq!(chosen(item("p", "w", "")), Some(all[0].product));
        assert_eq!(chosen(item("p", "v", "s")), Some(all[1].product));
        assert_eq!(chosen(item("q", "", "s")), Some(all[2].product));
        assert_eq!(chosen(item("p", "", "s")), Some(all[2].product));
        assert_eq!(chosen(item("q", "", "")), None);
    }

    #[test]
    fn a_variant_that_grants_nothing_is_left_out_of_its_product() {
        let paperback = KnownItem {
            item: item("p", "paperback", ""),
            product: None,
        };
        let all = [mapped(1, item("p", "", "")), paperback];
        let chosen = |bought| choose(&all, &bought).and_then(|known| known.product);
        assert_eq!(chosen(item("p", "paperback", "")), None);
        assert_eq!(chosen(item("p", "ebook", "")), all[0].product);
    }

    #[test]
    fn a_line_that_names_nothing_stands_for_nothing() {
        let all = [mapped(1, item("", "", ""))];
        assert_eq!(choose(&all, &item("", "", "")), None);
    }
}
