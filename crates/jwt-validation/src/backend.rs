//! Where signatures are verified: a backend prepares a key once, for one algorithm.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc_rs;
#[cfg(feature = "josekit")]
mod josekit;
#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
mod tests;

use std::fmt;

#[cfg(feature = "aws-lc-rs")]
pub use crate::backend::aws_lc_rs::AwsLcRs;
#[cfg(feature = "josekit")]
pub use crate::backend::josekit::Josekit;

use crate::algorithm::Algorithm;
use crate::jwk::PublicKey;

/// The signature does not match, or is not even a signature. Why is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct SignatureMismatch;

/// Why a backend does not take a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key is not for this algorithm.
    #[error("the key is not for this algorithm")]
    Algorithm,
    /// The key is not a valid one; a point may be off its curve.
    #[error("the key is not valid")]
    Invalid,
}

/// One key, prepared for one algorithm. Preparing is the dear part; verifying needs no lock.
pub trait SignatureVerifier: Send + Sync + fmt::Debug {
    /// The algorithm.
    fn algorithm(&self) -> Algorithm;

    /// Verifies `signature` over `signing_input` (RFC 7515 §5.2 step 8). An ECDSA signature is the two
    /// integers in fixed width, not DER (RFC 7518 §3.4).
    ///
    /// # Errors
    /// [`SignatureMismatch`], whatever the reason.
    fn verify(&self, signing_input: &[u8], signature: &[u8]) -> Result<(), SignatureMismatch>;
}

/// An implementation of the signature algorithms.
pub trait Backend: Send + Sync + fmt::Debug {
    /// Prepares `key` for `algorithm`.
    ///
    /// # Errors
    /// [`KeyError`] if the key is invalid or not for this algorithm. A backend must check that a
    /// point is on its curve (RFC 8725 §3.4); sizes have been checked.
    fn verifier(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
    ) -> Result<Box<dyn SignatureVerifier>, KeyError>;
}

/// The fastest backend that is compiled in: [`AwsLcRs`], or else [`Josekit`].
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
#[must_use]
pub fn default_backend() -> &'static dyn Backend {
    #[cfg(feature = "aws-lc-rs")]
    return &AwsLcRs;
    #[cfg(not(feature = "aws-lc-rs"))]
    return &Josekit;
}
