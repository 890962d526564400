//! The commands about what the stores have sent.

use app::stores::WhichStore;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use domain::{DeliveryId, ExternalId, Timestamp};

use super::stores::day_or_time;

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// List what the stores have sent, newest first
    List {
        #[command(flatten)]
        filter: DeliveryFilterArgs,
        /// How many
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: usize,
    },
    /// Show a delivery: what became of it, what it spoke of, and the tries that failed
    Show {
        /// The delivery (dlv_…)
        id: DeliveryId,
        /// Write the body as it came, byte for byte, and nothing else
        #[arg(long)]
        body: bool,
    },
    /// Work off a delivery again, or all that a filter lets through; what is known already changes nothing
    Replay {
        /// The delivery (dlv_…)
        #[arg(
            conflicts_with_all = ["DeliveryFilterArgs", "dry_run"],
            required_unless_present = "DeliveryFilterArgs"
        )]
        id: Option<DeliveryId>,
        #[command(flatten)]
        filter: DeliveryFilterArgs,
        /// Only count them
        #[arg(long)]
        dry_run: bool,
    },
    /// Say that a delivery that failed for good needs nothing
    Dismiss {
        /// The delivery (dlv_…)
        id: DeliveryId,
    },
}

/// Which deliveries: those that fit all that is given.
#[derive(Args, Debug)]
#[group(multiple = true)]
pub(crate) struct DeliveryFilterArgs {
    /// Of this store: its name, or sto_…
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<WhichStore>,
    /// In this state
    #[arg(long, value_parser = PossibleValuesParser::new(["queued", "working", "done", "dead", "dismissed", "superseded"]))]
    pub(crate) state: Option<String>,
    /// Of this kind of event, as the store calls it
    #[arg(long)]
    pub(crate) topic: Option<String>,
    /// That spoke of this order: the store's id of it
    #[arg(long, value_name = "ID")]
    pub(crate) order: Option<ExternalId>,
    /// Received on this day or later, such as 2027-01-31 or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    pub(crate) since: Option<Timestamp>,
    /// Received before this day or time
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    pub(crate) until: Option<Timestamp>,
}
