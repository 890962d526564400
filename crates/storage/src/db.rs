//! The two engines behind one type. The only file that knows which databases exist.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    ConnectOptions, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
};
use tokio::sync::Notify;

use crate::error::{Result, StorageError};
use crate::group::GroupWriter;
use crate::statement::statements;

statements! {
    PING = "SELECT 1";
    @Postgres WAKE = "SELECT pg_notify('stoa_work', '')";
}

/// The database: SQLite with one writer and many readers, or a pool of PostgreSQL connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    group: GroupWriter,
    work: Arc<Notify>,
}

#[derive(Clone, Debug)]
enum Pools {
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
    work: Arc<Notify>,
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
        match $crate::db::Access::connection($access) {
            $crate::db::Connection::Sqlite($connection) => $body,
            $crate::db::Connection::Postgres($connection) => $body,
        }
    };
}

/// Executes a query, giving the number of rows touched.
macro_rules! execute {
    ($access:expr, $query:expr) => {
        $crate::db::on!($access, |c| $query
            .execute(c)
            .await
            .map(|done| done.rows_affected()))
    };
}

pub(crate) use {execute, on};

/// How many connections a database gets besides SQLite's writer.
const CONNECTIONS: u32 = 8;

impl Db {
    /// Opens `sqlite://PATH` (made when missing, also its folder) or `postgres://…` and brings the schema up to date.
    ///
    /// # Errors
    /// The address is none, the database cannot be reached, or a migration failed.
    pub async fn open(address: &str) -> Result<Self> {
        if let Some(path) = address.strip_prefix("sqlite://") {
            Self::open_sqlite(Path::new(path)).await
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Self::open_postgres(address).await
        } else {
            Err(StorageError::Address)
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL loses acknowledged webhooks at a power cut; group commit keeps FULL fast.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        // One writer: a fair queue in the pool instead of SQLITE_BUSY and back-off.
        let one = SqlitePoolOptions::new().max_connections(1);
        let write = one.connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await?;
        let many = SqlitePoolOptions::new().max_connections(CONNECTIONS);
        let read = many
            .connect_with(options.pragma("query_only", "true"))
            .await?;
        Ok(Self::new(Pools::Sqlite { read, write }))
    }

    async fn open_postgres(address: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(address)
            .map_err(|_| StorageError::Address)?
            .application_name("stoa")
            .disable_statement_logging();
        let many = PgPoolOptions::new().max_connections(CONNECTIONS);
        let pool = many.connect_with(options).await?;
        sqlx::migrate!("migrations/postgres").run(&pool).await?;
        Ok(Self::new(Pools::Postgres(pool)))
    }

    fn new(pools: Pools) -> Self {
        let work = Arc::new(Notify::new());
        let group = GroupWriter::default();
        Self { pools, group, work }
    }

    /// Takes a connection for reading.
    ///
    /// # Errors
    /// No connection can be had.
    pub async fn reader(&self) -> Result<Reader> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => Reader::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction. On SQLite it holds the one writer: await nothing in it but its own statements.
    ///
    /// # Errors
    /// No connection can be had.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => {
                TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            work: Arc::clone(&self.work),
            wakes: false,
        })
    }

    /// Tells whether this is SQLite, where hot writes share a transaction.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    pub(crate) fn group(&self) -> &GroupWriter {
        &self.group
    }

    pub(crate) fn forget_group(&mut self) {
        self.group = GroupWriter::default();
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// It gives none.
    pub async fn ping(&self) -> Result<()> {
        let mut reader = self.reader().await?;
        execute!(&mut reader, sqlx::query(PING))?;
        Ok(())
    }

    /// Waits until there may be work (a delivery or a job was committed), at most `patience`.
    pub async fn wait_for_work(&self, patience: Duration) {
        // The time-out is the rule that keeps work moving; being woken only makes it sooner.
        let _ = tokio::time::timeout(patience, self.work.notified()).await;
    }

    /// Listens to what other processes commit, until the connection ends. Returns at once on SQLite, where there are none.
    ///
    /// # Errors
    /// The connection failed.
    pub async fn listen_for_work(&self) -> Result<()> {
        let Pools::Postgres(pool) = &self.pools else {
            return Ok(());
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("stoa_work").await?;
        loop {
            listener.recv().await?;
            self.work.notify_one();
        }
    }

    /// Closes all connections, after the statements under way.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
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
            self.work.notify_one();
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
