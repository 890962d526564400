//! What mails tell: plain data, loaded when the mail is sent.

use domain::mail::MailKind;
use domain::payment::EndReason;

use super::smtp::one_line;
use super::weekly::Figure;
use super::words::{Value, Values, Words};
use super::writing::Block;

/// How many titles a mail lists.
const MOST_TITLES: usize = 20;

/// What a mail tells.
#[derive(Clone, Eq, PartialEq)]
pub enum Content {
    /// That mail works.
    Test,
    /// A customer's link and code by which she signs in.
    SignIn {
        /// The code.
        code: String,
        /// The link.
        link: String,
    },
    /// A customer can open what she bought, or was given.
    AccessGranted {
        /// What.
        titles: Vec<String>,
        /// Where it is opened.
        link: String,
    },
    /// A customer can no longer open it.
    AccessEnded {
        /// What.
        titles: Vec<String>,
        /// Why.
        reason: EndReason,
    },
    /// What stands in somebody's way, for an administrator.
    WeeklyProblems {
        /// Her name.
        name: String,
        /// How many there are of what.
        figures: Vec<(Figure, i64)>,
        /// Where it is mended.
        link: String,
    },
    /// An administrator's one-time link.
    AdminLink {
        /// Her name.
        name: String,
        /// The link.
        link: String,
    },
}

impl Content {
    /// Returns the kind; `None` of the mail that only tries the server.
    #[must_use]
    pub const fn kind(&self) -> Option<MailKind> {
        match self {
            Self::Test => None,
            Self::SignIn { .. } => Some(MailKind::SignIn),
            Self::AccessGranted { .. } => Some(MailKind::AccessGranted),
            Self::AccessEnded { .. } => Some(MailKind::AccessEnded),
            Self::AdminLink { .. } => Some(MailKind::AdminLink),
            Self::WeeklyProblems { .. } => Some(MailKind::WeeklyProblems),
        }
    }

    /// Returns what its texts may name, in one line each.
    pub(super) fn values(&self, shop: &str, words: &Words) -> Values {
        let mut values = Values::from([("shop", line(shop))]);
        match self {
            Self::Test => {}
            Self::SignIn { code, link } => {
                values.insert("code", line(code));
                values.insert("link", line(link));
            }
            Self::AccessGranted { titles, link } => {
                values.insert("titles", list(titles));
                values.insert("link", line(link));
            }
            Self::AccessEnded { titles, reason } => {
                values.insert("titles", list(titles));
                let reason = words.say(reason_key(*reason), &values);
                values.insert("reason", line(&reason));
            }
            Self::AdminLink { name, link } | Self::WeeklyProblems { name, link, .. } => {
                values.insert("name", line(name));
                values.insert("link", line(link));
            }
        }
        values
    }

    /// Returns the mail's parts from top to bottom.
    pub(super) fn blocks(&self, words: &Words, values: &Values) -> Vec<Block> {
        let say = |key: &str| words.say(key, values);
        match self {
            Self::Test => vec![
                Block::Heading(say("test.heading")),
                Block::Text(say("test.body")),
            ],
            Self::SignIn { code, link } => vec![
                Block::Heading(say("sign_in.heading")),
                Block::Text(say("sign_in.body")),
                Block::Code(one_line(code)),
                Block::Text(say("sign_in.or")),
                Block::Button {
                    label: say("sign_in.button"),
                    hint: say("layout.link"),
                    link: one_line(link),
                },
                Block::Quiet(say("sign_in.note")),
            ],
            Self::AccessGranted { titles, link } => vec![
                Block::Heading(say("access_granted.heading")),
                Block::Text(say("access_granted.body")),
                Block::List(lines(titles)),
                Block::Button {
                    label: say("access_granted.button"),
                    hint: say("layout.link"),
                    link: one_line(link),
                },
                Block::Quiet(say("access_granted.note")),
            ],
            Self::AccessEnded { titles, reason } => vec![
                Block::Heading(say("access_ended.heading")),
                Block::Text(say("access_ended.body")),
                Block::List(lines(titles)),
                Block::Text(say(reason_key(*reason))),
                Block::Quiet(say("access_ended.note")),
            ],
            Self::WeeklyProblems { figures, link, .. } => vec![
                Block::Heading(say("weekly_problems.heading")),
                Block::Text(say("weekly_problems.body")),
                Block::List(counted(figures, words, values)),
                Block::Button {
                    label: say("weekly_problems.button"),
                    hint: say("layout.link"),
                    link: one_line(link),
                },
                Block::Quiet(say("weekly_problems.note")),
            ],
            Self::AdminLink { link, .. } => vec![
                Block::Heading(say("admin_link.heading")),
                Block::Text(say("admin_link.body")),
                Block::Button {
                    label: say("admin_link.button"),
                    hint: say("layout.link"),
                    link: one_line(link),
                },
                Block::Quiet(say("admin_link.note")),
            ],
        }
    }

    /// Returns the name under which its texts are written down.
    pub(super) const fn name(&self) -> &'static str {
        match self.kind() {
            Some(kind) => kind.name(),
            None => "test",
        }
    }
}

/// Says each figure with its count.
fn counted(figures: &[(Figure, i64)], words: &Words, values: &Values) -> Vec<String> {
    let told = figures.iter().map(|(figure, count)| {
        let mut values = values.clone();
        values.insert("count", line(&count.to_string()));
        words.say(figure.key(), &values)
    });
    told.collect()
}

fn line(text: &str) -> Value {
    Value::Line(one_line(text))
}

fn list(titles: &[String]) -> Value {
    Value::Lines(lines(titles))
}

/// Lists the first titles, and how many more there are.
fn lines(titles: &[String]) -> Vec<String> {
    let first = titles.iter().take(MOST_TITLES);
    let mut lines: Vec<String> = first.map(|title| one_line(title)).collect();
    if titles.len() > MOST_TITLES {
        lines.push(format!("+ {}", titles.len() - MOST_TITLES));
    }
    lines
}

/// Names the text that tells a customer why. What the shop changed about its own goods is told in one way.
const fn reason_key(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Refunded => "reason.refunded",
        EndReason::Cancelled => "reason.cancelled",
        EndReason::Disputed => "reason.disputed",
        EndReason::OrderDeleted => "reason.order_deleted",
        EndReason::LineRemoved => "reason.line_removed",
        EndReason::Unpaid => "reason.unpaid",
        EndReason::Unmapped
        | EndReason::ContentRemoved
        | EndReason::OwnerChanged
        | EndReason::Blocked
        | EndReason::ByAdministrator => "reason.by_the_shop",
    }
}
