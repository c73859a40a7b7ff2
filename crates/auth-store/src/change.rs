//! Changes: transactions that end with the audit event that tells of them.

use auth_core::{AuditEvent, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::SqliteStore;
use crate::audit;
use crate::error::{Constraint, constraint, unavailable};

type Statement<'a> = Query<'a, Sqlite, SqliteArguments>;

/// A transaction that can be committed only together with its audit event. Dropped without, it is
/// rolled back.
#[derive(Debug)]
pub(crate) struct Change {
    transaction: Transaction<'static, Sqlite>,
    during: &'static str,
}

impl SqliteStore {
    /// Begins a change. It has the database to itself from here on, so that what it reads and counts
    /// still holds when it writes.
    pub(crate) async fn change(&self, during: &'static str) -> Result<Change, StoreError> {
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        let transaction = begun.map_err(unavailable(during))?;
        Ok(Change {
            transaction,
            during,
        })
    }
}

impl Change {
    /// For reads within the change.
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Adds or changes a row that needs no other. `taken` says what exists already where a unique
    /// constraint is met.
    pub(crate) async fn put(
        &mut self,
        statement: Statement<'_>,
        taken: &'static str,
    ) -> Result<(), StoreError> {
        let done = statement.execute(self.connection()).await;
        done.map(drop)
            .map_err(|error| self.refused(error, Some(taken), None))
    }

    /// Adds or changes a row that is part of others; `orphan` is the answer where they are not there.
    pub(crate) async fn put_part(
        &mut self,
        statement: Statement<'_>,
        taken: &'static str,
        orphan: StoreError,
    ) -> Result<(), StoreError> {
        let done = statement.execute(self.connection()).await;
        done.map(drop)
            .map_err(|error| self.refused(error, Some(taken), Some(orphan)))
    }

    /// Removes a row, which must be there; `held` is the answer where others can't be without it.
    pub(crate) async fn remove(
        &mut self,
        statement: Statement<'_>,
        what: &'static str,
        held: StoreError,
    ) -> Result<(), StoreError> {
        let done = statement.execute(self.connection()).await;
        let done = done.map_err(|error| self.refused(error, None, Some(held)))?;
        if done.rows_affected() > 0 {
            Ok(())
        } else {
            Err(StoreError::NotFound { what })
        }
    }

    fn refused(
        &self,
        error: sqlx::Error,
        taken: Option<&'static str>,
        foreign: Option<StoreError>,
    ) -> StoreError {
        let known = match constraint(&error) {
            Some(Constraint::Unique) => taken.map(|what| StoreError::Conflict { what }),
            Some(Constraint::ForeignKey) => foreign,
            None => None,
        };
        known.unwrap_or_else(|| unavailable(self.during)(error))
    }

    /// Changes or removes rows, and says whether there were any.
    pub(crate) async fn affects_any(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<bool, StoreError> {
        Ok(self.affected(statement).await? > 0)
    }

    /// Changes or removes rows, and says how many.
    pub(crate) async fn affected(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        let done = statement.execute(self.connection()).await;
        Ok(done.map_err(unavailable(self.during))?.rows_affected())
    }

    /// Changes or removes rows, of which there must be one.
    pub(crate) async fn affect(
        &mut self,
        statement: Statement<'_>,
        what: &'static str,
    ) -> Result<(), StoreError> {
        if self.affects_any(statement).await? {
            Ok(())
        } else {
            Err(StoreError::NotFound { what })
        }
    }

    /// The failure of a read within the change.
    pub(crate) fn failed(&self) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
        unavailable(self.during)
    }

    /// Ends the change: it and the event that tells of it are kept.
    pub(crate) async fn commit(mut self, audit: AuditEvent) -> Result<(), StoreError> {
        let inserted = audit::insert(&mut self.transaction, &audit).await;
        inserted.map_err(unavailable(self.during))?;
        self.transaction
            .commit()
            .await
            .map_err(unavailable(self.during))
    }
}
