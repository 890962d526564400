//! The outbox: mails that are to be sent, and what became of them. A row holds ids; texts, addresses and links are made
//! when the mail is sent, and kept nowhere.

use std::collections::BTreeMap;

use domain::mail::{MailKind, MailState};
use domain::payment::EndReason;
use domain::{
    AdminId, ContentId, CourseId, CustomerId, EmailAddress, FileId, GrantId, MailId, OrderId,
    Timestamp,
};

use crate::column::{Text, Time, corrupt, id_list, text, time};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// Whole mails, chosen and put in order by what follows.
macro_rules! listed {
    ($tail:literal) => {
        concat!(
            "
            SELECT id, kind, occasion, customer_id, order_id, admin_id, grants, state, error, created_at, queued_at,
              sent_at
            FROM mails
            ",
            $tail
        )
    };
}

statements! {
    INSERT = "
        INSERT INTO mails (id, kind, occasion, customer_id, order_id, admin_id, grants, state, created_at, queued_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $8)
        ON CONFLICT (occasion) DO NOTHING";
    FIND = listed!(
        "WHERE id = $1"
    );
    SETTLE = "
        UPDATE mails
        SET state = $3, error = $4, sent_at = COALESCE($5, sent_at)
        WHERE id = $1 AND queued_at = $2 AND state = 'queued'";
    QUEUE_AGAIN = "
        UPDATE mails
        SET state = 'queued', error = NULL, queued_at = $3
        WHERE id = $1 AND state = $2";
    LIST = listed!(
        "WHERE id < $1
        ORDER BY id DESC
        LIMIT $2"
    );
    LIST_OF_CUSTOMER = listed!(
        "WHERE customer_id = $3 AND CAST($4 AS TEXT) IN (state, '') AND id < $1
        ORDER BY id DESC
        LIMIT $2"
    );
    LIST_OF_STATE = listed!(
        "WHERE state = $3 AND id < $1
        ORDER BY id DESC
        LIMIT $2"
    );
    LIST_IN_STATE = listed!(
        "WHERE state = $1
        ORDER BY id
        LIMIT $2"
    );
    COUNT_UNSENT = "
        SELECT state, COUNT(*)
        FROM mails
        WHERE state IN ('queued', 'waiting')
        GROUP BY state
        UNION ALL
        SELECT 'failed', COUNT(*)
        FROM mails
        WHERE state = 'failed' AND id > $1";
    LIST_TOLD = "
        SELECT a.id, a.course_id, a.file_id, COALESCE(c.title, f.title), COALESCE(c.published_at, f.published_at),
          a.revoke_reason, a.granted_at, a.created_at, a.revoked_at
        FROM customer_access a
        LEFT JOIN courses c ON c.id = a.course_id
        LEFT JOIN files f ON f.id = a.file_id
        WHERE a.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND a.customer_id = $2
        ORDER BY a.id
        LIMIT 10000";
    LIST_UNTOLD = "
        SELECT a.id
        FROM admins a
        WHERE a.disabled_at IS NULL AND a.password_hash IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.occasion = CAST($1 AS TEXT) || a.id)
        ORDER BY a.id
        LIMIT 1000";
    FIND_ADMIN = "
        SELECT email, name
        FROM admins
        WHERE id = $1 AND disabled_at IS NULL";
}

/// A mail that is to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// Its id.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// What it is sent for: a second mail of the same occasion is none.
    pub occasion: String,
    /// Whom and what it concerns.
    pub concerns: Concerns,
}

/// Whom and what a mail concerns.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Concerns {
    /// The customer to whom it goes.
    pub customer: Option<CustomerId>,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// The administrator to whom it goes.
    pub admin: Option<AdminId>,
    /// The grants that it tells of.
    pub grants: Vec<GrantId>,
}

/// A mail as it is kept.
#[derive(Clone, Debug)]
pub struct KeptMail {
    /// Its id.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// What it is sent for.
    pub occasion: String,
    /// Whom and what it concerns.
    pub concerns: Concerns,
    /// How far it has come.
    pub state: MailState,
    /// Why it is not sent, without any address.
    pub error: Option<String>,
    /// When it was first queued.
    pub created_at: Timestamp,
    /// When it was last queued; another time for each time that it is sent again.
    pub queued_at: Timestamp,
    /// When a mail server last took it.
    pub sent_at: Option<Timestamp>,
}

