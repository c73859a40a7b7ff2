//! Tokens that were verified before, so that a request pays for no signature twice.

use std::fmt;
use std::sync::{Arc, Weak};

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::claims::VerifiedClaims;
use crate::error::Error;
use crate::key_set::KeySet;
use crate::policy::TokenPolicy;
use crate::time::UnixTime;

/// SHA-256 over the whole token. No part of it would do: whoever finds two tokens with one key would
/// be taken for somebody else.
type TokenDigest = [u8; 32];

/// A policy that remembers what it has verified.
///
/// | what | how |
/// |---|---|
/// | key | SHA-256 over every octet of the token, all 32 octets of it |
/// | value | the claims, and which key set verified them; neither the token nor a refusal |
/// | end | at `exp`, as the policy's leeway has it; with the key set, at once; or pushed out by others |
///
/// A hit checks the times again, each with the policy's leeway, against the `now` that it is given. It
/// counts only under the very key set, by its `Arc`, that verified the token: a set that took its place
/// may lack the key. So a caller keeps the same `Arc` for as long as the keys are the same, and puts
/// another in its place when one is withdrawn.
///
/// Whether a token was revoked is not asked here and must not be remembered by anybody.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "josekit"))] {
/// # use std::sync::Arc;
/// use jwt_validation::{Audience, CachedVerifier, KeySet, TokenPolicy, UnixTime, default_backend};
///
/// # let published = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1",
/// #     "x": "SfGyjat7ICWfYjLQPxpJ4rQLRTgti16TjBR6wn0AGKA"}]}"#;
/// # let token = concat!(
/// #     "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ",
/// #     ".eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjoiam9iLTE3IiwiYXVkIjoiaHR0cHM6Ly9hc",
/// #     "GkuZXhhbXBsZSIsImV4cCI6MTc2NzIyOTIwMH0",
/// #     ".aCDfwSmyWTd2KVX_n0ylISBLqLaqmfHll63SAGlzVLmEzdIeOCHdVN-ZgNTPXvZDmzTf__cmvc7NG0-PPCJGDQ",
/// # );
/// let policy = TokenPolicy::new(
///     "https://issuer.example",
///     Audience::any_of(["https://api.example"])?,
/// );
/// let verifier = CachedVerifier::new(policy, 10_000);
/// let keys = Arc::new(KeySet::parse(published, default_backend())?);
/// let now = UnixTime::from_secs(1_767_225_600);
///
/// let first = verifier.verify(token, &keys, now)?;
/// let again = verifier.verify(token, &keys, now)?;
/// assert!(Arc::ptr_eq(&first, &again));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CachedVerifier {
    policy: TokenPolicy,
    verified: Cache<TokenDigest, Entry>,
}

/// One verified token.
#[derive(Clone)]
struct Entry {
    claims: Arc<VerifiedClaims>,
    /// Weak, so that no entry keeps a withdrawn key alive; the address stays taken, so that no later
    /// set can be mistaken for this one.
    keys: Weak<KeySet>,
}

impl CachedVerifier {
    /// Remembers at most about `capacity` tokens under `policy`. An entry takes little more than the
    /// token's claims do.
    #[must_use]
    pub fn new(policy: TokenPolicy, capacity: usize) -> Self {
        Self {
            policy,
            verified: Cache::new(capacity),
        }
    }

    /// The policy, which never changes: what one policy took, another may refuse.
    #[must_use]
    pub const fn policy(&self) -> &TokenPolicy {
        &self.policy
    }

    /// How many tokens are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.verified.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.verified.is_empty()
    }

    /// As [`TokenPolicy::verify`], with the same answers.
    ///
    /// # Errors
    /// As [`TokenPolicy::verify`]. A refusal is not remembered.
    pub fn verify(
        &self,
        token: &str,
        keys: &Arc<KeySet>,
        now: UnixTime,
    ) -> Result<Arc<VerifiedClaims>, Error> {
        // What is too long is refused before anything is computed over it.
        if token.len() > self.policy.max_length {
            return self.policy.verify(token, keys, now).map(Arc::new);
        }
        let digest: TokenDigest = Sha256::digest(token.as_bytes()).into();
        if let Some(entry) = self.verified.get(&digest) {
            let same_keys = std::ptr::eq(entry.keys.as_ptr(), Arc::as_ptr(keys));
            if same_keys && self.policy.times_hold(&entry.claims, now) {
                return Ok(entry.claims);
            }
            self.verified.remove(&digest);
        }
        let claims = Arc::new(self.policy.verify(token, keys, now)?);
        let entry = Entry {
            claims: Arc::clone(&claims),
            keys: Arc::downgrade(keys),
        };
        self.verified.insert(digest, entry);
        Ok(claims)
    }
}

/// Claims can hold personal data, so none of them is shown.
impl fmt::Debug for CachedVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedVerifier")
            .field("policy", &self.policy)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
