//! The demo shop: a shop of its own that sells the demo's courses and tells Stoa about its orders over HTTP, signed, as
//! `docs/custom-store.md` asks any shop to.
//!
//! - [`order`] is what an order is and what a webhook says about it; [`wares`] is what is for sale.
//! - [`ledger`] keeps secret, orders and webhooks in one file. A webhook is kept with the change that caused it and sent
//!   after that, so that it can be sent again.
//! - [`desk`] is what the shop's staff see and do in Stoa.
//! - [`router`] and [`page`] are the shop's pages, without any framework.

mod desk;
mod ledger;
mod markup;
mod order;
mod page;
mod router;
mod wares;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use app::App;
use app::administration::AdministrationError;
use app::clock::Clock;
use app::random::{Random, new_token};
use connectors::{StoreKind, StoreSecret, custom};
use domain::payment::StorePolicy;
use domain::{EmailAddress, StoreId, StoreName, Timestamp};

use self::ledger::{Answer, Attempt, Ledger, LedgerFile};
use self::order::{DisputeState, Line, Order, RefundOf, Unchanged};
use crate::commands::COMMAND_LINE;

pub(crate) use self::router::router;

/// The name over the door.
pub(crate) const SHOP_NAME: &str = "Brush & Bread";
/// The name that the shop is connected under.
const STORE_NAME: &str = "demo";
/// How long the shop waits for Stoa's answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of a random token that name a webhook: 132 bits.
const EVENT_ID_LENGTH: usize = 22;

/// The demo shop. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DemoShop(Arc<Parts>);

struct Parts {
    app: App,
    store: StoreId,
    /// Where Stoa and this shop are reached: scheme and host, without a slash at the end.
    public_url: String,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ledger: LedgerFile,
    client: reqwest::Client,
}

