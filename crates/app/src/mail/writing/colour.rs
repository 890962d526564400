//! The shop's colour, and what can be read on it.

use std::fmt;
use std::str::FromStr;

/// A colour as CSS writes it: `#rrggbb`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// Tells that a text is no such colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be a colour such as #1d6f5c")]
pub struct WrongColour;

impl Colour {
    /// Returns black or white, whichever is read better on this colour (WCAG 2.2, relative luminance): the contrast is at
    /// least 4.58.
    #[must_use]
    pub fn readable(self) -> &'static str {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let luminance =
            0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue);
        // Where black and white have the same contrast: sqrt(1.05 * 0.05) - 0.05.
        if luminance > 0.179 {
            "#000000"
        } else {
            "#ffffff"
        }
    }
}

impl Default for Colour {
    /// Returns the colour of the pages as they come.
    fn default() -> Self {
        Self {
            red: 0x0f,
            green: 0x6b,
            blue: 0x5c,
        }
    }
}

impl FromStr for Colour {
    type Err = WrongColour;

    fn from_str(text: &str) -> Result<Self, WrongColour> {
        let mut parts = [0; 3];
        let digits = text.strip_prefix('#').ok_or(WrongColour)?;
        hex::decode_to_slice(digits, &mut parts).map_err(|_| WrongColour)?;
        let [red, green, blue] = parts;
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_reads_back_and_nothing_else_is_one() {
        let colour: Colour = "#1D6f5c".parse().unwrap();
        assert_eq!(colour.to_string(), "#1d6f5c");
        for wrong in ["", "red", "1d6f5c", "#fff", "#1d6f5", "#1d6f5c;", "#1d6f5g"] {
            assert_eq!(wrong.parse::<Colour>(), Err(WrongColour), "{wrong}");
        }
    }

    #[test]
    fn what_stands_on_a_colour_can_be_read() {
        for (colour, readable) in [
            ("#000000", "#ffffff"),
            ("#1d6f5c", "#ffffff"),
            ("#ff0000", "#000000"),
            ("#ffdd00", "#000000"),
            ("#ffffff", "#000000"),
        ] {
            assert_eq!(colour.parse::<Colour>().unwrap().readable(), readable);
        }
    }
}
