//! RFC 7523: from another platform's JWT to an access token of ours.

mod explain;
mod judge;
mod limits;
mod near_miss;
mod subject;
mod target;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, AuditSink, ConfigError, Credential, CredentialKind, Directory, Error, ErrorKind,
    Identity, IdentityResolver, Method, OrganizationId, Outcome, Principals, Refusal, Request,
    Timestamp,
};
use jwt_validation::{TokenPolicy, UnverifiedToken};

pub use crate::exchange::explain::{Explained, explain_token};
pub use crate::exchange::limits::{ExchangeLimits, Share};
pub(crate) use crate::exchange::target::SHARED_AUDIENCE;

use crate::access_token::{AccessTokens, IssuedAccessToken};
use crate::exchange::judge::JwtId;
use crate::exchange::limits::Limiters;
use crate::issuer::{JwtIssuer, JwtIssuerId};
use crate::issuers::JwtIssuers;
use crate::store::ExternalAccounts;

/// The longest assertion, in octets.
const LONGEST_ASSERTION: usize = 16 * 1024;

/// More would only keep expired assertions alive.
const LONGEST_LEEWAY: Duration = Duration::from_secs(TokenPolicy::MAX_LEEWAY);

/// What assertions are accepted. An issuer's own [`TrustPolicy`](crate::TrustPolicy) narrows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertionPolicy {
    /// Whether `aud` goes unchecked. It has effect only while the instance has a single organization:
    /// with two, nothing else tells which one an assertion is meant for. Default: `false`.
    pub danger_skip_audience_validation: bool,
    /// The longest life, from `iat` to `exp`. Default: 24 hours, which no platform's job tokens
    /// exceed by default, and which bounds the use of one that leaked.
    pub max_lifetime: Duration,
    /// How far an issuer's clock may be off at most, whatever its policy says; at most 300 seconds, which
    /// is the default. A policy that says nothing has 60.
    pub max_leeway: Duration,
    /// How many exchanges are judged; see there.
    pub limits: ExchangeLimits,
}

impl Default for AssertionPolicy {
    fn default() -> Self {
        Self {
            danger_skip_audience_validation: false,
            max_lifetime: Duration::from_secs(24 * 60 * 60),
            max_leeway: LONGEST_LEEWAY,
            limits: ExchangeLimits::default(),
        }
    }
}

/// Trades assertions for access tokens (RFC 7523 §2.1).
///
/// The checks, in order:
///
/// 1. The caller's address has not used up its share, nor, once the signature is verified, the registration
///    ([`ExchangeLimits`]).
/// 2. The assertion is a compact JWS of at most 16 KiB, with at most 16 audiences.
/// 3. Some organization registered its issuer, compared octet for octet. No key is fetched before.
/// 4. Its audience tells which organization: exactly one may be named. An organization is named by its
///    name, where the instance has a single one also by `wandb`, and by the audiences of its policy
///    for this issuer.
/// 5. The registration is on and its time is not over, and the caller's address is in its networks.
/// 6. The signature, by the keys of that registration, and then the claims again, this time verified:
///    `iss`, `aud`, `exp`, `nbf`, `iat`, and the life from `iat` to `exp`, by its policy.
/// 7. The conditions of its policy.
/// 8. The subject: the organization's external service account with exactly this issuer and subject, or
///    the account of a rule that holds, or the member whose email address the policy finds. Where two
///    could match, none does.
/// 9. Where the policy says so, a `jti` that was never seen before.
///
/// What comes out is confined to that organization. Unless the policy says otherwise, an assertion may
/// be presented any number of times until it expires; clients do, at every refresh.
#[derive(Clone, Debug)]
pub struct Exchange {
    issuers: Arc<JwtIssuers>,
    tokens: AccessTokens,
    directory: Arc<dyn Directory>,
    principals: Arc<dyn Principals>,
    externals: Arc<dyn ExternalAccounts>,
    audit: Arc<dyn AuditSink>,
    policy: AssertionPolicy,
    limiters: Arc<Limiters>,
}

/// What an assertion proved.
struct Proven {
    identity: Identity,
    registration: JwtIssuer,
    /// Why it is who it is, in words.
    decided_by: String,
    /// The `jti` that may not be seen again.
    one_time: Option<JwtId>,
}

impl Exchange {
    /// The exchange of one instance.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] where the leeway is above five minutes.
    pub fn new(
        issuers: Arc<JwtIssuers>,
        tokens: AccessTokens,
        directory: Arc<dyn Directory>,
        principals: Arc<dyn Principals>,
        externals: Arc<dyn ExternalAccounts>,
        audit: Arc<dyn AuditSink>,
        policy: AssertionPolicy,
    ) -> Result<Self, ConfigError> {
        if policy.max_leeway > LONGEST_LEEWAY {
            return Err(ConfigError::Setting {
                field: "max_leeway of assertions",
                found: format!("{} s", policy.max_leeway.as_secs()),
                expected: "at most 300 s",
            });
        }
        Ok(Self {
            issuers,
            tokens,
            directory,
            principals,
            externals,
            audit,
            policy,
            limiters: Arc::new(Limiters::new(policy.limits)),
        })
    }