/// An administrator who can be written to.
#[derive(Clone, Debug)]
pub struct AdminAddress {
    /// Her address.
    pub email: EmailAddress,
    /// Her name.
    pub name: String,
}

/// A grant that a mail tells of.
#[derive(Clone, Debug)]
pub struct ToldGrant {
    /// What it is for.
    pub content: ContentId,
    /// Its title.
    pub title: String,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// From when on it held.
    pub granted_at: Timestamp,
    /// When we made it, which is later when the order was old.
    pub created_at: Timestamp,
    /// When and why it ended; `None` when it did not.
    pub revoked: Option<(Timestamp, EndReason)>,
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: Text<MailId>,
    kind: String,
    occasion: String,
    customer_id: Option<Text<CustomerId>>,
    order_id: Option<Text<OrderId>>,
    admin_id: Option<Text<AdminId>>,
    grants: String,
    state: String,
    error: Option<String>,
    created_at: Time,
    queued_at: Time,
    sent_at: Option<Time>,
}

impl MailRow {
    fn into_mail(self) -> Result<KeptMail> {
        let grants = self.grants.split_whitespace().map(str::parse);
        let concerns = Concerns {
            customer: text(self.customer_id),
            order: text(self.order_id),
            admin: text(self.admin_id),
            grants: grants
                .collect::<std::result::Result<_, _>>()
                .map_err(|_| corrupt("mails.grants"))?,
        };
        Ok(KeptMail {
            id: self.id.0,
            kind: MailKind::from_name(&self.kind).ok_or_else(|| corrupt("mails.kind"))?,
            occasion: self.occasion,
            concerns,
            state: MailState::from_name(&self.state).ok_or_else(|| corrupt("mails.state"))?,
            error: self.error,
            created_at: self.created_at.0,
            queued_at: self.queued_at.0,
            sent_at: time(self.sent_at),
        })
    }
}

/// Inserts a mail; false when there has been one of the same occasion.
///
/// # Errors
/// The database failed.
pub async fn insert(tx: &mut Tx, mail: &NewMail, now: Timestamp) -> Result<bool> {
    let concerns = &mail.concerns;
    let grants: Vec<String> = concerns.grants.iter().map(GrantId::to_string).collect();
    let inserted = execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(mail.id))
            .bind(mail.kind.name())
            .bind(mail.occasion.as_str())
            .bind(concerns.customer.map(Text))
            .bind(concerns.order.map(Text))
            .bind(concerns.admin.map(Text))
            .bind(grants.join(" "))
            .bind(Time(now))
    )?;
    Ok(inserted == 1)
}

/// Finds a mail.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: MailId) -> Result<Option<KeptMail>> {
    let row: Option<MailRow> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(MailRow::into_mail).transpose()
}

/// Writes down what became of a queued mail; false when it was settled meanwhile, or queued again. `error` must name no
/// address.
///
/// # Errors
/// The database failed.
pub async fn settle(
    tx: &mut Tx,
    mail: &KeptMail,
    state: MailState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let sent_at = (state == MailState::Sent).then_some(Time(now));
    let settled = execute!(
        tx,
        sqlx::query(SETTLE)
            .bind(Text(mail.id))
            .bind(Time(mail.queued_at))
            .bind(state.name())
            .bind(error)
            .bind(sent_at)
    )?;
    Ok(settled == 1)
}

/// Queues a mail again that was found in a state; false when it is in another by now.
///
/// # Errors
/// The database failed.
pub async fn queue_again(
    tx: &mut Tx,
    id: MailId,
    found: MailState,
    now: Timestamp,
) -> Result<bool> {
    let queued = execute!(
        tx,
        sqlx::query(QUEUE_AGAIN)
            .bind(Text(id))
            .bind(found.name())
            .bind(Time(now))
    )?;
    Ok(queued == 1)
}

/// Which mails are meant; what is absent lets all through.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MailFilter {
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only those that have come so far.
    pub state: Option<MailState>,
}

