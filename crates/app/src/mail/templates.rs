//! Texts of a shop's own in the place of ours: one file for each kind of mail and language, `access_granted.de.txt`, with a line for
//! each text: `subject: Ihre Kurse bei {shop}`. Pure: whoever starts us reads the files.

use domain::Language;
use domain::mail::MailKind;

use super::words::{Words, fill};

/// The longest text, in characters.
const LONGEST: usize = 2_000;

/// The texts of all languages, with a shop's own among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Templates {
    changed: Vec<(Language, Words)>,
}

/// What is wrong with a file of texts, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct WrongTemplate {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: String,
}

impl Templates {
    /// Reads files of texts, each with its name.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(files: &[(String, String)]) -> Result<Self, Vec<WrongTemplate>> {
        let (mut templates, mut wrong) = (Self::default(), Vec::new());
        for (file, content) in files {
            let Some((kind, language)) = what(file) else {
                wrong.push(WrongTemplate {
                    file: file.clone(),
                    line: 1,
                    problem: name_problem(),
                });
                continue;
            };
            for (number, line) in (1..).zip(content.lines()) {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                match text(&kind, line) {
                    Ok((key, text)) => templates.set(language, key, text),
                    Err(problem) => wrong.push(WrongTemplate {
                        file: file.clone(),
                        line: number,
                        problem,
                    }),
                }
            }
        }
        if wrong.is_empty() {
            Ok(templates)
        } else {
            Err(wrong)
        }
    }

    /// Returns the texts of a language.
    pub(super) fn words(&self, language: Language) -> &Words {
        let changed = self.changed.iter().find(|(of, _)| *of == language);
        changed.map_or_else(|| Words::of(language), |(_, words)| words)
    }

    fn set(&mut self, language: Language, key: String, text: String) {
        if let Some((_, words)) = self.changed.iter_mut().find(|(of, _)| *of == language) {
            words.set(key, text);
            return;
        }
        let mut words = Words::of(language).clone();
        words.set(key, text);
        self.changed.push((language, words));
    }
}

/// Reads what kind and language a file's name says.
fn what(file: &str) -> Option<(String, Language)> {
    let (kind, language) = file.strip_suffix(".txt")?.rsplit_once('.')?;
    kinds().find(|known| *known == kind)?;
    Some((kind.to_owned(), language.parse().ok()?))
}

/// The kinds of mails, what stands on all of them, and why access ended.
fn kinds() -> impl Iterator<Item = &'static str> {
    let kinds = MailKind::ALL.iter().map(|kind| kind.name());
    kinds.chain(["layout", "reason"])
}

fn name_problem() -> String {
    let kinds: Vec<&str> = kinds().collect();
    let languages = Language::ALL.map(Language::tag);
    format!(
        "the file's name must be KIND.LANGUAGE.txt, with one of {} and one of {}",
        kinds.join(", "),
        languages.join(", ")
    )
}

/// Reads a line: the name of a text, a colon, and the text.
fn text(kind: &str, line: &str) -> Result<(String, String), String> {
    let (name, text) = line
        .split_once(':')
        .ok_or("a line must be the name of a text, a colon, and the text")?;
    let key = format!("{kind}.{}", name.trim());
    if !Words::of(Language::English).has(&key) {
        let known = Words::of(Language::English).names_of(kind);
        return Err(format!(
            "there is no text of that name; there are {}",
            known.join(", ")
        ));
    }
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!(
            "a text must have 1 to {LONGEST} characters, none of them a control character"
        ));
    }
    let allowed = variables(kind);
    let mut unknown = None;
    fill_with(text, |name| {
        if !allowed.contains(&name) {
            unknown = Some(name.to_owned());
        }
    });
    match unknown {
        Some(name) => {
            let known: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
            let name: String = name.chars().take(40).collect();
            Err(format!(
                "{{{name}}} means nothing here; there are {}",
                known.join(", ")
            ))
        }
        None => Ok((key, text.to_owned())),
    }
}

/// Calls with every name in braces.
fn fill_with(text: &str, mut on_name: impl FnMut(&str)) {
    let names = std::cell::RefCell::new(Vec::new());
    fill(text, |name| {
        names.borrow_mut().push(name.to_owned());
        Some(String::new())
    });
    for name in names.into_inner() {
        on_name(&name);
    }
}

/// What the texts of a kind may name.
fn variables(kind: &str) -> &'static [&'static str] {
    match MailKind::from_name(kind) {
        Some(MailKind::SignIn) => &["shop", "code", "link"],
        Some(MailKind::AccessGranted) => &["shop", "titles", "link"],
        Some(MailKind::AccessEnded) => &["shop", "titles", "reason"],
        Some(MailKind::AdminLink) => &["shop", "name", "link"],
        Some(MailKind::WeeklyProblems) => &["shop", "name", "link", "count"],
        None => &["shop"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Colour, Content, Letterhead, write};

    fn read(file: &str, content: &str) -> Result<Templates, Vec<String>> {
        let read = Templates::read(&[(file.to_owned(), content.to_owned())]);
        read.map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_shops_own_text_stands_in_the_place_of_ours_in_its_language_alone() {
        let own = "# ours\n\nsubject: Willkommen bei {shop}\nheading: Los geht's\n";
        let templates = read("access_granted.de.txt", own).unwrap();
        let head = Letterhead {
            shop: "Ann's <b>Shop</b>\r\nBcc: eve@example.com",
            colour: Colour::default(),
            templates: &templates,
        };
        let content = Content::AccessGranted {
            titles: vec!["Aquarell".into()],
            link: "https://courses.test/".into(),
        };
        let german = write(&content, &head, Language::German);
        assert!(german.subject.starts_with("Willkommen bei Ann's"));
        assert!(!german.subject.contains(['\r', '\n']));
        assert!(german.text.contains("Los geht's") && german.text.contains("- Aquarell"));
        assert!(!german.html.contains("<b>"));
        let english = write(&content, &head, Language::English);
        assert!(!english.subject.contains("Willkommen"));
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_file_and_line() {
        let wrong = read(
            "sign_in.en.txt",
            "subject: {shop}\nsubjekt: x\n\nbody: {titles}\nnote\nheading:\n",
        );
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        for (problem, start) in wrong.iter().zip([
            "sign_in.en.txt:2: there is no text of that name; there are ",
            "sign_in.en.txt:4: {titles} means nothing here; there are {shop}, {code}, {link}",
            "sign_in.en.txt:5: a line must be",
            "sign_in.en.txt:6: a text must have",
        ]) {
            assert!(problem.starts_with(start), "{problem}");
        }
        for name in [
            "sign_in.txt",
            "letter.en.txt",
            "sign_in.xx.txt",
            "sign_in.en.md",
        ] {
            let wrong = read(name, "").unwrap_err();
            assert!(
                wrong[0].starts_with(&format!("{name}:1: the file's name")),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn our_own_texts_name_nothing_that_a_shops_may_not() {
        for kind in kinds() {
            for name in Words::of(Language::English).names_of(kind) {
                let own = Words::of(Language::English).text(&format!("{kind}.{name}"));
                let read = text(kind, &format!("{name}: {}", own.unwrap()));
                assert!(read.is_ok(), "{kind}.{name}: {read:?}");
            }
        }
    }
}
