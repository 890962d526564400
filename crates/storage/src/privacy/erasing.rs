//! Taking away what names a customer. Her id stays, and the ids, states and sums of her orders, which a shop's books need;
//! nothing else of her does.

use std::collections::BTreeMap;

use domain::{CustomerId, DeliveryId, EmailAddress, ExternalId, OrderId, StoreId, Timestamp};

use crate::column::{Text, Time, id_list, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// The ids of a list.
macro_rules! listed {
    () => {
        "(SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))"
    };
}

macro_rules! count {
    ($what:literal, $of:literal) => {
        concat!(
            "SELECT '",
            $what,
            "', COUNT(*) FROM ",
            $of,
            " IN ",
            listed!()
        )
    };
}

/// What takes a delivery's content away. Its fingerprint goes too: it would tell whether somebody guesses the content right.
macro_rules! redact {
    ($clause:literal) => {
        concat!(
            "
        UPDATE deliveries
        SET body = $2, fingerprint = $2, headers = '[]', event_id = NULL, body_gone = 'erased',
          state = CASE state WHEN 'dead' THEN 'dismissed' ELSE state END
        WHERE state NOT IN ('queued', 'working') AND id IN ",
            $clause
        )
    };
}

statements! {
    LIST_PERSON = "
        SELECT id, email
        FROM customers
        WHERE id = $1 AND erased_at IS NULL
        UNION ALL
        SELECT id, email
        FROM customers
        WHERE merged_into = $1 AND erased_at IS NULL
        ORDER BY id
        LIMIT 1000";
    LIST_IDENTITIES = concat!("
        SELECT store_id, external_id
        FROM identities
        WHERE customer_id IN ", listed!(), "
        UNION
        SELECT store_id, external_customer
        FROM orders
        WHERE external_customer IS NOT NULL AND customer_id IN ", listed!(), "
        ORDER BY 1, 2
        LIMIT 100000");
    LIST_ORDERS = concat!("
        SELECT id, store_id
        FROM orders
        WHERE customer_id IN ", listed!(), "
        ORDER BY id
        LIMIT 100000");
    LIST_ADDRESSES_SAID = concat!("
        SELECT store_id, external_id, email
        FROM orders
        WHERE email IS NOT NULL AND customer_id IN ", listed!(), "
        UNION
        SELECT store_id, external_id, mistyped_email
        FROM orders
        WHERE mistyped_email IS NOT NULL AND customer_id IN ", listed!(), "
        ORDER BY 1, 2
        LIMIT 100000");
    COUNT = concat!(
        count!("orders", "orders WHERE customer_id"), " UNION ALL ",
        count!("grants", "customer_access WHERE revoked_at IS NULL AND customer_id"), " UNION ALL ",
        count!("blocks", "access_blocks WHERE lifted_at IS NULL AND customer_id"), " UNION ALL ",
        count!("videos", "video_progress WHERE customer_id"), " UNION ALL ",
        count!("sessions", "sessions WHERE customer_id"), " UNION ALL ",
        count!("mails", "mails WHERE customer_id"), " UNION ALL ",
        count!(
            "deliveries",
            "orders o JOIN delivery_orders d ON d.store_id = o.store_id AND d.order_external_id = o.external_id
               WHERE o.customer_id"
        )
    );
    // Of orders.
    REDACT_OF_ORDERS = redact!("(
          SELECT d.delivery_id
          FROM orders o
          JOIN delivery_orders d ON d.store_id = o.store_id AND d.order_external_id = o.external_id
          WHERE o.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        )");
    REDACT = redact!("(SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))");
    DELETE_MAILS_OF_ORDERS = concat!("DELETE FROM mails WHERE order_id IN ", listed!());
    DELETE_EXTENSIONS_OF_ORDERS = concat!("DELETE FROM access_extensions WHERE order_id IN ", listed!());
    DELETE_GAPS_OF_ORDERS = concat!("DELETE FROM access_gaps WHERE order_id IN ", listed!());
    DELETE_GRANTS_OF_ORDERS = concat!("DELETE FROM customer_access WHERE order_id IN ", listed!());
    DELETE_LINES = concat!("DELETE FROM order_lines WHERE order_id IN ", listed!());
    // What its content was cannot be guessed from the hash either.
    CLEAR_ORDERS = concat!("
        UPDATE orders
        SET email = NULL, mistyped_email = NULL, corrected_email = NULL, external_customer = NULL, payload_hash = $2
        WHERE id IN ", listed!());
    // Of the person.
    LIST_DEVICES = concat!("
        SELECT DISTINCT device_id
        FROM sessions
        WHERE customer_id IN ", listed!(), "
        ORDER BY device_id
        LIMIT 100000");
    DELETE_PROOFS = concat!("DELETE FROM session_proofs WHERE customer_id IN ", listed!());
    DELETE_SESSIONS = concat!("DELETE FROM sessions WHERE customer_id IN ", listed!());
    DELETE_DEVICES = concat!("
        DELETE FROM devices
        WHERE id IN ", listed!(), "
          AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.device_id = devices.id)
          AND NOT EXISTS (SELECT 1 FROM playing_devices p WHERE p.device_id = devices.id)");
    DELETE_PLAYING = concat!("DELETE FROM playing_devices WHERE customer_id IN ", listed!());
    DELETE_MAILS_OF_SIGN_INS = concat!("
        DELETE FROM mails
        WHERE occasion IN (SELECT 'sign_in/' || s.id FROM sign_ins s WHERE s.email IN ", listed!(), ")");
    DELETE_SIGN_INS = concat!("DELETE FROM sign_ins WHERE email IN ", listed!());
    DELETE_MAILS = concat!("DELETE FROM mails WHERE customer_id IN ", listed!());
    DELETE_EXTENSIONS = concat!("
        DELETE FROM access_extensions
        WHERE grant_id IN (SELECT id FROM customer_access WHERE customer_id IN ", listed!(), ")");
    DELETE_GAPS = concat!("DELETE FROM access_gaps WHERE customer_id IN ", listed!());
    DELETE_GRANTS = concat!("DELETE FROM customer_access WHERE customer_id IN ", listed!());
    DELETE_BLOCKS = concat!("DELETE FROM access_blocks WHERE customer_id IN ", listed!());
    DELETE_PROGRESS = concat!("DELETE FROM video_progress WHERE customer_id IN ", listed!());
    DELETE_IDENTITIES = concat!("DELETE FROM identities WHERE customer_id IN ", listed!());
    CLEAR_CUSTOMERS = concat!("
        UPDATE customers
        SET email = NULL, proven_at = NULL, language = NULL, erased_at = $2
        WHERE id IN ", listed!());
    // Of one store's customer alone.
    DELETE_PROOFS_OF_STORE = concat!(
        "DELETE FROM session_proofs WHERE store_id = $2 AND customer_id IN ", listed!());
    DELETE_SESSIONS_OF_STORE = concat!("DELETE FROM sessions WHERE store_id = $2 AND customer_id IN ", listed!());
    DELETE_IDENTITIES_OF_STORE = concat!("DELETE FROM identities WHERE store_id = $2 AND customer_id IN ", listed!());
    // The inbox, to be searched for what names somebody who was erased.
    LIST_BODIES = "
        SELECT id, body
        FROM deliveries
        WHERE id > $1 AND id < $2 AND body_gone IS NULL
        ORDER BY id
        LIMIT $3";
    // By the index of what waits, not by the ids of all.
    FIND_UNFINISHED = "
        SELECT MIN(id || '')
        FROM deliveries
        WHERE state IN ('queued', 'working')";
}

/// What goes away with an order, before the order itself is cleared.
const OF_ORDERS: [&str; 5] = [
    DELETE_MAILS_OF_ORDERS,
    DELETE_EXTENSIONS_OF_ORDERS,
    DELETE_GAPS_OF_ORDERS,
    DELETE_GRANTS_OF_ORDERS,
    DELETE_LINES,
];

/// What goes away with a person, in the order in which rows refer to each other.
const OF_PERSON: [&str; 10] = [
    DELETE_PROOFS,
    DELETE_PLAYING,
    DELETE_SESSIONS,
    DELETE_MAILS,
    DELETE_EXTENSIONS,
    DELETE_GAPS,
    DELETE_GRANTS,
    DELETE_BLOCKS,
    DELETE_PROGRESS,
    DELETE_IDENTITIES,
];

/// A customer with all who were merged into her.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Their ids.
    pub customers: Vec<CustomerId>,
    /// Their addresses.
    pub emails: Vec<EmailAddress>,
}

/// Lists a customer and all who were merged into her; nobody when she was erased, or merged into another herself.
///
/// # Errors
/// The database failed.
pub async fn list_person(access: &mut impl Access, customer: CustomerId) -> Result<Person> {
    let rows: Vec<(Text<CustomerId>, Option<Text<EmailAddress>>)> =
        on!(access, |c| sqlx::query_as(LIST_PERSON)
            .bind(Text(customer))
            .fetch_all(c)
            .await)?;
    let mut person = Person::default();
    for (id, email) in rows {
        person.customers.push(id.0);
        person.emails.extend(text(email));
    }
    Ok(person)
}

/// Lists what stores call them.
///
/// # Errors
/// The database failed.
pub async fn list_identities(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<Vec<(StoreId, ExternalId)>> {
    let rows: Vec<(Text<StoreId>, Text<ExternalId>)> =
        on!(access, |c| sqlx::query_as(LIST_IDENTITIES)
            .bind(id_list(customers))
            .fetch_all(c)
            .await)?;
    Ok(rows
        .into_iter()
        .map(|(store, id)| (store.0, id.0))
        .collect())
}

/// Lists the addresses that stores say with their orders, each with the store and its id of the order.
///
/// # Errors
/// The database failed.
pub async fn list_addresses_said(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<Vec<(StoreId, ExternalId, EmailAddress)>> {
    type Row = (Text<StoreId>, Text<ExternalId>, Text<EmailAddress>);
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_ADDRESSES_SAID)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(store, order, email)| (store.0, order.0, email.0))
        .collect())
}

/// Lists their orders, each with its store.
///
/// # Errors
/// The database failed.
pub async fn list_orders(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<Vec<(OrderId, StoreId)>> {
    let rows: Vec<(Text<OrderId>, Text<StoreId>)> = on!(access, |c| sqlx::query_as(LIST_ORDERS)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    Ok(rows
        .into_iter()
        .map(|(id, store)| (id.0, store.0))
        .collect())
}

/// Counts what they have: `orders`, live `grants`, standing `blocks`, `videos` watched, `sessions`, `mails`, and `deliveries`
/// that spoke of their orders.
///
/// # Errors
/// The database failed.
pub async fn count(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = on!(access, |c| sqlx::query_as(COUNT)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().collect())
}

/// Takes away what names somebody in orders and in what came of them. Deliveries that are not worked off yet are left.
///
/// # Errors
/// The database failed.
pub async fn erase_orders(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    let listed = id_list(orders);
    let nothing: &[u8] = &[];
    execute!(
        tx,
        sqlx::query(REDACT_OF_ORDERS)
            .bind(listed.as_str())
            .bind(nothing)
    )?;
    for statement in OF_ORDERS {
        execute!(tx, sqlx::query(statement).bind(listed.as_str()))?;
    }
    let no_hash: &[u8] = &[0; 32];
    execute!(
        tx,
        sqlx::query(CLEAR_ORDERS)
            .bind(listed.as_str())
            .bind(no_hash)
    )?;
    Ok(())
}

/// Takes away all that is left of a person but the ids. Her orders must have been erased by [`erase_orders`].
///
/// # Errors
/// The database failed.
pub async fn erase_person(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<()> {
    let customers = id_list(&person.customers);
    let emails: Vec<&str> = person.emails.iter().map(EmailAddress::as_str).collect();
    let emails = id_list(&emails);
    let devices: Vec<(String,)> = on!(tx, |c| sqlx::query_as(LIST_DEVICES)
        .bind(customers.as_str())
        .fetch_all(c)
        .await)?;
    let devices: Vec<String> = devices.into_iter().map(|(id,)| id).collect();
    for statement in OF_PERSON {
        execute!(tx, sqlx::query(statement).bind(customers.as_str()))?;
    }
    execute!(tx, sqlx::query(DELETE_DEVICES).bind(id_list(&devices)))?;
    for statement in [DELETE_MAILS_OF_SIGN_INS, DELETE_SIGN_INS] {
        execute!(tx, sqlx::query(statement).bind(emails.as_str()))?;
    }
    execute!(
        tx,
        sqlx::query(CLEAR_CUSTOMERS)
            .bind(customers.as_str())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Takes away what one store calls them, and the sessions that it vouched for.
///
/// # Errors
/// The database failed.
pub async fn erase_names_of_store(
    tx: &mut Tx,
    customers: &[CustomerId],
    store: StoreId,
) -> Result<()> {
    let customers = id_list(customers);
    for statement in [
        DELETE_PROOFS_OF_STORE,
        DELETE_SESSIONS_OF_STORE,
        DELETE_IDENTITIES_OF_STORE,
    ] {
        execute!(
            tx,
            sqlx::query(statement)
                .bind(customers.as_str())
                .bind(Text(store))
        )?;
    }
    Ok(())
}

/// Takes away the content of deliveries that are through.
///
/// # Errors
/// The database failed.
pub async fn redact(tx: &mut Tx, deliveries: &[DeliveryId]) -> Result<()> {
    let nothing: &[u8] = &[];
    execute!(
        tx,
        sqlx::query(REDACT).bind(id_list(deliveries)).bind(nothing)
    )?;
    Ok(())
}

/// Lists the bodies that are kept of the deliveries between two, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn list_bodies(
    access: &mut impl Access,
    after: Option<DeliveryId>,
    before: DeliveryId,
    limit: i64,
) -> Result<Vec<(DeliveryId, Vec<u8>)>> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows: Vec<(Text<DeliveryId>, Vec<u8>)> = on!(access, |c| sqlx::query_as(LIST_BODIES)
        .bind(after)
        .bind(Text(before))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id, body)| (id.0, body)).collect())
}

/// Finds the oldest delivery that is not through.
///
/// # Errors
/// The database failed.
pub async fn find_unfinished(access: &mut impl Access) -> Result<Option<DeliveryId>> {
    let row: (Option<Text<DeliveryId>>,) = on!(access, |c| sqlx::query_as(FIND_UNFINISHED)
        .fetch_one(c)
        .await)?;
    Ok(text(row.0))
}
