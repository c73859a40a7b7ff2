//! Key sets from an issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_validation::{AwsLcRs, KeySet, PublicKey};
use serde_json::{Value, json};

use crate::issuer::encode;
use crate::seed::Seed;

const ED: &str =
    r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const EC: &str = r#"{"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// The id of a good key that is put beside whatever the search tries.
const NEIGHBOUR: &str = "neighbour";

/// Reads `data` as a key set, as a single key, and as entries beside a good one.
///
/// # Panics
/// If an entry is lost, a bound is crossed, a key that the issuer withholds is used, a good key suffers
/// from its neighbours, or a key changes by being written and read again.
pub fn key_set(data: &[u8]) {
    if let Ok(key) = PublicKey::from_jwk(data) {
        assert_eq!(PublicKey::from_jwk(write(&key).as_bytes()), Ok(key));
    }
    if let Ok(set) = KeySet::parse(data, &AwsLcRs) {
        check(&set, data);
    }
    if let Ok(entries) = str::from_utf8(data) {
        let good = ED.replacen("\"ed\"", &format!("\"{NEIGHBOUR}\""), 1);
        let document = format!("{{\"keys\":[{entries},{good}]}}");
        if let Ok(set) = KeySet::parse(document.as_bytes(), &AwsLcRs) {
            check(&set, document.as_bytes());
            assert!(set.publishes(NEIGHBOUR));
            let named = |found: &Option<String>| found.as_deref() == Some(NEIGHBOUR);
            let kept = set.keys().iter().any(|key| key.key_id() == Some(NEIGHBOUR));
            let rivals = set.skipped().iter().any(|skipped| named(&skipped.key_id));
            assert!(kept || rivals, "a good key is lost");
            assert!(kept || entries.contains("neighbour") || entries.contains("\\u"));
        }
    }
}

fn check(set: &KeySet, document: &[u8]) {
    let entries = set.keys().len().saturating_add(set.skipped().len());
    assert!(entries <= KeySet::MAX_KEYS);
    // A lenient reader sees as many entries; the strict one only judged them.
    let lenient: Value = serde_json::from_slice(document).unwrap_or_default();
    if let Some(listed) = lenient.get("keys").and_then(Value::as_array) {
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
        let mut algorithms = key.algorithms().iter();
        assert!(algorithms.all(|algorithm| algorithm.key_kind() == key.kind()));
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

/// The key as an issuer would publish it.
fn write(key: &PublicKey) -> String {
    let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
    let jwk = match key {
        PublicKey::Rsa(rsa) => {
            json!({"kty": "RSA", "n": encode(rsa.modulus()), "e": encode(rsa.exponent())})
        }
        PublicKey::Ec(ec) => {
            json!({"kty": "EC", "crv": key.curve(), "x": encode(ec.x()), "y": encode(ec.y())})
        }
        PublicKey::Ed25519(point) => {
            json!({"kty": "OKP", "crv": "Ed25519", "x": encode(point)})
        }
        _ => Value::Null,
    };
    jwk.to_string()
}

/// The cases of the unit tables.
pub(crate) fn seeds() -> Vec<Seed> {
    let rsa = format!(
        r#"{{"kty":"RSA","kid":"rsa","alg":"RS256","use":"sig","e":"AQAB","n":"{}"}}"#,
        encode([0xff; 256])
    );
    let set = |keys: &[&str]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    let seeds = [
        ("good", set(&[ED, EC, &rsa])),
        ("single", ED.to_owned()),
        ("single-ec", EC.to_owned()),
        ("single-rsa", rsa.clone()),
        ("entries", format!("{EC},{rsa},null,{{\"kty\":\"AKP\"}}")),
        ("entries-same-id", ED.replacen("\"ed\"", "\"neighbour\"", 1)),
        ("entries-many", vec!["0"; 255].join(",")),
        ("empty", set(&[])),
        (
            "good-then-bad",
            set(&[ED, "1", "null", "{}", r#"{"kty":"AKP"}"#]),
        ),
        ("same-id", set(&[ED, ED])),
        ("off-curve", set(&[&EC.replacen("f83O", "f83P", 1)])),
        ("short-coordinate", set(&[&EC.replacen("f83O", "", 1)])),
        ("exponent-one", set(&[&rsa.replacen("AQAB", "AQ", 1)])),
        ("leading-zero", rsa.replacen("AQAB", "AAEAAQ", 1)),
        ("enc", set(&[&rsa.replacen("sig", "enc", 1)])),
        (
            "key-ops",
            set(&[&ED.replacen("\"kid\"", "\"key_ops\":[\"sign\"],\"kid\"", 1)]),
        ),
        (
            "symmetric",
            set(&[r#"{"kty":"oct","k":"c2VjcmV0","kid":"s"}"#]),
        ),
        (
            "x5c",
            set(&[&ED.replacen("\"kid\"", "\"x5c\":[1],\"x5t\":\"+/=\",\"kid\"", 1)]),
        ),
        ("null", r#"{"keys":null}"#.to_owned()),
        ("nested", set(&[&"[".repeat(64)])),
    ];
    seeds
        .into_iter()
        .map(|(name, text)| Seed::new(name, text))
        .collect()
}
