//! The key pairs that sign access tokens: made at first start, kept in the store, rotated with overlap,
//! withdrawn when one has leaked.

mod change;
mod error;
mod generation;
mod key_pair;
mod policy;
mod unknown;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use auth_core::{AuditEvent, Clock, Outcome, Random, Secret};
use josekit::jws::JwsHeader;
use jwt_validation::KeySet;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

pub use crate::signing_keys::error::SigningKeyError;
pub use crate::signing_keys::generation::{SigningKey, SigningKeyState};
pub use crate::signing_keys::key_pair::SigningAlgorithm;
pub use crate::signing_keys::policy::RotationPolicy;

use crate::signing_keys::generation::Generation;
use crate::signing_keys::unknown::Budget;
use crate::store::SigningKeyStore;

/// The signing keys, as this node knows them.
///
/// The store decides which there are. This node reads it again at each [`maintain`](Self::maintain),
/// before it signs a token, and when it meets a token whose key it does not know.
pub struct SigningKeys {
    store: Arc<dyn SigningKeyStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    policy: RotationPolicy,
    /// How long a key must verify after it has ceased to sign.
    token_lifetime: Duration,
    generation: ArcSwap<Generation>,
    /// Held from a read of the store until it counts here, so that no older read overtakes a newer.
    reading: Mutex<()>,
    /// When it was last looked whether the keys are still the same.
    compared_at: AtomicI64,
    unknown: Budget,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys")
            .field("policy", &self.policy)
            .field("signers", &self.generation.load().signers)
            .finish_non_exhaustive()
    }
}

impl SigningKeys {
    /// Loads the keys of `store`; makes the first one where there is none.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub async fn load(
        store: Arc<dyn SigningKeyStore>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        policy: RotationPolicy,
        token_lifetime: Duration,
    ) -> Result<Self, SigningKeyError> {
        let keys = Self {
            store,
            clock,
            random,
            policy,
            token_lifetime,
            generation: ArcSwap::from_pointee(Generation::read(&[])?),
            reading: Mutex::new(()),
            compared_at: AtomicI64::new(i64::MIN),
            unknown: Budget::default(),
        };
        keys.maintain().await?;
        Ok(keys)
    }

    /// Reads the store again, makes a new key where one is due, and removes those that no valid token
    /// names any more. To be called every minute. Where nothing has changed, [`verifiers`](Self::verifiers)
    /// stays the very same set.
    ///
    /// # Errors
    /// [`SigningKeyError`]; the keys stay as they were.
    pub async fn maintain(&self) -> Result<(), SigningKeyError> {
        // What other nodes made is taken over first: it must be known here even while this node can't
        // write.
        let mut present = self.read().await?;
        let now = self.clock.now();
        if self.is_due(&present, now) {
            let audit = AuditEvent::new(now, "signing_key.create", Outcome::Granted);
            self.add(&present, audit).await?;
            present = self.read().await?;
        }
        let overlap = self
            .policy
            .publish_ahead
            .saturating_add(self.token_lifetime);
        // Twice: a node whose clock or reload lags may have signed a little longer.
        let retired = present.retired(overlap.saturating_mul(2), now);
        for key_id in &retired {
            let audit = AuditEvent::new(now, "signing_key.remove", Outcome::Granted);
            self.store
                .remove_signing_key(key_id, audit.to("signing-key", key_id))
                .await?;
        }
        if !retired.is_empty() {
            self.read().await?;
        }
        Ok(())
    }

    /// All keys, oldest first, as the store has them now.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub async fn list(&self) -> Result<Vec<SigningKey>, SigningKeyError> {
        self.refresh().await?;
        Ok(self.generation.load().list(self.clock.now()))
    }

    /// The JWK Set (RFC 7517 §5) to publish.
    #[must_use]
    pub fn published(&self) -> Arc<str> {
        Arc::clone(&self.generation.load().published)
    }

    /// The JWK Set to publish, compared with the store if that was not done within this second. If the
    /// store does not answer, it is the one that was last known.
    pub async fn published_now(&self) -> Arc<str> {
        let now = self.clock.now().as_secs();
        let is_stale = self.compared_at.swap(now, Ordering::Relaxed) != now;
        if is_stale && let Err(error) = self.refresh().await {
            tracing::warn!(%error, "the published keys could not be compared with the store's");
        }
        self.published()
    }

    /// The keys to verify with: the same `Arc` until there are other keys.
    #[must_use]
    pub fn verifiers(&self) -> Arc<KeySet> {
        Arc::clone(&self.generation.load().verifiers)
    }

    /// Signs a claims set with the present key, as an access token (`typ: at+jwt`, RFC 9068 §2.1).
    ///
    /// # Errors
    /// [`SigningKeyError::Cryptography`].
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<Secret, SigningKeyError> {
        let failed = SigningKeyError::Cryptography {
            during: "signing an access token",
        };
        let generation = self.generation.load();
        let Some(present) = generation.present(self.clock.now()) else {
            return Err(failed);
        };
        let mut header = JwsHeader::new();
        header.set_token_type("at+jwt");
        header.set_key_id(&present.key_id);
        let Ok(payload) = serde_json::to_vec(claims) else {
            return Err(failed);
        };
        josekit::jws::serialize_compact(&payload, &header, present.signer.as_ref())
            .map(Secret::new)
            .map_err(|_| failed)
    }

    /// Takes over what another node has changed, and says whether there was anything. Costs one read
    /// of identifiers where there was not.
    pub(crate) async fn refresh(&self) -> Result<bool, SigningKeyError> {
        let key_ids = self.store.signing_key_ids().await?;
        let known = self.generation.load_full();
        if known.is_of(key_ids.iter().map(String::as_str)) {
            return Ok(false);
        }
        let present = self.read().await?;
        Ok(!Arc::ptr_eq(&known, &present))
    }

    /// As [`refresh`](Self::refresh), for a token whose key is not known here. Strangers can send any
    /// number of those, so that only so many a second are looked into.
    pub(crate) async fn refresh_for_unknown(&self) -> Result<bool, SigningKeyError> {
        if self.unknown.take(self.clock.now()) {
            self.refresh().await
        } else {
            Ok(false)
        }
    }

    /// Makes the store's keys this node's, and gives them.
    async fn read(&self) -> Result<Arc<Generation>, SigningKeyError> {
        let _reading = self.reading.lock().await;
        let stored = self.store.signing_keys().await?;
        let present = self.generation.load_full();
        if present.is_of(stored.iter().map(|key| key.key_id.as_str())) {
            return Ok(present);
        }
        let present = Arc::new(Generation::read(&stored)?);
        self.generation.store(Arc::clone(&present));
        Ok(present)
    }
}