/// Why the shop did not do what its visitor asked for.
#[derive(Debug, thiserror::Error)]
enum ShopError {
    /// The order would be empty, or holds what is not sold here.
    #[error("this is not for sale here")]
    NotForSale,
    /// The buyer's address is none.
    #[error("this is no e-mail address")]
    NotAnAddress,
    /// The order or the webhook is not known.
    #[error("there is no such order")]
    NoSuchOrder,
    /// The form asks for nothing that can be done here.
    #[error("there is no such button")]
    NoSuchDeed,
    /// Stoa has not heard of the order.
    #[error("Stoa does not know this order yet: tell it first")]
    NotTold,
    /// The order stays as it is.
    #[error(transparent)]
    Unchanged(#[from] Unchanged),
    /// Stoa did not do what the staff asked for.
    #[error(transparent)]
    Refused(#[from] AdministrationError),
    /// The books cannot be written, or the application failed.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl DemoShop {
    /// Opens the shop on its file, or a new one, and connects it to the application when it is not connected yet.
    /// `public_url` is where Stoa takes webhooks and where this shop is: scheme and host.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the database fails.
    pub(crate) async fn open(
        state_file: PathBuf,
        app: App,
        public_url: String,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> anyhow::Result<Self> {
        let ledger = LedgerFile::open(state_file).await?;
        let kept = ledger.read(|ledger| ledger.secret.clone()).await;
        let name: StoreName = STORE_NAME.parse()?;
        // When only one of file and database was thrown away, the other still knows the secret; the database is right.
        let (store, secret) = if let Some(known) = app.find_store(&name).await? {
            let secret = known
                .secrets
                .first()
                .context("the demo store has no secret")?;
            (known.id, secret.expose().to_owned())
        } else {
            let secret = kept.clone().unwrap_or_else(|| {
                let mut bytes = [0; 32];
                random.fill(&mut bytes);
                custom::new_secret(&bytes).expose().to_owned()
            });
            let secrets = [StoreSecret::new(secret.clone())];
            let policy = StorePolicy::default();
            let added = app.add_store(&COMMAND_LINE, name, StoreKind::Custom, policy, &secrets);
            (added.await?, secret)
        };
        if kept.as_ref() != Some(&secret) {
            let keep = |ledger: &mut Ledger| -> anyhow::Result<()> {
                ledger.secret = Some(secret);
                Ok(())
            };
            ledger.change(keep).await?;
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent("demo-shop")
            .build()?;
        let public_url = public_url.trim_end_matches('/').to_owned();
        Ok(Self(Arc::new(Parts {
            app,
            store,
            public_url,
            clock,
            random,
            ledger,
            client,
        })))
    }

    /// Returns the connected store's id.
    pub(crate) fn store(&self) -> StoreId {
        self.0.store
    }

    /// Tells whether the courses that the shop sells are there: in this database, not in one that was thrown away.
    pub(super) async fn is_stocked(&self) -> bool {
        let stocked = self.0.ledger.read(|ledger| ledger.stocked).await;
        stocked == Some(self.0.store)
    }

    /// Remembers that the courses are there.
    pub(super) async fn remember_stocked(&self) -> anyhow::Result<()> {
        let store = self.0.store;
        let remember = move |ledger: &mut Ledger| -> anyhow::Result<()> {
            ledger.stocked = Some(store);
            Ok(())
        };
        self.0.ledger.change(remember).await
    }

    /// Takes an order, paid at once, and tells Stoa. Returns its number, also when Stoa did not answer.
    async fn buy(&self, email: &str, skus: &[String]) -> Result<u64, ShopError> {
        if email.parse::<EmailAddress>().is_err() {
            return Err(ShopError::NotAnAddress);
        }
        let lines = wares::lines_of(skus).ok_or(ShopError::NotForSale)?;
        let (now, email) = (self.now(), email.trim().to_owned());
        let event = self.new_event_id();
        let place = {
            let event = event.clone();
            move |ledger: &mut Ledger| Ok::<_, ShopError>(ledger.place(email, lines, now, event))
        };
        let number = self.0.ledger.change(place).await?;
        self.send(&event).await?;
        Ok(number)
    }

    /// Gives money back, for the whole order or a line of it, and tells Stoa.
    async fn refund(&self, number: u64, what: RefundOf) -> Result<(), ShopError> {
        let now = self.now();
        self.change(number, move |order| order.refund(what, now))
            .await
    }

    /// Opens a dispute about an order or decides it, and tells Stoa.
    async fn dispute(&self, number: u64, state: DisputeState) -> Result<(), ShopError> {
        let now = self.now();
        self.change(number, move |order| order.dispute(state, now))
            .await
    }

    async fn change(
        &self,
        number: u64,
        change: impl FnOnce(&mut Order) -> Result<(), Unchanged>,
    ) -> Result<(), ShopError> {
        let event = self.new_event_id();
        let note = {
            let event = event.clone();
            move |ledger: &mut Ledger| ledger.change(number, event, change)
        };
        self.0.ledger.change(note).await?;
        self.send(&event).await
    }

    /// Sends a kept webhook, for the first time or again: the same id and bytes, signed anew.
    async fn send(&self, event: &str) -> Result<(), ShopError> {
        let kept = self.0.ledger.read(|ledger| {
            let body = ledger.find_event(event).map(|event| event.body.clone());
            body.zip(ledger.secret.clone())
        });
        let (body, secret) = kept.await.ok_or(ShopError::NoSuchOrder)?;
        let at = self.now();
        let headers = custom::sign(&StoreSecret::new(secret), event, at, body.as_bytes())
            .context("the shop's secret cannot sign")?;
        let signature = headers
            .iter()
            .find(|(name, _)| *name == "webhook-signature");
        let signature = signature.map_or_else(String::new, |(_, value)| shortened(value));
        let request = self
            .0
            .client
            .post(self.webhook_url())
            .header("content-type", "application/json");
        let request = headers.into_iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        let answer = match request.body(body).send().await {
            Ok(response) => Answer::Status(response.status().as_u16()),
            Err(error) if error.is_timeout() => Answer::Nothing("no answer in time".to_owned()),
            Err(error) if error.is_connect() => Answer::Nothing("nobody answers".to_owned()),
            Err(_) => Answer::Nothing("the connection broke off".to_owned()),
        };
        let attempt = Attempt {
            at,
            signature,
            answer,
        };
        let event = event.to_owned();
        let note = move |ledger: &mut Ledger| ledger.note(&event, attempt);
        self.0.ledger.change(note).await
    }

    /// Makes the address under which the buyer of an order opens her courses: good once, and for ten minutes.
    async fn courses_link(&self, number: u64) -> Result<String, ShopError> {
        let find = |ledger: &Ledger| ledger.find_order(number).map(|order| order.email.clone());
        let email = self.0.ledger.read(find).await;
        let email = email.ok_or(ShopError::NoSuchOrder)?.parse::<EmailAddress>();
        let email = email.map_err(|_| ShopError::NotAnAddress)?;
        let token = self.0.app.create_sign_in_link(&COMMAND_LINE, &email).await;
        let token = token.context("the courses cannot be opened")?;
        // The fragment stays in the browser: no server and no log ever sees it.
        Ok(format!("/sign-in#token={token}"))
    }

    fn webhook_url(&self) -> String {
        format!("{}/webhooks/{STORE_NAME}", self.0.public_url)
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn new_event_id(&self) -> String {
        let token = new_token(self.0.random.as_ref());
        let random: String = token.chars().take(EVENT_ID_LENGTH).collect();
        format!("evt_{random}")
    }
}

/// Shortens a signature for people: enough to recognise it.
fn shortened(signature: &str) -> String {
    let head: String = signature.chars().take(14).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests;
