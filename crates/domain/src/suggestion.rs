//! Which product an item that nobody has mapped may stand for, by its title alone. It is only ever suggested: people name
//! different things alike, and a person has to confirm it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::id::ProductId;

/// The products by their titles, as they are compared.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    /// `None` where two products share a title.
    products: BTreeMap<String, Option<ProductId>>,
}

impl<'a> FromIterator<(ProductId, &'a str)> for Titles {
    fn from_iter<I: IntoIterator<Item = (ProductId, &'a str)>>(titles: I) -> Self {
        let mut products = BTreeMap::new();
        for (product, title) in titles {
            match products.entry(compared(title)) {
                Entry::Vacant(place) => drop(place.insert(Some(product))),
                Entry::Occupied(mut taken) => {
                    if *taken.get() != Some(product) {
                        taken.insert(None);
                    }
                }
            }
        }
        Self { products }
    }
}

impl Titles {
    /// Suggests the one product whose title is the item's but for case and white space. Nothing when two products are
    /// called so, and nothing for an item without a title. Nothing is cut off: behind a dash stands as often the one thing
    /// that is no course, such as the paperback.
    #[must_use]
    pub fn suggest(&self, title: &str) -> Option<ProductId> {
        let title = compared(title);
        if title.is_empty() {
            return None;
        }
        self.products.get(&title).copied().flatten()
    }
}

/// Writes a title as it is compared: without white space around it, with one space for each inside, without case. By way of
/// the upper case, which also makes one of letters such as `ß` and `SS`.
fn compared(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    words.join(" ").to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn product(number: u128) -> ProductId {
        ProductId::from_parts(Timestamp::default(), number)
    }

    fn titles(titles: &[(u128, &str)]) -> Titles {
        let titles = titles.iter();
        titles
            .map(|(number, title)| (product(*number), *title))
            .collect()
    }

    #[test]
    fn the_one_product_of_that_title_is_suggested_whatever_case_and_white_space() {
        let known = titles(&[(1, "Watercolour for Beginners"), (2, "Große Ölmalerei")]);
        for (title, expected) in [
            ("Watercolour for Beginners", Some(1)),
            ("  WATERCOLOUR\tfor\u{a0}  beginners\n", Some(1)),
            ("GROSSE ÖLMALEREI", Some(2)),
            ("Watercolour for Beginners - Plus", None),
            ("Watercolour", None),
            ("Watercolourfor Beginners", None),
        ] {
            assert_eq!(known.suggest(title), expected.map(product), "{title}");
        }
    }

    #[test]
    fn two_products_of_the_same_title_are_no_suggestion() {
        let known = titles(&[
            (1, "Oils"),
            (2, "oils "),
            (3, "Ink"),
            (3, "Ink"),
            (4, "Oils"),
        ]);
        assert_eq!(known.suggest("Oils"), None);
        assert_eq!(known.suggest("Ink"), Some(product(3)));
    }

    #[test]
    fn an_item_without_a_title_gets_no_suggestion() {
        let known = titles(&[(1, ""), (2, "Oils")]);
        for empty in ["", "  ", "\u{a0}"] {
            assert_eq!(known.suggest(empty), None, "{empty:?}");
        }
    }
}
