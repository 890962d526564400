//! Connected stores and their secrets.

mod adding;
mod api;
mod open_apis;
mod settings;
mod test;
mod which;

use connectors::api::{ApiCredentials, CredentialsError};
use connectors::{Connector, SecretError, StoreKind, StoreSecret, connector};
use domain::payment::StorePolicy;
use domain::{StoreId, StoreName};
use storage::{Access, StorageError, stores};

pub use self::adding::{AddedStore, NewStore};
pub(crate) use self::open_apis::OpenApis;
pub use self::settings::{LONGEST_GRACE_DAYS, StoreChange};
pub use self::test::{Finding, StoreTest};
pub use self::which::WhichStore;
use crate::App;
use crate::embed::MOST_ORIGINS;
use crate::sealing::{NotOurs, StoreBox};
pub use storage::syncs::StoreSync;

/// A connected store, its secrets opened.
pub struct ConnectedStore {
    /// Its id.
    pub id: StoreId,
    /// Its name in addresses.
    pub name: StoreName,
    /// Which platform it is.
    pub kind: StoreKind,
    /// Its settings about access.
    pub policy: StorePolicy,
    /// The secrets that its webhooks may be signed with.
    pub secrets: Vec<StoreSecret>,
    /// What reads its API, when it is read.
    pub api: Option<ApiCredentials>,
}

impl ConnectedStore {
    /// Returns what speaks the store's language.
    #[must_use]
    pub fn connector(&self) -> &'static dyn Connector {
        connector(self.kind)
    }
}

/// Why a store could not be added or loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name is taken.
    #[error("a store of that name is connected already")]
    NameTaken,
    /// The secret is not what the platform signs with.
    #[error("the webhook secret does not fit")]
    Secret(#[from] SecretError),
    /// The platform makes its webhook secrets itself, and nobody has told us this store's.
    #[error(
        "this platform makes the webhook secret itself: copy it from there, or connect the store with its API key"
    )]
    SecretNeeded,
    /// The credentials cannot be those of such a store.
    #[error("the store's API cannot be read with these credentials")]
    Credentials(#[from] CredentialsError),
    /// The stored secrets cannot be opened.
    #[error(transparent)]
    Sealed(#[from] NotOurs),
    /// There is no such store.
    #[error("there is no store of that id")]
    NoSuchStore,
    /// The days of grace are out of bounds.
    #[error("grace lasts for at most {LONGEST_GRACE_DAYS} days")]
    GraceDays,
    /// So many origins are no list of pages.
    #[error("a store has at most {MOST_ORIGINS} origins")]
    TooManyOrigins,
    /// The store has two secrets already.
    #[error("the store has two secrets already: finish that rotation first")]
    RotationUnderWay,
    /// The secret is the one that the store has already.
    #[error("the store has that secret already")]
    SameSecret,
    /// The stored settings cannot be read.
    #[error("the settings of a store cannot be read")]
    Settings,
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::AlreadyExists => Self::NameTaken,
            other => Self::Storage(other),
        }
    }
}

impl App {
    /// Finds the store of a name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn find_store(&self, name: &StoreName) -> Result<Option<ConnectedStore>, StoreError> {
        let mut reader = self.parts.db.reader().await?;
        let found = stores::find_by_name(&mut reader, name).await?;
        found.map(|store| self.open_store(store)).transpose()
    }

    /// Lists the stores by name, at most 1000.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_stores(&self) -> Result<Vec<ConnectedStore>, StoreError> {
        let mut reader = self.parts.db.reader().await?;
        let found = stores::list(&mut reader).await?;
        found
            .into_iter()
            .map(|store| self.open_store(store))
            .collect()
    }

    /// Loads the store of an id.
    pub(crate) async fn load_store(
        &self,
        access: &mut impl Access,
        id: StoreId,
    ) -> Result<ConnectedStore, StoreError> {
        let store = stores::find(access, id)
            .await?
            .ok_or(StoreError::Settings)?;
        self.open_store(store)
    }

    /// Encrypts a store's secrets, so that only this store's row opens them.
    pub(crate) fn seal_secrets(
        &self,
        id: StoreId,
        secrets: &[StoreSecret],
    ) -> Result<Vec<u8>, StoreError> {
        let texts: Vec<&str> = secrets.iter().map(StoreSecret::expose).collect();
        let texts = serde_json::to_vec(&texts).map_err(|_| StoreError::Settings)?;
        let random = self.parts.random.as_ref();
        let sealing = &self.parts.sealing;
        Ok(sealing.seal(&texts, &StoreBox::Webhooks.of(id), random)?)
    }

    pub(crate) fn open_store(&self, store: stores::Store) -> Result<ConnectedStore, StoreError> {
        let texts = self
            .parts
            .sealing
            .open(&store.secrets, &StoreBox::Webhooks.of(store.id))?;
        let texts: Vec<String> =
            serde_json::from_slice(&texts).map_err(|_| StoreError::Settings)?;
        Ok(ConnectedStore {
            id: store.id,
            name: store.name,
            kind: StoreKind::from_name(&store.kind).ok_or(StoreError::Settings)?,
            policy: serde_json::from_str(&store.policy).map_err(|_| StoreError::Settings)?,
            secrets: texts.into_iter().map(StoreSecret::new).collect(),
            api: self.open_credentials(store.id, store.api.as_deref())?,
        })
    }
}

/// Reads the settings of a store that decide about access.
pub(crate) fn read_policy(store: Option<&stores::Store>) -> Result<StorePolicy, StoreError> {
    let store = store.ok_or(StoreError::Settings)?;
    serde_json::from_str(&store.policy).map_err(|_| StoreError::Settings)
}
