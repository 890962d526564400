//! Mail: what is told to customers and administrators, from the outbox.
//!
//! 1. Whoever causes a mail queues it in the transaction of the fact ([`outbox`]): a row with ids and a job.
//! 2. The job loads what the mail is to tell ([`preparing`], as [`content`]), so that nothing that is no longer so is told, and no address, link
//!    or text is kept.
//! 3. [`writing`] makes the letter of it, text and HTML, in the reader's [`words`] and with the shop's name and colour.
//! 4. A [`Mailer`] sends it: [`smtp`] by a mail server.

mod content;
mod outbox;
mod preparing;
pub mod smtp;
mod templates;
mod weekly;
mod words;
mod writing;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use domain::{EmailAddress, Language, Timestamp};

pub use self::content::Content;
pub use self::outbox::{LONGEST_PAGE, Mail, MailsPage, ResendError, TrialError};
pub use self::templates::{Templates, WrongTemplate};
pub use self::weekly::Figure;
pub use self::writing::{Colour, Letterhead, WrongColour, write};
pub use storage::mails::{Concerns, KeptMail, MailFilter};

/// A mail that is ready to go. Nothing in it has a line break where a header is made of it.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What is unique about it, in letters, digits and `_`, `.`, `-`: the same when the same mail is sent twice by accident.
    pub name: String,
    /// To whom.
    pub to: EmailAddress,
    /// When it is sent.
    pub at: Timestamp,
    /// What it says.
    pub written: Written,
}

/// What a mail says, in one language.
#[derive(Clone, Eq, PartialEq)]
pub struct Written {
    /// Its language.
    pub language: Language,
    /// The subject, in one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

impl fmt::Debug for Written {
    /// Hides all of it: it may hold a code or a link.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written({}, …)", self.language)
    }
}

/// Why a mail was not taken. It names no address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MailError {
    /// The server refuses this mail for good, with a reply code from 500 on.
    #[error("the mail server refuses this mail for good (code {0})")]
    Refused(u16),
    /// The server does not take the mail now, with its reply code.
    #[error("the mail server does not take this mail now (code {0})")]
    NotNow(u16),
    /// The server does not let us in, with its reply code.
    #[error("the mail server does not let us in (code {0}): look at mail.user and the password")]
    Credentials(u16),
    /// The server's certificate is not trusted, or it offers no TLS.
    #[error("no secure connection to the mail server: look at mail.tls and its certificate")]
    Tls,
    /// The server cannot be reached, or broke off.
    #[error("the mail server cannot be reached")]
    Unreachable,
    /// Mail servers cannot be written to at this address.
    #[error("no mail can be written to this address")]
    Address,
}

impl MailError {
    /// Tells whether this mail will never be taken.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Refused(_) | Self::Address => true,
            Self::NotNow(_) | Self::Credentials(_) | Self::Tls | Self::Unreachable => false,
        }
    }
}

/// How mail goes out, and how it looks.
#[derive(Default)]
pub struct Post {
    /// What sends it; without one, mails wait.
    pub mailer: Option<Box<dyn Mailer>>,
    /// The shop's colour.
    pub colour: Colour,
    /// The language for readers of whom no other is known.
    pub language: Language,
    /// The texts, with the shop's own among them.
    pub templates: Templates,
}

/// The future of a letter that is being sent.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// What sends letters.
pub trait Mailer: Send + Sync {
    /// Sends a letter, and returns when somebody else has taken it.
    fn send<'a>(&'a self, letter: &'a Letter) -> Sending<'a>;
}
