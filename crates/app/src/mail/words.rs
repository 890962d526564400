//! The texts of mails, by language: `web/src/locales/mail/LANGUAGE.json`, beside those of the pages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::Language;

/// What a text may name, by the name between braces.
pub(super) type Values = BTreeMap<&'static str, Value>;

/// What stands for a name in braces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    /// A line.
    Line(String),
    /// A list.
    Lines(Vec<String>),
}

/// The texts of one language.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    texts: BTreeMap<String, String>,
}

static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../../../web/src/locales/mail/en.json")));
static GERMAN: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../../../web/src/locales/mail/de.json")));
static ARABIC: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../../../web/src/locales/mail/ar.json")));

impl Words {
    /// Returns the texts of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::Arabic => &ARABIC,
        }
    }

    fn read(json: &str) -> Self {
        // A file that cannot be read would show in every test of mails.
        let texts = serde_json::from_str(json).unwrap_or_default();
        Self { texts }
    }

    /// Returns a text as it is written down.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// Tells whether there is such a text.
    pub(super) fn has(&self, key: &str) -> bool {
        self.texts.contains_key(key)
    }

    /// Lists what the texts of a kind are called.
    pub(super) fn names_of(&self, kind: &str) -> Vec<&str> {
        let names = self.texts.keys().filter_map(|key| key.split_once('.'));
        names
            .filter(|(of, _)| *of == kind)
            .map(|(_, name)| name)
            .collect()
    }

    /// Puts another text in the place of one.
    pub(super) fn set(&mut self, key: String, text: String) {
        self.texts.insert(key, text);
    }

    /// Says a text with its values filled in.
    pub(super) fn say(&self, key: &str, values: &Values) -> String {
        let text = self.text(key).unwrap_or(key);
        fill(text, |name| values.get(name).map(Value::in_line))
    }
}

impl Value {
    /// Writes it in a line of text.
    pub(super) fn in_line(&self) -> String {
        match self {
            Self::Line(line) => line.clone(),
            Self::Lines(lines) => lines.join(", "),
        }
    }
}

/// Puts values in the places of `{names}`; what is no name stays as it is.
pub(super) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let found = after
            .split_once('}')
            .and_then(|(name, behind)| Some((value(name)?, behind)));
        if let Some((value, behind)) = found {
            filled.push_str(&value);
            rest = behind;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names_in(text: &str) -> BTreeSet<String> {
        let names = std::cell::RefCell::new(BTreeSet::new());
        fill(text, |name| {
            names.borrow_mut().insert(name.to_owned());
            None
        });
        names.into_inner()
    }

    #[test]
    fn every_language_says_the_same_with_the_same_names_in_it() {
        let english = Words::of(Language::English);
        assert!(english.texts.len() > 5);
        for language in Language::ALL {
            let words = Words::of(language);
            let keys = |words: &Words| words.texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(words), keys(english), "{language}");
            for (key, text) in &words.texts {
                let of_english = &english.texts[key];
                assert_eq!(names_in(text), names_in(of_english), "{language} {key}");
                assert!(
                    language == Language::English || text != of_english,
                    "{language} {key} is not translated"
                );
            }
        }
    }

    #[test]
    fn a_value_is_not_filled_in_again() {
        let value = |name: &str| (name == "shop").then(|| "{shop} {name}".to_owned());
        assert_eq!(fill("At {shop}: {x} {", value), "At {shop} {name}: {x} {");
    }
}
