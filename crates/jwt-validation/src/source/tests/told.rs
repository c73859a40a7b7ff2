//! What a source tells of itself.

use std::time::Duration;

use tokio::time::advance;

use super::issuer::*;
use crate::backend::default_backend;
use crate::error::Error;
use crate::key_set::KeySet;
use crate::policy::{Audience, TokenPolicy};
use crate::record::Check;
use crate::source::{JwksSource, Serving, SourceCounters};
use crate::time::UnixTime;

#[tokio::test(start_paused = true)]
async fn the_state_tells_what_there_is() {
    let issuer = Issuer::answering([keys(&["a", "b", "a"]), Answer::Down, keys(&["c"])]);
    let source = issuer.source();
    let state = source.state();
    assert_eq!(state.serving, Serving::Nothing);
    assert_eq!((state.age, state.lifetime_left), (None, None));
    assert_eq!(state.counters, SourceCounters::default());

    source.keys(None).await.unwrap();
    advance(MINUTE).await;
    let state = source.state();
    assert_eq!(state.serving, Serving::Fresh);
    assert_eq!(state.age, Some(MINUTE));
    assert_eq!(state.unchanged_for, Some(MINUTE));
    assert_eq!(state.lifetime_left, Some(HOUR - MINUTE));
    assert_eq!(state.serves_for, Some(24 * HOUR - MINUTE));
    assert!(state.key_ids().eq(["a", "b"]));
    assert_eq!(state.keys[0].kind, crate::KeyKind::Ed25519);
    assert_eq!(state.skipped.len(), 1);
    assert!(state.last_error.is_none() && state.last_error_age.is_none());

    advance(HOUR).await;
    assert_eq!(
        source.state().serving,
        Serving::Stale,
        "before it is asked for"
    );
    source.keys(None).await.unwrap();
    advance(Duration::from_secs(5)).await;
    source.keys(Some("x")).await.unwrap();
    let state = source.state();
    assert_eq!(state.serving, Serving::Stale);
    assert_eq!(state.lifetime_left, Some(Duration::ZERO));
    assert!(state.last_error.is_some());
    assert_eq!(state.last_error_age, Some(Duration::from_secs(5)));
    // The lifetime was over, and the key unknown.
    assert_eq!(state.counters.refused, 2);

    advance(24 * HOUR).await;
    let state = source.state();
    assert_eq!(state.serving, Serving::Nothing);
    assert_eq!(state.serves_for, Some(Duration::ZERO));

    source.keys(None).await.unwrap();
    let state = source.state();
    assert_eq!(state.serving, Serving::Fresh);
    assert!(state.key_ids().eq(["c"]));
    assert!(state.last_error.is_none() && state.last_error_age.is_none());
    let counters = state.counters;
    let ended = (counters.replaced, counters.failures, counters.not_modified);
    assert_eq!((counters.fetches, ended), (3, (2, 1, 0)));
}

#[tokio::test]
async fn a_pasted_set_never_changes_and_tells_its_age() {
    let now = UnixTime::from_secs(1_700_000_000);
    let source = JwksSource::fixed(key_set(&["a"]));
    assert!(source.keys(Some("unknown")).await.unwrap().publishes("a"));
    assert!(source.refresh().await.is_ok());
    let state = source.state();
    assert!(state.key_ids().eq(["a"]));
    assert_eq!(state.serving, Serving::Fresh);
    assert_eq!(state.pasted_age(now), None);
    let source = JwksSource::fixed_since(key_set(&["a"]), now.minus(48 * HOUR));
    assert_eq!(source.state().pasted_age(now), Some(48 * HOUR));
    assert_eq!(source.state().age, None, "nothing was fetched");
}

