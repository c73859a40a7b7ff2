//! What this crate must remember, as ports.

use std::fmt;

use async_trait::async_trait;
use auth_core::{AuditEvent, OrganizationId, Secret, ServiceAccountId, StoreError, Timestamp};

use crate::issuer::{JwtIssuer, JwtIssuerId};

/// The most issuers that one organization may register.
pub const MOST_ISSUERS: u32 = 100;

/// What a store says of an audience that another registration of the issuer has, in
/// [`StoreError::Conflict`].
pub const AUDIENCE_TAKEN: &str = "a registration of this issuer with one of the audiences";

/// The most `jti` of one registration that are remembered at a time; see [`JwtIssuerStore::spend_jwt_id`].
pub const MOST_SPENT: u32 = 100_000;

/// Keeps registrations. Every change brings the [`AuditEvent`] that tells of it: both are stored, or
/// neither.
///
/// An issuer may be registered by many organizations, so that no method lists all of an issuer's
/// registrations: what an assertion costs must not grow with the number of tenants.
///
/// # Errors
/// All methods: [`StoreError::Unavailable`], and what is said at each.
#[async_trait]
pub trait JwtIssuerStore: Send + Sync + fmt::Debug {
    /// Stores a registration.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the organization has the issuer already, or another registration
    /// of the issuer has one of the audiences; [`StoreError::Forbidden`] at [`MOST_ISSUERS`].
    async fn create_issuer(&self, new: &JwtIssuer, audit: AuditEvent) -> Result<(), StoreError>;

    /// Puts the settings of `changed`, with the next revision, in the place of those that have the
    /// revision before. Nothing else of a registration ever changes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the organization has no such registration;
    /// [`StoreError::Conflict`] where it was changed meanwhile, or another registration of the issuer
    /// has one of the audiences.
    async fn update_issuer(&self, changed: &JwtIssuer, audit: AuditEvent)
    -> Result<(), StoreError>;

    /// An organization's registrations, by issuer.
    ///
    /// # Errors
    /// As the trait says.
    async fn issuers(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError>;

    /// Whether any organization registered exactly this issuer.
    ///
    /// # Errors
    /// As the trait says.
    async fn is_registered(&self, issuer: &str) -> Result<bool, StoreError>;

    /// Which registration of exactly this issuer is `organization`'s. Only the identifier is read: callers
    /// who have proven nothing choose how often this is asked.
    ///
    /// # Errors
    /// As the trait says.
    async fn registration(
        &self,
        organization: &OrganizationId,
        issuer: &str,
    ) -> Result<Option<JwtIssuerId>, StoreError>;

    /// Which registration of exactly this issuer has exactly this audience in its policy; as
    /// [`registration`](Self::registration).
    ///
    /// # Errors
    /// As the trait says.
    async fn registration_for(
        &self,
        issuer: &str,
        audience: &str,
    ) -> Result<Option<JwtIssuerId>, StoreError>;

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

    /// Remembers a `jti` of a registration, by its digest, until `until`, and forgets those whose time
    /// is over at `now`. The audit event is stored only where the `jti` is new. Of two callers at once
    /// one wins.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is remembered already; [`StoreError::Forbidden`] at
    /// [`MOST_SPENT`]; [`StoreError::NotFound`] where the registration is gone.
    async fn spend_jwt_id(
        &self,
        id: &JwtIssuerId,
        digest: &JwtIdDigest,
        until: Timestamp,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Whether a `jti` of a registration is remembered at `now`.
    ///
    /// # Errors
    /// As the trait says.
    async fn is_spent(
        &self,
        id: &JwtIssuerId,
        digest: &JwtIdDigest,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// SHA-256 of a `jti`, which has any length.
pub type JwtIdDigest = [u8; 32];

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

    /// Some of the subjects of the accounts of `organization` with exactly this issuer, at most `most`;
    /// for an administrator who asks what was expected.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn external_subjects(
        &self,
        organization: &OrganizationId,
        issuer: &str,
        most: u32,
    ) -> Result<Vec<(String, ServiceAccountId)>, StoreError>;
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
