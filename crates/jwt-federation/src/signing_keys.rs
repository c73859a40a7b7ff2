//! The key pairs that sign access tokens: made at first start, kept in the store, rotated with overlap,
//! withdrawn when one has leaked.

mod generation;
mod key_pair;
mod unknown;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use auth_core::{
    AuditEvent, Clock, Identity, Outcome, Random, Secret, StoreError, Timestamp, alphanumeric,
};
use josekit::jws::JwsHeader;
use jwt_validation::KeySet;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

pub use crate::signing_keys::generation::{SigningKey, SigningKeyState};
pub use crate::signing_keys::key_pair::SigningAlgorithm;

use crate::signing_keys::generation::Generation;
use crate::signing_keys::unknown::Budget;
use crate::store::{SigningKeyStore, StoredSigningKey};

/// The most keys at a time. Rotation on a schedule needs three; the rest is for those who rotate by
/// hand.
const MOST_KEYS: usize = 16;

/// How often a change by another node may get in the way of a withdrawal.
const ATTEMPTS: usize = 4;

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

/// A signing key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The store failed, or did not do as it was told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key can't be read. The message names the key, never its content.
    #[error("the stored signing key {key_id:?} can't be read")]
    Unreadable {
        /// Which key.
        key_id: String,
    },
    /// OpenSSL failed to make a key or a signature.
    #[error("OpenSSL failed {during}")]
    Cryptography {
        /// The operation.
        during: &'static str,
    },
}

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

    /// Makes a new key now. It signs as soon as it has been published for long enough; the present
    /// one signs until then, and verifies until its last token has expired. The audit log names `by`,
    /// where it is an administrator who asks for it.
    ///
    /// For a key that may have leaked, see [`withdraw`](Self::withdraw).
    ///
    /// # Errors
    /// [`SigningKeyError`]; [`StoreError::Forbidden`] where there are 16 keys already.
    pub async fn rotate(&self, by: Option<&Identity>) -> Result<(), SigningKeyError> {
        let present = self.read().await?;
        if present.signers.len() >= MOST_KEYS {
            let rule =
                "there are as many signing keys as may be; wait until the oldest is not needed";
            return Err(StoreError::Forbidden { rule }.into());
        }
        self.add(&present, self.event("signing_key.create", by))
            .await?;
        self.maintain().await
    }

    /// Withdraws a key at once, because it may have leaked: it is published no more, and on no node
    /// that shares the store does a token count that it signed. If it is the one that signs, a new one
    /// takes its place at once.
    ///
    /// Bearers of its tokens must get new ones. A service elsewhere that caches the JWK Set takes the
    /// old tokens, and refuses the new ones, for as long as it caches: five minutes, if it
    /// honours `Cache-Control`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such key; [`SigningKeyError`].
    pub async fn withdraw(&self, key_id: &str, by: &Identity) -> Result<(), SigningKeyError> {
        let mut attempt = 1;
        loop {
            match self.try_to_withdraw(key_id, by).await {
                // Another node has made a key; what is to be done must be decided again.
                Err(SigningKeyError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt = attempt.saturating_add(1);
                }
                done => return done,
            }
        }
    }

    async fn try_to_withdraw(&self, key_id: &str, by: &Identity) -> Result<(), SigningKeyError> {
        let present = self.read().await?;
        let now = self.clock.now();
        let newest = present.newest().map_or("", |newest| newest.key_id.as_str());
        let signs = present
            .present(now)
            .is_some_and(|signing| signing.key_id == key_id);
        let replacement = if signs { Some(self.make(now)?) } else { None };
        let event = self.event("signing_key.withdraw", Some(by));
        let event = event.to("signing-key", key_id);
        let event = match &replacement {
            Some(new) => event.saying(format!("replaced by {}", new.key_id)),
            None => event,
        };
        self.store
            .withdraw_signing_key(key_id, replacement.as_ref(), newest, event)
            .await?;
        self.read().await?;
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

    fn is_due(&self, present: &Generation, now: Timestamp) -> bool {
        let Some(newest) = present.newest() else {
            return true;
        };
        if present.signers.len() >= MOST_KEYS {
            return false;
        }
        // A key of another algorithm is left in peace until it signs: it may be another node's, of
        // another version of the settings.
        let is_of_another = newest.algorithm != self.policy.algorithm && newest.signs_from <= now;
        now.since(newest.created_at) >= self.policy.period || is_of_another
    }

    /// Adds a key behind the `present` ones. The very first one signs at once.
    async fn add(&self, present: &Generation, audit: AuditEvent) -> Result<(), SigningKeyError> {
        let newest = present.newest().map(|newest| newest.key_id.as_str());
        let now = self.clock.now();
        let signs_from = match newest {
            Some(_) => now.plus(self.policy.publish_ahead),
            None => now,
        };
        let new = self.make(signs_from)?;
        let audit = audit.to("signing-key", &new.key_id);
        match self.store.add_signing_key(&new, newest, audit).await {
            // Another node was faster; its key is as good.
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn make(&self, signs_from: Timestamp) -> Result<StoredSigningKey, SigningKeyError> {
        let key_id = alphanumeric(self.random.as_ref(), 16).map_err(StoreError::from)?;
        Ok(StoredSigningKey {
            private_jwk: self.policy.algorithm.make(&key_id)?,
            key_id,
            created_at: self.clock.now(),
            signs_from,
        })
    }

    fn event(&self, action: &'static str, by: Option<&Identity>) -> AuditEvent {
        let event = AuditEvent::new(self.clock.now(), action, Outcome::Granted);
        match by {
            Some(identity) => event.by(identity),
            None => event,
        }
    }
}
