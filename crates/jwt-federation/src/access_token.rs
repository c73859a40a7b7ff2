//! The access tokens that a host issues, and the way back from one to an identity.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    Clock, ConfigError, Credential, CredentialKind, Error, ErrorKind, Identity, IdentityResolver,
    Method, OrganizationId, Principal, PrincipalId, Principals, Random, Refusal, Request, Secret,
    Timestamp, alphanumeric,
};
use jwt_validation::{Algorithm, AlgorithmSet, Audience, TokenPolicy, TypePolicy, UnixTime};
use serde_json::{Map, Value};

use crate::issuer::{JwtIssuer, JwtIssuerId};
use crate::recording::Checks;
use crate::signing_keys::{SigningKeyError, SigningKeys};
use crate::store::JwtIssuerStore;

/// The claim that names the organization to which a token confines its bearer.
const ORGANIZATION: &str = "organization";

/// The clocks of the nodes that share a store may differ by this much.
const LEEWAY: Duration = Duration::from_secs(5);

/// An access token that was just issued.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedAccessToken {
    /// The token, for its bearer.
    pub access_token: Secret,
    /// How long it lives, from now, in whole seconds.
    pub expires_in: Duration,
}

/// Issues access tokens (RFC 9068) and takes them back.
///
/// A token says who the bearer is, never what the bearer may do: rights are looked up when it is
/// used. So it dies with the account, the membership or the issuer registration behind it.
#[derive(Clone)]
pub struct AccessTokens {
    issuer: Arc<str>,
    lifetime: Duration,
    policy: Arc<TokenPolicy>,
    keys: Arc<SigningKeys>,
    issuers: Arc<dyn JwtIssuerStore>,
    principals: Arc<dyn Principals>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens")
            .field("issuer", &self.issuer)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// One hour: clients refresh five minutes before the end, so that a short life costs an exchange
    /// for every request, and a long one is a long time to hold a stolen token.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);

