//! When keys are replaced, and by which.

use std::time::Duration;

use crate::signing_keys::key_pair::SigningAlgorithm;

/// When keys are replaced, and by which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationPolicy {
    /// How long a key signs. Default: 30 days, well below what wears a P-256 key out, and short
    /// enough that rotation is routine.
    pub period: Duration,
    /// How long a new key is published before it signs, so that every node and every service that
    /// caches the JWK Set knows it by then. Default: 10 minutes, twice the longest time for which the
    /// set may be cached.
    pub publish_ahead: Duration,
    /// What new keys sign with. Default: ES256. After a change a new key is made at the next
    /// maintenance, and what the older ones signed stays valid. All nodes should have the same: each
    /// would replace the other's key as soon as it signs.
    pub algorithm: SigningAlgorithm,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(30 * 24 * 60 * 60),
            publish_ahead: Duration::from_secs(10 * 60),
            algorithm: SigningAlgorithm::default(),
        }
    }
}
