//! Group commit: on SQLite the hot writes (inbox rows, heartbeats) share transactions, so that one `fsync` serves all who
//! wait. PostgreSQL does this by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use tokio::sync::{mpsc, oneshot};

use crate::connection::{Access, Connection, Pool, Tx};
use crate::error::{Result, StorageError};

/// How many writes share a transaction at most: enough to hide the `fsync`, few enough to keep readers fresh.
const LARGEST_GROUP: usize = 256;

/// What one caller wants written.
pub type Work<T> = Box<dyn for<'t> FnOnce(&'t mut Tx) -> WorkFuture<'t, T> + Send>;

/// The future of a [`Work`].
pub type WorkFuture<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

/// The queue of the writer task, which starts with the first write.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupWriter {
    queue: Arc<OnceLock<mpsc::Sender<Entry>>>,
}

struct Entry {
    work: Work<()>,
    done: oneshot::Sender<Result<()>>,
}

impl GroupWriter {
    /// Hands work to the writer, and returns when it is durable.
    pub(crate) async fn write<T: Send + 'static>(&self, pool: &Pool, work: Work<T>) -> Result<T> {
        let (send_value, value) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let work: Work<()> = Box::new(|tx| {
            Box::pin(async {
                // The receiver may have gone away; the work counts all the same.
                let _ = send_value.send(work(tx).await?);
                Ok(())
            })
        });
        let queue = self.queue.get_or_init(|| start(pool.clone()));
        let entry = Entry { work, done };
        queue.send(entry).await.map_err(|_| StorageError::Stopped)?;
        is_done.await.map_err(|_| StorageError::Stopped)??;
        value.await.map_err(|_| StorageError::Stopped)
    }
}

fn start(pool: Pool) -> mpsc::Sender<Entry> {
    let (queue, entries) = mpsc::channel(4 * LARGEST_GROUP);
    tokio::spawn(write_groups(pool, entries));
    queue
}

async fn write_groups(pool: Pool, mut entries: mpsc::Receiver<Entry>) {
    let mut group = Vec::new();
    while entries.recv_many(&mut group, LARGEST_GROUP).await > 0 {
        write_group(&pool, std::mem::take(&mut group)).await;
    }
}

async fn write_group(pool: &Pool, group: Vec<Entry>) {
    let mut tx = match pool.begin().await {
        Ok(tx) => tx,
        Err(error) => return refuse(group.into_iter().map(|entry| entry.done), &error),
    };
    let mut waiting = Vec::with_capacity(group.len());
    for Entry { work, done } in group {
        match in_savepoint(&mut tx, work).await {
            Ok(()) => waiting.push(done),
            Err(error) => drop(done.send(Err(error))),
        }
    }
    match tx.commit().await {
        Ok(()) => waiting.into_iter().for_each(|done| drop(done.send(Ok(())))),
        Err(error) => refuse(waiting.into_iter(), &error),
    }
}

/// Tells all who wait that the group could not be written.
fn refuse(waiting: impl Iterator<Item = oneshot::Sender<Result<()>>>, error: &StorageError) {
    tracing::error!(%error, source = ?std::error::Error::source(error), "a group of writes failed");
    for done in waiting {
        drop(done.send(Err(StorageError::Stopped)));
    }
}

async fn in_savepoint(tx: &mut Tx, work: Work<()>) -> Result<()> {
    run(tx, "SAVEPOINT work").await?;
    let outcome = work(tx).await;
    if outcome.is_err() {
        run(tx, "ROLLBACK TO work").await?;
    }
    run(tx, "RELEASE work").await?;
    outcome
}

/// Runs a transaction command, which SQLite does not prepare.
async fn run(tx: &mut Tx, command: &'static str) -> Result<()> {
    if let Connection::Sqlite(connection) = tx.connection() {
        sqlx::raw_sql(command).execute(connection).await?;
    }
    Ok(())
}
