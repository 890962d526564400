//! The browsers in which somebody has signed in. Of the token that each keeps only the hash is here.

use domain::device::DeviceLabel;
use domain::{DeviceId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Tx, execute, on};
use crate::error::Result;
use crate::sessions::TokenHash;
use crate::statement::statements;

/// At most 100 at once, so that no sign-in waits for a long clean-up.
macro_rules! delete_unused {
    ($among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM devices
        WHERE id ",
            $among,
            "(
          SELECT d.id
          FROM devices d
          WHERE d.created_at < $1
            AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.device_id = d.id)
            AND NOT EXISTS (SELECT 1 FROM playing_devices p WHERE p.device_id = d.id)
          ORDER BY d.created_at
          LIMIT 100
          ",
            $lock,
            $end
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO devices (id, token_hash, label, created_at)
        VALUES ($1, $2, $3, $4)";
    UPDATE = "
        UPDATE devices
        SET label = $2
        WHERE token_hash = $1
        RETURNING id";
    @Sqlite DELETE_UNUSED_SQLITE = delete_unused!("IN ", "", ")");
    // Where somebody signs in at the same time stays.
    @Postgres DELETE_UNUSED_POSTGRES = delete_unused!("= ANY(ARRAY", "FOR UPDATE OF d SKIP LOCKED", "))");
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

/// Forgets devices made before a moment on which nobody is signed in and nobody has played, a hundred at most; returns how
/// many.
///
/// # Errors
/// The database failed.
pub async fn delete_unused(tx: &mut Tx, made_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_UNUSED_POSTGRES
    } else {
        DELETE_UNUSED_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(made_before)))?;
    Ok(deleted)
}
