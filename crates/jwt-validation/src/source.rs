//! Where an issuer's keys come from, and how they stay fresh.

mod bearer;
mod config;
mod error;
mod explain;
mod fetch;
mod freshness;
mod remote;
mod state;
mod verify;

#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
mod tests;

use std::sync::Arc;

pub use crate::source::bearer::BearerToken;
pub use crate::source::config::SourceConfig;
pub use crate::source::error::SourceError;
pub use crate::source::state::{Serving, SourceCounters, SourceState, UsableKey};

use crate::key_set::KeySet;
use crate::outbound::GuardedClient;
use crate::source::fetch::{FromDiscovery, FromUrl, Wire};
use crate::source::remote::Remote;
use crate::time::UnixTime;

/// The keys of one issuer.
///
/// - The set is fetched when it is first needed, and again when its lifetime is over: `max-age` of the
///   answer, within bounds. A busy source fetches ahead of time, and nobody waits.
/// - However many callers wait, one fetch is under way. It belongs to none of them: a caller that goes
///   away does not end it.
/// - A token with an unknown key id asks for another fetch, at most one per cooldown; the id is
///   remembered, so that the same token does not ask again soon. Known ids never wait for that, and a key
///   that is really new works within half a minute, however many others are made up.
/// - When a fetch fails, the last good set serves on up to a ceiling, and nobody waits. While one hangs, a
///   caller waits for three seconds at most before that set serves.
/// - A new set takes the place of the old one as a whole: a withdrawn key is gone.
/// - A fetch tells the issuer which set is known (`If-None-Match`, or else `If-Modified-Since`). If that
///   is still the one, by the issuer's word (304) or by its octets, the set renews its age and stays the
///   same [`Arc`], so that what is cached for it stays good. Once per longest lifetime, and when an
///   administrator asks, the issuer's word is not enough, and the set is fetched in full.
/// - A source made while its issuer is down is as good as any other: it says so until the issuer is back.
///
/// Clones share one cache. Each issuer has a source of its own, so that two issuers with the same key id
/// never meet. An issuer with a CA of its own, or inside a network that others must not reach, has a
/// [`GuardedClient`] of its own as well.
#[derive(Clone, Debug)]
pub struct JwksSource(Origin);

#[derive(Clone, Debug)]
enum Origin {
    Pasted {
        keys: Arc<KeySet>,
        at: Option<UnixTime>,
    },
    Remote(Arc<Remote>),
}

impl JwksSource {
    /// Keys that the issuer's metadata points to (OpenID Connect Discovery 1.0 §4). The metadata must
    /// name exactly this issuer, byte for byte. They are fetched anew with each set, so that the
    /// `jwks_uri` may move.
    #[must_use]
    pub fn discovery(
        issuer: impl Into<String>,
        client: Arc<GuardedClient>,
        config: SourceConfig,
    ) -> Self {
        let issuer = issuer.into();
        let wire = Wire::new(&issuer, client, &config);
        let fetch = FromDiscovery { issuer, wire };
        Self(Origin::Remote(Remote::new(Box::new(fetch), config)))
    }

    /// Keys at a given URL, for issuers without metadata.
    #[must_use]
    pub fn url(
        jwks_uri: impl Into<String>,
        client: Arc<GuardedClient>,
        config: SourceConfig,
    ) -> Self {
        let jwks_uri = jwks_uri.into();
        let wire = Wire::new(&jwks_uri, client, &config);
        let fetch = FromUrl { jwks_uri, wire };
        Self(Origin::Remote(Remote::new(Box::new(fetch), config)))
    }

    /// Keys that an operator pasted, for issuers that can't be reached. They never change.
    #[must_use]
    pub fn fixed(keys: KeySet) -> Self {
        let keys = Arc::new(keys);
        Self(Origin::Pasted { keys, at: None })
    }

    /// As [`fixed`](Self::fixed), with the time at which the set was pasted or last pushed, so that
    /// [`SourceState::pasted_age`] can tell how old it is.
    #[must_use]
    pub fn fixed_since(keys: KeySet, at: UnixTime) -> Self {
        let keys = Arc::new(keys);
        Self(Origin::Pasted { keys, at: Some(at) })
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
            Origin::Pasted { keys, .. } => Ok(Arc::clone(keys)),
            Origin::Remote(remote) => remote.keys(key_id).await,
        }
    }

    /// Fetches the set now and in full, cooldown or not, and waits for it; for an administrator who tests
    /// a connection. Waits first for a fetch that is under way, since it began earlier and need not be in
    /// full; those who ask meanwhile share the next one.
    ///
    /// # Errors
    /// Why the fetch failed, even where an older set still serves.
    pub async fn refresh(&self) -> Result<Arc<KeySet>, SourceError> {
        match &self.0 {
            Origin::Pasted { keys, .. } => Ok(Arc::clone(keys)),
            Origin::Remote(remote) => remote.refresh().await,
        }
    }

    /// What the source has at the moment.
    #[must_use]
    pub fn state(&self) -> SourceState {
        match &self.0 {
            Origin::Pasted { keys, at } => SourceState::pasted(keys, *at),
            Origin::Remote(remote) => remote.state(),
        }
    }
}
