//! The issuers that organizations registered, and where their keys come from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use auth_core::{
    AuditEvent, Clock, Identity, OrganizationId, Outcome, Random, RandomError, StoreError,
};
use jwt_validation::{GuardedClient, JwksSource, SourceConfig, SourceError};

use crate::store::{JwtIssuer, JwtIssuerId, JwtIssuerStore};

/// The most key sources that are kept ready; beyond it another one is let go, and made again when it is
/// needed.
const MOST_SOURCES: usize = 4096;

/// The longest issuer, in octets.
const LONGEST_ISSUER: usize = 1024;

/// Why an issuer was not registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The text can't be an issuer: empty, too long, or the host itself.
    #[error("the issuer is not usable: {reason}")]
    Unusable {
        /// Why, in words for the administrator.
        reason: &'static str,
    },
    /// The URL is refused, or what answers there is not this issuer. Its text is for the administrator
    /// and says what to do.
    #[error("{0}")]
    Refused(SourceError),
    /// The store said no, or nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// A registration that was just made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Registered {
    /// What is kept.
    pub issuer: JwtIssuer,
    /// Why its keys could not be fetched yet; sign-in works as soon as they can.
    pub unreachable: Option<SourceError>,
}

/// Registers issuers and holds a source of keys for each.
///
/// A source belongs to one registration. Two organizations that register one URL share nothing, so
/// that neither can disturb the other.
#[derive(Debug)]
pub struct JwtIssuers {
    store: Arc<dyn JwtIssuerStore>,
    client: Arc<GuardedClient>,
    config: SourceConfig,
    own_issuer: String,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sources: Mutex<HashMap<JwtIssuerId, Arc<JwksSource>>>,
}

impl JwtIssuers {
    /// Over `store`; `own_issuer` is the host's own, which nobody may register.
    pub fn new(
        store: Arc<dyn JwtIssuerStore>,
        client: Arc<GuardedClient>,
        config: SourceConfig,
        own_issuer: impl Into<String>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let own_issuer = own_issuer.into();
        let sources = Mutex::default();
        Self {
            store,
            client,
            config,
            own_issuer,
            clock,
            random,
            sources,
        }
    }

    /// Registers `issuer` for `organization`. Whether `by` may do so is decided before.
    ///
    /// The issuer's discovery document is fetched once. An address that the guard refuses and a
    /// document that names another issuer are refused; an issuer that does not answer is registered
    /// all the same, and the answer says so.
    ///
    /// # Errors
    /// [`RegistrationError`]; nothing is stored then.
    ///
    /// # Security
    /// Whoever controls the issuer can become any member of the organization by naming the member's
    /// email address as the subject.
    pub async fn register(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        issuer: &str,
    ) -> Result<Registered, RegistrationError> {
        if issuer.is_empty() || issuer.len() > LONGEST_ISSUER {
            return Err(RegistrationError::Unusable {
                reason: "an issuer has 1 to 1024 octets",
            });
        }
        if issuer == self.own_issuer {
            let reason = "this host's own access tokens are no assertions";
            return Err(RegistrationError::Unusable { reason });
        }
        let source = self.new_source(issuer);
        let unreachable = match source.keys(None).await {
            Ok(_) => None,
            Err(error) if error.kind() == jwt_validation::ErrorKind::Unavailable => Some(error),
            Err(error) => return Err(RegistrationError::Refused(error)),
        };
        let new = JwtIssuer {
            id: JwtIssuerId::random(self.random.as_ref())?,
            organization: organization.clone(),
            issuer: issuer.to_owned(),
            created_at: self.clock.now(),
            created_by: by.principal().id(),
        };
        let audit = AuditEvent::new(self.clock.now(), "jwt_issuer.create", Outcome::Granted)
            .by(by)
            .within(organization)
            .to("jwt-issuer", &new.id)
            .saying(format!("{issuer:?}"));
        self.store.create_issuer(&new, audit).await?;
        self.keep(&new.id, &source);
        Ok(Registered {
            issuer: new,
            unreachable,
        })
    }

    /// Removes a registration of `organization`. Its assertions, and the access tokens that were
    /// issued for them, are refused from the next request on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the organization has no such registration.
    pub async fn remove(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        id: &JwtIssuerId,
    ) -> Result<(), StoreError> {
        let audit = AuditEvent::new(self.clock.now(), "jwt_issuer.delete", Outcome::Granted)
            .by(by)
            .within(organization)
            .to("jwt-issuer", id);
        self.store.delete_issuer(organization, id, audit).await?;
        self.sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        Ok(())
    }

    /// The registrations of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn of(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError> {
        self.store.issuers(organization).await
    }

    pub(crate) async fn registrations(&self, issuer: &str) -> Result<Vec<JwtIssuer>, StoreError> {
        self.store.registrations(issuer).await
    }

    /// Where the keys of a registration come from.
    pub(crate) fn source(&self, registration: &JwtIssuer) -> Arc<JwksSource> {
        let known = {
            let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            sources.get(&registration.id).map(Arc::clone)
        };
        known.unwrap_or_else(|| {
            let source = self.new_source(&registration.issuer);
            self.keep(&registration.id, &source)
        })
    }

    fn new_source(&self, issuer: &str) -> Arc<JwksSource> {
        Arc::new(JwksSource::discovery(
            issuer,
            Arc::clone(&self.client),
            self.config.clone(),
        ))
    }

    /// Keeps `source` unless another one was faster, and gives the one that is kept.
    fn keep(&self, id: &JwtIssuerId, source: &Arc<JwksSource>) -> Arc<JwksSource> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MOST_SOURCES {
            let another = sources.keys().find(|known| *known != id).cloned();
            another.map(|another| sources.remove(&another));
        }
        Arc::clone(
            sources
                .entry(id.clone())
                .or_insert_with(|| Arc::clone(source)),
        )
    }
}
