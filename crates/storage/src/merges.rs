//! Two customers who are one person: all that is the one's becomes the other's (RULES §6.4).

use domain::{CustomerId, EmailAddress, ExternalId, StoreId, VideoId};

use crate::column::{Text, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::customers;
use crate::error::Result;
use crate::progress::{self, ProgressRow};
use crate::statement::statements;

statements! {
    LIST_UNMERGED = "
        SELECT id
        FROM customers
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND merged_into IS NULL
        ORDER BY id
        LIMIT 1000";
    // Against everybody who holds a customer by `customers::lock_person`.
    @Postgres LOCK_UNMERGED = "
        SELECT id
        FROM customers
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND merged_into IS NULL
        ORDER BY id
        LIMIT 1000
        FOR UPDATE";
    MOVE_SESSIONS = "
        UPDATE sessions
        SET customer_id = $2
        WHERE customer_id = $1";
    DELETE_DOUBLE_PROOFS = "
        DELETE FROM session_proofs
        WHERE customer_id = $1 AND store_id IS NULL
          AND session_id IN (SELECT session_id FROM session_proofs WHERE customer_id = $2 AND store_id IS NULL)";
    MOVE_PROOFS = "
        UPDATE session_proofs
        SET customer_id = $2
        WHERE customer_id = $1";
    // A device of both is one, as it was last heard of.
    UNITE_DEVICES = "
        INSERT INTO playing_devices (customer_id, device_id, first_played_at, last_played_at, streams_until)
        SELECT $2, device_id, first_played_at, last_played_at, streams_until
        FROM playing_devices
        WHERE customer_id = $1
        ON CONFLICT (customer_id, device_id) DO UPDATE
        SET first_played_at = CASE
              WHEN excluded.first_played_at < playing_devices.first_played_at THEN excluded.first_played_at
              ELSE playing_devices.first_played_at
            END,
            last_played_at = CASE
              WHEN excluded.last_played_at > playing_devices.last_played_at THEN excluded.last_played_at
              ELSE playing_devices.last_played_at
            END,
            streams_until = CASE
              WHEN excluded.streams_until > playing_devices.streams_until THEN excluded.streams_until
              ELSE playing_devices.streams_until
            END";
    DELETE_UNITED_DEVICES = "
        DELETE FROM playing_devices
        WHERE customer_id = $1 AND $1 <> $2";
    MOVE_IDENTITIES = "
        UPDATE identities
        SET customer_id = $2
        WHERE customer_id = $1";
    MOVE_ORDERS = "
        UPDATE orders
        SET customer_id = $2
        WHERE customer_id = $1";
    // One grant of an order for one person: the live one, else the older.
    DELETE_DOUBLE_GRANTS = "
        DELETE FROM customer_access
        WHERE id IN (
          SELECT id
          FROM (
            SELECT id, ROW_NUMBER() OVER (
              PARTITION BY order_id, line_id, course_id, file_id
              ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, created_at, id
            ) AS place
            FROM customer_access
            WHERE customer_id IN ($1, $2) AND order_id IS NOT NULL
          ) AS ranked
          WHERE place > 1
        )";
    MOVE_GRANTS = "
        UPDATE customer_access
        SET customer_id = $2
        WHERE customer_id = $1";
    MOVE_BLOCKS = "
        UPDATE access_blocks
        SET customer_id = $2
        WHERE customer_id = $1";
    MOVE_GAPS = "
        UPDATE access_gaps
        SET customer_id = $2
        WHERE customer_id = $1";
    MOVE_MAILS = "
        UPDATE mails
        SET customer_id = $2
        WHERE customer_id = $1";
    LIST_PROGRESS = "
        SELECT video_id, position_ms, position_at, completed_at
        FROM video_progress
        WHERE customer_id = $1
        ORDER BY video_id
        LIMIT 1000";
    DELETE_PROGRESS = "
        DELETE FROM video_progress
        WHERE customer_id = $1 AND video_id = $2";
    CLEAR_EMAIL = "
        UPDATE customers
        SET email = NULL
        WHERE id = $1";
    SET_EMAIL = "
        UPDATE customers
        SET email = $2
        WHERE id = $1";
    // Whoever was merged into her before is merged into the same one now: one step leads to whom she is.
    SET_MERGED = "
        UPDATE customers
        SET merged_into = $2
        WHERE id = $1 OR merged_into = $1";
    LIST_ORDERS = "
        SELECT store_id, external_id
        FROM orders
        WHERE customer_id = $1
        UNION
        SELECT o.store_id, o.external_id
        FROM customer_access a
        JOIN orders o ON o.id = a.order_id
        WHERE a.customer_id = $1
        ORDER BY store_id, external_id
        LIMIT 100000";
}

/// What is moved by a statement of its own; double grants and double proofs must have gone before, and devices been united.
const MOVES: [&str; 12] = [
    MOVE_SESSIONS,
    DELETE_DOUBLE_PROOFS,
    MOVE_PROOFS,
    UNITE_DEVICES,
    DELETE_UNITED_DEVICES,
    MOVE_IDENTITIES,
    MOVE_ORDERS,
    DELETE_DOUBLE_GRANTS,
    MOVE_GRANTS,
    MOVE_BLOCKS,
    MOVE_GAPS,
    MOVE_MAILS,
];

/// Locks those of the customers who were not merged into another, so that nothing new is written down as theirs until
/// the transaction ends; the oldest first.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, customers: &[CustomerId]) -> Result<Vec<CustomerId>> {
    let statement = if tx.is_postgres() {
        LOCK_UNMERGED
    } else {
        LIST_UNMERGED
    };
    let rows: Vec<(Text<CustomerId>,)> = on!(tx, |c| sqlx::query_as(statement)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Makes all that is `from`'s `into`'s, and leads from the one to the other. Both must be locked by [`lock`], and no
/// order may be worked on: hold the catalogue by `catalogue::lock_for_change`.
///
/// # Errors
/// The database failed.
pub async fn merge(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    for statement in MOVES {
        execute!(tx, sqlx::query(statement).bind(Text(from)).bind(Text(into)))?;
    }
    move_progress(tx, from, into).await?;
    move_address(tx, from, into).await?;
    execute!(
        tx,
        sqlx::query(SET_MERGED).bind(Text(from)).bind(Text(into))
    )?;
    Ok(())
}

async fn move_progress(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    loop {
        let rows: Vec<ProgressRow> = on!(tx, |c| sqlx::query_as(LIST_PROGRESS)
            .bind(Text(from))
            .fetch_all(c)
            .await)?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let (video, theirs) = progress::of_video(row);
            let own = progress::lock(tx, into, video).await?;
            let united = own.map_or(theirs, |own| own.united(theirs));
            progress::save(tx, into, video, &united).await?;
            delete_progress(tx, from, video).await?;
        }
    }
}

async fn delete_progress(tx: &mut Tx, customer: CustomerId, video: VideoId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(DELETE_PROGRESS)
            .bind(Text(customer))
            .bind(Text(video))
    )?;
    Ok(())
}

