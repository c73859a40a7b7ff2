//! All keys of one moment.

use std::sync::Arc;
use std::time::Duration;

use auth_core::Timestamp;
use jwt_validation::KeySet;
use serde_json::{Value, json};

use crate::signing_keys::SigningKeyError;
use crate::signing_keys::key_pair::{Signer, SigningAlgorithm};
use crate::store::StoredSigningKey;

/// What a key is for at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningKeyState {
    /// It is published, so that all who cache the JWK Set know it by the time it signs.
    Published,
    /// It signs.
    Signing,
    /// It signs no more; tokens that it signed are still valid.
    Verifying,
}

impl SigningKeyState {
    /// A stable word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
        }
    }
}

/// A signing key as an administrator sees it. It holds nothing private.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningKey {
    /// Its `kid`.
    pub key_id: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs, or signed.
    pub signs_from: Timestamp,
    /// What it is for at this moment.
    pub state: SigningKeyState,
}

/// All keys of one moment, oldest first. Replaced as a whole.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) signers: Vec<Signer>,
    pub(super) verifiers: Arc<KeySet>,
    pub(super) published: Arc<str>,
}

impl Generation {
    pub(super) fn read(stored: &[StoredSigningKey]) -> Result<Self, SigningKeyError> {
        let signers = stored.iter().map(Signer::read);
        let signers = signers.collect::<Result<Vec<_>, _>>()?;
        let public: Vec<&Value> = signers.iter().map(|signer| &signer.public).collect();
        let published = json!({ "keys": public }).to_string();
        let backend = jwt_validation::default_backend();
        let verifiers = KeySet::parse(published.as_bytes(), backend).map_err(|_| {
            SigningKeyError::Unreadable {
                key_id: String::new(),
            }
        })?;
        Ok(Self {
            signers,
            verifiers: Arc::new(verifiers),
            published: published.into(),
        })
    }

    /// Whether these are the keys of these identifiers, in this order. A key never changes under its
    /// identifier.
    pub(super) fn is_of<'a>(&self, key_ids: impl Iterator<Item = &'a str>) -> bool {
        key_ids.eq(self.signers.iter().map(|signer| signer.key_id.as_str()))
    }

    pub(super) fn newest(&self) -> Option<&Signer> {
        self.signers.last()
    }

    /// The newest key whose moment has come, else the oldest: some key must sign.
    pub(super) fn present(&self, now: Timestamp) -> Option<&Signer> {
        let place = self.place_of_present(now);
        self.signers.get(place)
    }

    fn place_of_present(&self, now: Timestamp) -> usize {
        let has_come = |signer: &Signer| signer.signs_from <= now;
        self.signers.iter().rposition(has_come).unwrap_or(0)
    }

    pub(super) fn list(&self, now: Timestamp) -> Vec<SigningKey> {
        let present = self.place_of_present(now);
        let describe = |(place, signer): (usize, &Signer)| SigningKey {
            key_id: signer.key_id.clone(),
            algorithm: signer.algorithm,
            created_at: signer.created_at,
            signs_from: signer.signs_from,
            state: match place.cmp(&present) {
                std::cmp::Ordering::Less => SigningKeyState::Verifying,
                std::cmp::Ordering::Equal => SigningKeyState::Signing,
                std::cmp::Ordering::Greater => SigningKeyState::Published,
            },
        };
        self.signers.iter().enumerate().map(describe).collect()
    }

    /// The keys whose successor was made longer than `overlap` ago.
    pub(super) fn retired(&self, overlap: Duration, now: Timestamp) -> Vec<String> {
        let successors = self.signers.iter().skip(1);
        let pairs = self.signers.iter().zip(successors);
        pairs
            .filter(|(_, next)| now.since(next.created_at) >= overlap)
            .map(|(key, _)| key.key_id.clone())
            .collect()
    }
}
