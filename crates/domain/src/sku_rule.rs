//! Rules that say by its SKU which product a store item stands for, when nobody has said it of the item itself.
//!
//! SKUs are compared exactly, letter by letter, as items are: shops do not agree on whether `book-1` and `BOOK-1` are the
//! same thing, and a rule must never grant what it does not name. Shops that write one thing in two ways need two rules.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{ExternalId, ProductId, SkuRuleId, StoreId};

/// What the pattern of a whole beginning ends in.
const ANY_END: char = '*';

/// Tells that a text is not a pattern of SKUs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a SKU of 1 to 255 bytes, or the beginning of one with a * behind it and nowhere else")]
pub struct PatternError;

/// Which SKUs are meant: one, or all that begin alike. A `*` stands only at the end, for any rest or none; alone it would
/// mean everything that a store sells, and is refused. A SKU that contains a `*` itself is mapped by hand.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SkuPattern {
    /// This SKU, as the store writes it.
    Whole(ExternalId),
    /// Every SKU that begins with this, at least one character.
    Beginning(String),
}

impl SkuPattern {
    /// Tells whether the SKU is meant.
    #[must_use]
    pub fn fits(&self, sku: &ExternalId) -> bool {
        match self {
            Self::Whole(whole) => whole == sku,
            Self::Beginning(beginning) => sku.as_str().starts_with(beginning.as_str()),
        }
    }
}

impl FromStr for SkuPattern {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let whole: ExternalId = text.parse().map_err(|_| PatternError)?;
        let (named, is_whole) = match text.strip_suffix(ANY_END) {
            Some(beginning) => (beginning, false),
            None => (text, true),
        };
        if named.is_empty() || named.contains(ANY_END) {
            return Err(PatternError);
        }
        Ok(if is_whole {
            Self::Whole(whole)
        } else {
            Self::Beginning(named.to_owned())
        })
    }
}

impl fmt::Display for SkuPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(sku) => sku.fmt(f),
            Self::Beginning(beginning) => write!(f, "{beginning}{ANY_END}"),
        }
    }
}

impl TryFrom<String> for SkuPattern {
    type Error = PatternError;
    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<SkuPattern> for String {
    fn from(pattern: SkuPattern) -> Self {
        pattern.to_string()
    }
}

/// One rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SkuRule {
    /// Its id.
    pub id: SkuRuleId,
    /// Whose SKUs; `None` is every store's.
    pub store: Option<StoreId>,
    /// Which SKUs.
    pub pattern: SkuPattern,
    /// The product that they stand for.
    pub product: ProductId,
}

/// Lists the texts of all patterns that fit a SKU, the most specific first: the SKU itself, then its beginnings, the
/// longest first. At most 256.
pub fn patterns_of(sku: &ExternalId) -> impl Iterator<Item = String> {
    let sku = sku.as_str();
    let ends = sku.char_indices().map(|(at, c)| at + c.len_utf8());
    let beginnings = ends.rev().filter_map(|end| sku.get(..end));
    std::iter::once(sku.to_owned()).chain(beginnings.map(|text| format!("{text}{ANY_END}")))
}

/// Rules in force, of which at most one has the same pattern for the same stores. Leave out those whose product is
/// deleted: such a rule is passed over.
#[derive(Clone, Debug, Default)]
pub struct SkuRules {
    by_pattern: BTreeMap<(Option<StoreId>, String), SkuRule>,
}

impl FromIterator<SkuRule> for SkuRules {
    fn from_iter<I: IntoIterator<Item = SkuRule>>(rules: I) -> Self {
        let rules = rules.into_iter();
        let by_pattern = rules.map(|rule| ((rule.store, rule.pattern.to_string()), rule));
        Self {
            by_pattern: by_pattern.collect(),
        }
    }
}

