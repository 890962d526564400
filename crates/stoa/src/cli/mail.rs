//! The command line's words for mails.

use clap::Subcommand;
use domain::{CustomerId, EmailAddress, MailId};

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Send a mail at once that shows that mail works
    Test {
        /// To whom
        address: EmailAddress,
    },
    /// List the mails, newest first: id, time, kind, state, customer, error
    List {
        /// Only this customer's
        #[arg(long, value_name = "ID")]
        customer: Option<CustomerId>,
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Send a mail again, with what is so now; one that brought a link is made anew instead
    Resend {
        /// The mail (mal_…)
        id: MailId,
    },
}
