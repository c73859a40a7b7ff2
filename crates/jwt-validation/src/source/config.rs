//! How a source keeps its keys fresh.

use std::time::Duration;

use crate::backend::Backend;
use crate::source::bearer::BearerToken;

/// How a [`JwksSource`](crate::JwksSource) keeps its keys fresh.
///
/// | setting | default | reason |
/// |---|---|---|
/// | shortest lifetime of a set | 5 min | an issuer that says `no-store` is not asked for every token |
/// | lifetime where the answer names none | 1 h | issuers publish a new key hours before they use it |
/// | longest lifetime of a set | 24 h | a withdrawn key must not live on for a year |
/// | cooldown | 10 s | a flood of unknown key ids costs the issuer six fetches a minute |
/// | memory of an unknown key id | 20 s | a key that is published just after its first token works within 30 s |
/// | ceiling of a set that can't be renewed | 24 h | an outage of the issuer is not one of its tokens |
/// | bearer token | none | key sets are public but for a few, such as those of Kubernetes |
#[derive(Clone, Debug)]
pub struct SourceConfig {
    pub(crate) backend: &'static dyn Backend,
    pub(crate) shortest_lifetime: Duration,
    pub(crate) default_lifetime: Duration,
    pub(crate) longest_lifetime: Duration,
    pub(crate) cooldown: Duration,
    pub(crate) unknown_key_memory: Duration,
    pub(crate) ceiling: Duration,
    pub(crate) bearer_token: Option<BearerToken>,
}

#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
impl Default for SourceConfig {
    fn default() -> Self {
        Self::new(crate::backend::default_backend())
    }
}

impl SourceConfig {
    /// The defaults, with a backend of choice.
    #[must_use]
    pub const fn new(backend: &'static dyn Backend) -> Self {
        Self {
            backend,
            shortest_lifetime: Duration::from_secs(5 * 60),
            default_lifetime: Duration::from_secs(60 * 60),
            longest_lifetime: Duration::from_secs(24 * 60 * 60),
            cooldown: Duration::from_secs(10),
            unknown_key_memory: Duration::from_secs(20),
            ceiling: Duration::from_secs(24 * 60 * 60),
            bearer_token: None,
        }
    }

    /// Bounds on the lifetime of a set, whatever `Cache-Control` says. Where they cross, the shortest one
    /// gives way.
    #[must_use]
    pub const fn lifetimes(mut self, shortest: Duration, longest: Duration) -> Self {
        self.shortest_lifetime = shortest;
        self.longest_lifetime = longest;
        self
    }

    /// The time between two fetches for unknown key ids, and after a failed one.
    #[must_use]
    pub const fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// How long after its fetch a set serves while it can't be renewed.
    #[must_use]
    pub const fn ceiling(mut self, ceiling: Duration) -> Self {
        self.ceiling = ceiling;
        self
    }

    /// Shows `token` to the issuer when its metadata and keys are fetched (RFC 6750 §2.1).
    ///
    /// It goes to the origin (scheme, host and port) of the URL that the administrator typed and to no
    /// other: if the metadata name a `jwks_uri` of another origin, that fetch goes without. Where such an
    /// issuer wants the token there too, as an API server of Kubernetes may, type the `jwks_uri` instead
    /// ([`JwksSource::url`](crate::JwksSource::url)). It never travels over plain http but on loopback.
    #[must_use]
    pub fn bearer_token(mut self, token: BearerToken) -> Self {
        self.bearer_token = Some(token);
        self
    }

    /// The lifetime of a set whose answer says `asked`.
    pub(crate) fn lifetime(&self, asked: Option<Duration>) -> Duration {
        asked
            .unwrap_or(self.default_lifetime)
            .max(self.shortest_lifetime)
            .min(self.longest_lifetime)
    }
}
