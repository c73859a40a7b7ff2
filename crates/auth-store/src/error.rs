//! From what the database says to what a caller can decide by.

use auth_core::StoreError;
use sqlx::error::ErrorKind;

/// A row holds what this version never writes.
#[derive(Debug, thiserror::Error)]
#[error("a stored {column} can't be read")]
pub(crate) struct UnreadableRow {
    pub(crate) column: &'static str,
}

/// The database failed `during` an operation.
pub(crate) fn unavailable(during: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Unavailable {
        during,
        source: Box::new(source),
    }
}

/// What was read can't be understood.
pub(crate) fn unreadable(column: &'static str) -> StoreError {
    let source = Box::new(UnreadableRow { column });
    StoreError::Unavailable {
        during: "reading a row",
        source,
    }
}

/// What constraint a change has met; `None` where the database failed for another reason.
pub(crate) fn constraint(error: &sqlx::Error) -> Option<Constraint> {
    match error.as_database_error()?.kind() {
        ErrorKind::UniqueViolation => Some(Constraint::Unique),
        ErrorKind::ForeignKeyViolation => Some(Constraint::ForeignKey),
        _ => None,
    }
}

/// A constraint that a caller can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    Unique,
    ForeignKey,
}
