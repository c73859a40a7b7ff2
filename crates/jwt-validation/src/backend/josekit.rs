//! Signatures by OpenSSL, through josekit.

use josekit::Value;
use josekit::jwk::Jwk;
use josekit::jws::JwsVerifier;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use std::fmt;

use crate::algorithm::Algorithm;
use crate::backend::{Backend, KeyError, SignatureMismatch, SignatureVerifier};
use crate::base64url;
use crate::jwk::PublicKey;

/// For hosts that must stay on the system's OpenSSL. josekit sees keys that [`PublicKey`] has checked,
/// written anew from their numbers, and never a token: only its signature primitives are used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Josekit;

impl Backend for Josekit {
    fn verifier(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
    ) -> Result<Box<dyn SignatureVerifier>, KeyError> {
        if key.kind() != algorithm.key_kind() {
            return Err(KeyError::Algorithm);
        }
        let verifier = prepare(&jwk(key)?, algorithm).map_err(|_| KeyError::Invalid)?;
        Ok(Box::new(Verifier {
            algorithm,
            verifier,
        }))
    }
}

/// The key as josekit reads it: its numbers, and no `use`, `key_ops`, `alg` or `kid`, on which our own
/// parser has decided.
fn jwk(key: &PublicKey) -> Result<Jwk, KeyError> {
    let (key_type, members) = match key {
        PublicKey::Rsa(rsa) => ("RSA", vec![("n", rsa.modulus()), ("e", rsa.exponent())]),
        PublicKey::Ec(ec) => ("EC", vec![("x", ec.x()), ("y", ec.y())]),
        PublicKey::Ed25519(point) => ("OKP", vec![("x", point.as_slice())]),
    };
    let mut jwk = Jwk::new(key_type);
    let mut set = |name, value| {
        jwk.set_parameter(name, Some(Value::String(value)))
            .map_err(|_| KeyError::Invalid)
    };
    for (name, octets) in members {
        set(name, base64url::encode(octets))?;
    }
    if let Some(curve) = key.curve() {
        set("crv", curve.to_owned())?;
    }
    Ok(jwk)
}

fn prepare(jwk: &Jwk, algorithm: Algorithm) -> Result<Box<dyn JwsVerifier>, josekit::JoseError> {
    Ok(match algorithm {
        Algorithm::Rs256 => Box::new(RsassaJwsAlgorithm::Rs256.verifier_from_jwk(jwk)?),
        Algorithm::Rs384 => Box::new(RsassaJwsAlgorithm::Rs384.verifier_from_jwk(jwk)?),
        Algorithm::Rs512 => Box::new(RsassaJwsAlgorithm::Rs512.verifier_from_jwk(jwk)?),
        Algorithm::Ps256 => Box::new(RsassaPssJwsAlgorithm::Ps256.verifier_from_jwk(jwk)?),
        Algorithm::Ps384 => Box::new(RsassaPssJwsAlgorithm::Ps384.verifier_from_jwk(jwk)?),
        Algorithm::Ps512 => Box::new(RsassaPssJwsAlgorithm::Ps512.verifier_from_jwk(jwk)?),
        Algorithm::Es256 => Box::new(EcdsaJwsAlgorithm::Es256.verifier_from_jwk(jwk)?),
        Algorithm::Es384 => Box::new(EcdsaJwsAlgorithm::Es384.verifier_from_jwk(jwk)?),
        Algorithm::Es512 => Box::new(EcdsaJwsAlgorithm::Es512.verifier_from_jwk(jwk)?),
        Algorithm::EdDsa => Box::new(EddsaJwsAlgorithm::Eddsa.verifier_from_jwk(jwk)?),
    })
}

struct Verifier {
    algorithm: Algorithm,
    verifier: Box<dyn JwsVerifier>,
}

impl SignatureVerifier for Verifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn verify(&self, signing_input: &[u8], signature: &[u8]) -> Result<(), SignatureMismatch> {
        self.verifier
            .verify(signing_input, signature)
            .map_err(|_| SignatureMismatch)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("josekit::Verifier")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