/// Gives the one who is kept an address, when she has none. Otherwise the other keeps hers and leads on from it.
async fn move_address(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    let kept = customers::find(tx, into).await?;
    let Some(email) = customers::find(tx, from).await?.and_then(|from| from.email) else {
        return Ok(());
    };
    if kept.is_some_and(|kept| kept.email.is_none()) {
        execute!(tx, sqlx::query(CLEAR_EMAIL).bind(Text(from)))?;
        set_email(tx, into, &email).await?;
    }
    Ok(())
}

async fn set_email(tx: &mut Tx, customer: CustomerId, email: &EmailAddress) -> Result<()> {
    execute!(
        tx,
        sqlx::query(SET_EMAIL)
            .bind(Text(customer))
            .bind(email.as_str())
    )?;
    Ok(())
}

/// Lists the orders that are a customer's or gave her grants, by store and the store's id.
///
/// # Errors
/// The database failed.
pub async fn list_orders(
    access: &mut impl Access,
    customer: CustomerId,
) -> Result<Vec<(StoreId, ExternalId)>> {
    let rows: Vec<(Text<StoreId>, Text<ExternalId>)> =
        on!(access, |c| sqlx::query_as(LIST_ORDERS)
            .bind(Text(customer))
            .fetch_all(c)
            .await)?;
    let orders = rows.into_iter();
    Ok(orders.map(|(store, order)| (store.0, order.0)).collect())
}
