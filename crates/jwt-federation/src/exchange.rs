//! RFC 7523: from another platform's JWT to an access token of ours.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, AuditSink, ConfigError, Credential, CredentialKind, Directory, Error, ErrorKind,
    Identity, IdentityResolver, Key, Method, Outcome, Principal, PrincipalId, Principals, Recorder,
    Refusal, Request, Timestamp, User,
};
use jwt_validation::{Audience, TokenPolicy, UnixTime, UnverifiedToken, VerifiedClaims};

use crate::access_token::{AccessTokens, IssuedAccessToken};
use crate::issuers::JwtIssuers;
use crate::recording::Checks;
use crate::store::{ExternalAccounts, JwtIssuer};

/// The audience that instances with a single organization take beside its name.
const SHARED_AUDIENCE: &str = "wandb";

/// The longest assertion, in octets.
const LONGEST_ASSERTION: usize = 16 * 1024;

/// More would only keep expired assertions alive.
const LONGEST_LEEWAY: Duration = Duration::from_secs(TokenPolicy::MAX_LEEWAY);

/// What assertions are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertionPolicy {
    /// Whether `aud` goes unchecked. It has effect only while the instance has a single organization:
    /// with two, nothing else tells which one an assertion is meant for. Default: `false`.
    pub danger_skip_audience_validation: bool,
    /// The longest life, from `iat` to `exp`. Default: 24 hours, which no platform's job tokens
    /// exceed by default, and which bounds the use of one that leaked.
    pub max_lifetime: Duration,
    /// How far the issuer's clock may be off. Default: 60 seconds.
    pub leeway: Duration,
}

impl Default for AssertionPolicy {
    fn default() -> Self {
        Self {
            danger_skip_audience_validation: false,
            max_lifetime: Duration::from_secs(24 * 60 * 60),
            leeway: Duration::from_secs(60),
        }
    }
}

/// Trades assertions for access tokens (RFC 7523 §2.1).
///
/// The checks, in order:
///
/// 1. The assertion is a compact JWS of at most 16 KiB.
/// 2. Some organization registered its issuer, compared octet for octet. No key is fetched before.
/// 3. Its audience tells which organization, if several registered the issuer: exactly one organization
///    may be named. An organization is named by its name; where the instance has a single one, also
///    by `wandb`.
/// 4. The signature, by the keys of that registration, and then the claims again, this time verified:
///    `iss`, `aud`, `exp`, `nbf`, `iat`, and the life from `iat` to `exp`.
/// 5. The subject: the organization's external service account with exactly this issuer and subject, or
///    its member whose email address is `sub`. Where two could match, none does.
///
/// What comes out is confined to that organization. An assertion may be presented any number of times
/// until it expires; clients do, at every refresh.
#[derive(Clone, Debug)]
pub struct Exchange {
    issuers: Arc<JwtIssuers>,
    tokens: AccessTokens,
    directory: Arc<dyn Directory>,
    principals: Arc<dyn Principals>,
    externals: Arc<dyn ExternalAccounts>,
    audit: Arc<dyn AuditSink>,
    policy: AssertionPolicy,
}

/// What an assertion proved.
struct Proven {
    identity: Identity,
    registration: JwtIssuer,
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
        if policy.leeway > LONGEST_LEEWAY {
            return Err(ConfigError::Setting {
                field: "leeway of assertions",
                found: format!("{} s", policy.leeway.as_secs()),
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
        })
    }

    /// Trades the assertion in `request` for an access token. Both outcomes are audited; a token whose
    /// audit event can't be stored is not issued.
    ///
    /// # Errors
    /// [`Error::Refused`] where the assertion is not accepted: its message is for the caller and says
    /// what to do. [`Error::Upstream`] where the issuer's keys can't be had, [`Error::Store`] where the
    /// store does not answer.
    pub async fn exchange(&self, request: Request<'_>) -> Result<IssuedAccessToken, Error> {
        let (now, address) = (request.now, request.remote_address);
        let action = CredentialKind::Assertion.sign_in();
        match self.prove(request).await {
            Ok(Proven {
                identity,
                registration,
            }) => {
                let bearer = identity.principal().id();
                let issued = self.tokens.issue(&bearer, &registration).await;
                let issued = issued.map_err(|error| Error::Upstream {
                    upstream: "the signing of access tokens",
                    detail: error.to_string(),
                })?;
                let event = AuditEvent::new(now, action, Outcome::Granted)
                    .by(&identity)
                    .to("jwt-issuer", &registration.id)
                    .from_address(address);
                self.audit.record(event).await?;
                Ok(issued)
            }
            Err(error) => {
                let outcome = Outcome::Refused { code: error.code() };
                let event = AuditEvent::new(now, action, outcome)
                    .from_address(address)
                    .saying(error.detail());
                self.audit.record_refusal(event);
                Err(error)
            }
        }
    }

    async fn prove(&self, mut request: Request<'_>) -> Result<Proven, Error> {
        let Credential::Assertion(assertion) = request.credential else {
            return Err(malformed("not an assertion"));
        };
        // Clients post the file as it is, final line break included.
        let assertion = assertion.expose().trim_ascii();
        let token = UnverifiedToken::parse(assertion, LONGEST_ASSERTION)
            .map_err(|error| malformed(error.to_string()))?;
        let issuer = token.issuer().ok_or_else(|| malformed("no issuer"))?;
        let (registration, audience) = self
            .registration(issuer, &token, &mut request.recorder)
            .await?;

        let claims = self
            .verify(
                &registration,
                audience,
                assertion,
                request.now,
                &mut request,
            )
            .await?;
        let principal = self
            .subject(&registration, &claims, &mut request.recorder)
            .await?;
        let identity = Identity::new(principal, Method::Federation, request.now)
            .confined_to(registration.organization.clone());
        Ok(Proven {
            identity,
            registration,
        })
    }

