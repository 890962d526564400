//! The shop's books: one file that is replaced whole, so that it is always the old state or the new one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::{StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::order::Unchanged;
use super::{Line, Order, ShopError};

/// The number of the first order.
const FIRST_NUMBER: u64 = 1001;

/// Everything that the shop keeps. No `Debug`: it holds the secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// What the shop's webhooks are signed with.
    pub(super) secret: Option<String>,
    /// The store whose courses are complete.
    pub(super) stocked: Option<StoreId>,
    /// The orders, oldest first.
    pub(super) orders: Vec<Order>,
    /// The webhooks, oldest first.
    pub(super) events: Vec<SentEvent>,
}

/// A webhook: kept with the change that it tells of, before it is sent.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct SentEvent {
    /// The `webhook-id`, the same at every attempt.
    pub(super) id: String,
    /// The number of the order that it tells of.
    pub(super) order: u64,
    /// The bytes that are signed and sent.
    pub(super) body: String,
    /// How often it was sent, oldest first.
    pub(super) attempts: Vec<Attempt>,
}

/// One sending of a webhook.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) at: Timestamp,
    /// The signature, shortened.
    pub(super) signature: String,
    pub(super) answer: Answer,
}

/// What Stoa answered.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// An HTTP status.
    Status(u16),
    /// Nothing, and why.
    Nothing(String),
}

impl SentEvent {
    /// Tells whether Stoa has said that it keeps this webhook.
    pub(super) fn is_delivered(&self) -> bool {
        let is_kept = |attempt: &Attempt| matches!(attempt.answer, Answer::Status(200..300));
        self.attempts.iter().any(is_kept)
    }
}

impl Ledger {
    /// Finds the order of a number.
    pub(super) fn find_order(&self, number: u64) -> Option<&Order> {
        self.orders.iter().find(|order| order.number == number)
    }

    /// Finds the webhook of an id.
    pub(super) fn find_event(&self, id: &str) -> Option<&SentEvent> {
        self.events.iter().find(|event| event.id == id)
    }

    /// Finds the webhook that tells an order's present state.
    pub(super) fn latest_event(&self, order: u64) -> Option<&SentEvent> {
        self.events.iter().rfind(|event| event.order == order)
    }

    /// Takes an order, with its webhook, and returns its number.
    pub(super) fn place(
        &mut self,
        email: String,
        lines: Vec<Line>,
        now: Timestamp,
        event: String,
    ) -> u64 {
        let last = self.orders.last();
        let number = last.map_or(FIRST_NUMBER, |order| order.number + 1);
        let order = Order::place(number, email, lines, now);
        self.events.push(event_about(&order, event));
        self.orders.push(order);
        number
    }

    /// Changes an order, with the webhook that tells it.
    pub(super) fn change(
        &mut self,
        number: u64,
        event: String,
        change: impl FnOnce(&mut Order) -> Result<(), Unchanged>,
    ) -> Result<(), ShopError> {
        let mut orders = self.orders.iter_mut();
        let order = orders.find(|order| order.number == number);
        let order = order.ok_or(ShopError::NoSuchOrder)?;
        change(order)?;
        self.events.push(event_about(order, event));
        Ok(())
    }

    /// Notes that a webhook was sent.
    pub(super) fn note(&mut self, event: &str, attempt: Attempt) -> Result<(), ShopError> {
        let mut events = self.events.iter_mut();
        let event = events.find(|known| known.id == event);
        event.ok_or(ShopError::NoSuchOrder)?.attempts.push(attempt);
        Ok(())
    }
}

fn event_about(order: &Order, id: String) -> SentEvent {
    SentEvent {
        id,
        order: order.number,
        body: order.event_body(),
        attempts: Vec::new(),
    }
}

/// The ledger and its file. One process may have it open.
pub(super) struct LedgerFile {
    path: PathBuf,
    ledger: Mutex<Ledger>,
}

impl LedgerFile {
    /// Opens the file, or begins an empty ledger when there is none.
    pub(super) async fn open(path: PathBuf) -> anyhow::Result<Self> {
        let ledger = match tokio::fs::read(&path).await {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Ledger::default(),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let ledger = Mutex::new(ledger);
        Ok(Self { path, ledger })
    }

    /// Looks something up.
    pub(super) async fn read<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&*self.ledger.lock().await)
    }

    /// Changes the ledger; when this returns, the change is durable. Nothing changes when `change` or the disk refuses.
    /// Do not drop the future halfway: the file may then be ahead until the next change.
    pub(super) async fn change<T, E: From<anyhow::Error>>(
        &self,
        change: impl FnOnce(&mut Ledger) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut ledger = self.ledger.lock().await;
        let mut next = ledger.clone();
        let changed = change(&mut next)?;
        self.save(&next).await?;
        *ledger = next;
        Ok(changed)
    }

    async fn save(&self, ledger: &Ledger) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec_pretty(ledger)?;
        let path = self.path.clone();
        let replaced = tokio::task::spawn_blocking(move || replace(&path, &bytes)).await?;
        replaced.with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// Replaces a file by one that only its owner may read, durably.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    // A temporary file has mode 0600 from its first moment.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn a_line() -> Line {
        Line {
            id: 1,
            sku: "BREAD".into(),
            title: "Bread at home".into(),
            price: 5_900,
        }
    }

    #[tokio::test]
    async fn what_was_changed_is_there_after_a_restart_and_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("shop.json");
        let file = LedgerFile::open(path.clone()).await.unwrap();
        let place = |ledger: &mut Ledger| -> anyhow::Result<u64> {
            Ok(ledger.place(
                "ada@example.com".into(),
                vec![a_line()],
                NOW,
                "evt_1".into(),
            ))
        };
        assert_eq!(file.change(place).await.unwrap(), FIRST_NUMBER);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = LedgerFile::open(path).await.unwrap();
        let known = again.read(|ledger| ledger.find_order(FIRST_NUMBER).cloned());
        assert_eq!(known.await.unwrap().lines, [a_line()]);
        let event = again.read(|ledger| ledger.latest_event(FIRST_NUMBER).cloned());
        assert!(!event.await.unwrap().is_delivered());
    }

    #[tokio::test]
    async fn a_refused_change_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.json");
        let file = LedgerFile::open(path.clone()).await.unwrap();
        let refuse = |ledger: &mut Ledger| -> anyhow::Result<()> {
            ledger.secret = Some("whsec_half".into());
            anyhow::bail!("no")
        };
        assert!(file.change(refuse).await.is_err());
        assert!(file.read(|ledger| ledger.secret.is_none()).await);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_damaged_file_is_left_alone_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.json");
        fs::write(&path, b"{").unwrap();
        let Err(error) = LedgerFile::open(path.clone()).await else {
            panic!("half a file was read");
        };
        assert!(error.to_string().ends_with("shop.json is damaged"));
        assert_eq!(fs::read(&path).unwrap(), b"{");
    }
}