/// Verifies a token whose header names `key_id`, and gives the checks that were made.
async fn checks(source: &JwksSource, key_id: &str, now: UnixTime) -> Vec<Check> {
    let policy = TokenPolicy::new("https://issuer.example", Audience::any_of(["api"]).unwrap());
    let header = serde_json::json!({"alg": "EdDSA", "kid": key_id}).to_string();
    let token = format!(
        "{}.e30.{}",
        crate::base64url::encode(header.as_bytes()),
        "A".repeat(86)
    );
    let mut checks = Vec::new();
    let error = source
        .verify_recorded(&policy, &token, now, &mut checks)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::KeyUnknown { .. } | Error::KeyUnusable { .. } | Error::Signature
    ));
    checks
}

#[tokio::test(start_paused = true)]
async fn a_token_under_an_unknown_key_is_told_which_keys_there_are() {
    let now = UnixTime::from_secs(1_700_000_000);
    let issuer = Issuer::answering([keys(&["a", "b"]), Answer::NotModified(None)]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(3 * HOUR).await;
    source.keys(None).await.unwrap();
    source.keys(Some("A")).await.unwrap();
    advance(Duration::from_secs(12)).await;
    let told = checks(&source, "A", now).await;
    let [.., keys, key] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(keys.name, "jwt.keys");
    assert_eq!(
        keys.found,
        "2 usable keys, fetched 12 s ago and last changed 3 h ago"
    );
    assert_eq!(
        key.near_miss.as_deref(),
        Some(
            "the key set was fetched 12 s ago and last changed 3 h ago; it has the keys \"a\", \"b\"; \
             differs by case from \"a\""
        )
    );
    // A key that is there, and a signature that is not its own: nothing to say of other keys.
    let told = checks(&source, "a", now).await;
    assert!(told.iter().all(|check| check.near_miss.is_none()));
    // Nor for a key that is published, and can't be used: the check itself says why.
    let skipped = br#"{"keys":[{"kty":"AKP","kid":"new"}]}"#;
    let source = JwksSource::fixed(KeySet::parse(skipped, default_backend()).unwrap());
    let told = checks(&source, "new", now).await;
    let key = told.last().unwrap();
    assert!(
        key.found.contains("the key type \"AKP\" is not supported"),
        "{key:?}"
    );
    assert_eq!(key.near_miss, None);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_past_its_time_is_told_as_such() {
    let now = UnixTime::from_secs(1_700_000_000);
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(3 * HOUR).await;
    source.keys(None).await.unwrap();
    advance(Duration::from_secs(5)).await;
    let told = checks(&source, "x", now).await;
    let found = &told
        .iter()
        .find(|check| check.name == "jwt.keys")
        .unwrap()
        .found;
    assert_eq!(
        found,
        "1 usable keys, fetched 3 h ago and last changed 3 h ago; its lifetime is over; 5 s ago a fetch \
         failed: the issuer's metadata is malformed: not one JSON value"
    );
}

#[tokio::test]
async fn what_is_told_of_keys_is_bounded_and_stays_on_its_line() {
    let now = UnixTime::from_secs(1_700_000_000);
    let mut ids: Vec<String> = (0..200)
        .map(|index| format!("{index}{}", "x".repeat(1_000)))
        .collect();
    ids.insert(0, "line\\nbreak".to_owned());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let source = JwksSource::fixed_since(key_set(&ids), now.minus(48 * HOUR));
    let told = checks(&source, "unknown", now).await;
    let hint = told.last().unwrap().near_miss.clone().unwrap();
    assert!(
        hint.starts_with("the key set was pasted 2 d ago; it has the keys \"line\\nbreak\", \"0x")
    );
    assert!(hint.ends_with(" and 193 more"), "{hint}");
    assert!(hint.len() < 1_000 && !hint.contains('\n'), "{hint}");
    let empty = JwksSource::fixed(key_set(&[]));
    let told = checks(&empty, "unknown", now).await;
    assert_eq!(
        told.last().unwrap().near_miss.as_deref(),
        Some("the key set was pasted; it has no key with an id")
    );
}
