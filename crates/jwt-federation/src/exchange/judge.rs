//! What an assertion must be, once it is known which registration it points at.

use std::net::IpAddr;
use std::time::Duration;

use auth_core::{AuditEvent, Error, ErrorKind, Recorder, Refusal, Request, StoreError, Timestamp};
use jwt_validation::{
    AlgorithmSet, Audience, ConfigError, TokenPolicy, TypePolicy, UnixTime, VerifiedClaims,
};
use sha2::{Digest, Sha256};

use crate::exchange::{AssertionPolicy, Exchange, LONGEST_ASSERTION, malformed, refused};
use crate::issuer::{JwtIssuer, JwtIssuerId};
use crate::recording::Checks;
use crate::store::{JwtIdDigest, JwtIssuerStore};
use crate::trust::TrustPolicy;

/// The off switch, and the end of the trust.
pub(super) fn standing(
    trust: &TrustPolicy,
    now: Timestamp,
    recorder: &mut Recorder<'_>,
) -> Result<(), Error> {
    let stands = trust.is_active(now);
    let described = || {
        let found = match trust.expires_at {
            _ if !trust.enabled => "it is turned off".to_owned(),
            Some(end) if !stands => format!("its time was over at {}", end.as_secs()),
            _ => "it is on".to_owned(),
        };
        ("a registration that is on".to_owned(), found)
    };
    if recorder.check("assertion.registration", stands, described) {
        Ok(())
    } else {
        let detail = "the issuer's registration is turned off, or its time is over";
        Err(refused("assertion.registration", detail))
    }
}

/// The networks from which the issuer's assertions may be presented.
pub(super) fn address(
    registration: &JwtIssuer,
    address: Option<IpAddr>,
    recorder: &mut Recorder<'_>,
) -> Result<(), Error> {
    let networks = &registration.settings.policy.networks;
    if networks.is_empty() {
        return Ok(());
    }
    let inside = registration.settings.policy.admits(address);
    let found = || match address {
        Some(address) => address.to_string(),
        None => "an unknown address".to_owned(),
    };
    let described = || (format!("an address in {networks:?}"), found());
    if recorder.check("assertion.address", inside, described) {
        Ok(())
    } else {
        let detail = format!("presented from {}", found());
        Err(refused("assertion.address", detail))
    }
}

/// The policy of a registration within the host's, for jwt-validation.
pub(super) fn token_policy(
    issuer: &str,
    trust: &TrustPolicy,
    audience: Audience,
    host: &AssertionPolicy,
) -> Result<TokenPolicy, ConfigError> {
    let algorithms = if trust.algorithms.is_empty() {
        AlgorithmSet::asymmetric()
    } else {
        AlgorithmSet::of(&trust.algorithms)
    };
    let types = if trust.types.is_empty() {
        TypePolicy::jwt()
    } else {
        TypePolicy::any_of(&trust.types)?
    };
    let leeway = |own| Duration::from_secs(own).min(host.max_leeway);
    let own_limit = trust.max_lifetime.map(Duration::from_secs);
    let max_lifetime = own_limit.map_or(host.max_lifetime, |own| own.min(host.max_lifetime));
    TokenPolicy::new(issuer, audience)
        .algorithms(algorithms)
        .types(types)
        .max_lifetime(Some(max_lifetime))
        .max_length(LONGEST_ASSERTION)
        .expiry_leeway(leeway(trust.leeway.expiry))?
        .not_before_leeway(leeway(trust.leeway.not_before))?
        .issued_at_leeway(leeway(trust.leeway.issued_at))
}

impl Exchange {
    /// The signature and the registered claims.
    pub(super) async fn verify(
        &self,
        registration: &JwtIssuer,
        audience: Audience,
        assertion: &str,
        request: &mut Request<'_>,
    ) -> Result<VerifiedClaims, Error> {
        let trust = &registration.settings.policy;
        let policy = token_policy(&registration.issuer, trust, audience, &self.policy)
            .map_err(|error| refused("assertion.policy", error.to_string()))?;
        let now = UnixTime::from_secs(request.now.as_secs());
        let source = self.issuers.source(registration);
        let source = source.map_err(|error| Error::Upstream {
            upstream: "the issuer of the assertion",
            detail: error.to_string(),
        })?;
        let verified = if request.recorder.is_on() {
            let mut checks = Checks(request.recorder.reborrow());
            source
                .verify_recorded(&policy, assertion, now, &mut checks)
                .await
        } else {
            source.verify(&policy, assertion, now).await
        };
        verified.map_err(|error| unjudged(&error))
    }
}

/// What the caller is told of a token that jwt-validation does not accept.
pub(super) fn unjudged(error: &jwt_validation::Error) -> Error {
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
}

/// What must hold for everybody of the issuer.
pub(super) fn conditions(
    registration: &JwtIssuer,
    claims: &VerifiedClaims,
    recorder: &mut Recorder<'_>,
) -> Result<(), Error> {
    let policy = &registration.settings.policy;
    if policy.conditions.is_empty() || policy.check(claims.claims(), recorder) {
        Ok(())
    } else {
        let detail = "a condition of the issuer's policy does not hold";
        Err(refused("assertion.condition", detail))
    }
}

/// A `jti` that may be presented once, and until when it must be remembered.
pub(super) struct JwtId {
    digest: JwtIdDigest,
    until: Timestamp,
}

/// The `jti`, where the policy takes each one once.
pub(super) fn jwt_id(
    trust: &TrustPolicy,
    claims: &VerifiedClaims,
    recorder: &mut Recorder<'_>,
) -> Result<Option<JwtId>, Error> {
    if !trust.one_time {
        return Ok(None);
    }
    let found = claims.jwt_id().filter(|jwt_id| !jwt_id.is_empty());
    let described = || {
        let found = if found.is_some() { "one" } else { "none" };
        ("a jti".to_owned(), found.to_owned())
    };
    recorder.check("assertion.jti", found.is_some(), described);
    let missing = || {
        refused(
            "assertion.jti",
            "the policy takes each jti once, and there is none",
        )
    };
    let digest = Sha256::digest(found.ok_or_else(missing)?.as_bytes()).into();
    // Longer than any leeway lets the assertion live.
    let memory = Duration::from_secs(TokenPolicy::MAX_LEEWAY.saturating_add(1));
    let until = Timestamp::from_secs(claims.expires_at().as_secs()).plus(memory);
    Ok(Some(JwtId { digest, until }))
}

impl JwtId {
    /// Spends it, and keeps the event that tells of the sign-in.
    pub(super) async fn spend(
        &self,
        store: &dyn JwtIssuerStore,
        id: &JwtIssuerId,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<(), Error> {
        let spent = store
            .spend_jwt_id(id, &self.digest, self.until, now, event)
            .await;
        spent.map_err(|error| match error {
            StoreError::Conflict { .. } => {
                refused("assertion.replay", "its jti was presented before")
            }
            StoreError::Forbidden { rule } => refused("assertion.replay_memory", rule),
            StoreError::NotFound { what } => {
                refused("assertion.registration", format!("there is no such {what}"))
            }
            error => error.into(),
        })
    }

    /// Whether it was presented before.
    pub(super) async fn is_spent(
        &self,
        store: &dyn JwtIssuerStore,
        id: &JwtIssuerId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        store.is_spent(id, &self.digest, now).await
    }
}
