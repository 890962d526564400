//! Reads values out of the merged layers, and remembers what is wrong and what nobody asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::{Dict, Value};

use crate::config::Problem;

/// One pass over a configuration.
pub(super) struct Reading<'a> {
    figment: &'a Figment,
    known: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(figment: &'a Figment) -> Self {
        Self {
            figment,
            known: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Reads a path; relative ones are relative to the working folder.
    pub(super) fn path(&mut self, key: &'static str, default: &Path) -> PathBuf {
        self.optional(key, |text| Ok(PathBuf::from(text)))
            .unwrap_or_else(|| default.to_owned())
    }

    /// Reads a value through `parse`. The default stands where there is none, and, until all is read, where it is wrong.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        default: impl Into<T>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        self.optional(key, parse).unwrap_or_else(|| default.into())
    }

    /// Reads a value that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.find(key)?;
        let text = match &value {
            Value::String(_, text) => text.clone(),
            Value::Num(_, number) => number
                .to_u128()
                .map_or_else(|| "a number".to_owned(), |n| n.to_string()),
            Value::Bool(_, flag) => flag.to_string(),
            _ => return self.wrong(key, &value, "must be a single value".to_owned()),
        };
        match parse(&text) {
            Ok(parsed) => Some(parsed),
            Err(message) => self.wrong(key, &value, message),
        }
    }

    /// Reads a list, which the environment writes with commas.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        default: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let defaults = || default.iter().filter_map(|text| parse(text).ok()).collect();
        let Some(value) = self.find(key) else {
            return defaults();
        };
        let texts: Vec<String> = match &value {
            Value::String(_, text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Value::Array(_, values) => values
                .iter()
                .map(|value| value.as_str().unwrap_or("?").to_owned())
                .collect(),
            _ => {
                return self
                    .wrong(key, &value, "must be a list".to_owned())
                    .unwrap_or_else(defaults);
            }
        };
        let parsed: Result<Vec<T>, String> = texts.iter().map(|text| parse(text)).collect();
        match parsed {
            Ok(list) => list,
            Err(message) => self.wrong(key, &value, message).unwrap_or_else(defaults),
        }
    }

    /// Tells whether the key has a value, right or wrong.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.figment.find_value(key).is_ok()
    }

    /// Says what is wrong with a key that is right by itself, or missing.
    pub(super) fn blame(&mut self, key: &'static str, message: &str) {
        match self.figment.find_value(key) {
            Ok(value) => drop(self.wrong::<()>(key, &value, message.to_owned())),
            Err(_) => self.problems.push(Problem {
                key: key.to_owned(),
                source: "not set".to_owned(),
                message: message.to_owned(),
            }),
        }
    }

    /// Returns everything that is wrong, keys that nobody knows included.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        match self.figment.extract::<Dict>() {
            Ok(dict) => self.note_unknown("", &dict),
            Err(errors) => {
                for error in errors {
                    let source = error.metadata.as_ref().map_or_else(String::new, source_of);
                    let message = error.kind.to_string();
                    self.problems.push(Problem {
                        key: "stoa.toml".to_owned(),
                        source,
                        message,
                    });
                }
            }
        }
        self.problems
    }

    fn find(&mut self, key: &'static str) -> Option<Value> {
        self.known.insert(key);
        self.figment.find_value(key).ok()
    }

    fn wrong<T>(&mut self, key: &str, value: &Value, message: String) -> Option<T> {
        let source = self
            .figment
            .get_metadata(value.tag())
            .map_or_else(String::new, source_of);
        self.problems.push(Problem {
            key: key.to_owned(),
            source,
            message,
        });
        None
    }

    fn note_unknown(&mut self, above: &str, dict: &Dict) {
        for (name, value) in dict {
            let key = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}.{name}")
            };
            let is_section = self
                .known
                .iter()
                .any(|known| known.starts_with(&format!("{key}.")));
            match value {
                Value::Dict(_, inner) if is_section => self.note_unknown(&key, inner),
                _ if self.known.contains(key.as_str()) => {}
                _ => drop(self.wrong::<()>(&key, value, "there is no such setting".to_owned())),
            }
        }
    }
}

fn source_of(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(path)) => path.display().to_string(),
        _ => metadata.name.to_string(),
    }
}
