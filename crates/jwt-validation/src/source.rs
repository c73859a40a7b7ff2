//! Where an issuer's keys come from, and how they stay fresh.

mod config;
mod error;
mod fetch;
mod freshness;
mod remote;
mod verify;

#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use crate::source::config::SourceConfig;
pub use crate::source::error::SourceError;

use crate::key_set::{KeySet, SkippedKey};
use crate::outbound::GuardedClient;
use crate::source::fetch::{FromDiscovery, FromUrl};
use crate::source::remote::Remote;

/// The keys of one issuer.
///
/// - The set is fetched when it is first needed, and again when its lifetime is over: `max-age` of the
///   answer, within bounds. A busy source fetches ahead of time, and nobody waits.
/// - However many callers wait, one fetch is under way. It belongs to none of them: a caller that goes
///   away does not end it.
/// - A token with an unknown key id asks for another fetch, at most one per cooldown; the id is
///   remembered, so that the same token does not ask again soon. Known ids never wait for that.
/// - When a fetch fails, the last good set serves on up to a ceiling, and nobody waits.
/// - A new set takes the place of the old one as a whole: a withdrawn key is gone.
///
/// Clones share one cache. Each issuer has a source of its own, so that two issuers with the same key id
/// never meet.
#[derive(Clone, Debug)]
pub struct JwksSource(Origin);

#[derive(Clone, Debug)]
enum Origin {
    Fixed(Arc<KeySet>),
    Remote(Arc<Remote>),
}

impl JwksSource {
    /// Keys that the issuer's metadata points to (OpenID Connect Discovery 1.0 §4). The metadata must
    /// name exactly this issuer, byte for byte.
    #[must_use]
    pub fn discovery(
        issuer: impl Into<String>,
        client: Arc<GuardedClient>,
        config: SourceConfig,
    ) -> Self {
        let fetch = FromDiscovery {
            issuer: issuer.into(),
            client,
            backend: config.backend,
        };
        Self(Origin::Remote(Remote::new(Box::new(fetch), config)))
    }

    /// Keys at a given URL, for issuers without metadata.
    #[must_use]
    pub fn url(
        jwks_uri: impl Into<String>,
        client: Arc<GuardedClient>,
        config: SourceConfig,
    ) -> Self {
        let fetch = FromUrl {
            jwks_uri: jwks_uri.into(),
            client,
            backend: config.backend,
        };
        Self(Origin::Remote(Remote::new(Box::new(fetch), config)))
    }

    /// Keys that an operator pasted, for issuers that can't be reached. They never change.
    #[must_use]
    pub fn fixed(keys: KeySet) -> Self {
        Self(Origin::Fixed(Arc::new(keys)))
    }

    /// The present key set. With the `key_id` of a token, the set is fetched again where it does not have
    /// that key and a fetch is due; it may be missing all the same.
    ///
    /// Needs a tokio runtime. May be dropped at any time.
    ///
    /// # Errors
    /// [`SourceError`] if no good set was ever fetched, or the last one has passed the ceiling.
    pub async fn keys(&self, key_id: Option<&str>) -> Result<Arc<KeySet>, SourceError> {
        match &self.0 {
            Origin::Fixed(keys) => Ok(Arc::clone(keys)),
            Origin::Remote(remote) => remote.keys(key_id).await,
        }
    }

    /// Fetches the set now, cooldown or not, and waits for it; for an administrator who tests a
    /// connection. Joins a fetch that is under way.
    ///
    /// # Errors
    /// Why the fetch failed, even where an older set still serves.
    pub async fn refresh(&self) -> Result<Arc<KeySet>, SourceError> {
        match &self.0 {
            Origin::Fixed(keys) => Ok(Arc::clone(keys)),
            Origin::Remote(remote) => remote.refresh().await,
        }
    }

    /// What the source has at the moment.
    #[must_use]
    pub fn state(&self) -> SourceState {
        match &self.0 {
            Origin::Fixed(keys) => SourceState::of(keys, None, None),
            Origin::Remote(remote) => remote.state(),
        }
    }
}

/// What a source has at a moment, for a status page.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SourceState {
    /// The ids of the keys that can be used.
    pub key_ids: Vec<String>,
    /// The keys that can't be used, and why.
    pub skipped: Vec<SkippedKey>,
    /// How long ago the set was fetched; nothing for a fixed set, or before the first success.
    pub age: Option<Duration>,
    /// Why the last fetch failed, if it did.
    pub last_error: Option<SourceError>,
}

impl SourceState {
    fn of(keys: &KeySet, age: Option<Duration>, last_error: Option<SourceError>) -> Self {
        let ids = keys.keys().iter().filter_map(|key| key.key_id());
        Self {
            key_ids: ids.map(str::to_owned).collect(),
            skipped: keys.skipped().to_vec(),
            age,
            last_error,
        }
    }
}