impl SkuRules {
    /// Chooses the rule that speaks for a SKU of a store, the most specific one: a rule of that store before one of every
    /// store, then a whole SKU before a beginning, then the longer beginning.
    #[must_use]
    pub fn choose(&self, store: StoreId, sku: &ExternalId) -> Option<&SkuRule> {
        [Some(store), None]
            .into_iter()
            .find_map(|of| patterns_of(sku).find_map(|pattern| self.by_pattern.get(&(of, pattern))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Timestamp;

    fn store(number: u128) -> StoreId {
        StoreId::from_parts(Timestamp::default(), number)
    }

    fn sku(text: &str) -> ExternalId {
        text.parse().unwrap()
    }

    fn rule(number: u128, store: Option<StoreId>, pattern: &str) -> SkuRule {
        SkuRule {
            id: SkuRuleId::from_parts(Timestamp::default(), number),
            store,
            pattern: pattern.parse().unwrap(),
            product: ProductId::from_parts(Timestamp::default(), number),
        }
    }

    #[test]
    fn a_pattern_is_a_whole_sku_or_a_beginning_with_an_asterisk() {
        for good in ["A", "WATER-1", "WATER-*", "ä*", "a b", &"x".repeat(255)] {
            let pattern: SkuPattern = good.parse().unwrap();
            assert_eq!(pattern.to_string(), good);
        }
        for bad in ["", "*", "**", "A**", "A*B", "*A", "A\n", &"x".repeat(256)] {
            assert_eq!(bad.parse::<SkuPattern>(), Err(PatternError), "{bad:?}");
        }
    }

    #[test]
    fn a_pattern_fits_letter_by_letter() {
        for (pattern, text, fits) in [
            ("WATER", "WATER", true),
            ("WATER", "water", false),
            ("WATER", "WATER-1", false),
            ("WATER", "WATER ", false),
            ("WATER-*", "WATER-", true),
            ("WATER-*", "WATER-1", true),
            ("WATER-*", "WATER", false),
            ("WATER-*", "water-1", false),
            ("WATER-*", "X-WATER-1", false),
            ("ä*", "äb", true),
            ("ä*", "a", false),
        ] {
            let pattern: SkuPattern = pattern.parse().unwrap();
            assert_eq!(pattern.fits(&sku(text)), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn the_most_specific_rule_speaks() {
        let (own, other) = (store(1), store(2));
        // From the least to the most specific for the SKU WATER-1 of the store.
        let rules = [
            rule(1, None, "W*"),
            rule(2, None, "WATER*"),
            rule(3, None, "WATER-1*"),
            rule(4, None, "WATER-1"),
            rule(5, Some(own), "W*"),
            rule(6, Some(own), "WATER-*"),
            rule(7, Some(own), "WATER-1"),
        ];
        for count in 1..=rules.len() {
            let known: SkuRules = rules[..count].iter().cloned().collect();
            let chosen = known.choose(own, &sku("WATER-1"));
            assert_eq!(chosen, Some(&rules[count - 1]));
        }
        let all: SkuRules = rules.iter().cloned().collect();
        assert_eq!(all.choose(other, &sku("WATER-1")), Some(&rules[3]));
        assert_eq!(all.choose(other, &sku("WATER-2")), Some(&rules[1]));
        assert_eq!(all.choose(own, &sku("WATER-2")), Some(&rules[5]));
        assert_eq!(all.choose(own, &sku("OILS")), None);
    }

    #[test]
    fn a_sku_that_is_written_like_a_pattern_is_no_other_sku() {
        let known: SkuRules = [rule(1, None, "A*")].into_iter().collect();
        assert!(known.choose(store(1), &sku("A*")).is_some());
        assert!(known.choose(store(1), &sku("*")).is_none());
    }

    proptest! {
        #[test]
        fn the_patterns_of_a_sku_are_all_that_fit_it(
            text in "[a-cä*]{1,6}", patterns in prop::collection::vec("[a-cä]{1,6}\\*?", 1..12)
        ) {
            let text = sku(&text);
            let listed: Vec<String> = patterns_of(&text).collect();
            for pattern in patterns {
                let fits = pattern.parse::<SkuPattern>().unwrap().fits(&text);
                prop_assert_eq!(listed.contains(&pattern), fits, "{}", pattern);
            }
        }
    }
}
