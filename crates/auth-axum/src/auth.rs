//! One value that holds everything that a host needs.

use std::fmt;
use std::sync::Arc;

use auth_core::{AuditSink, Clock, Directory, DirectoryAdmin, Principals, Random, Resolvers};
use axum::Router;
use jwt_federation::{
    AccessTokenStore, AccessTokens, Exchange, ExternalAccounts, JwtIssuerStore, JwtIssuers,
    SigningKeyStore, SigningKeys,
};
use service_accounts::{ApiKeyFormat, ApiKeyStore, ServiceAccountStore, ServiceAccounts};

use crate::access::Access;
use crate::builder::{AuthBuilder, Creation, Maintenance};
use crate::layer::AuthLayer;
use crate::{api, introspection, revocation, token, well_known};

/// Everything that the parts must remember, in one store. Implemented for whatever has all of it;
/// `auth_store` has such a store.
pub trait AuthStore:
    Directory
    + DirectoryAdmin
    + Principals
    + AuditSink
    + ServiceAccountStore
    + ApiKeyStore
    + JwtIssuerStore
    + ExternalAccounts
    + SigningKeyStore
    + AccessTokenStore
{
}

impl<S> AuthStore for S where
    S: Directory
        + DirectoryAdmin
        + Principals
        + AuditSink
        + ServiceAccountStore
        + ApiKeyStore
        + JwtIssuerStore
        + ExternalAccounts
        + SigningKeyStore
        + AccessTokenStore
{
}

/// Gatehouse in one value: cheap to clone, one per host.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) store: Arc<dyn AuthStore>,
    pub(crate) resolvers: Resolvers,
    pub(crate) access: Access,
    pub(crate) accounts: ServiceAccounts,
    pub(crate) issuers: Arc<JwtIssuers>,
    pub(crate) tokens: AccessTokens,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) format: ApiKeyFormat,
    pub(crate) creation: Creation,
    pub(crate) introspection: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) _maintenance: Maintenance,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("issuer", &self.0.tokens.issuer())
            .finish_non_exhaustive()
    }
}

impl Auth {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Begins to build one for the host whose public base URL is `base_url` (`https://host`, with no
    /// slash at the end). The URL is the issuer of access tokens; it is never taken from a request.
    pub fn builder(base_url: impl Into<String>, store: impl AuthStore + 'static) -> AuthBuilder {
        AuthBuilder::new(base_url.into(), Arc::new(store))
    }

    /// The layer that finds out who calls. It goes around the host's own routes.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        AuthLayer::new(self.clone())
    }

    /// The routes: `/oidc/…`, `/.well-known/…` and `/api/v1/…`. They bring their own layer.
    pub fn routes(&self) -> Router {
        let introspection = if self.introspects() {
            introspection::routes(self.clone())
        } else {
            Router::new()
        };
        Router::new()
            .merge(token::routes(self.clone()))
            .merge(revocation::routes(self.clone()))
            .merge(introspection)
            .merge(well_known::routes(self.clone()))
            .nest("/api/v1", api::routes(self.clone()).layer(self.layer()))
    }

    /// Decisions about teams and projects by name.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// Makes service accounts and API keys.
    #[must_use]
    pub fn accounts(&self) -> &ServiceAccounts {
        &self.0.accounts
    }

    /// Registers JWT issuers.
    #[must_use]
    pub fn issuers(&self) -> &JwtIssuers {
        &self.0.issuers
    }

    /// The access tokens that this host issues, for ending or describing one.
    #[must_use]
    pub fn access_tokens(&self) -> &AccessTokens {
        &self.0.tokens
    }

    /// The keys that sign access tokens, for rotating or withdrawing them by hand.
    #[must_use]
    pub fn signing_keys(&self) -> &SigningKeys {
        self.0.tokens.keys()
    }

    /// All methods of sign-in.
    #[must_use]
    pub fn resolvers(&self) -> &Resolvers {
        &self.0.resolvers
    }

    /// The people and places.
    #[must_use]
    pub fn directory(&self) -> &dyn Directory {
        self.0.store.as_ref()
    }

    pub(crate) fn store(&self) -> &dyn AuthStore {
        self.0.store.as_ref()
    }

    pub(crate) fn tokens(&self) -> &AccessTokens {
        &self.0.tokens
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    pub(crate) fn api_key_format(&self) -> &ApiKeyFormat {
        &self.0.format
    }

    pub(crate) fn introspects(&self) -> bool {
        self.0.introspection
    }

    pub(crate) fn creation(&self) -> Creation {
        self.0.creation
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }
}
