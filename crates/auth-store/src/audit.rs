//! The audit log.

use async_trait::async_trait;
use auth_core::{AuditEvent, AuditSink, Method, OrganizationId, Outcome, StoreError, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::SqliteStore;
use crate::error::unavailable;

mod writer;

pub(crate) use writer::AuditLog;

/// An entry of the audit log, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredAuditEvent {
    /// Its place in the log; later entries have higher ones.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// What, by a stable name.
    pub action: String,
    /// The code of the refusal; `None` where it was done.
    pub refusal_code: Option<String>,
    /// Who, as `user:ID` or `service-account:ID`.
    pub actor: Option<String>,
    /// How the actor had signed in.
    pub method: Option<String>,
    /// Whom the actor's work is credited to, as `user:ID`.
    pub credited: Option<String>,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// What it was done to.
    pub target: Option<String>,
    /// Where the actor was.
    pub remote_address: Option<String>,
    /// More for the reader.
    pub detail: String,
}

impl SqliteStore {
    /// The newest `limit` entries of the audit log, newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn audit_events(&self, limit: u32) -> Result<Vec<StoredAuditEvent>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT position, at, action, refusal_code, actor, method, credited, organization_id,
                    target, remote_address, detail
             FROM auth_audit_events ORDER BY position DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("reading the audit log"))?;
        Ok(rows.into_iter().map(StoredAuditEvent::from).collect())
    }
}

#[async_trait]
impl AuditSink for SqliteStore {
    async fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.audit.record(event).await
    }

    fn record_refusal(&self, event: AuditEvent) {
        self.audit.record_refusal(event);
    }
}

/// Writes an event within a transaction.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    event: &AuditEvent,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO auth_audit_events (at, action, refusal_code, actor, method, credited,
                                        organization_id, target, remote_address, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(event.at.as_secs())
    .bind(event.action)
    .bind(refusal_code(event.outcome))
    .bind(event.actor.as_deref())
    .bind(event.method.map(method))
    .bind(event.credited.as_deref())
    .bind(event.organization.as_ref().map(OrganizationId::as_str))
    .bind(event.target.as_deref())
    .bind(event.remote_address.map(|address| address.to_string()))
    .bind(&event.detail)
    .execute(connection)
    .await?;
    Ok(())
}

const fn refusal_code(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Granted => None,
        Outcome::Refused { code } => Some(code),
        // A later version of the domain: not a grant, as far as this one can tell.
        _ => Some("outcome.unknown"),
    }
}

fn method(method: Method) -> String {
    match method {
        Method::Ldap => "ldap".to_owned(),
        Method::OpenIdConnect => "open_id_connect".to_owned(),
        Method::ApiKey => "api_key".to_owned(),
        Method::Federation => "federation".to_owned(),
        Method::Other(name) => format!("other:{name}"),
        _ => "unknown".to_owned(),
    }
}

type Text = Option<String>;
type Row = (
    i64,
    i64,
    String,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    String,
);

impl From<Row> for StoredAuditEvent {
    fn from(row: Row) -> Self {
        let (position, at, action, refusal_code, actor, method, credited, ..) = row;
        let (.., organization, target, remote_address, detail) = row;
        Self {
            position,
            at: Timestamp::from_secs(at),
            action,
            refusal_code,
            actor,
            method,
            credited,
            organization: organization.map(OrganizationId::new),
            target,
            remote_address,
            detail,
        }
    }
}
