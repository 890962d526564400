//! Everything that is kept encrypted, as encrypted as it is: for sealing it under another key.

use domain::{StoreId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT id, secrets, api, hand_off
        FROM stores
        WHERE id > $1
        ORDER BY id
        LIMIT $2";
    UPDATE = "
        UPDATE stores
        SET secrets = $2, api = $3, hand_off = $4, updated_at = $5
        WHERE id = $1";
}

/// What is kept encrypted of a store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedStore {
    /// The store.
    pub id: StoreId,
    /// What its webhooks are signed with.
    pub secrets: Vec<u8>,
    /// What reads its API.
    pub api: Option<Vec<u8>>,
    /// The keys of its hand-off tokens.
    pub hand_off: Option<Vec<u8>>,
}

type Row = (Text<StoreId>, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

impl From<Row> for SealedStore {
    fn from((id, secrets, api, hand_off): Row) -> Self {
        Self {
            id: id.0,
            secrets,
            api,
            hand_off,
        }
    }
}

/// Lists what is kept encrypted, by store, beginning after one.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    after: Option<StoreId>,
    limit: i64,
) -> Result<Vec<SealedStore>> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(SealedStore::from).collect())
}

/// Writes what is kept encrypted of a store.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &mut Tx, store: &SealedStore, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(UPDATE)
            .bind(Text(store.id))
            .bind(store.secrets.as_slice())
            .bind(store.api.as_deref())
            .bind(store.hand_off.as_deref())
            .bind(Time(now))
    )?;
    Ok(())
}
