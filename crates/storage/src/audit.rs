//! The audit log: entries are appended and read, never changed; the head says where the chain ends.

use domain::Timestamp;
use domain::audit::chain::{Entry, Head};

use crate::column::Time;
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

/// Lists what fits every condition that is given; `$indexed` is the one that an index answers.
macro_rules! list {
    ($indexed:literal) => {
        concat!(
            "
        SELECT seq, at, actor, origin, delivery_id, action, subject, customer_id, content_id, order_id,
          before, after, previous_hash, hash
        FROM audit_log
        WHERE ",
            $indexed,
            "
          AND (CAST($1 AS TEXT) IS NULL OR subject = $1)
          AND (CAST($2 AS TEXT) IS NULL OR customer_id = $2)
          AND (CAST($3 AS TEXT) IS NULL OR order_id = $3)
          AND (CAST($4 AS TEXT) IS NULL OR actor = $4)
          AND (CAST($5 AS TEXT) IS NULL OR content_id = $5)
          AND (CAST($6 AS TEXT) IS NULL OR action = $6 OR substr(action, 1, length($6) + 1) = $6 || '.')
          AND at >= $7 AND at < $8
          AND seq < $9
        ORDER BY seq DESC
        LIMIT $10"
        )
    };
}

statements! {
    FIND_HEAD = "
        SELECT seq, hash, seal
        FROM audit_head
        WHERE id = 1";
    @Postgres LOCK_HEAD = "
        SELECT seq, hash, seal
        FROM audit_head
        WHERE id = 1
        FOR UPDATE";
    APPEND = "
        INSERT INTO audit_log (seq, at, actor, origin, delivery_id, action, subject, customer_id, content_id, order_id,
          before, after, previous_hash, hash)
        SELECT CAST(value ->> 'seq' AS BIGINT), CAST(value ->> 'at' AS BIGINT), value ->> 'actor', value ->> 'origin',
          value ->> 'delivery', value ->> 'action', value ->> 'subject', value ->> 'customer', value ->> 'content',
          value ->> 'order', value ->> 'before', value ->> 'after', value ->> 'previous_hash', value ->> 'hash'
        FROM json_each(CAST($1 AS TEXT))";
    MOVE_HEAD = "
        UPDATE audit_head
        SET seq = $1, hash = $2, seal = $3
        WHERE id = 1";
    LIST_AFTER = "
        SELECT seq, at, actor, origin, delivery_id, action, subject, customer_id, content_id, order_id,
          before, after, previous_hash, hash
        FROM audit_log
        WHERE seq > $1
        ORDER BY seq
        LIMIT $2";
    LIST_OF_SUBJECT = list!("subject = $1");
    LIST_OF_CUSTOMER = list!("customer_id = $2");
    LIST_OF_ORDER = list!("order_id = $3");
    LIST_OF_ACTOR = list!("actor = $4");
    LIST_OF_ACTION = list!("action = $6");
    LIST = list!("seq > 0");
}

/// Which entries are asked for: those that fit all that is given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Filter {
    /// What was changed.
    pub subject: Option<String>,
    /// Whose access it is about.
    pub customer: Option<String>,
    /// To which content.
    pub content: Option<String>,
    /// By which order.
    pub order: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// What was done: an action such as `grant.revoked`, or a kind of them such as `grant`.
    pub action: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Loads the end of the chain, so that nobody else appends until the transaction ends.
///
/// # Errors
/// The database failed.
pub async fn lock_head(tx: &mut Tx) -> Result<Head> {
    let statement = if tx.is_postgres() {
        LOCK_HEAD
    } else {
        FIND_HEAD
    };
    read_head(tx, statement).await
}

/// Finds the end of the chain.
///
/// # Errors
/// The database failed.
pub async fn find_head(access: &mut impl Access) -> Result<Head> {
    read_head(access, FIND_HEAD).await
}

async fn read_head(access: &mut impl Access, statement: &'static str) -> Result<Head> {
    let (seq, hash, seal) = on!(access, |c| sqlx::query_as(statement).fetch_one(c).await)?;
    Ok(Head { seq, hash, seal })
}

/// Appends entries, and moves the head behind them. The caller has locked it.
///
/// # Errors
/// The database failed.
pub async fn append(tx: &mut Tx, entries: &[Entry], head: &Head) -> Result<()> {
    let rows: Vec<serde_json::Value> = entries.iter().map(row).collect();
    let rows = serde_json::Value::from(rows).to_string();
    execute!(tx, sqlx::query(APPEND).bind(rows.as_str()))?;
    execute!(
        tx,
        sqlx::query(MOVE_HEAD)
            .bind(head.seq)
            .bind(head.hash.as_str())
            .bind(head.seal.as_str())
    )?;
    Ok(())
}

fn row(entry: &Entry) -> serde_json::Value {
    serde_json::json!({
        "seq": entry.seq,
        "at": entry.at.as_microseconds(),
        "actor": entry.actor,
        "origin": entry.origin,
        "delivery": entry.delivery,
        "action": entry.action,
        "subject": entry.subject,
        "customer": entry.customer,
        "content": entry.content,
        "order": entry.order,
        "before": entry.before,
        "after": entry.after,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    })
}

type Columns = (
    i64,
    Time,
    String,
    Option<String>,
    Option<String>,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    String,
);

fn entry(row: Columns) -> Entry {
    let (seq, at, actor, origin, delivery, action, subject, customer, content, order, ..) = row;
    let (.., before, after, previous_hash, hash) = row;
    Entry {
        seq,
        at: at.0,
        actor,
        origin,
        delivery,
        action,
        subject,
        customer,
        content,
        order,
        before,
        after,
        previous_hash,
        hash,
    }
}

/// Lists the entries after a place, oldest first.
///
/// # Errors
/// The database failed.
pub async fn list_after(access: &mut impl Access, seq: i64, limit: u32) -> Result<Vec<Entry>> {
    let rows: Vec<Columns> = on!(access, |c| {
        sqlx::query_as(LIST_AFTER)
            .bind(seq)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(entry).collect())
}

/// Lists the entries before a place that a filter lets through, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    filter: &Filter,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let statement = match filter {
        Filter {
            subject: Some(_), ..
        } => LIST_OF_SUBJECT,
        Filter { order: Some(_), .. } => LIST_OF_ORDER,
        Filter {
            customer: Some(_), ..
        } => LIST_OF_CUSTOMER,
        Filter { actor: Some(_), .. } => LIST_OF_ACTOR,
        // A kind alone has no dot.
        Filter {
            action: Some(action),
            ..
        } if action.contains('.') => LIST_OF_ACTION,
        Filter { .. } => LIST,
    };
    let from = filter.from.map_or(i64::MIN, Timestamp::as_microseconds);
    let until = filter.until.map_or(i64::MAX, Timestamp::as_microseconds);
    let rows: Vec<Columns> = on!(access, |c| {
        sqlx::query_as(statement)
            .bind(filter.subject.as_deref())
            .bind(filter.customer.as_deref())
            .bind(filter.order.as_deref())
            .bind(filter.actor.as_deref())
            .bind(filter.content.as_deref())
            .bind(filter.action.as_deref())
            .bind(from)
            .bind(until)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(entry).collect())
}
