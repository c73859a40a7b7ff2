//! Tokens that come again: JWT-071.

use std::sync::Arc;
use std::time::Duration;

use jwt_validation::{Algorithm, AwsLcRs, CachedVerifier, KeySet, UnixTime};
use serde_json::{Value, json};

use crate::support::*;

fn keys(published: &Value) -> Arc<KeySet> {
    Arc::new(KeySet::parse(published.to_string().as_bytes(), &AwsLcRs).unwrap())
}

fn verifier() -> CachedVerifier {
    CachedVerifier::new(policy(), 100)
}

fn es256(claims: &Value) -> String {
    token(Algorithm::Es256, &header(Algorithm::Es256), claims)
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + seconds)
}

#[test]
fn jwt_071_two_tokens_never_share_a_cache_entry() {
    let (verifier, keys) = (verifier(), keys(&published()));
    // The same claims but for the subject, so that long parts of the tokens are equal.
    let [a, b] = ["user-17", "user-18"].map(|sub| es256(&claims_with(json!({ "sub": sub }))));
    for _ in 0..2 {
        for (token, subject) in [(&a, "user-17"), (&b, "user-18")] {
            let claims = verifier.verify(token, &keys, NOW).unwrap();
            assert_eq!(claims.subject(), Some(subject));
        }
    }
    assert_eq!(verifier.len(), 2);

    // Each part of a token that is remembered, in another token: none of these has been signed.
    let [part_a, part_b] = [&a, &b].map(|token| token.split('.').collect::<Vec<_>>());
    for (name, forged) in [
        (
            "another signature",
            [part_a[0], part_a[1], part_b[2]].join("."),
        ),
        (
            "another payload",
            [part_a[0], part_b[1], part_a[2]].join("."),
        ),
        ("no signature", [part_a[0], part_a[1], ""].join(".")),
        ("cut by one octet", a[..a.len() - 1].to_owned()),
        ("cut by four octets", a[..a.len() - 4].to_owned()),
        ("longer by four octets", format!("{a}AAAA")),
        ("the first 32 octets", a[..32].to_owned()),
        ("a blank at the end", format!("{a} ")),
    ] {
        let cached = verifier.verify(&forged, &keys, NOW);
        let expected = policy().verify(&forged, &keys, NOW).unwrap_err();
        assert_eq!(cached.unwrap_err(), expected, "{name}");
    }
    assert_eq!(verifier.len(), 2, "no refusal is remembered");
}

#[test]
fn jwt_071_an_entry_spares_the_second_signature() {
    let (verifier, keys) = (verifier(), keys(&published()));
    let token = es256(&claims());
    let first = verifier.verify(&token, &keys, NOW).unwrap();
    let again = verifier.verify(&token, &keys, at(1)).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
}

#[test]
fn jwt_071_an_entry_ends_with_its_token() {
    let strict = || policy().leeway(Duration::from_secs(5)).unwrap();
    for (name, policy, changes, good, bad, code) in [
        (
            "exp, 60 s of leeway",
            policy(),
            json!({}),
            659,
            660,
            "jwt.expired",
        ),
        (
            "exp, 5 s of leeway",
            strict(),
            json!({}),
            604,
            605,
            "jwt.expired",
        ),
        (
            "nbf, the clock set back",
            strict(),
            json!({ "nbf": NOW.as_secs() }),
            -5,
            -6,
            "jwt.not_yet_valid",
        ),
        (
            "iat, the clock set back",
            strict(),
            json!({ "iat": NOW.as_secs() }),
            -5,
            -6,
            "jwt.not_yet_valid",
        ),
        (
            "lifetime, the clock set back",
            policy().max_lifetime(Some(Duration::from_secs(601))),
            json!({ "iat": null }),
            -1,
            -2,
            "jwt.lifetime",
        ),
    ] {
        let verifier = CachedVerifier::new(policy, 100);
        let keys = keys(&published());
        let token = es256(&claims_with(changes));
        let first = verifier.verify(&token, &keys, NOW).unwrap();
        let again = verifier.verify(&token, &keys, at(good)).unwrap();
        assert!(Arc::ptr_eq(&first, &again), "{name}");
        let refused = verifier.verify(&token, &keys, at(bad)).unwrap_err();
        assert_eq!(refused.code(), code, "{name}");
        assert!(verifier.is_empty(), "{name}: it is forgotten");
    }
}

#[test]
fn jwt_071_an_entry_ends_with_its_key() {
    let (verifier, token) = (verifier(), es256(&claims()));
    let with_key = published();
    let mut without_key = published();
    without_key["keys"]
        .as_array_mut()
        .unwrap()
        .retain(|key| key["kid"] != "ES256");
    let mut other_key = published();
    for key in other_key["keys"].as_array_mut().unwrap() {
        if key["kid"] == "ES256" {
            let other = josekit::jwk::Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256);
            *key = public_jwk(&other.unwrap(), json!({"kid": "ES256", "alg": "ES256"}));
        }
    }
    for (name, later, code) in [
        ("withdrawn", &without_key, "jwt.key_unknown"),
        ("replaced under its id", &other_key, "jwt.signature"),
    ] {
        let before = keys(&with_key);
        let first = verifier.verify(&token, &before, NOW).unwrap();
        let refused = verifier.verify(&token, &keys(later), NOW).unwrap_err();
        assert_eq!(refused.code(), code, "{name}");
        let back = verifier.verify(&token, &before, NOW).unwrap();
        assert!(!Arc::ptr_eq(&first, &back), "{name}: it was verified anew");
    }
    // The same keys read again are another set: who swaps sets for nothing pays for it, and no more.
    let first = verifier.verify(&token, &keys(&with_key), NOW).unwrap();
    let again = verifier.verify(&token, &keys(&with_key), NOW).unwrap();
    assert!(!Arc::ptr_eq(&first, &again));
}

#[test]
fn jwt_071_an_entry_keeps_no_key_alive() {
    let (verifier, keys) = (verifier(), keys(&published()));
    verifier.verify(&es256(&claims()), &keys, NOW).unwrap();
    assert_eq!(Arc::strong_count(&keys), 1);
}

#[test]
fn jwt_071_the_number_of_entries_is_bounded() {
    let verifier = CachedVerifier::new(policy(), 16);
    let keys = keys(&published());
    for number in 0..100 {
        let token = es256(&claims_with(json!({ "jti": number.to_string() })));
        verifier.verify(&token, &keys, NOW).unwrap();
    }
    assert!((1..=16).contains(&verifier.len()), "{}", verifier.len());
}

#[test]
fn jwt_071_a_token_that_is_too_long_is_refused_as_ever() {
    let verifier = CachedVerifier::new(policy().max_length(100), 16);
    let refused = verifier.verify(&es256(&claims()), &keys(&published()), NOW);
    assert_eq!(refused.unwrap_err().code(), "jwt.length");
}

#[test]
fn jwt_071_no_token_or_claim_shows() {
    let (verifier, keys) = (verifier(), keys(&published()));
    let token = es256(&claims());
    verifier.verify(&token, &keys, NOW).unwrap();
    let shown = format!("{verifier:?}");
    assert!(
        !shown.contains("user-17") && !shown.contains(&token[..16]),
        "{shown}"
    );
}
