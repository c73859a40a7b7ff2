//! Issuers that answer too much, too slowly, or nonsense: KEY-005 to KEY-009, KEY-016 to KEY-018, KEY-021.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jwt_validation::{Error, ErrorKind, JwksSource, Serving, SourceConfig};
use serde_json::{Value, json};

use crate::issuer::{Answer, Issuer, Key, METADATA, NOW, client, impatient_client};

fn from_url(issuer: &Issuer) -> JwksSource {
    let jwks_uri = format!("{}/jwks", issuer.url);
    JwksSource::url(jwks_uri, client(), SourceConfig::default())
}

#[tokio::test]
async fn key_005_an_answer_that_is_too_long() {
    let issuer = Issuer::start().await;
    let long = format!("{{\"keys\":[]}}{}", " ".repeat(10_000_000));
    for answer in [Answer::json(long), Answer::Endless] {
        issuer.answer("/jwks", answer);
        let error = from_url(&issuer).keys(None).await.unwrap_err();
        assert_eq!(error.code(), "fetch.too_large");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    let gzip = Answer::Full(200, "Content-Encoding: gzip\r\n".to_owned(), "x".to_owned());
    issuer.answer("/jwks", gzip);
    let error = from_url(&issuer).keys(None).await.unwrap_err();
    assert_eq!(error.code(), "fetch.encoded");
}

#[tokio::test]
async fn key_006_an_issuer_that_hangs_costs_its_own_callers_a_moment() {
    let slow = Issuer::start().await;
    let good = Issuer::start().await;
    let key = Key::new("1");
    good.publish(&[key.public()]);
    for answer in [Answer::Silent, Answer::Drip] {
        slow.answer("/jwks", answer);
        let begun = Instant::now();
        let jwks_uri = format!("{}/jwks", slow.url);
        let source = JwksSource::url(jwks_uri, impatient_client(), SourceConfig::default());
        let hanging = tokio::spawn(async move { source.keys(None).await });
        // Meanwhile another issuer's tokens are accepted.
        let verified = good
            .source()
            .verify(&good.policy(), &good.token(&key), NOW)
            .await;
        assert!(verified.is_ok());
        let error = hanging.await.unwrap().unwrap_err();
        assert_eq!(error.code(), "fetch.unreachable");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn key_007_a_bad_answer_leaves_the_last_good_set() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    for (name, answer, code) in [
        (
            "500",
            Answer::Full(500, String::new(), String::new()),
            "fetch.status",
        ),
        (
            "404",
            Answer::Full(404, String::new(), String::new()),
            "fetch.status",
        ),
        ("HTML", Answer::json("<!doctype html>"), "jwks.key_set"),
        ("empty", Answer::json(""), "jwks.key_set"),
        ("null", Answer::json("null"), "jwks.key_set"),
        (
            "keys null",
            Answer::json(json!({"keys": null})),
            "jwks.key_set",
        ),
        (
            "keys an object",
            Answer::json(json!({"keys": {}})),
            "jwks.key_set",
        ),
    ] {
        issuer.answer("/jwks", answer);
        assert_eq!(source.refresh().await.unwrap_err().code(), code, "{name}");
        let verified = source
            .verify(&issuer.policy(), &issuer.token(&key), NOW)
            .await;
        assert!(verified.is_ok(), "{name}");
        assert_eq!(source.state().last_error.unwrap().code(), code, "{name}");
    }
    // A source that never had a good set has none to fall back to.
    let error = issuer
        .source()
        .verify(&issuer.policy(), &issuer.token(&key), NOW)
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Keys(_)));
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unavailable, "jwks.key_set")
    );
}

