//! Wishes to sign in. Neither codes nor links are here: they follow from a wish's id and a secret.

use domain::sign_in::{BrowserHash, SignInKind, SignInMeans, Wish};
use domain::{EmailAddress, OrderNumber, SignInId, Timestamp};

use crate::column::{Text, Time, corrupt, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

macro_rules! find {
    ($clause:literal) => {
        concat!(
            "
        SELECT id, kind, browser_hash, tries, expires_at, mailed_at, used_at, email, order_number, language, is_known
        FROM sign_ins
        WHERE ",
            $clause
        )
    };
}

/// At most 100 at once, so that nobody waits for a long clean-up.
macro_rules! delete_old {
    ($among:literal, $lock:literal, $end:literal) => {
        concat!(
            "
        DELETE FROM sign_ins
        WHERE id ",
            $among,
            "(
          SELECT id
          FROM sign_ins
          WHERE expires_at < $1
          ORDER BY expires_at
          LIMIT 100
          ",
            $lock,
            $end
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO sign_ins (id, kind, email, order_number, language, browser_hash, tries, created_at, expires_at, is_known)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)";
    FIND = find!("id = $1");
    // Answers to one wish come one after the other, so that each counts.
    @Postgres LOCK = find!("id = $1 FOR UPDATE");
    FIND_BY_BROWSER = find!("browser_hash = $1 ORDER BY id DESC LIMIT 1");
    COUNT_TRY = "
        UPDATE sign_ins
        SET tries = tries + 1
        WHERE id = $1";
    USE_UP = "
        UPDATE sign_ins
        SET used_at = $2
        WHERE id = $1 AND used_at IS NULL";
    END_OF_BROWSER = "
        UPDATE sign_ins
        SET used_at = $2
        WHERE browser_hash = $1 AND used_at IS NULL";
    END_OF_EMAIL = "
        UPDATE sign_ins
        SET used_at = $2
        WHERE email = $1 AND used_at IS NULL";
    COUNT_MAILED = "
        SELECT COUNT(*)
        FROM sign_ins
        WHERE email = $1 AND mailed_at > $2 AND is_known = $3";
    MARK_MAILED = "
        UPDATE sign_ins
        SET mailed_at = $2, email = $3
        WHERE id = $1";
    @Sqlite DELETE_OLD_SQLITE = delete_old!("IN ", "", ")");
    // Whoever else is cleaning up has these already.
    @Postgres DELETE_OLD_POSTGRES = delete_old!("= ANY(ARRAY", "FOR UPDATE SKIP LOCKED", "))");
}

/// A wish to be kept.
#[derive(Clone, Debug)]
pub struct NewSignIn {
    /// Its id.
    pub id: SignInId,
    /// By what she is found.
    pub means: SignInMeans,
    /// The language of her browser.
    pub language: Option<String>,
    /// The browser that asks; `None`: whoever holds the link.
    pub browser: Option<BrowserHash>,
    /// Whether she has signed in there before.
    pub is_known: bool,
    /// When it is made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A wish that is kept.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What decides about an answer to it.
    pub wish: Wish,
    /// The address that it proves; `None`: that of an order which nobody has looked for yet.
    pub email: Option<EmailAddress>,
    /// The order by whose number she wishes to be found.
    pub order: Option<OrderNumber>,
    /// The language of her browser.
    pub language: Option<String>,
    /// Whether she had signed in there before.
    pub is_known: bool,
}

type Row = (
    Text<SignInId>,
    String,
    Option<Vec<u8>>,
    i64,
    Time,
    Option<Time>,
    Option<Time>,
    Option<Text<EmailAddress>>,
    Option<Text<OrderNumber>>,
    Option<String>,
    bool,
);

/// Inserts a wish.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, new: &NewSignIn) -> Result<()> {
    let kind = match new.browser {
        Some(_) => new.means.kind(),
        None => SignInKind::Link,
    };
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(new.id))
            .bind(kind.name())
            .bind(new.means.email().map(EmailAddress::as_str))
            .bind(new.means.order().map(OrderNumber::as_str))
            .bind(new.language.as_deref())
            .bind(new.browser.as_ref().map(<[u8; 32]>::as_slice))
            .bind(Time(new.created_at))
            .bind(Time(new.expires_at))
            .bind(new.is_known)
    )?;
    Ok(())
}

