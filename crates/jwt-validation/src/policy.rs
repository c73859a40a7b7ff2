//! What a token must be to be accepted.

mod typ;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use crate::policy::typ::TypePolicy;

use crate::algorithm::AlgorithmSet;
use crate::error::ConfigError;

/// What a token must be to be accepted. Issuer and audience have no default, since a verifier that
/// forgets one of them takes tokens that were made for others (RFC 8725 §3.8, §3.9).
///
/// | setting | default | reason |
/// |---|---|---|
/// | algorithms | all of [`AlgorithmSet::asymmetric`] | the key decides which one; narrow it where the issuer's is known |
/// | types | [`TypePolicy::jwt`] | other kinds of tokens carry other promises |
/// | leeway, for each of `exp`, `nbf` and `iat` | 60 s | clocks that NTP keeps differ by far less |
/// | longest lifetime | none | issuers differ; set it where a stolen token would hurt |
/// | longest token | 16 KiB | no header field of a web server is larger |
/// | subject | required | nobody can be signed in without one |
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    pub(crate) issuer: Arc<str>,
    pub(crate) audience: Audience,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) types: TypePolicy,
    pub(crate) expiry_leeway: Duration,
    pub(crate) not_before_leeway: Duration,
    pub(crate) issued_at_leeway: Duration,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) max_length: usize,
    pub(crate) require_subject: bool,
}

impl TokenPolicy {
    /// The longest token by default, in octets.
    pub const DEFAULT_MAX_LENGTH: usize = 16 * 1024;

    /// The leeway of each date by default.
    const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

    /// The largest leeway, in seconds: five minutes, as Kerberos tolerates. More would only keep
    /// expired tokens alive.
    pub const MAX_LEEWAY: u64 = 300;

    /// Tokens of exactly this issuer for this audience. An empty issuer matches no token.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: Audience) -> Self {
        Self {
            issuer: issuer.into().into(),
            audience,
            algorithms: AlgorithmSet::asymmetric(),
            types: TypePolicy::jwt(),
            expiry_leeway: Self::DEFAULT_LEEWAY,
            not_before_leeway: Self::DEFAULT_LEEWAY,
            issued_at_leeway: Self::DEFAULT_LEEWAY,
            max_lifetime: None,
            max_length: Self::DEFAULT_MAX_LENGTH,
            require_subject: true,
        }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The algorithms that the issuer may sign with.
    #[must_use]
    pub const fn algorithms(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// The kinds of tokens that are taken, by the header's `typ`.
    #[must_use]
    pub fn types(mut self, types: TypePolicy) -> Self {
        self.types = types;
        self
    }

    /// How far the issuer's clock may be off, either way; whole seconds. Sets the leeway of all three
    /// dates.
    ///
    /// # Errors
    /// [`ConfigError::Duration`] above [`MAX_LEEWAY`](Self::MAX_LEEWAY).
    pub fn leeway(mut self, leeway: Duration) -> Result<Self, ConfigError> {
        let leeway = bounded("leeway", leeway)?;
        self.expiry_leeway = leeway;
        self.not_before_leeway = leeway;
        self.issued_at_leeway = leeway;
        Ok(self)
    }

    /// How long after its `exp` a token is still taken.
    ///
    /// # Errors
    /// As [`leeway`](Self::leeway).
    pub fn expiry_leeway(mut self, leeway: Duration) -> Result<Self, ConfigError> {
        self.expiry_leeway = bounded("expiry_leeway", leeway)?;
        Ok(self)
    }

    /// How long before its `nbf` a token is already taken.
    ///
    /// # Errors
    /// As [`leeway`](Self::leeway).
    pub fn not_before_leeway(mut self, leeway: Duration) -> Result<Self, ConfigError> {
        self.not_before_leeway = bounded("not_before_leeway", leeway)?;
        Ok(self)
    }

    /// How far ahead of the clock here a token's `iat` may be.
    ///
    /// # Errors
    /// As [`leeway`](Self::leeway).
    pub fn issued_at_leeway(mut self, leeway: Duration) -> Result<Self, ConfigError> {
        self.issued_at_leeway = bounded("issued_at_leeway", leeway)?;
        Ok(self)
    }

    /// The longest time from `iat` to `exp`; from now to `exp` where there is no `iat`.
    #[must_use]
    pub const fn max_lifetime(mut self, max_lifetime: Option<Duration>) -> Self {
        self.max_lifetime = max_lifetime;
        self
    }

    /// The longest token, in octets. The work for a token that is refused grows with it.
    #[must_use]
    pub const fn max_length(mut self, max_length: usize) -> Self {
        self.max_length = max_length;
        self
    }

    /// Whether a token without a subject is refused. An OpenID Connect logout token may have none.
    #[must_use]
    pub const fn require_subject(mut self, require_subject: bool) -> Self {
        self.require_subject = require_subject;
        self
    }
}

fn bounded(field: &'static str, leeway: Duration) -> Result<Duration, ConfigError> {
    if leeway > Duration::from_secs(TokenPolicy::MAX_LEEWAY) {
        return Err(ConfigError::Duration {
            field,
            found: leeway,
            min: 0,
            max: TokenPolicy::MAX_LEEWAY,
        });
    }
    Ok(leeway)
}

/// For whom a token must be.
#[derive(Clone, PartialEq, Eq)]
pub struct Audience(Option<Vec<String>>);

impl Audience {
    /// A token must name at least one of these in `aud`, byte for byte.
    ///
    /// # Errors
    /// [`ConfigError::NoAudience`] if the list, or one of its values, is empty.
    pub fn any_of<S: Into<String>>(
        audiences: impl IntoIterator<Item = S>,
    ) -> Result<Self, ConfigError> {
        let audiences: Vec<String> = audiences.into_iter().map(Into::into).collect();
        if audiences.is_empty() || audiences.iter().any(String::is_empty) {
            return Err(ConfigError::NoAudience);
        }
        Ok(Self(Some(audiences)))
    }

    /// `aud` is not looked at.
    ///
    /// # Security
    /// Every token that this issuer makes for any of its clients is accepted: whoever receives one of
    /// them can use it here (RFC 8725 §3.9). For single-tenant installations behind an issuer that has
    /// no other clients.
    #[must_use]
    pub const fn danger_unchecked() -> Self {
        Self(None)
    }

    /// What a token must name one of; nothing where the audience is not checked.
    #[must_use]
    pub fn expected(&self) -> Option<&[String]> {
        self.0.as_deref()
    }

    pub(crate) fn accepts<S: AsRef<str>>(&self, found: &[S]) -> bool {
        match &self.0 {
            Some(expected) => expected
                .iter()
                .any(|expected| found.iter().any(|found| found.as_ref() == expected)),
            None => true,
        }
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(expected) => f.debug_list().entries(expected).finish(),
            None => f.write_str("unchecked"),
        }
    }
}
