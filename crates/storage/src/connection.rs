//! Connections to either engine: for reading, and for writing in a transaction. The only file that knows which engines exist
//! once a database is open.

use std::sync::Arc;

use crate::bell::Bell;
use crate::error::Result;
use crate::statement::statements;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

statements! {
    @Postgres WAKE = "SELECT pg_notify('stoa_work', '')";
}

/// The connections that stand ready, and the bell that rings when work was committed.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) engine: Pools,
    pub(crate) bell: Arc<Bell>,
}

/// The connections of either engine: SQLite has one writer and many readers.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A connection for reading.
#[derive(Debug)]
pub enum Reader {
    /// Of SQLite; refuses to write.
    Sqlite(PoolConnection<Sqlite>),
    /// Of PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// An open transaction; dropped without [`Tx::commit`] it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    bell: Arc<Bell>,
    wakes: bool,
}

#[derive(Debug)]
enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// The connection of a [`Reader`] or [`Tx`].
#[derive(Debug)]
pub enum Connection<'c> {
    /// To SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    Postgres(&'c mut PgConnection),
}

/// What can be read from: a [`Reader`], or a [`Tx`] that sees its own writes.
pub trait Access: Send {
    /// Lends the connection.
    fn connection(&mut self) -> Connection<'_>;
}

impl Access for Reader {
    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Access for Tx {
    fn connection(&mut self) -> Connection<'_> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => Connection::Sqlite(tx),
            TxInner::Postgres(tx) => Connection::Postgres(tx),
        }
    }
}

/// Runs the same typed query on whichever engine the connection has.
macro_rules! on {
    ($access:expr, |$connection:ident| $body:expr) => {
        match $crate::connection::Access::connection($access) {
            $crate::connection::Connection::Sqlite($connection) => $body,
            $crate::connection::Connection::Postgres($connection) => $body,
        }
    };
}

/// Executes a query, giving the number of rows touched.
macro_rules! execute {
    ($access:expr, $query:expr) => {
        $crate::connection::on!($access, |c| $query
            .execute(c)
            .await
            .map(|done| done.rows_affected()))
    };
}

pub(crate) use {execute, on};

impl Pool {
    /// Takes a connection for reading.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        Ok(match &self.engine {
            Pools::Sqlite { read, .. } => Reader::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let inner = match &self.engine {
            Pools::Sqlite { write, .. } => {
                TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        let bell = Arc::clone(&self.bell);
        Ok(Tx {
            inner,
            bell,
            wakes: false,
        })
    }

    /// Tells whether this is SQLite, where hot writes share a transaction.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.engine, Pools::Sqlite { .. })
    }
}

impl Tx {
    /// Makes the transaction's writes last.
    ///
    /// # Errors
    /// The database refused; nothing was written.
    pub async fn commit(mut self) -> Result<()> {
        if self.wakes && matches!(self.inner, TxInner::Postgres(_)) {
            execute!(&mut self, sqlx::query(WAKE))?;
        }
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        if self.wakes {
            self.bell.ring();
        }
        Ok(())
    }

    /// Remembers to wake the workers once this is committed.
    pub(crate) fn wake_workers(&mut self) {
        self.wakes = true;
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, TxInner::Postgres(_))
    }
}