#[tokio::test]
async fn key_008_key_009_bad_keys_and_too_many() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    let weak = "w".repeat(171);
    let bad = [
        (json!(1), "no object", "not a JSON object"),
        (json!({}), "no type", "\"kty\" is missing"),
        (
            json!({"kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "pub": "AA"}),
            "post-quantum",
            "\"AKP\"",
        ),
        (json!({"kty": "oct", "k": "AA"}), "symmetric", "symmetric"),
        (
            json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}),
            "Ed448",
            "\"Ed448\"",
        ),
        (
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
            "curve",
            "\"secp256k1\"",
        ),
        (
            json!({"kty": "RSA", "n": "%", "e": "AQAB"}),
            "n is no base64url",
            "\"n\"",
        ),
        (
            json!({"kty": "RSA", "n": weak, "e": "AQAB"}),
            "weak RSA",
            "1024 bits",
        ),
        (
            json!({"kty": "RSA", "e": "AQAB"}),
            "no n",
            "\"n\" is missing",
        ),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "use": "enc"}),
            "use",
            "its use is \"enc\"",
        ),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "key_ops": ["sign"]}),
            "operations",
            "key_ops",
        ),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43), "alg": "ES256"}),
            "alg",
            "\"ES256\"",
        ),
        (key.public(), "the same id again", "an earlier key"),
    ];
    let mut odd = key.public();
    odd["x5c"] = json!(["junk"]);
    odd["more"] = json!({"of": ["anything"]});
    let mut keys = vec![odd];
    keys.extend(bad.iter().map(|(entry, ..)| entry.clone()));
    issuer.publish(&keys);
    let source = issuer.source();
    assert!(
        source
            .verify(&issuer.policy(), &issuer.token(&key), NOW)
            .await
            .is_ok()
    );
    let state = source.state();
    assert_eq!(state.skipped.len(), bad.len());
    for ((_, name, expected), skipped) in bad.iter().zip(&state.skipped) {
        assert!(
            skipped.reason.to_string().contains(expected),
            "{name}: {}",
            skipped.reason
        );
    }
    assert!(state.key_ids().eq(["1"]));

    let many: Vec<Value> = std::iter::repeat_n(json!({}), 100_000).collect();
    issuer.publish(&many);
    assert_eq!(source.refresh().await.unwrap_err().code(), "jwks.key_set");
    assert!(
        source
            .verify(&issuer.policy(), &issuer.token(&key), NOW)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn key_017_an_issuer_that_says_no_store_is_not_asked_for_each_token() {
    for headers in [
        "Cache-Control: no-store\r\n",
        "Cache-Control: max-age=0\r\n",
        "Cache-Control: max-age=600\r\nAge: 600\r\n",
        "Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
    ] {
        let issuer = Issuer::start().await;
        let body = json!({"keys": []}).to_string();
        issuer.answer("/jwks", Answer::Full(200, headers.to_owned(), body));
        let source = from_url(&issuer);
        for _ in 0..3 {
            source.keys(None).await.unwrap();
        }
        assert_eq!(issuer.requests().len(), 1, "{headers}");
        let left = source.state().lifetime_left.unwrap();
        assert!(left <= Duration::from_secs(60 * 60), "{headers}");
    }
    let issuer = Issuer::start().await;
    let headers = "Cache-Control: max-age=31536000\r\n".to_owned();
    issuer.answer(
        "/jwks",
        Answer::Full(200, headers, json!({"keys": []}).to_string()),
    );
    let source = from_url(&issuer);
    source.keys(None).await.unwrap();
    let left = source.state().lifetime_left.unwrap();
    assert!(left <= Duration::from_secs(24 * 60 * 60));
}

#[tokio::test]
async fn key_018_two_issuers_with_one_key_id_share_nothing() {
    let (one, two) = (Issuer::start().await, Issuer::start().await);
    let (key_of_one, key_of_two) = (Key::new("1"), Key::new("1"));
    one.publish(&[key_of_one.public()]);
    two.publish(&[key_of_two.public()]);
    let (source_of_one, source_of_two) = (one.source(), two.source());
    let verify = async |source: &JwksSource, issuer: &Issuer, key: &Key| {
        let policy = issuer.policy();
        source
            .verify(&policy, &issuer.token(key), NOW)
            .await
            .map(drop)
    };
    for _ in 0..2 {
        assert_eq!(verify(&source_of_one, &one, &key_of_one).await, Ok(()));
        assert_eq!(verify(&source_of_two, &two, &key_of_two).await, Ok(()));
        // A token that names the one issuer, signed by the other under the same id.
        assert_eq!(
            verify(&source_of_one, &one, &key_of_two).await,
            Err(Error::Signature)
        );
        assert_eq!(
            verify(&source_of_two, &two, &key_of_one).await,
            Err(Error::Signature)
        );
    }
}

#[tokio::test]
async fn key_021_a_host_starts_while_an_issuer_is_down() {
    let (down, up) = (Issuer::start().await, Issuer::start().await);
    let key = Key::new("1");
    up.publish(&[key.public()]);
    down.answer(METADATA, Answer::HangUp);
    let impatient = SourceConfig::default().cooldown(Duration::ZERO);
    let source = JwksSource::discovery(down.url.clone(), client(), impatient);
    let verify = || async { source.verify(&down.policy(), &down.token(&key), NOW).await };
    for _ in 0..2 {
        let error = verify().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(source.state().serving, Serving::Nothing);
        let other = up.source().verify(&up.policy(), &up.token(&key), NOW).await;
        assert!(other.is_ok());
    }
    down.publish(&[key.public()]);
    assert!(verify().await.is_ok(), "nobody had to do anything");
    assert_eq!(source.state().serving, Serving::Fresh);
    assert_eq!(source.state().last_error, None);
}

#[tokio::test]
async fn key_016_parallel_tokens_with_a_cold_cache() {
    let issuer = Arc::new(Issuer::start().await);
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let (source, token) = (issuer.source(), issuer.token(&key));
    let callers: Vec<_> = (0..500)
        .map(|_| {
            let (source, token, policy) = (source.clone(), token.clone(), issuer.policy());
            tokio::spawn(async move { source.verify(&policy, &token, NOW).await.map(drop) })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(issuer.requests(), [METADATA, "/jwks"]);
}
