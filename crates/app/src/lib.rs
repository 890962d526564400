//! What Stoa does: the use cases, called by HTTP, jobs and the command line alike.
//!
//! A use case reads the clock once, loads, lets pure code decide, writes in one transaction, and commits. Nothing but
//! the transaction is awaited while it is open; what follows later is a job.
//!
//! - [`webhooks`] takes deliveries in; [`worker`] works them off through [`ingest`] and [`reconcile`]; [`look_up`] and [`sync`] ask
//!   the stores themselves, and [`deliveries`] shows what came and plays it again.
//! - [`library`], [`lessons`], [`downloads`] show a customer what is hers, with links from [`links`]; [`playing`] counts where she plays.
//! - [`administration`] grants and revokes by hand, [`bulk`] by the list; [`catalogue`], [`contents`] and [`import`] fill the shelves.
//! - [`sign_in`], [`hand_off`], [`embed`], [`people`], [`sessions`], [`admins`] and [`api_tokens`] say who asks, [`limits`] how often; [`stores`] knows the shops, their secrets behind [`sealing`], renewed by [`secrets`].
//! - [`why`] explains who may open what, [`orders`] foretells what a refund takes away, [`gaps`] and [`overview`] tell who paid
//!   and has no access, and [`replays`] gives what failed another chance.
//! - [`privacy`] gives a customer all that is kept about her, and forgets her.
//! - [`mail`] tells customers and administrators, from an outbox.
//! - [`audit`] records what each of them changes, and proves that the record is whole.
//! - [`clock`] and [`random`] are the only places that read either.

pub mod administration;
pub mod admins;
pub mod api_tokens;
pub mod audit;
pub mod bulk;
pub mod catalogue;
pub mod clock;
pub mod contents;
pub mod deliveries;
mod devices;
pub mod downloads;
pub mod embed;
pub mod gaps;
pub mod hand_off;
pub mod import;
pub mod ingest;
pub mod lessons;
pub mod library;
pub mod limits;
pub mod links;
mod look_up;
pub mod mail;
pub mod orders;
pub mod origin;
pub mod overview;
pub mod people;
pub mod playing;
pub mod privacy;
pub mod random;
mod recompute;
pub mod reconcile;
pub mod replays;
pub mod sealing;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod signing_key;
pub mod stores;
pub mod sync;
pub mod webhooks;
pub mod why;
pub mod worker;

use std::sync::Arc;

use connectors::api::HttpClient;
use domain::Timestamp;
use domain::access::{Decision, Standing, decide};
use domain::playing::PlayingLimits;
use domain::retention::Retention;
use domain::session::SessionLimits;
use objects::Folder;
use storage::Db;
use storage::access::OnContent;

use crate::admins::passwords::Passwords;
use crate::clock::Clock;
use crate::lessons::Shelf;
use crate::links::Links;
use crate::look_up::outages::Outages;
use crate::mail::Post;
use crate::random::Random;
use crate::sealing::SealingKey;
use crate::stores::OpenApis;

/// What the use cases are made of.
pub struct Parts {
    /// Where everything is kept.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Box<dyn Clock>,
    /// Where randomness comes from.
    pub random: Box<dyn Random>,
    /// Where the files are.
    pub objects: Folder,
    /// What signs links to objects.
    pub links: Links,
    /// What seals the stores' secrets.
    pub sealing: SealingKey,
    /// The shop that the pages name and lead back to.
    pub shop: Shop,
    /// What asks the stores.
    pub http: HttpClient,
    /// What sends mail.
    pub post: Post,
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// On how many devices a customer may play.
    pub playing: PlayingLimits,
    /// How long what nobody needs any more is kept.
    pub retention: Retention,
    /// Where we are reached: `https://courses.example.com`, without a slash at its end.
    pub public_url: String,
}

/// The shop as its customers know it.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// Where it is, when the pages shall lead there.
    pub url: Option<String>,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    shelf: Arc<Shelf>,
    outages: Arc<Outages>,
    passwords: Arc<Passwords>,
    open_apis: Arc<OpenApis>,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            shelf: Arc::new(Shelf::default()),
            outages: Arc::new(Outages::default()),
            passwords: Arc::new(Passwords::default()),
            open_apis: Arc::new(OpenApis::default()),
        }
    }

    /// Returns the shop.
    #[must_use]
    pub fn shop(&self) -> &Shop {
        &self.parts.shop
    }

    /// Returns the address under which objects are reached, scheme and host.
    #[must_use]
    pub fn media_base(&self) -> &str {
        self.parts.links.base()
    }

    /// Returns the database, for health checks and for waiting for work.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.parts.db
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Makes an id of any kind: `self.new_id(now, OrderId::from_parts)`.
    fn new_id<Id>(&self, now: Timestamp, make: impl FnOnce(Timestamp, u128) -> Id) -> Id {
        let mut bytes = [0; 16];
        self.parts.random.fill(&mut bytes);
        make(now, u128::from_be_bytes(bytes))
    }
}

/// Decides about a content of which this is known.
fn decide_on(on: Option<&OnContent>, published_at: Option<Timestamp>, now: Timestamp) -> Decision {
    let on = on.cloned().unwrap_or_default();
    decide(
        &Standing {
            published_at,
            blocks: on.blocks,
            grants: on.grants,
        },
        now,
    )
}
