//! Opening and closing the file.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::Instant;

use crate::audit::AuditLog;
use crate::{SqliteStore, migrations};

/// How long anything waits for the database before it fails. Longer than any change takes, short
/// enough that callers get an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a busy file is tried again while it is being opened.
const RETRY: Duration = Duration::from_millis(20);

/// Connections that read. Reads are short and from memory, so that a few are plenty.
const READERS: u32 = 4;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path is a directory, a device or a socket.
    #[error("{path:?} is not a regular file")]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// The file can't be made or reached.
    #[error("{path:?} can't be opened")]
    File {
        /// What was given.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A later version of this crate has changed the schema; this one must not touch it.
    #[error("{path:?} was changed by a later version, to schema {version}")]
    Later {
        /// What was given.
        path: PathBuf,
        /// The first migration that this version does not know.
        version: i64,
    },
    /// SQLite can't use the file: no database, damaged, or held by somebody else for too long.
    #[error("{path:?} can't be used as a database")]
    Database {
        /// What was given.
        path: PathBuf,
        /// What SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SqliteStore {
    /// Opens the database at `path`, and makes it where there is none; then only the present user of
    /// the operating system can read it, since it holds the keys that sign access tokens.
    ///
    /// Must be called within a tokio runtime; the task that writes the audit log lives there.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let file = prepare_file(path)?;
        let unusable = |source: sqlx::Error| OpenError::Database {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a loss of power.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            // A damaged or hostile file can't call functions through its schema.
            .pragma("trusted_schema", "OFF");
        let writer = connect_writer(&options).await.map_err(unusable)?;
        migrations::run(&writer)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(version) => OpenError::Later {
                    path: path.to_owned(),
                    version,
                },
                error => OpenError::Database {
                    path: path.to_owned(),
                    source: Box::new(error),
                },
            })?;
        let readers = pool(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(unusable)?;
        let audit = AuditLog::start(writer.clone());
        Ok(Self {
            writer,
            readers,
            audit,
        })
    }

    /// Keeps what waits to be kept, moves the write-ahead log into the file, and closes it. Every
    /// clone of this store is closed with it: what is asked of it then fails.
    ///
    /// A store that is dropped without may lose refusals that were not yet written, and nothing else.
    pub async fn close(&self) {
        self.audit.close().await;
        self.readers.close().await;
        // Closing the last connection does it too; but another process may have the file open.
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
        {
            tracing::warn!(%error, "the write-ahead log was not moved into the database");
        }
        self.writer.close().await;
    }
}

/// Makes the file if there is none, and gives its absolute path: SQLite would take a relative one
/// like `:memory:` or `file:x?mode=ro` for something else than a name.
fn prepare_file(path: &Path) -> Result<PathBuf, OpenError> {
    let failed = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = std::fs::metadata(path).map_err(failed)?;
            if !metadata.is_file() {
                return Err(OpenError::NotAFile {
                    path: path.to_owned(),
                });
            }
            warn_if_shared(path, &metadata);
        }
        Err(error) => return Err(failed(error)),
    }
    path.canonicalize().map_err(failed)
}

#[cfg(unix)]
fn warn_if_shared(path: &Path, metadata: &std::fs::Metadata) {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata);
    if mode & 0o077 != 0 {
        let mode = format_args!("{:o}", mode & 0o777);
        tracing::warn!(?path, %mode, "other users can reach the database, and the keys in it");
    }
}

#[cfg(not(unix))]
const fn warn_if_shared(_: &Path, _: &std::fs::Metadata) {}

/// One connection writes, so that writers queue here, in order, and not in SQLite's retries.
async fn connect_writer(options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let started = Instant::now();
    loop {
        match pool(1).connect_with(options.clone()).await {
            // The first switch to a write-ahead log needs the file alone, and SQLite does not wait
            // for that: another node may be opening it too.
            Err(error) if is_busy(&error) && started.elapsed() < PATIENCE => {
                tokio::time::sleep(RETRY).await;
            }
            connected => return connected,
        }
    }
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(size)
        .max_connections(size)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        // Connections are tested when they are given back; a file does not go away in between.
        .test_before_acquire(false)
}

fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: i32 = 5;
    let code = error.as_database_error().and_then(|error| error.code());
    // The low octet is the primary result code.
    code.and_then(|code| code.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pragma(pool: &SqlitePool, statement: &'static str) -> String {
        let value: Result<i64, _> = sqlx::query_scalar(statement).fetch_one(pool).await;
        match value {
            Ok(number) => number.to_string(),
            Err(_) => sqlx::query_scalar(statement)
                .fetch_one(pool)
                .await
                .expect("a text"),
        }
    }

    #[tokio::test]
    async fn connections_are_set_up_as_promised() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = SqliteStore::open(directory.path().join("x.db"))
            .await
            .expect("it opens");
        const FULL: &str = "2";
        for (statement, of_writer, of_readers) in [
            ("PRAGMA journal_mode", "wal", "wal"),
            ("PRAGMA synchronous", FULL, FULL),
            ("PRAGMA foreign_keys", "1", "1"),
            ("PRAGMA busy_timeout", "5000", "5000"),
            ("PRAGMA trusted_schema", "0", "0"),
            ("PRAGMA query_only", "0", "1"),
        ] {
            assert_eq!(
                pragma(&store.writer, statement).await,
                of_writer,
                "{statement}"
            );
            assert_eq!(
                pragma(&store.readers, statement).await,
                of_readers,
                "{statement}"
            );
        }
    }

    #[test]
    fn a_path_is_made_absolute() {
        // As `:memory:` or `file:x?mode=memory`, which SQLite takes for something else than a name.
        let directory = tempfile::tempdir().expect("a directory");
        let root: PathBuf = std::env::current_dir()
            .expect("a directory")
            .ancestors()
            .skip(1)
            .map(|_| "..")
            .collect();
        let below_root = directory
            .path()
            .strip_prefix("/")
            .expect("an absolute path");
        let path = root.join(below_root).join(":memory:");
        let prepared = prepare_file(&path).expect("a file");
        assert!(path.is_relative() && prepared.is_absolute(), "{prepared:?}");
        assert!(prepared.is_file());
    }
}
