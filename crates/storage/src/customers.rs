//! Customers and the names that stores have for them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CustomerId, EmailAddress, ExternalId, StoreId, Timestamp};
use serde_json::{Value, json};

use crate::column::{Text, Time, corrupt, id_list, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO customers (id, email, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (email) DO NOTHING";
    FIND = "
        SELECT p.id, p.email, p.language
        FROM customers c
        JOIN customers p ON p.id = COALESCE(c.merged_into, c.id)
        WHERE c.id = $1";
    FIND_BY_EMAIL = "
        SELECT COALESCE(merged_into, id)
        FROM customers
        WHERE email = $1";
    LIST_BY_EMAIL = "
        SELECT email, COALESCE(merged_into, id)
        FROM customers
        WHERE email IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY email
        LIMIT 100000";
    LIST_EMAILS = "
        SELECT id, email
        FROM customers
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND email IS NOT NULL
        ORDER BY id
        LIMIT 100000";
    // In one order for everybody: who inserts the same address waits for the other.
    INSERT_BY_EMAILS = "
        INSERT INTO customers (id, email, created_at)
        SELECT value ->> 'id', value ->> 'email', CAST($2 AS BIGINT)
        FROM json_each(CAST($1 AS TEXT))
        WHERE TRUE
        ORDER BY value ->> 'email'
        ON CONFLICT (email) DO NOTHING";
    FIND_BY_IDENTITY = "
        SELECT customer_id
        FROM identities
        WHERE store_id = $1 AND external_id = $2";
    INSERT_IDENTITY = "
        INSERT INTO identities (store_id, external_id, customer_id, created_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (store_id, external_id) DO NOTHING";
    LIST_NOBODIES = "
        SELECT c.id
        FROM customers c
        WHERE c.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND c.email IS NULL
          AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.customer_id = c.id)
          AND NOT EXISTS (SELECT 1 FROM customers m WHERE m.merged_into = c.id)
        LIMIT 100000";
    MARK_PROVEN = "
        UPDATE customers
        SET proven_at = $2
        WHERE id = $1 AND proven_at IS NULL";
    SET_LANGUAGE = "
        UPDATE customers
        SET language = $2
        WHERE id = $1";
    FIND_PERSON = "
        SELECT COALESCE(merged_into, id)
        FROM customers
        WHERE id = $1";
    // Against `merges::lock` alone: the same lock as that of a row which refers to her.
    @Postgres LOCK_PERSON = "
        SELECT COALESCE(merged_into, id)
        FROM customers
        WHERE id = $1
        FOR KEY SHARE";
    // Not FOR UPDATE: a new order of hers refers to the row meanwhile, and need not wait.
    @Postgres LOCK = "
        SELECT id
        FROM customers
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY id
        FOR NO KEY UPDATE";
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The customer's id.
    pub id: CustomerId,
    /// The address, when one is known.
    pub email: Option<EmailAddress>,
    /// The language in which she was last here, as a tag.
    pub language: Option<String>,
}

/// Finds a customer, or the one into whom she was merged.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: CustomerId) -> Result<Option<Customer>> {
    type Row = (Text<CustomerId>, Option<Text<EmailAddress>>, Option<String>);
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(id, email, language)| Customer {
        id: id.0,
        email: text(email),
        language,
    }))
}

/// Finds the customer of an address, or the one into whom she was merged.
///
/// # Errors
/// The database failed.
pub async fn find_by_email(
    access: &mut impl Access,
    email: &EmailAddress,
) -> Result<Option<CustomerId>> {
    let row: Option<(Text<CustomerId>,)> = on!(access, |c| sqlx::query_as(FIND_BY_EMAIL)
        .bind(email.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(id,)| id.0))
}

/// Lists the customers of these addresses, or those into whom they were merged; an address that nobody has is left out.
///
/// # Errors
/// The database failed.
pub async fn list_by_email(
    access: &mut impl Access,
    emails: &[EmailAddress],
) -> Result<BTreeMap<EmailAddress, CustomerId>> {
    let emails: Vec<&str> = emails.iter().map(EmailAddress::as_str).collect();
    let rows: Vec<(Text<EmailAddress>, Text<CustomerId>)> =
        on!(access, |c| sqlx::query_as(LIST_BY_EMAIL)
            .bind(id_list(&emails))
            .fetch_all(c)
            .await)?;
    Ok(rows
        .into_iter()
        .map(|(email, id)| (email.0, id.0))
        .collect())
}

