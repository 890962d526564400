//! On which devices customers have played, and until when each plays at present.

use domain::playing::PlayingDevice;
use domain::{CustomerId, DeviceId, Timestamp};

use crate::column::{Text, Time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// At most 100 at once, so that nobody waits for a long clean-up.
macro_rules! delete_old {
    ($row:literal, $among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM playing_devices
        WHERE ",
            $row,
            $among,
            "(
          SELECT ",
            $row,
            "
          FROM playing_devices
          WHERE last_played_at < $1
          ORDER BY last_played_at
          LIMIT 100
          ",
            $lock,
            $end
        )
    };
}

statements! {
    FIND_STREAM = "
        SELECT streams_until
        FROM playing_devices
        WHERE customer_id = $1 AND device_id = $2";
    // A device from which she has signed out is none of hers any more.
    LIST = "
        SELECT p.device_id, d.label, p.last_played_at, p.streams_until
        FROM playing_devices p
        JOIN devices d ON d.id = p.device_id
        WHERE p.customer_id = $1 AND p.last_played_at > $2
          AND EXISTS (
            SELECT 1
            FROM sessions s
            WHERE s.device_id = p.device_id AND s.customer_id = $1 AND s.idle_at > $3 AND s.expires_at > $3
          )
        ORDER BY p.device_id
        LIMIT 1000";
    SAVE = "
        INSERT INTO playing_devices (customer_id, device_id, first_played_at, last_played_at, streams_until)
        VALUES ($1, $2, $3, $3, $4)
        ON CONFLICT (customer_id, device_id) DO UPDATE
        SET last_played_at = excluded.last_played_at, streams_until = excluded.streams_until";
    STOP = "
        UPDATE playing_devices
        SET streams_until = $3
        WHERE customer_id = $1 AND device_id = $2 AND streams_until > $3";
    @Sqlite DELETE_OLD_SQLITE = delete_old!("rowid", " IN ", "", ")");
    // Whoever plays or cleans up at the same time has these already.
    @Postgres DELETE_OLD_POSTGRES = delete_old!("ctid", " = ANY(ARRAY", "FOR UPDATE SKIP LOCKED", "))");
}

/// Finds until when a customer plays on a device; `None` when she has not played there.
///
/// # Errors
/// The database failed.
pub async fn find_stream(
    access: &mut impl Access,
    customer: CustomerId,
    device: DeviceId,
) -> Result<Option<Timestamp>> {
    let row: Option<(Time,)> = on!(access, |c| {
        sqlx::query_as(FIND_STREAM)
            .bind(Text(customer))
            .bind(Text(device))
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(until,)| until.0))
}

/// Lists the devices on which a customer has played after a moment and is still signed in, a thousand at most. Whoever
/// decides by it holds the customer by `customers::lock`.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    customer: CustomerId,
    played_after: Timestamp,
    now: Timestamp,
) -> Result<Vec<PlayingDevice>> {
    let rows: Vec<(Text<DeviceId>, String, Time, Time)> = on!(access, |c| sqlx::query_as(LIST)
        .bind(Text(customer))
        .bind(Time(played_after))
        .bind(Time(now))
        .fetch_all(c)
        .await)?;
    let devices = rows
        .into_iter()
        .map(|(id, label, last_played_at, streams_until)| PlayingDevice {
            id: id.0,
            label,
            last_played_at: last_played_at.0,
            streams_until: streams_until.0,
        });
    Ok(devices.collect())
}

/// Writes down that a customer plays on a device now, and until when that counts.
///
/// # Errors
/// There is no such customer or device, or the database failed.
pub async fn save(
    tx: &mut Tx,
    customer: CustomerId,
    device: DeviceId,
    now: Timestamp,
    streams_until: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SAVE)
            .bind(Text(customer))
            .bind(Text(device))
            .bind(Time(now))
            .bind(Time(streams_until))
    )?;
    Ok(())
}

/// Writes down that a customer has stopped playing on a device; nothing happens when she was not.
///
/// # Errors
/// The database failed.
pub async fn stop(
    tx: &mut Tx,
    customer: CustomerId,
    device: DeviceId,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(STOP)
            .bind(Text(customer))
            .bind(Text(device))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Forgets where customers played last before a moment, the oldest 100 at most; returns how many.
///
/// # Errors
/// The database failed.
pub async fn delete_old(tx: &mut Tx, played_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_OLD_POSTGRES
    } else {
        DELETE_OLD_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(played_before)))?;
    Ok(deleted)
}
