//! Writing a mail: from what it tells to subject, text and page. Pure.

mod colour;
mod html;
mod text;

use domain::Language;

pub use self::colour::{Colour, WrongColour};
use super::smtp::one_line;
use super::{Content, Templates, Written};

/// What stands on every mail.
#[derive(Clone, Debug)]
pub struct Letterhead<'a> {
    /// The shop's name.
    pub shop: &'a str,
    /// The shop's colour.
    pub colour: Colour,
    /// The texts.
    pub templates: &'a Templates,
}

/// A part of a mail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Block {
    /// What it is about, in a few words.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A code to be typed elsewhere.
    Code(String),
    /// Something that few need to read.
    Quiet(String),
    /// The one thing to do, with the link below for whoever does not want to press a button.
    Button {
        /// What it does.
        label: String,
        /// What is said before the link.
        hint: String,
        /// Where it leads.
        link: String,
    },
    /// A list.
    List(Vec<String>),
}

/// Writes a mail.
#[must_use]
pub fn write(content: &Content, head: &Letterhead<'_>, language: Language) -> Written {
    let words = head.templates.words(language);
    let values = content.values(head.shop, words);
    let subject = words.say(&format!("{}.subject", content.name()), &values);
    let mut blocks = content.blocks(words, &values);
    blocks.push(Block::Quiet(words.say("layout.from", &values)));
    let subject = one_line(&subject);
    Written {
        language,
        text: text::write(&blocks),
        html: html::write(&subject, &blocks, head, language),
        subject,
    }
}

#[cfg(test)]
mod tests {
    use domain::payment::EndReason;

    use super::*;
    use crate::mail::Figure;

    /// A name that means harm: to headers, to HTML and to the texts' own names.
    const ODD: &str = "Ann & <b>Bob</b>\r\nBcc: eve@example.com {link} \"'";

    #[test]
    fn every_reason_is_told_in_every_language() {
        for language in Language::ALL {
            for reason in EndReason::ALL {
                let titles = vec!["Watercolour".to_owned()];
                let content = Content::AccessEnded { titles, reason };
                let head = Letterhead {
                    shop: "Shop",
                    colour: Colour::default(),
                    templates: &Templates::default(),
                };
                let text = write(&content, &head, language).text;
                assert!(!text.contains("reason"), "{language}: {text}");
                assert!(text.contains("- Watercolour\n"), "{text}");
            }
        }
    }

    #[test]
    fn of_a_long_list_the_first_titles_are_told_and_how_many_more_there_are() {
        let titles = (1..=25).map(|number| format!("Course {number}")).collect();
        let link = "https://courses.test/".to_owned();
        let head = Letterhead {
            shop: "Shop",
            colour: Colour::default(),
            templates: &Templates::default(),
        };
        let content = Content::AccessGranted { titles, link };
        let text = write(&content, &head, Language::English).text;
        assert!(text.contains("- Course 20\n- + 5\n"), "{text}");
        assert!(!text.contains("Course 21"));
    }

    fn every_content() -> Vec<Content> {
        vec![
            Content::Test,
            Content::SignIn {
                code: "042195".into(),
                link: "https://courses.test/sign-in#token=a_token-1".into(),
            },
            Content::AccessGranted {
                titles: vec![ODD.into(), "Watercolour".into()],
                link: "https://courses.test/".into(),
            },
            Content::AccessEnded {
                titles: vec![ODD.into()],
                reason: EndReason::Refunded,
            },
            Content::WeeklyProblems {
                name: ODD.into(),
                figures: vec![
                    (Figure::Customers, 1),
                    (Figure::Deliveries, 2),
                    (Figure::Jobs, 3),
                    (Figure::Mails, 4),
                    (Figure::Stores, 5),
                    (Figure::Requests, 6),
                ],
                link: "https://courses.test/admin/".into(),
            },
            Content::AdminLink {
                name: ODD.into(),
                link: "https://courses.test/admin/link#a_token-1".into(),
            },
        ]
    }

    #[test]
    fn no_name_can_begin_a_header_or_change_the_page() {
        for language in Language::ALL {
            for content in every_content() {
                let head = Letterhead {
                    shop: ODD,
                    colour: Colour::default(),
                    templates: &Templates::default(),
                };
                let written = write(&content, &head, language);
                assert!(!written.subject.contains(['\r', '\n']), "{written:?}");
                assert!(!written.html.contains("<b>"), "{}", written.html);
                assert!(written.html.contains("&lt;b&gt;Bob&lt;/b&gt;"));
                assert!(!written.text.contains("\nBcc:"), "{}", written.text);
                assert!(!written.text.contains('\r'));
                let direction = format!("dir=\"{}\"", language.direction());
                assert!(written.html.contains(&direction));
                for loaded in ["<img", "src=", "url(", "<script", "@import"] {
                    assert!(!written.html.contains(loaded), "{loaded}");
                }
            }
        }
    }

    #[test]
    fn no_text_is_missing_and_every_name_is_filled_in() {
        for language in Language::ALL {
            for content in every_content() {
                let head = Letterhead {
                    shop: "Ann's Bakery",
                    colour: Colour::default(),
                    templates: &Templates::default(),
                };
                let written = write(&content, &head, language);
                for key in ["layout.", &format!("{}.", content.name())] {
                    assert!(!written.text.contains(key), "{}", written.text);
                    assert!(!written.subject.contains(key));
                }
                for name in ["{shop}", "{name}", "{titles}", "{reason}", "{link} \n"] {
                    assert!(!written.text.contains(name), "{}", written.text);
                    assert!(!written.subject.contains(name));
                }
            }
        }
    }

    #[test]
    fn a_link_can_be_read_in_the_text_and_on_the_page() {
        let link = "https://courses.test/admin/link#a_token-1";
        let content = Content::AdminLink {
            name: "Ann".into(),
            link: link.into(),
        };
        let head = Letterhead {
            shop: "Shop",
            colour: Colour::default(),
            templates: &Templates::default(),
        };
        for language in Language::ALL {
            let written = write(&content, &head, language);
            let alone = written.text.lines().any(|line| line == link);
            assert!(alone, "{}", written.text);
            assert!(written.html.contains(&format!("href=\"{link}\"")));
            assert!(written.html.contains(&format!(">{link}</")));
        }
    }
}
