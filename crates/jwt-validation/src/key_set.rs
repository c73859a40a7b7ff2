//! A JWK Set (RFC 7517 §5), made ready to verify with.

mod reader;

#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
mod tests;

use std::collections::HashMap;
use std::fmt;

use crate::algorithm::{Algorithm, AlgorithmSet, KeyKind};
use crate::backend::{Backend, SignatureVerifier};
use crate::error::{Error, Excerpt, Fault};
use crate::jwk::{Jwk, PublicKey, SkipReason, read_jwk};

/// The usable keys of an issuer, each prepared once for each algorithm that it serves. Immutable: when
/// the issuer publishes other keys, another set takes its place as a whole, so that a withdrawn key is
/// gone.
///
/// A key without `alg` serves every algorithm that fits its type; the policy's allow-list still
/// applies. Several keys may share an id as long as no algorithm is served by two of them; a later key
/// that breaks this is skipped. So an id and an algorithm never mean two keys.
///
/// ```
/// use jwt_validation::{KeySet, SkipReason, default_backend};
///
/// let published = br#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "2026-01", "use": "sig",
///      "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}
/// ]}"#;
/// let keys = KeySet::parse(published, default_backend())?;
/// assert_eq!(keys.keys().len(), 1);
/// assert_eq!(keys.skipped()[0].reason, SkipReason::Symmetric);
/// # Ok::<(), jwt_validation::KeySetError>(())
/// ```
pub struct KeySet {
    keys: Vec<Key>,
    by_id: HashMap<String, Vec<Served>>,
    skipped: Vec<SkippedKey>,
}

/// Where the verifier for one algorithm of one key id is.
#[derive(Clone, Copy, Debug)]
struct Served {
    algorithm: Algorithm,
    key: usize,
    verifier: usize,
}

/// A key that can be used.
#[derive(Debug)]
pub struct Key {
    key_id: Option<String>,
    kind: KeyKind,
    algorithms: AlgorithmSet,
    verifiers: Vec<Box<dyn SignatureVerifier>>,
}

impl Key {
    /// Its id; without one, it serves only tokens that name no key.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// What it may be used for.
    #[must_use]
    pub const fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    fn verifier(&self, algorithm: Algorithm) -> Option<&dyn SignatureVerifier> {
        self.verifiers
            .iter()
            .find(|verifier| verifier.algorithm() == algorithm)
            .map(AsRef::as_ref)
    }
}

/// A published key that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its id, where it has one that can be read.
    pub key_id: Option<String>,
    /// Why.
    pub reason: SkipReason,
}

/// Why a document is no key set. A single bad key is never a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// It is longer than [`KeySet::MAX_OCTETS`].
    #[error("the key set is larger than {} octets", KeySet::MAX_OCTETS)]
    TooLarge,
    /// It has more entries than [`KeySet::MAX_KEYS`].
    #[error("the key set has more than {} keys", KeySet::MAX_KEYS)]
    TooManyKeys,
    /// It is not a JSON object with an array `keys`.
    #[error("the key set is malformed: {0}")]
    Malformed(Fault),
}

impl KeySet {
    /// The longest document, in octets. The largest key sets in use have some tens of kilobytes.
    pub const MAX_OCTETS: usize = 1024 * 1024;

    /// The largest number of entries. Each costs memory and, once, the preparation of its algorithms.
    pub const MAX_KEYS: usize = 256;

    /// Reads a JWK Set and prepares its keys with `backend`.
    ///
    /// # Errors
    /// [`KeySetError`] if the document as a whole can't be used. What is wrong with a single key stands
    /// in [`skipped`](Self::skipped).
    pub fn parse(json: &[u8], backend: &dyn Backend) -> Result<Self, KeySetError> {
        let mut set = Self {
            keys: Vec::new(),
            by_id: HashMap::new(),
            skipped: Vec::new(),
        };
        for entry in reader::entries(json)? {
            let Jwk { key_id, key } = read_jwk(entry.as_bytes());
            let added = key.and_then(|(key, algorithms)| {
                set.add(key_id.as_deref(), &key, algorithms, backend)
            });
            if let Err(reason) = added {
                set.skipped.push(SkippedKey { key_id, reason });
            }
        }
        Ok(set)
    }

    /// The keys that can be used, in the issuer's order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that can't be used, and why.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether the issuer publishes a key of this id, usable or not. If it does, fetching the set again
    /// would not help.
    #[must_use]
    pub fn publishes(&self, key_id: &str) -> bool {
        self.by_id.contains_key(key_id) || self.skip_reason(key_id).is_some()
    }

    fn skip_reason(&self, key_id: &str) -> Option<&SkipReason> {
        self.skipped
            .iter()
            .find(|skipped| skipped.key_id.as_deref() == Some(key_id))
            .map(|skipped| &skipped.reason)
    }

    fn add(
        &mut self,
        key_id: Option<&str>,
        key: &PublicKey,
        algorithms: AlgorithmSet,
        backend: &dyn Backend,
    ) -> Result<(), SkipReason> {
        let served_by_others = key_id.and_then(|key_id| self.by_id.get(key_id));
        if served_by_others
            .into_iter()
            .flatten()
            .any(|served| algorithms.contains(served.algorithm))
        {
            return Err(SkipReason::DuplicateKeyId);
        }
        let verifiers = algorithms
            .iter()
            .map(|algorithm| backend.verifier(key, algorithm))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| SkipReason::Invalid)?;
        if let Some(key_id) = key_id {
            let place = self.keys.len();
            let served = verifiers
                .iter()
                .enumerate()
                .map(|(index, verifier)| Served {
                    algorithm: verifier.algorithm(),
                    key: place,
                    verifier: index,
                });
            self.by_id
                .entry(key_id.to_owned())
                .or_default()
                .extend(served);
        }
        self.keys.push(Key {
            key_id: key_id.map(str::to_owned),
            kind: key.kind(),
            algorithms,
            verifiers,
        });
        Ok(())
    }

    /// The one verifier for a token's `kid` and `alg`.
    ///
    /// A token that names a key is verified with that key or not at all. One that names none is verified
    /// if a single key of the set serves its algorithm (OpenID Connect Core §10.1 demands a `kid` in all
    /// other cases); keys are never tried in turn.
    pub(crate) fn verifier(
        &self,
        key_id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&dyn SignatureVerifier, Error> {
        let Some(key_id) = key_id else {
            return self.only_verifier(algorithm);
        };
        let Some(served) = self.by_id.get(key_id) else {
            let reason = self.skip_reason(key_id).cloned();
            let key_id = Excerpt::new(key_id);
            return Err(match reason {
                Some(reason) => Error::KeyUnusable { key_id, reason },
                None => Error::KeyUnknown { key_id },
            });
        };
        served
            .iter()
            .find(|served| served.algorithm == algorithm)
            .and_then(|served| self.keys.get(served.key)?.verifiers.get(served.verifier))
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::KeyAlgorithm {
                key_id: Excerpt::new(key_id),
                algorithm,
            })
    }

    fn only_verifier(&self, algorithm: Algorithm) -> Result<&dyn SignatureVerifier, Error> {
        let mut candidates = self.keys.iter().filter_map(|key| key.verifier(algorithm));
        match (candidates.next(), candidates.count()) {
            (Some(verifier), 0) => Ok(verifier),
            (first, others) => Err(Error::KeyAmbiguous {
                candidates: others.saturating_add(usize::from(first.is_some())),
            }),
        }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("keys", &self.keys)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}
