//! An issuer whose keys are made for the occasion, and a verifier for its tokens.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::JwsSigner;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm as Ecdsa;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm as Eddsa;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm as Rsa;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm as RsaPss;
use jwt_validation::{
    Algorithm, Audience, AwsLcRs, Backend, Error, Josekit, KeyKind, KeySet, TokenPolicy, UnixTime,
    VerifiedClaims,
};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

pub(crate) fn b64(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// One private key for each kind, made once.
static PRIVATE_KEYS: LazyLock<HashMap<KeyKind, Jwk>> = LazyLock::new(|| {
    HashMap::from([
        (KeyKind::Rsa, Jwk::generate_rsa_key(2048).unwrap()),
        (KeyKind::P256, Jwk::generate_ec_key(EcCurve::P256).unwrap()),
        (KeyKind::P384, Jwk::generate_ec_key(EcCurve::P384).unwrap()),
        (KeyKind::P521, Jwk::generate_ec_key(EcCurve::P521).unwrap()),
        (
            KeyKind::Ed25519,
            Jwk::generate_ed_key(EdCurve::Ed25519).unwrap(),
        ),
    ])
});

/// The key that the issuer signs with under this algorithm.
pub(crate) fn private_key(algorithm: Algorithm) -> &'static Jwk {
    &PRIVATE_KEYS[&algorithm.key_kind()]
}

/// Signs `input` as the issuer does.
pub(crate) fn sign(algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
    sign_with(private_key(algorithm), algorithm, input)
}

/// Signs `input` with any key.
pub(crate) fn sign_with(key: &Jwk, algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
    let signer: Box<dyn JwsSigner> = match algorithm {
        Algorithm::Rs256 => Box::new(Rsa::Rs256.signer_from_jwk(key).unwrap()),
        Algorithm::Rs384 => Box::new(Rsa::Rs384.signer_from_jwk(key).unwrap()),
        Algorithm::Rs512 => Box::new(Rsa::Rs512.signer_from_jwk(key).unwrap()),
        Algorithm::Ps256 => Box::new(RsaPss::Ps256.signer_from_jwk(key).unwrap()),
        Algorithm::Ps384 => Box::new(RsaPss::Ps384.signer_from_jwk(key).unwrap()),
        Algorithm::Ps512 => Box::new(RsaPss::Ps512.signer_from_jwk(key).unwrap()),
        Algorithm::Es256 => Box::new(Ecdsa::Es256.signer_from_jwk(key).unwrap()),
        Algorithm::Es384 => Box::new(Ecdsa::Es384.signer_from_jwk(key).unwrap()),
        Algorithm::Es512 => Box::new(Ecdsa::Es512.signer_from_jwk(key).unwrap()),
        Algorithm::EdDsa => Box::new(Eddsa::Eddsa.signer_from_jwk(key).unwrap()),
        other => panic!("no signer for {other}"),
    };
    signer.sign(input).unwrap()
}

/// The published form of a key, with more members.
pub(crate) fn public_jwk(key: &Jwk, more: Value) -> Value {
    let mut jwk = Value::Object(key.to_public_key().unwrap().as_ref().clone());
    for (name, value) in more.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

/// What the issuer publishes: a key of its own for each algorithm, with the algorithm's name as its id.
pub(crate) fn published() -> Value {
    let keys = Algorithm::ALL.map(|algorithm| {
        let name = algorithm.name();
        public_jwk(
            private_key(algorithm),
            json!({"kid": name, "alg": name, "use": "sig"}),
        )
    });
    json!({ "keys": keys })
}

/// A header for this algorithm and its key.
pub(crate) fn header(algorithm: Algorithm) -> Value {
    json!({"alg": algorithm.name(), "kid": algorithm.name(), "typ": "JWT"})
}

/// Claims that pass.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "user-17",
        "aud": AUDIENCE,
        "exp": NOW.as_secs() + 600,
        "iat": NOW.as_secs() - 10,
    })
}

/// Claims that pass but for these members; `null` removes a member.
pub(crate) fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// A token with exactly these octets as header and payload, signed as the issuer does.
pub(crate) fn raw_token(
    algorithm: Algorithm,
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
) -> String {
    let input = format!("{}.{}", b64(header), b64(payload));
    let signature = sign(algorithm, input.as_bytes());
    format!("{input}.{}", b64(signature))
}

/// A genuine token.
pub(crate) fn token(algorithm: Algorithm, header: &Value, claims: &Value) -> String {
    raw_token(algorithm, header.to_string(), claims.to_string())
}

/// A genuine token whose claims are this text.
pub(crate) fn token_with_payload(payload: impl AsRef<[u8]>) -> String {
    let algorithm = Algorithm::Es256;
    raw_token(algorithm, header(algorithm).to_string(), payload)
}

/// A genuine token with these claims.
pub(crate) fn token_with_claims(claims: &Value) -> String {
    token_with_payload(claims.to_string())
}

/// A genuine token whose header is this text.
pub(crate) fn token_with_header(header: impl AsRef<[u8]>) -> String {
    raw_token(Algorithm::Es256, header, claims().to_string())
}

pub(crate) fn policy() -> TokenPolicy {
    TokenPolicy::new(ISSUER, Audience::any_of([AUDIENCE]).unwrap())
}

/// Verifies under both backends; they must agree.
pub(crate) fn verify_with(
    policy: &TokenPolicy,
    published: &Value,
    token: &str,
    now: UnixTime,
) -> Result<VerifiedClaims, Error> {
    let backends: [&dyn Backend; 2] = [&AwsLcRs, &Josekit];
    let [a, b] = backends.map(|backend| {
        let keys = KeySet::parse(published.to_string().as_bytes(), backend).unwrap();
        policy.verify(token, &keys, now)
    });
    assert_eq!(a.as_ref().err(), b.as_ref().err(), "the backends disagree");
    a
}

/// Verifies as the relying party of [`policy`] does, at [`NOW`].
pub(crate) fn verify(token: &str) -> Result<VerifiedClaims, Error> {
    verify_with(&policy(), &published(), token, NOW)
}

/// The code of the refusal.
pub(crate) fn refused(token: &str) -> &'static str {
    verify(token).unwrap_err().code()
}
