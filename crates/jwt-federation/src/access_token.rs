//! The access tokens that a host issues, and the way back from one to an identity.

mod bearer;
mod introspect;
mod resolve;
mod revoke;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use auth_core::{
    Clock, ConfigError, Error, ErrorKind, PrincipalId, Principals, Random, Refusal, Secret,
    alphanumeric,
};
use jwt_validation::{AlgorithmSet, Audience, CachedVerifier, TokenPolicy, TypePolicy};
use serde_json::Map;

pub use crate::access_token::introspect::ActiveToken;

use crate::issuer::JwtIssuer;
use crate::revocation::AccessTokenStore;
use crate::signing_keys::{SigningAlgorithm, SigningKeyError, SigningKeys};

/// The claim that names the organization to which a token confines its bearer.
const ORGANIZATION: &str = "organization";

/// The longest lifetime that a host may set.
pub(crate) const LONGEST_LIFETIME: Duration = Duration::from_secs(86_400);

/// The clocks of the nodes that share a store may differ by this much.
const LEEWAY: Duration = Duration::from_secs(5);

/// How many verified tokens are remembered: some ten megabytes, and more jobs than call at once.
const REMEMBERED: usize = 4096;

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
/// used. So it dies with the account, the membership or the issuer registration behind it, with the
/// key that signed it, or when it is [revoked](Self::revoke). The signature of a token that comes
/// again is not checked again; what the store knows of it is asked at each request.
///
/// A token may outlive the assertion that it was traded for, and the longest lifetime that assertions
/// may have: it lives as long as the host says, and is looked up at each use, which an assertion
/// is not.
#[derive(Clone)]
pub struct AccessTokens {
    issuer: Arc<str>,
    lifetime: Duration,
    verifier: Arc<CachedVerifier>,
    keys: Arc<SigningKeys>,
    store: Arc<dyn AccessTokenStore>,
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
        store: Arc<dyn AccessTokenStore>,
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
            // Whatever is configured now: an older key may be of the other kind.
            .algorithms(AlgorithmSet::of(
                &SigningAlgorithm::ALL.map(SigningAlgorithm::algorithm),
            ))
            .types(TypePolicy::access_token())
            // Whoever holds a stolen key must not make what lives, or is remembered as revoked, for ever.
            .max_lifetime(Some(LONGEST_LIFETIME))
            .leeway(LEEWAY)
            .map_err(wrong_issuer)?;
        Ok(Self {
            issuer: issuer.into(),
            lifetime,
            verifier: Arc::new(CachedVerifier::new(policy, REMEMBERED)),
            keys,
            store,
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
    /// organization of that registration. Signed by a key that is the store's at this moment: what a
    /// withdrawn one signs would be refused.
    pub(crate) async fn issue(
        &self,
        principal: &PrincipalId,
        registration: &JwtIssuer,
    ) -> Result<IssuedAccessToken, SigningKeyError> {
        self.keys.refresh().await?;
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
}

fn refusal(code: &'static str, detail: impl Into<String>) -> Error {
    Refusal::new(ErrorKind::Rejected, code, "the access token is not valid")
        .with_detail(detail)
        .into()
}
