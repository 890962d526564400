//! The number by which a shop and its customer speak of an order.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest number, in bytes.
const LONGEST: usize = 64;

/// An order's number in the form in which numbers are compared: without a `#` in front and blanks around it, ASCII letters in
/// upper case, 1 to 64 bytes without control characters. Shops choose its form: `1001`, `EN-1001`, `2026/00017`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OrderNumber(String);

/// Tells that a text is not an order's number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an order's number of 1 to 64 bytes without control characters")]
pub struct OrderNumberError;

impl OrderNumber {
    /// Returns the number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrderNumber {
    type Err = OrderNumberError;
    fn from_str(text: &str) -> Result<Self, OrderNumberError> {
        let text = text.trim();
        let number = text.strip_prefix('#').unwrap_or(text).trim_start();
        let fits = (1..=LONGEST).contains(&number.len()) && !number.contains(char::is_control);
        fits.then(|| Self(number.to_ascii_uppercase()))
            .ok_or(OrderNumberError)
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = OrderNumberError;
    fn try_from(text: String) -> Result<Self, OrderNumberError> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> Self {
        number.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_typed() {
        let number: OrderNumber = "#EN-1001".parse().unwrap();
        for typed in ["EN-1001", " en-1001 ", "# en-1001", "#En-1001"] {
            assert_eq!(typed.parse(), Ok(number.clone()), "{typed:?}");
        }
        assert_ne!("EN1001".parse(), Ok(number));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", " ", "#", "10\n01", &"1".repeat(65)] {
            assert_eq!(bad.parse::<OrderNumber>(), Err(OrderNumberError), "{bad:?}");
        }
    }
}
