//! The core trait, and the table of its implementations.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::audit::{AuditEvent, AuditSink, Outcome};
use crate::credential::{Credential, CredentialKind};
use crate::error::{ConfigError, Error};
use crate::explanation::Recorder;
use crate::identity::Identity;
use crate::time::Timestamp;

/// What a resolver is given.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// What the caller showed.
    pub credential: &'a Credential,
    /// The moment to judge it at.
    pub now: Timestamp,
    /// Where the caller is; `None` where the host does not know.
    pub remote_address: Option<IpAddr>,
    /// Where to write the checks.
    pub recorder: Recorder<'a>,
}

impl<'a> Request<'a> {
    /// A request to judge `credential` as of `now`.
    #[must_use]
    pub const fn new(credential: &'a Credential, now: Timestamp) -> Self {
        Self {
            credential,
            now,
            remote_address: None,
            recorder: Recorder::off(),
        }
    }

    /// Says where the caller is.
    #[must_use]
    pub const fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.remote_address = address;
        self
    }

    /// Records the checks.
    #[must_use]
    pub fn explained(mut self, recorder: Recorder<'a>) -> Self {
        self.recorder = recorder;
        self
    }
}

/// One way to turn a [`Credential`] into an [`Identity`]. Every method of sign-in, interactive or
/// not, ends in it.
#[async_trait]
pub trait IdentityResolver: Send + Sync + fmt::Debug {
    /// The kinds of credential that this resolver owns. Asked once, when it is registered.
    fn kinds(&self) -> Vec<CredentialKind>;

    /// Judges a credential of one of its kinds.
    ///
    /// # Errors
    /// [`Error::Refused`] where the credential was judged; the other variants where it could not be.
    async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error>;
}

/// The resolvers of a host, one owner for each kind of credential.
#[derive(Clone, Debug, Default)]
pub struct Resolvers {
    owners: BTreeMap<CredentialKind, Arc<dyn IdentityResolver>>,
    audit: Option<Arc<dyn AuditSink>>,
}

impl Resolvers {
    /// None yet, and nobody is told of refusals.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells `sink` of every refusal.
    #[must_use]
    pub fn with_audit(mut self, sink: Arc<dyn AuditSink>) -> Self {
        self.audit = Some(sink);
        self
    }

    /// Registers `resolver` for all its kinds.
    ///
    /// # Errors
    /// [`ConfigError::TwoOwners`] where a kind has an owner already; nothing is registered then.
    pub fn register(&mut self, resolver: Arc<dyn IdentityResolver>) -> Result<(), ConfigError> {
        let kinds = resolver.kinds();
        if let Some(kind) = kinds.iter().find(|kind| self.owners.contains_key(kind)) {
            return Err(ConfigError::TwoOwners { kind: *kind });
        }
        self.owners
            .extend(kinds.into_iter().map(|kind| (kind, Arc::clone(&resolver))));
        Ok(())
    }

