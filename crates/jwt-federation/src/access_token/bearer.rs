//! From a token to what it says, and whether that still holds.

use std::sync::Arc;

use auth_core::{
    Error, ErrorKind, OrganizationId, Principal, PrincipalId, Recorder, Refusal, StoreError,
    Timestamp,
};
use jwt_validation::{KeySet, UnixTime, VerifiedClaims};
use serde_json::Value;

use crate::access_token::{AccessTokens, ORGANIZATION, refusal};
use crate::issuer::JwtIssuerId;
use crate::recording::Checks;
use crate::revocation::{TokenInUse, TokenStanding};

/// What a genuine token says. Whether it still holds is another question.
pub(super) struct Bearer {
    pub(super) claims: Arc<VerifiedClaims>,
    pub(super) jwt_id: String,
    pub(super) key_id: String,
    pub(super) principal: PrincipalId,
    pub(super) organization: OrganizationId,
    pub(super) registration: JwtIssuerId,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl Bearer {
    fn read(claims: Arc<VerifiedClaims>) -> Option<Self> {
        let text = |name| claims.claim(name).and_then(Value::as_str);
        Some(Self {
            jwt_id: claims.jwt_id()?.to_owned(),
            key_id: claims.key_id()?.to_owned(),
            principal: claims.subject()?.parse().ok()?,
            organization: OrganizationId::new(text(ORGANIZATION)?),
            registration: JwtIssuerId::new(text("client_id")?),
            issued_at: Timestamp::from_secs(claims.issued_at()?.as_secs()),
            expires_at: Timestamp::from_secs(claims.expires_at().as_secs()),
            claims,
        })
    }
}

impl AccessTokens {
    /// Checks that the token is one of ours and has not expired.
    pub(super) async fn verify(
        &self,
        token: &str,
        now: Timestamp,
        recorder: &mut Recorder<'_>,
    ) -> Result<Bearer, Error> {
        use jwt_validation::Error as Fault;
        let tried = self.keys.verifiers();
        let mut verified = self.verify_once(token, &tried, now, recorder);
        if matches!(verified, Err(Fault::KeyUnknown { .. })) {
            // Another node may have made the key a moment ago.
            let refreshed = self.keys.refresh_for_unknown().await;
            refreshed.map_err(|error| Error::Upstream {
                upstream: "the store of signing keys",
                detail: error.to_string(),
            })?;
            // Whoever took them over: another request may have been faster than this one.
            let present = self.keys.verifiers();
            if !Arc::ptr_eq(&tried, &present) {
                verified = self.verify_once(token, &present, now, recorder);
            }
        }
        let claims = verified.map_err(|error| match error.kind() {
            jwt_validation::ErrorKind::Expired => {
                let message = "the access token has expired";
                Refusal::new(ErrorKind::Expired, "access_token.expired", message).into()
            }
            _ => refusal("access_token.invalid", format!("{}: {error}", error.code())),
        })?;
        // Signed by us, yet not as we write them: a token of another version of the host.
        Bearer::read(claims).ok_or_else(|| refusal("access_token.malformed", "claims are missing"))
    }

    /// Our own keys alone: no issuer that an organization registered is ever asked about these.
    fn verify_once(
        &self,
        token: &str,
        keys: &Arc<KeySet>,
        now: Timestamp,
        recorder: &mut Recorder<'_>,
    ) -> Result<Arc<VerifiedClaims>, jwt_validation::Error> {
        let now = UnixTime::from_secs(now.as_secs());
        if !recorder.is_on() {
            return self.verifier.verify(token, keys, now);
        }
        // Whoever asks why wants all checks, not that they were passed before.
        let mut checks = Checks(recorder.reborrow());
        let policy = self.verifier.policy();
        policy
            .verify_recorded(token, keys, now, &mut checks)
            .map(Arc::new)
    }

    /// What the store knows of a token, and of the key that signed it.
    pub(super) async fn standing(
        &self,
        bearer: &Bearer,
        now: Timestamp,
    ) -> Result<TokenStanding, StoreError> {
        let token = TokenInUse::new(
            &bearer.jwt_id,
            &bearer.key_id,
            &bearer.registration,
            &bearer.organization,
            now,
        );
        self.store.token_standing(&token).await
    }

    /// Checks that what a genuine token depends on still holds, and finds its bearer. Asks the store
    /// at each call: none of this is remembered.
    pub(super) async fn bearer(
        &self,
        bearer: &Bearer,
        now: Timestamp,
        recorder: &mut Recorder<'_>,
    ) -> Result<Principal, Error> {
        let standing = self.standing(bearer, now).await?;
        for (check, holds, expected, found) in [
            (
                "access_token.registration",
                standing.registration_stands,
                "a registered issuer",
                bearer.registration.as_str(),
            ),
            (
                "access_token.revocation",
                !standing.revoked,
                "a token that was not revoked",
                &*bearer.jwt_id,
            ),
            (
                "access_token.signing_key",
                standing.key_stands,
                "a key that was not withdrawn",
                &*bearer.key_id,
            ),
        ] {
            if !recorder.check(check, holds, || (expected.to_owned(), found.to_owned())) {
                let detail = format!("{check}: expected {expected}, found {found}");
                return Err(refusal("access_token.revoked", detail));
            }
        }
        let principal = self.principals.principal(&bearer.principal).await?;
        let principal = principal.filter(|p| belongs(p, &bearer.organization));
        let described = || ("an enabled member".to_owned(), bearer.principal.to_string());
        recorder.check("access_token.principal", principal.is_some(), described);
        principal.ok_or_else(|| {
            let detail = format!("{} is gone, disabled or no member", bearer.principal);
            refusal("access_token.revoked", detail)
        })
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
