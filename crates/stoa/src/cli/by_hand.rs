//! Access by hand, beyond granting and revoking one.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use domain::{ContentId, EmailAddress, GrantId, Timestamp};

#[derive(Debug, Subcommand)]
pub(crate) enum ByHandCommand {
    /// Lift the block that a revocation set: what orders still pay for is live again
    Lift {
        /// The customer's address
        email: EmailAddress,
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
#[command(group(ArgGroup::new("which").required(true).args(["email", "grant"])))]
pub(crate) struct ExtendArgs {
    /// The customer's address
    #[arg(requires = "content")]
    pub(crate) email: Option<EmailAddress>,
    /// What (crs_… or fil_…): all that she has of it, is not revoked and ends
    pub(crate) content: Option<ContentId>,
    /// One grant (acc_…) instead
    #[arg(long, conflicts_with = "content")]
    pub(crate) grant: Option<GrantId>,
    /// Until when, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Timestamp,
    /// Why, for people
    #[arg(long)]
    pub(crate) note: Option<String>,
}
