//! The command line of stores.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use domain::{ExternalId, ProductId, StoreName};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Connect a store and print where its webhooks go
    Add {
        /// Its name in addresses: a-z, 0-9 and -
        name: StoreName,
        /// Its platform
        #[arg(long, default_value = "custom")]
        kind: String,
        /// File with the webhook secret; one is made and printed when absent
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// Let test orders grant access too
        #[arg(long)]
        accept_test_orders: bool,
    },
    /// List the connected stores
    List,
    /// Show a store's settings, or change them; what its customers have follows
    Set {
        /// The store
        name: StoreName,
        #[command(flatten)]
        policy: PolicyFlags,
    },
    /// Rotate the webhook secret: add a new one beside the old, later drop the old
    RotateSecret {
        /// The store
        name: StoreName,
        /// File with the new secret; one is made and printed when absent
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// Drop the old secret: the store signs with the new one now
        #[arg(long, conflicts_with = "secret_file")]
        finish: bool,
    },
    /// Make the key by which a shop signs its customers in here; the secret is shown once
    HandOff(HandOffArgs),
    /// List what a store sells, and what it stands for
    Items {
        /// The store
        name: StoreName,
        /// Only these
        #[arg(long, value_parser = PossibleValuesParser::new(["mapped", "ignored", "covered", "unmapped"]))]
        state: Option<String>,
    },
    /// List what a store sells that stands for no product yet
    Unmapped {
        /// The store
        name: StoreName,
    },
    /// Say which product a store item stands for
    Map {
        /// The store
        name: StoreName,
        /// The product it stands for (prd_…)
        product: ProductId,
        #[command(flatten)]
        item: ItemPattern,
    },
    /// Forget which product a store item stands for
    Unmap {
        /// The store
        name: StoreName,
        #[command(flatten)]
        item: ItemPattern,
    },
    /// Say that a store item grants nothing, such as a T-shirt
    Ignore {
        /// The store
        name: StoreName,
        #[command(flatten)]
        item: ItemPattern,
    },
    /// Take back that a store item grants nothing
    Heed {
        /// The store
        name: StoreName,
        #[command(flatten)]
        item: ItemPattern,
    },
}

/// Which hand-off key a store gets.
#[derive(Args, Debug)]
pub(crate) struct HandOffArgs {
    /// The store
    pub(crate) name: StoreName,
    /// File with the shop's own key; a secret is made and printed when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// What the key in the file is for: es256 (a public key, PEM or JWK) or hs256 (a secret)
    #[arg(long, value_parser = PossibleValuesParser::new(["es256", "hs256"]), default_value = "es256", requires = "key_file")]
    pub(crate) algorithm: String,
    /// Add the key beside the one that the store has: both count
    #[arg(long)]
    pub(crate) rotate: bool,
    /// Drop the old key: the shop signs with the new one now
    #[arg(long, conflicts_with_all = ["rotate", "key_file", "algorithm"])]
    pub(crate) finish: bool,
}

/// A store item by what the store calls it; what is absent stands for anything.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct ItemPattern {
    /// The store's product id
    #[arg(long)]
    pub(crate) product_id: Option<ExternalId>,
    /// The store's variant id
    #[arg(long)]
    pub(crate) variant_id: Option<ExternalId>,
    /// The stock-keeping unit
    #[arg(long)]
    pub(crate) sku: Option<ExternalId>,
}

/// A store's settings about access; what is absent stays.
#[derive(Args, Debug)]
pub(crate) struct PolicyFlags {
    /// What an open dispute does to access
    #[arg(long, value_parser = PossibleValuesParser::new(["suspend", "keep"]))]
    pub(crate) on_dispute: Option<String>,
    /// What a refund without lines does to access
    #[arg(long, value_parser = PossibleValuesParser::new(["keep", "revoke"]))]
    pub(crate) on_amount_refund: Option<String>,
    /// Whether test orders grant access
    #[arg(long, value_name = "true|false")]
    pub(crate) accept_test_orders: Option<bool>,
    /// Days of access after the end of a paid period
    #[arg(long, value_name = "NUMBER")]
    pub(crate) grace_days: Option<u32>,
    /// Whether an address counts as proven because the store says so
    #[arg(long, value_name = "true|false")]
    pub(crate) trust_emails: Option<bool>,
}
