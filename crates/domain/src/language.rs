//! The languages that Stoa writes to people in.

use std::fmt;
use std::str::FromStr;

/// A language that all texts are written in.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Arabic, which runs from right to left.
    Arabic,
}

/// Tells that a tag names none of our languages.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be one of en, de, ar")]
pub struct UnknownLanguage;

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Arabic];

    /// Returns the language's tag (BCP 47), as files and HTML name it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Arabic => "ar",
        }
    }

    /// Returns the direction of its script, as HTML names it.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::English | Self::German => "ltr",
            Self::Arabic => "rtl",
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a tag by its first part: `de-AT` is German.
    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        let known = Self::ALL.into_iter();
        let mut found = known.filter(|language| language.tag().eq_ignore_ascii_case(first));
        found.next().ok_or(UnknownLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_by_the_first_part_of_its_tag() {
        for language in Language::ALL {
            assert_eq!(language.tag().parse(), Ok(language));
        }
        assert_eq!("de-AT".parse(), Ok(Language::German));
        assert_eq!("AR_eg".parse(), Ok(Language::Arabic));
        for unknown in ["", "den", "fr", "-de"] {
            assert_eq!(unknown.parse::<Language>(), Err(UnknownLanguage));
        }
    }
}
