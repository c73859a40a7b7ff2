//! What this crate must remember, as ports.

use std::fmt;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, OrganizationId, PrincipalId, Random, RandomError, Secret, ServiceAccountId,
    StoreError, Timestamp, alphanumeric,
};

/// One organization's registration of a JWT issuer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JwtIssuerId(String);

impl JwtIssuerId {
    /// Takes a stored identifier.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Draws a new one.
    ///
    /// # Errors
    /// [`RandomError`] where `source` fails.
    pub fn random(source: &dyn Random) -> Result<Self, RandomError> {
        alphanumeric(source, 20).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JwtIssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An issuer whose assertions an organization takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtIssuer {
    /// Which registration, for ever. The same URL registered by another organization, or again, has
    /// another one.
    pub id: JwtIssuerId,
    /// The organization whose identities its assertions become.
    pub organization: OrganizationId,
    /// The issuer, compared octet for octet with `iss`.
    pub issuer: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Who registered it.
    pub created_by: PrincipalId,
}

/// The most issuers that one organization may register.
pub const MOST_ISSUERS: u32 = 100;

/// Keeps registrations. Every change brings the [`AuditEvent`] that tells of it: both are stored, or
/// neither.
///
/// # Errors
/// All methods: [`StoreError::Unavailable`], and what is said at each.
#[async_trait]
pub trait JwtIssuerStore: Send + Sync + fmt::Debug {
    /// Stores a registration.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the organization has the issuer already;
    /// [`StoreError::Forbidden`] at [`MOST_ISSUERS`].
    async fn create_issuer(&self, new: &JwtIssuer, audit: AuditEvent) -> Result<(), StoreError>;

    /// An organization's registrations, by issuer.
    ///
    /// # Errors
    /// As the trait says.
    async fn issuers(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError>;

    /// All organizations' registrations of exactly this issuer.
    ///
    /// # Errors
    /// As the trait says.
    async fn registrations(&self, issuer: &str) -> Result<Vec<JwtIssuer>, StoreError>;

    /// A registration.
    ///
    /// # Errors
    /// As the trait says.
    async fn issuer(&self, id: &JwtIssuerId) -> Result<Option<JwtIssuer>, StoreError>;

    /// Removes a registration of `organization`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none, or it is another organization's.
    async fn delete_issuer(
        &self,
        organization: &OrganizationId,
        id: &JwtIssuerId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}

/// Finds the service accounts that prove themselves by assertions.
#[async_trait]
pub trait ExternalAccounts: Send + Sync + fmt::Debug {
    /// The account of `organization` with exactly this issuer and subject.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn external_account(
        &self,
        organization: &OrganizationId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<ServiceAccountId>, StoreError>;
}

/// A key pair that signs access tokens.
#[derive(Clone, Debug)]
pub struct StoredSigningKey {
    /// Its `kid`.
    pub key_id: String,
    /// The private key, as a JWK (RFC 7517) in JSON.
    pub private_jwk: Secret,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs: the newest key whose moment has come is the one that does.
    pub signs_from: Timestamp,
}

/// Keeps the signing keys of all nodes that share the store.
#[async_trait]
pub trait SigningKeyStore: Send + Sync + fmt::Debug {
    /// All keys, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;

    /// The identifiers of all keys, oldest first. No private key is read for it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn signing_key_ids(&self) -> Result<Vec<String>, StoreError>;

    /// Adds a key if the newest one is still `newest` (`None`: if there is no key yet), so that of
    /// two nodes that rotate at once only one does.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the newest key is another one; [`StoreError::Unavailable`].
    async fn add_signing_key(
        &self,
        new: &StoredSigningKey,
        newest: Option<&str>,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Removes a key that signs nothing that is still valid; one that is gone already is no error.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn remove_signing_key(&self, key_id: &str, audit: AuditEvent) -> Result<(), StoreError>;

    /// Removes a key that must not be trusted any more, and adds `replacement` in the same step. Done
    /// only if the newest key is still `newest`, so that what the caller decided upon still holds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such key; [`StoreError::Conflict`] where the newest
    /// key is another one; [`StoreError::Unavailable`].
    async fn withdraw_signing_key(
        &self,
        key_id: &str,
        replacement: Option<&StoredSigningKey>,
        newest: &str,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}
