//! Opening the tables.

use std::path::Path;
use std::sync::Arc;

use auth_core::{Clock, Random, StoreError};
use auth_store::SqliteStore;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

use super::{Runs, failed};

/// Connections that read.
const READERS: u32 = 4;

impl Runs {
    /// Opens the tables in the file of `store`, which is at `path`, and brings them up to date.
    ///
    /// Gatehouse's connection writes for both, so that the two never wait for each other's locks.
    /// Reading a long history would keep it busy; for that there are connections of our own.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn open(
        store: &SqliteStore,
        path: &Path,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let writer = store.pool().clone();
        migrate(&writer)
            .await
            .map_err(|source| StoreError::Unavailable {
                during: "bringing the tracker's tables up to date",
                source: Box::new(source),
            })?;
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options);
        let readers = readers
            .await
            .map_err(failed("opening the tracker's tables"))?;
        Ok(Self {
            writer,
            readers,
            clock,
            random,
        })
    }

    /// Closes our own connections; Gatehouse's are its store's to close.
    pub async fn close(&self) {
        self.readers.close().await;
    }
}

async fn migrate(writer: &SqlitePool) -> Result<(), MigrateError> {
    let runs = include_str!("../../migrations/1_runs.sql").into_sql_str();
    let runs = Migration::new(1, "runs".into(), MigrationType::Simple, runs, false);
    let mut migrator = Migrator::with_migrations(vec![runs]);
    // Gatehouse keeps a record of its migrations in this file too. Neither may take the other's for
    // its own.
    migrator.dangerous_set_table_name("tracker_migrations");
    migrator.run(writer).await
}
