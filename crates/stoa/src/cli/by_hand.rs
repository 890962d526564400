//! Access by hand, beyond granting and revoking one.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use domain::note::{LONGEST_NOTE, is_readable};
use domain::{ContentId, GrantId, Timestamp};

use super::CustomerArg;

#[derive(Debug, Subcommand)]
pub(crate) enum ByHandCommand {
    /// Lift the block that a revocation set: what orders still pay for is live again
    Lift {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// What (crs_… or fil_…)
        content: ContentId,
    },
    /// Make access longer; it revives nothing that was revoked
    Extend(ExtendArgs),
    /// Grant, revoke, lift and extend by a list: all lines or none
    ///
    /// The list is CSV in UTF-8 with a header line. Its columns: action (grant, revoke, lift, extend), email, content, until
    /// (a time, or a date whose end in UTC is meant) and note; the last two may be left out.
    Bulk {
        /// The list
        file: PathBuf,
        /// Only say what each line would do
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("which").required(true).args(["customer", "grant"])))]
pub(crate) struct ExtendArgs {
    /// The customer: her address, or cus_…
    #[arg(requires = "content")]
    pub(crate) customer: Option<CustomerArg>,
    /// What (crs_… or fil_…): all that she has of it, is not revoked and ends
    pub(crate) content: Option<ContentId>,
    /// One grant (acc_…) instead
    #[arg(long, conflicts_with = "content")]
    pub(crate) grant: Option<GrantId>,
    /// Until when, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Timestamp,
    /// Why, for people
    #[arg(long, value_parser = note)]
    pub(crate) note: Option<String>,
}

/// Reads a note or a reason by the same rule as the API.
pub(super) fn note(text: &str) -> Result<String, String> {
    if is_readable(text, LONGEST_NOTE) {
        Ok(text.to_owned())
    } else {
        Err("at most 1,000 characters, and no control characters".to_owned())
    }
}
