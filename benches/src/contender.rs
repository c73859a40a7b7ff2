//! A verifier of ID Tokens that is set up for the fixture.

use std::error::Error;
use std::fmt;
use std::str::FromStr as _;

use jwt_validation::Algorithm;
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{ClientId, IssuerUrl, Nonce};

use crate::fixture::{AUDIENCE, Fixture, ISSUER};

/// The crate openidconnect, whose signatures come from pure Rust. It parses its keys at each token.
pub struct OpenIdConnect(CoreIdTokenVerifier<'static>);

impl OpenIdConnect {
    /// A verifier for the fixture's algorithm, issuer and audience.
    ///
    /// # Errors
    /// If openidconnect does not take the issuer or the key set.
    pub fn new(fixture: &Fixture) -> Result<Self, Box<dyn Error>> {
        let keys: CoreJsonWebKeySet = serde_json::from_slice(&fixture.key_set)?;
        let algorithm = match fixture.algorithm {
            Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            Algorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
            _ => CoreJwsSigningAlgorithm::EdDsa,
        };
        let client_id = ClientId::new(AUDIENCE.to_owned());
        let issuer = IssuerUrl::new(ISSUER.to_owned())?;
        let verifier = CoreIdTokenVerifier::new_public_client(client_id, issuer, keys);
        Ok(Self(verifier.set_allowed_algs([algorithm])))
    }

    /// Whether `token` is accepted. A nonce is not asked for.
    #[must_use]
    pub fn verify(&self, token: &str) -> bool {
        let any_nonce = |_: Option<&Nonce>| Ok(());
        CoreIdToken::from_str(token).is_ok_and(|token| token.claims(&self.0, any_nonce).is_ok())
    }
}

impl fmt::Debug for OpenIdConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpenIdConnect").finish_non_exhaustive()
    }
}
