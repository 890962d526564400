//! Connected stores.

use domain::{StoreId, StoreName, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO stores (id, name, kind, policy, secrets, api, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    FIND_BY_NAME = "
        SELECT id, name, kind, policy, secrets, api
        FROM stores
        WHERE name = $1";
    FIND = "
        SELECT id, name, kind, policy, secrets, api
        FROM stores
        WHERE id = $1";
    LIST = "
        SELECT id, name, kind, policy, secrets, api
        FROM stores
        ORDER BY name
        LIMIT 1000";
    UPDATE = "
        UPDATE stores
        SET policy = $2, secrets = $3, api = $4, updated_at = $5
        WHERE id = $1";
}

/// A connected store.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// Its name in addresses.
    pub name: StoreName,
    /// Which platform it is.
    pub kind: String,
    /// Its settings, as JSON.
    pub policy: String,
    /// Its webhook secrets, encrypted.
    pub secrets: Vec<u8>,
    /// What reads its API, encrypted.
    pub api: Option<Vec<u8>>,
}

type Row = (
    Text<StoreId>,
    Text<StoreName>,
    String,
    String,
    Vec<u8>,
    Option<Vec<u8>>,
);

impl From<Row> for Store {
    fn from((id, name, kind, policy, secrets, api): Row) -> Self {
        Self {
            id: id.0,
            name: name.0,
            kind,
            policy,
            secrets,
            api,
        }
    }
}

/// Inserts a store.
///
/// # Errors
/// The name is taken, or the database failed.
pub async fn insert(tx: &mut Tx, store: &Store, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(store.id))
            .bind(Text(&store.name))
            .bind(store.kind.as_str())
            .bind(store.policy.as_str())
            .bind(store.secrets.as_slice())
            .bind(store.api.as_deref())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes a store's settings and secrets.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx, store: &Store, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE)
            .bind(Text(store.id))
            .bind(store.policy.as_str())
            .bind(store.secrets.as_slice())
            .bind(store.api.as_deref())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Finds a store by its name.
///
/// # Errors
/// The database failed.
pub async fn find_by_name(access: &mut impl Access, name: &StoreName) -> Result<Option<Store>> {
    let row: Option<Row> = on!(access, |c| {
        sqlx::query_as(FIND_BY_NAME)
            .bind(Text(name))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(Store::from))
}

/// Finds a store by its id.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: StoreId) -> Result<Option<Store>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(Store::from))
}

/// Lists the stores by name, at most 1000.
///
/// # Errors
/// The database failed.
pub async fn list(access: &mut impl Access) -> Result<Vec<Store>> {
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Store::from).collect())
}
