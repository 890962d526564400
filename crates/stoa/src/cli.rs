//! The command line.

mod admin;
mod by_hand;
mod contents;
mod deliveries;
mod mail;
mod orders;
mod products;
mod secrets;
mod stores;

use std::path::PathBuf;

use app::gaps::Cause;
use clap::{Args, Parser, Subcommand};
use domain::audit::verify::Mark;
use domain::{ContentId, CustomerId, EmailAddress, OrderId, PrivacyRequestId, Timestamp};

pub(crate) use self::admin::{AdminCommand, TokenArgs};
pub(crate) use self::by_hand::{ByHandCommand, ExtendArgs};
pub(crate) use self::contents::{Consent, CourseCommand, FileCommand, ModuleCommand, VideoCommand};
pub(crate) use self::deliveries::{DeliveryCommand, DeliveryFilterArgs};
pub(crate) use self::mail::MailCommand;
pub(crate) use self::orders::{CustomerArg, JobsArgs, OrderCommand};
pub(crate) use self::products::ProductCommand;
pub(crate) use self::secrets::SecretsCommand;
pub(crate) use self::stores::{
    AddArgs, ApiArgs, HandOffArgs, ItemPattern, PolicyFlags, RuleCommand, StoreCommand,
};

/// Video courses for the shop you already have.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes; they win over file and environment.
#[derive(Args, Debug, Default)]
pub(crate) struct Common {
    /// Configuration file [default: stoa.toml, when it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for the database, the keys and the objects
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Database: `sqlite://PATH` or `postgres://…`
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the pages, the API, the webhooks and the media
    Serve(ServeArgs),
    /// Try everything: a demo shop, three courses, one process
    Demo(DemoArgs),
    /// Bring the database's schema up to date
    Migrate,
    /// Check the configuration and print every problem
    CheckConfig,
    /// Print the description of the API
    Openapi,
    /// Administrators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Customers
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// What stores ask about their customers' data
    #[command(subcommand)]
    Privacy(PrivacyCommand),
    /// Stores that send their orders here
    #[command(subcommand)]
    Store(StoreCommand),
    /// Products: what an order line pays for
    #[command(subcommand)]
    Product(ProductCommand),
    /// Who may open what
    #[command(subcommand)]
    Access(AccessCommand),
    /// Orders, and what their refunds would take away
    #[command(subcommand)]
    Order(OrderCommand),
    /// What the stores have sent
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// List the jobs that are worked on, wait or failed for good, with how far they came
    Jobs(JobsArgs),
    /// Courses
    #[command(subcommand)]
    Course(CourseCommand),
    /// Modules of courses
    #[command(subcommand)]
    Module(ModuleCommand),
    /// Videos of modules
    #[command(subcommand)]
    Video(VideoCommand),
    /// Downloads of products
    #[command(subcommand)]
    File(FileCommand),
    /// Who changed what, when and from where
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What is told to customers and administrators
    #[command(subcommand)]
    Mail(MailCommand),
    /// The key that the stores' secrets are kept under
    #[command(subcommand)]
    Secrets(SecretsCommand),
}

#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// What this process does: web, worker, edge [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ROLES")]
    pub(crate) roles: Option<Vec<String>>,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Port of the pages and the shop; the media use the next one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CustomerCommand {
    /// Make a one-time sign-in link, good for ten minutes
    Link {
        /// The customer's address
        email: EmailAddress,
    },
    /// Print everything that is kept about a customer, as JSON
    Export {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// Write it to this new file, for you alone to read
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Erase a customer for good; only her id and the ids, states and sums of her orders stay
    Erase {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// Go on; without it only what would be lost is said
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PrivacyCommand {
    /// List what is not answered yet, newest first
    List {
        /// What was answered, too
        #[arg(long)]
        all: bool,
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Write down that a customer has got what she asked for
    Done {
        /// The request (prv_…)
        request: PrivacyRequestId,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Grant a course or file by hand
    Grant {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// What (crs_… or fil_…)
        content: ContentId,
        /// When it ends, such as 2027-01-01T00:00:00Z; never when absent
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// Why, for people
        #[arg(long, value_parser = by_hand::note)]
        note: Option<String>,
        /// Do not write to the customer
        #[arg(long)]
        silent: bool,
    },
    /// End all access to a course or file, and keep it ended
    Revoke {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// What (crs_… or fil_…)
        content: ContentId,
        /// Why, for people
        #[arg(long, value_parser = by_hand::note)]
        reason: Option<String>,
        /// Do not write to the customer
        #[arg(long)]
        silent: bool,
    },
    /// Say why a customer may open a course or file or not, and what would mend it
    Why {
        /// The customer: her address, or cus_…
        customer: CustomerArg,
        /// What (crs_… or fil_…)
        content: ContentId,
    },
    /// List paying customers without access, with what would mend each
    Gaps {
        /// Of this cause only, such as `unmapped_item`
        #[arg(long, value_parser = cause)]
        cause: Option<Cause>,
    },
    #[command(flatten)]
    ByHand(ByHandCommand),
}

fn cause(name: &str) -> Result<Cause, String> {
    Cause::from_name(name).ok_or_else(|| {
        let known = Cause::ALL.map(Cause::name);
        format!("none of {}", known.join(", "))
    })
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that nothing in the log was changed, and print its head, to be noted elsewhere
    Verify {
        /// A head that was noted earlier: proves that no older copy stands in the log's place
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<Mark>,
    },
    /// List entries, newest first
    List {
        #[command(flatten)]
        filter: AuditArgs,
        /// How many
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: usize,
    },
    /// Print entries as CSV, newest first
    Export {
        #[command(flatten)]
        filter: AuditArgs,
    },
}

/// Which entries: those that fit all that is given.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// The id of what was changed
    #[arg(long, value_name = "ID")]
    pub(crate) subject: Option<String>,
    /// Whose access it is about (cus_…)
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<CustomerId>,
    /// To which content (crs_… or fil_…)
    #[arg(long, value_name = "ID")]
    pub(crate) content: Option<ContentId>,
    /// By which order (ord_…)
    #[arg(long, value_name = "ID")]
    pub(crate) order: Option<OrderId>,
    /// Who: an administrator's, token's, store's, job's or customer's id, or "command line"
    #[arg(long)]
    pub(crate) actor: Option<String>,
    /// What was done, such as grant.revoked, or all of a kind, such as grant
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Not before this time, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// Before this time, which is after --from
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
}