/// Lists the mails before one, the newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    filter: MailFilter,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<KeptMail>> {
    // Every id is before this: a ULID begins with at most 7.
    let before = before.map_or_else(|| format!("{}8", MailId::PREFIX), |id| id.to_string());
    let rows: Vec<MailRow> = match (filter.customer, filter.state) {
        (Some(customer), state) => on!(access, |c| sqlx::query_as(LIST_OF_CUSTOMER)
            .bind(before.as_str())
            .bind(limit)
            .bind(Text(customer))
            .bind(state.map_or("", MailState::name))
            .fetch_all(c)
            .await),
        (None, Some(state)) => on!(access, |c| sqlx::query_as(LIST_OF_STATE)
            .bind(before.as_str())
            .bind(limit)
            .bind(state.name())
            .fetch_all(c)
            .await),
        (None, None) => on!(access, |c| sqlx::query_as(LIST)
            .bind(before.as_str())
            .bind(limit)
            .fetch_all(c)
            .await),
    }?;
    rows.into_iter().map(MailRow::into_mail).collect()
}

/// Lists the oldest mails of a state.
///
/// # Errors
/// The database failed.
pub async fn list_in_state(
    access: &mut impl Access,
    state: MailState,
    limit: i64,
) -> Result<Vec<KeptMail>> {
    let rows: Vec<MailRow> = on!(access, |c| sqlx::query_as(LIST_IN_STATE)
        .bind(state.name())
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(MailRow::into_mail).collect()
}

/// Counts the mails that are not sent, by state: `queued`, `waiting`, and, of those made after `since`, `failed`.
///
/// # Errors
/// The database failed.
pub async fn count_unsent(
    access: &mut impl Access,
    since: Timestamp,
) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = on!(access, |c| sqlx::query_as(COUNT_UNSENT)
        .bind(Text(MailId::from_parts(since, 0)))
        .fetch_all(c)
        .await)?;
    let none = [MailState::Queued, MailState::Waiting, MailState::Failed];
    let mut counts: BTreeMap<String, i64> = none.map(|state| (state.name().to_owned(), 0)).into();
    counts.extend(rows);
    Ok(counts)
}

/// Lists those of the grants that are the customer's, in the order of their making.
///
/// # Errors
/// The database failed.
pub async fn list_told(
    access: &mut impl Access,
    customer: CustomerId,
    grants: &[GrantId],
) -> Result<Vec<ToldGrant>> {
    type Row = (
        String,
        Option<Text<CourseId>>,
        Option<Text<FileId>>,
        String,
        Option<Time>,
        Option<String>,
        Time,
        Time,
        Option<Time>,
    );
    let rows: Vec<Row> = on!(access, |c| sqlx::query_as(LIST_TOLD)
        .bind(id_list(grants))
        .bind(Text(customer))
        .fetch_all(c)
        .await)?;
    let told = rows.into_iter().map(|row| {
        let (_, course, file, title, published_at, reason, granted_at, created_at, revoked_at) =
            row;
        let course = text(course).map(ContentId::Course);
        let content = course.or(text(file).map(ContentId::File));
        let reason = reason.as_deref().map(|name| {
            EndReason::from_name(name).ok_or_else(|| corrupt("customer_access.revoke_reason"))
        });
        Ok(ToldGrant {
            content: content.ok_or_else(|| corrupt("customer_access.course_id"))?,
            title,
            published_at: time(published_at),
            granted_at: granted_at.0,
            created_at: created_at.0,
            revoked: time(revoked_at).zip(reason.transpose()?),
        })
    });
    told.collect()
}

/// Lists the administrators who may sign in and have had no mail of an occasion, which ends with whose it is.
///
/// # Errors
/// The database failed.
pub async fn list_untold(access: &mut impl Access, occasion: &str) -> Result<Vec<AdminId>> {
    let rows: Vec<(Text<AdminId>,)> = on!(access, |c| sqlx::query_as(LIST_UNTOLD)
        .bind(occasion)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(id,)| id.0).collect())
}

/// Finds where to write to an administrator who may still sign in.
///
/// # Errors
/// The database failed.
pub async fn find_admin(access: &mut impl Access, id: AdminId) -> Result<Option<AdminAddress>> {
    let row: Option<(Text<EmailAddress>, String)> = on!(access, |c| sqlx::query_as(FIND_ADMIN)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(email, name)| AdminAddress {
        email: email.0,
        name,
    }))
}
