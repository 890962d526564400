//! The command line of the keys that keep secrets.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Replace the key that the stores' secrets are kept under, and seal them all anew
    Rotate {
        /// File with the new key: 64 hexadecimal digits; one is made when absent
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
    },
}
