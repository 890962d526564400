//! The languages that Stoa writes to people in.

use std::fmt;
use std::str::FromStr;

/// How many languages of a browser are looked at.
const MOST_WISHES: usize = 20;

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

    /// Reads which of our languages an `Accept-Language` (RFC 9110 §12.5.4) likes best; `None` when it names none of them.
    #[must_use]
    pub fn preferred(header: &str) -> Option<Self> {
        let wishes = header.split(',').take(MOST_WISHES).filter_map(|wish| {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            let language = tag.trim().parse().ok()?;
            (weight > 0.0).then_some((language, weight))
        });
        // Of those that are liked as much, the first.
        let best = wishes.reduce(|best, wish| if wish.1 > best.1 { wish } else { best });
        best.map(|(language, _)| language)
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

    #[test]
    fn a_browser_is_answered_in_the_language_that_it_likes_best_of_ours() {
        let preferred = [
            ("de-AT,de;q=0.9,en;q=0.5", Some(Language::German)),
            ("fr;q=1, ar;q=0.7, en;q=0.3", Some(Language::Arabic)),
            ("en;q=0.3, de;q=0.8", Some(Language::German)),
            ("de, en", Some(Language::German)),
            ("en;q=0, de;q=0.1", Some(Language::German)),
            ("fr, *", None),
            ("", None),
            ("de;q=x, ;;;,=", None),
        ];
        for (header, language) in preferred {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
