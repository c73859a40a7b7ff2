//! Runs, as they are kept: in the same SQLite file as Gatehouse's own tables.
//!
//! Nothing here asks who may do what. The callers do, through
//! [`Auth::access`](auth_axum::Auth::access), and hand over a project only when it was granted.

mod chunk;
mod history;
mod open;
mod run;
mod upsert;

use std::sync::Arc;

use auth_core::{Clock, Random, StoreError};
use sqlx::SqlitePool;

pub use self::chunk::{Chunk, ChunkError, End, Lines};
pub use self::history::{History, Page};
pub use self::run::{Attributed, Run, RunName, RunNameError, State};
pub use self::upsert::RunChange;

/// The runs of all projects.
#[derive(Clone, Debug)]
pub struct Runs {
    writer: SqlitePool,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

fn failed(during: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Unavailable {
        during,
        source: Box::new(source),
    }
}
