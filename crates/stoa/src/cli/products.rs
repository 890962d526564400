//! The command line of products.

use clap::Subcommand;
use domain::ProductId;

use super::Consent;

#[derive(Debug, Subcommand)]
pub(crate) enum ProductCommand {
    /// Make a product
    Add {
        /// What it is called
        title: String,
        /// Days of access; for ever when absent
        #[arg(long)]
        access_days: Option<u32>,
    },
    /// List the products
    List,
    /// Show a product with what is in it, what it is in, and which store items stand for it
    Show {
        /// The product (prd_…)
        product: ProductId,
    },
    /// Change a product; what its buyers have follows
    #[command(group = clap::ArgGroup::new("what").multiple(true).required(true))]
    Set {
        /// The product (prd_…)
        product: ProductId,
        /// What it is called
        #[arg(long, group = "what")]
        title: Option<String>,
        /// Days of access, counted from each buyer's purchase
        #[arg(long, group = "what", conflicts_with = "for_ever")]
        access_days: Option<u32>,
        /// Access that never ends
        #[arg(long, group = "what")]
        for_ever: bool,
    },
    /// Delete a product with its courses and files; says first who loses access
    Delete {
        /// The product (prd_…)
        product: ProductId,
        #[command(flatten)]
        consent: Consent,
    },
    /// Put a product into a bundle
    Bundle {
        /// The bundle (prd_…)
        bundle: ProductId,
        /// The product to put into it (prd_…)
        part: ProductId,
    },
    /// Take a product out of a bundle; says first who loses access
    Unbundle {
        /// The bundle (prd_…)
        bundle: ProductId,
        /// The product to take out of it (prd_…)
        part: ProductId,
        #[command(flatten)]
        consent: Consent,
    },
}
