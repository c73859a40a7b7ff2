//! What happened, who did it, and how it ended: for the people who must answer for it later.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use serde::Serialize;

use crate::attribution::Attribution;
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::identity::{Identity, Method};
use crate::time::Timestamp;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Granted,
    /// It was refused; the code says why.
    Refused {
        /// The refusal's stable code.
        code: &'static str,
    },
}

/// One entry of the audit log. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What, by a stable name (`service_account.create`).
    pub action: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Who, as `user:ID` or `service-account:ID`; `None` where nobody was recognised.
    pub actor: Option<String>,
    /// How the actor had signed in.
    pub method: Option<Method>,
    /// Whom the actor's work is credited to, as `user:ID`.
    pub credited: Option<String>,
    /// In which organization; `None` where it concerns the instance.
    pub organization: Option<OrganizationId>,
    /// What it was done to, by kind and identifier (`api_key:4k2…`).
    pub target: Option<String>,
    /// Where the actor was.
    pub remote_address: Option<IpAddr>,
    /// More for the reader, in words.
    pub detail: String,
}

impl AuditEvent {
    /// Something that was done by nobody in particular.
    #[must_use]
    pub const fn new(at: Timestamp, action: &'static str, outcome: Outcome) -> Self {
        Self {
            at,
            action,
            outcome,
            actor: None,
            method: None,
            credited: None,
            organization: None,
            target: None,
            remote_address: None,
            detail: String::new(),
        }
    }

    /// Says who did it, how that was proven, and where it counts if the actor is confined.
    #[must_use]
    pub fn by(mut self, identity: &Identity) -> Self {
        self.actor = Some(identity.principal().id().to_string());
        self.method = Some(identity.method());
        if let Attribution::Credited(user) = identity.attribution() {
            self.credited = Some(format!("user:{}", user.id));
        }
        if self.organization.is_none() {
            self.organization = identity.organization().cloned();
        }
        self
    }

    /// Says in which organization.
    #[must_use]
    pub fn within(mut self, organization: &OrganizationId) -> Self {
        self.organization = Some(organization.clone());
        self
    }

    /// Says what it was done to.
    #[must_use]
    pub fn to(mut self, kind: &str, id: impl fmt::Display) -> Self {
        self.target = Some(format!("{kind}:{id}"));
        self
    }

    /// Says where the actor was.
    #[must_use]
    pub const fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.remote_address = address;
        self
    }

    /// Adds words for the reader.
    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Takes audit events for keeps.
///
/// Changes to people, places and keys bring their event along with the change (see
/// [`DirectoryAdmin`](crate::DirectoryAdmin)), so that a store keeps both or neither; this trait is for what changes nothing:
/// sign-ins and refusals.
#[async_trait]
pub trait AuditSink: Send + Sync + fmt::Debug {
    /// Stores `event`; when it returns, the event is kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; an exchange whose event can't be kept must not be granted.
    async fn record(&self, event: AuditEvent) -> Result<(), StoreError>;

    /// Stores a refusal without making the caller wait. Strangers can cause any number of these, so
    /// a sink may drop some under load if it counts what it dropped.
    fn record_refusal(&self, event: AuditEvent);
}
