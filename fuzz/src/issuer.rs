//! An issuer that only the fuzz targets trust.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_validation::{AwsLcRs, KeySet};

/// The seed of a key that signs nothing but fuzzed tokens. Everybody may know it.
const TEST_ONLY_SEED: [u8; 32] = *b"gatehouse fuzz target, test only";

pub(crate) static KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "any 32 octets are an Ed25519 seed")]
    Ed25519KeyPair::from_seed_unchecked(&TEST_ONLY_SEED).expect("32 octets")
});

/// The issuer's key as `ed`, and keys of other types that never sign.
pub(crate) static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let x = encode(KEY.public_key());
    let json = format!(
        r#"{{"keys":[
            {{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"{x}"}},
            {{"kty":"EC","crv":"P-256","kid":"ec",
              "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
              "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}},
            {{"kty":"RSA","kid":"rsa","e":"AQAB","n":"{n}"}},
            {{"kty":"oct","kid":"shared","k":"c2VjcmV0"}}
        ]}}"#,
        n = encode([0xff; 256]),
    );
    #[expect(clippy::expect_used, reason = "the text above is a key set")]
    KeySet::parse(json.as_bytes(), &AwsLcRs).expect("a key set")
});

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A genuine token with exactly these octets as header and payload.
pub(crate) fn sign(header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = KEY.sign(input.as_bytes());
    format!("{input}.{}", encode(signature))
}

/// Whether the issuer signed `token`, found out without the code that is under test.
pub(crate) fn is_genuine(token: &str) -> bool {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let key = UnparsedPublicKey::new(&ED25519, KEY.public_key().as_ref());
    decode(signature).is_some_and(|signature| key.verify(input.as_bytes(), &signature).is_ok())
}