/// Finds a wish.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: SignInId) -> Result<Option<SignIn>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(read).transpose()
}

/// Finds a wish and holds it until the transaction ends.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, id: SignInId) -> Result<Option<SignIn>> {
    let statement = if tx.is_postgres() { LOCK } else { FIND };
    let row: Option<Row> = on!(tx, |c| sqlx::query_as(statement)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(read).transpose()
}

/// Finds the latest wish of a browser.
///
/// # Errors
/// The database failed.
pub async fn find_by_browser(
    access: &mut impl Access,
    browser: &BrowserHash,
) -> Result<Option<SignIn>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND_BY_BROWSER)
        .bind(browser.as_slice())
        .fetch_optional(c)
        .await)?;
    row.map(read).transpose()
}

fn read(row: Row) -> Result<SignIn> {
    let (
        id,
        kind,
        browser,
        tries,
        expires_at,
        mailed_at,
        used_at,
        email,
        order,
        language,
        is_known,
    ) = row;
    let kind = SignInKind::from_name(&kind).ok_or_else(|| corrupt("sign_ins.kind"))?;
    let browser = browser.map(|hash| BrowserHash::try_from(hash.as_slice()));
    let browser = browser
        .transpose()
        .map_err(|_| corrupt("sign_ins.browser_hash"))?;
    let wish = Wish {
        id: id.0,
        kind,
        browser,
        tries,
        expires_at: expires_at.0,
        is_mailed: mailed_at.is_some(),
        is_over: used_at.is_some(),
    };
    Ok(SignIn {
        wish,
        email: text(email),
        order: text(order),
        language,
        is_known,
    })
}

/// Counts a try of a wish's code.
///
/// # Errors
/// The database failed.
pub async fn count_try(tx: &mut Tx, id: SignInId) -> Result<()> {
    execute!(tx, sqlx::query(COUNT_TRY).bind(Text(id)))?;
    Ok(())
}

/// Uses a wish up; false when it was used or replaced before.
///
/// # Errors
/// The database failed.
pub async fn use_up(tx: &mut Tx, id: SignInId, now: Timestamp) -> Result<bool> {
    let used = execute!(tx, sqlx::query(USE_UP).bind(Text(id)).bind(Time(now)))?;
    Ok(used > 0)
}

/// Ends the wishes of a browser: another takes their place.
///
/// # Errors
/// The database failed.
pub async fn end_of_browser(tx: &mut Tx, browser: &BrowserHash, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(END_OF_BROWSER)
            .bind(browser.as_slice())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Ends all wishes for an address, whoever made them.
///
/// # Errors
/// The database failed.
pub async fn end_of_email(tx: &mut Tx, email: &EmailAddress, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(END_OF_EMAIL)
            .bind(email.as_str())
            .bind(Time(now))
    )?;
    Ok(())
}

/// Counts the wishes for an address of which a mail went out after a moment, those in browsers that are known to her, or all
/// others.
///
/// # Errors
/// The database failed.
pub async fn count_mailed(
    access: &mut impl Access,
    email: &EmailAddress,
    since: Timestamp,
    is_known: bool,
) -> Result<i64> {
    let (count,): (i64,) = on!(access, |c| sqlx::query_as(COUNT_MAILED)
        .bind(email.as_str())
        .bind(Time(since))
        .bind(is_known)
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Writes down that a wish's mail goes out, and to which address.
///
/// # Errors
/// The database failed.
pub async fn mark_mailed(
    tx: &mut Tx,
    id: SignInId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(MARK_MAILED)
            .bind(Text(id))
            .bind(Time(now))
            .bind(email.as_str())
    )?;
    Ok(())
}

/// Forgets wishes that expired before a moment, the oldest 100 at most; returns how many.
///
/// # Errors
/// The database failed.
pub async fn delete_old(tx: &mut Tx, expired_before: Timestamp) -> Result<u64> {
    let statement = if tx.is_postgres() {
        DELETE_OLD_POSTGRES
    } else {
        DELETE_OLD_SQLITE
    };
    let deleted = execute!(tx, sqlx::query(statement).bind(Time(expired_before)))?;
    Ok(deleted)
}
