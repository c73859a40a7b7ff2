//! The token that everybody verifies.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use josekit::jws::{JwsSigner, JwsVerifier};
use jwt_validation::{Algorithm, UnixTime};
use serde_json::{Value, json};

/// Who issues the token.
pub const ISSUER: &str = "https://issuer.example";

/// For whom it is.
pub const AUDIENCE: &str = "https://api.example";

/// When it is verified. The year 2100, since one contender reads the wall clock.
pub const NOW: UnixTime = UnixTime::from_secs(4_102_444_800);

/// A token, and its key in every form that a contender wants.
#[derive(Debug)]
pub struct Fixture {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The token.
    pub token: String,
    /// The public key.
    pub public_jwk: Jwk,
    /// The key set that the issuer publishes.
    pub key_set: Vec<u8>,
    /// josekit's verifier for the key.
    pub josekit: Box<dyn JwsVerifier>,
}

impl Fixture {
    /// Makes a key and a token for `algorithm`: thirteen claims, one of them twenty groups.
    ///
    /// # Errors
    /// If josekit can't make the key, or `algorithm` is not one of those that are measured.
    pub fn new(algorithm: Algorithm) -> Result<Self, Box<dyn Error>> {
        let mut private = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => Jwk::generate_rsa_key(2048)?,
            Algorithm::Es256 => Jwk::generate_ec_key(EcCurve::P256)?,
            Algorithm::Es384 => Jwk::generate_ec_key(EcCurve::P384)?,
            Algorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519)?,
            other => return Err(format!("{other} is not measured").into()),
        };
        private.set_key_id("2026-01");
        private.set_algorithm(algorithm.name());
        let mut public_jwk = private.to_public_key()?;
        public_jwk.set_key_id("2026-01");
        public_jwk.set_algorithm(algorithm.name());

        let header = json!({"alg": algorithm.name(), "kid": "2026-01", "typ": "JWT"});
        let input = format!("{}.{}", encode(&header), encode(&claims()));
        let signature = signer(algorithm, &private)?.sign(input.as_bytes())?;
        Ok(Self {
            algorithm,
            token: format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)),
            key_set: json!({ "keys": [public_jwk] }).to_string().into_bytes(),
            josekit: verifier(algorithm, &public_jwk)?,
            public_jwk,
        })
    }

    /// What the signature covers, and the signature.
    ///
    /// # Errors
    /// Never, for a token of this fixture.
    pub fn signed_parts(&self) -> Result<(&str, Vec<u8>), Box<dyn Error>> {
        let (input, signature) = self.token.rsplit_once('.').ok_or("no signature")?;
        Ok((input, URL_SAFE_NO_PAD.decode(signature)?))
    }

    /// A parameter of the public key, as text and decoded.
    ///
    /// # Errors
    /// If the key has no such parameter.
    pub fn parameter(&self, name: &str) -> Result<(&str, Vec<u8>), Box<dyn Error>> {
        let text = self.public_jwk.parameter(name).and_then(Value::as_str);
        let text = text.ok_or_else(|| format!("no {name}"))?;
        Ok((text, URL_SAFE_NO_PAD.decode(text)?))
    }
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn claims() -> Value {
    let groups: Vec<String> = (1..=20)
        .map(|number| format!("group-{number:02}"))
        .collect();
    let now = NOW.as_secs();
    json!({
        "iss": ISSUER,
        "sub": "248289761001",
        "aud": AUDIENCE,
        "exp": now.saturating_add(3600),
        "iat": now,
        "nbf": now,
        "jti": "f3b0c442-98fc-4c14-9afb-f4c8996fb924",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "email_verified": true,
        "preferred_username": "ada",
        "azp": "web",
        "groups": groups,
    })
}

fn signer(algorithm: Algorithm, key: &Jwk) -> Result<Box<dyn JwsSigner>, Box<dyn Error>> {
    Ok(match algorithm {
        Algorithm::Rs256 => Box::new(RsassaJwsAlgorithm::Rs256.signer_from_jwk(key)?),
        Algorithm::Ps256 => Box::new(RsassaPssJwsAlgorithm::Ps256.signer_from_jwk(key)?),
        Algorithm::Es256 => Box::new(EcdsaJwsAlgorithm::Es256.signer_from_jwk(key)?),
        Algorithm::Es384 => Box::new(EcdsaJwsAlgorithm::Es384.signer_from_jwk(key)?),
        _ => Box::new(EddsaJwsAlgorithm::Eddsa.signer_from_jwk(key)?),
    })
}

fn verifier(algorithm: Algorithm, key: &Jwk) -> Result<Box<dyn JwsVerifier>, Box<dyn Error>> {
    Ok(match algorithm {
        Algorithm::Rs256 => Box::new(RsassaJwsAlgorithm::Rs256.verifier_from_jwk(key)?),
        Algorithm::Ps256 => Box::new(RsassaPssJwsAlgorithm::Ps256.verifier_from_jwk(key)?),
        Algorithm::Es256 => Box::new(EcdsaJwsAlgorithm::Es256.verifier_from_jwk(key)?),
        Algorithm::Es384 => Box::new(EcdsaJwsAlgorithm::Es384.verifier_from_jwk(key)?),
        _ => Box::new(EddsaJwsAlgorithm::Eddsa.verifier_from_jwk(key)?),
    })
}
