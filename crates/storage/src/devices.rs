//! The browsers in which somebody has signed in. Of the token that each keeps only the hash is here.

use domain::device::DeviceLabel;
use domain::{DeviceId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO devices (id, token_hash, label, created_at)
        VALUES ($1, $2, $3, $4)";
    UPDATE = "
        UPDATE devices
        SET label = $2
        WHERE token_hash = $1
        RETURNING id";
}

/// Inserts a device.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: DeviceId,
    token: &TokenHash,
    label: DeviceLabel,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(token.as_slice())
            .bind(Text(label))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Finds the device of a token and writes down what it calls itself now; `None` when there is none.
///
/// # Errors
/// The database failed.
pub async fn update(
    tx: &mut Tx,
    token: &TokenHash,
    label: DeviceLabel,
) -> Result<Option<DeviceId>> {
    let row: Option<(Text<DeviceId>,)> = on!(tx, |c| {
        sqlx::query_as(UPDATE)
            .bind(token.as_slice())
            .bind(Text(label))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(id,)| id.0))
}
