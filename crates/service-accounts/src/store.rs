//! What this crate must remember, as ports.

use std::fmt;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, OrganizationId, PrincipalId, ServiceAccountId, ServiceAccountScope, StoreError,
    TeamId, Timestamp,
};

use crate::api_key::{ApiKeyHash, ApiKeyId};

/// How a service account proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// By API keys.
    ApiKey,
    /// By assertions of an issuer that its organization registered.
    Federated {
        /// The issuer, compared octet for octet.
        issuer: String,
        /// The subject, compared octet for octet.
        subject: String,
    },
}

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Which one, for ever.
    pub id: ServiceAccountId,
    /// Its name, unique in its scope: one organization, or one team.
    pub name: String,
    /// What it may reach.
    pub scope: ServiceAccountScope,
    /// How it proves itself.
    pub authentication: Authentication,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: PrincipalId,
}

/// An API key as it is kept.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The public part.
    pub id: ApiKeyId,
    /// The digest of the secret part.
    pub hash: ApiKeyHash,
    /// Whom it signs in.
    pub owner: PrincipalId,
    /// What it is for, in its maker's words.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: PrincipalId,
    /// When it was last used, to the minute; `None` before the first time.
    pub last_used_at: Option<Timestamp>,
}

/// Whose service accounts to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountsOf<'a> {
    /// The organization-scoped ones.
    Organization(&'a OrganizationId),
    /// The ones of a team.
    Team(&'a TeamId),
}

/// The most keys that one principal may have.
pub const MOST_KEYS: u32 = 50;

/// The most service accounts that one organization may have, of either scope.
pub const MOST_ACCOUNTS: u32 = 10_000;

/// Keeps service accounts. Every change brings the [`AuditEvent`] that tells of it: both are stored,
/// or neither.
///
/// # Errors
/// All methods: [`StoreError::Unavailable`], and what is said at each.
#[async_trait]
pub trait ServiceAccountStore: Send + Sync + fmt::Debug {
    /// Stores a new account, and its first key if one is given.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the scope has the name already, or the organization the issuer
    /// and subject; [`StoreError::Forbidden`] at [`MOST_ACCOUNTS`].
    async fn create_account(
        &self,
        new: &ServiceAccount,
        first_key: Option<&ApiKey>,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// An account.
    ///
    /// # Errors
    /// As the trait says.
    async fn account(&self, id: &ServiceAccountId) -> Result<Option<ServiceAccount>, StoreError>;

    /// The accounts of a scope, by name.
    ///
    /// # Errors
    /// As the trait says.
    async fn accounts(&self, of: AccountsOf<'_>) -> Result<Vec<ServiceAccount>, StoreError>;

    /// Removes an account with its keys.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn delete_account(
        &self,
        id: &ServiceAccountId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}

/// Keeps API keys. Every change brings the [`AuditEvent`] that tells of it: both are stored, or
/// neither.
///
/// # Errors
/// All methods: [`StoreError::Unavailable`], and what is said at each.
#[async_trait]
pub trait ApiKeyStore: Send + Sync + fmt::Debug {
    /// Stores a new key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the identifier exists, [`StoreError::NotFound`] where the owner
    /// does not, [`StoreError::Forbidden`] at [`MOST_KEYS`].
    async fn create_key(&self, new: &ApiKey, audit: AuditEvent) -> Result<(), StoreError>;

    /// A key.
    ///
    /// # Errors
    /// As the trait says.
    async fn key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// The keys of `owner`, oldest first.
    ///
    /// # Errors
    /// As the trait says.
    async fn keys(&self, owner: &PrincipalId) -> Result<Vec<ApiKey>, StoreError>;

    /// Removes a key of `owner`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such key, or it is somebody else's.
    async fn revoke_key(
        &self,
        owner: &PrincipalId,
        id: &ApiKeyId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Notes that a key was used; a key that is gone meanwhile is no error.
    ///
    /// # Errors
    /// As the trait says.
    async fn touch_key(
        &self,
        id: &ApiKeyId,
        at: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}