/// Lists the addresses of these customers, of those who have one.
///
/// # Errors
/// The database failed.
pub async fn list_emails(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, EmailAddress>> {
    let rows: Vec<(Text<CustomerId>, Text<EmailAddress>)> =
        on!(access, |c| sqlx::query_as(LIST_EMAILS)
            .bind(id_list(customers))
            .fetch_all(c)
            .await)?;
    Ok(rows
        .into_iter()
        .map(|(id, email)| (id.0, email.0))
        .collect())
}

/// Inserts customers; one whose address is taken is left as it is.
///
/// # Errors
/// The database failed.
pub async fn insert_by_emails(
    tx: &mut Tx,
    customers: &[(CustomerId, EmailAddress)],
    now: Timestamp,
) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let rows = customers
        .iter()
        .map(|(id, email)| json!({ "id": id, "email": email }));
    let rows = rows.collect::<Value>().to_string();
    execute!(
        tx,
        sqlx::query(INSERT_BY_EMAILS)
            .bind(rows.as_str())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Finds the customer of an address, or inserts one under `id`.
///
/// # Errors
/// The database failed.
pub async fn insert_by_email(
    tx: &mut Tx,
    id: CustomerId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<CustomerId> {
    insert(tx, id, Some(email), now).await?;
    let found = find_by_email(tx, email).await?;
    Ok(found.ok_or_else(|| corrupt("customers.email"))?)
}

/// Finds the customer whom a store knows by that id, or inserts one under `id`.
///
/// # Errors
/// The database failed.
pub async fn insert_by_identity(
    tx: &mut Tx,
    id: CustomerId,
    store: StoreId,
    external: &ExternalId,
    now: Timestamp,
) -> Result<CustomerId> {
    if let Some(known) = find_by_identity(tx, store, external).await? {
        return Ok(known);
    }
    insert(tx, id, None, now).await?;
    execute!(
        tx,
        sqlx::query(INSERT_IDENTITY)
            .bind(Text(store))
            .bind(external.as_str())
            .bind(Text(id))
            .bind(Time(now))
    )?;
    let found = find_by_identity(tx, store, external).await?;
    Ok(found.ok_or_else(|| corrupt("identities.customer_id"))?)
}

/// Lists those of these customers of whom neither an address nor a store's id is known: nobody can prove to be one.
///
/// # Errors
/// The database failed.
pub async fn list_nobodies(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<BTreeSet<CustomerId>> {
    let rows: Vec<(Text<CustomerId>,)> = on!(access, |c| sqlx::query_as(LIST_NOBODIES)
        .bind(id_list(customers))
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Finds the customer whom a store knows by that id.
///
/// # Errors
/// The database failed.
pub async fn find_by_identity(
    access: &mut impl Access,
    store: StoreId,
    external: &ExternalId,
) -> Result<Option<CustomerId>> {
    let row: Option<(Text<CustomerId>,)> = on!(access, |c| {
        let query = sqlx::query_as(FIND_BY_IDENTITY)
            .bind(Text(store))
            .bind(external.as_str());
        query.fetch_optional(c).await
    })?;
    Ok(row.map(|(id,)| id.0))
}

/// Inserts a customer; one whose address is taken is left as it is.
///
/// # Errors
/// The database failed.
pub async fn insert(
    tx: &mut Tx,
    id: CustomerId,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<()> {
    let email = email.map(EmailAddress::as_str);
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(id))
            .bind(email)
            .bind(Time(now))
    )?;
    Ok(())
}

/// Writes down that somebody has proven to be the customer; false when that was done before.
///
/// # Errors
/// The database failed.
pub async fn mark_proven(tx: &mut Tx, id: CustomerId, now: Timestamp) -> Result<bool> {
    let marked = execute!(tx, sqlx::query(MARK_PROVEN).bind(Text(id)).bind(Time(now)))?;
    Ok(marked > 0)
}

/// Writes down the language in which the customer was last here, as a tag.
///
/// # Errors
/// The database failed.
pub async fn set_language(tx: &mut Tx, id: CustomerId, tag: &str) -> Result<()> {
    execute!(tx, sqlx::query(SET_LANGUAGE).bind(Text(id)).bind(tag))?;
    Ok(())
}

/// Locks customers in the order of their ids, so that what concerns their access is written one after the other.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, customers: &[CustomerId]) -> Result<()> {
    if tx.is_postgres() {
        execute!(tx, sqlx::query(LOCK).bind(id_list(customers)))?;
    }
    Ok(())
}

/// Finds who a customer is now, which is herself or the one into whom she was merged, and keeps it so until the
/// transaction ends. Whoever writes something down as hers asks this first, unless the catalogue is held meanwhile, as
/// it is where orders are worked on.
///
/// # Errors
/// The database failed.
pub async fn lock_person(tx: &mut Tx, id: CustomerId) -> Result<Option<CustomerId>> {
    let statement = if tx.is_postgres() {
        LOCK_PERSON
    } else {
        FIND_PERSON
    };
    let mut asked = id;
    loop {
        let row: Option<(Text<CustomerId>,)> = on!(tx, |c| sqlx::query_as(statement)
            .bind(Text(asked))
            .fetch_optional(c)
            .await)?;
        match row.map(|(id,)| id.0) {
            // She may have been merged on while we waited.
            Some(person) if person != asked => asked = person,
            person => return Ok(person),
        }
    }
}
