//! Every store that Gatehouse needs, in one SQLite file.
//!
//! ```
//! use auth_core::{AuditEvent, Directory, DirectoryAdmin, Key, Outcome, Timestamp, User, UserId};
//! use auth_store::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("gatehouse.db");
//! let store = SqliteStore::open(path).await?;
//! let alice = User {
//!     id: UserId::new("1"),
//!     username: "alice".into(),
//!     display_name: "Alice".into(),
//!     email: None,
//!     instance_admin: true,
//!     disabled: false,
//! };
//! let event = AuditEvent::new(Timestamp::from_secs(0), "user.create", Outcome::Granted);
//! store.create_user(&alice, event.to("user", &alice.id)).await?;
//!
//! assert_eq!(store.user(Key::Name("alice")).await?, Some(alice));
//! assert_eq!(store.audit_events(1).await?[0].target.as_deref(), Some("user:1"));
//! store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! - A change and the audit event that tells of it are one transaction: both are kept, or neither.
//! - What was acknowledged is on disk, and survives the end of the process or a loss of power.
//! - What one handle or process has changed, every other one sees from its next read on. Nothing is
//!   cached here.
//! - Limits, unique names and memberships hold under any number of requests at once: a change reads
//!   and writes while it has the database to itself.
//! - Rows of a tenant name their organization, and foreign keys carry it along: not even a mistake in a
//!   query of ours can put a stranger into a team.
//! - All values are bound; no statement is put together from text.
//!
//! # What is not done here
//!
//! - Nothing is encrypted. The file holds the private keys that sign access tokens, people's names and
//!   addresses; API keys are there as digests only. It is made readable for its owner alone; guard
//!   it and its backups as keys.
//! - The audit log is never cut.
//! - No network file systems: SQLite's write-ahead log needs memory that all processes share.
//!
//! # The host's own tables
//!
//! A host may keep its tables in the same file, through [`SqliteStore::pool`]. Ours begin with
//! `auth_`; its migrations don't mix with ours.

mod api_keys;
mod audit;
mod change;
mod columns;
mod directory;
mod error;
mod jwt_issuers;
mod migrations;
mod open;
mod principals;
mod revoked_tokens;
mod service_accounts;
mod signing_keys;

use sqlx::SqlitePool;

pub use crate::audit::StoredAuditEvent;
pub use crate::open::OpenError;

/// The store. Clones share one set of connections.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    audit: audit::AuditLog,
}

impl SqliteStore {
    /// The one connection that writes, for a host that keeps its own tables in the same file.
    ///
    /// Whoever holds it keeps all other writers waiting, and those give up after five seconds: await
    /// nothing but the database meanwhile, least of all another method of this store.
    #[must_use]
    pub const fn pool(&self) -> &SqlitePool {
        &self.writer
    }
}
