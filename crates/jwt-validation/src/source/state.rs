//! What a source has at a moment, for a status page and for metrics.

use std::time::Duration;

use crate::algorithm::{AlgorithmSet, KeyKind};
use crate::key_set::{Key, KeySet, SkippedKey};
use crate::source::error::SourceError;
use crate::time::UnixTime;

/// What a source serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Serving {
    /// A set within its lifetime, or a pasted one.
    Fresh,
    /// A set whose lifetime is over and whose ceiling is not. The next use asks for another one; until
    /// that comes, or fails, this one may serve.
    Stale,
    /// Nothing: no set was ever fetched, or the last one has passed the ceiling.
    #[default]
    Nothing,
}

/// A key of a set that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsableKey {
    /// Its id, as long and as odd as the issuer chose it; escape it before it is shown.
    pub key_id: Option<String>,
    /// Its kind.
    pub kind: KeyKind,
    /// What it may be used for.
    pub algorithms: AlgorithmSet,
}

/// What a source has done so far, to be exported as metrics. The numbers only grow, and stop at the
/// largest one.
///
/// Each fetch ends in one of `failures`, `not_modified`, `same_octets` and `replaced`, unless it is still
/// under way or the runtime ended it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceCounters {
    /// Fetches that began.
    pub fetches: u64,
    /// Fetches that failed.
    pub failures: u64,
    /// Fetches that the issuer answered with 304.
    pub not_modified: u64,
    /// Fetches that brought the octets that were known already.
    pub same_octets: u64,
    /// Fetches that brought another set.
    pub replaced: u64,
    /// Wishes for a fetch that were refused: the cooldown was not over, or the key id was remembered as
    /// unknown.
    pub refused: u64,
}

/// What a source has at a moment, for a status page. Ages are those of the monotonic clock.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SourceState {
    /// What it serves.
    pub serving: Serving,
    /// The keys that can be used, in the issuer's order.
    pub keys: Vec<UsableKey>,
    /// The keys that can't be used, and why.
    pub skipped: Vec<SkippedKey>,
    /// How long ago the last fetch succeeded, be it that it brought a set or the word that nothing had
    /// changed. Nothing for a pasted set, or before the first success.
    pub age: Option<Duration>,
    /// How long ago the set became what it is, as far as this process knows: at least so long the issuer
    /// has not changed it.
    pub unchanged_for: Option<Duration>,
    /// What is left of the set's lifetime; zero where it is over.
    pub lifetime_left: Option<Duration>,
    /// How much longer the set would serve if every fetch failed; zero where the ceiling is passed.
    pub serves_for: Option<Duration>,
    /// Since when an operator knows a pasted set to be good, if they said so.
    pub pasted_at: Option<UnixTime>,
    /// Why the last fetch failed, if it did.
    pub last_error: Option<SourceError>,
    /// How long ago that was.
    pub last_error_age: Option<Duration>,
    /// What the source has done so far.
    pub counters: SourceCounters,
}

impl SourceState {
    /// The ids of the keys that can be used.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.key_id.as_deref())
    }

    /// How old a pasted set is at the time `now`, where that is known. Nothing fetches it anew, so a host
    /// should warn from some age on: issuers change their keys once in some weeks or months.
    #[must_use]
    pub fn pasted_age(&self, now: UnixTime) -> Option<Duration> {
        self.pasted_at.map(|pasted_at| now.since(pasted_at))
    }

    pub(super) fn pasted(keys: &KeySet, pasted_at: Option<UnixTime>) -> Self {
        Self {
            serving: Serving::Fresh,
            pasted_at,
            ..Self::default()
        }
        .with_keys(keys)
    }

    pub(super) fn with_keys(mut self, keys: &KeySet) -> Self {
        self.keys = keys.keys().iter().map(UsableKey::of).collect();
        self.skipped = keys.skipped().to_vec();
        self
    }
}

impl UsableKey {
    fn of(key: &Key) -> Self {
        Self {
            key_id: key.key_id().map(str::to_owned),
            kind: key.kind(),
            algorithms: key.algorithms(),
        }
    }
}
