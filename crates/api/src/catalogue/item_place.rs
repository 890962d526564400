//! The cursor of a list of store items: behind which item the next page begins.

use std::fmt;
use std::str::FromStr;

use app::catalogue::PaidPlace;
use domain::StoreItemId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A place in a list of store items: of all by age (`itm_…`), or of those that were paid for (`12.itm_…`, the number being
/// how many lines waited for it).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ItemPlace {
    /// Behind an item by age.
    ByAge(StoreItemId),
    /// Behind an item that was paid for.
    Paid(PaidPlace),
}

impl FromStr for ItemPlace {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |_| "not a place in a list of store items";
        match text.split_once('.') {
            None => text.parse().map(Self::ByAge).map_err(wrong),
            Some((lines, item)) => {
                let lines: u32 = lines.parse().map_err(|_| "not a number of lines")?;
                Ok(Self::Paid(PaidPlace {
                    lines: i64::from(lines),
                    item: item.parse().map_err(wrong)?,
                }))
            }
        }
    }
}

impl fmt::Display for ItemPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByAge(item) => item.fmt(f),
            Self::Paid(place) => write!(f, "{}.{}", place.lines, place.item),
        }
    }
}

impl<'de> Deserialize<'de> for ItemPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        let item = "itm_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for text in [item.to_owned(), format!("0.{item}"), format!("12.{item}")] {
            assert_eq!(text.parse::<ItemPlace>().unwrap().to_string(), text);
        }
        for odd in [
            "",
            "1",
            "1.",
            &format!("-1.{item}"),
            &format!("x.{item}"),
            ".itm_",
            "1.2",
        ] {
            assert!(odd.parse::<ItemPlace>().is_err(), "{odd}");
        }
    }
}
