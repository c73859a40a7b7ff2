//! The signature algorithms that a JWT may carry.

use std::fmt;

/// A digital signature algorithm of JWS. Symmetric algorithms and `none` have no value here, so that
/// no setting can turn them on (RFC 8725 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 octets.
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, and a salt of 48 octets.
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, and a salt of 64 octets.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519 (RFC 8037). Ed448, which shares the name `EdDSA`, is not supported.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// The name that stands in the `alg` header parameter (RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name, compared byte for byte (RFC 7515 §4.1.1). `Ed25519`, the fully
    /// specified name of RFC 9864 §2.2, is the same algorithm as `EdDSA` here.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The one kind of key that this algorithm works with.
    #[must_use]
    pub const fn key_kind(self) -> KeyKind {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                KeyKind::Rsa
            }
            Self::Es256 => KeyKind::P256,
            Self::Es384 => KeyKind::P384,
            Self::Es512 => KeyKind::P521,
            Self::EdDsa => KeyKind::Ed25519,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key type together with its curve. It decides which algorithms a key can serve, whatever a token
/// says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// `kty` RSA.
    Rsa,
    /// `kty` EC on P-256.
    P256,
    /// `kty` EC on P-384.
    P384,
    /// `kty` EC on P-521.
    P521,
    /// `kty` OKP on Ed25519.
    Ed25519,
}

/// A set of algorithms: what an issuer is allowed to sign with.
///
/// ```
/// use jwt_validation::{Algorithm, AlgorithmSet};
///
/// let allowed = AlgorithmSet::of(&[Algorithm::Es256, Algorithm::EdDsa]);
/// assert!(allowed.contains(Algorithm::Es256));
/// assert!(!allowed.contains(Algorithm::Rs256));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// Every algorithm of this crate. They are all asymmetric: a verifier can't forge.
    #[must_use]
    pub fn asymmetric() -> Self {
        Self::of(&Algorithm::ALL)
    }

    /// Exactly these. The empty set is allowed, and refuses every token.
    #[must_use]
    pub fn of(algorithms: &[Algorithm]) -> Self {
        algorithms
            .iter()
            .fold(Self(0), |set, &algorithm| Self(set.0 | bit(algorithm)))
    }

    /// Whether `algorithm` is in the set.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & bit(algorithm) != 0
    }

    /// The members, in the order of [`Algorithm::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL
            .into_iter()
            .filter(move |&algorithm| self.contains(algorithm))
    }
}

const fn bit(algorithm: Algorithm) -> u16 {
    1 << algorithm as u16
}

impl fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The names, parted by a comma and a space.
impl fmt::Display for AlgorithmSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, algorithm) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{algorithm}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDsa));
        for other in [
            "rs256", "RS256 ", "RS256\0", "none", "HS256", "ES256K", "Ed448", "",
        ] {
            assert_eq!(Algorithm::from_name(other), None, "{other:?}");
        }
    }

    #[test]
    fn sets_hold_what_they_were_given() {
        let set = AlgorithmSet::of(&[Algorithm::EdDsa, Algorithm::Rs256]);
        assert_eq!(set.to_string(), "RS256, EdDSA");
        assert_eq!(AlgorithmSet::asymmetric().iter().count(), 10);
        assert_eq!(AlgorithmSet::of(&[]).iter().count(), 0);
    }
}
