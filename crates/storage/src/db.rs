//! The database: opening either engine, and what a caller can ask of it.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::bell::Bell;
use crate::connection::{Pool, Pools, Reader, Tx, execute};
use crate::error::{Result, StorageError};
use crate::group::{GroupWriter, Work};
use crate::jobs::Lane;
use crate::statement::statements;

statements! {
    PING = "SELECT 1";
    // Writes the whole file anew, without what was deleted.
    @Sqlite REWRITE = "VACUUM";
    // Whether somebody read meanwhile, so that something is left.
    @Sqlite EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)";
}

/// The database: SQLite with one writer and many readers, or a pool of PostgreSQL connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    group: GroupWriter,
}

/// How many connections a database gets besides SQLite's writer.
const CONNECTIONS: u32 = 8;
/// How much of a SQLite file each reader maps; what lies behind it is read page by page. Address space, not memory.
const MAPPED_BYTES: &str = "1073741824";

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
            // What is deleted is overwritten, so that nobody finds it in the file's free places.
            .pragma("secure_delete", "on")
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        // One writer: a fair queue in the pool instead of SQLITE_BUSY and back-off.
        let one = SqlitePoolOptions::new().max_connections(1);
        let write = one.connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await?;
        let many = SqlitePoolOptions::new().max_connections(CONNECTIONS);
        let reading = options
            .pragma("query_only", "true")
            // Readers share the system's cache, instead of copying pages into a small one each: a page of a large database
            // costs them no call.
            .pragma("mmap_size", MAPPED_BYTES);
        let read = many.connect_with(reading).await?;
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

    fn new(engine: Pools) -> Self {
        let pool = Pool {
            engine,
            bell: Arc::new(Bell::default()),
        };
        Self {
            pool,
            group: GroupWriter::default(),
        }
    }

    /// Takes a connection for reading.
    ///
    /// # Errors
    /// No connection can be had.
    pub async fn reader(&self) -> Result<Reader> {
        self.pool.reader().await
    }

    /// Begins a transaction. On SQLite it holds the one writer: await nothing in it but its own statements.
    ///
    /// # Errors
    /// No connection can be had.
    pub async fn begin(&self) -> Result<Tx> {
        self.pool.begin().await
    }

    /// Runs `work` in a transaction that it may share with others, and returns when it is durable. Work that fails leaves
    /// no trace and does not disturb the others. Even a caller that goes away has its work done.
    ///
    /// # Errors
    /// What `work` returned, or the database's refusal to commit.
    pub async fn write_grouped<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        if self.pool.is_sqlite() {
            return self.group.write(&self.pool, work).await;
        }
        let mut tx = self.begin().await?;
        let value = work(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
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

    /// Waits until there may be work in a lane (a delivery or a job was committed), at most `patience`.
    pub async fn wait_for_work(&self, lane: Lane, patience: Duration) {
        // The time-out is the rule that keeps work moving; being woken only makes it sooner.
        let _ = tokio::time::timeout(patience, self.pool.bell.heard(lane)).await;
    }

    /// Wakes another worker of a lane: where there was work, there may be more.
    pub fn wake_another(&self, lane: Lane) {
        self.pool.bell.ring_in(lane);
    }

    /// Listens to what other processes commit, until the connection ends. Returns at once on SQLite, where there are none.
    ///
    /// # Errors
    /// The connection failed.
    pub async fn listen_for_work(&self) -> Result<()> {
        let Pools::Postgres(pool) = &self.pool.engine else {
            return Ok(());
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("stoa_work").await?;
        loop {
            listener.recv().await?;
            self.pool.bell.ring();
        }
    }

    /// Takes what was deleted out of SQLite's file and its log; false when somebody was reading, and it has to be done again.
    /// PostgreSQL's own housekeeping does the like.
    ///
    /// # Errors
    /// The database failed.
    pub async fn scrub(&self) -> Result<bool> {
        let Pools::Sqlite { write, .. } = &self.pool.engine else {
            return Ok(true);
        };
        let mut writer = write.acquire().await?;
        sqlx::query(REWRITE).execute(&mut *writer).await?;
        let (is_busy, _, _): (bool, i64, i64) =
            sqlx::query_as(EMPTY_LOG).fetch_one(&mut *writer).await?;
        Ok(!is_busy)
    }

    /// Closes all connections, after the statements under way.
    pub async fn close(&self) {
        match &self.pool.engine {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}
