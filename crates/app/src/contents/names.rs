//! The words that people give to things. What has one of these types has its form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Tells that a text is not of the form expected; it does not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not {expected}")]
pub struct NameError {
    /// What was expected.
    pub expected: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $expected:literal, $parse:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let parse: fn(&str) -> Option<&str> = $parse;
                let parsed = parse(text).map(|text| Self(text.to_owned()));
                parsed.ok_or(NameError { expected: $expected })
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// What a course, module, video or file is called: one line of 1 to 200 characters, without space around it.
    Title: "a title: one line of 1 to 200 characters", |text| {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then_some(text)
    };
    /// What a course is about: at most 10 000 characters, line breaks and tabs among them.
    Description: "a description of at most 10000 characters", |text| {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let text = text.trim();
        (text.chars().count() <= 10_000 && !text.contains(is_odd)).then_some(text)
    };
    /// The name of a course in addresses and for imports: at most 80 of `a-z`, `0-9` and single hyphens between them.
    Slug: "a slug: at most 80 of a-z, 0-9 and single hyphens between them", |text| {
        let is_plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        (text.len() <= 80 && text.split('-').all(is_plain)).then_some(text)
    };
    /// The name under which a download is saved: 1 to 200 characters without a folder.
    FileName: "a file name of 1 to 200 characters without a folder", |text| {
        let text = text.trim();
        let is_name = (1..=200).contains(&text.chars().count())
            && !text.contains(['/', '\\'])
            && !text.chars().any(char::is_control)
            && !text.starts_with('.');
        is_name.then_some(text)
    };
}

impl Slug {
    /// Makes a slug of a title: its ASCII letters and digits, with single hyphens for everything else.
    #[must_use]
    pub fn from_title(title: &str) -> Self {
        let mut slug = String::new();
        for c in title.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        let slug: String = slug.chars().take(80).collect();
        match slug.trim_end_matches('-') {
            "" => Self("course".to_owned()),
            slug => Self(slug.to_owned()),
        }
    }

    /// Returns the slug with a number behind it: `watercolour-2`.
    pub(super) fn with_number(&self, number: u32) -> Self {
        let end = format!("-{number}");
        let kept: String = self.0.chars().take(80 - end.len()).collect();
        Self(format!("{}{end}", kept.trim_end_matches('-')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_without_space_around_it() {
        let title: Title = "  Mixing green\u{a0}".parse().unwrap();
        assert_eq!(title.as_str(), "Mixing green");
        for bad in ["", "  ", "a\nb", "a\u{0}", &"x".repeat(201)] {
            assert!(bad.parse::<Title>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_description_may_have_lines_and_be_empty() {
        assert!(
            "Wet on wet.\r\n\tBring paper."
                .parse::<Description>()
                .is_ok()
        );
        assert!("".parse::<Description>().is_ok());
        assert!("a\u{0}".parse::<Description>().is_err());
        assert!("x".repeat(10_001).parse::<Description>().is_err());
    }

    #[test]
    fn a_slug_fits_into_an_address() {
        for (title, slug) in [
            ("Watercolour for Beginners!", "watercolour-for-beginners"),
            ("Öl & Wasser", "l-wasser"),
            ("水彩", "course"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug);
        }
        let long = Slug::from_title(&"long ".repeat(60));
        for slug in [&long, &long.with_number(2), &long.with_number(u32::MAX)] {
            assert_eq!(slug.as_str().parse().as_ref(), Ok(slug));
        }
        for bad in ["", "-", "a--b", "a-", "A", "a_b", "a~b", &"x".repeat(81)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_name_names_no_folder() {
        assert!("Palette (1).pdf".parse::<FileName>().is_ok());
        for bad in [
            "",
            ".",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "a\r\nb",
            &"x".repeat(201),
        ] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
    }
}
