//! Naming a store, by its id or its name, and how far each is read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use domain::{StoreId, StoreName};
use storage::syncs::{self, StoreSync};
use storage::{Access, StorageError, stores};

use crate::App;

/// A store, as people name it. No name looks like an id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WhichStore {
    /// By its id.
    Id(StoreId),
    /// By its name.
    Named(StoreName),
}

/// Tells that a text is neither the id of a store nor a name that one could have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("neither the name of a store nor an id beginning with sto_")]
pub struct NamesNoStore;

impl FromStr for WhichStore {
    type Err = NamesNoStore;
    fn from_str(text: &str) -> Result<Self, NamesNoStore> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Named).map_err(|_| NamesNoStore)
    }
}

impl fmt::Display for WhichStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Named(name) => name.fmt(f),
        }
    }
}

impl WhichStore {
    /// Finds the id of the store; `None` when there is none.
    pub(crate) async fn find(
        &self,
        access: &mut impl Access,
    ) -> Result<Option<StoreId>, StorageError> {
        let found = match self {
            Self::Id(id) => stores::find(access, *id).await?,
            Self::Named(name) => stores::find_by_name(access, name).await?,
        };
        Ok(found.map(|store| store.id))
    }
}

impl App {
    /// Finds the id of a store; `None` when there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_store_id(&self, which: &WhichStore) -> Result<Option<StoreId>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        which.find(&mut reader).await
    }

    /// Tells how far a store is read; `None` when its API is not read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_sync(&self, store: StoreId) -> Result<Option<StoreSync>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        syncs::find(&mut reader, store).await
    }

    /// Tells how far the stores are read whose API is read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_syncs(&self) -> Result<BTreeMap<StoreId, StoreSync>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        let syncs = syncs::list(&mut reader).await?;
        Ok(syncs.into_iter().map(|sync| (sync.store, sync)).collect())
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn an_id_is_never_taken_for_a_name() {
        let id = StoreId::from_parts(Timestamp::from_seconds(1), 7);
        assert_eq!(id.to_string().parse(), Ok(WhichStore::Id(id)));
        let name: StoreName = "sto-1".parse().unwrap();
        assert_eq!("sto-1".parse(), Ok(WhichStore::Named(name)));
        for neither in ["", "Shop", "sto_1", "a shop"] {
            assert_eq!(
                neither.parse::<WhichStore>(),
                Err(NamesNoStore),
                "{neither}"
            );
        }
    }
}
