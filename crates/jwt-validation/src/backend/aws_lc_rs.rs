//! Signatures by AWS-LC.

use std::fmt;

use aws_lc_rs::signature::{
    self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};

use crate::algorithm::Algorithm;
use crate::backend::{Backend, KeyError, SignatureMismatch, SignatureVerifier};
use crate::jwk::PublicKey;

/// The default backend. AWS-LC is what rustls uses as well, and the fastest that was measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLcRs;

impl Backend for AwsLcRs {
    fn verifier(
        &self,
        key: &PublicKey,
        algorithm: Algorithm,
    ) -> Result<Box<dyn SignatureVerifier>, KeyError> {
        if key.kind() != algorithm.key_kind() {
            return Err(KeyError::Algorithm);
        }
        let parsed = match key {
            PublicKey::Rsa(rsa) => RsaPublicKeyComponents {
                n: rsa.modulus(),
                e: rsa.exponent(),
            }
            .to_parsed_public_key(rsa_parameters(algorithm)?),
            PublicKey::Ec(ec) => {
                // SEC 1 §2.3.3, uncompressed. AWS-LC checks that the point is on the curve.
                let point = [&[4], ec.x(), ec.y()].concat();
                ParsedPublicKey::new(curve_algorithm(algorithm)?, point)
            }
            PublicKey::Ed25519(point) => ParsedPublicKey::new(&signature::ED25519, point),
        };
        let key = parsed.map_err(|_| KeyError::Invalid)?;
        Ok(Box::new(Verifier { algorithm, key }))
    }
}

const fn rsa_parameters(algorithm: Algorithm) -> Result<&'static RsaParameters, KeyError> {
    Ok(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return Err(KeyError::Algorithm),
    })
}

fn curve_algorithm(algorithm: Algorithm) -> Result<&'static dyn VerificationAlgorithm, KeyError> {
    Ok(match algorithm {
        Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        _ => return Err(KeyError::Algorithm),
    })
}

struct Verifier {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl SignatureVerifier for Verifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn verify(&self, signing_input: &[u8], signature: &[u8]) -> Result<(), SignatureMismatch> {
        self.key
            .verify_sig(signing_input, signature)
            .map_err(|_| SignatureMismatch)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("aws_lc_rs::Verifier")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
