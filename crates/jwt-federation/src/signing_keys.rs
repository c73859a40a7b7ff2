//! The key pairs that sign access tokens: made at first start, kept in the store, rotated with overlap.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use auth_core::{AuditEvent, Clock, Outcome, Random, Secret, StoreError, Timestamp, alphanumeric};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jws::{ES256, JwsHeader, JwsSigner};
use jwt_validation::KeySet;
use serde_json::{Map, Value, json};

use crate::store::{SigningKeyStore, StoredSigningKey};

/// When keys are replaced.
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
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(30 * 24 * 60 * 60),
            publish_ahead: Duration::from_secs(10 * 60),
        }
    }
}

/// A signing key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The store failed.
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

/// All keys of one moment. Replaced as a whole.
struct Generation {
    signers: Vec<Signer>,
    public: Arc<KeySet>,
    published: Arc<str>,
}

struct Signer {
    key_id: String,
    created_at: Timestamp,
    signer: Box<dyn JwsSigner>,
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key_ids = self.signers.iter().map(|signer| &signer.key_id);
        f.debug_list().entries(key_ids).finish()
    }
}

/// The signing keys, as this node knows them.
#[derive(Debug)]
pub struct SigningKeys {
    store: Arc<dyn SigningKeyStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    policy: RotationPolicy,
    /// How long a key must verify after it has ceased to sign.
    token_lifetime: Duration,
    generation: ArcSwap<Generation>,
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
        let empty = Arc::new(generation(&[])?);
        let generation = ArcSwap::new(empty);
        let keys = Self {
            store,
            clock,
            random,
            policy,
            token_lifetime,
            generation,
        };
        keys.maintain().await?;
        Ok(keys)
    }

    /// Reads the store again, makes a new key where one is due, and removes those that no valid token
    /// names any more. To be called every minute: a key that another node made must be known here
    /// before it signs.
    ///
    /// # Errors
    /// [`SigningKeyError`]; the keys stay as they were.
    pub async fn maintain(&self) -> Result<(), SigningKeyError> {
        // What other nodes made is taken over first: it must be known here even while this node can't
        // write.
        let mut stored = self.take_over().await?;
        let now = self.clock.now();
        let is_due = match stored.last() {
            None => true,
            Some(newest) => now.since(newest.created_at) >= self.policy.period,
        };
        if is_due {
            self.add_after(stored.last().map(|key| key.key_id.as_str()))
                .await?;
            stored = self.take_over().await?;
        }
        for key_id in self.retired(&stored, now) {
            let audit = AuditEvent::new(now, "signing_key.remove", Outcome::Granted);
            self.store
                .remove_signing_key(&key_id, audit.to("signing-key", &key_id))
                .await?;
            stored.retain(|key| key.key_id != key_id);
        }
        self.generation.store(Arc::new(generation(&stored)?));
        Ok(())
    }

    /// Makes the store's keys this node's.
    async fn take_over(&self) -> Result<Vec<StoredSigningKey>, SigningKeyError> {
        let stored = self.store.signing_keys().await?;
        self.generation.store(Arc::new(generation(&stored)?));
        Ok(stored)
    }

    /// Makes a new key now. It signs as soon as it has been published for long enough; the present
    /// one signs until then, and verifies until its last token has expired.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub async fn rotate(&self) -> Result<(), SigningKeyError> {
        let stored = self.store.signing_keys().await?;
        self.add_after(stored.last().map(|key| key.key_id.as_str()))
            .await?;
        self.maintain().await
    }

    /// The JWK Set (RFC 7517 §5) to publish.
    #[must_use]
    pub fn published(&self) -> Arc<str> {
        Arc::clone(&self.generation.load().published)
    }

    /// The keys to verify with.
    #[must_use]
    pub fn verifiers(&self) -> Arc<KeySet> {
        Arc::clone(&self.generation.load().public)
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
        let Some(present) = self.present(&generation.signers) else {
            return Err(failed);
        };
        let mut header = JwsHeader::new();
        header.set_token_type("at+jwt");
        header.set_key_id(&present.key_id);
        let payload = Value::Object(claims.clone()).to_string();
        josekit::jws::serialize_compact(payload.as_bytes(), &header, present.signer.as_ref())
            .map(Secret::new)
            .map_err(|_| failed)
    }

    /// The newest key that has been published for long enough, else the oldest: the very first key
    /// signs at once.
    fn present<'a>(&self, signers: &'a [Signer]) -> Option<&'a Signer> {
        let now = self.clock.now();
        let is_ripe = |s: &&Signer| now.since(s.created_at) >= self.policy.publish_ahead;
        signers
            .iter()
            .rev()
            .find(is_ripe)
            .or_else(|| signers.first())
    }

    /// The keys whose successor has signed for longer than a token lives.
    fn retired(&self, stored: &[StoredSigningKey], now: Timestamp) -> Vec<String> {
        let overlap = self
            .policy
            .publish_ahead
            .saturating_add(self.token_lifetime);
        // Twice: a node whose clock or reload lags may have signed a little longer.
        let overlap = overlap.saturating_mul(2);
        let successors = stored.iter().skip(1);
        let is_retired = |successor: &StoredSigningKey| now.since(successor.created_at) >= overlap;
        let pairs = stored.iter().zip(successors);
        pairs
            .filter(|(_, next)| is_retired(next))
            .map(|(key, _)| key.key_id.clone())
            .collect()
    }

    async fn add_after(&self, newest: Option<&str>) -> Result<(), SigningKeyError> {
        let key_id = alphanumeric(self.random.as_ref(), 16).map_err(StoreError::from)?;
        let failed = |_| SigningKeyError::Cryptography {
            during: "making a signing key",
        };
        let mut jwk = EcKeyPair::generate(EcCurve::P256)
            .map_err(failed)?
            .to_jwk_key_pair();
        jwk.set_key_id(&key_id);
        jwk.set_key_use("sig");
        jwk.set_algorithm(ES256.to_string());
        let now = self.clock.now();
        let private_jwk = Secret::new(Value::Object(jwk.as_ref().clone()).to_string());
        let new = StoredSigningKey {
            key_id,
            private_jwk,
            created_at: now,
        };
        let audit = AuditEvent::new(now, "signing_key.create", Outcome::Granted)
            .to("signing-key", &new.key_id);
        match self.store.add_signing_key(&new, newest, audit).await {
            // Another node was faster; its key is as good.
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn generation(stored: &[StoredSigningKey]) -> Result<Generation, SigningKeyError> {
    let mut signers = Vec::with_capacity(stored.len());
    let mut public = Vec::with_capacity(stored.len());
    for key in stored {
        let unreadable = || SigningKeyError::Unreadable {
            key_id: key.key_id.clone(),
        };
        let jwk = Jwk::from_bytes(key.private_jwk.expose()).map_err(|_| unreadable())?;
        let signer = ES256.signer_from_jwk(&jwk).map_err(|_| unreadable())?;
        public.push(public_members(&jwk));
        signers.push(Signer {
            key_id: key.key_id.clone(),
            created_at: key.created_at,
            signer: Box::new(signer),
        });
    }
    let published = json!({ "keys": public }).to_string();
    let backend = jwt_validation::default_backend();
    let verifiers =
        KeySet::parse(published.as_bytes(), backend).map_err(|_| SigningKeyError::Unreadable {
            key_id: String::new(),
        })?;
    Ok(Generation {
        signers,
        public: Arc::new(verifiers),
        published: published.into(),
    })
}

/// Picks the public members by name, so that no private one can slip through.
fn public_members(jwk: &Jwk) -> Value {
    let members = ["kty", "crv", "x", "y", "kid", "use", "alg"];
    let picked = members.iter().filter_map(|name| {
        jwk.parameter(name)
            .map(|value| ((*name).to_owned(), value.clone()))
    });
    Value::Object(picked.collect())
}