    /// Asks the owner of the credential's kind. Its answer is final: after a refusal no other
    /// resolver sees the credential.
    ///
    /// # Errors
    /// The owner's, or [`Error::NoResolver`].
    pub async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error> {
        let kind = request.credential.kind();
        let owner = self.owners.get(&kind).ok_or(Error::NoResolver { kind })?;
        let (now, remote_address) = (request.now, request.remote_address);
        let resolved = owner.resolve(request).await;
        if let (Err(error @ Error::Refused(_)), Some(audit)) = (&resolved, &self.audit) {
            let outcome = Outcome::Refused { code: error.code() };
            let event = AuditEvent::new(now, kind.sign_in(), outcome);
            audit.record_refusal(event.from_address(remote_address).saying(error.detail()));
        }
        resolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Memberships;
    use crate::error::{ErrorKind, Refusal};
    use crate::identity::{Method, Principal};
    use crate::secret::Secret;
    use crate::{User, UserId};

    /// Takes its kinds, refuses or grants.
    #[derive(Debug)]
    struct Fixed(Vec<CredentialKind>, bool);

    #[async_trait]
    impl IdentityResolver for Fixed {
        fn kinds(&self) -> Vec<CredentialKind> {
            self.0.clone()
        }
        async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error> {
            if !self.1 {
                return Err(Refusal::new(ErrorKind::Rejected, "test.refused", "no").into());
            }
            let user = User {
                id: UserId::new("u"),
                username: "u".into(),
                display_name: String::new(),
                email: None,
                instance_admin: false,
                disabled: false,
            };
            let principal = Principal::User {
                user,
                memberships: Memberships::default(),
            };
            Ok(Identity::new(principal, Method::Other("test"), request.now))
        }
    }

    fn resolvers() -> Resolvers {
        let mut resolvers = Resolvers::new();
        let refusing = Fixed(vec![CredentialKind::ApiKey], false);
        let granting = Fixed(vec![CredentialKind::AccessToken], true);
        resolvers
            .register(Arc::new(refusing))
            .expect("its kind is free");
        resolvers
            .register(Arc::new(granting))
            .expect("its kind is free");
        resolvers
    }

    #[tokio::test]
    async fn a_kind_goes_to_its_owner_and_a_refusal_is_final() {
        let now = Timestamp::from_secs(0);
        let key = Credential::ApiKey(Secret::new("k"));
        let refused = resolvers().resolve(Request::new(&key, now)).await;
        assert_eq!(refused.map_err(|error| error.code()), Err("test.refused"));
        let token = Credential::AccessToken(Secret::new("t"));
        assert!(resolvers().resolve(Request::new(&token, now)).await.is_ok());
    }

    #[tokio::test]
    async fn a_kind_without_an_owner_is_refused() {
        let session = Credential::Session(Secret::new("s"));
        let found = resolvers()
            .resolve(Request::new(&session, Timestamp::from_secs(0)))
            .await;
        assert!(matches!(
            found,
            Err(Error::NoResolver {
                kind: CredentialKind::Session
            })
        ));
    }

    #[derive(Debug, Default)]
    struct Heard(std::sync::Mutex<Vec<AuditEvent>>);

    #[async_trait]
    impl AuditSink for Heard {
        async fn record(&self, _: AuditEvent) -> Result<(), crate::error::StoreError> {
            unreachable!("a refusal does not make the caller wait")
        }
        fn record_refusal(&self, event: AuditEvent) {
            self.0.lock().expect("no test panics with it").push(event);
        }
    }

    #[tokio::test]
    async fn a_refusal_is_audited() {
        let heard = Arc::new(Heard::default());
        let resolvers = resolvers().with_audit(Arc::clone(&heard) as Arc<dyn AuditSink>);
        let key = Credential::ApiKey(Secret::new("k"));
        let address = Some(IpAddr::from([192, 0, 2, 7]));
        let now = Timestamp::from_secs(7);
        resolvers
            .resolve(Request::new(&key, now).from_address(address))
            .await
            .expect_err("no");
        let heard = heard.0.lock().expect("no test panics with it");
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].action, "sign_in.api_key");
        assert_eq!(
            heard[0].outcome,
            Outcome::Refused {
                code: "test.refused"
            }
        );
        assert_eq!((heard[0].at, heard[0].remote_address), (now, address));
    }

    #[test]
    fn a_kind_has_one_owner() {
        let second = Fixed(vec![CredentialKind::Session, CredentialKind::ApiKey], true);
        let mut resolvers = resolvers();
        let kind = CredentialKind::ApiKey;
        assert_eq!(
            resolvers.register(Arc::new(second)),
            Err(ConfigError::TwoOwners { kind })
        );
        let half = Fixed(vec![CredentialKind::Session], true);
        assert_eq!(
            resolvers.register(Arc::new(half)),
            Ok(()),
            "nothing was registered before"
        );
    }
}
