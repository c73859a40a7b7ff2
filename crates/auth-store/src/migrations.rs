//! The schema, and how a database comes to it.

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType};
use sqlx::{SqlSafeStr, SqlitePool};

/// Where it is noted what was done. A table of our own, so that a host may run migrations of its own
/// in the same file.
const NOTES: &str = "auth_migrations";

/// Brings the database to the present schema.
///
/// All of it happens in one transaction that has the database to itself, which sqlx's own `Migrator`
/// does not do on SQLite: of two nodes that start at once the second waits and then finds the work
/// done, and an interruption leaves nothing half-made.
pub(crate) async fn run(writer: &SqlitePool) -> Result<(), MigrateError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    transaction.ensure_migrations_table(NOTES).await?;
    let done = transaction.list_applied_migrations(NOTES).await?;
    let known = migrations();
    for note in &done {
        match known
            .iter()
            .find(|migration| migration.version == note.version)
        {
            None => return Err(MigrateError::VersionMissing(note.version)),
            Some(migration) if migration.checksum != note.checksum => {
                return Err(MigrateError::VersionMismatch(note.version));
            }
            Some(_) => {}
        }
    }
    let is_done =
        |migration: &&Migration| done.iter().any(|note| note.version == migration.version);
    for migration in known.iter().filter(|migration| !is_done(migration)) {
        transaction.apply(NOTES, migration).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// In order. One that was released is never changed; a change is a new one.
fn migrations() -> [Migration; 3] {
    let new = |version, description: &'static str, sql: &'static str| {
        let kind = MigrationType::Simple;
        Migration::new(version, description.into(), kind, sql.into_sql_str(), false)
    };
    [
        new(1, "start", include_str!("../migrations/1_start.sql")),
        new(
            2,
            "revocations",
            include_str!("../migrations/2_revocations.sql"),
        ),
        new(3, "trust", include_str!("../migrations/3_trust.sql")),
    ]
}
