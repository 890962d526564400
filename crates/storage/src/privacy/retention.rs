//! What is kept for a time: the content of deliveries, and which mails went out.

use domain::{DeliveryId, MailId};

use crate::column::{Text, id_list};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST_DELIVERIES = "
        SELECT id
        FROM deliveries
        WHERE body_gone IS NULL AND id < $1 AND state NOT IN ('queued', 'working')
        ORDER BY id
        LIMIT $2";
    // Its fingerprint stays: it tells what the same bytes were, as long as those are not of somebody who was erased.
    EXPIRE = "
        UPDATE deliveries
        SET body = $2, headers = '[]', body_gone = 'expired'
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
          AND body_gone IS NULL AND state NOT IN ('queued', 'working')";
    LIST_MAILS = "
        SELECT id
        FROM mails
        WHERE id < $1 AND state NOT IN ('queued', 'waiting')
        ORDER BY id
        LIMIT $2";
    DELETE_MAILS = "
        DELETE FROM mails
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
          AND state NOT IN ('queued', 'waiting')";
}

/// Lists the oldest deliveries before one that are through and still have their content.
///
/// # Errors
/// The database failed.
pub async fn list_deliveries(
    access: &mut impl Access,
    before: DeliveryId,
    limit: i64,
) -> Result<Vec<DeliveryId>> {
    let rows: Vec<(Text<DeliveryId>,)> = on!(access, |c| sqlx::query_as(LIST_DELIVERIES)
        .bind(Text(before))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Takes the content of deliveries away, and leaves everything else.
///
/// # Errors
/// The database failed.
pub async fn expire(tx: &mut Tx, deliveries: &[DeliveryId]) -> Result<u64> {
    let nothing: &[u8] = &[];
    Ok(execute!(
        tx,
        sqlx::query(EXPIRE).bind(id_list(deliveries)).bind(nothing)
    )?)
}

/// Lists the oldest mails before one that are not to be sent any more.
///
/// # Errors
/// The database failed.
pub async fn list_mails(
    access: &mut impl Access,
    before: MailId,
    limit: i64,
) -> Result<Vec<MailId>> {
    let rows: Vec<(Text<MailId>,)> = on!(access, |c| sqlx::query_as(LIST_MAILS)
        .bind(Text(before))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Forgets mails that are not to be sent any more.
///
/// # Errors
/// The database failed.
pub async fn delete_mails(tx: &mut Tx, mails: &[MailId]) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query(DELETE_MAILS).bind(id_list(mails))
    )?)
}
