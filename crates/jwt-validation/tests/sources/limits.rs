//! Issuers that answer too much, too slowly, or nonsense: KEY-005 to KEY-009.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jwt_validation::{Error, ErrorKind, JwksSource, SourceConfig};
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
    let bad = [
        json!(1),
        json!({"kty": "AKP"}),
        json!({"kty": "RSA", "n": "%", "e": "AQAB"}),
    ];
    let mut keys = bad.to_vec();
    keys.push(key.public());
    issuer.publish(&keys);
    let source = issuer.source();
    assert!(
        source
            .verify(&issuer.policy(), &issuer.token(&key), NOW)
            .await
            .is_ok()
    );
    assert_eq!(source.state().skipped.len(), 3);

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
