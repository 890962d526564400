//! Fresh databases.

use std::process::Command;

use storage::Db;
use tempfile::TempDir;

/// A database of its own for one test; its files or its PostgreSQL database go with the test run.
#[derive(Debug)]
pub struct TestDatabase {
    /// The open database, schema up to date.
    pub db: Db,
    /// Its address, for a second process.
    pub address: String,
    _folder: TempDir,
}

impl TestDatabase {
    /// Opens a new SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite://{}", folder.path().join("stoa.db").display());
        Self::open(address, folder).await
    }

    /// Opens a new PostgreSQL database in the cluster that `STOA_TEST_POSTGRES` names.
    pub async fn postgres() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests take the cluster from their runner"
        )]
        let cluster = std::env::var("STOA_TEST_POSTGRES")
            .expect("STOA_TEST_POSTGRES is not set: run the tests by `scripts/with-postgres`");
        let folder = tempfile::tempdir().unwrap();
        // The folder's name is unique on this machine, which is where the cluster runs.
        let unique = folder
            .path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .to_lowercase();
        let name = format!(
            "stoa_{}",
            unique.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
        );
        psql(&cluster, &format!("CREATE DATABASE {name}"));
        Self::open(with_database(&cluster, &name), folder).await
    }

    /// Finds which of these texts stand anywhere in the database, in whatever case: in SQLite's file and its log, free
    /// places and all, or in a dump of PostgreSQL.
    #[must_use]
    pub fn traces(&self, texts: &[&str]) -> Vec<String> {
        let kept = match self.address.strip_prefix("sqlite://") {
            Some(path) => [path.to_owned(), format!("{path}-wal")]
                .iter()
                .filter_map(|path| std::fs::read(path).ok())
                .flatten()
                .collect(),
            None => dump(&self.address),
        };
        let kept = String::from_utf8_lossy(&kept).to_lowercase();
        assert!(kept.contains("audit_log"), "there is a database at all");
        let stands = |text: &&&str| {
            let text = text.to_lowercase();
            kept.contains(&text) || kept.contains(&hex::encode(&text))
        };
        let found = texts.iter().filter(stands);
        found.map(|text| (*text).to_owned()).collect()
    }

    async fn open(address: String, folder: TempDir) -> Self {
        let db = Db::open(&address).await.expect("a fresh database opens");
        Self {
            db,
            address,
            _folder: folder,
        }
    }
}

/// Names another database of the same cluster.
fn with_database(cluster: &str, name: &str) -> String {
    let (address, options) = cluster.split_once('?').unwrap_or((cluster, ""));
    let (server, _) = address
        .rsplit_once('/')
        .expect("an address ends with the database");
    format!("{server}/{name}?{options}")
}

fn dump(address: &str) -> Vec<u8> {
    let output = Command::new("pg_dump")
        .args(["--inserts", "--dbname", address])
        .output()
        .expect("pg_dump is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "there is no dump: {errors}");
    output.stdout
}

fn psql(cluster: &str, command: &str) {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--dbname",
            cluster,
            "--command",
            command,
        ])
        .output()
        .expect("psql is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "PostgreSQL refused: {errors}");
}

/// Declares tests that run on SQLite and on PostgreSQL: `both_engines! { async fn name(db: Db) { … } }`.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: Db) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn run($db: ::storage::Db) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = $crate::TestDatabase::sqlite().await;
                run(database.db.clone()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = $crate::TestDatabase::postgres().await;
                run(database.db.clone()).await;
            }
        }
    )*};
}
