//! The command line of stores.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use domain::origin::Origin;
use domain::sku_rule::SkuPattern;
use domain::{ExternalId, ProductId, SkuRuleId, StoreItemId, StoreName, Timestamp};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Connect a store and print where its webhooks go
    Add(AddArgs),
    /// Set what reads a store's API, or forget it
    Api(ApiArgs),
    /// Try a store's credentials, permissions, clock and webhooks, and say what is wrong
    Test {
        /// The store
        name: StoreName,
        /// Make the webhooks that are missing, and switch on those that are off
        #[arg(long)]
        repair: bool,
    },
    /// Read what changed in a store, and say who gained and lost what
    Sync {
        /// The store
        name: StoreName,
        /// Since when, such as 2027-01-31 or 2027-01-31T12:00:00Z [default: since it was last read]
        #[arg(long, value_name = "TIME", value_parser = day_or_time)]
        since: Option<Timestamp>,
        /// Change nothing; say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// List the connected stores, with how far each is read and how its webhooks are
    List,
    /// Show a store's settings, or change them; what its customers have follows
    Set {
        /// The store
        name: StoreName,
        #[command(flatten)]
        policy: PolicyFlags,
    },
    /// Show or change which of a shop's pages may hold our elements, by their origins
    Origins {
        /// The store
        name: StoreName,
        /// One more, such as `https://shop.example.com`; may be repeated
        #[arg(long, value_name = "ORIGIN")]
        add: Vec<Origin>,
        /// One less; what stands in its pages ends
        #[arg(long, value_name = "ORIGIN")]
        remove: Vec<Origin>,
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
    /// List what was paid for and stands for no product yet, what most wait for first
    Unmapped {
        /// The store
        name: StoreName,
        /// Also what nobody has paid for
        #[arg(long)]
        all: bool,
    },
    /// Map items to the products that their titles suggest; without a flag, list what is suggested
    Confirm {
        /// The store
        name: StoreName,
        /// All that is suggested
        #[arg(long, conflicts_with = "item")]
        all: bool,
        /// Only this item (itm_…)
        #[arg(long, value_name = "ID")]
        item: Option<StoreItemId>,
    },
    /// Rules that say by its SKU which product an item stands for
    #[command(subcommand)]
    Rule(RuleCommand),
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

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Make a rule: what fits it and nobody has mapped stands for the product from now on
    Add {
        /// A SKU, or the beginning of one with a * behind it; upper and lower case are different
        pattern: SkuPattern,
        /// The product (prd_…)
        product: ProductId,
        /// The store whose SKUs are meant; every store's when absent
        #[arg(long, value_name = "NAME")]
        store: Option<StoreName>,
        /// Only say which items the rule would map
        #[arg(long)]
        dry_run: bool,
    },
    /// List the rules
    List {
        /// Only those that speak for this store
        #[arg(long, value_name = "NAME")]
        store: Option<StoreName>,
    },
    /// Remove a rule; what it has mapped stays
    Remove {
        /// Its id (skr_…)
        id: SkuRuleId,
    },
}

/// A store to connect.
#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// Its name in addresses: a-z, 0-9 and -
    pub(crate) name: StoreName,
    /// Its platform
    #[arg(long, default_value = "custom")]
    pub(crate) kind: String,
    /// Where it is, such as `https://shop.example.com`: its API is read then
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,
    /// The public half of its API key, for platforms whose keys have two
    #[arg(long, requires = "address")]
    pub(crate) api_key: Option<String>,
    /// File with the API key, or its secret half; asked for when absent
    #[arg(long, value_name = "FILE", requires = "address")]
    pub(crate) api_secret_file: Option<PathBuf>,
    /// File with the webhook secret; when absent it is asked for, or made
    #[arg(long, value_name = "FILE", alias = "secret-file")]
    pub(crate) webhook_secret_file: Option<PathBuf>,
    /// Let test orders grant access too
    #[arg(long)]
    pub(crate) accept_test_orders: bool,
    /// Origin of a page that may hold our elements, such as `https://shop.example.com`; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Vec<Origin>,
}

/// What reads a store's API.
#[derive(Args, Debug)]
pub(crate) struct ApiArgs {
    /// The store
    pub(crate) name: StoreName,
    /// Where it is, such as `https://shop.example.com`
    #[arg(long, value_name = "URL", required_unless_present = "forget")]
    pub(crate) address: Option<String>,
    /// The public half of its API key, for platforms whose keys have two
    #[arg(long, requires = "address")]
    pub(crate) api_key: Option<String>,
    /// File with the API key, or its secret half; asked for when absent
    #[arg(long, value_name = "FILE", requires = "address")]
    pub(crate) api_secret_file: Option<PathBuf>,
    /// Forget it: the store's webhooks are believed alone
    #[arg(long, conflicts_with = "address")]
    pub(crate) forget: bool,
}

/// Reads a time, or a day, which begins at midnight in UTC.
pub(super) fn day_or_time(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    time.or_else(|_| format!("{text}T00:00:00Z").parse())
        .map_err(|_| "must be like 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
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