    /// Trades the assertion in `request` for an access token. Both outcomes are audited; a token whose
    /// audit event can't be stored is not issued, and spends no `jti`.
    ///
    /// # Errors
    /// [`Error::Refused`] where the assertion is not accepted: its message is for the caller and says
    /// what to do. [`Error::Upstream`] where the issuer's keys can't be had, [`Error::Store`] where the
    /// store does not answer.
    pub async fn exchange(&self, request: Request<'_>) -> Result<IssuedAccessToken, Error> {
        let (now, address) = (request.now, request.remote_address);
        let action = CredentialKind::Assertion.sign_in();
        let mut pointed_at = None;
        let issued = match self.prove(request, &mut pointed_at).await {
            Ok(proven) => self.issue(proven, action, now, address).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &issued {
            let outcome = Outcome::Refused { code: error.code() };
            let mut event = AuditEvent::new(now, action, outcome)
                .from_address(address)
                .saying(error.detail());
            // What the assertion claims to be for, so that its administrators find it.
            if let Some((organization, id)) = &pointed_at {
                event = event.within(organization).to("jwt-issuer", id);
            }
            self.audit.record_refusal(event);
        }
        issued
    }

    async fn issue(
        &self,
        proven: Proven,
        action: &'static str,
        now: Timestamp,
        address: Option<std::net::IpAddr>,
    ) -> Result<IssuedAccessToken, Error> {
        let Proven {
            identity,
            registration,
            decided_by,
            one_time,
        } = proven;
        let bearer = identity.principal().id();
        let issued = self.tokens.issue(&bearer, &registration).await;
        let issued = issued.map_err(|error| Error::Upstream {
            upstream: "the signing of access tokens",
            detail: error.to_string(),
        })?;
        let event = AuditEvent::new(now, action, Outcome::Granted)
            .by(&identity)
            .to("jwt-issuer", &registration.id)
            .from_address(address)
            .saying(decided_by);
        match one_time {
            None => self.audit.record(event).await?,
            // The `jti` and the event are kept together, so that neither counts without the other.
            Some(jwt_id) => {
                let store = self.issuers.store();
                jwt_id.spend(store, &registration.id, now, event).await?;
            }
        }
        Ok(issued)
    }

    /// Judges the assertion; `pointed_at` becomes the registration that it claims to be for.
    async fn prove(
        &self,
        mut request: Request<'_>,
        pointed_at: &mut Option<(OrganizationId, JwtIssuerId)>,
    ) -> Result<Proven, Error> {
        let Credential::Assertion(assertion) = request.credential else {
            return Err(malformed("not an assertion"));
        };
        if let Some(address) = request.remote_address {
            self.limiters.admit_address(address)?;
        }
        // Clients post the file as it is, final line break included.
        let assertion = assertion.expose().trim_ascii();
        let token = UnverifiedToken::parse(assertion, LONGEST_ASSERTION)
            .map_err(|error| malformed(error.to_string()))?;
        let issuer = token.issuer().ok_or_else(|| malformed("no issuer"))?;
        let target = self.target(issuer, &token, &mut request.recorder).await?;
        let registration = target.registration;
        *pointed_at = Some((registration.organization.clone(), registration.id.clone()));
        self.limiters
            .admit_unverified(&registration.id, request.remote_address)?;
        let trust = &registration.settings.policy;
        judge::standing(trust, request.now, &mut request.recorder)?;
        judge::address(&registration, request.remote_address, &mut request.recorder)?;
        let claims = self
            .verify(&registration, target.audience, assertion, &mut request)
            .await?;
        self.limiters.admit_registration(&registration.id)?;
        judge::conditions(&registration, &claims, &mut request.recorder)?;
        let (principal, decided_by) = self
            .subject(&registration, &claims, &mut request.recorder)
            .await?;
        let one_time = judge::jwt_id(trust, &claims, &mut request.recorder)?;
        let identity = Identity::new(principal, Method::Federation, request.now)
            .confined_to(registration.organization.clone());
        Ok(Proven {
            identity,
            registration,
            decided_by,
            one_time,
        })
    }
}

#[async_trait]
impl IdentityResolver for Exchange {
    fn kinds(&self) -> Vec<CredentialKind> {
        vec![CredentialKind::Assertion]
    }

    /// Judges an assertion without issuing anything. One that may be presented once is not spent, so
    /// that it must not be taken for a sign-in by itself.
    async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error> {
        let proven = self.prove(request, &mut None).await?;
        match proven.one_time {
            None => Ok(proven.identity),
            Some(_) => Err(refused(
                "assertion.one_time",
                "its issuer's assertions are taken once, at the exchange alone",
            )),
        }
    }
}

/// One text for an unknown issuer, a wrong audience, a bad signature, an unknown and a disabled
/// subject: the caller learns what to check, not what there is.
fn refused(code: &'static str, detail: impl Into<String>) -> Error {
    let message = "the assertion was not accepted; check that its issuer is registered for your \
                   organization, that its audience is the organization's name, and that its subject \
                   is a member's email address or an external service account; the server's \
                   audit log has the reason";
    Refusal::new(ErrorKind::Rejected, code, message)
        .with_detail(detail)
        .into()
}

fn malformed(detail: impl Into<String>) -> Error {
    let message = "the assertion is not a signed JWT; present the identity token as it was issued";
    Refusal::new(ErrorKind::Malformed, "assertion.malformed", message)
        .with_detail(detail)
        .into()
}

/// An attacker's text, cut and escaped for a log.
fn cut(text: &str) -> String {
    let short: String = text.chars().take(128).collect();
    format!("{short:?}")
}
