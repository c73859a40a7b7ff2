//! What an accepted token must be, written down a second time and without any cleverness.

use serde_json::{Map, Value};

use crate::issuer::{decode, is_genuine};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const LEEWAY: i64 = 60;

/// Panics unless `token`, which was accepted, deserved it.
pub(crate) fn assert_deserved(token: &str) {
    assert!(is_genuine(token), "accepted without a genuine signature");
    let segments: Vec<&str> = token.split('.').collect();
    let object = |index: usize| {
        let octets = segments.get(index).and_then(|segment| decode(segment));
        let object = octets.and_then(|octets| serde_json::from_slice(&octets).ok());
        object.unwrap_or_default()
    };
    let (header, claims): (Map<String, Value>, Map<String, Value>) = (object(0), object(1));
    assert_eq!(segments.len(), 3);

    let text = |object: &Map<String, Value>, name| {
        let text: Option<&Value> = object.get(name);
        text.and_then(Value::as_str).map(str::to_owned)
    };
    let alg = text(&header, "alg").unwrap_or_default();
    assert!(alg == "EdDSA" || alg == "Ed25519", "{alg:?}");
    assert!(!header.contains_key("crit"));
    if let Some(kid) = header.get("kid") {
        assert_eq!(kid, "ed");
    }
    if header.contains_key("typ") {
        let typ = text(&header, "typ")
            .unwrap_or_default()
            .to_ascii_lowercase();
        assert!(typ == "jwt" || typ == "application/jwt", "{typ:?}");
    }

    assert_eq!(text(&claims, "iss").as_deref(), Some(ISSUER));
    assert!(text(&claims, "sub").is_some_and(|subject| !subject.is_empty()));
    let named = match claims.get("aud") {
        Some(Value::Array(values)) => values.iter().any(|value| value == AUDIENCE),
        Some(value) => value == AUDIENCE,
        None => false,
    };
    assert!(named);

    // Doubles are exact enough for whole seconds of this century; a second of slack covers the rest.
    let date = |name| {
        claims
            .get(name)
            .map(|value| value.as_f64().unwrap_or(f64::NAN))
    };
    let seconds = |seconds: i64| seconds as f64;
    assert!(date("exp").is_some_and(|exp| exp > seconds(NOW.saturating_sub(LEEWAY))));
    for name in ["nbf", "iat"] {
        let latest = seconds(NOW.saturating_add(LEEWAY));
        assert!(date(name).is_none_or(|begin| begin <= latest), "{name}");
    }
}
