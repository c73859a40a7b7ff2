//! Key sets from an issuer.

use jwt_validation::{AwsLcRs, KeySet, PublicKey};
use serde_json::Value;

/// Reads `data` as a key set, and as a single key.
///
/// # Panics
/// If an entry is lost, a bound is crossed, or a key that the issuer withholds is used.
pub fn key_set(data: &[u8]) {
    if let Ok(key) = PublicKey::from_jwk(data) {
        assert!(!format!("{key:?}").is_empty());
    }
    let Ok(set) = KeySet::parse(data, &AwsLcRs) else {
        return;
    };
    let entries = set.keys().len().saturating_add(set.skipped().len());
    assert!(entries <= KeySet::MAX_KEYS);
    // A lenient reader sees as many entries; the strict one only judged them.
    let lenient: Value = serde_json::from_slice(data).unwrap_or_default();
    let listed = lenient.get("keys").and_then(Value::as_array);
    if let Some(listed) = listed {
        assert_eq!(
            entries,
            listed.len(),
            "every entry is used or skipped for a reason"
        );
        let usable = listed.iter().filter(|entry| may_be_used(entry)).count();
        assert!(set.keys().len() <= usable, "a key is used that must not be");
    }
    for key in set.keys() {
        assert!(key.algorithms().iter().count() > 0);
        assert!(
            key.algorithms()
                .iter()
                .all(|algorithm| algorithm.key_kind() == key.kind())
        );
    }
    for skipped in set.skipped() {
        assert!(skipped.reason.to_string().len() < 1_000);
    }
}

/// The plainest rules: an asymmetric type, and nothing that says it is for something else.
fn may_be_used(entry: &Value) -> bool {
    let text = |name| entry.get(name).and_then(Value::as_str);
    let type_fits = matches!(text("kty"), Some("RSA" | "EC" | "OKP"));
    type_fits && text("use").is_none_or(|key_use| key_use == "sig")
}

/// Where the search begins.
#[must_use]
pub fn key_set_seeds() -> Vec<(String, Vec<u8>)> {
    let ed = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let ec = r#"{"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let rsa = format!(
        r#"{{"kty":"RSA","kid":"rsa","alg":"RS256","use":"sig","e":"AQAB","n":"{}"}}"#,
        crate::issuer::encode([0xff; 256])
    );
    let set = |keys: &[&str]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    let seeds = [
        ("good", set(&[ed, ec, &rsa])),
        ("single", ed.to_owned()),
        ("empty", set(&[])),
        (
            "good-then-bad",
            set(&[ed, "1", "null", "{}", r#"{"kty":"AKP"}"#]),
        ),
        ("same-id", set(&[ed, ed])),
        ("off-curve", set(&[&ec.replacen("f83O", "f83P", 1)])),
        ("short-coordinate", set(&[&ec.replacen("f83O", "", 1)])),
        ("exponent-one", set(&[&rsa.replacen("AQAB", "AQ", 1)])),
        ("enc", set(&[&rsa.replacen("sig", "enc", 1)])),
        (
            "key-ops",
            set(&[&ed.replacen("\"kid\"", "\"key_ops\":[\"sign\"],\"kid\"", 1)]),
        ),
        (
            "symmetric",
            set(&[r#"{"kty":"oct","k":"c2VjcmV0","kid":"s"}"#]),
        ),
        (
            "x5c",
            set(&[&ed.replacen("\"kid\"", "\"x5c\":[1],\"x5t\":\"+/=\",\"kid\"", 1)]),
        ),
        ("null", r#"{"keys":null}"#.to_owned()),
        ("nested", set(&[&"[".repeat(64)])),
    ];
    let seeds = seeds.into_iter();
    seeds
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .collect()
}
