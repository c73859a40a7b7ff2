//! Public keys, read strictly from JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).
//!
//! A backend gets numbers that have been checked here, whatever it would accept itself: josekit, for
//! one, takes an RSA key with the exponent 1, under which every message has a signature.

mod reader;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::algorithm::{AlgorithmSet, KeyKind};
use crate::error::{Excerpt, Fault};
pub(crate) use crate::jwk::reader::read_jwk;

/// A public key whose numbers have the right sizes. Private parameters are never kept.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// An RSA key.
    Rsa(RsaPublicKey),
    /// A point on P-256, P-384 or P-521. Whether it lies on the curve, the backend checks.
    Ec(EcPublicKey),
    /// An Ed25519 key (RFC 8032 §5.1.5).
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// Reads one JSON Web Key, by the rules for an entry of a key set.
    ///
    /// # Errors
    /// Why the key can't be used.
    pub fn from_jwk(json: &[u8]) -> Result<Self, SkipReason> {
        read_jwk(json).key.map(|(key, _)| key)
    }

    /// Its kind, which decides what it can verify.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa(_) => KeyKind::Rsa,
            Self::Ec(key) => key.kind,
            Self::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    /// The `crv` parameter; an RSA key has none.
    #[must_use]
    pub const fn curve(&self) -> Option<&'static str> {
        match self.kind() {
            KeyKind::Rsa => None,
            KeyKind::P256 => Some("P-256"),
            KeyKind::P384 => Some("P-384"),
            KeyKind::P521 => Some("P-521"),
            KeyKind::Ed25519 => Some("Ed25519"),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.kind()).finish()
    }
}

/// An RSA key: 2048 to 8192 bits, with an odd exponent from 65537 to 2^33 - 1.
///
/// The lower bounds are RFC 7518 §3.3 and FIPS 186-5 §5.4; the upper ones bound the time that a
/// verification takes.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaPublicKey {
    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaPublicKey").finish_non_exhaustive()
    }
}

/// A point with coordinates of the curve's full width (RFC 7518 §6.2.1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct EcPublicKey {
    kind: KeyKind,
    x: Vec<u8>,
    y: Vec<u8>,
}

impl EcPublicKey {
    /// The x coordinate, big-endian.
    #[must_use]
    pub fn x(&self) -> &[u8] {
        &self.x
    }

    /// The y coordinate, big-endian.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.y
    }
}

impl fmt::Debug for EcPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EcPublicKey").field(&self.kind).finish()
    }
}

/// One entry of a key set: its id, and the key with the algorithms that it may be used for, or why it
/// can't be used.
pub(crate) struct Jwk {
    pub(crate) key_id: Option<String>,
    pub(crate) key: Result<(PublicKey, AlgorithmSet), SkipReason>,
}

/// Why a published key is not used. The other keys of its set are not affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// The entry can't be read.
    #[error("{0}")]
    Malformed(Fault),
    /// A member that the key type demands is missing.
    #[error("the member {0:?} is missing")]
    Missing(&'static str),
    /// The key is a shared secret. Whoever can read the key set could sign with it.
    #[error("it is a symmetric key, and was published")]
    Symmetric,
    /// The key type is none of RSA, EC and OKP.
    #[error("the key type {0} is not supported")]
    KeyType(Excerpt),
    /// The curve is none of P-256, P-384, P-521 and Ed25519.
    #[error("the curve {0} is not supported")]
    Curve(Excerpt),
    /// `use` is not `sig` (RFC 7517 §4.2).
    #[error("its use is {0}, not \"sig\"")]
    Use(Excerpt),
    /// `key_ops` does not name `verify` (RFC 7517 §4.3).
    #[error("its key_ops do not name \"verify\"")]
    Operations,
    /// `alg` is no signature algorithm that fits the key (RFC 7517 §4.4).
    #[error("its alg {0} is no signature algorithm that fits the key")]
    Algorithm(Excerpt),
    /// The RSA modulus has fewer than 2048 or more than 8192 bits.
    #[error("its modulus has {bits} bits; expected 2048 to 8192")]
    Modulus {
        /// The length of the number, leading zeros not counted.
        bits: usize,
    },
    /// The RSA exponent is even, below 65537, or 2^33 or more.
    #[error("its exponent is not an odd number from 65537 to 2^33 - 1")]
    Exponent,
    /// The backend refuses the key: a point is off its curve, or a modulus is even.
    #[error("it is not a valid key")]
    Invalid,
    /// An earlier key of the set has the same id and serves one of the same algorithms.
    #[error("an earlier key has the same id")]
    DuplicateKeyId,
}
