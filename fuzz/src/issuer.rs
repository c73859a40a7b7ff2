//! An issuer that only the fuzz targets trust, with a key for each type.

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm as Ecdsa;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm as Eddsa;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm as Rsa;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm as RsaPss;
use josekit::jws::{JwsSigner, JwsVerifier};
use jwt_validation::{AwsLcRs, Backend, Josekit, KeySet};
use serde_json::{Value, json};

/// The seed of a key that signs nothing but fuzzed tokens. Everybody may know it.
const TEST_ONLY_SEED: [u8; 32] = *b"gatehouse fuzz target, test only";

/// What the issuer signs with, by key id. The key `ed` is the same in every run, so that whole tokens
/// can stand in a corpus; the others are made anew.
static PRIVATE_KEYS: LazyLock<[(&'static str, Jwk); 4]> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "OpenSSL makes keys of these types")]
    let made = |key: Result<Jwk, josekit::JoseError>| key.expect("a key");
    [
        ("ed", ed_key()),
        ("ec", made(Jwk::generate_ec_key(EcCurve::P256))),
        ("p384", made(Jwk::generate_ec_key(EcCurve::P384))),
        ("rsa", made(Jwk::generate_rsa_key(2048))),
    ]
});

fn ed_key() -> Jwk {
    #[expect(clippy::expect_used, reason = "any 32 octets are an Ed25519 seed")]
    let pair = Ed25519KeyPair::from_seed_unchecked(&TEST_ONLY_SEED).expect("32 octets");
    let jwk = json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": encode(pair.public_key()),
        "d": encode(TEST_ONLY_SEED),
    });
    #[expect(clippy::expect_used, reason = "the text above is a key")]
    Jwk::from_bytes(jwk.to_string()).expect("a key")
}

/// What the issuer publishes: its keys, without `alg`, and a secret that must never serve.
static PUBLISHED: LazyLock<Value> = LazyLock::new(|| {
    let public = |(key_id, key): &(&str, Jwk)| {
        let mut members = key.to_public_key().unwrap_or_else(|_| Jwk::new("oct"));
        members.set_key_id(*key_id);
        Value::Object(members.as_ref().clone())
    };
    let mut keys: Vec<Value> = PRIVATE_KEYS.iter().map(public).collect();
    keys.push(json!({"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}));
    json!({ "keys": keys })
});

pub(crate) static KEYS: LazyLock<KeySet> = LazyLock::new(|| key_set(&AwsLcRs));

/// The same, under the other backend.
pub(crate) static OPENSSL_KEYS: LazyLock<KeySet> = LazyLock::new(|| key_set(&Josekit));

fn key_set(backend: &dyn Backend) -> KeySet {
    #[expect(clippy::expect_used, reason = "what is published is a key set")]
    KeySet::parse(PUBLISHED.to_string().as_bytes(), backend).expect("a key set")
}

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// How the issuer may sign: the names in `alg`, and the key that serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The algorithm, as its most common name.
    pub name: &'static str,
    /// The key's id.
    pub key_id: &'static str,
}

/// All that the issuer's keys can do.
pub const SCHEMES: [Scheme; 9] = [
    scheme("EdDSA", "ed"),
    scheme("ES256", "ec"),
    scheme("ES384", "p384"),
    scheme("RS256", "rsa"),
    scheme("PS256", "rsa"),
    scheme("RS384", "rsa"),
    scheme("RS512", "rsa"),
    scheme("PS384", "rsa"),
    scheme("PS512", "rsa"),
];

const fn scheme(name: &'static str, key_id: &'static str) -> Scheme {
    Scheme { name, key_id }
}

impl Scheme {
    /// The scheme of a name in `alg`.
    pub(crate) fn from_name(alg: &str) -> Option<Self> {
        // RFC 9864 §2.2.
        let name = if alg == "Ed25519" { "EdDSA" } else { alg };
        SCHEMES.into_iter().find(|scheme| scheme.name == name)
    }

    fn private_key(self) -> Option<&'static Jwk> {
        let mut keys = PRIVATE_KEYS.iter();
        keys.find_map(|(key_id, key)| (*key_id == self.key_id).then_some(key))
    }

    /// The public key as it is published.
    pub(crate) fn public_key(self) -> &'static Value {
        let keys = PUBLISHED.get("keys").and_then(Value::as_array);
        let mut keys = keys.into_iter().flatten();
        keys.find(|key| key.get("kid").is_some_and(|kid| kid == self.key_id))
            .unwrap_or(&Value::Null)
    }

    /// Signs by OpenSSL.
    pub(crate) fn sign(self, input: &[u8]) -> Vec<u8> {
        let signed = self.private_key().and_then(|key| {
            let signer: Box<dyn JwsSigner> = match self.name {
                "EdDSA" => Box::new(Eddsa::Eddsa.signer_from_jwk(key).ok()?),
                "ES256" => Box::new(Ecdsa::Es256.signer_from_jwk(key).ok()?),
                "ES384" => Box::new(Ecdsa::Es384.signer_from_jwk(key).ok()?),
                "RS256" => Box::new(Rsa::Rs256.signer_from_jwk(key).ok()?),
                "RS384" => Box::new(Rsa::Rs384.signer_from_jwk(key).ok()?),
                "RS512" => Box::new(Rsa::Rs512.signer_from_jwk(key).ok()?),
                "PS256" => Box::new(RsaPss::Ps256.signer_from_jwk(key).ok()?),
                "PS384" => Box::new(RsaPss::Ps384.signer_from_jwk(key).ok()?),
                "PS512" => Box::new(RsaPss::Ps512.signer_from_jwk(key).ok()?),
                _ => return None,
            };
            signer.sign(input).ok()
        });
        #[expect(clippy::expect_used, reason = "the issuer has a key for each scheme")]
        signed.expect("a signature")
    }

    /// OpenSSL's verifier.
    pub(crate) fn verifier(self) -> Option<Box<dyn JwsVerifier>> {
        let key = &self.private_key()?.to_public_key().ok()?;
        Some(match self.name {
            "EdDSA" => Box::new(Eddsa::Eddsa.verifier_from_jwk(key).ok()?),
            "ES256" => Box::new(Ecdsa::Es256.verifier_from_jwk(key).ok()?),
            "ES384" => Box::new(Ecdsa::Es384.verifier_from_jwk(key).ok()?),
            "RS256" => Box::new(Rsa::Rs256.verifier_from_jwk(key).ok()?),
            "RS384" => Box::new(Rsa::Rs384.verifier_from_jwk(key).ok()?),
            "RS512" => Box::new(Rsa::Rs512.verifier_from_jwk(key).ok()?),
            "PS256" => Box::new(RsaPss::Ps256.verifier_from_jwk(key).ok()?),
            "PS384" => Box::new(RsaPss::Ps384.verifier_from_jwk(key).ok()?),
            "PS512" => Box::new(RsaPss::Ps512.verifier_from_jwk(key).ok()?),
            _ => return None,
        })
    }
}

/// A genuine token with exactly these octets as header and payload, under the key `ed`.
pub(crate) fn sign(header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let [ed, ..] = SCHEMES;
    format!("{input}.{}", encode(ed.sign(input.as_bytes())))
}