    /// Finds the registration that the unverified assertion points at, and the audience that it must
    /// prove to be meant for.
    async fn registration(
        &self,
        issuer: &str,
        token: &UnverifiedToken,
        recorder: &mut Recorder<'_>,
    ) -> Result<(JwtIssuer, Audience), Error> {
        let registrations = self.issuers.registrations(issuer).await?;
        let described = || ("a registered issuer".to_owned(), cut(issuer));
        if !recorder.check("assertion.issuer", !registrations.is_empty(), described) {
            return Err(refused(
                "assertion.issuer",
                format!("{} is not registered", cut(issuer)),
            ));
        }
        let sole = self.directory.sole_organization().await?;
        let mut meant = Vec::new();
        for registration in registrations {
            if sole.is_some() && self.policy.danger_skip_audience_validation {
                meant.push((registration, Audience::danger_unchecked()));
                continue;
            }
            let key = Key::Id(&registration.organization);
            let Some(organization) = self.directory.organization(key).await? else {
                continue;
            };
            let mut names = vec![organization.name];
            if sole.is_some() {
                names.push(SHARED_AUDIENCE.to_owned());
            }
            if names.iter().any(|name| token.has_audience(name)) {
                // The list is never empty, so that this can't fail; if it did, nobody is meant.
                let Ok(audience) = Audience::any_of(names) else {
                    continue;
                };
                meant.push((registration, audience));
            }
        }
        let one = <[_; 1]>::try_from(meant);
        let found = match &one {
            Ok(_) => "one organization",
            Err(several) if several.is_empty() => "no organization that registered the issuer",
            Err(_) => "several organizations",
        };
        let described = || ("one organization".to_owned(), found.to_owned());
        recorder.check("assertion.audience", one.is_ok(), described);
        let [meant] =
            one.map_err(|_| refused("assertion.audience", format!("the audience names {found}")))?;
        Ok(meant)
    }

    async fn verify(
        &self,
        registration: &JwtIssuer,
        audience: Audience,
        assertion: &str,
        now: Timestamp,
        request: &mut Request<'_>,
    ) -> Result<VerifiedClaims, Error> {
        let misconfigured = |_| {
            refused(
                "assertion.policy",
                "the configured leeway or lifetime is out of range",
            )
        };
        let policy = TokenPolicy::new(registration.issuer.as_str(), audience)
            .max_lifetime(Some(self.policy.max_lifetime))
            .max_length(LONGEST_ASSERTION)
            .leeway(self.policy.leeway)
            .map_err(misconfigured)?;
        let now = UnixTime::from_secs(now.as_secs());
        let source = self.issuers.source(registration);
        let verified = if request.recorder.is_on() {
            let mut checks = Checks(request.recorder.reborrow());
            source
                .verify_recorded(&policy, assertion, now, &mut checks)
                .await
        } else {
            source.verify(&policy, assertion, now).await
        };
        verified.map_err(|error| {
            use jwt_validation::ErrorKind as Kind;
            let detail = format!("{}: {error}", error.code());
            match error.kind() {
                Kind::Expired => Refusal::new(
                    ErrorKind::Expired,
                    "assertion.expired",
                    "the assertion has expired; present a fresh identity token",
                )
                .with_detail(detail)
                .into(),
                Kind::Malformed => malformed(detail),
                Kind::Unavailable => Error::Upstream {
                    upstream: "the issuer of the assertion",
                    detail,
                },
                _ => refused("assertion.invalid", detail),
            }
        })
    }

    /// Finds whom a verified subject is in the registration's organization.
    async fn subject(
        &self,
        registration: &JwtIssuer,
        claims: &VerifiedClaims,
        recorder: &mut Recorder<'_>,
    ) -> Result<Principal, Error> {
        let organization = &registration.organization;
        let subject = claims
            .subject()
            .ok_or_else(|| refused("assertion.subject", "no subject"))?;
        let external = self
            .externals
            .external_account(organization, &registration.issuer, subject)
            .await?;
        let members = self
            .directory
            .members_by_email(organization, subject)
            .await?;

        let candidates = external.map(PrincipalId::ServiceAccount).into_iter().chain(
            members
                .into_iter()
                .map(|User { id, .. }| PrincipalId::User(id)),
        );
        let one = <[PrincipalId; 1]>::try_from(candidates.collect::<Vec<_>>());
        let described = || {
            let found = match &one {
                Ok([id]) => format!("{} is {id}", cut(subject)),
                Err(several) => format!("{} matches {}", cut(subject), several.len()),
            };
            ("one service account or one member".to_owned(), found)
        };
        recorder.check("assertion.subject", one.is_ok(), described);
        let [id] = one.map_err(|several| {
            let detail = format!("{} matches {} identities", cut(subject), several.len());
            let code = if several.is_empty() {
                "assertion.subject"
            } else {
                "assertion.ambiguous_subject"
            };
            refused(code, detail)
        })?;

        let principal = self.principals.principal(&id).await?;
        let described = || ("an enabled principal".to_owned(), id.to_string());
        recorder.check("assertion.principal", principal.is_some(), described);
        principal.ok_or_else(|| refused("assertion.principal", format!("{id} is gone or disabled")))
    }
}

#[async_trait]
impl IdentityResolver for Exchange {
    fn kinds(&self) -> Vec<CredentialKind> {
        vec![CredentialKind::Assertion]
    }

    async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error> {
        self.prove(request).await.map(|proven| proven.identity)
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