    /// Tokens of `issuer` (the host's public base URL, which is their audience too).
    ///
    /// # Errors
    /// [`ConfigError::Setting`] where the issuer is empty, or the lifetime is not 1 minute to 1 day.
    pub fn new(
        issuer: &str,
        lifetime: Duration,
        keys: Arc<SigningKeys>,
        issuers: Arc<dyn JwtIssuerStore>,
        principals: Arc<dyn Principals>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, ConfigError> {
        if !(60..=86_400).contains(&lifetime.as_secs()) {
            return Err(ConfigError::Setting {
                field: "access token lifetime",
                found: format!("{} s", lifetime.as_secs()),
                expected: "60 s to 86,400 s",
            });
        }
        let wrong_issuer = |_| ConfigError::Setting {
            field: "public base URL",
            found: issuer.to_owned(),
            expected: "a URL",
        };
        let audience = Audience::any_of([issuer]).map_err(wrong_issuer)?;
        let policy = TokenPolicy::new(issuer, audience)
            .algorithms(AlgorithmSet::of(&[Algorithm::Es256]))
            .types(TypePolicy::access_token())
            .leeway(LEEWAY)
            .map_err(wrong_issuer)?;
        Ok(Self {
            issuer: issuer.into(),
            lifetime,
            policy: Arc::new(policy),
            keys,
            issuers,
            principals,
            clock,
            random,
        })
    }

    /// The issuer of the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The keys that sign them.
    #[must_use]
    pub const fn keys(&self) -> &Arc<SigningKeys> {
        &self.keys
    }

    /// Issues a token to `principal`, who was vouched for by `registration`, confined to the
    /// organization of that registration.
    pub(crate) fn issue(
        &self,
        principal: &PrincipalId,
        registration: &JwtIssuer,
    ) -> Result<IssuedAccessToken, SigningKeyError> {
        let now = self.clock.now();
        let jwt_id = alphanumeric(self.random.as_ref(), 24).map_err(auth_core::StoreError::from)?;
        let mut claims = Map::new();
        // RFC 9068 §2.2 asks for these seven.
        claims.insert("iss".into(), self.issuer.as_ref().into());
        claims.insert("sub".into(), principal.to_string().into());
        claims.insert("aud".into(), self.issuer.as_ref().into());
        // Nobody authenticated as a client; what asked for the token is known by who vouched for it.
        claims.insert("client_id".into(), registration.id.as_str().into());
        claims.insert("iat".into(), now.as_secs().into());
        claims.insert("exp".into(), now.plus(self.lifetime).as_secs().into());
        claims.insert("jti".into(), jwt_id.into());
        claims.insert(
            ORGANIZATION.into(),
            registration.organization.as_str().into(),
        );
        let access_token = self.keys.sign(&claims)?;
        Ok(IssuedAccessToken {
            access_token,
            expires_in: self.lifetime,
        })
    }

    /// Checks that what the token says of its bearer still holds.
    async fn bearer(&self, request: &mut Request<'_>, claims: Bearer) -> Result<Identity, Error> {
        let registration = self.issuers.issuer(&claims.registration).await?;
        let now = request.now;
        let stands = registration
            .is_some_and(|r| r.organization == claims.organization && r.is_trusted_at(now));
        let described = || {
            (
                "a registered issuer".to_owned(),
                claims.registration.to_string(),
            )
        };
        if !request
            .recorder
            .check("access_token.registration", stands, described)
        {
            return Err(refusal(
                "access_token.revoked",
                "the issuer is no longer registered",
            ));
        }
        let principal = self.principals.principal(&claims.principal).await?;
        let principal = principal.filter(|p| belongs(p, &claims.organization));
        let described = || ("an enabled member".to_owned(), claims.principal.to_string());
        request
            .recorder
            .check("access_token.principal", principal.is_some(), described);
        let Some(principal) = principal else {
            let detail = format!("{} is gone, disabled or no member", claims.principal);
            return Err(refusal("access_token.revoked", detail));
        };
        Ok(
            Identity::new(principal, Method::Federation, claims.issued_at)
                .confined_to(claims.organization)
                .expiring_at(claims.expires_at),
        )
    }
}

/// Whether `principal` belongs to `organization` at this moment.
fn belongs(principal: &Principal, organization: &OrganizationId) -> bool {
    match principal {
        Principal::User { memberships, .. } => {
            memberships.organization_role(organization).is_some()
        }
        Principal::ServiceAccount { scope, .. } => scope.organization() == organization,
        _ => false,
    }
}

/// What a verified token says.
struct Bearer {
    principal: PrincipalId,
    organization: OrganizationId,
    registration: JwtIssuerId,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

#[async_trait]
impl IdentityResolver for AccessTokens {
    fn kinds(&self) -> Vec<CredentialKind> {
        vec![CredentialKind::AccessToken]
    }

    async fn resolve(&self, mut request: Request<'_>) -> Result<Identity, Error> {
        let Credential::AccessToken(token) = request.credential else {
            return Err(refusal("access_token.malformed", "not an access token"));
        };
        let now = UnixTime::from_secs(request.now.as_secs());
        let keys = self.keys.verifiers();
        // Our own keys alone: no issuer that an organization registered is ever asked about these.
        let verified = if request.recorder.is_on() {
            let mut checks = Checks(request.recorder.reborrow());
            self.policy
                .verify_recorded(token.expose(), &keys, now, &mut checks)
        } else {
            self.policy.verify(token.expose(), &keys, now)
        };
        let claims = verified.map_err(|error| match error.kind() {
            jwt_validation::ErrorKind::Expired => {
                let message = "the access token has expired";
                Refusal::new(ErrorKind::Expired, "access_token.expired", message).into()
            }
            _ => refusal("access_token.invalid", format!("{}: {error}", error.code())),
        })?;
        let text = |name| claims.claim(name).and_then(Value::as_str);
        let bearer = (|| {
            Some(Bearer {
                principal: claims.subject()?.parse().ok()?,
                organization: OrganizationId::new(text(ORGANIZATION)?),
                registration: JwtIssuerId::new(text("client_id")?),
                issued_at: Timestamp::from_secs(claims.issued_at()?.as_secs()),
                expires_at: Timestamp::from_secs(claims.expires_at().as_secs()),
            })
        })();
        // Signed by us, yet not as we write them: a token of another version of the host.
        let bearer =
            bearer.ok_or_else(|| refusal("access_token.malformed", "claims are missing"))?;
        self.bearer(&mut request, bearer).await
    }
}

fn refusal(code: &'static str, detail: impl Into<String>) -> Error {
    Refusal::new(ErrorKind::Rejected, code, "the access token is not valid")
        .with_detail(detail)
        .into()
}
