//! Whose address an order names: finding it by the order's number, and mending it when it was mistyped.

use domain::order::CorrectedEmail;
use domain::{CustomerId, EmailAddress, OrderId, OrderNumber, Timestamp};

use crate::column::{Text, Time, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    // A correction holds while the shop says what was corrected (`OrderState::owners_email`).
    LIST_OF_NUMBER = "
        SELECT DISTINCT address
        FROM (
          SELECT CASE
            WHEN corrected_email IS NOT NULL AND COALESCE(mistyped_email, '') = COALESCE(email, '') THEN corrected_email
            ELSE email
          END AS address
          FROM orders
          WHERE number = $1
        ) AS named
        WHERE address IS NOT NULL
        LIMIT 2";
    FIND_CORRECTION = "
        SELECT mistyped_email, corrected_email
        FROM orders
        WHERE id = $1 AND corrected_email IS NOT NULL";
    CORRECT = "
        UPDATE orders
        SET customer_id = $2,
          mistyped_email = $3,
          corrected_email = $4,
          updated_at = $5
        WHERE id = $1";
}

/// Finds the one address that the orders of a number name; `None` when there is none, or more than one.
///
/// # Errors
/// The database failed.
pub async fn find_email_of_number(
    access: &mut impl Access,
    number: &OrderNumber,
) -> Result<Option<EmailAddress>> {
    let rows: Vec<(Text<EmailAddress>,)> = on!(access, |c| sqlx::query_as(LIST_OF_NUMBER)
        .bind(number.as_str())
        .fetch_all(c)
        .await)?;
    let mut addresses = rows.into_iter().map(|(address,)| address.0);
    let first = addresses.next();
    Ok(first.filter(|_| addresses.next().is_none()))
}

/// Finds the address that support has put in the place of an order's, when it has.
///
/// # Errors
/// The database failed.
pub async fn find_correction(
    access: &mut impl Access,
    order: OrderId,
) -> Result<Option<CorrectedEmail>> {
    let row: Option<(Option<Text<EmailAddress>>, Text<EmailAddress>)> =
        on!(access, |c| sqlx::query_as(FIND_CORRECTION)
            .bind(Text(order))
            .fetch_optional(c)
            .await)?;
    Ok(row.map(|(mistyped, right)| CorrectedEmail {
        mistyped: text(mistyped),
        right: right.0,
    }))
}

/// Writes down an order's corrected address, or that it has none, and whose the order is from now on.
///
/// # Errors
/// The database failed.
pub async fn correct(
    tx: &mut Tx,
    order: OrderId,
    owner: CustomerId,
    corrected: Option<&CorrectedEmail>,
    now: Timestamp,
) -> Result<()> {
    let mistyped = corrected.and_then(|corrected| corrected.mistyped.as_ref());
    execute!(
        tx,
        sqlx::query(CORRECT)
            .bind(Text(order))
            .bind(Text(owner))
            .bind(mistyped.map(EmailAddress::as_str))
            .bind(corrected.map(|corrected| corrected.right.as_str()))
            .bind(Time(now))
    )?;
    Ok(())
}
