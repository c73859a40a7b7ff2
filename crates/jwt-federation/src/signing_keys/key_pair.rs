//! One key pair: made, written and read by josekit. Private parts are held by OpenSSL and, as text, by
//! a [`Secret`]; what else must hold them for a moment clears them afterwards.

use std::fmt;

use auth_core::{Secret, Timestamp};
use josekit::JoseError;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jws::{ES256, EdDSA, JwsSigner};
use jwt_validation::Algorithm;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use crate::signing_keys::SigningKeyError;
use crate::store::StoredSigningKey;

/// What access tokens are signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256. The default: every JWT library verifies it.
    #[default]
    Es256,
    /// Ed25519: signatures that need no randomness. Tokens and keys name it `EdDSA` (RFC 8037 §3.1).
    /// RFC 9864 deprecates that name for `Ed25519`, which few libraries know yet; one that does
    /// not would refuse the token.
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Es256, Self::EdDsa];

    /// As a verifier knows it.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::Es256,
            Self::EdDsa => Algorithm::EdDsa,
        }
    }

    /// The name in `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.algorithm().name()
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Makes a key pair and writes its private key as a JWK.
    pub(super) fn make(self, key_id: &str) -> Result<Secret, SigningKeyError> {
        let made = match self {
            Self::Es256 => EcKeyPair::generate(EcCurve::P256).map(|pair| pair.to_jwk_key_pair()),
            Self::EdDsa => EdKeyPair::generate(EdCurve::Ed25519).map(|pair| pair.to_jwk_key_pair()),
        };
        let mut jwk = made.map_err(|_| SigningKeyError::Cryptography {
            during: "making a signing key",
        })?;
        jwk.set_key_id(key_id);
        jwk.set_key_use("sig");
        jwk.set_algorithm(self.name());
        let members = PrivateMembers(jwk.into());
        let text = serde_json::to_string(&members.0);
        text.map(Secret::new)
            .map_err(|_| SigningKeyError::Cryptography {
                during: "writing a signing key",
            })
    }

    fn signer(self, jwk: &Jwk) -> Result<Box<dyn JwsSigner>, JoseError> {
        Ok(match self {
            Self::Es256 => Box::new(ES256.signer_from_jwk(jwk)?),
            Self::EdDsa => Box::new(EdDSA.signer_from_jwk(jwk)?),
        })
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key that is ready to sign: its text was parsed once.
pub(super) struct Signer {
    pub(super) key_id: String,
    pub(super) algorithm: SigningAlgorithm,
    pub(super) created_at: Timestamp,
    pub(super) signs_from: Timestamp,
    pub(super) signer: Box<dyn JwsSigner>,
    pub(super) public: Value,
}

impl Signer {
    /// Reads a stored key.
    pub(super) fn read(stored: &StoredSigningKey) -> Result<Self, SigningKeyError> {
        let unreadable = || SigningKeyError::Unreadable {
            key_id: stored.key_id.clone(),
        };
        let jwk = Jwk::from_bytes(stored.private_jwk.expose()).map_err(|_| unreadable())?;
        let algorithm = jwk.algorithm().and_then(SigningAlgorithm::from_name);
        let read = algorithm.and_then(|algorithm| Some((algorithm, algorithm.signer(&jwk).ok()?)));
        let members = PrivateMembers(jwk.into());
        let (algorithm, signer) = read.ok_or_else(unreadable)?;
        Ok(Self {
            key_id: stored.key_id.clone(),
            algorithm,
            created_at: stored.created_at,
            signs_from: stored.signs_from,
            signer,
            public: members.public(),
        })
    }
}

/// josekit's signers and JWKs print their private parts.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("key_id", &self.key_id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The members of a private JWK, cleared when they are dropped.
struct PrivateMembers(Map<String, Value>);

impl PrivateMembers {
    /// Picks the public members by name, so that no private one can slip through.
    fn public(&self) -> Value {
        let members = ["kty", "crv", "x", "y", "kid", "use", "alg"];
        let picked = members.iter().filter_map(|name| {
            let value = self.0.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(picked.collect())
    }
}

impl Drop for PrivateMembers {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(algorithm: SigningAlgorithm) -> StoredSigningKey {
        StoredSigningKey {
            key_id: "k1".into(),
            private_jwk: algorithm.make("k1").expect("OpenSSL works"),
            created_at: Timestamp::from_secs(1),
            signs_from: Timestamp::from_secs(2),
        }
    }

    #[test]
    fn a_private_part_shows_nowhere() {
        for algorithm in SigningAlgorithm::ALL {
            let stored = stored(algorithm);
            let jwk: Value =
                serde_json::from_str(stored.private_jwk.expose()).expect("it is written as JSON");
            let private = jwk.get("d").and_then(Value::as_str).expect("a private key");
            let signer = Signer::read(&stored).expect("it reads what it wrote");
            let shown = format!("{stored:?} {signer:#?} {}", signer.public);
            assert!(!shown.contains(private), "{algorithm}");
            assert_eq!(signer.public.get("d"), None);
            assert_eq!(signer.public.get("alg"), Some(&algorithm.name().into()));
        }
    }

    #[test]
    fn a_stored_key_of_another_kind_is_unreadable() {
        for (name, text) in [
            ("no JSON", "secret"),
            ("no algorithm", r#"{"kty":"OKP","crv":"Ed25519"}"#),
            ("HMAC", r#"{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}"#),
            ("no key", r#"{"kty":"EC","crv":"P-256","alg":"ES256"}"#),
        ] {
            let stored = StoredSigningKey {
                private_jwk: Secret::new(text),
                ..stored(SigningAlgorithm::Es256)
            };
            let error = Signer::read(&stored).expect_err(name);
            assert!(
                matches!(error, SigningKeyError::Unreadable { .. }),
                "{name}"
            );
            assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{name}");
        }
    }
}
