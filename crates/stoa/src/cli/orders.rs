//! The commands about orders and jobs.

use clap::{Args, Subcommand};
use domain::{CustomerId, EmailAddress, ExternalId, JobId, StoreName};

/// A customer, by her address or id.
#[derive(Clone, Debug)]
pub(crate) enum CustomerArg {
    /// By id.
    Id(CustomerId),
    /// By address.
    Email(EmailAddress),
}

impl std::str::FromStr for CustomerArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let email = text.parse().map(Self::Email);
        email.map_err(|_| "neither an address nor an id beginning with cus_".to_owned())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// List the orders of a customer, the newest first
    List {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
    },
    /// Put an address in the place of one that was mistyped in the shop
    Email {
        /// The store
        store: StoreName,
        /// The store's id of the order
        external_id: ExternalId,
        /// The right address; the one that the shop says takes a correction back
        email: EmailAddress,
    },
    /// Show what a refund would take away, before anybody gives the money back
    RefundPreview {
        /// The store
        store: StoreName,
        /// The store's id of the order
        external_id: ExternalId,
        /// The store's ids of the lines, with *2 behind one when two of it are meant [default: the whole order]
        lines: Vec<String>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct JobsArgs {
    /// Do this job again that failed for good (job_…)
    #[arg(long, value_name = "ID")]
    pub(crate) retry: Option<JobId>,
}
