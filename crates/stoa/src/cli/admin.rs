//! The command line of administrators.

use clap::{Args, Subcommand};
use domain::note::is_readable;
use domain::scope::{Role, Scope, Scopes};
use domain::{EmailAddress, Timestamp, TokenId};

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Take somebody into the team and print the link by which she sets up how she signs in; the first is an owner
    Create {
        /// Her address, by which she signs in
        email: EmailAddress,
        /// Her name for people
        #[arg(long, value_parser = name)]
        name: String,
        /// What she shall be: viewer, support, manager or owner
        #[arg(long)]
        role: Role,
    },
    /// List who administers: id, role, address, name
    List,
    /// Make a new link for somebody who has lost what she signs in with
    Link {
        /// Her address
        email: EmailAddress,
    },
    /// Change what somebody is
    Role {
        /// Her address
        email: EmailAddress,
        /// What she shall be: viewer, support, manager or owner
        role: Role,
    },
    /// Sign somebody out everywhere, and let her in no more
    Disable {
        /// Her address
        email: EmailAddress,
    },
    /// Let somebody in again
    Enable {
        /// Her address
        email: EmailAddress,
    },
    /// Make an API token; it is shown once
    Token(TokenArgs),
    /// List the API tokens: id, when made, what each may do, name, when it ends, when it was last used
    Tokens,
    /// Revoke an API token for good
    RevokeToken {
        /// Its id (tok_…)
        id: TokenId,
    },
}

#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// A name to remember it by
    pub(crate) name: String,
    /// What it may do, such as access:read,content:read [default: everything]
    #[arg(long, value_delimiter = ',', value_name = "SCOPES")]
    scopes: Option<Vec<Scope>>,
    /// It may do what this role may: viewer, support, manager or owner
    #[arg(long, conflicts_with = "scopes")]
    role: Option<Role>,
    /// When it ends, such as 2027-01-01 or 2027-01-01T12:00:00Z; never when absent
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) expires: Option<Timestamp>,
}

impl TokenArgs {
    /// Returns what the token may do.
    pub(crate) fn allowed(&self) -> Scopes {
        match (&self.scopes, self.role) {
            (Some(scopes), _) => scopes.iter().copied().collect(),
            (None, Some(role)) => role.scopes(),
            (None, None) => Scopes::ALL,
        }
    }
}

/// Reads a name: one line, not empty.
fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_one = !name.is_empty() && !name.contains(['\n', '\r', '\t']) && is_readable(name, 200);
    is_one
        .then(|| name.to_owned())
        .ok_or_else(|| "not one line of 1 to 200 characters".to_owned())
}

/// Reads a time, or a day, which is its beginning in UTC.
fn date(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    let time = time.or_else(|_| format!("{text}T00:00:00Z").parse());
    time.map_err(|_| "not a date such as 2027-01-01 or 2027-01-01T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let day = date("2027-01-01").unwrap();
        assert_eq!(day.to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(date("2027-01-01T00:00:00Z"), Ok(day));
        for odd in ["", "tomorrow", "2027-13-01", "2027"] {
            assert!(date(odd).is_err(), "{odd}");
        }
    }
}
